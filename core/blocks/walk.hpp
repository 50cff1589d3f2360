// Walks of everything that roots reach: what collection and verification share.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/blocks/records.hpp"
#include "core/blocks/trees.hpp"

namespace landfall::blocks {

/// A bit a frame: about 190 MB for 100 TB of 64 KiB blocks.
class FrameSet {
public:
    /// False when it was there already.
    bool add(const Location& at);
    [[nodiscard]] bool contains(const Location& at) const;
    [[nodiscard]] std::uint64_t count_in(PackNumber pack) const;
    [[nodiscard]] std::uint64_t count() const { return count_; }

private:
    std::unordered_map<PackNumber, std::vector<bool>> packs_;
    std::unordered_map<PackNumber, std::uint64_t> counts_;
    std::uint64_t count_ = 0;
};

/// What a walk finds. A false answer from node() keeps the walk from going below it.
class WalkVisitor {
public:
    virtual ~WalkVisitor() = default;
    /// Before a node is loaded.
    [[nodiscard]] virtual bool node(const BlockId& id, const std::optional<Location>& at) = 0;
    virtual void content(const BlockId& id, const std::optional<Location>& at) = 0;
    /// A node that does not load: missing, damaged, or not a node. An error stops the walk.
    [[nodiscard]] virtual Status unreadable(const BlockId& id, const Error& why) = 0;
};

/// Depth first. Memory: one node's children a level.
[[nodiscard]] Status walk_tree(BlockIo& blocks, const TreeRoot& root, WalkVisitor& visitor);

}  // namespace landfall::blocks
