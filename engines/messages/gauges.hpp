// Gauges: the counts of queues that any thread may read while the owner works.
//
// Written by the owner at the end of each pass, before the pass's answers go out: who has an answer sees its
// effect.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "engines/messages/engine_time.hpp"
#include "engines/messages/message.hpp"

namespace landfall::messages {

struct Gauges {
    std::atomic<std::uint64_t> visible = 0;
    std::atomic<std::uint64_t> in_flight = 0;
    std::atomic<std::uint64_t> delayed = 0;
    std::atomic<std::int64_t> oldest_ms = 0;  ///< engine time; 0: there is none
    std::atomic<std::uint64_t> sent = 0;
    std::atomic<std::uint64_t> received = 0;
    std::atomic<std::uint64_t> deleted = 0;
    std::atomic<std::uint64_t> dead_lettered = 0;

    void add(std::atomic<std::uint64_t>& gauge, std::uint64_t n) {
        gauge.store(gauge.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
};

/// Any thread.
class GaugeTable {
public:
    [[nodiscard]] Gauges* make(QueueId queue) {
        const std::lock_guard lock{mutex_};
        auto& gauges = table_[queue.value];
        gauges = std::make_unique<Gauges>();
        return gauges.get();
    }
    void drop(QueueId queue) {
        const std::lock_guard lock{mutex_};
        table_.erase(queue.value);
    }
    [[nodiscard]] std::optional<QueueCounts> read(QueueId queue, Millis now) const {
        const std::lock_guard lock{mutex_};
        const auto it = table_.find(queue.value);
        if (it == table_.end()) return std::nullopt;
        const Gauges& from = *it->second;
        const std::int64_t oldest = from.oldest_ms;
        return QueueCounts{.visible = from.visible,
                           .in_flight = from.in_flight,
                           .delayed = from.delayed,
                           .oldest_age = oldest == 0 ? Duration{} : now - Millis{oldest},
                           .sent = from.sent,
                           .received = from.received,
                           .deleted = from.deleted,
                           .dead_lettered = from.dead_lettered};
    }

private:
    mutable std::mutex mutex_;
    std::map<std::uint64_t, std::unique_ptr<Gauges>> table_;
};

}  // namespace landfall::messages
