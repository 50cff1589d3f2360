// PendingBlocks: blocks that are being stored, or are stored but not yet in the index; so that no two writers
// store the same block.
//
// Invariants
//   1. At most one thread owns an id; others wait until the owner resolves or abandons it. An owner never
//      waits for another id.
//   2. A resolved id stays until settled() or drop_pack(): at any time an id is here, or in the index, or
//      unknown.
// Threads: any. Waiting is for one block's compression.
#pragma once

#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>

#include "core/blocks/records.hpp"

namespace landfall::blocks {

class PendingBlocks {
public:
    /// The block's place; nullopt: the caller owns the id now and must resolve or abandon it.
    [[nodiscard]] std::optional<Location> begin(const BlockId& id);
    void resolve(const BlockId& id, const Location& at);
    void abandon(const BlockId& id);
    /// Does not wait: nullopt where the id is unknown or not resolved yet.
    [[nodiscard]] std::optional<Location> find(const BlockId& id) const;
    /// The index has it now.
    void settled(const BlockId& id, const Location& at);
    void drop_pack(PackNumber pack);

private:
    struct Shard {
        mutable std::mutex mutex;
        std::condition_variable changed;
        std::unordered_map<BlockId, std::optional<Location>> blocks;
    };
    [[nodiscard]] Shard& shard(const BlockId& id) {
        return shards_[std::to_integer<std::size_t>(id.bytes[31]) % kShards];
    }
    [[nodiscard]] const Shard& shard(const BlockId& id) const {
        return shards_[std::to_integer<std::size_t>(id.bytes[31]) % kShards];
    }

    static constexpr std::size_t kShards = 32;
    std::array<Shard, kShards> shards_;
};

/// Abandons the id unless resolved.
class PendingClaim {
public:
    PendingClaim(PendingBlocks& pending, const BlockId& id) : pending_{&pending}, id_{id} {}
    PendingClaim(const PendingClaim&) = delete;
    PendingClaim& operator=(const PendingClaim&) = delete;
    ~PendingClaim() {
        if (pending_ != nullptr) pending_->abandon(id_);
    }
    void resolve(const Location& at) {
        pending_->resolve(id_, at);
        pending_ = nullptr;
    }

private:
    PendingBlocks* pending_;
    BlockId id_;
};

}  // namespace landfall::blocks
