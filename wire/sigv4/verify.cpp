#include "wire/sigv4/verify.hpp"

#include <array>
#include <string>

#include "base/encoding.hpp"
#include "base/stack_text.hpp"
#include "wire/sigv4/canonical.hpp"
#include "wire/sigv4/signing_keys.hpp"
#include "wire/sigv4/sigv2.hpp"
#include "wire/sigv4/text.hpp"

namespace landfall::sigv4 {
namespace {

constexpr std::string_view kToken = "X-Amz-Security-Token";

/// string_to_sign() with the scope's parts.
void append_string_to_sign(std::pmr::string& out, const Claims& claims, const Sha256& of_canonical_request) {
    const auto hex = of_canonical_request.hex_text();
    out.append("AWS4-HMAC-SHA256\n").append(claims.timestamp).append(1, '\n');
    out.append(claims.day).append(1, '/').append(claims.region).append(1, '/').append(claims.service);
    out.append("/aws4_request\n").append(hex.data(), hex.size());
}

Refusal refused(Reason reason, const Claims& claims) {
    return Refusal{.reason = reason, .key_id = claims.key_id};
}

Refusal refused_in_time(Reason reason, const Claims& claims, Instant now) {
    Refusal refusal = refused(reason, claims);
    refusal.request_time = claims.at;
    refusal.server_time = now;
    refusal.expires_s = claims.expires_s.value_or(0);
    return refusal;
}

std::optional<Refusal> check_time(const Claims& claims, Instant now) {
    if (claims.scheme == Scheme::v2_query) {
        if (now <= claims.expires_at) return std::nullopt;
        return refused_in_time(Reason::expired, claims, now);
    }
    if (!claims.expires_s) {
        if (claims.at - now <= kSkew && now - claims.at <= kSkew) return std::nullopt;
        return refused_in_time(Reason::skewed, claims, now);
    }
    if (claims.at - now > kSkew) return refused_in_time(Reason::not_yet_valid, claims, now);
    if (now - claims.at > std::chrono::seconds{*claims.expires_s})
        return refused_in_time(Reason::expired, claims, now);
    return std::nullopt;
}

std::optional<Refusal> check_key(const KeyAnswer& key, const Claims& claims) {
    switch (key.state) {
        case KeyAnswer::State::active: return std::nullopt;
        case KeyAnswer::State::inactive: return refused(Reason::inactive_key, claims);
        case KeyAnswer::State::bad_token: return refused(Reason::bad_token, claims);
        case KeyAnswer::State::expired_token: return refused(Reason::expired_token, claims);
        case KeyAnswer::State::unknown: break;
    }
    return refused(Reason::unknown_key, claims);
}

/// The host as sent; and where it names a scheme's own port, without it: some clients sign one and send the
/// other.
std::string_view without_default_port(const Request& request) {
    std::string_view host = request.host.empty() ? find_header(request.headers, "host").value : request.host;
    for (const std::string_view port : {std::string_view{":80"}, std::string_view{":443"}})
        if (host.ends_with(port)) return host.substr(0, host.size() - port.size());
    return {};
}

/// One reading of the request: whether its signature is the claimed one.
Result<bool> is_signed(const Request& request, const CanonicalForm& form, const Claims& claims,
                       const HmacSha256& key) {
    StackText<2048> room;
    std::pmr::string& text = room.text();
    TRY(append_canonical_request(text, request, form));
    const Sha256 hashed = sha256(text);
    text.clear();
    append_string_to_sign(text, claims, hashed);
    const auto signature = key.of(text).hex_text();
    return equal_in_constant_time(std::as_bytes(std::span{signature}), bytes_of(claims.signature));
}

Refusal mismatch(const Request& request, const CanonicalForm& form, const Claims& claims) {
    Refusal refusal = refused(Reason::signature_mismatch, claims);
    refusal.signature = claims.signature.substr(0, 128);
    refusal.canonical_request = canonical_request(request, form).value();
    refusal.string_to_sign =
        string_to_sign(claims.timestamp, claims.scope(), sha256(refusal.canonical_request));
    return refusal;
}

/// nullopt: some reading of the request has the claimed signature.
std::optional<Refusal> check_signature(const Request& request, const Claims& claims,
                                       std::string_view payload_hash, const HmacSha256& key) {
    CanonicalForm form{.path_rule = path_rule_of(claims.service),
                       .signed_headers = claims.signed_headers,
                       .payload_hash = payload_hash,
                       .without_query = {}};
    if (claims.expires_s) form.without_query[0] = "X-Amz-Signature";
    const auto first = is_signed(request, form, claims, key);
    if (!first.ok()) {
        Refusal refusal = refused(Reason::malformed_target, claims);
        refusal.detail = first.error().message();
        return refusal;
    }
    if (*first) return std::nullopt;
    const CanonicalForm as_sent = form;
    Request other = request;
    other.host = without_default_port(request);
    if (!other.host.empty() && is_signed(other, form, claims, key).value()) return std::nullopt;
    // A presigned URL whose session token was appended after signing.
    form.without_query[1] = kToken;
    if (claims.expires_s && !claims.token.empty() && is_signed(request, form, claims, key).value())
        return std::nullopt;
    return mismatch(request, as_sent, claims);
}

/// Of 64 lower-case hexadecimal digits, as read_claims() has checked.
Sha256 digest_in(std::string_view hex) {
    CHECK(hex.size() == 2 * Sha256::kSize && is_lower_hex(hex));
    const auto value = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
    Sha256 digest;
    for (std::size_t i = 0; i < digest.bytes.size(); ++i)
        digest.bytes[i] = static_cast<std::byte>(value(hex[2 * i]) << 4 | value(hex[2 * i + 1]));
    return digest;
}

/// What the canonical request's last line says of the body, and what the body must hash to.
struct BodyClaim {
    std::array<char, 2 * Sha256::kSize> computed;  ///< holds `hash` of Payload::whole
    std::string_view hash;
    std::optional<Sha256> expected;
};

std::optional<Refusal> check_body(const Claims& claims, const Sha256* body, BodyClaim& claim) {
    claim.hash = claims.payload_hash;
    if (claims.payload == Payload::whole) {
        CHECK(body != nullptr);
        claim.computed = body->hex_text();
        claim.hash = {claim.computed.data(), claim.computed.size()};
        claim.expected = *body;
    }
    if (claims.payload != Payload::digest) return std::nullopt;
    claim.expected = digest_in(claims.payload_hash);
    if (body == nullptr || *body == *claim.expected) return std::nullopt;
    return refused(Reason::payload_mismatch, claims);
}

}  // namespace

std::variant<Verified, Refusal> verify(const Request& request, const Claims& claims, const Sha256* body,
                                       const KeyLookup& lookup, SigningKeys& keys, Instant now) {
    BodyClaim claim;
    // A body that is not the one signed is told only to who has signed it, so it waits for the signature.
    auto wrong_body = check_body(claims, body, claim);
    const KeyAnswer answer = lookup.find(claims.key_id, claims.token);
    if (auto wrong = check_key(answer, claims)) return *std::move(wrong);
    if (auto wrong = check_time(claims, now)) return *std::move(wrong);
    if (claims.scheme == Scheme::v2_query) {
        if (auto wrong = check_v2_signature(request, claims, answer.secret)) return *std::move(wrong);
        return Verified{.body = std::nullopt, .chunks = std::nullopt};
    }
    const KeyScope scope{
        .key_id = claims.key_id, .day = claims.day, .region = claims.region, .service = claims.service};
    const auto kept = keys.find(scope, answer.secret);
    const HmacSha256 key = kept ? *kept : derive_signing_key(answer.secret, scope);
    if (auto wrong = check_signature(request, claims, claim.hash, key)) return *std::move(wrong);
    if (!kept) keys.keep(scope, answer.secret, key);
    if (wrong_body.has_value()) return *std::move(wrong_body);
    Verified verified{.body = claim.expected, .chunks = std::nullopt};
    if (claims.payload == Payload::chunks_signed || claims.payload == Payload::chunks_signed_trailer)
        verified.chunks = ChunkSeed{.key = key,
                                    .timestamp = claims.timestamp,
                                    .scope = claims.scope(),
                                    .signature = claims.signature};
    return verified;
}

}  // namespace landfall::sigv4
