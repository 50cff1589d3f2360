#include <gtest/gtest.h>

#include "wire/sigv4/canonical.hpp"
#include "wire/sigv4/text.hpp"
#include "wire/sigv4/verify.hpp"

namespace landfall::sigv4 {
namespace {

using Headers = std::vector<Header>;

constexpr std::string_view kGood =
    "AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, "
    "Signature=00";

std::variant<Anonymous, Claims, Refusal> read(const Headers& headers, std::string_view query = {}) {
    return read_claims({.method = "POST", .path = "/", .query = query, .headers = headers, .host = {}});
}

std::optional<Reason> reason_of(const std::variant<Anonymous, Claims, Refusal>& claims) {
    const auto* refusal = std::get_if<Refusal>(&claims);
    return refusal == nullptr ? std::nullopt : std::optional{refusal->reason};
}

Headers with(std::string_view authorization) {
    return {{"Host", "h"}, {"X-Amz-Date", "20260102T030405Z"}, {"Authorization", authorization}};
}

TEST(Claims, a_header_says_who_where_and_how) {
    const auto read_ones = read(with(kGood));
    const auto& claims = std::get<Claims>(read_ones);
    EXPECT_EQ(claims.key_id, "AKID");
    EXPECT_EQ(claims.region, "us-east-1");
    EXPECT_EQ(claims.service, "sqs");
    EXPECT_EQ(claims.scope(), "20260102/us-east-1/sqs/aws4_request");
    EXPECT_EQ(claims.payload, Payload::whole);
    EXPECT_FALSE(claims.expires_s.has_value());
}

TEST(Claims, a_request_without_credentials_is_nobodys) {
    EXPECT_TRUE(std::holds_alternative<Anonymous>(read({{"Host", "h"}})));
    EXPECT_TRUE(std::holds_alternative<Anonymous>(read({{"Host", "h"}}, "list-type=2&x-amz-signature=1")));
}

TEST(Claims, parts_come_in_any_order_and_with_any_blanks) {
    EXPECT_EQ(reason_of(read(with("AWS4-HMAC-SHA256   Signature=00,SignedHeaders=host;x-amz-date,\t"
                                  "Credential=AKID/20260102/us-east-1/sqs/aws4_request  "))),
              std::nullopt);
}

TEST(Claims, a_malformed_header_is_refused_as_such) {
    const std::string_view bad[] = {
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 ",
        "AWS4-HMAC-SHA256 Credential=",
        "AWS4-HMAC-SHA256 Credential=a/20260102/r/s/aws4_request, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=a/20260102/r/s/aws4_request, Signature=0",
        "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20260102/r/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/2026010/r/s/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/2026010x/r/s/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20260102//s/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=/20260102/r/s/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20260102/r/s/aws5_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20260102/r/s/aws4_request, SignedHeaders=host, Signature=0, "
        "Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20260102/r/s/aws4_request, SignedHeaders=host, Signature=0, X=1",
        "AWS4-HMAC-SHA256 Credential=a/20260102/r/s/aws4_request, SignedHeaders=host, Signature=0,",
    };
    for (const std::string_view text : bad)
        EXPECT_EQ(reason_of(read(with(text))), Reason::malformed_header) << text;
    Headers twice = with(kGood);
    twice.push_back({"authorization", kGood});
    EXPECT_EQ(reason_of(read(twice)), Reason::malformed_header);
}

TEST(Claims, other_schemes_are_refused_clearly) {
    for (const std::string_view text :
         {"AWS4-ECDSA-P256-SHA256 Credential=a", "AWS AKID:c2ln", "Basic dTpw", "Bearer x", ""})
        EXPECT_EQ(reason_of(read(with(text))), Reason::unsupported_algorithm) << text;
    EXPECT_EQ(reason_of(read({{"Host", "h"}}, "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Signature=0")),
              Reason::unsupported_algorithm);
}

TEST(Claims, only_one_mechanism_may_be_used) {
    EXPECT_EQ(reason_of(read(with(kGood), "X-Amz-Algorithm=AWS4-HMAC-SHA256")), Reason::two_mechanisms);
}

TEST(Claims, host_and_every_x_amz_header_must_be_signed) {
    Headers headers = with(kGood);
    headers.push_back({"X-Amz-Target", "A.B"});
    const auto refused = read(headers);
    EXPECT_EQ(reason_of(refused), Reason::headers_not_signed);
    EXPECT_EQ(std::get<Refusal>(refused).detail, "x-amz-target");
    EXPECT_EQ(reason_of(read(
                  with("AWS4-HMAC-SHA256 Credential=a/20260102/r/s/aws4_request, SignedHeaders=x-amz-date, "
                       "Signature=0"))),
              Reason::headers_not_signed);
}

TEST(Claims, the_date_comes_from_either_header_and_agrees_with_the_scope) {
    const auto dated = [](Header date) {
        return reason_of(read({{"Host", "h"}, date, {"Authorization", kGood}}));
    };
    EXPECT_EQ(dated({"Date", "Fri, 02 Jan 2026 03:04:05 GMT"}), std::nullopt);
    EXPECT_EQ(dated({"Date", "20260102T030405Z"}), std::nullopt);
    EXPECT_EQ(dated({"X-Amz-Date", "20260103T030405Z"}), Reason::scope_date_mismatch);
    for (const std::string_view text :
         {"", "yesterday", "20260102", "20260102T030405", "16840102T030405Z", "99990102T030405Z"})
        EXPECT_EQ(dated({"X-Amz-Date", text}), Reason::no_date) << text;
    EXPECT_EQ(reason_of(read({{"Host", "h"}, {"Authorization", kGood}})), Reason::no_date);
}

std::variant<Anonymous, Claims, Refusal> with_payload(std::string_view service, std::string_view word) {
    const std::string authorization =
        "AWS4-HMAC-SHA256 Credential=a/20260102/r/" + std::string{service} +
        "/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=0";
    Headers headers = with(authorization);
    if (!word.empty()) headers.push_back({"x-amz-content-sha256", word});
    return read(headers);
}

TEST(Claims, each_form_of_payload_is_told_by_its_word) {
    const std::pair<std::string_view, Payload> words[] = {
        {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Payload::digest},
        {"UNSIGNED-PAYLOAD", Payload::unsigned_body},
        {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", Payload::chunks_signed},
        {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", Payload::chunks_signed_trailer},
        {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", Payload::chunks_unsigned_trailer}};
    for (const auto& [word, payload] : words)
        EXPECT_EQ(std::get<Claims>(with_payload("s3", word)).payload, payload);
    EXPECT_EQ(reason_of(with_payload("s3", "")), Reason::no_content_sha256);
    EXPECT_EQ(reason_of(with_payload("s3", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")),
              Reason::unsupported_algorithm);
    for (const std::string_view word : {"UNSIGNED", "E3B0", "streaming-unsigned-payload-trailer",
                                        "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"})
        EXPECT_EQ(reason_of(with_payload("s3", word)), Reason::bad_content_sha256) << word;
}

TEST(Claims, a_body_goes_unsigned_only_where_the_service_allows_it) {
    EXPECT_EQ(std::get<Claims>(with_payload("ebs", "UNSIGNED-PAYLOAD")).payload, Payload::unsigned_body);
    EXPECT_EQ(reason_of(with_payload("sqs", "UNSIGNED-PAYLOAD")), Reason::bad_content_sha256);
    EXPECT_EQ(reason_of(with_payload("ebs", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")),
              Reason::bad_content_sha256);
}

TEST(Claims, presigned_parameters_must_all_be_there_once_and_decode) {
    const std::string good =
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2F20260102%2Fr%2Fs3%2Faws4_request&"
        "X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
    const Headers host{{"Host", "h"}};
    EXPECT_EQ(reason_of(read(host, good)), std::nullopt);
    EXPECT_EQ(std::get<Claims>(read(host, good)).payload, Payload::unsigned_body);
    EXPECT_EQ(reason_of(read(host, good + "&X-Amz-Date=20260102T030405Z")), Reason::malformed_query);
    EXPECT_EQ(reason_of(read(host, good + "%4")), Reason::malformed_target);
    for_each_piece(good, '&', [&](std::string_view piece) {
        std::string without = good;
        without.erase(without.find(piece), piece.size());
        const auto reason = reason_of(read(host, without));
        EXPECT_EQ(reason, Reason::malformed_query) << piece;
    });
}

TEST(CanonicalPath, s3_signs_the_path_decoded_and_encoded_once) {
    const auto path = [](std::string_view raw) { return canonical_path(raw, PathRule::s3).value(); };
    EXPECT_EQ(path(""), "/");
    EXPECT_EQ(path("/a b+c/%c3%a9"), "/a%20b%2Bc/%C3%A9");
    EXPECT_EQ(path("/b/../a//b/./%2F/"), "/b/../a//b/.///");
    EXPECT_TRUE(canonical_path("/%", PathRule::s3).is(Errc::invalid));
}

TEST(CanonicalPath, others_sign_it_normalised_and_encoded_again) {
    const auto path = [](std::string_view raw) { return canonical_path(raw, PathRule::others).value(); };
    EXPECT_EQ(path(""), "/");
    EXPECT_EQ(path("/"), "/");
    EXPECT_EQ(path("/tags/arn%3Aaws%2Fx/"), "/tags/arn%253Aaws%252Fx/");
    EXPECT_EQ(path("/a/./b/../c//d"), "/a/c/d");
    EXPECT_EQ(path("/../.."), "/");
    EXPECT_EQ(path("/a/.."), "/");
}

TEST(CanonicalQuery, it_is_decoded_encoded_and_sorted) {
    const auto query = [](std::string_view raw) { return canonical_query(raw, {}).value(); };
    EXPECT_EQ(query(""), "");
    EXPECT_EQ(query("delete"), "delete=");
    EXPECT_EQ(query("b=2&a=1&&a=0"), "a=0&a=1&b=2");
    EXPECT_EQ(query("k=a+b%20c"), "k=a%2Bb%20c");
    EXPECT_EQ(query("a=b=c"), "a=b%3Dc");
    EXPECT_EQ(query("%61=%7e"), "a=~");
    EXPECT_TRUE(canonical_query("a=%zz", {}).is(Errc::invalid));
}

}  // namespace
}  // namespace landfall::sigv4
