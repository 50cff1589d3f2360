#include "wire/sigv4/verify.hpp"

#include <gtest/gtest.h>

#include "wire/sigv4/signer.hpp"
#include "wire/sigv4/vectors_testing.hpp"

namespace landfall::sigv4 {
namespace {

using testing::check;
using testing::OwnedRequest;
using testing::reason_of;

const Instant kNow = *parse_basic_iso8601("20260102T030405Z");

testing::OneKey vector_key() { return {"AKIDLANDFALLVECTORS1", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYVECTORSKEY"}; }

std::vector<OwnedRequest> vectors() { return testing::read_vectors(LANDFALL_SIGV4_VECTORS); }

bool is_v2(const OwnedRequest& request) { return request.query.find("AWSAccessKeyId") != std::string::npos; }

bool is_presigned(const OwnedRequest& request) {
    return is_v2(request) || request.query.find("X-Amz-Signature") != std::string::npos;
}

TEST(Verify, every_request_that_botocore_signed_is_verified) {
    const auto lookup = vector_key();
    SigningKeys keys;
    const auto all = vectors();
    ASSERT_GE(all.size(), 170u);
    for (const OwnedRequest& request : all) {
        const auto verdict = check(request, lookup, kNow, keys);
        const auto* refusal = std::get_if<Refusal>(&verdict);
        ASSERT_EQ(refusal, nullptr) << request.name << "\n"
                                    << static_cast<int>(refusal->reason) << " " << refusal->detail << "\n"
                                    << refusal->canonical_request;
        const auto headers = request.views();
        const auto read = read_claims({.method = request.method,
                                       .path = request.path,
                                       .query = request.query,
                                       .headers = headers,
                                       .host = {},
                                       .virtual_bucket = request.bucket});
        const auto& claims = std::get<Claims>(read);
        EXPECT_EQ(claims.key_id, "AKIDLANDFALLVECTORS1");
        EXPECT_EQ(claims.service, request.service);
    }
    EXPECT_EQ(keys.size(), 7u) << "one signing key for each scope";
}

/// Every way to change one field of a request, each with its name.
std::vector<OwnedRequest> tampered(OwnedRequest original) {
    std::vector<OwnedRequest> out;
    const auto add = [&](const std::string& what, auto&& change) {
        OwnedRequest copy = original;
        copy.name += ": " + what;
        change(copy);
        out.push_back(std::move(copy));
    };
    add("method", [](auto& r) { r.method = r.method == "GET" ? "PUT" : "GET"; });
    add("path", [](auto& r) { r.path += "x"; });
    add("a parameter more", [](auto& r) { r.query += r.query.empty() ? "x=y" : "&x=y"; });
    // The old scheme does not sign what only chooses among the items of a list, nor the host.
    const bool first_is_signed = !original.query.starts_with("prefix") && !original.query.starts_with("x-id");
    if (!original.query.empty() && first_is_signed) {
        add("a parameter's value", [](auto& r) {
            const auto at = r.query.find('=');
            r.query.insert(at + 1, "z");
        });
        add("a parameter's name", [](auto& r) { r.query.insert(0, "z"); });
    }
    for (std::size_t i = 0; i < original.headers.size(); ++i) {
        if (original.headers[i].first == "Authorization") continue;
        if (original.headers[i].first == "Host" && is_v2(original)) continue;
        add("header " + original.headers[i].first, [i](auto& r) { r.headers[i].second += "0"; });
        add("no " + original.headers[i].first,
            [i](auto& r) { r.headers.erase(r.headers.begin() + static_cast<std::ptrdiff_t>(i)); });
    }
    add("an x-amz- header more", [](auto& r) { r.headers.emplace_back("x-amz-acl2", "public-read"); });
    const std::string* hash = original.header("X-Amz-Content-SHA256");
    const bool body_is_signed = hash != nullptr ? hash->size() == 64 : original.service != "s3";
    if (body_is_signed) add("body", [](auto& r) { r.body += "x"; });
    if (is_presigned(original)) return out;
    for (const std::string_view part :
         {"Credential=", "/20260102/", "/aws4_request", "SignedHeaders=", "Signature="})
        add("Authorization " + std::string{part}, [part](auto& r) {
            std::string& text = *r.header("Authorization");
            char& c = text[text.find(part) + part.size() + (part.front() == '/' ? 0 : 1)];
            c = c == 'a' ? 'b' : 'a';
        });
    return out;
}

TEST(Verify, any_single_change_is_refused) {
    const auto lookup = vector_key();
    SigningKeys keys;
    std::size_t count = 0;
    for (OwnedRequest request : vectors()) {
        for (const OwnedRequest& changed : tampered(request)) {
            EXPECT_TRUE(reason_of(check(changed, lookup, kNow, keys)).has_value()) << changed.name;
            ++count;
        }
    }
    EXPECT_GE(count, 1500u);
}

/// The key of AWS's documented examples, and their instant.
testing::OneKey documented_key() {
    return {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
}
const Instant kDocumented = *parse_basic_iso8601("20130524T000000Z");
constexpr std::string_view kOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct Documented {
    std::string method, path, query;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string names, signature, body;
};

OwnedRequest request_of(const Documented& example) {
    OwnedRequest request{.name = example.path,
                         .service = "s3",
                         .method = example.method,
                         .path = example.path,
                         .query = example.query,
                         .headers = example.headers,
                         .body = example.body};
    request.headers.emplace_back("Host", "examplebucket.s3.amazonaws.com");
    request.headers.emplace_back("x-amz-date", "20130524T000000Z");
    request.headers.emplace_back("x-amz-content-sha256", sha256(example.body).hex());
    request.headers.emplace_back(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=" +
            example.names + ",Signature=" + example.signature);
    return request;
}

// S3 API Reference, "Signature calculations for the Authorization header: transferring payload in a single
// chunk".
TEST(Verify, the_documented_s3_examples_hold) {
    const Documented examples[] = {
        {"GET",
         "/test.txt",
         "",
         {{"Range", "bytes=0-9"}},
         "host;range;x-amz-content-sha256;x-amz-date",
         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
         ""},
        {"PUT",
         "/test%24file.text",
         "",
         {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
         "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
         "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
         "Welcome to Amazon S3."},
        {"GET",
         "/",
         "lifecycle",
         {},
         "host;x-amz-content-sha256;x-amz-date",
         "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
         ""},
        {"GET",
         "/",
         "max-keys=2&prefix=J",
         {},
         "host;x-amz-content-sha256;x-amz-date",
         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
         ""}};
    for (const Documented& example : examples)
        EXPECT_EQ(reason_of(check(request_of(example), documented_key(), kDocumented)), std::nullopt)
            << example.path;
}

OwnedRequest documented_presigned() {
    return {.name = "presigned",
            .service = "s3",
            .method = "GET",
            .path = "/test.txt",
            .query =
                "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-"
                "1%2Fs3%2F"
                "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-"
                "Signature="
                "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            .headers = {{"host", "examplebucket.s3.amazonaws.com"}},
            .body = ""};
}

// S3 API Reference, "Authenticating requests: using query parameters".
TEST(Verify, the_documented_presigned_example_holds_for_its_life_and_no_longer) {
    const OwnedRequest request = documented_presigned();
    const auto at = [&](Duration after) {
        return reason_of(check(request, documented_key(), kDocumented + after));
    };
    using std::chrono::seconds;
    EXPECT_EQ(at(seconds{0}), std::nullopt);
    EXPECT_EQ(at(seconds{86400}), std::nullopt);
    EXPECT_EQ(at(seconds{86401}), Reason::expired);
    EXPECT_EQ(at(-seconds{900}), std::nullopt);
    EXPECT_EQ(at(-seconds{901}), Reason::not_yet_valid);
}

TEST(Verify, the_expiry_of_a_presigned_request_is_bounded) {
    const auto with = [](const std::string& expires) {
        OwnedRequest request = documented_presigned();
        const std::string old = "X-Amz-Expires=86400";
        request.query.replace(request.query.find(old), old.size(), "X-Amz-Expires=" + expires);
        return reason_of(check(request, documented_key(), kDocumented));
    };
    for (const std::string expires : {"0", "604801", "-1", "1.5", "x", "99999999999999999999", "+5"})
        EXPECT_EQ(with(expires), Reason::bad_expires) << expires;
    EXPECT_EQ(with("604800"), Reason::signature_mismatch) << "in bounds, but not what was signed";
    EXPECT_EQ(with(""), Reason::malformed_query);
}

OwnedRequest v2_vector(std::string_view name) {
    for (OwnedRequest& request : vectors())
        if (request.name == name) return std::move(request);
    return {};
}

TEST(Verify, an_old_presigned_url_lives_until_its_end) {
    const OwnedRequest request = v2_vector("v2-path-1");
    const auto at = [&](Duration after) { return reason_of(check(request, vector_key(), kNow + after)); };
    EXPECT_EQ(at(std::chrono::hours{-10'000}), std::nullopt);
    EXPECT_EQ(at(std::chrono::seconds{3600}), std::nullopt);
    EXPECT_EQ(at(std::chrono::seconds{3601}), Reason::expired);
}

TEST(Verify, an_old_presigned_url_grows_no_other_operation) {
    for (const std::string_view more :
         {"retention", "legal-hold", "publicAccessBlock", "attributes", "new-in-2031"}) {
        OwnedRequest request = v2_vector("v2-path-1");
        request.query.append("&").append(more);
        EXPECT_EQ(reason_of(check(request, vector_key(), kNow)), Reason::malformed_query) << more;
    }
    for (const std::string_view more : {"acl", "tagging", "uploads", "versionId=1"}) {
        OwnedRequest request = v2_vector("v2-path-1");
        request.query.append("&").append(more);
        EXPECT_EQ(reason_of(check(request, vector_key(), kNow)), Reason::signature_mismatch) << more;
    }
}

TEST(Verify, an_old_presigned_url_signs_the_bucket_that_the_host_names) {
    OwnedRequest request = v2_vector("v2-host-1");
    EXPECT_EQ(reason_of(check(request, vector_key(), kNow)), std::nullopt);
    request.bucket = "other";
    EXPECT_EQ(reason_of(check(request, vector_key(), kNow)), Reason::signature_mismatch);
    request.bucket = "";
    EXPECT_EQ(reason_of(check(request, vector_key(), kNow)), Reason::signature_mismatch);
}

TEST(Verify, an_old_presigned_url_is_whole_and_alone) {
    const auto with = [](std::string query, std::vector<std::pair<std::string, std::string>> headers = {}) {
        const OwnedRequest request{.name = "",
                                   .service = "s3",
                                   .method = "GET",
                                   .path = "/b/k",
                                   .query = std::move(query),
                                   .headers = std::move(headers),
                                   .body = ""};
        return reason_of(check(request, vector_key(), kNow));
    };
    for (const std::string query :
         {"AWSAccessKeyId=a", "AWSAccessKeyId=a&Signature=b", "AWSAccessKeyId=a&Expires=1",
          "AWSAccessKeyId=&Signature=b&Expires=1", "AWSAccessKeyId=a&Signature=b&Expires=x",
          "AWSAccessKeyId=a&Signature=b&Expires=-1",
          "AWSAccessKeyId=a&Signature=b&Expires=99999999999999999999",
          "AWSAccessKeyId=a&Signature=b&Expires=9999999999999",
          "AWSAccessKeyId=a&AWSAccessKeyId=a&Signature=b&Expires=1"})
        EXPECT_EQ(with(query), Reason::malformed_query) << query;
    EXPECT_EQ(with("AWSAccessKeyId=a&Signature=b&Expires=1", {{"Authorization", "AWS4-HMAC-SHA256 x"}}),
              Reason::two_mechanisms);
    EXPECT_EQ(with("AWSAccessKeyId=a&Signature=b&Expires=1&X-Amz-Signature=1"), Reason::two_mechanisms);
    EXPECT_EQ(with("AWSAccessKeyId=a&Signature=b&Expires=9000000000"), Reason::unknown_key);
}

TEST(Verify, a_clock_may_be_off_by_fifteen_minutes_and_no_more) {
    const OwnedRequest request = vectors().front();
    const auto at = [&](Duration off) { return reason_of(check(request, vector_key(), kNow + off)); };
    using std::chrono::seconds;
    EXPECT_EQ(at(seconds{900}), std::nullopt);
    EXPECT_EQ(at(-seconds{900}), std::nullopt);
    EXPECT_EQ(at(seconds{901}), Reason::skewed);
    EXPECT_EQ(at(-seconds{901}), Reason::skewed);
}

TEST(Verify, a_key_that_is_not_active_is_refused_for_its_own_reason) {
    const OwnedRequest request = vectors().front();
    auto lookup = vector_key();
    const std::pair<KeyAnswer::State, Reason> rows[] = {
        {KeyAnswer::State::inactive, Reason::inactive_key},
        {KeyAnswer::State::unknown, Reason::unknown_key},
        {KeyAnswer::State::bad_token, Reason::bad_token},
        {KeyAnswer::State::expired_token, Reason::expired_token}};
    for (const auto& [state, reason] : rows) {
        lookup.state = state;
        EXPECT_EQ(reason_of(check(request, lookup, kNow)), reason);
    }
    EXPECT_EQ(reason_of(check(request, testing::OneKey{"AKIDLANDFALLVECTORS1", "another"}, kNow)),
              Reason::signature_mismatch);
}

TEST(Verify, a_changed_secret_is_not_outlived_by_the_cache) {
    const OwnedRequest request = vectors().front();
    SigningKeys keys;
    EXPECT_EQ(reason_of(check(request, vector_key(), kNow, keys)), std::nullopt);
    const testing::OneKey changed{"AKIDLANDFALLVECTORS1", "another"};
    EXPECT_EQ(reason_of(check(request, changed, kNow, keys)), Reason::signature_mismatch);
    EXPECT_EQ(reason_of(check(request, vector_key(), kNow, keys)), std::nullopt);
}

TEST(Verify, a_presigned_url_to_which_the_token_was_appended_is_verified) {
    const OwnedRequest base{.name = "",
                            .service = "s3",
                            .method = "GET",
                            .path = "/b/k",
                            .query = "",
                            .headers = {{"Host", "h"}},
                            .body = ""};
    const auto headers = base.views();
    const Request view{.method = base.method, .path = base.path, .query = {}, .headers = headers, .host = {}};
    OwnedRequest request = base;
    request.query = presign(view, {.key_id = "K", .secret = SecretString{"S"}, .token = {}},
                            {.region = "r", .service = "s3"}, 60, kNow) +
                    "&X-Amz-Security-Token=abc";
    EXPECT_EQ(reason_of(check(request, testing::OneKey{"K", "S"}, kNow)), std::nullopt);
    request.query += "x&other=1";
    EXPECT_EQ(reason_of(check(request, testing::OneKey{"K", "S"}, kNow)), Reason::signature_mismatch);
}

TEST(Verify, a_default_port_may_be_sent_or_left_out_but_no_other) {
    for (const std::string sent : {"h:80", "h:443", "h:8080", "h2"}) {
        const std::vector<Header> signing{{.name = "Host", .value = "h"}};
        const Request view{.method = "GET", .path = "/", .query = {}, .headers = signing, .host = {}};
        OwnedRequest request{.name = "",
                             .service = "s3",
                             .method = "GET",
                             .path = "/",
                             .query = "",
                             .headers = {{"Host", sent}},
                             .body = ""};
        const auto head = sign(view, {.key_id = "K", .secret = SecretString{"S"}, .token = {}},
                               {.region = "r", .service = "s3"}, kOfNothing, kNow);
        request.headers.insert(request.headers.end(), head.headers.begin(), head.headers.end());
        const bool fine = sent == "h:80" || sent == "h:443";
        EXPECT_EQ(!reason_of(check(request, testing::OneKey{"K", "S"}, kNow)).has_value(), fine) << sent;
    }
}

TEST(Verify, a_host_that_a_trusted_proxy_told_stands_in_for_the_header) {
    OwnedRequest request = vectors().front();
    *request.header("Host") = "10.0.0.1:9000";
    const auto headers = request.views();
    Request view{.method = request.method,
                 .path = request.path,
                 .query = request.query,
                 .headers = headers,
                 .host = {}};
    const Sha256 body = sha256("");
    SigningKeys keys;
    const auto verdict = [&] {
        return reason_of(verify(view, std::get<Claims>(read_claims(view)), &body, vector_key(), keys, kNow));
    };
    EXPECT_EQ(verdict(), Reason::signature_mismatch);
    view.host = "localhost:4566";
    EXPECT_EQ(verdict(), std::nullopt);
}

TEST(Verify, a_mismatch_tells_what_was_signed_and_nothing_secret) {
    OwnedRequest request = vectors().front();
    request.path += "x";
    const auto verdict = check(request, vector_key(), kNow);
    const auto& refusal = std::get<Refusal>(verdict);
    EXPECT_EQ(refusal.string_to_sign.substr(0, 33), "AWS4-HMAC-SHA256\n20260102T030405Z");
    EXPECT_NE(refusal.canonical_request.find("host:localhost:4566\n"), std::string::npos);
    const ErrorText text = error_text(refusal, Family::s3);
    EXPECT_EQ(text.status, 403);
    EXPECT_EQ(text.code, "SignatureDoesNotMatch");
    for (const auto& [name, value] : text.members) EXPECT_EQ(value.find("wJalr"), std::string::npos) << name;
}

}  // namespace
}  // namespace landfall::sigv4
