// Both queues against models that do everything by looking at every message.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.hpp"
#include "engines/messages/queue_machine.hpp"

namespace landfall::messages {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class NoIndex final : public EntrySource {
public:
    Result<Entry> entry(const SegmentName&, std::uint64_t, std::size_t) override {
        return Error{Errc::corrupt, "there is no index"};
    }
};

struct Message {
    std::uint64_t group = 0;
    std::int64_t stored = 0;
    std::int64_t visible_at = 0;  ///< end of its delay
    std::int64_t until = 0;       ///< in flight before that time
    std::uint32_t receives = 0;
};

/// A machine and what is true of it.
class Pair {
public:
    Pair(Order order, std::uint64_t seed)
        : random{seed},
          order_{order},
          wheel_{Millis{now}},
          segment_{.name = std::make_shared<SegmentName>()} {
        settings_.order = order;
        settings_.visibility = seconds{30};
        settings_.retention = std::chrono::hours{300};
        const auto make = order == Order::fifo ? make_fifo_queue : make_standard_queue;
        machine = make({wheel_, QueueId{1}}, settings_, QueueImage{source_}, Millis{now});
    }

    void add() {
        const Sequence sequence = machine->next_sequence();
        Message message{.group = order_ == Order::fifo || random.below(2) == 0 ? 1 + random.below(4) : 0,
                        .stored = now,
                        .visible_at = now};
        if (order_ == Order::standard && random.below(4) == 0) message.visible_at += 1 + ms_below(60'000);
        machine->add(segment_,
                     {.sequence = sequence, .group = message.group, .stored = Millis{now}, .length = 8},
                     Millis{message.visible_at});
        uncommitted_[sequence.value] = message;
        last_ = sequence;
        if (random.below(3) != 0) commit();
    }
    void commit() {
        machine->commit(last_, Millis{now});
        model.merge(uncommitted_);
        uncommitted_.clear();
    }
    void advance() {
        now += ms_below(random.below(2) == 0 ? 100 : 40'000);
        std::vector<Alarm> due;
        wheel_.advance(Millis{now}, due);
        std::vector<Leased> ended;
        for (const Alarm& alarm : due) machine->fire(alarm, Millis{now}, ended);
    }
    void take() {
        const auto max = static_cast<std::uint32_t>(1 + random.below(10));
        const Duration visibility = milliseconds{random.below(8) == 0 ? 0 : 1 + ms_below(40'000)};
        const std::size_t expected = order_ == Order::fifo ? fifo_available(max) : visible();
        const auto got = machine->take(Millis{now}, {.max = max, .visibility = visibility});
        ASSERT_EQ(got.taken.size(), std::min<std::size_t>(max, expected));
        std::set<std::uint64_t> distinct;
        for (const auto& one : got.taken) {
            const std::uint64_t sequence = one.entry.sequence.value;
            ASSERT_TRUE(model.contains(sequence));
            Message& message = model[sequence];
            ASSERT_TRUE(distinct.insert(sequence).second);
            ASSERT_TRUE(message.until <= now && message.visible_at <= now);
            if (order_ == Order::fifo) check_order(sequence, message.group, distinct);
            ASSERT_EQ(one.lease.receives, ++message.receives);
        }
        for (const std::uint64_t sequence : distinct) {
            model[sequence].until = now + std::chrono::duration_cast<milliseconds>(visibility).count();
            receipts_.push_back({sequence, model[sequence].receives});
        }
    }
    void remove() {
        if (receipts_.empty()) return;
        const auto [sequence, receives] = receipts_[random.below(receipts_.size())];
        const auto it = model.find(sequence);
        const bool current = it != model.end() && it->second.receives == receives && it->second.until > now;
        const ReceiptFault fault = machine->may_remove(Sequence{sequence}, receives);
        const bool allowed = order_ == Order::standard || it == model.end() || current;
        ASSERT_EQ(fault, allowed ? ReceiptFault::none : ReceiptFault::expired);
        if (fault != ReceiptFault::none) return;
        ASSERT_EQ(machine->remove(Sequence{sequence}), it != model.end());
        if (it != model.end()) model.erase(it);
    }
    void change() {
        if (receipts_.empty()) return;
        const auto [sequence, receives] = receipts_[random.below(receipts_.size())];
        const auto it = model.find(sequence);
        const bool current = it != model.end() && it->second.receives == receives && it->second.until > now;
        const std::int64_t ms = random.below(3) == 0 ? 0 : ms_below(40'000);
        const auto changed =
            machine->change_visibility(Sequence{sequence}, receives, milliseconds{ms}, Millis{now});
        ASSERT_EQ(changed.fault == ReceiptFault::none, current);
        if (current) it->second.until = now + ms;
    }
    void check() {
        if (!uncommitted_.empty()) return;
        const auto counts = machine->counts();
        std::uint64_t in_flight = 0;
        std::uint64_t delayed = 0;
        for (const auto& [sequence, message] : model) {
            in_flight += message.until > now ? 1 : 0;
            delayed += message.visible_at > now ? 1 : 0;
        }
        ASSERT_EQ(counts.in_flight, in_flight);
        ASSERT_EQ(counts.delayed, delayed);
        ASSERT_EQ(counts.visible, model.size() - in_flight - delayed);
    }

    SeededRandom random;
    std::int64_t now = 1'700'000'000'000;
    std::map<std::uint64_t, Message> model;

private:
    std::int64_t ms_below(std::uint64_t bound) { return static_cast<std::int64_t>(random.below(bound)); }
    [[nodiscard]] std::size_t visible() const {
        return static_cast<std::size_t>(std::count_if(model.begin(), model.end(), [&](const auto& row) {
            return row.second.until <= now && row.second.visible_at <= now;
        }));
    }
    /// Of each group the messages before the first that is in flight.
    [[nodiscard]] std::size_t fifo_available(std::size_t max) const {
        std::set<std::uint64_t> closed;
        std::size_t count = 0;
        for (const auto& [sequence, message] : model) {
            if (message.until > now) closed.insert(message.group);
            if (!closed.contains(message.group)) ++count;
        }
        return std::min(count, max);
    }
    /// All earlier ones of the group are taken by this same receive.
    void check_order(std::uint64_t sequence, std::uint64_t group, const std::set<std::uint64_t>& taken) {
        for (const auto& [earlier, message] : model) {
            if (earlier >= sequence) break;
            if (message.group == group) {
                ASSERT_TRUE(taken.contains(earlier)) << earlier << " before " << sequence;
            }
        }
    }

    const Order order_;
    QueueSettings settings_;
    NoIndex source_;
    Wheel wheel_;
    Segment segment_;
    Sequence last_;
    std::map<std::uint64_t, Message> uncommitted_;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> receipts_;

public:
    // Last: it goes before what it uses.
    std::unique_ptr<QueueMachine> machine;
};

void run(Order order) {
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        Pair pair{order, seed};
        for (int step = 0; step < 300 && !testing::Test::HasFailure(); ++step) {
            switch (pair.random.below(6)) {
                case 0:
                case 1: pair.add(); break;
                case 2: pair.take(); break;
                case 3: pair.remove(); break;
                case 4: pair.change(); break;
                default: pair.advance(); break;
            }
            pair.check();
        }
        if (testing::Test::HasFailure()) {
            ADD_FAILURE() << "seed " << seed;
            return;
        }
    }
}

TEST(QueueProperty, a_standard_queue_gives_every_visible_message_and_no_other) { run(Order::standard); }
TEST(QueueProperty, a_fifo_queue_gives_what_stands_before_the_first_in_flight_and_nothing_behind_it) {
    run(Order::fifo);
}

}  // namespace
}  // namespace landfall::messages
