// The fifo queue through the broker.
#include <gtest/gtest.h>

#include "engines/messages/broker_testing.hpp"

namespace landfall::messages {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

constexpr QueueId kQueue{7};
constexpr QueueId kOther{8};

QueueSettings fifo() { return {.order = Order::fifo}; }

class FifoQueues : public testing::Test {
protected:
    void SetUp() override {
        world.add(kQueue, fifo());
        world.add(kOther, fifo());
        ASSERT_TRUE(world.open().ok());
    }
    void reopen() {
        world.power_cut(FakeDisk::Cut::lose_all);
        ASSERT_TRUE(world.open().ok());
    }
    void send(const std::string& group, const std::string& body) {
        ASSERT_TRUE(world.send_fifo(kQueue, group, body).ok());
    }
    BrokerWorld world;
};

TEST_F(FifoQueues, a_group_comes_in_order_and_is_locked_while_its_first_is_in_flight) {
    for (const char* body : {"a1", "a2", "a3"}) send("a", body);
    send("b", "b1");
    const auto first = world.take(kQueue, 2);
    EXPECT_EQ(BrokerWorld::bodies_of(first), (Texts{"a1", "a2"}));
    EXPECT_EQ(world.bodies(kQueue), Texts{"b1"});
    EXPECT_EQ(world.remove(first[0]), ReceiptFault::none);
    EXPECT_TRUE(world.take(kQueue).empty());
    EXPECT_EQ(world.remove(first[1]), ReceiptFault::none);
    EXPECT_EQ(world.bodies(kQueue), Texts{"a3"});
}

TEST_F(FifoQueues, one_receive_takes_from_one_group_first_then_from_others) {
    for (const char* body : {"a1", "a2"}) send("a", body);
    for (const char* body : {"b1", "b2"}) send("b", body);
    EXPECT_EQ(world.bodies(kQueue, 3), (Texts{"a1", "a2", "b1"}));
}

TEST_F(FifoQueues, what_stands_behind_a_message_in_flight_waits_also_when_the_first_timed_out) {
    for (const char* body : {"1", "2", "3", "4"}) send("g", body);
    const auto got = world.take(kQueue, 3);
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(world.remove(got[1]), ReceiptFault::none);
    EXPECT_EQ(world.change(got[0], Duration{0}), ReceiptFault::none);
    const auto again = world.take(kQueue);
    EXPECT_EQ(BrokerWorld::bodies_of(again), Texts{"1"});
    EXPECT_EQ(again[0].receive_count, 2U);
    EXPECT_EQ(world.remove(again[0]), ReceiptFault::none);
    EXPECT_TRUE(world.take(kQueue).empty());
    world.advance(seconds{30});
    EXPECT_EQ(world.bodies(kQueue), (Texts{"3", "4"}));
}

TEST_F(FifoQueues, an_expired_receipt_neither_deletes_nor_changes) {
    send("g", "a");
    const auto got = world.take(kQueue);
    world.advance(seconds{31});
    EXPECT_EQ(world.remove(got[0]), ReceiptFault::expired);
    EXPECT_EQ(world.change(got[0], seconds{5}), ReceiptFault::expired);
    const auto again = world.take(kQueue);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(world.remove(got[0]), ReceiptFault::expired);
    EXPECT_EQ(world.change(again[0], seconds{60}), ReceiptFault::none);
    world.advance(seconds{59});
    EXPECT_EQ(world.remove(again[0]), ReceiptFault::none);
    EXPECT_EQ(world.remove(again[0]), ReceiptFault::none);
}

TEST_F(FifoQueues, a_delayed_message_does_not_block_its_group) {
    QueueSettings late = fifo();
    late.delay = seconds{10};
    world.configure(kQueue, late);
    send("g", "A");
    EXPECT_TRUE(world.take(kQueue).empty());
    EXPECT_EQ(world.counts(kQueue).delayed, 1U);
    world.advance(seconds{10});
    send("g", "B");
    EXPECT_EQ(world.bodies(kQueue), Texts{"A"});
    world.advance(seconds{30});
    EXPECT_EQ(world.bodies(kQueue), (Texts{"A", "B"}));
    EXPECT_EQ(world.counts(kQueue).delayed, 0U);
}

TEST_F(FifoQueues, a_duplicate_within_five_minutes_is_the_first_message_also_after_its_delete_and_a_restart) {
    const Sent first = world.send_fifo(kQueue, "g", "a", "same").value();
    EXPECT_EQ(first.outcome, Sent::Outcome::stored);
    const Sent second = world.send_fifo(kQueue, "other", "b", "same").value();
    EXPECT_EQ(second.outcome, Sent::Outcome::duplicate);
    EXPECT_EQ(second.id, first.id);
    EXPECT_EQ(second.sequence, first.sequence);
    const auto got = world.take(kQueue);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(world.remove(got[0]), ReceiptFault::none);
    reopen();
    EXPECT_EQ(world.send_fifo(kQueue, "g", "c", "same").value().outcome, Sent::Outcome::duplicate);
    world.advance(minutes{5});
    EXPECT_EQ(world.send_fifo(kQueue, "g", "d", "same").value().outcome, Sent::Outcome::stored);
}

TEST_F(FifoQueues, purge_clears_the_window_and_a_change_of_scope_acts_on_later_sends) {
    ASSERT_TRUE(world.send_fifo(kQueue, "g", "a", "same").ok());
    ASSERT_TRUE(world.purge(kQueue).ok());
    EXPECT_EQ(world.send_fifo(kQueue, "g", "b", "same").value().outcome, Sent::Outcome::stored);
    QueueSettings by_group = fifo();
    by_group.dedup_scope = DedupScope::group;
    world.configure(kQueue, by_group);
    EXPECT_EQ(world.send_fifo(kQueue, "g", "c", "same").value().outcome, Sent::Outcome::duplicate);
    EXPECT_EQ(world.send_fifo(kQueue, "h", "d", "same").value().outcome, Sent::Outcome::stored);
    world.configure(kQueue, fifo());
    EXPECT_EQ(world.send_fifo(kQueue, "i", "e", "same").value().outcome, Sent::Outcome::duplicate);
}

TEST_F(FifoQueues, leases_lock_their_groups_across_a_crash_and_receipts_stay_good) {
    for (const char* body : {"1", "2"}) send("g", body);
    const auto got = world.take(kQueue, 1);
    ASSERT_EQ(got.size(), 1U);
    reopen();
    EXPECT_TRUE(world.take(kQueue).empty());
    EXPECT_EQ(world.counts(kQueue).in_flight, 1U);
    EXPECT_EQ(world.change(got[0], seconds{100}), ReceiptFault::none);
    reopen();
    world.advance(seconds{99});
    EXPECT_TRUE(world.take(kQueue).empty());
    EXPECT_EQ(world.remove(got[0]), ReceiptFault::none);
    EXPECT_EQ(world.bodies(kQueue), Texts{"2"});
}

TEST_F(FifoQueues, the_same_attempt_answers_the_same_messages) {
    for (const char* body : {"1", "2"}) send("g", body);
    const auto first = world.receive({.queue = kQueue, .max = 1, .attempt_id = "try"}).value();
    reopen();
    const auto again = world.receive({.queue = kQueue, .max = 1, .attempt_id = "try"}).value();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].receipt, first[0].receipt);
    EXPECT_TRUE(world.receive({.queue = kQueue, .max = 1, .attempt_id = "other"}).value().empty());
    EXPECT_EQ(world.remove(first[0]), ReceiptFault::none);
    EXPECT_EQ(BrokerWorld::bodies_of(world.receive({.queue = kQueue, .attempt_id = "try"}).value()),
              Texts{"2"});
}

TEST_F(FifoQueues, the_in_flight_limit_is_silent) {
    QueueSettings settings = fifo();
    settings.in_flight_limit = 1;
    world.configure(kQueue, settings);
    send("a", "1");
    send("b", "2");
    const auto got = world.take(kQueue);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_TRUE(world.receive({.queue = kQueue}).value().empty());
    EXPECT_EQ(world.remove(got[0]), ReceiptFault::none);
    EXPECT_EQ(world.bodies(kQueue), Texts{"2"});
}

TEST_F(FifoQueues, dead_letters_keep_their_group_in_order) {
    QueueSettings settings = fifo();
    settings.dead_letters = DeadLetters{kOther, 1};
    world.configure(kQueue, settings);
    for (const char* body : {"1", "2"}) send("g", body);
    ASSERT_EQ(world.take(kQueue, 1).size(), 1U);
    world.advance(seconds{30});
    Answer<Result<std::vector<Received>>> waiting;
    world.broker->receive({.queue = kQueue, .max = 1, .wait = seconds{20}}, waiting.done());
    EXPECT_EQ(BrokerWorld::bodies_of(waiting.get().value()), Texts{"2"});
    const auto dead = world.take(kOther);
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_EQ(dead[0].body, "1");
    EXPECT_EQ(dead[0].group, "g");
    EXPECT_EQ(dead[0].dead_letter_source, kQueue);
}

TEST_F(FifoQueues, the_origin_decides_and_numbers_for_all_targets) {
    const auto publish = [&](const std::string& dedup) {
        Send one = world.draft(kQueue, "news");
        one.message.group = "g";
        one.message.dedup_id = dedup;
        one.origin = QueueId{9};
        return world.send(std::move(one));
    };
    world.add(QueueId{9}, fifo());
    EXPECT_EQ(publish("x").value().sequence, Sequence{1});
    EXPECT_EQ(publish("x").value().outcome, Sent::Outcome::duplicate);
    reopen();
    EXPECT_EQ(publish("x").value().outcome, Sent::Outcome::duplicate);
    EXPECT_EQ(publish("y").value().sequence, Sequence{2});
    EXPECT_EQ(world.bodies(kQueue), (Texts{"news", "news"}));
    EXPECT_TRUE(world.take(QueueId{9}).empty());
}

TEST_F(FifoQueues, a_message_without_group_or_dedup_id_is_refused) {
    EXPECT_TRUE(world.send(kQueue, "a").is(Errc::invalid));
}

TEST_F(FifoQueues, a_move_keeps_the_order) {
    for (const char* body : {"1", "2", "3"}) send("g", body);
    EXPECT_EQ(world.move(kQueue, kOther, 2).value(), 2U);
    EXPECT_EQ(world.bodies(kOther), (Texts{"1", "2"}));
    EXPECT_EQ(world.bodies(kQueue), Texts{"3"});
}

}  // namespace
}  // namespace landfall::messages
