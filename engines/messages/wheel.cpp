#include "engines/messages/wheel.hpp"

#include <algorithm>

#include "base/result.hpp"

namespace landfall::messages {

Wheel::Wheel(Millis start) : tick_{start.value / kTickMs} {
    for (Level& level : levels_) level.heads.fill(kNone);
}

TimerId Wheel::add(Millis due, Alarm alarm) {
    std::uint32_t index = 0;
    if (free_.empty()) {
        index = static_cast<std::uint32_t>(nodes_.size());
        nodes_.emplace_back();
    } else {
        index = free_.back();
        free_.pop_back();
    }
    Node& node = nodes_[index];
    node.due = due;
    node.alarm = alarm;
    node.added = ++added_;
    node.used = true;
    place(index);
    ++size_;
    return TimerId{index, node.generation};
}

void Wheel::cancel(TimerId id) {
    if (id.index >= nodes_.size()) return;
    const Node& node = nodes_[id.index];
    if (!node.used || node.generation != id.generation) return;
    unlink(id.index);
    release(id.index);
}

std::optional<Millis> Wheel::due(TimerId id) const {
    if (id.index >= nodes_.size()) return std::nullopt;
    const Node& node = nodes_[id.index];
    if (!node.used || node.generation != id.generation) return std::nullopt;
    return node.due;
}

void Wheel::place(std::uint32_t index) {
    Node& node = nodes_[index];
    const std::int64_t furthest = tick_ + (std::int64_t{1} << (kSlotBits * kLevels)) - 1;
    const std::int64_t tick = std::clamp(node.due.value / kTickMs, tick_, furthest);
    std::size_t level = 0;
    while (level + 1 < kLevels && (tick - tick_) >> (kSlotBits * (level + 1)) != 0) ++level;
    node.level = static_cast<std::uint8_t>(level);
    node.slot = static_cast<std::uint16_t>((tick >> (kSlotBits * level)) & kSlotMask);
    Level& at = levels_[level];
    node.previous = kNone;
    node.next = at.heads[node.slot];
    if (node.next != kNone) nodes_[node.next].previous = index;
    at.heads[node.slot] = index;
    at.filled.set(node.slot);
    ++at.count;
}

void Wheel::unlink(std::uint32_t index) {
    Node& node = nodes_[index];
    Level& at = levels_[node.level];
    if (node.previous != kNone) nodes_[node.previous].next = node.next;
    if (node.next != kNone) nodes_[node.next].previous = node.previous;
    if (at.heads[node.slot] == index) at.heads[node.slot] = node.next;
    if (at.heads[node.slot] == kNone) at.filled.reset(node.slot);
    --at.count;
}

void Wheel::release(std::uint32_t index) {
    nodes_[index].used = false;
    ++nodes_[index].generation;
    free_.push_back(index);
    --size_;
}

void Wheel::drain(std::size_t slot, Millis until, std::vector<Fired>& fired) {
    std::uint32_t index = levels_[0].heads[slot];
    while (index != kNone) {
        const std::uint32_t next = nodes_[index].next;
        if (nodes_[index].due <= until) {
            fired.push_back({nodes_[index].due, nodes_[index].added, nodes_[index].alarm});
            unlink(index);
            release(index);
        }
        index = next;
    }
}

/// Spreads the level's slot of the present tick over the levels below.
void Wheel::take_down(std::size_t level) {
    const auto slot = static_cast<std::size_t>((tick_ >> (kSlotBits * level)) & kSlotMask);
    std::uint32_t index = levels_[level].heads[slot];
    while (index != kNone) {
        const std::uint32_t next = nodes_[index].next;
        unlink(index);
        place(index);
        index = next;
    }
}

void Wheel::step_to(std::int64_t target, std::vector<Fired>& fired) {
    while (tick_ < target) {
        if (levels_[0].count != 0)
            drain(static_cast<std::size_t>(tick_ & kSlotMask), Millis{(tick_ + 1) * kTickMs - 1}, fired);
        // Levels that are empty are stepped over whole.
        std::int64_t stride = 1;
        for (std::size_t level = 0; level + 1 < kLevels && levels_[level].count == 0; ++level)
            stride <<= kSlotBits;
        tick_ = std::min(target, (tick_ / stride + 1) * stride);
        for (std::size_t level = kLevels - 1; level > 0; --level)
            if ((tick_ & ((std::int64_t{1} << (kSlotBits * level)) - 1)) == 0) take_down(level);
    }
}

void Wheel::advance(Millis now, std::vector<Alarm>& out) {
    if (size_ == 0) {
        tick_ = std::max(tick_, now.value / kTickMs);
        return;
    }
    std::vector<Fired> fired;
    step_to(now.value / kTickMs, fired);
    drain(static_cast<std::size_t>(tick_ & kSlotMask), now, fired);
    std::sort(fired.begin(), fired.end(), [](const Fired& a, const Fired& b) {
        return a.due != b.due ? a.due < b.due : a.added < b.added;
    });
    for (const Fired& one : fired) out.push_back(one.alarm);
}

std::optional<Millis> Wheel::next() const {
    std::optional<Millis> soonest;
    for (std::size_t level = 0; level < kLevels; ++level) {
        const Level& at = levels_[level];
        if (at.count == 0) continue;
        const std::int64_t here = tick_ >> (kSlotBits * level);
        // The present slot of a higher level was taken down already: what is in it lies a whole turn ahead.
        std::int64_t slot = level == 0 ? here : here + 1;
        while (!at.filled.test(static_cast<std::size_t>(slot & kSlotMask))) ++slot;
        const std::int64_t tick = level == 0 ? slot + 1 : slot << (kSlotBits * level);
        const Millis when{tick * kTickMs};
        if (!soonest || when < *soonest) soonest = when;
    }
    return soonest;
}

}  // namespace landfall::messages
