// Store: content-addressed, deduplicating, compressed, encrypted storage of images and streams, under named
// roots.
//
//     Lease lease = store->lease();
//     auto writer = TRY(store->write_stream(lease, domain));
//     TRY(writer->append(bytes));
//     const TreeRoot root = TRY(writer->finish());
//     TRY(store->commit(lease, {{RefChange{.key = {"s3.object", name}, .expect = Absent{}, .to = root}}}));
//     // durable from here on, over power cuts
//     auto reader = TRY(store->open({"s3.object", name}));
//
// Invariants
//   1. commit() returns success only when every byte that the named roots reach, and the names themselves,
//      are durable. All changes of one commit become visible together, and after a crash all or none exist.
//   2. Every committed root reads back bit-exact, or fails with `corrupt` naming pack and offset; never wrong
//   bytes.
//   3. Deleting a ref is O(1); its space comes back by collect_garbage(), which runs beside everything else.
//   4. The index is a cache: everything is rebuilt from packs and the root log by rebuild_index().
//   5. One process at a time: a second open is `unavailable`; a directory of a newer format is
//   `precondition`.
//   6. After a failed write or sync nothing that may depend on lost bytes can be committed: commits under
//      leases that wrote before the failure return its error.
// Threads: any, for every method. The pair-wise matrix of what may overlap is in README.md.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/disk.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "core/blocks/ids.hpp"
#include "core/blocks/keys.hpp"
#include "core/blocks/lease.hpp"
#include "core/blocks/reader.hpp"
#include "core/blocks/report.hpp"
#include "core/blocks/writer.hpp"

namespace landfall::blocks {

class IndexSource;

struct Options {
    Bytes pack_size = 64_MiB;                ///< an open pack is sealed at this size
    std::size_t workers = 0;                 ///< threads for streams and large reads; 0: one a core
    Duration commit_wait_max{2'000'000};     ///< how long a commit may wait for others to share its sync
    Duration lease_life{3'600'000'000'000};  ///< a silent lease may be fenced after this
    Bytes free_min = 256_MiB;                ///< writers stop when the file system has less than this left
    Bytes reserve = 16_MiB;  ///< a file given up on a full disk: to open after a crash, to delete, to collect
    int zstd_level = -1;     ///< measured: docs/decisions/0021-zstd-level.md
    Bytes index_memory = 16_MiB;  ///< write buffers and block cache of the index together
};

/// Everything the store stands on; all must outlive it.
struct Seams {
    Disk& disk;
    Clock& clock;
    Random& random;
    KeySource& keys;
    IndexSource* index = nullptr;  ///< nullptr: RocksDB in the store's directory
};

// What a ref must be for a change to apply.
struct Anything {};
struct Absent {};
struct AtVersion {
    std::uint64_t version;
};
using Expect = std::variant<Anything, Absent, AtVersion>;

struct RefChange {
    RefKey key;
    Expect expect;
    std::optional<TreeRoot>
        to;  ///< nullopt deletes; deleting what is absent is fine where Anything is expected
};

class Store {
public:
    /// Opens the directory, makes it when missing (its parent must exist), recovers from a crash: time is
    /// that of reading the open packs (≤ 2 × pack_size a domain). A missing index is rebuilt. unavailable: in
    /// use. precondition: a newer format. corrupt: names the file.
    [[nodiscard]] static Result<std::unique_ptr<Store>> open(const Seams& seams, const std::string& directory,
                                                             const Options& options);
    /// Seals nothing and waits for nothing but calls in flight: what was committed is durable anyway.
    ~Store();

    /// The domain of that name, made (with a fresh random key, wrapped by the KeySource) at first use;
    /// durable.
    [[nodiscard]] Result<DomainNumber> domain(const DomainName& name);

    [[nodiscard]] Lease lease();
    /// The root of a ref, held by the lease from here on. not_found.
    [[nodiscard]] Result<Ref> pin(const Lease& lease, const RefKey& key);

    /// `base`, if any, must be held by the lease, in the same domain, an image, and not longer than `size`.
    [[nodiscard]] Result<std::unique_ptr<ImageWriter>> write_image(const Lease& lease, DomainNumber domain,
                                                                   Bytes size,
                                                                   std::optional<TreeRoot> base = {});
    [[nodiscard]] Result<std::unique_ptr<StreamWriter>> write_stream(const Lease& lease, DomainNumber domain);
    /// The streams one behind the other, without reading or writing their bytes: O(parts). Each must be a
    /// stream of that domain, held by the lease.
    [[nodiscard]] Result<TreeRoot> compose(const Lease& lease, DomainNumber domain,
                                           std::span<const TreeRoot> parts);

    /// Applies all changes or none; see invariant 1. Each `to` must be held by the lease. Returns the version
    /// that the changed refs now have. precondition: an expectation does not hold, or the lease was fenced.
    /// Concurrent commits share their syncs. A failure other than io means that nothing happened; after io
    /// the changes may or may not be there once the store was opened again.
    [[nodiscard]] Result<std::uint64_t> commit(const Lease& lease, std::span<const RefChange> changes);

    /// Not_found. A small read of the index.
    [[nodiscard]] Result<Ref> find(const RefKey& key) const;
    /// Refs of a kind with name > after (all when empty), in byte order of names, at most `limit`.
    [[nodiscard]] Result<std::vector<Ref>> list(std::string_view kind, std::string_view after,
                                                std::size_t limit) const;

    /// A reader of a committed ref, or of a root that the lease holds. The reader has a lease of its own.
    [[nodiscard]] Result<std::unique_ptr<Reader>> open(const RefKey& key);
    [[nodiscard]] Result<std::unique_ptr<Reader>> open(const Lease& lease, const TreeRoot& root);

    /// The blocks at or behind `from` that differ, at most `limit` runs, adjacent blocks joined; empty at the
    /// end. O(changed), not O(size). Images of one domain, both held by the lease; a shorter one reads as
    /// zero behind its end.
    [[nodiscard]] Result<std::vector<BlockRun>> diff(const Lease& lease, const TreeRoot& before,
                                                     const TreeRoot& after, BlockIndex from,
                                                     std::size_t limit);

    /// Mark and sweep, beside everything else; a second call meanwhile is `unavailable`. Nothing a ref, a pin
    /// or a live lease reaches is touched. Resumes where a crash left it. `progress` may return false to stop
    /// early.
    [[nodiscard]] Result<GcReport> collect_garbage(const GcOptions& options, const ProgressFn& progress = {});
    /// Reads packs and trees and compares everything with everything. Damage is a finding of the report, not
    /// an error; damaged blocks are quarantined.
    [[nodiscard]] Result<VerifyReport> verify(VerifyDepth depth, const ProgressFn& progress = {});
    /// Reads the packs behind `after`, in the order of their numbers, until `most` bytes were read (one pack
    /// at least), and compares each with itself and the index. Damaged blocks are quarantined: never given
    /// out, never deduplicated against, stored anew by the next write of the same content; the report names
    /// them each time until they are healed or collected. Runs beside everything. What a tree misses is not
    /// looked for: that is verify(metadata). Resume with the report's `last`.
    [[nodiscard]] Result<ScrubReport> scrub(ScrubPosition after, Bytes most);
    [[nodiscard]] Result<StoreStats> stats() const;

    /// Throws the index of a closed store away and builds it from packs and root log.
    [[nodiscard]] static Result<RebuildReport> rebuild_index(const Seams& seams, const std::string& directory,
                                                             const Options& options);

    class Engine;
    explicit Store(std::unique_ptr<Engine> engine);

private:
    std::unique_ptr<Engine> engine_;
};

}  // namespace landfall::blocks
