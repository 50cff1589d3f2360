#include "wire/sigv4/signer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.hpp"
#include "wire/sigv4/canonical.hpp"
#include "wire/sigv4/signing_keys.hpp"
#include "wire/sigv4/text.hpp"

namespace landfall::sigv4 {
namespace {

std::string lowered(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

std::string signed_names(std::span<const Header> headers) {
    std::vector<std::string> names;
    for (const Header& header : headers) names.push_back(lowered(header.name));
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::string out;
    for (const std::string& name : names) {
        if (!out.empty()) out += ';';
        out += name;
    }
    return out;
}

/// The scope's text and its key for one instant.
ChunkSeed seed_for(const Credentials& credentials, const SigningScope& scope, Instant at) {
    const std::string timestamp = basic_iso8601(at);
    const std::string day = timestamp.substr(0, 8);
    return ChunkSeed{
        .key = derive_signing_key(
            credentials.secret,
            {.key_id = credentials.key_id, .day = day, .region = scope.region, .service = scope.service}),
        .timestamp = timestamp,
        .scope = day + "/" + scope.region + "/" + scope.service + "/aws4_request",
        .signature = {}};
}

std::string signature_of(const Request& request, const CanonicalForm& form, const ChunkSeed& seed) {
    const auto canonical = canonical_request(request, form);
    CHECK(canonical.ok());  // the caller wrote the target itself
    return seed.key.of(string_to_sign(seed.timestamp, seed.scope, sha256(*canonical))).hex();
}

}  // namespace

SignedHead sign(const Request& request, const Credentials& credentials, const SigningScope& scope,
                std::string_view payload_hash, Instant at) {
    SignedHead head{.headers = {}, .chunks = seed_for(credentials, scope, at)};
    head.headers.emplace_back("x-amz-date", head.chunks.timestamp);
    head.headers.emplace_back("x-amz-content-sha256", payload_hash);
    if (!credentials.token.empty()) head.headers.emplace_back("x-amz-security-token", credentials.token);
    std::vector<Header> all{request.headers.begin(), request.headers.end()};
    for (const auto& [name, value] : head.headers) all.push_back({.name = name, .value = value});
    const std::string names = signed_names(all);
    Request complete = request;
    complete.headers = all;
    head.chunks.signature = signature_of(complete,
                                         {.path_rule = path_rule_of(scope.service),
                                          .signed_headers = names,
                                          .payload_hash = payload_hash,
                                          .without_query = {}},
                                         head.chunks);
    head.headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=" + credentials.key_id + "/" +
                                                   head.chunks.scope + ", SignedHeaders=" + names +
                                                   ", Signature=" + head.chunks.signature);
    return head;
}

std::string presign(const Request& request, const Credentials& credentials, const SigningScope& scope,
                    std::int64_t expires_s, Instant at) {
    const ChunkSeed seed = seed_for(credentials, scope, at);
    std::string query{request.query};
    const auto add = [&query](std::string_view name, std::string_view value) {
        if (!query.empty()) query += '&';
        query.append(name).append(1, '=').append(uri_encode(value));
    };
    add("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    add("X-Amz-Credential", credentials.key_id + "/" + seed.scope);
    add("X-Amz-Date", seed.timestamp);
    add("X-Amz-Expires", std::to_string(expires_s));
    if (!credentials.token.empty()) add("X-Amz-Security-Token", credentials.token);
    add("X-Amz-SignedHeaders", "host");
    Request complete = request;
    complete.query = query;
    const PathRule rule = path_rule_of(scope.service);
    const std::string of_nothing = sha256("").hex();
    const std::string signature =
        signature_of(complete,
                     {.path_rule = rule,
                      .signed_headers = "host",
                      .payload_hash = rule == PathRule::s3 ? std::string_view{"UNSIGNED-PAYLOAD"}
                                                           : std::string_view{of_nothing},
                      .without_query = {}},
                     seed);
    add("X-Amz-Signature", signature);
    return query;
}

std::string AwsChunkedWriter::size_line(ByteSpan bytes) {
    std::array<char, 17> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
    std::string line{digits.data(), end};
    if (seed_) {
        const std::string text = chunk_string_to_sign({.kind = kChunkKind,
                                                       .timestamp = seed_->timestamp,
                                                       .scope = seed_->scope,
                                                       .previous_signature = seed_->signature},
                                                      sha256(bytes));
        seed_->signature = seed_->key.of(text).hex();
        line += ";chunk-signature=" + seed_->signature;
    }
    return line + "\r\n";
}

std::string AwsChunkedWriter::chunk(ByteSpan bytes) {
    CHECK(!bytes.empty());
    return size_line(bytes).append(text_of(bytes)).append("\r\n");
}

std::string AwsChunkedWriter::last(const std::vector<std::pair<std::string, std::string>>& trailers) {
    std::string out = size_line({});
    std::string signed_text;
    for (const auto& [name, value] : trailers) {
        out += name + ":" + value + "\r\n";
        signed_text += name + ":" + value + "\n";
    }
    if (seed_ && !trailers.empty()) {
        const std::string text = chunk_string_to_sign({.kind = kTrailerKind,
                                                       .timestamp = seed_->timestamp,
                                                       .scope = seed_->scope,
                                                       .previous_signature = seed_->signature},
                                                      sha256(signed_text));
        out += "x-amz-trailer-signature:" + seed_->key.of(text).hex() + "\r\n";
    }
    return out + "\r\n";
}

}  // namespace landfall::sigv4
