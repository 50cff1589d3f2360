// Contents: the bytes of objects and parts in the block store, each under a ref of its own.
//
// Invariants
//   1. A ref's name is the row of the record that owns it and a content id that is never given out twice. So
//      content is immutable, and whether a ref is still needed is one look at one record.
//   2. keep() returns when the bytes and the ref are durable; the record that names them comes after.
//   3. Content is encrypted and deduplicated within one account and region.
// Threads: any.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/blocks/store.hpp"
#include "services/s3/store.hpp"

namespace landfall::s3 {

inline constexpr std::string_view kObjectRefs = "s3.object";
inline constexpr std::string_view kPartRefs = "s3.part";
/// The boundaries of a multipart object's parts (an encoded PartsRecord), named as the object's content is.
inline constexpr std::string_view kLayoutRefs = "s3.layout";

[[nodiscard]] blocks::RefKey ref_of(std::string_view kind, std::string_view row, ContentId content);
/// The row and content id that a ref's name was made of; nullopt for a name that was not made here.
struct RefOwner {
    std::string_view row;
    ContentId content;
};
[[nodiscard]] std::optional<RefOwner> owner_of(const blocks::RefKey& ref);

class Contents {
public:
    /// Sets content ids aside for this run: one commit. Both outlive it.
    [[nodiscard]] static Result<std::unique_ptr<Contents>> open(blocks::Store& blocks, Catalog& catalog);

    /// Ids below this one are of earlier runs: nothing that is being written now has one.
    [[nodiscard]] ContentId first_of_run() const { return first_; }
    [[nodiscard]] ContentId next_id() { return ContentId{next_.fetch_add(1)}; }
    [[nodiscard]] Result<blocks::DomainNumber> domain_of(const BucketRecord& bucket);

    /// Names the roots, all or none. The lease holds them.
    struct Named {
        blocks::RefKey ref;
        blocks::TreeRoot root;
    };
    [[nodiscard]] Status keep(const blocks::Lease& lease, std::span<const Named> named);
    /// A small content of this program's own, ready to be kept.
    [[nodiscard]] Result<blocks::TreeRoot> stored(const blocks::Lease& lease, blocks::DomainNumber domain,
                                                  ByteSpan bytes);
    /// Whole, into memory; for what `stored` made. exhausted when it is larger than `max`.
    [[nodiscard]] Result<std::string> load(const blocks::RefKey& ref, Bytes max);
    /// Gives the refs up; those that are gone already are fine.
    [[nodiscard]] Status drop(std::span<const blocks::RefKey> refs);

    [[nodiscard]] blocks::Store& blocks() const { return blocks_; }

    /// For open(): `first` and all above it are set aside.
    Contents(blocks::Store& blocks, ContentId first) : blocks_{blocks}, first_{first}, next_{first.value} {}

private:
    blocks::Store& blocks_;
    ContentId first_;
    std::atomic<std::uint64_t> next_;
};

}  // namespace landfall::s3
