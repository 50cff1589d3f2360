// Parameters that nobody takes, and digests of whole bodies.
#include "services/s3/model_arrival.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/encoding.hpp"

namespace landfall::s3 {
namespace {

std::optional<Code> strays(std::string_view method, const Stray& stray) {
    const Verdict verdict = check_strays(method, std::span{&stray, 1});
    return verdict.ok() ? std::nullopt : std::optional{verdict.error().code()};
}

TEST(Strays, a_sub_resource_of_another_operation_is_never_left_out_of_account) {
    for (const char* method : {"GET", "HEAD", "PUT", "POST", "DELETE"})
        for (const char* value : {"", "x"})
            EXPECT_EQ(strays(method, {"torrent", value, true}), Code::not_implemented) << method;
}

TEST(Strays, what_nobody_knows_is_refused_where_it_may_mean_something) {
    EXPECT_EQ(strays("GET", {"foo", "", false}), Code::not_implemented);
    EXPECT_EQ(strays("PUT", {"foo", "", false}), Code::not_implemented);
    EXPECT_EQ(strays("PUT", {"foo", "bar", false}), Code::not_implemented);
    EXPECT_EQ(strays("DELETE", {"uploadid", "1", false}), Code::not_implemented);
    EXPECT_EQ(strays("GET", {"v", "3", false}), std::nullopt);
}

TEST(Strays, signatures_and_the_users_own_parameters_are_no_strays) {
    for (const char* key : {"x-id", "X-Amz-Signature", "x-user", "AWSAccessKeyId", "Signature", "Expires"})
        EXPECT_EQ(strays("PUT", {key, "", false}), std::nullopt) << key;
}

class Headers {
public:
    Headers(std::initializer_list<std::pair<const std::string, std::string>> fields) : fields_{fields} {}
    [[nodiscard]] HeaderOf of() const {
        return [this](std::string_view name) -> std::optional<std::string_view> {
            const auto found = fields_.find(std::string{name});
            if (found == fields_.end()) return std::nullopt;
            return found->second;
        };
    }

private:
    std::map<std::string, std::string> fields_;
};

std::optional<Code> body(const Headers& headers, std::string_view text) {
    Verdict verdict = check_body_md5(headers.of(), text);
    if (verdict.ok()) verdict = check_body_sum(headers.of(), text);
    return verdict.ok() ? std::nullopt : std::optional{verdict.error().code()};
}

constexpr std::string_view kText = "<Tagging/>";

std::string md5_of(std::string_view text) {
    Md5Hasher hasher;
    hasher.update(bytes_of(text));
    return base64_encode(hasher.finish().span());
}

std::string sum_text(Algorithm algorithm, std::string_view text) {
    Checksummer sum{algorithm};
    sum.update(bytes_of(text));
    return sum.finish().base64();
}

TEST(BodyDigests, content_md5_is_compared) {
    EXPECT_EQ(body({}, kText), std::nullopt);
    EXPECT_EQ(body({{"content-md5", md5_of(kText)}}, kText), std::nullopt);
    EXPECT_EQ(body({{"content-md5", md5_of("other")}}, kText), Code::bad_digest);
    EXPECT_EQ(body({{"content-md5", "nonsense"}}, kText), Code::invalid_digest);
    EXPECT_EQ(body({{"content-md5", ""}}, kText), Code::invalid_digest);
}

TEST(BodyDigests, every_checksum_is_compared) {
    for (const Algorithm algorithm :
         {Algorithm::crc32, Algorithm::crc32c, Algorithm::crc64nvme, Algorithm::sha1, Algorithm::sha256,
          Algorithm::sha512, Algorithm::md5}) {
        const std::string name = header_of(algorithm);
        EXPECT_EQ(body({{name, sum_text(algorithm, kText)}}, kText), std::nullopt) << name;
        EXPECT_EQ(body({{name, sum_text(algorithm, "other")}}, kText), Code::bad_digest) << name;
        EXPECT_EQ(body({{name, "nonsense"}}, kText), Code::invalid_request) << name;
    }
}

TEST(BodyDigests, what_is_announced_must_come_and_come_once) {
    const std::string crc32 = sum_text(Algorithm::crc32, kText);
    EXPECT_EQ(body({{"x-amz-sdk-checksum-algorithm", "CRC32"}}, kText), Code::invalid_request);
    EXPECT_EQ(body({{"x-amz-sdk-checksum-algorithm", "SHA1"}, {"x-amz-checksum-crc32", crc32}}, kText),
              Code::invalid_request);
    EXPECT_EQ(body({{"x-amz-sdk-checksum-algorithm", "crc32"}, {"x-amz-checksum-crc32", crc32}}, kText),
              std::nullopt);
    EXPECT_EQ(
        body({{"x-amz-checksum-sha1", sum_text(Algorithm::sha1, kText)}, {"x-amz-checksum-crc32", crc32}},
             kText),
        Code::invalid_request);
    EXPECT_EQ(body({{"x-amz-checksum-xxhash64", "AAAAAAAAAAA="}}, kText), Code::not_implemented);
    EXPECT_EQ(body({{"x-amz-sdk-checksum-algorithm", "XXHASH3"}}, kText), Code::not_implemented);
}

TEST(Payload, that_is_signed_is_declared) {
    const auto ok = [](const Headers& headers) { return check_payload_declared(headers.of()).ok(); };
    EXPECT_TRUE(ok({}));
    EXPECT_TRUE(ok(
        {{"authorization", "AWS4-HMAC-SHA256 Credential=…"}, {"x-amz-content-sha256", "UNSIGNED-PAYLOAD"}}));
    EXPECT_FALSE(ok({{"authorization", "AWS4-HMAC-SHA256 Credential=…"}}));
}

TEST(Trailers, only_checksums_that_are_known_may_be_announced) {
    const auto code = [](const char* name, Body of) -> std::optional<Code> {
        const Headers headers{{"x-amz-trailer", name}};
        const Verdict verdict = check_trailer(headers.of(), of);
        return verdict.ok() ? std::nullopt : std::optional{verdict.error().code()};
    };
    EXPECT_EQ(code("x-amz-checksum-crc32", Body::streamed), std::nullopt);
    EXPECT_EQ(code("X-Amz-Checksum-SHA256", Body::streamed), std::nullopt);
    EXPECT_EQ(code("x-amz-checksum-xxhash128", Body::streamed), Code::not_implemented);
    EXPECT_EQ(code("x-amz-meta-late", Body::streamed), Code::invalid_request);
    EXPECT_EQ(code("x-amz-checksum-crc32", Body::whole), Code::invalid_request);
}

}  // namespace
}  // namespace landfall::s3
