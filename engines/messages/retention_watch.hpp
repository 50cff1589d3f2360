// RetentionWatch: the one timer of a queue whose messages grow old, set on its oldest message.
//
// Threads: the broker's owner only.
#pragma once

#include <algorithm>
#include <vector>

#include "engines/messages/queue_machine.hpp"

namespace landfall::messages {

class RetentionWatch {
public:
    explicit RetentionWatch(MachineSeams seams) : seams_{seams} {}

    /// Sets the timer anew; not sooner than a second from now, however fast messages grow old.
    void watch(Backlog& backlog, Duration retention, Millis now) {
        cancel();
        const auto oldest = backlog.oldest();
        if (!oldest) return;
        set(std::max(oldest->stored + retention, now + std::chrono::seconds{1}));
    }
    /// A message came; it matters only to an empty queue.
    void message_came(Backlog& backlog, Duration retention, Millis now) {
        if (!watched_) watch(backlog, retention, now);
    }
    /// The messages that are over, oldest first; at most kAtOnce, the rest at the next time.
    [[nodiscard]] std::vector<Sequence> due(Backlog& backlog, Duration retention, Sequence committed,
                                            Millis now) {
        watched_ = false;
        std::vector<Sequence> over;
        Sequence from{0};
        while (over.size() < kAtOnce) {
            const auto entry = backlog.next(from, committed);
            if (!entry || entry->stored + retention > now) break;
            over.push_back(entry->sequence);
            from = Sequence{entry->sequence.value + 1};
        }
        expired_ += over.size();
        return over;
    }
    void cancel() {
        seams_.wheel.cancel(timer_);
        watched_ = false;
    }
    void count(std::uint64_t n) { expired_ += n; }
    [[nodiscard]] std::uint64_t expired() const { return expired_; }

private:
    static constexpr std::size_t kAtOnce = 10'000;
    void set(Millis due) {
        timer_ = seams_.wheel.add(due, {Alarm::Kind::retention, seams_.queue.value, 0});
        watched_ = true;
    }

    MachineSeams seams_;
    TimerId timer_;
    bool watched_ = false;
    std::uint64_t expired_ = 0;
};

}  // namespace landfall::messages
