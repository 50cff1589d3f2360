#include "services/s3/api.hpp"

#include "core/access/call_facts.hpp"

namespace landfall::s3 {

wire::Answer answer_of(const Verdict& verdict) {
    if (verdict.ok()) return wire::Answer::success();
    const Fault& fault = verdict.error();
    wire::ApiError error{.code = {.name = fault.text()}, .message = fault.message()};
    if (fault.cause()) error.cause = fault.cause()->message();
    for (const auto& [name, value] : fault.members()) {
        error.members.emplace_back(name, value);
        // RFC 9110 §15.5.17: an unsatisfiable range is answered with the size that there is.
        if (name == "ActualObjectSize") error.headers.emplace_back("Content-Range", "bytes */" + value);
    }
    return error;
}

Asker asker_of(const wire::CallContext& context, std::string_view operation) {
    Asker asker{.account = context.account, .region = context.region};
    asker.cause = {.actor = context.caller.anonymous() ? "anonymous" : context.caller.arn,
                   .key_id = context.caller.access_key,
                   .source_ip = context.source_ip,
                   .request_id = context.request_id,
                   .service = "s3",
                   .operation = std::string{operation}};
    if (!context.caller.anonymous()) asker.principal = "AWS:" + context.caller.user_id;
    return asker;
}

Verdict check_may_read(const wire::CallContext& context, const CopySource& source) {
    const access::CallFacts caller{context};
    const std::string resource = "arn:aws:s3:::" + source.bucket + "/" + source.key;
    for (const std::string_view action : {"s3:GetObject", "s3:GetObjectTagging"})
        if (!access::decide(caller.ask(action, resource, context.account)).allowed())
            return Fault{Code::access_denied};
    return {};
}

Verdict check_owner(const Asker& asker, std::optional<std::string_view> expected) {
    if (!expected || *expected == asker.account) return {};
    return Fault{Code::access_denied};
}

Verdict check_customer_key(std::optional<std::string_view> algorithm) {
    if (!algorithm) return {};
    return Fault{Code::not_implemented, "Server side encryption with keys of the customer is not supported."}
        .with("Header", "x-amz-server-side-encryption-customer-algorithm");
}

Answer<std::optional<ClaimedChecksum>> one_claim(std::vector<ClaimedChecksum> claims, bool has_xxhash) {
    if (has_xxhash) {
        return Fault{Code::not_implemented, "Checksums of the XXHASH family are not supported."}.with(
            "Header", "x-amz-checksum-xxhash");
    }
    if (claims.empty()) return std::optional<ClaimedChecksum>{};
    if (claims.size() > 1) {
        return Fault{Code::invalid_request,
                     "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."};
    }
    return std::optional{std::move(claims.front())};
}

Verdict check_wishes(const Wishes& wishes) {
    // Every object belongs to the bucket's owner, whose full control these two say.
    if (wishes.grants ||
        (!wishes.acl.empty() && wishes.acl != "private" && wishes.acl != "bucket-owner-full-control"))
        return Fault{Code::acl_not_supported};
    if (!wishes.storage_class.empty() && wishes.storage_class != "STANDARD")
        return Fault{Code::invalid_storage_class}.with("StorageClassRequested",
                                                       std::string{wishes.storage_class});
    if (wishes.kms_key || (!wishes.encryption.empty() && wishes.encryption != "AES256")) {
        return Fault{Code::not_implemented, "Server side encryption is AES256; KMS keys are not supported."}
            .with("Header", "x-amz-server-side-encryption");
    }
    if (wishes.object_lock)
        return Fault{Code::invalid_request, "Bucket is missing Object Lock Configuration"};
    return {};
}

Result<std::size_t> Payload::read(MutableByteSpan into) {
    if (body_ == nullptr) return std::size_t{0};
    return body_->read(into);
}

std::optional<ClaimedChecksum> Payload::trailing_claim() const {
    if (body_ == nullptr) return std::nullopt;
    for (const Algorithm algorithm :
         {Algorithm::crc32, Algorithm::crc32c, Algorithm::crc64nvme, Algorithm::sha1, Algorithm::sha256,
          Algorithm::sha512, Algorithm::md5}) {
        if (const auto text = body_->trailer(header_of(algorithm)))
            return ClaimedChecksum{.algorithm = algorithm, .text = std::string{*text}};
    }
    return std::nullopt;
}

}  // namespace landfall::s3
