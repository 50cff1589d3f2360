// What the long operations of the store report.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "core/blocks/ids.hpp"

namespace landfall::blocks {

struct Progress {
    Bytes done;
    Bytes total;
};
/// Called now and then from the thread that runs the operation; false stops it with Errc::cancelled.
using ProgressFn = std::function<bool(const Progress&)>;

struct GcOptions {
    /// A pack with a larger dead share than this (percent of stored bytes) is rewritten.
    unsigned rewrite_above_percent = 30;
    /// Bytes that one run may rewrite; fully dead packs cost nothing and are always deleted.
    Bytes rewrite_max = 64_GiB;
};

struct GcReport {
    std::uint64_t roots_marked = 0;
    std::uint64_t blocks_live = 0;
    std::uint64_t nodes_read = 0;  ///< of trees: those that no memo stood for
    std::uint64_t memos_used = 0;  ///< subtrees marked without a look at their blocks
    std::uint64_t packs_deleted = 0;
    std::uint64_t packs_rewritten = 0;
    std::uint64_t leases_fenced = 0;
    Bytes reclaimed;    ///< freed on disk by this run
    Bytes reclaimable;  ///< still dead: below the threshold, over the budget, or held by leases
};

enum class VerifyDepth {
    metadata,  ///< trees, root log, index, headers and footers of packs: no block of content is read
    all,       ///< every stored byte is read, authenticated, decompressed, and its id computed again
};

/// One damaged or missing block, or a pack that cannot be read at all (id zero).
struct Damage {
    std::string pack;
    ByteOffset offset;
    BlockId id;
    std::string what;
};

struct VerifyReport {
    std::uint64_t packs = 0;
    std::uint64_t blocks = 0;
    Bytes read;
    std::vector<Damage> damage;  ///< the first 10,000
    std::uint64_t damage_count = 0;
    std::vector<RefKey> affected;  ///< refs that do not read back in full; the first 10,000
    std::uint64_t affected_count = 0;

    [[nodiscard]] bool clean() const { return damage_count == 0 && affected_count == 0; }
};

/// How far a scrub has come: the packs up to this number were read. They are never renumbered, so a position
/// stays good over restarts; after rebuild_index() a scrub may leave some packs to the next one.
struct ScrubPosition {
    std::uint32_t pack = 0;
};

struct ScrubReport {
    std::uint64_t packs = 0;
    std::uint64_t packs_locked = 0;  ///< of domains whose key is disabled: not read
    std::uint64_t blocks = 0;
    Bytes read;
    std::vector<Damage> damage;
    ScrubPosition last;
    bool end = false;  ///< there are no packs behind `last`
};

struct StoreStats {
    std::uint64_t refs = 0;
    std::uint64_t blocks = 0;
    std::uint64_t packs = 0;
    std::uint64_t quarantined = 0;
    Bytes logical;  ///< sum of the lengths of all refs' contents
    Bytes unique;   ///< plaintext bytes of the blocks stored, each once
    Bytes stored;   ///< bytes of all packs on disk
};

struct RebuildReport {
    std::uint64_t packs = 0;
    std::uint64_t blocks = 0;
    std::uint64_t refs = 0;
    std::vector<Damage> damage;
};

}  // namespace landfall::blocks
