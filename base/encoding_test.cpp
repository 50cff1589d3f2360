#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace landfall {
namespace {

std::string decoded(std::string_view text) {
    const auto bytes = base64_decode(text);
    return bytes.ok() ? std::string{text_of(*bytes)} : "error: " + bytes.error().message();
}

// RFC 4648 §10.
TEST(Base64, the_standards_examples_hold_both_ways) {
    const std::pair<std::string_view, std::string_view> examples[] = {{"", ""},
                                                                      {"f", "Zg=="},
                                                                      {"fo", "Zm8="},
                                                                      {"foo", "Zm9v"},
                                                                      {"foob", "Zm9vYg=="},
                                                                      {"fooba", "Zm9vYmE="},
                                                                      {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : examples) {
        EXPECT_EQ(base64_encode(bytes_of(plain)), coded);
        EXPECT_EQ(decoded(coded), plain);
    }
}

TEST(Base64, what_no_encoder_writes_is_refused) {
    for (const std::string_view text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "=Zg=", "Zg==Zg==",
                                        "Zm9 ", "Zm9v\n", "Zm-_", "Zm9\xc3"})
        EXPECT_TRUE(base64_decode(text).is(Errc::invalid)) << text;
}

TEST(Hex, it_round_trips_and_refuses_the_rest) {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    const auto back = hex_decode(hex_encode(bytes_of(all)));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(text_of(*back), all);
    EXPECT_EQ(text_of(hex_decode("4a4B").value()), "JK");
    EXPECT_TRUE(hex_decode("4").is(Errc::invalid));
    EXPECT_TRUE(hex_decode("4g").is(Errc::invalid));
}

TEST(Uri, only_the_unreserved_stand_for_themselves) {
    EXPECT_EQ(uri_encode("AZaz09-_.~"), "AZaz09-_.~");
    EXPECT_EQ(uri_encode("a b+c/\xc3\xa9*"), "a%20b%2Bc%2F%C3%A9%2A");
    EXPECT_EQ(uri_encode("a/b", Slash::kept), "a/b");
}

TEST(Uri, every_byte_round_trips) {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    EXPECT_EQ(uri_decode(uri_encode(all)).value(), all);
    EXPECT_EQ(uri_decode(uri_encode(all), Plus::space).value(), all);
}

TEST(Uri, plus_is_a_space_only_in_forms) {
    EXPECT_EQ(uri_decode("a+b").value(), "a+b");
    EXPECT_EQ(uri_decode("a+b", Plus::space).value(), "a b");
}

TEST(Uri, a_percent_needs_two_digits) {
    for (const std::string_view text : {"%", "%4", "a%", "%4g", "%g4", "%%41"})
        EXPECT_TRUE(uri_decode(text).is(Errc::invalid)) << text;
    EXPECT_EQ(uri_decode("%41").value(), "A");
    EXPECT_EQ(uri_decode("%41", Plus::space).value(), "A");
}

}  // namespace
}  // namespace landfall
