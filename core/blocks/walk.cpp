#include "core/blocks/walk.hpp"

#include <algorithm>

namespace landfall::blocks {
namespace {

struct Todo {
    BlockId id;
    unsigned level = 0;
};

/// The children of a node: all of one kind of tree, whatever their levels.
Result<std::vector<Todo>> children_of(ByteSpan bytes, TreeKind kind, unsigned level) {
    std::vector<Todo> children;
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

bool FrameSet::add(const Location& at) {
    std::vector<bool>& bits = packs_[at.pack];
    if (bits.size() <= at.number) bits.resize(std::max<std::size_t>(at.number + 1, 1024));
    if (bits[at.number]) return false;
    bits[at.number] = true;
    ++counts_[at.pack];
    ++count_;
    return true;
}

bool FrameSet::contains(const Location& at) const {
    const auto it = packs_.find(at.pack);
    return it != packs_.end() && at.number < it->second.size() && it->second[at.number];
}

std::uint64_t FrameSet::count_in(PackNumber pack) const {
    const auto it = counts_.find(pack);
    return it == counts_.end() ? 0 : it->second;
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
