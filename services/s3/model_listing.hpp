// Listing: pages of keys in UTF-8 byte order, with prefix, delimiter and markers.
//
// Invariants
//   1. One page costs O(keys and common prefixes on the page) steps of the cursor: a common prefix is one
//      seek past everything below it, however many keys that is.
//   2. The pages of one listing, joined, are the unpaged listing, whatever the page size: nothing twice,
//      nothing lost, as long as no key is written meanwhile; keys written meanwhile appear or not, but never
//      hide another.
//   3. Nothing is read beyond one entry past the page: that one decides "truncated".
// Sources: ListObjects, ListObjectsV2, ListObjectVersions and ListMultipartUploads of the S3 API reference.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/s3/model_fault.hpp"

namespace landfall::s3 {

inline constexpr std::uint32_t kPageMax = 1000;

struct ListQuery {
    std::string prefix;
    std::string delimiter;  ///< empty: no grouping
    std::string after;      ///< exclusive; a common prefix of this listing here means "behind all of it"
    std::uint32_t max = kPageMax;
};

/// The smallest string above every string that starts with `prefix`; nullopt when there is none (all bytes
/// 0xff).
[[nodiscard]] std::optional<std::string> successor_of_prefix(std::string_view prefix);
/// The common prefix that `key` falls into, or nullopt when it is listed by itself. `key` starts with
/// `prefix`.
[[nodiscard]] std::optional<std::string_view> common_prefix_of(std::string_view key, std::string_view prefix,
                                                               std::string_view delimiter);
/// The first key that a page may show, inclusive; nullopt when the page is empty whatever the bucket holds.
[[nodiscard]] std::optional<std::string> first_candidate(const ListQuery& query);

template <class Entry>
struct ListPage {
    std::vector<Entry> entries;
    std::vector<std::string> common_prefixes;
    bool truncated = false;
    std::string
        /// the last key or common prefix on the page: the next page's `after`; empty when not truncated
        last;
};

/// Walks a bucket in key order. `seek(from)` positions at the first key ≥ from and yields it, `next()` steps;
/// both yield nullopt at the end. Entry has `.key`, its position, and `listed_name()`, the front of the
/// position that prefix and delimiter look at (an upload's position ends with its id).
template <class Entry>
class KeyCursor {
public:
    virtual ~KeyCursor() = default;
    virtual Result<std::optional<Entry>> seek(std::string_view from) = 0;
    virtual Result<std::optional<Entry>> next() = 0;
};

template <class Entry>
Result<ListPage<Entry>> list_page(KeyCursor<Entry>& cursor, const ListQuery& query) {
    ListPage<Entry> page;
    const auto first = first_candidate(query);
    if (!first || query.max == 0) return page;
    std::string last;
    auto entry = TRY(cursor.seek(*first));
    while (entry && entry->listed_name().starts_with(query.prefix)) {
        if (page.entries.size() + page.common_prefixes.size() == query.max) {
            page.truncated = true;
            page.last = std::move(last);
            return page;
        }
        const auto group = common_prefix_of(entry->listed_name(), query.prefix, query.delimiter);
        if (!group) {
            last = entry->key;
            page.entries.push_back(*std::move(entry));
            entry = TRY(cursor.next());
            continue;
        }
        last = *group;
        page.common_prefixes.push_back(last);
        const auto behind = successor_of_prefix(last);
        if (!behind) break;
        entry = TRY(cursor.seek(*behind));
    }
    return page;
}

/// The opaque continuation token of ListObjectsV2, bound to the bucket, prefix and delimiter of its listing.
struct ListingScope {
    std::string_view bucket;
    std::string_view prefix;
    std::string_view delimiter;
};
[[nodiscard]] std::string continuation_token(const ListingScope& scope, std::string_view after);
/// InvalidArgument for a token that was not made here, or for another bucket, prefix or delimiter.
Answer<std::string> position_of_token(const ListingScope& scope, std::string_view token);

/// A key as encoding-type=url shows it: everything but unreserved characters and '/' percent-encoded.
[[nodiscard]] std::string url_encoded_key(std::string_view key);

}  // namespace landfall::s3
