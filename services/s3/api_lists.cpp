// ListObjects, ListObjectsV2, ListObjectVersions, ListBuckets.
#include <algorithm>

#include "services/s3/api.hpp"

namespace landfall::s3 {
namespace {

/// How a listing writes its keys: as they are, or percent-encoded for clients whose XML cannot hold every
/// character.
struct KeyText {
    bool encoded = false;
    [[nodiscard]] std::string operator()(std::string_view key) const {
        return encoded ? url_encoded_key(key) : std::string{key};
    }
};

Answer<KeyText> key_text(std::optional<std::string_view> encoding_type) {
    if (!encoding_type || encoding_type->empty()) return KeyText{};
    if (*encoding_type == "url") return KeyText{.encoded = true};
    return Fault{Code::invalid_argument, "Invalid Encoding Method specified in Request"}
        .with("ArgumentName", "encoding-type")
        .with("ArgumentValue", std::string{*encoding_type});
}

/// 0 is a page of none; what is above a thousand means a thousand.
Answer<std::uint32_t> page_size(std::optional<std::int32_t> max, std::string_view name) {
    if (!max) return kPageMax;
    if (*max < 0) {
        return Fault{Code::invalid_argument, "Argument " + std::string{name} +
                                                 " must be an integer between 0 and "
                                                 "2147483647"}
            .with("ArgumentName", std::string{name})
            .with("ArgumentValue", std::to_string(*max));
    }
    return std::min(static_cast<std::uint32_t>(*max), kPageMax);
}

template <class Owner>
void show_owner(Owner owner, const Asker& asker) {
    owner.set_id(asker.account);
    owner.set_display_name(asker.account);
}

template <class Shown>
void show_entry(Shown& shown, const ObjectRow& object, const KeyText& text) {
    const ObjectRecord& record = object.record;
    shown.set_key(text(object.key));
    shown.set_last_modified(record.modified);
    shown.set_e_tag(quoted_etag(record.etag));
    shown.set_size(static_cast<std::int64_t>(record.size.count));
    shown.set_storage_class("STANDARD");
    shown.add_checksum_algorithm(name_of(record.checksum.sum.algorithm()));
    shown.set_checksum_type(name_of(record.checksum.type));
}

/// What every object listing says of itself.
template <class Out>
void show_frame(Out& out, std::string_view bucket, const ListQuery& query, const KeyText& text,
                bool truncated, const std::vector<std::string>& common_prefixes) {
    out.set_name(bucket);
    out.set_prefix(text(query.prefix));
    if (!query.delimiter.empty()) out.set_delimiter(text(query.delimiter));
    out.set_max_keys(static_cast<std::int32_t>(query.max));
    if (text.encoded) out.set_encoding_type("url");
    out.set_is_truncated(truncated);
    for (const std::string& prefix : common_prefixes) out.add_common_prefixes().set_prefix(text(prefix));
}

Verdict list_objects(Request& request, api::ListObjects::In in, api::ListObjects::Out out) {
    const KeyText text = TRY(key_text(in.encoding_type()));
    const auto max = TRY(page_size(in.max_keys(), "max-keys"));
    const ListQuery query{.prefix = text_or_empty(in.prefix()),
                          .delimiter = text_or_empty(in.delimiter()),
                          .after = text_or_empty(in.marker()),
                          .max = max};
    const auto page = TRY(request.service.objects().list(request.asker, in.bucket(), query));
    show_frame(out, in.bucket(), query, text, page.truncated, page.common_prefixes);
    out.set_marker(text(query.after));
    // Without a delimiter the last key is the marker, and S3 does not repeat it.
    if (page.truncated && !query.delimiter.empty()) out.set_next_marker(text(page.last));
    for (const ObjectRow& object : page.entries) {
        auto shown = out.add_contents();
        show_entry(shown, object, text);
        show_owner(shown.set_owner(), request.asker);
    }
    return {};
}

Verdict list_objects_v2(Request& request, api::ListObjectsV2::In in, api::ListObjectsV2::Out out) {
    const KeyText text = TRY(key_text(in.encoding_type()));
    const auto max = TRY(page_size(in.max_keys(), "max-keys"));
    ListQuery query{.prefix = text_or_empty(in.prefix()),
                    .delimiter = text_or_empty(in.delimiter()),
                    .after = text_or_empty(in.start_after()),
                    .max = max};
    const ListingScope scope{.bucket = in.bucket(), .prefix = query.prefix, .delimiter = query.delimiter};
    if (in.continuation_token()) query.after = TRY(position_of_token(scope, *in.continuation_token()));
    const auto page = TRY(request.service.objects().list(request.asker, in.bucket(), query));
    show_frame(out, in.bucket(), query, text, page.truncated, page.common_prefixes);
    out.set_key_count(static_cast<std::int32_t>(page.entries.size() + page.common_prefixes.size()));
    if (in.start_after()) out.set_start_after(text(*in.start_after()));
    if (in.continuation_token()) out.set_continuation_token(*in.continuation_token());
    if (page.truncated) out.set_next_continuation_token(continuation_token(scope, page.last));
    for (const ObjectRow& object : page.entries) {
        auto shown = out.add_contents();
        show_entry(shown, object, text);
        if (in.fetch_owner().value_or(false)) show_owner(shown.set_owner(), request.asker);
    }
    return {};
}

Verdict list_object_versions(Request& request, api::ListObjectVersions::In in,
                             api::ListObjectVersions::Out out) {
    const KeyText text = TRY(key_text(in.encoding_type()));
    const std::string marker = text_or_empty(in.version_id_marker());
    TRY(check_version_id(marker));
    if (!marker.empty() && in.key_marker().value_or("").empty()) {
        return Fault{Code::invalid_argument, "A version-id marker cannot be specified without a key marker."}
            .with("ArgumentName", "version-id-marker")
            .with("ArgumentValue", marker);
    }
    const auto max = TRY(page_size(in.max_keys(), "max-keys"));
    const ListQuery query{.prefix = text_or_empty(in.prefix()),
                          .delimiter = text_or_empty(in.delimiter()),
                          .after = text_or_empty(in.key_marker()),
                          .max = max};
    const auto page = TRY(request.service.objects().list(request.asker, in.bucket(), query));
    show_frame(out, in.bucket(), query, text, page.truncated, page.common_prefixes);
    out.set_key_marker(text(query.after));
    out.set_version_id_marker(marker);
    if (page.truncated) {
        out.set_next_key_marker(text(page.last));
        // Behind a common prefix there is no version to name.
        const bool at_key = !page.entries.empty() && page.entries.back().key == page.last;
        if (at_key) out.set_next_version_id_marker(kNullVersion);
    }
    for (const ObjectRow& object : page.entries) {
        auto shown = out.add_versions();
        show_entry(shown, object, text);
        shown.set_version_id(kNullVersion);
        shown.set_is_latest(true);
        show_owner(shown.set_owner(), request.asker);
    }
    return {};
}

constexpr std::uint32_t kBucketsMax = 10'000;

Verdict list_buckets(Request& request, api::ListBuckets::In in, api::ListBuckets::Out out) {
    const std::string prefix = text_or_empty(in.prefix());
    const std::string region = text_or_empty(in.bucket_region());
    const ListingScope scope{.bucket = "", .prefix = prefix, .delimiter = region};
    std::string after;
    if (in.continuation_token()) after = TRY(position_of_token(scope, *in.continuation_token()));
    const auto wanted = in.max_buckets().value_or(static_cast<std::int32_t>(kBucketsMax));
    if (wanted < 1 || wanted > static_cast<std::int32_t>(kBucketsMax)) {
        return Fault{Code::invalid_argument, "Argument max-buckets must be an integer between 1 and 10000"}
            .with("ArgumentName", "max-buckets")
            .with("ArgumentValue", std::to_string(wanted));
    }
    const auto page =
        TRY(request.service.buckets().list(request.asker, prefix, after, static_cast<std::uint32_t>(wanted)));
    show_owner(out.set_owner(), request.asker);
    out.start_buckets();
    if (in.prefix()) out.set_prefix(prefix);
    for (const BucketRow& bucket : page.entries) {
        if (bucket.closing || (!region.empty() && bucket.record.region != region)) continue;
        auto shown = out.add_buckets();
        shown.set_name(bucket.name);
        shown.set_creation_date(bucket.record.created);
        // S3 tells regions and ARNs only to those who page.
        if (in.max_buckets() || in.bucket_region()) {
            shown.set_bucket_region(bucket.record.region);
            shown.set_bucket_arn("arn:aws:s3:::" + bucket.name);
        }
    }
    if (page.truncated) out.set_continuation_token(continuation_token(scope, page.last));
    return {};
}

}  // namespace

void register_lists(Table& table) {
    table.on<api::ListObjects>(list_objects);
    table.on<api::ListObjectsV2>(list_objects_v2);
    table.on<api::ListObjectVersions>(list_object_versions);
    table.on<api::ListBuckets>(list_buckets);
}

}  // namespace landfall::s3
