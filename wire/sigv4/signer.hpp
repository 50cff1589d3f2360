// The client's side of SigV4: for our own client commands, the load generator and tests.
// Threads: any. Does not touch disk.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "wire/sigv4/request.hpp"
#include "wire/sigv4/verify.hpp"

namespace landfall::sigv4 {

struct Credentials {
    std::string key_id;
    SecretString secret;
    std::string token;  ///< empty for a long-lived key
};

struct SigningScope {
    std::string region;
    std::string service;
};

/// The headers to add to the request, in this order; `chunks` continues over an aws-chunked body.
struct SignedHead {
    std::vector<std::pair<std::string, std::string>> headers;
    ChunkSeed chunks;
};

/// Signs every header of `request` (Host among them) and those it adds: x-amz-date, x-amz-content-sha256,
/// x-amz-security-token. `payload_hash` is hexadecimal SHA-256 or one of the words of x-amz-content-sha256.
[[nodiscard]] SignedHead sign(const Request& request, const Credentials& credentials,
                              const SigningScope& scope, std::string_view payload_hash, Instant at);

/// The query that makes `request` a presigned one, its own parameters included. Only Host is signed.
[[nodiscard]] std::string presign(const Request& request, const Credentials& credentials,
                                  const SigningScope& scope, std::int64_t expires_s, Instant at);

/// Writes an aws-chunked body. Call chunk() for each piece, then last().
class AwsChunkedWriter {
public:
    /// Without a seed the chunks are unsigned.
    explicit AwsChunkedWriter(std::optional<ChunkSeed> seed) : seed_{std::move(seed)} {}
    /// One framed chunk; `bytes` not empty.
    [[nodiscard]] std::string chunk(ByteSpan bytes);
    /// The last chunk; with trailers when the form has them (names in lower case).
    [[nodiscard]] std::string last(const std::vector<std::pair<std::string, std::string>>& trailers);

private:
    [[nodiscard]] std::string size_line(ByteSpan bytes);
    std::optional<ChunkSeed> seed_;
};

}  // namespace landfall::sigv4
