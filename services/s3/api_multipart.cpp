// CreateMultipartUpload, UploadPart, UploadPartCopy, CompleteMultipartUpload, AbortMultipartUpload,
// ListParts, ListMultipartUploads.
#include <algorithm>
#include <utility>

#include "services/s3/api.hpp"

namespace landfall::s3 {
namespace {

template <class In>
Uploads::Name upload_named(const In& in) {
    return {.bucket = std::string{in.bucket()},
            .key = std::string{in.key()},
            .upload = std::string{in.upload_id()}};
}

Verdict create_upload(Request& request, api::CreateMultipartUpload::In in,
                      api::CreateMultipartUpload::Out out) {
    TRY(check_wishes_in(in));
    auto metadata = TRY(metadata_in(in));
    const auto checksum =
        TRY(upload_checksum(in.checksum_algorithm().value_or(""), in.checksum_type().value_or("")));
    const Uploads::Create create{.bucket = std::string{in.bucket()},
                                 .key = std::string{in.key()},
                                 .metadata = std::move(metadata),
                                 .checksum = checksum};
    const UploadRow upload = TRY(request.service.uploads().create(request.asker, create));
    out.set_bucket(in.bucket());
    out.set_key(in.key());
    out.set_upload_id(upload.upload());
    out.set_server_side_encryption("AES256");
    if (create.checksum.declared) {
        out.set_checksum_algorithm(name_of(create.checksum.algorithm));
        out.set_checksum_type(name_of(create.checksum.type));
    }
    return {};
}

Verdict upload_part(Request& request, api::UploadPart::In in, api::UploadPart::Out out) {
    Payload payload{in.body()};
    const Expected expected = TRY(expected_in(in, in.body()));
    const PartRow part = TRY(request.service.uploads().put_part(request.asker, upload_named(in),
                                                                in.part_number(), expected, payload));
    out.set_e_tag(quoted_etag(etag_of(part.record.part.md5)));
    out.set_server_side_encryption("AES256");
    // What the client claimed was found right; in another algorithm than the upload's it is told back as it
    // came.
    if (expected.claim) {
        show_sum(out, expected.claim->algorithm, expected.claim->text);
    } else {
        show_sum(out, part.record.part.sum.algorithm(), part.record.part.sum.base64());
    }
    return {};
}

Verdict upload_part_copy(Request& request, api::UploadPartCopy::In in, api::UploadPartCopy::Out out) {
    TRY(check_owner(request.asker, in.expected_source_bucket_owner()));
    const Uploads::CopyPart copy{.source = TRY(parse_copy_source(in.copy_source())),
                                 .source_conditions = source_conditions_in(in),
                                 .range = text_or_empty(in.copy_source_range())};
    TRY(check_version_id(copy.source.version_id));
    TRY(check_may_read(request.context, copy.source));
    const PartRow part =
        TRY(request.service.uploads().copy_part(request.asker, upload_named(in), in.part_number(), copy));
    auto result = out.set_copy_part_result();
    result.set_e_tag(quoted_etag(etag_of(part.record.part.md5)));
    result.set_last_modified(part.record.modified);
    show_sum(result, part.record.part.sum.algorithm(), part.record.part.sum.base64());
    out.set_server_side_encryption("AES256");
    return {};
}

Answer<Completion> completion_in(const api::CompleteMultipartUpload::In& in) {
    Completion completion{.checksum = TRY(claim_in(in))};
    for (const auto part : in.multipart_upload().parts()) {
        auto checksum = TRY(claim_in(part));
        completion.parts.push_back({.number = part.part_number().value_or(0),
                                    .etag = text_or_empty(part.e_tag()),
                                    .checksum = std::move(checksum)});
    }
    if (in.checksum_type()) completion.type = TRY(parse_checksum_type(*in.checksum_type()));
    if (in.mpu_object_size() && *in.mpu_object_size() < 0) {
        return Fault{Code::invalid_request, "Value for x-amz-mp-object-size header is less than 0"};
    }
    if (in.mpu_object_size()) completion.size = Bytes{static_cast<std::uint64_t>(*in.mpu_object_size())};
    return completion;
}

Verdict complete_upload(Request& request, api::CompleteMultipartUpload::In in,
                        api::CompleteMultipartUpload::Out out) {
    const ObjectRow object = TRY(request.service.uploads().complete(
        request.asker, upload_named(in), TRY(completion_in(in)),
        {.if_match = text_or_empty(in.if_match()), .if_none_match = text_or_empty(in.if_none_match())}));
    out.set_location(request.context.base_url() + "/" + std::string{in.bucket()} + "/" +
                     url_encoded_key(in.key()));
    out.set_bucket(in.bucket());
    out.set_key(in.key());
    out.set_e_tag(quoted_etag(object.record.etag));
    out.set_server_side_encryption("AES256");
    show_checksum(out, object.record.checksum);
    return {};
}

Verdict abort_upload(Request& request, api::AbortMultipartUpload::In in, api::AbortMultipartUpload::Out) {
    if (in.if_match_initiated_time()) {
        return Fault{Code::not_implemented}.with("Header", "x-amz-if-match-initiated-time");
    }
    return request.service.uploads().abort(request.asker, upload_named(in));
}

template <class Who>
void show_person(Who who, const std::string& id) {
    who.set_id(id);
    who.set_display_name(id);
}

Verdict list_parts(Request& request, api::ListParts::In in, api::ListParts::Out out) {
    const auto limit = static_cast<std::int32_t>(kPageMax);
    const auto max = static_cast<std::uint32_t>(std::clamp(in.max_parts().value_or(limit), 0, limit));
    const auto after = static_cast<std::uint32_t>(
        std::clamp(in.part_number_marker().value_or(0), 0, static_cast<std::int32_t>(kPartNumberMax)));
    const auto listed =
        TRY(request.service.uploads().list_parts(request.asker, upload_named(in), after, max));
    out.set_bucket(in.bucket());
    out.set_key(in.key());
    out.set_upload_id(in.upload_id());
    out.set_part_number_marker(static_cast<std::int32_t>(after));
    out.set_max_parts(static_cast<std::int32_t>(max));
    out.set_is_truncated(listed.truncated && max > 0);
    out.set_storage_class("STANDARD");
    show_person(out.set_owner(), request.asker.account);
    show_person(out.set_initiator(), request.asker.account);
    const UploadChecksum& checksum = listed.upload.record.checksum;
    if (checksum.declared) {
        out.set_checksum_algorithm(name_of(checksum.algorithm));
        out.set_checksum_type(name_of(checksum.type));
    }
    std::uint32_t last = 0;
    for (const PartRow& part : listed.parts) {
        auto shown = out.add_parts();
        shown.set_part_number(static_cast<std::int32_t>(part.number));
        shown.set_last_modified(part.record.modified);
        shown.set_e_tag(quoted_etag(etag_of(part.record.part.md5)));
        shown.set_size(static_cast<std::int64_t>(part.record.part.size.count));
        if (checksum.declared)
            show_sum(shown, part.record.part.sum.algorithm(), part.record.part.sum.base64());
        last = part.number;
    }
    out.set_next_part_number_marker(static_cast<std::int32_t>(last));
    return {};
}

/// Where a page of uploads begins: a key-marker that is a common prefix of the listing skips all of it, any
/// other skips the key's uploads, up to and with the upload-id-marker where one is given.
std::string after_markers(const ListQuery& query, std::string_view key, std::string_view upload) {
    if (key.empty()) return {};
    const bool inside = key.size() >= query.prefix.size() && key.starts_with(query.prefix);
    const auto group = inside ? common_prefix_of(key, query.prefix, query.delimiter) : std::nullopt;
    if (group && *group == key) return std::string{key};
    return Uploads::position(key, upload);
}

Verdict list_uploads(Request& request, api::ListMultipartUploads::In in, api::ListMultipartUploads::Out out) {
    const bool encoded = in.encoding_type() == "url";
    if (in.encoding_type() && !encoded) {
        return Fault{Code::invalid_argument, "Invalid Encoding Method specified in Request"}.with(
            "ArgumentName", "encoding-type");
    }
    const auto text = [&](std::string_view key) { return encoded ? url_encoded_key(key) : std::string{key}; };
    const std::string key_marker = text_or_empty(in.key_marker());
    // S3 ignores an upload-id-marker that comes without a key-marker.
    const std::string upload_marker = key_marker.empty() ? "" : text_or_empty(in.upload_id_marker());
    const auto limit = static_cast<std::int32_t>(kPageMax);
    ListQuery query{
        .prefix = text_or_empty(in.prefix()),
        .delimiter = text_or_empty(in.delimiter()),
        .max = static_cast<std::uint32_t>(std::clamp(in.max_uploads().value_or(limit), 0, limit))};
    query.after = after_markers(query, key_marker, upload_marker);
    const auto page = TRY(request.service.uploads().list(request.asker, in.bucket(), query));
    out.set_bucket(in.bucket());
    out.set_key_marker(text(key_marker));
    out.set_upload_id_marker(upload_marker);
    out.set_prefix(text(query.prefix));
    if (!query.delimiter.empty()) out.set_delimiter(text(query.delimiter));
    out.set_max_uploads(static_cast<std::int32_t>(query.max));
    out.set_is_truncated(page.truncated);
    if (encoded) out.set_encoding_type("url");
    for (const UploadRow& upload : page.entries) {
        auto shown = out.add_uploads();
        shown.set_upload_id(upload.upload());
        shown.set_key(text(upload.listed_name()));
        shown.set_initiated(upload.record.initiated);
        shown.set_storage_class("STANDARD");
        show_person(shown.set_owner(), request.asker.account);
        show_person(shown.set_initiator(), request.asker.account);
        if (upload.record.checksum.declared) {
            shown.set_checksum_algorithm(name_of(upload.record.checksum.algorithm));
            shown.set_checksum_type(name_of(upload.record.checksum.type));
        }
    }
    for (const std::string& prefix : page.common_prefixes) out.add_common_prefixes().set_prefix(text(prefix));
    if (!page.truncated) return {};
    const bool at_upload = !page.entries.empty() && page.entries.back().key == page.last;
    out.set_next_key_marker(
        text(at_upload ? page.entries.back().listed_name() : std::string_view{page.last}));
    out.set_next_upload_id_marker(at_upload ? page.entries.back().upload() : std::string_view{});
    return {};
}

}  // namespace

void register_multipart(Table& table) {
    table.on<api::CreateMultipartUpload>(create_upload);
    table.on<api::UploadPart>(upload_part);
    table.on<api::UploadPartCopy>(upload_part_copy);
    table.on<api::CompleteMultipartUpload>(complete_upload);
    table.on<api::AbortMultipartUpload>(abort_upload);
    table.on<api::ListParts>(list_parts);
    table.on<api::ListMultipartUploads>(list_uploads);
}

}  // namespace landfall::s3
