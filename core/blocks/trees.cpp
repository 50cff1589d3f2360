#include "core/blocks/trees.hpp"

#include <algorithm>

namespace landfall::blocks {

Result<Trees::Encoded> Trees::load(DomainNumber domain, const BlockId& id) {
    {
        const std::lock_guard lock{mutex_};
        if (const auto it = kept_.find(id); it != kept_.end()) {
            order_.splice(order_.begin(), order_, it->second);
            return it->second->second;
        }
    }
    auto encoded =
        std::make_shared<const std::vector<std::byte>>(TRY(blocks_.get({domain, BlockType::node, id})));
    const std::lock_guard lock{mutex_};
    if (kept_.contains(id)) return Encoded{encoded};
    order_.emplace_front(id, encoded);
    kept_[id] = order_.begin();
    if (kept_.size() > kNodesKept) {
        kept_.erase(order_.back().first);
        order_.pop_back();
    }
    return Encoded{encoded};
}

Result<ImageNode> Trees::load_image(DomainNumber domain, const BlockId& id, unsigned level) {
    if (id.is_zero()) return ImageNode{};
    const Encoded encoded = TRY(load(domain, id));
    auto node = decode_image_node(*encoded, level);
    if (!node.ok()) return std::move(node).error().in("node " + short_text(id));
    return node;
}

Result<StreamNode> Trees::load_stream(DomainNumber domain, const BlockId& id, unsigned level) {
    const Encoded encoded = TRY(load(domain, id));
    auto node = decode_stream_node(*encoded, level);
    if (!node.ok()) return std::move(node).error().in("node " + short_text(id));
    return node;
}

Result<BlockId> Trees::store(std::uint64_t lease, const Domain& domain, const ImageNode& node,
                             unsigned level) {
    if (std::all_of(node.begin(), node.end(), [](const BlockId& id) { return id.is_zero(); }))
        return BlockId{};
    const std::vector<std::byte> bytes = encode(node, level);
    return blocks_.put(lease, domain, BlockType::node, {bytes});
}

Result<BlockId> Trees::store(std::uint64_t lease, const Domain& domain, const StreamNode& node,
                             unsigned level) {
    const std::vector<std::byte> bytes = encode(node, level);
    return blocks_.put(lease, domain, BlockType::node, {bytes});
}

Result<StreamChild> StreamTree::close(const StreamNode& node) {
    StreamChild made;
    for (const StreamChild& child : node) {
        made.length += child.length;
        made.level = std::max(made.level, child.level);
    }
    ++made.level;
    if (made.level > kLevelMax)
        return Error{Errc::invalid, "a stream composed of composed streams too many times"};
    made.id = TRY(trees_.store(lease_, domain_, node, made.level));
    return made;
}

Status StreamTree::add_at(std::size_t row, const StreamChild& child) {
    if (row == 0) length_ += child.length;
    if (rows_.size() <= row) rows_.emplace_back();
    rows_[row].push_back(child);
    if (rows_[row].size() < kFanOut) return {};
    const StreamNode full = std::exchange(rows_[row], {});
    return add_at(row + 1, TRY(close(full)));
}

Result<TreeRoot> StreamTree::finish() {
    TreeRoot root{
        .domain = domain_.number, .kind = TreeKind::stream, .level = 0, .id = {}, .length = Bytes{length_}};
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        const bool top = std::all_of(rows_.begin() + static_cast<std::ptrdiff_t>(row) + 1, rows_.end(),
                                     [](const StreamNode& node) { return node.empty(); });
        if (rows_[row].empty()) continue;
        const StreamChild last = rows_[row].size() == 1 ? rows_[row].front() : TRY(close(rows_[row]));
        rows_[row].clear();
        if (top) {
            root.level = last.level;
            root.id = last.id;
            break;
        }
        TRY(add_at(row + 1, last));
    }
    return root;
}

}  // namespace landfall::blocks
