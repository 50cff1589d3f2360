#include "core/blocks/walk.hpp"

#include <algorithm>
#include <bit>

namespace landfall::blocks {
namespace {

using Todo = TreeChild;

/// The children of a node: all of one kind of tree, whatever their levels.
Result<std::vector<TreeChild>> children_of(ByteSpan bytes, TreeKind kind, unsigned level) {
    std::vector<TreeChild> children;
    if (kind == TreeKind::image) {
        for (const BlockId& id : TRY(decode_image_node(bytes, level)))
            if (!id.is_zero()) children.push_back({id, level - 1});
        return children;
    }
    for (const StreamChild& child : TRY(decode_stream_node(bytes, level)))
        if (!child.id.is_zero()) children.push_back({child.id, child.level});
    return children;
}

Status visit_contents(BlockIo& blocks, const std::vector<Todo>& children, WalkVisitor& visitor) {
    std::vector<BlockId> ids;
    for (const Todo& child : children)
        if (child.level == 0) ids.push_back(child.id);
    if (ids.empty()) return {};
    const auto places = TRY(blocks.locate(ids));
    for (std::size_t i = 0; i < ids.size(); ++i) visitor.content(ids[i], places[i]);
    return {};
}

}  // namespace

std::uint64_t FrameSet::add(PackNumber pack, std::uint32_t first, std::uint32_t count) {
    Pack& of = packs_[pack];
    const std::uint64_t end = std::uint64_t{first} + count;
    if (of.words.size() * 64 < end)
        of.words.resize(std::max<std::size_t>((end + 63) / 64, of.words.size() * 2));
    std::uint64_t added = 0;
    for (std::uint64_t at = first; at < end;) {
        const unsigned bit = at % 64;
        const std::uint64_t n = std::min<std::uint64_t>(64 - bit, end - at);
        const std::uint64_t mask = (n == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1) << bit;
        std::uint64_t& word = of.words[at / 64];
        added += static_cast<std::uint64_t>(std::popcount(~word & mask));
        word |= mask;
        at += n;
    }
    of.count += added;
    count_ += added;
    return added;
}

bool FrameSet::contains(const Location& at) const {
    const auto it = packs_.find(at.pack);
    if (it == packs_.end() || at.number / 64 >= it->second.words.size()) return false;
    return (it->second.words[at.number / 64] >> (at.number % 64) & 1U) != 0;
}

std::uint64_t FrameSet::count_in(PackNumber pack) const {
    const auto it = packs_.find(pack);
    return it == packs_.end() ? 0 : it->second.count;
}

Result<std::vector<TreeChild>> load_children(BlockIo& blocks, const TreeNode& node) {
    const auto bytes = TRY(blocks.get({node.domain, BlockType::node, node.id}));
    return children_of(bytes, node.kind, node.level);
}

Status walk_tree(BlockIo& blocks, const TreeRoot& root, WalkVisitor& visitor) {
    if (root.id.is_zero()) return {};
    std::vector<Todo> stack{{root.id, root.level}};
    if (root.level == 0) return visit_contents(blocks, stack, visitor);
    while (!stack.empty()) {
        const Todo next = stack.back();
        stack.pop_back();
        const auto at = TRY(blocks.locate(std::span{&next.id, 1})).front();
        if (!visitor.node(next.id, at)) continue;
        const auto bytes = blocks.get({root.domain, BlockType::node, next.id});
        if (!bytes.ok()) {
            TRY(visitor.unreadable(next.id, bytes.error()));
            continue;
        }
        const auto children = children_of(*bytes, root.kind, next.level);
        if (!children.ok()) {
            TRY(visitor.unreadable(next.id, children.error()));
            continue;
        }
        TRY(visit_contents(blocks, *children, visitor));
        for (auto it = children->rbegin(); it != children->rend(); ++it)
            if (it->level > 0) stack.push_back(*it);
    }
    return {};
}

}  // namespace landfall::blocks
