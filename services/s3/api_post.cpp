// PostObject: an upload by an HTML form. The request is not signed; the form's policy is.
#include <array>

#include "base/encoding.hpp"
#include "core/access/call_facts.hpp"
#include "core/access/keys.hpp"
#include "services/s3/api.hpp"
#include "services/s3/model_post.hpp"
#include "services/s3/operations.hpp"

namespace landfall::s3 {
namespace {

constexpr std::string_view kMetaPrefix = "x-amz-meta-";
constexpr std::array kAlgorithms{Algorithm::crc32,  Algorithm::crc32c, Algorithm::crc64nvme, Algorithm::sha1,
                                 Algorithm::sha256, Algorithm::sha512, Algorithm::md5};

/// Who signed the form becomes the asker, as if the request had been signed.
Verdict admit(Request& request, const access::AccessKeys& signers, const PostSignature& signature,
              const std::string& resource) {
    const auto found = signers.find(signature.key_id);
    // As for signed requests: an inactive key and one that never was are told alike.
    if (!found || found->status != access::KeyStatus::active)
        return Fault{Code::invalid_access_key_id}.with("AWSAccessKeyId", signature.key_id);
    if (!signature.token.empty()) return Fault{Code::invalid_token}.with("Token-0", signature.token);
    TRY(check_post_signature(signature, found->secret));
    wire::CallContext context = request.context;
    const access::Principal& who = found->principal;
    context.caller = {who.account, who.arn, who.user_id, signature.key_id};
    context.account = who.account;
    if (!signature.region.empty()) context.region = signature.region;
    const access::CallFacts caller{context};
    if (!access::decide(caller.ask("s3:PutObject", resource, who.account)).allowed())
        return Fault{Code::access_denied};
    request.asker = asker_of(context, "PostObject");
    return {};
}

Answer<PostPolicy> policy_of(const PostSignature& signature) {
    const auto json = base64_decode(signature.policy);
    if (!json.ok()) return Fault{Code::invalid_policy_document, "Invalid Policy: Invalid Base64 encoding."};
    return parse_post_policy(text_of(*json));
}

Answer<ObjectMetadata> metadata_of(const FormFields& fields) {
    TRY(check_wishes({.acl = field_of(fields, "acl"),
                      .grants = false,
                      .storage_class = field_of(fields, "x-amz-storage-class"),
                      .encryption = field_of(fields, "x-amz-server-side-encryption"),
                      .kms_key = fields.contains("x-amz-server-side-encryption-aws-kms-key-id"),
                      .object_lock = fields.contains("x-amz-object-lock-mode")}));
    if (fields.contains("x-amz-server-side-encryption-customer-algorithm"))
        TRY(check_customer_key(field_of(fields, "x-amz-server-side-encryption-customer-algorithm")));
    const auto text = [&](std::string_view name) { return std::string{field_of(fields, name)}; };
    ObjectMetadata metadata;
    metadata.content = {.content_type = text("content-type"),
                        .cache_control = text("cache-control"),
                        .content_disposition = text("content-disposition"),
                        .content_encoding = text("content-encoding"),
                        .content_language = text("content-language"),
                        .expires = text("expires"),
                        .website_redirect_location = text("x-amz-website-redirect-location")};
    std::vector<std::pair<std::string, std::string>> user;
    for (const auto& [name, value] : fields)
        if (name.starts_with(kMetaPrefix)) user.emplace_back(name.substr(kMetaPrefix.size()), value);
    metadata.user = TRY(user_metadata_of(user));
    if (const std::string_view tags = field_of(fields, "tagging"); !tags.empty())
        metadata.tags = TRY(tags_of_document(tags));
    return metadata;
}

Answer<Expected> expected_of(const FormFields& fields, const PostPolicy& policy) {
    Expected expected;
    const LengthRange range = length_range(policy);
    expected.min = range.least;
    if (range.most) expected.max = std::min(expected.max, *range.most);
    if (const std::string_view md5 = field_of(fields, "content-md5"); !md5.empty())
        expected.md5 = TRY(parse_content_md5(md5));
    std::vector<ClaimedChecksum> claims;
    for (const Algorithm algorithm : kAlgorithms) {
        const std::string_view text = field_of(fields, header_of(algorithm));
        if (!text.empty()) claims.push_back({.algorithm = algorithm, .text = std::string{text}});
    }
    expected.claim = TRY(one_claim(std::move(claims), false));
    if (const std::string_view named = field_of(fields, "x-amz-checksum-algorithm"); !named.empty())
        expected.algorithm = TRY(parse_algorithm(named));
    if (expected.claim) {
        expected.algorithm = expected.claim->algorithm;
        (void)TRY(sum_of(*expected.claim));
    }
    return expected;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\r': out += "&#13;"; break;
            default: out += c;
        }
    }
    return out;
}

/// Where the object is, in the style in which the client named the bucket.
std::string location_of(const wire::CallContext& context, const Objects::Put& put) {
    const std::string key = uri_encode(put.key, Slash::kept);
    const bool in_host = context.host.starts_with(put.bucket + ".");
    return context.base_url() + "/" + (in_host ? key : put.bucket + "/" + key);
}

/// 303 to success_action_redirect; else the status that the form asks for, of three.
void answer(const Request& request, const FormFields& fields, const Objects::Put& put,
            const std::string& etag, api::PostObject::Out out) {
    const std::string location = location_of(request.context, put);
    out.set_e_tag(etag);
    std::string_view redirect = field_of(fields, "success_action_redirect");
    if (redirect.empty()) redirect = field_of(fields, "redirect");
    if (redirect.starts_with("http://") || redirect.starts_with("https://")) {
        const char joint = redirect.find('?') == std::string_view::npos ? '?' : '&';
        out.set_location(std::string{redirect} + joint + "bucket=" + uri_encode(put.bucket) +
                         "&key=" + uri_encode(put.key) + "&etag=" + uri_encode(etag));
        out.set_status(303);
        return;
    }
    out.set_location(location);
    const std::string_view status = field_of(fields, "success_action_status");
    out.set_status(status == "200" ? 200 : status == "201" ? 201 : 204);
    if (status != "201") return;
    out.set_content_type("application/xml");
    const std::string document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>" +
                                 escaped(location) + "</Location><Bucket>" + escaped(put.bucket) +
                                 "</Bucket><Key>" + escaped(put.key) + "</Key><ETag>" + escaped(etag) +
                                 "</ETag></PostResponse>";
    out.set_document(bytes_of(document));
}

Verdict post_object(Request& request, const access::AccessKeys& signers, api::PostObject::In in,
                    api::PostObject::Out out) {
    Payload body{in.body()};
    const std::string boundary = TRY(PostForm::boundary_of(in.content_type().value_or("")));
    PostForm form{body, boundary};
    FormFields fields = TRY(form.read_fields());
    const std::string key = TRY(post_key(fields, form.file_name()));
    fields["key"] = key;
    const PostSignature signature = TRY(post_signature(fields));
    const std::string bucket{in.bucket()};
    TRY(admit(request, signers, signature, "arn:aws:s3:::" + bucket + "/" + key));
    const PostPolicy policy = TRY(policy_of(signature));
    TRY(check_post_policy(policy, {fields, bucket, request.context.received}));
    ObjectMetadata metadata = TRY(metadata_of(fields));
    Expected expected = TRY(expected_of(fields, policy));
    const Objects::Put put{.bucket = bucket,
                           .key = key,
                           .metadata = std::move(metadata),
                           .conditions = {},
                           .expected = std::move(expected),
                           .happening = Happening::created_by_post};
    const ObjectRow object = TRY(request.service.objects().put(request.asker, put, form));
    answer(request, fields, put, quoted_etag(object.record.etag), out);
    return {};
}

}  // namespace

void register_forms(Service& service, const access::AccessKeys& signers, wire::Registry& registry) {
    Table table{service, registry};
    table.on<api::PostObject>([&signers](Request& request, api::PostObject::In in, api::PostObject::Out out) {
        return post_object(request, signers, in, out);
    });
    registry.serve_unsigned<api::PostObject>();
}

}  // namespace landfall::s3
