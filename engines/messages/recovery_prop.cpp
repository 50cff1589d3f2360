// A broker that is killed again and again, or loses its power, against a model that knows what must be there.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "engines/messages/broker_testing.hpp"

namespace landfall::messages {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr QueueId kFifo{1};
constexpr QueueId kBeside{2};  // its messages lie among the others, so that segments empty unevenly
constexpr std::uint64_t kGroups = 4;

struct Message {
    std::string group;
    std::string body;
    Instant until;  ///< in flight before that time
    std::uint32_t receives = 0;
};

class Model {
public:
    explicit Model(std::uint64_t seed) : random{seed}, world_{seed} {
        world_.options.segment_size = 64_KiB;
        world_.options.checkpoint_every = 96_KiB;
        world_.add(kFifo, {.order = Order::fifo, .visibility = seconds{1}});
        world_.add(kBeside);
        open();
    }

    void send() {
        const std::string group = "group " + std::to_string(random.below(kGroups));
        const std::string body = std::to_string(++made_) + std::string(random.below(3000), 'x');
        const auto sent = world_.send_fifo(kFifo, group, body);
        ASSERT_TRUE(sent.ok()) << sent.error().message();
        messages_[sent->sequence.value] = {.group = group, .body = body, .until = {}};
    }
    void send_beside() {
        ASSERT_TRUE(world_.send(kBeside, std::string(random.below(9000), 'y')).ok());
    }
    void remove_beside() {
        for (const Received& one : world_.take(kBeside)) ASSERT_EQ(world_.remove(one), ReceiptFault::none);
    }
    void take(std::uint32_t max) {
        const auto got = world_.take(kFifo, max);
        ASSERT_EQ(got.size(), std::min<std::size_t>(max, available()));
        std::set<std::uint64_t> taken;
        for (const Received& one : got) {
            const std::uint64_t sequence = one.receipt.sequence.value;
            ASSERT_TRUE(messages_.contains(sequence)) << one.body << " was removed";
            Message& message = messages_[sequence];
            ASSERT_EQ(one.body, message.body);
            ASSERT_LE(message.until.ns, now().ns);
            taken.insert(sequence);
            for (const auto& [earlier, other] : messages_) {
                if (earlier >= sequence) break;
                ASSERT_TRUE(other.group != message.group || taken.contains(earlier))
                    << sequence << " came before " << earlier;
            }
            ASSERT_EQ(one.receive_count, message.receives + 1);
        }
        for (const Received& one : got) {
            Message& message = messages_[one.receipt.sequence.value];
            ++message.receives;
            message.until = now() + seconds{1};
            leased_.push_back(one);
        }
    }
    void remove() {
        if (leased_.empty()) return;
        const std::size_t at = random.below(leased_.size());
        const Received one = leased_[at];
        leased_.erase(leased_.begin() + static_cast<std::ptrdiff_t>(at));
        const auto it = messages_.find(one.receipt.sequence.value);
        const bool gone = it == messages_.end();
        const bool current = !gone && it->second.until > now() && it->second.receives == one.receive_count;
        ASSERT_EQ(world_.remove(one), gone || current ? ReceiptFault::none : ReceiptFault::expired);
        if (current) messages_.erase(it);
    }
    void remove_many() {
        while (!leased_.empty() && random.below(20) != 0 && !testing::Test::HasFailure()) remove();
    }
    void change() {
        if (leased_.empty()) return;
        const Received& one = leased_[random.below(leased_.size())];
        const auto it = messages_.find(one.receipt.sequence.value);
        if (it == messages_.end()) return;
        const bool current = it->second.until > now() && it->second.receives == one.receive_count;
        const milliseconds visibility{random.below(3) == 0 ? 0 : random.below(4000)};
        ASSERT_EQ(world_.change(one, visibility) == ReceiptFault::none, current);
        if (current) it->second.until = now() + visibility;
    }
    void advance() { world_.advance(milliseconds{random.below(random.below(4) == 0 ? 3000 : 200)}); }
    void stop() {
        constexpr std::array cuts{FakeDisk::Cut::keep_all, FakeDisk::Cut::lose_all, FakeDisk::Cut::arbitrary};
        if (random.below(3) == 0)
            world_.broker->stop();
        else
            world_.power_cut(cuts[random.below(cuts.size())]);
        world_.clock.advance(milliseconds{random.below(1500)});
        open();
    }
    void drain() {
        for (int pass = 0; pass < 1000 && !messages_.empty() && !testing::Test::HasFailure(); ++pass) {
            take(10);
            while (!leased_.empty() && !testing::Test::HasFailure()) remove();
            world_.advance(seconds{1});
        }
        ASSERT_TRUE(messages_.empty());
        ASSERT_EQ(world_.counts(kFifo).visible, 0U);
    }

    SeededRandom random;

private:
    void open() {
        const Status opened = world_.open();
        ASSERT_TRUE(opened.ok()) << opened.error().message();
    }
    [[nodiscard]] Instant now() const { return world_.clock.now(); }
    /// Of each group the messages before the first that is in flight.
    [[nodiscard]] std::size_t available() const {
        std::set<std::string> closed;
        std::size_t count = 0;
        for (const auto& [sequence, message] : messages_) {
            if (message.until > now()) closed.insert(message.group);
            if (!closed.contains(message.group)) ++count;
        }
        return count;
    }

    BrokerWorld world_;
    std::map<std::uint64_t, Message> messages_;
    std::vector<Received> leased_;
    std::uint64_t made_ = 0;
};

TEST(RecoveryProperty, a_fifo_queue_that_is_killed_again_and_again_keeps_its_order_and_its_leases) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Model model{seed};
        for (int step = 0; step < 400 && !testing::Test::HasFailure(); ++step) {
            switch (model.random.below(16)) {
                case 0:
                case 1:
                case 2:
                case 3:
                case 4: model.send(); break;
                case 5:
                case 6: model.take(static_cast<std::uint32_t>(1 + model.random.below(10))); break;
                case 7: model.remove(); break;
                case 8: model.remove_many(); break;
                case 9: model.change(); break;
                case 10: model.send_beside(); break;
                case 11: model.remove_beside(); break;
                case 12: model.random.below(3) == 0 ? model.stop() : model.advance(); break;
                default: model.advance(); break;
            }
        }
        if (!testing::Test::HasFailure()) model.drain();
        if (testing::Test::HasFailure()) {
            ADD_FAILURE() << "seed " << seed;
            return;
        }
    }
}

}  // namespace
}  // namespace landfall::messages
