// LeaseTable: who is at work on what; the one place where writers and a collection meet.
//
// Invariants
//   1. claim() and condemn() exclude each other: a pack is either claimed by a live lease or condemned, never
//      both.
//   2. A condemned pack stays condemned: pack numbers are never used again.
//   3. Every claim made while a collection runs, or held when it began, keeps the pack out of that
//      collection, even when its lease has ended meanwhile: the lease may have committed.
// Threads: any; one mutex, held for memory operations only.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "core/blocks/ids.hpp"

namespace landfall::blocks {

using PackNumber = std::uint32_t;

class LeaseTable {
public:
    LeaseTable(const Clock& clock, Duration life) : clock_{clock}, life_{life} {}

    [[nodiscard]] std::uint64_t create();
    void release(std::uint64_t token);
    /// Also the sign of life. precondition: fenced or released; the error of a pack that it depends on.
    [[nodiscard]] Status renew(std::uint64_t token);

    void add_pinned(std::uint64_t token, const TreeRoot& root);
    void add_made(std::uint64_t token, const TreeRoot& root);
    [[nodiscard]] bool holds(std::uint64_t token, const TreeRoot& root) const;

    /// False: the pack is condemned, its blocks must be written anew.
    [[nodiscard]] bool claim(std::uint64_t token, PackNumber pack);
    /// Bytes of this pack were lost: every lease that claimed it fails, and no other can claim it any more.
    void fail_pack(PackNumber pack, const Error& why);

    /// Fences the leases that were silent for their whole life; says how many. Call it before the roots are
    /// listed.
    [[nodiscard]] std::uint64_t begin_collection();
    /// Every root that was pinned at any time since begin_collection(). Call it after the roots were listed:
    /// then a root is in the list, or among the pins, or was committed under claims that invariant 3 keeps.
    [[nodiscard]] std::vector<TreeRoot> pins();
    /// Of these packs, the ones that nobody claims; they are condemned from now on.
    [[nodiscard]] std::vector<PackNumber> condemn(const std::vector<PackNumber>& candidates);
    void end_collection();
    /// Packs that no writer may claim any more.
    [[nodiscard]] std::vector<PackNumber> condemned() const;

private:
    struct Record {
        Moment renewed;
        std::set<TreeRoot> pinned;
        std::set<TreeRoot> made;
        std::unordered_set<PackNumber> claims;
        std::optional<Error> failed;
    };

    const Clock& clock_;
    const Duration life_;
    mutable std::mutex mutex_;
    std::uint64_t next_token_ = 1;
    std::map<std::uint64_t, Record> leases_;
    std::unordered_set<PackNumber> condemned_;  ///< and failed ones: nothing new may depend on them
    bool collecting_ = false;
    bool noting_pins_ = false;
    std::set<TreeRoot> noted_pins_;
    std::unordered_set<PackNumber> touched_;
};

}  // namespace landfall::blocks
