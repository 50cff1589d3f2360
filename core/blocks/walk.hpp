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
    bool add(const Location& at) { return add(at.pack, at.number, 1) == 1; }
    /// How many of a pack's frames first, first + 1, … were not there.
    std::uint64_t add(PackNumber pack, std::uint32_t first, std::uint32_t count);
    [[nodiscard]] bool contains(const Location& at) const;
    [[nodiscard]] std::uint64_t count_in(PackNumber pack) const;
    [[nodiscard]] std::uint64_t count() const { return count_; }

private:
    struct Pack {
        std::vector<std::uint64_t> words;
        std::uint64_t count = 0;
    };
    std::unordered_map<PackNumber, Pack> packs_;
    std::uint64_t count_ = 0;
};

struct TreeChild {
    BlockId id;
    unsigned level = 0;
};
struct TreeNode {
    DomainNumber domain;
    TreeKind kind = TreeKind::stream;
    BlockId id;
    unsigned level = 0;
};
/// The children of a node that are not zeros, in order. corrupt or not_found: it cannot be read.
[[nodiscard]] Result<std::vector<TreeChild>> load_children(BlockIo& blocks, const TreeNode& node);

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
