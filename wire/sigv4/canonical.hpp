// The canonical request and the string to sign: the text that both sides of SigV4 must agree on.
// Threads: any. Does not touch disk. Errors: Errc::invalid when path or query hold a '%' without two digits.
#pragma once

#include <memory_resource>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "wire/sigv4/request.hpp"

namespace landfall::sigv4 {

/// s3 signs the path decoded and encoded once; every other service signs the path as sent, normalised, with
/// its percent signs encoded again.
enum class PathRule : std::uint8_t { s3, others };
[[nodiscard]] PathRule path_rule_of(std::string_view service);

struct CanonicalForm {
    PathRule path_rule = PathRule::others;
    std::string_view signed_headers;    ///< "host;x-amz-date", in this order
    std::string_view payload_hash;      ///< the last line
    std::string_view without_query[2];  ///< decoded names of query parameters that are left out
};
[[nodiscard]] Result<std::string> canonical_request(const Request& request, const CanonicalForm& form);
/// The same, appended to a text whose memory is the caller's choice.
[[nodiscard]] Status append_canonical_request(std::pmr::string& out, const Request& request,
                                              const CanonicalForm& form);

/// Each part alone, for those who look closer.
[[nodiscard]] Result<std::string> canonical_path(std::string_view raw_path, PathRule rule);
[[nodiscard]] Result<std::string> canonical_query(std::string_view raw_query, const CanonicalForm& form);

[[nodiscard]] std::string string_to_sign(std::string_view timestamp, std::string_view scope,
                                         const Sha256& of_canonical_request);

/// The two kinds of lines that sign an aws-chunked body: each covers the signature before it.
inline constexpr std::string_view kChunkKind = "AWS4-HMAC-SHA256-PAYLOAD";
inline constexpr std::string_view kTrailerKind = "AWS4-HMAC-SHA256-TRAILER";
struct ChunkText {
    std::string_view kind;  ///< kChunkKind or kTrailerKind
    std::string_view timestamp;
    std::string_view scope;
    std::string_view previous_signature;
};
[[nodiscard]] std::string chunk_string_to_sign(const ChunkText& text, const Sha256& of_bytes);

/// Splits "a;b" or "a=1&b" without allocating: calls f for each piece, empty ones too.
template <class F>
void for_each_piece(std::string_view text, char separator, F&& f) {
    while (true) {
        const std::size_t at = text.find(separator);
        f(text.substr(0, at));
        if (at == std::string_view::npos) return;
        text.remove_prefix(at + 1);
    }
}

}  // namespace landfall::sigv4
