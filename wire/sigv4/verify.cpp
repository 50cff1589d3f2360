#include "wire/sigv4/verify.hpp"

#include <vector>

#include "base/encoding.hpp"
#include "wire/sigv4/canonical.hpp"
#include "wire/sigv4/signing_keys.hpp"
#include "wire/sigv4/sigv2.hpp"

namespace landfall::sigv4 {
namespace {

constexpr std::string_view kToken = "X-Amz-Security-Token";

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

/// One reading of the request, and whether its signature is the claimed one.
struct Attempt {
    std::string canonical;
    std::string to_sign;
    bool right = false;
};

Result<Attempt> attempt(const Request& request, const CanonicalForm& form, const Claims& claims,
                        const HmacSha256& key) {
    Attempt out;
    out.canonical = TRY(canonical_request(request, form));
    out.to_sign = string_to_sign(claims.timestamp, claims.scope(), sha256(out.canonical));
    const std::string signature = key.of(out.to_sign).hex();
    out.right = equal_in_constant_time(bytes_of(signature), bytes_of(claims.signature));
    return out;
}

/// nullopt: some reading of the request has the claimed signature.
std::optional<Refusal> check_signature(const Request& request, const Claims& claims, const HmacSha256& key) {
    CanonicalForm form{.path_rule = path_rule_of(claims.service),
                       .signed_headers = claims.signed_headers,
                       .payload_hash = claims.payload_hash,
                       .without_query = {}};
    if (claims.expires_s) form.without_query[0] = "X-Amz-Signature";
    auto first = attempt(request, form, claims, key);
    if (!first.ok()) {
        Refusal refusal = refused(Reason::malformed_target, claims);
        refusal.detail = first.error().message();
        return refusal;
    }
    if (first->right) return std::nullopt;
    Request other = request;
    other.host = without_default_port(request);
    if (!other.host.empty() && attempt(other, form, claims, key)->right) return std::nullopt;
    // A presigned URL whose session token was appended after signing.
    form.without_query[1] = kToken;
    if (claims.expires_s && !claims.token.empty() && attempt(request, form, claims, key)->right)
        return std::nullopt;
    Refusal refusal = refused(Reason::signature_mismatch, claims);
    refusal.signature = claims.signature.substr(0, 128);
    refusal.canonical_request = std::move(first->canonical);
    refusal.string_to_sign = std::move(first->to_sign);
    return refusal;
}

/// Fills payload_hash for Payload::whole, and says what the body must hash to.
std::optional<Refusal> check_body(Claims& claims, const Sha256* body, std::optional<Sha256>& expected) {
    if (claims.payload == Payload::whole) {
        CHECK(body != nullptr);
        claims.payload_hash = body->hex();
        expected = *body;
    }
    if (claims.payload != Payload::digest) return std::nullopt;
    const auto bytes = hex_decode(claims.payload_hash);
    CHECK(bytes.ok() && bytes->size() == Sha256::kSize);
    std::memcpy(expected.emplace().bytes.data(), bytes->data(), Sha256::kSize);
    if (body == nullptr || *body == *expected) return std::nullopt;
    return refused(Reason::payload_mismatch, claims);
}

}  // namespace

std::variant<Verified, Refusal> verify(const Request& request, Claims claims, const Sha256* body,
                                       const KeyLookup& lookup, SigningKeys& keys, Instant now) {
    std::optional<Sha256> expected;
    // A body that is not the one signed is told only to who has signed it, so it waits for the signature.
    auto wrong_body = check_body(claims, body, expected);
    const KeyAnswer answer = lookup.find(claims.key_id, claims.token);
    if (auto wrong = check_key(answer, claims)) return *std::move(wrong);
    if (auto wrong = check_time(claims, now)) return *std::move(wrong);
    if (claims.scheme == Scheme::v2_query) {
        if (auto wrong = check_v2_signature(request, claims, answer.secret)) return *std::move(wrong);
        return Verified{.claims = std::move(claims), .body = std::nullopt, .chunks = std::nullopt};
    }
    const KeyScope scope{
        .key_id = claims.key_id, .day = claims.day, .region = claims.region, .service = claims.service};
    const auto kept = keys.find(scope, answer.secret);
    const HmacSha256 key = kept ? *kept : derive_signing_key(answer.secret, scope);
    if (auto wrong = check_signature(request, claims, key)) return *std::move(wrong);
    if (!kept) keys.keep(scope, answer.secret, key);
    if (wrong_body.has_value()) return *std::move(wrong_body);
    Verified verified{.claims = std::move(claims), .body = expected, .chunks = std::nullopt};
    const Claims& known = verified.claims;
    if (known.payload == Payload::chunks_signed || known.payload == Payload::chunks_signed_trailer)
        verified.chunks = ChunkSeed{
            .key = key, .timestamp = known.timestamp, .scope = known.scope(), .signature = known.signature};
    return verified;
}

}  // namespace landfall::sigv4
