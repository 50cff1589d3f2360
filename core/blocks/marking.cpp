#include "core/blocks/marking.hpp"

#include <algorithm>
#include <utility>

namespace landfall::blocks {

namespace {
constexpr std::uint64_t kPollEvery = 64;
}  // namespace

Status Marking::begin(const std::vector<PackNumber>& condemned) {
    generation_ = TRY(blocks_.next_generation());
    const auto pack = blocks_.index().scan(Family::pack, "");
    for (; pack->valid(); pack->next()) {
        const auto number = parse_pack_key(pack->key());
        const auto record = decode_pack_record(pack->value());
        if (number && record && record->state == PackState::sealed) sealed_[*number] = 0;
    }
    TRY(pack->status());
    for (const PackNumber number : condemned) sealed_.erase(number);
    const auto at = blocks_.index().scan(Family::meta, kDisturbed);
    for (; at->valid() && at->key().starts_with(kDisturbed); at->next()) {
        const auto number = parse_disturbed(at->key());
        const auto found = number ? sealed_.find(*number) : sealed_.end();
        // A note that does not parse speaks against its pack for good.
        if (found != sealed_.end()) found->second = parse_generation(at->value()).value_or(~std::uint64_t{0});
    }
    return at->status();
}

Status Marking::mark(const TreeRoot& root) {
    if (root.id.is_zero()) return {};
    if (root.level > 0) return mark_node({root.domain, root.kind, root.id, root.level}, nullptr);
    single_.push_back(root.id);
    return single_.size() < kBatch ? Status{} : mark_contents(std::exchange(single_, {}), nullptr);
}

Status Marking::finish() {
    TRY(mark_contents(std::exchange(single_, {}), nullptr));
    return write_memos();
}

Status Marking::mark_node(const Branch& node, Subtree* parent) {
    const bool met = slot(node.id) == node.id;
    if (met && parent == nullptr) return {};
    if (node.level <= kMemoLevelMax) {
        if (const auto memo = TRY(memo_of(node.id))) {
            ++memos_used_;
            for (const FrameRange& range : memo->frames) live_.add(range.pack, range.first, range.count);
            if (parent != nullptr)
                parent->frames.insert(parent->frames.end(), memo->frames.begin(), memo->frames.end());
            slot(node.id) = node.id;
            return {};
        }
    }
    if (met) {
        parent->known = false;
        return {};
    }
    TRY(walk_node(node, parent));
    slot(node.id) = node.id;
    return {};
}

Status Marking::walk_node(const Branch& node, Subtree* parent) {
    if (node.level > kMemoLevelMax) {
        TRY(mark_children(node, nullptr));
        if (parent != nullptr) parent->known = false;
        return {};
    }
    Subtree mine;
    TRY(mark_children(node, &mine));
    TRY(keep(node.id, mine));
    if (parent != nullptr) join(parent, mine);
    return {};
}

Status Marking::mark_children(const Branch& node, Subtree* mine) {
    // The place is taken before the node is read: what moves meanwhile moves to where a writer has claimed.
    const auto at = TRY(blocks_.locate(std::span{&node.id, 1})).front();
    if (at) note(*at, mine);
    const auto children = load_children(blocks_, {node.domain, node.kind, node.id, node.level});
    if (!children.ok() && !children.is(Errc::corrupt) && !children.is(Errc::not_found))
        return children.error();
    if (!children.ok())
        return Error{Errc::corrupt,
                     "nothing is collected while a tree cannot be read (verify names the refs): " +
                         children.error().message()};
    if (++nodes_read_ % kPollEvery == 0) TRY(go_on_());
    if (!at && mine != nullptr) mine->known = false;
    std::vector<BlockId> contents;
    for (const TreeChild& child : *children)
        if (child.level == 0) contents.push_back(child.id);
    TRY(mark_contents(contents, mine));
    for (const TreeChild& child : *children)
        if (child.level > 0) TRY(mark_node({node.domain, node.kind, child.id, child.level}, mine));
    return {};
}

Status Marking::mark_contents(const std::vector<BlockId>& ids, Subtree* mine) {
    if (ids.empty()) return {};
    const auto places = TRY(blocks_.locate(ids));
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (places[i]) {
            note(*places[i], mine);
            continue;
        }
        if (mine != nullptr) mine->known = false;
        // What is quarantined stays where it is: a person may still want the ciphertext.
        const auto kept = TRY(blocks_.index().get(Family::quarantine, view_of(ids[i])));
        const auto location = kept ? decode_location(*kept) : std::nullopt;
        if (location) live_.add(*location);
    }
    return {};
}

void Marking::note(const Location& at, Subtree* mine) {
    live_.add(at);
    if (mine == nullptr) return;
    mine->known = mine->known && sealed_.contains(at.pack);
    if (mine->known) mine->frames.push_back({at.pack, at.number, 1});
}

void Marking::join(Subtree* parent, const Subtree& child) {
    parent->known = parent->known && child.known;
    if (parent->known) parent->frames.insert(parent->frames.end(), child.frames.begin(), child.frames.end());
}

bool Marking::counts(const Memo& memo) const {
    return std::all_of(memo.frames.begin(), memo.frames.end(), [&](const FrameRange& range) {
        const auto found = sealed_.find(range.pack);
        return found != sealed_.end() && found->second < memo.generation;
    });
}

Result<std::optional<Memo>> Marking::memo_of(const BlockId& id) {
    if (const auto found = fresh_.find(id); found != fresh_.end()) return std::optional{found->second};
    const auto text = TRY(blocks_.index().get(Family::memo, view_of(id)));
    auto memo = text ? decode_memo(*text) : std::nullopt;
    if (memo && !counts(*memo)) memo.reset();
    return memo;
}

Status Marking::keep(const BlockId& id, Subtree& subtree) {
    if (!subtree.known) return {};
    coalesce(subtree.frames);
    if (subtree.frames.size() > kMemoRangesMax) {
        subtree = {.frames = {}, .known = false};
        return {};
    }
    fresh_.emplace(id, Memo{.generation = generation_, .frames = subtree.frames});
    return fresh_.size() < kBatch ? Status{} : write_memos();
}

Status Marking::write_memos() {
    IndexBatch batch;
    batch.reserve(fresh_.size());
    for (const auto& [id, memo] : fresh_)
        batch.push_back({Family::memo, std::string{view_of(id)}, encode(memo)});
    fresh_.clear();
    return batch.empty() ? Status{} : blocks_.index().write(batch, Durability::lazy);
}

Status Marking::disturb(const std::vector<PackNumber>& packs) {
    IndexBatch batch;
    batch.reserve(packs.size());
    for (const PackNumber pack : packs) batch.push_back(disturbance(pack, generation_));
    return batch.empty() ? Status{} : blocks_.index().write(batch, Durability::lazy);
}

}  // namespace landfall::blocks
