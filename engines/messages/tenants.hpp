// Tenants: fairness on a standard queue whose messages name a group.
//
// A tenant is noisy while it holds more than a tenth of the messages in flight, and at least 30. Its messages
// are put aside, in order, while others are looked for further on; at most kAsideMax of them. Where only
// noisy tenants have messages, they are taken in order. Threads: the broker's owner only. Messages without a
// group cost nothing here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>

#include "base/units.hpp"
#include "engines/messages/message.hpp"

namespace landfall::messages {

class Tenants {
public:
    static constexpr std::size_t kAsideMax = 10'000;
    static constexpr std::uint64_t kNoisyMin = 30;

    void entered(std::uint64_t group) {
        if (group != 0) ++in_flight_[group];
    }
    void left(std::uint64_t group) {
        if (group == 0) return;
        const auto it = in_flight_.find(group);
        if (it != in_flight_.end() && --it->second == 0) in_flight_.erase(it);
    }
    [[nodiscard]] bool noisy(std::uint64_t group, std::size_t all_in_flight) const {
        if (group == 0) return false;
        const auto it = in_flight_.find(group);
        return it != in_flight_.end() && it->second >= kNoisyMin && it->second * 10 > all_in_flight;
    }
    [[nodiscard]] bool has_room_aside() const { return aside_count_ < kAsideMax; }
    void put_aside(std::uint64_t group, Sequence sequence) {
        aside_[group].push_back(sequence);
        ++aside_count_;
    }
    /// The oldest that was put aside and whose tenant is not noisy any more.
    std::optional<Sequence> pop_quiet(std::size_t all_in_flight) {
        return pop([&](std::uint64_t group) { return !noisy(group, all_in_flight); });
    }
    std::optional<Sequence> pop_any() {
        return pop([](std::uint64_t) { return true; });
    }
    template <class F>
    void each_aside(F f) const {
        for (const auto& [group, sequences] : aside_)
            for (const Sequence sequence : sequences) f(sequence);
    }
    void clear() { in_flight_.clear(), aside_.clear(), aside_count_ = 0; }
    [[nodiscard]] Bytes memory() const { return Bytes{in_flight_.size() * 48 + aside_count_ * 8}; }

private:
    template <class Accept>
    std::optional<Sequence> pop(Accept accept) {
        if (aside_count_ == 0) return std::nullopt;
        auto best = aside_.end();
        for (auto it = aside_.begin(); it != aside_.end(); ++it)
            if (accept(it->first) && (best == aside_.end() || it->second.front() < best->second.front()))
                best = it;
        if (best == aside_.end()) return std::nullopt;
        const Sequence sequence = best->second.front();
        best->second.pop_front();
        --aside_count_;
        if (best->second.empty()) aside_.erase(best);
        return sequence;
    }

    std::unordered_map<std::uint64_t, std::uint64_t> in_flight_;
    // Few: only tenants that hold a tenth of what is in flight come here.
    std::map<std::uint64_t, std::deque<Sequence>> aside_;
    std::size_t aside_count_ = 0;
};

}  // namespace landfall::messages
