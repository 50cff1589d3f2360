#include "core/blocks/pending.hpp"

namespace landfall::blocks {

std::optional<Location> PendingBlocks::begin(const BlockId& id) {
    Shard& s = shard(id);
    std::unique_lock lock{s.mutex};
    while (true) {
        const auto [it, fresh] = s.blocks.try_emplace(id);
        if (fresh) return std::nullopt;
        if (it->second) return it->second;
        s.changed.wait(lock);
    }
}

void PendingBlocks::resolve(const BlockId& id, const Location& at) {
    Shard& s = shard(id);
    const std::lock_guard lock{s.mutex};
    s.blocks[id] = at;
    s.changed.notify_all();
}

void PendingBlocks::abandon(const BlockId& id) {
    Shard& s = shard(id);
    const std::lock_guard lock{s.mutex};
    s.blocks.erase(id);
    s.changed.notify_all();
}

std::optional<Location> PendingBlocks::find(const BlockId& id) const {
    const Shard& s = shard(id);
    const std::lock_guard lock{s.mutex};
    const auto it = s.blocks.find(id);
    return it == s.blocks.end() ? std::nullopt : it->second;
}

void PendingBlocks::settled(const BlockId& id, const Location& at) {
    Shard& s = shard(id);
    const std::lock_guard lock{s.mutex};
    const auto it = s.blocks.find(id);
    if (it != s.blocks.end() && it->second == at) s.blocks.erase(it);
}

void PendingBlocks::drop_pack(PackNumber pack) {
    for (Shard& s : shards_) {
        const std::lock_guard lock{s.mutex};
        std::erase_if(s.blocks,
                      [&](const auto& entry) { return entry.second && entry.second->pack == pack; });
    }
}

}  // namespace landfall::blocks
