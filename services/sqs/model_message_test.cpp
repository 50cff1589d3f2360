#include "services/sqs/model_message.hpp"

#include <gtest/gtest.h>

namespace landfall::sqs {
namespace {

AttributeDraft text_draft(std::string_view name, std::string_view type, std::string_view value) {
    return {.name = name, .type = type, .text = value, .binary = {}};
}

std::string refusal_of(const AttributeDraft& draft) {
    const auto checked = check_attributes({draft});
    return checked.ok() ? "" : checked.error().message();
}

TEST(MessageDigest, of_attributes_is_that_of_the_service) {
    const auto number = check_attributes({text_draft("attr1", "Number", "99.12")});
    EXPECT_EQ(digest_of(*number).hex(), "d302007e9aa062660afc85fd0a482472");
}

TEST(MessageDigest, does_not_depend_on_the_order_in_which_attributes_came) {
    const auto one = check_attributes({text_draft("b", "String", "2"), text_draft("a", "String", "1")});
    const auto two = check_attributes({text_draft("a", "String", "1"), text_draft("b", "String", "2")});
    EXPECT_EQ(digest_of(*one), digest_of(*two));
}

TEST(MessageAttributes, names_types_and_values_are_judged_in_the_words_of_the_service) {
    const struct {
        AttributeDraft draft;
        std::string refusal;
    } kCases[] = {
        {text_draft("ok.name-1_x", "String", "v"), ""},
        {text_draft("n", "Number.float", "-1.5e10"), ""},
        {text_draft("", "String", "v"), "Message (user) attribute names must be shorter than 256 Bytes"},
        {text_draft("a b", "String", "v"),
         "Message (user) attributes name can only contain upper and lower score characters, digits, periods, "
         "hyphens "
         "and underscores. "},
        {text_draft("AwS.x", "String", "v"),
         "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are "
         "reserved for "
         "internal use. Additionally, they cannot start or end with '.'."},
        {text_draft("a..b", "String", "v"),
         "Message (user) attribute name 'a..b' must not contain successive periods."},
        {text_draft("a", "", "v"),
         "The message attribute 'a' must contain non-empty message attribute type."},
        {text_draft("a", "Strings", "v"),
         "The type of message (user) attribute 'a' is invalid. You must use only the following supported "
         "type "
         "prefixes: Binary, Number, String."},
        {text_draft("ErrorDetails", "String", ""),
         "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'."},
        {text_draft("a", "Number", "twelve"),
         "Can't cast the value of message (user) attribute 'a' to a number."},
        {text_draft("a", "Number", "1e"),
         "Can't cast the value of message (user) attribute 'a' to a number."},
        {text_draft("a", "Binary", "text"),
         "Message (user) attribute 'a' must contain a non-empty value of type 'Binary'."},
    };
    for (const auto& one : kCases) EXPECT_EQ(refusal_of(one.draft), one.refusal) << one.draft.name;
}

TEST(MessageAttributes, there_are_at_most_ten) {
    std::vector<AttributeDraft> drafts;
    const std::string names = "abcdefghijk";
    for (std::size_t i = 0; i < 11; ++i)
        drafts.push_back(text_draft(std::string_view{names}.substr(i, 1), "String", "v"));
    EXPECT_EQ(check_attributes(drafts).error().message(),
              "Number of message attributes [11] exceeds the allowed maximum [10].");
    drafts.pop_back();
    EXPECT_TRUE(check_attributes(drafts).ok());
}

TEST(MessageBody, may_hold_every_character_that_xml_can_carry_and_no_other) {
    for (const std::string_view good : {"a", "\t\n\r", "\"<&>'", "\xc3\xa4", "\xed\x9f\xbf", "\xee\x80\x80",
                                        "\xef\xbf\xbd", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(check_body(good).ok()) << good;
    for (const std::string_view bad :
         {std::string_view{"\0", 1}, std::string_view{"a\x01"}, std::string_view{"\x1f"},
          std::string_view{"\xef\xbf\xbe"}, std::string_view{"\xef\xbf\xbf"},
          std::string_view{"\xed\xa0\x80"}, std::string_view{"\xc0\x80"},
          std::string_view{"\xf4\x90\x80\x80"}, std::string_view{"\xe4"}, std::string_view{"\x80"}})
        EXPECT_TRUE(check_body(bad).is(Code::invalid_message_contents));
    EXPECT_EQ(check_body("").error().message(), "The request must contain the parameter MessageBody.");
}

TEST(MessageTokens, are_128_of_letters_digits_and_punctuation) {
    EXPECT_TRUE(check_token(std::string(128, '~'), "MessageGroupId").ok());
    for (const std::string& bad : {std::string{}, std::string(129, 'a'), std::string{"group 123"}})
        EXPECT_EQ(check_token(bad, "MessageGroupId").error().message(),
                  "Value " + bad +
                      " for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include "
                      "alphanumeric "
                      "and punctuation characters. 1 to 128 in length.");
}

TEST(MessageHeaders, read_back) {
    Headers headers;
    headers.sender_id = "000000000000";
    headers.body_digest = md5("body");
    EXPECT_EQ(*decode_headers(encode_headers(headers)), headers);
    headers.trace_header = "Root=1-2-3";
    headers.attributes = {{"bin", "Binary", ValueKind::binary, std::string("\0\xff", 2)},
                          {"text", "String.x", ValueKind::text, "value"}};
    headers.attribute_digest = digest_of(headers.attributes);
    EXPECT_EQ(*decode_headers(encode_headers(headers)), headers);
}

TEST(MessageHeaders, cut_or_lengthened_are_refused) {
    Headers headers;
    headers.sender_id = "me";
    headers.attributes = {{"a", "String", ValueKind::text, "v"}};
    headers.attribute_digest = digest_of(headers.attributes);
    const std::string good = encode_headers(headers);
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_TRUE(decode_headers(good.substr(0, size)).is(Errc::corrupt)) << size;
    EXPECT_TRUE(decode_headers(good + "x").is(Errc::corrupt));
}

TEST(AttributeFilters, take_names_prefixes_and_all) {
    const struct {
        std::string_view pattern, name;
        bool takes;
    } kCases[] = {{"All", "x", true},       {".*", "x", true},        {"a", "a", true},
                  {"a", "ab", false},       {"foo.*", "foo.b", true}, {"foo.*", "foo", false},
                  {"foo*", "foobar", true}, {"", "x", false}};
    for (const auto& one : kCases) {
        AttributeFilter filter;
        filter.add(one.pattern);
        EXPECT_EQ(filter.takes(one.name), one.takes) << one.pattern << " " << one.name;
    }
}

TEST(SystemAttributeNames, unknown_ones_are_refused_and_those_of_queues_match_nothing) {
    SystemAttributes wanted;
    EXPECT_TRUE(wanted.add("SenderId").ok());
    EXPECT_TRUE(wanted.has(SystemAttribute::sender_id));
    EXPECT_FALSE(wanted.has(SystemAttribute::sent_timestamp));
    EXPECT_TRUE(wanted.add("VisibilityTimeout").ok());
    EXPECT_EQ(wanted.add("Nonsense").error().message(), "Unknown Attribute Nonsense.");
    EXPECT_TRUE(wanted.add("All").ok());
    EXPECT_TRUE(wanted.has(SystemAttribute::dead_letter_source));
}

TEST(Texts, sequences_sort_as_text_and_ids_are_uuids) {
    EXPECT_EQ(sequence_text(42), "00000000000000000042");
    EXPECT_EQ(uuid_text({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}),
              "01020304-0506-0708-090a-0b0c0d0e0f10");
}

}  // namespace
}  // namespace landfall::sqs
