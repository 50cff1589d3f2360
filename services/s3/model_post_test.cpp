#include "services/s3/model_post.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace landfall::s3 {
namespace {

constexpr std::string_view kBegin = R"({"expiration":"2030-01-01T00:00:00.000Z","conditions":[)";
const Instant kNow = *parse_iso8601("2026-11-22T12:00:00Z");

PostPolicy policy(std::string_view conditions) {
    return parse_post_policy(std::string{kBegin}.append(conditions).append("]}")).value();
}
std::string refusal(std::string_view conditions, const FormFields& fields) {
    const Verdict verdict = check_post_policy(policy(conditions), {fields, "examplebucket", kNow});
    return verdict.ok() ? "" : std::string{verdict.error().text()} + ": " + verdict.error().message();
}

TEST(PostPolicy, every_condition_must_hold_and_says_which_did_not) {
    const std::string_view conditions =
        R"({"bucket":"examplebucket"},["eq","$KEY","a/b"],)"
        R"(["starts-with","$Content-Type","image/"],["starts-with","$x","" ])";
    const FormFields good{{"key", "a/b"}, {"content-type", "image/png"}, {"x", "anything"}};
    EXPECT_EQ(refusal(conditions, good), "");
    FormFields other = good;
    other["key"] = "a/c";
    EXPECT_EQ(refusal(conditions, other),
              R"(AccessDenied: Invalid according to Policy: Policy Condition failed: ["eq", "$key", "a/b"])");
    other = good;
    other["content-type"] = "image/png, text/html";
    EXPECT_NE(refusal(conditions, other), "") << "each of a list must begin so";
    other["content-type"] = "image/png, image/gif";
    EXPECT_EQ(refusal(conditions, other), "");
    EXPECT_NE(refusal(R"({"bucket":"other"})", {}), "");
}

TEST(PostPolicy, a_field_that_no_condition_covers_is_refused) {
    EXPECT_EQ(refusal(R"(["starts-with","$key",""])", {{"key", "k"}, {"acl", "private"}}),
              "AccessDenied: Invalid according to Policy: Extra input fields: acl");
    EXPECT_EQ(refusal("", {{"file", ""},
                           {"policy", "p"},
                           {"x-amz-signature", "s"},
                           {"signature", "s"},
                           {"awsaccesskeyid", "a"},
                           {"x-ignore-this", "1"}}),
              "");
    EXPECT_NE(refusal(R"(["content-length-range",1,2])", {{"x-amz-meta-a", "1"}}), "");
}

TEST(PostPolicy, it_ends_at_its_expiration) {
    const auto at = [](const char* when) {
        return check_post_policy(policy(""), {{}, "b", *parse_iso8601(when)});
    };
    EXPECT_TRUE(at("2029-12-31T23:59:59Z").ok());
    EXPECT_EQ(at("2030-01-01T00:00:00Z").error().message(), "Invalid according to Policy: Policy expired.");
}

TEST(PostPolicy, ranges_of_length_are_met_all) {
    EXPECT_FALSE(length_range(policy("")).most);
    const LengthRange range =
        length_range(policy(R"(["content-length-range",1,100],["Content-Length-Range","5","50"])"));
    EXPECT_EQ(range.least, Bytes{5});
    EXPECT_EQ(range.most, Bytes{50});
}

TEST(PostPolicy, what_is_no_policy_says_why) {
    const auto why = [](std::string_view json) { return parse_post_policy(json).error().message(); };
    EXPECT_EQ(why("{"), "Invalid Policy: Invalid JSON.");
    EXPECT_EQ(why("[]"), "Invalid Policy: Invalid JSON.");
    EXPECT_EQ(why(R"({"conditions":[]})"), "Invalid Policy: Policy missing expiration.");
    EXPECT_EQ(why(R"({"expiration":"2030-01-01T00:00:00Z"})"), "Invalid Policy: Policy missing conditions.");
    EXPECT_EQ(why(R"({"expiration":"soon","conditions":[]})"),
              "Invalid Policy: Invalid 'expiration' value: 'soon'");
    for (const std::string& condition :
         std::vector<std::string>{"{}", R"({"a":"1","b":"2"})", R"({"a":1})", "[]", R"(["eq","$a"])",
                                  R"(["eq","a","b"])", R"(["eq","$","b"])", R"(["ends-with","$a","b"])",
                                  R"(["content-length-range",-1,2])", R"(["content-length-range","",2])",
                                  R"(["content-length-range",1])", R"(["eq","$a",5])", "5", "null"}) {
        const auto parsed = parse_post_policy(std::string{kBegin} + condition + "]}");
        EXPECT_TRUE(parsed.is(Code::invalid_policy_document)) << condition;
    }
    EXPECT_TRUE(parse_post_policy(std::string(20'000, '[')).is(Code::invalid_policy_document));
}

/// The worked example of the S3 API reference, "Browser-Based Upload using HTTP POST (Using AWS SigV4)".
TEST(PostSignature, the_example_of_the_reference_verifies_and_a_changed_one_does_not) {
    FormFields fields{
        {"x-amz-algorithm", "AWS4-HMAC-SHA256"},
        {"x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
        {"x-amz-date", "20151229T000000Z"},
        {"policy",
         "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2t"
         "ldCI6"
         "ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB"
         "7ImFj"
         "bCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ"
         "1Y2tl"
         "dC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW5"
         "0LVR5"
         "cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXN"
         "lcnZl"
         "ci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0"
         "sDQoN"
         "CiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czR"
         "fcmVx"
         "dWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiA"
         "iMjAx"
         "NTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9"},
        {"x-amz-signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"}};
    const SecretString secret{std::string{"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}};
    EXPECT_TRUE(check_post_signature(post_signature(fields).value(), secret).ok());
    const auto json = base64_decode(fields["policy"]);
    EXPECT_EQ(parse_post_policy(text_of(json.value())).value().conditions.size(), 11u);
    fields["policy"][10] = 'A';
    EXPECT_TRUE(
        check_post_signature(post_signature(fields).value(), secret).is(Code::signature_does_not_match));
}

TEST(PostSignature, what_is_missing_or_malformed_is_named) {
    EXPECT_TRUE(post_signature({{"key", "k"}}).is(Code::access_denied)) << "nobody signed";
    const FormFields good{{"policy", "p"},
                          {"x-amz-algorithm", "AWS4-HMAC-SHA256"},
                          {"x-amz-credential", "AK/20261122/us-east-1/s3/aws4_request"},
                          {"x-amz-date", "20261122T000000Z"},
                          {"x-amz-signature", "s"}};
    EXPECT_EQ(post_signature(good).value().region, "us-east-1");
    for (const auto& [name, value] : good) {
        FormFields less = good;
        less.erase(name);
        EXPECT_TRUE(post_signature(less).is(Code::invalid_argument)) << name;
    }
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"x-amz-algorithm", "AWS4-ECDSA"},
             {"x-amz-credential", "AK"},
             {"x-amz-credential", "////"},
             {"x-amz-credential", "AK/20261122/us-east-1/sqs/aws4_request"},
             {"x-amz-date", "today"},
             {"x-amz-date", "20261123T000000Z"}}) {
        FormFields wrong = good;
        wrong[name] = value;
        EXPECT_TRUE(post_signature(wrong).is(Code::invalid_argument)) << name << " " << value;
    }
}

TEST(PostKey, the_name_of_the_file_is_put_in_once_and_not_looked_at_again) {
    EXPECT_EQ(post_key({{"key", "up/${filename}"}}, "a.txt").value(), "up/a.txt");
    EXPECT_EQ(post_key({{"key", "${filename}-${filename}"}}, "${filename}").value(),
              "${filename}-${filename}");
    EXPECT_EQ(post_key({{"key", "plain"}}, "a.txt").value(), "plain");
    EXPECT_TRUE(post_key({}, "a.txt").is(Code::invalid_argument));
    EXPECT_TRUE(post_key({{"key", "${filename}"}}, "").is(Code::invalid_argument)) << "nothing is left";
    EXPECT_TRUE(post_key({{"key", "${filename}${filename}"}}, std::string(600, 'x')).is(Code::key_too_long));
}

}  // namespace
}  // namespace landfall::s3
