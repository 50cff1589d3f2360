// DedupWindow: which fifo messages were sent in the last five minutes.
//
// A row is kept under the hash of its dedup id; it has its group's too, so that either scope can be asked for
// and a change of the scope acts on later sends only. Expired rows leave from the front: all live equally
// long. Threads: the broker's owner only.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/units.hpp"
#include "engines/messages/queue_machine.hpp"

namespace landfall::messages {

class DedupWindow {
public:
    [[nodiscard]] const DedupRow* find(std::uint64_t dedup, std::uint64_t group, DedupScope scope) const {
        const auto [from, to] = rows_.equal_range(dedup);
        for (auto it = from; it != to; ++it)
            if (scope == DedupScope::queue || it->second.group == group) return &it->second;
        return nullptr;
    }
    void add(const DedupRow& row) {
        rows_.emplace(row.dedup, row);
        order_.push_back({row.until, row.dedup, row.sequence});
    }
    void expire(Millis now) {
        while (!order_.empty() && order_.front().until <= now) {
            const auto [from, to] = rows_.equal_range(order_.front().dedup);
            for (auto it = from; it != to; ++it)
                if (it->second.sequence == order_.front().sequence) {
                    rows_.erase(it);
                    break;
                }
            order_.pop_front();
        }
    }
    void clear() { rows_.clear(), order_.clear(); }
    /// When the oldest row ends.
    [[nodiscard]] std::optional<Millis> next() const {
        return order_.empty() ? std::nullopt : std::optional{order_.front().until};
    }
    [[nodiscard]] Bytes memory() const { return Bytes{order_.size() * 152}; }
    /// In the order of sending.
    [[nodiscard]] std::vector<DedupRow> rows() const {
        std::vector<DedupRow> out;
        out.reserve(order_.size());
        for (const Key& key : order_) {
            const auto [from, to] = rows_.equal_range(key.dedup);
            for (auto it = from; it != to; ++it)
                if (it->second.sequence == key.sequence) out.push_back(it->second);
        }
        return out;
    }

private:
    struct Key {
        Millis until;
        std::uint64_t dedup;
        Sequence sequence;
    };
    std::unordered_multimap<std::uint64_t, DedupRow> rows_;
    std::deque<Key> order_;
};

}  // namespace landfall::messages
