// PutObject, GetObject, HeadObject, CopyObject, deletes, tags, attributes.
#include <algorithm>
#include <utility>

#include "services/s3/api.hpp"

namespace landfall::s3 {
namespace {

/// A range of an object as the reply's body; holds the object until it is sent.
class ObjectBody final : public wire::BodySource {
public:
    ObjectBody(OpenObject object, Extent extent) : object_{std::move(object)}, extent_{extent} {}

    [[nodiscard]] Result<std::size_t> read(MutableByteSpan into) override {
        const auto piece = into.first(std::min<std::uint64_t>(into.size(), extent_.length.count));
        if (piece.empty()) return std::size_t{0};
        TRY(object_.reader->read(extent_.from, piece));
        extent_.from += Bytes{piece.size()};
        extent_.length -= Bytes{piece.size()};
        return piece.size();
    }

private:
    OpenObject object_;
    Extent extent_;
};

Verdict put_object(Request& request, api::PutObject::In in, api::PutObject::Out out) {
    TRY(check_wishes_in(in));
    if (in.write_offset_bytes()) {
        return Fault{Code::not_implemented, "Appending to objects is not supported."}.with(
            "Header", "x-amz-write-offset-bytes");
    }
    auto metadata = TRY(metadata_in(in));
    auto expected = TRY(expected_in(in, in.body()));
    const Objects::Put put{.bucket = std::string{in.bucket()},
                           .key = std::string{in.key()},
                           .metadata = std::move(metadata),
                           .conditions = {.if_match = text_or_empty(in.if_match()),
                                          .if_none_match = text_or_empty(in.if_none_match())},
                           .expected = std::move(expected)};
    Payload payload{in.body()};
    const ObjectRow object = TRY(request.service.objects().put(request.asker, put, payload));
    out.set_e_tag(quoted_etag(object.record.etag));
    out.set_server_side_encryption("AES256");
    show_checksum(out, object.record.checksum);
    return {};
}

/// What GET and HEAD say of an object besides its bytes.
template <class Out>
void show_metadata(const ObjectRecord& record, Out& out) {
    const ContentHeaders& content = record.metadata.content;
    const auto show = [&](auto set, const std::string& value) {
        if (!value.empty()) set(value);
    };
    out.set_accept_ranges("bytes");
    out.set_last_modified(record.modified);
    out.set_e_tag(quoted_etag(record.etag));
    out.set_server_side_encryption("AES256");
    out.set_content_type(content.content_type.empty() ? std::string{kDefaultContentType}
                                                      : content.content_type);
    show([&](const auto& v) { out.set_cache_control(v); }, content.cache_control);
    show([&](const auto& v) { out.set_content_disposition(v); }, content.content_disposition);
    show([&](const auto& v) { out.set_content_encoding(v); }, content.content_encoding);
    show([&](const auto& v) { out.set_content_language(v); }, content.content_language);
    show([&](const auto& v) { out.set_expires(v); }, content.expires);
    show([&](const auto& v) { out.set_website_redirect_location(v); }, content.website_redirect_location);
    for (const auto& [name, value] : record.metadata.user) out.put_metadata(name, encoded_words(value));
    if (!record.metadata.tags.empty())
        out.set_tag_count(static_cast<std::int32_t>(record.metadata.tags.size()));
    if (record.parts > 0) out.set_parts_count(static_cast<std::int32_t>(record.parts));
}

/// response-content-type= and its like: what this one reply says instead.
template <class In, class Out>
void override_headers(const In& in, Out& out) {
    if (in.response_content_type()) out.set_content_type(*in.response_content_type());
    if (in.response_cache_control()) out.set_cache_control(*in.response_cache_control());
    if (in.response_content_disposition()) out.set_content_disposition(*in.response_content_disposition());
    if (in.response_content_encoding()) out.set_content_encoding(*in.response_content_encoding());
    if (in.response_content_language()) out.set_content_language(*in.response_content_language());
    if (in.response_expires()) out.set_expires(http_date(*in.response_expires()));
}

/// The part of the object that the request asks for; nullopt: all of it, as a 200.
template <class In>
Answer<std::optional<Extent>> extent_in(Request& request, const In& in, const ObjectRow& object) {
    const Bytes size = object.record.size;
    if (!in.part_number()) return resolve_range(in.range().value_or(""), size);
    if (in.range()) {
        return Fault{Code::invalid_request,
                     "Cannot specify both Range header and partNumber query parameter"};
    }
    TRY(check_part_number(*in.part_number()));
    const auto number = static_cast<std::size_t>(*in.part_number());
    // The parts of an object are counted from 1 without gaps, whatever numbers they were uploaded under.
    const PartsRecord parts = TRY(request.service.objects().parts(in.bucket(), object));
    const std::size_t count = std::max<std::size_t>(parts.sums.size(), 1);
    if (number > count) {
        return Fault{Code::invalid_part_number}
            .with("PartNumberRequested", std::to_string(number))
            .with("ActualPartCount", std::to_string(count));
    }
    if (size.count == 0) return std::optional<Extent>{};
    if (parts.sums.empty()) return std::optional{Extent{ByteOffset{0}, size}};
    Extent extent{.from = ByteOffset{0}, .length = parts.sums[number - 1].size};
    for (std::size_t i = 0; i + 1 < number; ++i) extent.from += parts.sums[i].size;
    return std::optional{extent};
}

template <class In>
ReadConditions read_conditions_in(const In& in) {
    return {.if_match = text_or_empty(in.if_match()),
            .if_none_match = text_or_empty(in.if_none_match()),
            .if_modified_since = in.if_modified_since(),
            .if_unmodified_since = in.if_unmodified_since()};
}

constexpr int kPartialContent = 206;
constexpr int kNotModified = 304;

/// What GET and HEAD have in common. nullopt: the answer is complete (304). Else what to send of the object.
template <class In, class Out>
Answer<std::optional<Extent>> show_object(Request& request, const In& in, Out& out, const ObjectRow& object) {
    const ObjectRecord& record = object.record;
    const Verdict verdict =
        judge_read(read_conditions_in(in), {.etag = record.etag, .modified = record.modified});
    if (verdict.is(Code::not_modified)) {
        out.set_e_tag(quoted_etag(record.etag));
        out.set_last_modified(record.modified);
        out.set_status(kNotModified);
        return std::optional<Extent>{};
    }
    TRY(verdict);
    const auto extent = TRY(extent_in(request, in, object));
    show_metadata(record, out);
    override_headers(in, out);
    if (extent) {
        out.set_content_range(content_range(*extent, record.size));
        out.set_status(kPartialContent);
    } else if (in.checksum_mode() == "ENABLED") {
        // Of a part of an object there is no checksum to tell.
        show_checksum(out, record.checksum);
    }
    return std::optional{extent.value_or(Extent{ByteOffset{0}, record.size})};
}

Verdict get_object(Request& request, api::GetObject::In in, api::GetObject::Out out) {
    OpenObject open = TRY(request.service.objects().open(request.asker, in.bucket(), in.key()));
    const auto extent = TRY(show_object(request, in, out, open.object));
    if (!extent) return {};
    if (extent->length.count == 0) {
        out.set_content_length(0);
        return {};
    }
    out.set_body(std::make_unique<ObjectBody>(std::move(open), *extent), extent->length);
    return {};
}

Verdict head_object(Request& request, api::HeadObject::In in, api::HeadObject::Out out) {
    const ObjectRow object = TRY(request.service.objects().find(request.asker, in.bucket(), in.key()));
    const auto extent = TRY(show_object(request, in, out, object));
    if (extent) out.set_content_length(static_cast<std::int64_t>(extent->length.count));
    return {};
}

Answer<bool> replaces(std::optional<std::string_view> directive, std::string_view header) {
    if (!directive || *directive == "COPY") return false;
    if (*directive == "REPLACE") return true;
    return Fault{Code::invalid_argument, "Unknown directive."}
        .with("ArgumentName", std::string{header})
        .with("ArgumentValue", std::string{*directive});
}

Verdict copy_object(Request& request, api::CopyObject::In in, api::CopyObject::Out out) {
    TRY(check_wishes_in(in));
    TRY(check_owner(request.asker, in.expected_source_bucket_owner()));
    Objects::Copy copy{.source = TRY(parse_copy_source(in.copy_source())),
                       .source_conditions = source_conditions_in(in),
                       .bucket = std::string{in.bucket()},
                       .key = std::string{in.key()},
                       .website_redirect_location = text_or_empty(in.website_redirect_location()),
                       .conditions = {.if_match = text_or_empty(in.if_match()),
                                      .if_none_match = text_or_empty(in.if_none_match())}};
    TRY(check_version_id(copy.source.version_id));
    TRY(check_may_read(request.context, copy.source));
    ObjectMetadata given = TRY(metadata_in(in));
    if (TRY(replaces(in.tagging_directive(), "x-amz-tagging-directive"))) copy.tags = given.tags;
    const bool replace = TRY(replaces(in.metadata_directive(), "x-amz-metadata-directive"));
    if (replace) copy.metadata = std::move(given);
    if (in.checksum_algorithm()) copy.algorithm = TRY(parse_algorithm(*in.checksum_algorithm()));
    const bool itself = copy.source.bucket == copy.bucket && copy.source.key == copy.key;
    if (itself && !replace && copy.website_redirect_location.empty() && !in.has_storage_class() &&
        !in.has_server_side_encryption() && !copy.algorithm) {
        return Fault{
            Code::invalid_request,
            "This copy request is illegal because it is trying to copy an object to itself without changing "
            "the object's metadata, storage class, website redirect location or encryption attributes."};
    }
    const ObjectRow object = TRY(request.service.objects().copy(request.asker, copy));
    auto result = out.set_copy_object_result();
    result.set_e_tag(quoted_etag(object.record.etag));
    result.set_last_modified(object.record.modified);
    show_checksum(result, object.record.checksum);
    out.set_server_side_encryption("AES256");
    return {};
}

Verdict delete_object(Request& request, api::DeleteObject::In in, api::DeleteObject::Out) {
    if (in.if_match_last_modified_time() || in.if_match_size()) {
        return Fault{Code::not_implemented}.with(
            "Header", in.if_match_size() ? "x-amz-if-match-size" : "x-amz-if-match-last-modified-time");
    }
    return request.service.objects().remove(request.asker, in.bucket(), in.key(),
                                            {.if_match = text_or_empty(in.if_match())});
}

constexpr std::size_t kDeletedMax = 1000;

void show_failure(api::DeleteObjects::Out& out, std::string_view key, const Fault& fault) {
    auto error = out.add_errors();
    error.set_key(key);
    error.set_code(fault.text());
    error.set_message(fault.message());
}

Verdict delete_objects(Request& request, api::DeleteObjects::In in, api::DeleteObjects::Out out) {
    const auto named = in.delete_().objects();
    if (named.empty() || named.size() > kDeletedMax) return Fault{Code::malformed_xml};
    const bool quiet = in.delete_().quiet().value_or(false);
    std::vector<std::string> plain;
    std::vector<std::string> deleted;
    for (const auto object : named) {
        const std::string key{object.key()};
        Verdict verdict = check_version_id(object.version_id().value_or(""));
        if (verdict.ok() && (object.last_modified_time() || object.size()))
            verdict = Fault{Code::not_implemented};
        if (verdict.ok() && object.e_tag()) {
            const WriteConditions conditions{.if_match = std::string{*object.e_tag()}};
            verdict = request.service.objects().remove(request.asker, in.bucket(), key, conditions);
            if (verdict.ok()) deleted.push_back(key);
        } else if (verdict.ok()) {
            plain.push_back(key);
        }
        if (!verdict.ok()) show_failure(out, key, verdict.error());
    }
    TRY(request.service.objects().remove_all(request.asker, in.bucket(), plain));
    if (quiet) return {};
    for (const auto* keys : {&plain, &deleted})
        for (const std::string& key : *keys) out.add_deleted().set_key(key);
    return {};
}

Verdict get_object_tagging(Request& request, api::GetObjectTagging::In in, api::GetObjectTagging::Out out) {
    const ObjectRow object = TRY(request.service.objects().find(request.asker, in.bucket(), in.key()));
    out.start_tag_set();
    for (const auto& [key, value] : object.record.metadata.tags) {
        auto tag = out.add_tag_set();
        tag.set_key(key);
        tag.set_value(value);
    }
    return {};
}

Verdict put_object_tagging(Request& request, api::PutObjectTagging::In in, api::PutObjectTagging::Out) {
    Tags tags;
    for (const auto tag : in.tagging().tag_set()) tags.emplace_back(tag.key(), tag.value());
    tags = TRY(checked_tags(std::move(tags), TagOwner::object));
    return request.service.objects().set_tags(request.asker, in.bucket(), in.key(), tags,
                                              Happening::tags_put);
}

Verdict delete_object_tagging(Request& request, api::DeleteObjectTagging::In in,
                              api::DeleteObjectTagging::Out) {
    return request.service.objects().set_tags(request.asker, in.bucket(), in.key(), {},
                                              Happening::tags_deleted);
}

Verdict show_parts(Request& request, api::GetObjectAttributes::In in, api::GetObjectAttributes::Out out,
                   const ObjectRow& object) {
    const PartsRecord parts = TRY(request.service.objects().parts(in.bucket(), object));
    if (parts.sums.empty()) return {};
    const auto after = static_cast<std::size_t>(
        std::clamp(in.part_number_marker().value_or(0), 0, static_cast<std::int32_t>(kPartNumberMax)));
    const auto max =
        static_cast<std::size_t>(std::clamp(in.max_parts().value_or(static_cast<std::int32_t>(kPageMax)), 0,
                                            static_cast<std::int32_t>(kPageMax)));
    auto shown = out.set_object_parts();
    shown.set_total_parts_count(static_cast<std::int32_t>(parts.sums.size()));
    shown.set_part_number_marker(static_cast<std::int32_t>(after));
    shown.set_max_parts(static_cast<std::int32_t>(max));
    const std::size_t end = std::min(parts.sums.size(), after + max);
    shown.set_is_truncated(end < parts.sums.size());
    shown.set_next_part_number_marker(static_cast<std::int32_t>(end));
    // Full-object checksums have no parts to show, as in S3.
    if (object.record.checksum.type != ChecksumType::composite) return {};
    for (std::size_t i = after; i < end; ++i) {
        auto part = shown.add_parts();
        part.set_part_number(static_cast<std::int32_t>(i + 1));
        part.set_size(static_cast<std::int64_t>(parts.sums[i].size.count));
        show_sum(part, parts.sums[i].sum.algorithm(), parts.sums[i].sum.base64());
    }
    return {};
}

Verdict get_object_attributes(Request& request, api::GetObjectAttributes::In in,
                              api::GetObjectAttributes::Out out) {
    const ObjectRow object = TRY(request.service.objects().find(request.asker, in.bucket(), in.key()));
    const ObjectRecord& record = object.record;
    out.set_last_modified(record.modified);
    for (const std::string_view wanted : in.object_attributes()) {
        if (wanted == "ETag") {
            out.set_e_tag(record.etag);
        } else if (wanted == "Checksum") {
            auto checksum = out.set_checksum();
            show_checksum(checksum, record.checksum);
        } else if (wanted == "ObjectParts") {
            TRY(show_parts(request, in, out, object));
        } else if (wanted == "StorageClass") {
            out.set_storage_class("STANDARD");
        } else if (wanted == "ObjectSize") {
            out.set_object_size(static_cast<std::int64_t>(record.size.count));
        } else {
            return Fault{Code::invalid_argument, "Invalid attribute name specified."}.with(
                "ArgumentName", "x-amz-object-attributes");
        }
    }
    return {};
}

/// A key that is there, and a bucket without Object Lock.
template <class In>
Verdict refuse_object_lock(Request& request, In in) {
    TRY(request.service.objects().find(request.asker, in.bucket(), in.key()));
    return Fault{Code::invalid_request, "Bucket is missing Object Lock Configuration"};
}

Verdict restore_object(Request& request, api::RestoreObject::In in, api::RestoreObject::Out) {
    TRY(request.service.objects().find(request.asker, in.bucket(), in.key()));
    return Fault{Code::invalid_object_state, "Restore is not allowed for the object's current storage class"};
}

}  // namespace

void register_objects(Table& table) {
    table.on<api::PutObject>(put_object);
    table.on<api::GetObject>(get_object);
    table.on<api::HeadObject>(head_object);
    table.on<api::CopyObject>(copy_object);
    table.on<api::DeleteObject>(delete_object);
    table.on<api::DeleteObjects>(delete_objects);
    table.on<api::GetObjectTagging>(get_object_tagging);
    table.on<api::PutObjectTagging>(put_object_tagging);
    table.on<api::DeleteObjectTagging>(delete_object_tagging);
    table.on<api::GetObjectAttributes>(get_object_attributes);
    table.on<api::RestoreObject>(restore_object);
    table.on<api::GetObjectLegalHold>(
        [](Request& request, auto in, auto) { return refuse_object_lock(request, in); });
    table.on<api::PutObjectLegalHold>(
        [](Request& request, auto in, auto) { return refuse_object_lock(request, in); });
    table.on<api::GetObjectRetention>(
        [](Request& request, auto in, auto) { return refuse_object_lock(request, in); });
    table.on<api::PutObjectRetention>(
        [](Request& request, auto in, auto) { return refuse_object_lock(request, in); });
}

}  // namespace landfall::s3
