#include "services/s3/model_metadata.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace landfall::s3 {
namespace {

TEST(Metadata, plain_ascii_is_its_own_encoding) {
    EXPECT_EQ(encoded_words("plain value"), "plain value");
    EXPECT_EQ(decoded_words("plain value"), "plain value");
    EXPECT_EQ(encoded_words(""), "");
}

TEST(Metadata, words_of_rfc_2047_decode_to_unicode) {
    EXPECT_EQ(decoded_words("=?UTF-8?B?w6k=?="), "\xc3\xa9");
    EXPECT_EQ(decoded_words("=?utf-8?q?caf=C3=A9_au_lait?="), "caf\xc3\xa9 au lait");
    EXPECT_EQ(decoded_words("=?ISO-8859-1?Q?caf=E9?="), "caf\xc3\xa9");
    EXPECT_EQ(decoded_words("=?UTF-8?B?w6k=?= =?UTF-8?B?w6k=?="), "\xc3\xa9\xc3\xa9");
    EXPECT_EQ(decoded_words("a =?UTF-8?B?w6k=?= b"), "a \xc3\xa9 b");
    EXPECT_EQ(decoded_words("=?UTF-8?Q?a_?= =?UTF-8?Q?b?="), "a b");
}

TEST(Metadata, what_is_not_a_word_stays_as_it_is) {
    for (const std::string_view text : {"=?", "=?x", "=?UTF-8?B?w6k=", "=?UTF-8?X?abc?=", "=?UTF-8?B?###?=",
                                        "=?UTF-8?Q?=C3?=", "=?KOI8-R?B?w6k=?=", "a = ? b"})
        EXPECT_EQ(decoded_words(text), text);
}

TEST(Metadata, any_unicode_value_survives_a_reply_and_its_way_back) {
    // Built in two steps: g++ 12 warns falsely about a sum of strings in an initializer list at -O2.
    std::string long_value(200, 'x');
    long_value.append("\xc3\xa9");
    const std::vector<std::string> values = {"\xc3\xa9",         "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
                                             "=?UTF-8?B?w6k=?=", long_value,
                                             "tab\there",        " \xc3\xa9 "};
    for (const auto& value : values) {
        const std::string header = encoded_words(value);
        EXPECT_TRUE(std::ranges::all_of(header, [](char c) { return c >= 0x20 && c < 0x7f; })) << header;
        EXPECT_EQ(decoded_words(header), value);
    }
}

TEST(Metadata, user_metadata_is_limited_to_two_kibibytes) {
    EXPECT_TRUE(user_metadata_of({{"k", std::string(2047, 'v')}}).ok());
    EXPECT_TRUE(user_metadata_of({{"k", std::string(2048, 'v')}}).is(Code::metadata_too_large));
    const auto metadata =
        user_metadata_of({{"Colour", "red"}, {"colour", "blue"}, {"name", "=?UTF-8?B?w6k=?="}}).value();
    EXPECT_EQ(metadata.at("colour"), "red,blue");
    EXPECT_EQ(metadata.at("name"), "\xc3\xa9");
}

TEST(Metadata, aws_chunked_is_no_content_encoding) {
    EXPECT_EQ(without_aws_chunked("aws-chunked"), "");
    EXPECT_EQ(without_aws_chunked("aws-chunked, gzip"), "gzip");
    EXPECT_EQ(without_aws_chunked("gzip,aws-chunked"), "gzip");
    EXPECT_EQ(without_aws_chunked("gzip, br"), "gzip,br");
}

TEST(Tags, of_a_header_are_url_parameters) {
    EXPECT_EQ(tags_of_header("a=1&b=x+y&c=%2F%3D&d=&e").value(),
              (Tags{{"a", "1"}, {"b", "x y"}, {"c", "/="}, {"d", ""}, {"e", ""}}));
    EXPECT_TRUE(tags_of_header("").value().empty());
    EXPECT_TRUE(tags_of_header("a=1&a=2").is(Code::invalid_argument));
    EXPECT_TRUE(tags_of_header("a=%zz").is(Code::invalid_argument));
}

TEST(Tags, are_limited_in_number_length_and_characters) {
    Tags ten;
    for (int i = 0; i < 10; ++i) ten.emplace_back("k" + std::to_string(i), "v");
    EXPECT_TRUE(checked_tags(ten, TagOwner::object).ok());
    ten.emplace_back("k10", "v");
    EXPECT_TRUE(checked_tags(ten, TagOwner::object).is(Code::bad_request));
    EXPECT_TRUE(checked_tags(ten, TagOwner::bucket).ok());
    const auto refused = [](std::string key, std::string value) {
        return checked_tags({{std::move(key), std::move(value)}}, TagOwner::object).is(Code::invalid_tag);
    };
    EXPECT_TRUE(refused("", "v"));
    EXPECT_TRUE(refused(std::string(129, 'k'), "v"));
    EXPECT_TRUE(refused("k", std::string(257, 'v')));
    EXPECT_TRUE(refused("aws:x", "v"));
    EXPECT_TRUE(refused("a<b", "v"));
    EXPECT_TRUE(refused("k", "a\nb"));
    EXPECT_TRUE(checked_tags({{"a", "1"}, {"a", "2"}}, TagOwner::object).is(Code::invalid_tag));
    EXPECT_TRUE(checked_tags({{"\xc3\xa9t\xc3\xa9", "a+b-c=d._:/@ e"}}, TagOwner::object).ok());
}

TEST(Utf8, is_strict) {
    for (const std::string_view good :
         {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(is_utf8(good));
    for (const std::string_view bad : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                                       "\xf4\x90\x80\x80", "\xff", "\xe2\x82", "\xc3\xc3"})
        EXPECT_FALSE(is_utf8(bad));
}

}  // namespace
}  // namespace landfall::s3
