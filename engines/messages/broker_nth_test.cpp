// The power fails, or a call fails, at the n-th disk call of a script: for every n.
//
// After each, read back by scan: N1 every acknowledged message that nobody tried to remove is there exactly
// once; N2 no message whose removal was acknowledged is; N3 what is in doubt is there once or not at all;
// N4 a message to several queues is in all or in none; N5 fifo messages stand in the order of sending.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "engines/messages/broker_testing.hpp"

namespace landfall::messages {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr QueueId kPlain{1};
constexpr QueueId kFifo{2};
constexpr QueueId kDead{3};
constexpr QueueId kPurged{4};
constexpr QueueId kGone{5};

enum class Fate { none, doubtful, done };

struct Known {
    Fate sent = Fate::none;
    Fate removed = Fate::none;
    std::set<std::uint64_t> queues;  ///< where it may be
    bool fan_out = false;            ///< in all of `queues`; else in one of them
};

class Script {
public:
    explicit Script(BrokerWorld& world) : world_{world} {
        QueueSettings plain;
        plain.dead_letters = DeadLetters{kDead, 1};
        world.add(kPlain, plain);
        world.add(kFifo, {.order = Order::fifo});
        for (const QueueId id : {kDead, kPurged, kGone}) world.add(id);
    }

    void run() {
        if (!world_.open().ok()) return;
        for (int i = 0; i < 6; ++i) send(kPlain, "plain " + std::to_string(i));
        for (int i = 0; i < 6; ++i) send_fifo("fifo " + std::to_string(i));
        fan_out("both");
        for (int i = 0; i < 3; ++i) send(kPurged, "purged " + std::to_string(i));
        send(kGone, "gone");
        remove(kPlain, 2);
        remove(kFifo, 2);
        for (int i = 0; i < 30; ++i) send(kDead, "bulk " + std::to_string(i) + std::string(3500, 'b'));
        remove(kDead, 20);
        end_queue(kPurged, world_.purge(kPurged));
        end_queue(kGone, world_.forget(kGone));
        world_.advance(seconds{31});
        // A second receive of what was received once sends it to the dead letters.
        may_also_be(kPlain, kDead);
        static_cast<void>(world_.take(kPlain));
        world_.advance(seconds{31});
        static_cast<void>(world_.take(kPlain));
        world_.settle();
        may_also_be(kDead, kPlain);
        static_cast<void>(world_.move(kDead, kPlain, 3));
        if (!world_.disk.crashed() && !world_.open().ok()) return;
        send(kPlain, "late");
        send_fifo("fifo late");
        remove(kPlain, 1);
        remove(kFifo, 1);
        world_.broker->stop();
    }

    void check() {
        std::map<std::string, std::multiset<std::uint64_t>> found;
        for (const auto& [id, settings] : world_.queues) {
            const auto seen = world_.scan(QueueId{id});
            Sequence before{};
            int last_fifo = -1;
            for (const Seen& one : seen) {
                found[one.body].insert(id);
                EXPECT_LT(before, one.sequence);
                before = one.sequence;
                if (one.body.starts_with("fifo") && known_[one.body].sent == Fate::done) {
                    EXPECT_LT(last_fifo, order_[one.body]);
                    last_fifo = order_[one.body];
                }
            }
        }
        for (const auto& [body, known] : known_) {
            const auto& places = found[body];
            const std::size_t whole = known.fan_out ? known.queues.size() : 1;
            EXPECT_TRUE(places.empty() || places.size() == whole ||
                        (known.fan_out && known.removed != Fate::none))
                << body << " is there " << places.size() << " times";
            for (const std::uint64_t place : places) EXPECT_TRUE(known.queues.contains(place)) << body;
            if (known.sent == Fate::done && known.removed == Fate::none) {
                EXPECT_EQ(places.size(), whole) << body << " was lost";
            }
            if (known.removed == Fate::done) {
                EXPECT_LT(places.size(), whole) << body << " came back";
            }
        }
        for (const auto& [body, places] : found) {
            EXPECT_TRUE(known_.contains(body) || places.empty()) << body << " was never sent";
        }
    }

private:
    void settle_send(const std::string& body, bool good) {
        known_[body].sent = good ? Fate::done : Fate::doubtful;
    }
    void send(QueueId queue, const std::string& body) {
        known_[body].queues = {queue.value};
        settle_send(body, world_.send(queue, body).ok());
    }
    void send_fifo(const std::string& body) {
        known_[body].queues = {kFifo.value};
        order_[body] = static_cast<int>(order_.size());
        settle_send(body, world_.send_fifo(kFifo, "g", body).ok());
    }
    void fan_out(const std::string& body) {
        Send one = world_.draft(kDead, body);
        one.targets.push_back({kPurged, "wrapped"});
        one.targets.push_back({kGone, {}});
        known_[body] = {.queues = {kDead.value, kPurged.value, kGone.value}, .fan_out = true};
        settle_send(body, world_.send(std::move(one)).ok());
    }
    void remove(QueueId queue, std::size_t count) {
        for (std::size_t i = 0; i < count;) {
            const auto got = world_.take(queue, 1);
            if (got.empty()) return;
            Known& known = known_[got[0].body];
            if (known.removed != Fate::done) known.removed = Fate::doubtful;
            const auto faults = world_.remove(std::vector<Receipt>{got[0].receipt});
            if (faults.ok() && faults->front() == ReceiptFault::none) known.removed = Fate::done;
            ++i;
        }
    }
    void end_queue(QueueId queue, const Status& status) {
        for (auto& [body, known] : known_) {
            if (!known.queues.contains(queue.value)) continue;
            if (known.removed != Fate::done) known.removed = status.ok() ? Fate::done : Fate::doubtful;
        }
        world_.queues[queue.value] = {};
    }
    void may_also_be(QueueId where, QueueId also) {
        for (auto& [body, known] : known_)
            if (!known.fan_out && known.queues.contains(where.value)) known.queues.insert(also.value);
        // A fan-out's copy moves as well.
        for (auto& [body, known] : known_)
            if (known.fan_out && known.queues.contains(where.value)) {
                known.queues.insert(also.value);
                known.removed = known.removed == Fate::none ? Fate::doubtful : known.removed;
            }
    }

    BrokerWorld& world_;
    std::map<std::string, Known> known_;
    std::map<std::string, int> order_;
};

BrokerOptions tiny_broker() {
    BrokerOptions options = small_broker();
    options.segment_size = 32_KiB;
    options.checkpoint_every = 48_KiB;
    return options;
}

enum class Fault { crash, fail };

/// False when the script ended before its n-th call.
bool run_once(std::uint64_t n, Fault fault, FakeDisk::Cut cut) {
    BrokerWorld world{n, tiny_broker()};
    Script script{world};
    if (fault == Fault::crash)
        world.disk.crash_at(n);
    else
        world.disk.fail_at(n);
    script.run();
    const bool reached = world.disk.calls() >= n;
    world.broker = nullptr;
    world.disk.power_cut(cut);
    const Status opened = world.open();
    EXPECT_TRUE(opened.ok()) << "n = " << n << ": " << opened.error().message();
    if (!opened.ok()) return false;
    script.check();
    EXPECT_EQ(world.broker->log_counts().damaged, 0U);
    // And once more, after what recovery itself wrote.
    world.power_cut(cut);
    EXPECT_TRUE(world.open().ok());
    script.check();
    return reached;
}

void run_all(Fault fault, FakeDisk::Cut cut) {
    for (std::uint64_t n = 1; run_once(n, fault, cut); ++n) {
        if (testing::Test::HasFailure()) {
            ADD_FAILURE() << "at call " << n;
            return;
        }
    }
}

TEST(BrokerNth, survives_a_power_cut_that_loses_all_that_was_not_synced) {
    run_all(Fault::crash, FakeDisk::Cut::lose_all);
}
TEST(BrokerNth, survives_a_power_cut_that_loses_some_of_it) {
    run_all(Fault::crash, FakeDisk::Cut::arbitrary);
}
TEST(BrokerNth, survives_the_end_of_the_process) { run_all(Fault::crash, FakeDisk::Cut::keep_all); }
TEST(BrokerNth, survives_a_call_that_fails) { run_all(Fault::fail, FakeDisk::Cut::arbitrary); }

}  // namespace
}  // namespace landfall::messages
