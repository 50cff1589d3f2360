// The edge of the service: between the typed views of the wire layer and the model. Included by api*.cpp and
// operations.cpp alone.
//
// A handler is a function `Verdict(Request&, Op::In, Op::Out)`. What every operation has to say about its
// request is said once, in `checked`: whose bucket it expects, which version, which encryption.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/s3/service.hpp"
#include "wire/api/registry.hpp"
#include "wire/views/s3.hpp"

namespace landfall::s3 {

namespace api = wire::s3;

struct Request {
    Service& service;
    Asker asker;
    const wire::CallContext& context;
};

/// The reply to a fault; the inner cause of an InternalError is not shown.
[[nodiscard]] wire::Answer answer_of(const Verdict& verdict);
[[nodiscard]] Asker asker_of(const wire::CallContext& context, std::string_view operation);
/// The source of a copy, which the request names beside the object that it makes: AccessDenied unless the
/// caller may read it too.
Verdict check_may_read(const wire::CallContext& context, const CopySource& source);
Verdict check_owner(const Asker& asker, std::optional<std::string_view> expected);
Verdict check_customer_key(std::optional<std::string_view> algorithm);

/// The checks that mean the same in every operation that has the member.
template <class In>
Verdict checked(const Asker& asker, const In& in) {
    if constexpr (requires { in.expected_bucket_owner(); })
        TRY(check_owner(asker, in.expected_bucket_owner()));
    if constexpr (requires { in.version_id(); }) TRY(check_version_id(in.version_id().value_or("")));
    if constexpr (requires { in.sse_customer_algorithm(); })
        TRY(check_customer_key(in.sse_customer_algorithm()));
    if constexpr (requires { in.copy_source_sse_customer_algorithm(); })
        TRY(check_customer_key(in.copy_source_sse_customer_algorithm()));
    return {};
}

/// Puts handlers into the registry; all of them block, so all run on workers.
class Table {
public:
    Table(Service& service, wire::Registry& registry) : service_{service}, registry_{registry} {}

    template <class Op, class F>
    void on(F handler) {
        registry_.on<Op>(wire::Runs::worker,
                         [&service = service_, handler](const wire::CallContext& context, typename Op::In in,
                                                        typename Op::Out out) {
                             Request request{service, asker_of(context, Op::kName), context};
                             Verdict verdict = checked(request.asker, in);
                             if (verdict.ok()) verdict = handler(request, in, out);
                             return answer_of(verdict);
                         });
    }

private:
    Service& service_;
    wire::Registry& registry_;
};

// Where the handlers of operations.cpp are.
void register_objects(Table& table);
void register_lists(Table& table);
void register_multipart(Table& table);
void register_buckets(Table& table);
void register_bucket_settings(Table& table);
void register_notifications(Table& table);

[[nodiscard]] inline std::string text_or_empty(std::optional<std::string_view> text) {
    return std::string{text.value_or("")};
}
[[nodiscard]] inline std::string quoted_etag(std::string_view etag) { return '"' + std::string{etag} + '"'; }

// Checksums: the same members stand in a dozen structures.

/// At most one claim: InvalidRequest for several, NotImplemented for the XXHASH family.
Answer<std::optional<ClaimedChecksum>> one_claim(std::vector<ClaimedChecksum> claims, bool has_xxhash);

template <class In>
Answer<std::optional<ClaimedChecksum>> claim_in(const In& in) {
    std::vector<ClaimedChecksum> claims;
    const auto add = [&](Algorithm algorithm, std::optional<std::string_view> text) {
        if (text) claims.push_back({.algorithm = algorithm, .text = std::string{*text}});
    };
    add(Algorithm::crc32, in.checksum_crc32());
    add(Algorithm::crc32c, in.checksum_crc32_c());
    add(Algorithm::crc64nvme, in.checksum_crc64_nvme());
    add(Algorithm::sha1, in.checksum_sha1());
    add(Algorithm::sha256, in.checksum_sha256());
    add(Algorithm::sha512, in.checksum_sha512());
    add(Algorithm::md5, in.checksum_md5());
    const bool xxhash =
        in.has_checksum_xxhash64() || in.has_checksum_xxhash3() || in.has_checksum_xxhash128();
    return one_claim(std::move(claims), xxhash);
}

template <class Out>
void show_sum(Out& out, Algorithm algorithm, const std::string& text) {
    switch (algorithm) {
        case Algorithm::crc32: out.set_checksum_crc32(text); break;
        case Algorithm::crc32c: out.set_checksum_crc32_c(text); break;
        case Algorithm::crc64nvme: out.set_checksum_crc64_nvme(text); break;
        case Algorithm::sha1: out.set_checksum_sha1(text); break;
        case Algorithm::sha256: out.set_checksum_sha256(text); break;
        case Algorithm::sha512: out.set_checksum_sha512(text); break;
        case Algorithm::md5: out.set_checksum_md5(text); break;
    }
}

template <class Out>
void show_checksum(Out& out, const ObjectChecksum& checksum) {
    show_sum(out, checksum.sum.algorithm(), checksum.text());
    out.set_checksum_type(name_of(checksum.type));
}

/// What a payload is expected to be, of PutObject and UploadPart.
template <class In>
Answer<Expected> expected_in(const In& in, const wire::BodyReader* body) {
    Expected expected{.claim = TRY(claim_in(in))};
    if (body != nullptr) expected.length = body->declared_length();
    if (in.content_md5()) expected.md5 = TRY(parse_content_md5(*in.content_md5()));
    if (in.checksum_algorithm()) expected.algorithm = TRY(parse_algorithm(*in.checksum_algorithm()));
    if (expected.claim) {
        if (in.checksum_algorithm() && expected.algorithm != expected.claim->algorithm)
            return Fault{Code::invalid_request, "Value for x-amz-sdk-checksum-algorithm header is invalid."};
        expected.algorithm = expected.claim->algorithm;
        TRY(sum_of(*expected.claim));
    }
    return expected;
}

/// A payload as the model reads it; none at all is an empty one.
class Payload final : public ByteStream {
public:
    explicit Payload(wire::BodyReader* body) : body_{body} {}
    [[nodiscard]] Result<std::size_t> read(MutableByteSpan into) override;
    [[nodiscard]] std::optional<ClaimedChecksum> trailing_claim() const override;

private:
    wire::BodyReader* body_;
};

// Metadata: the headers of PutObject, CopyObject and CreateMultipartUpload.

struct Wishes {
    std::string_view acl;
    bool grants = false;
    std::string_view storage_class;
    std::string_view encryption;
    bool kms_key = false;
    bool object_lock = false;
};
/// Refuses what Landfall does not do: AccessControlListNotSupported, InvalidStorageClass, NotImplemented …
Verdict check_wishes(const Wishes& wishes);

template <class In>
Verdict check_wishes_in(const In& in) {
    return check_wishes({.acl = in.acl().value_or(""),
                         .grants = in.has_grant_full_control() || in.has_grant_read() ||
                                   in.has_grant_read_acp() || in.has_grant_write_acp(),
                         .storage_class = in.storage_class().value_or(""),
                         .encryption = in.server_side_encryption().value_or(""),
                         .kms_key = in.has_ssekms_key_id() || in.has_ssekms_encryption_context(),
                         .object_lock = in.has_object_lock_mode() || in.has_object_lock_retain_until_date() ||
                                        in.has_object_lock_legal_hold_status()});
}

template <class In>
Answer<ObjectMetadata> metadata_in(const In& in) {
    ObjectMetadata metadata;
    metadata.content = {.content_type = text_or_empty(in.content_type()),
                        .cache_control = text_or_empty(in.cache_control()),
                        .content_disposition = text_or_empty(in.content_disposition()),
                        .content_encoding = without_aws_chunked(in.content_encoding().value_or("")),
                        .content_language = text_or_empty(in.content_language()),
                        .expires = text_or_empty(in.expires()),
                        .website_redirect_location = text_or_empty(in.website_redirect_location())};
    std::vector<std::pair<std::string, std::string>> headers;
    for (const auto& [name, value] : in.metadata()) headers.emplace_back(name, value);
    metadata.user = TRY(user_metadata_of(headers));
    if (in.tagging()) metadata.tags = TRY(tags_of_header(*in.tagging()));
    return metadata;
}

template <class In>
ReadConditions source_conditions_in(const In& in) {
    return {.if_match = text_or_empty(in.copy_source_if_match()),
            .if_none_match = text_or_empty(in.copy_source_if_none_match()),
            .if_modified_since = in.copy_source_if_modified_since(),
            .if_unmodified_since = in.copy_source_if_unmodified_since()};
}

}  // namespace landfall::s3
