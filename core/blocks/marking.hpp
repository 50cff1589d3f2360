// Marking: which frames do the roots reach? The first half of a collection.
//
// Invariants
//   1. After mark() of every root and finish(), `live` holds the frame of every block that a root reaches, as
//      the index placed it at some moment since begin().
//   2. A node is walked once a collection, and not at all where its memo counts (memo.hpp).
//   3. A node that nobody can read ends the marking: below it may be anything.
// Cost: a look-up of the index a node of level 1 that its parent has no memo for; 256 more where the node has
// none. Memory: `live` (a bit a frame: 190 MB for 100 TB of 64 KiB blocks), 48 bytes a pack, 2 MiB of nodes
// met, and at most 1,024 memos on their way to the index.
#pragma once

#include <unordered_map>
#include <vector>

#include "base/unique_function.hpp"
#include "core/blocks/memo.hpp"
#include "core/blocks/walk.hpp"

namespace landfall::blocks {

class Marking {
public:
    /// `go_on` is called now and then; its error ends the marking.
    Marking(BlockIo& blocks, FrameSet& live, UniqueFunction<Status()> go_on)
        : blocks_{blocks}, live_{live}, go_on_{std::move(go_on)}, met_(kMetSlots) {}

    /// After LeaseTable::begin_collection(). `condemned`: packs that LeaseTable refuses to writers.
    [[nodiscard]] Status begin(const std::vector<PackNumber>& condemned);
    /// corrupt: a node cannot be read.
    [[nodiscard]] Status mark(const TreeRoot& root);
    /// What mark() put off: roots of one block, and memos.
    [[nodiscard]] Status finish();
    /// Notes packs whose blocks are about to move. Before they are condemned.
    [[nodiscard]] Status disturb(const std::vector<PackNumber>& packs);

    /// Nodes that were read, and subtrees that a memo stood for.
    [[nodiscard]] std::uint64_t nodes_read() const { return nodes_read_; }
    [[nodiscard]] std::uint64_t memos_used() const { return memos_used_; }

private:
    /// Nodes of higher levels reach too many packs for a memo to be short.
    static constexpr unsigned kMemoLevelMax = 2;
    static constexpr std::size_t kMetSlots = 1U << 16U;
    static constexpr std::size_t kBatch = 1024;

    /// All frames at and below a node.
    struct Subtree {
        FrameRanges frames;
        bool known = true;  ///< false: some have no lasting place
    };
    struct Branch {
        DomainNumber domain;
        TreeKind kind = TreeKind::stream;
        BlockId id;
        unsigned level = 0;
    };

    [[nodiscard]] Status mark_node(const Branch& node, Subtree* parent);
    [[nodiscard]] Status walk_node(const Branch& node, Subtree* parent);
    [[nodiscard]] Status mark_children(const Branch& node, Subtree* mine);
    [[nodiscard]] Status mark_contents(const std::vector<BlockId>& ids, Subtree* mine);
    [[nodiscard]] Result<std::optional<Memo>> memo_of(const BlockId& id);
    [[nodiscard]] bool counts(const Memo& memo) const;
    [[nodiscard]] Status keep(const BlockId& id, Subtree& subtree);
    [[nodiscard]] Status write_memos();
    [[nodiscard]] BlockId& slot(const BlockId& id) { return met_[std::hash<BlockId>{}(id) % kMetSlots]; }
    void note(const Location& at, Subtree* mine);
    static void join(Subtree* parent, const Subtree& child);

    BlockIo& blocks_;
    FrameSet& live_;
    UniqueFunction<Status()> go_on_;
    std::uint64_t generation_ = 0;
    std::unordered_map<PackNumber, std::uint64_t> sealed_;  ///< and the generation of the last disturbance
    std::vector<BlockId> met_;                              ///< marked whole already; a slot's newest
    std::vector<BlockId> single_;
    std::unordered_map<BlockId, Memo> fresh_;
    std::uint64_t nodes_read_ = 0;
    std::uint64_t memos_used_ = 0;
};

}  // namespace landfall::blocks
