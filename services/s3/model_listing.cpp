#include "services/s3/model_listing.hpp"

#include "base/checksum.hpp"
#include "base/encoding.hpp"

namespace landfall::s3 {

std::optional<std::string> successor_of_prefix(std::string_view prefix) {
    std::string next{prefix};
    while (!next.empty() && next.back() == '\xff') next.pop_back();
    if (next.empty()) return std::nullopt;
    next.back() = static_cast<char>(static_cast<unsigned char>(next.back()) + 1);
    return next;
}

std::optional<std::string_view> common_prefix_of(std::string_view key, std::string_view prefix,
                                                 std::string_view delimiter) {
    if (delimiter.empty()) return std::nullopt;
    const std::size_t at = key.find(delimiter, prefix.size());
    if (at == std::string_view::npos) return std::nullopt;
    return key.substr(0, at + delimiter.size());
}

std::optional<std::string> first_candidate(const ListQuery& query) {
    if (query.after.empty() || query.after < query.prefix) return query.prefix;
    if (query.after.starts_with(query.prefix)) {
        const auto group = common_prefix_of(query.after, query.prefix, query.delimiter);
        if (group && *group == query.after) return successor_of_prefix(query.after);
    } else if (query.after > query.prefix) {
        return std::nullopt;
    }
    // The smallest string above `after` itself.
    return query.after + '\0';
}

namespace {

/// A sum over everything the token belongs to: enough to tell a token of another listing, no secret is kept
/// by it.
std::string scope_mark(const ListingScope& scope, std::string_view after) {
    std::string text;
    for (const std::string_view part : {scope.bucket, scope.prefix, scope.delimiter, after}) {
        text += std::to_string(part.size());
        text += ':';
        text += part;
    }
    std::string mark(4, '\0');
    store_le(std::as_writable_bytes(std::span{mark}), 0, Crc32c::of(text));
    return mark;
}

}  // namespace

std::string continuation_token(const ListingScope& scope, std::string_view after) {
    return hex_encode(bytes_of(scope_mark(scope, after) + std::string{after}));
}

Answer<std::string> position_of_token(const ListingScope& scope, std::string_view token) {
    const auto wrong = [&] {
        return Fault{Code::invalid_argument, "The continuation token provided is incorrect"}.with(
            "ArgumentName", "continuation-token");
    };
    const auto raw = hex_decode(token);
    if (!raw.ok() || raw->size() < 5) return wrong();
    const std::string_view text = text_of(*raw);
    if (scope_mark(scope, text.substr(4)) != text.substr(0, 4)) return wrong();
    return std::string{text.substr(4)};
}

std::string url_encoded_key(std::string_view key) { return uri_encode(key, Slash::kept); }

}  // namespace landfall::s3
