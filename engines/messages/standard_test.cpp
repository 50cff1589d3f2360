// The standard queue through the broker: what is promised in broker.hpp.
#include <gtest/gtest.h>

#include "engines/messages/broker_testing.hpp"

namespace landfall::messages {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

constexpr QueueId kQueue{7};
constexpr QueueId kOther{8};

class StandardQueues : public testing::Test {
protected:
    void SetUp() override {
        world.add(kQueue);
        world.add(kOther);
        ASSERT_TRUE(world.open().ok());
    }
    BrokerWorld world;
};

TEST_F(StandardQueues, a_message_is_received_with_all_its_parts) {
    Send one = world.draft(kQueue, "body");
    one.message.headers = "headers";
    one.message.group = "tenant";
    one.targets[0].wrapping = "wrapping";
    const Sent sent = world.send(std::move(one)).value();
    EXPECT_EQ(sent.sequence, Sequence{1});
    const auto got = world.take(kQueue);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].body, "body");
    EXPECT_EQ(got[0].headers, "headers");
    EXPECT_EQ(got[0].wrapping, "wrapping");
    EXPECT_EQ(got[0].group, "tenant");
    EXPECT_EQ(got[0].id, sent.id);
    EXPECT_EQ(got[0].sent, sent.sent);
    EXPECT_EQ(got[0].receive_count, 1U);
    EXPECT_FALSE(got[0].dead_letter_source.has_value());
}

TEST_F(StandardQueues, a_lent_body_is_stored_when_the_send_is_answered) {
    for (const std::string text : {"", "lent", "longer than what a string holds inside"}) {
        std::string lent = text;
        Send one = world.draft(kQueue, {});
        one.message.lent_body = lent;
        ASSERT_TRUE(world.send(std::move(one)).ok());
        lent.assign(lent.size(), '?');
        EXPECT_EQ(world.bodies(kQueue), Texts{text});
    }
}

TEST_F(StandardQueues, a_single_send_to_no_queue_is_refused) {
    EXPECT_TRUE(world.send(QueueId{99}, "a").is(Errc::not_found));
    EXPECT_TRUE(world.send(QueueId{99}, "b").is(Errc::not_found));
}

TEST_F(StandardQueues, a_leased_message_comes_back_when_its_visibility_is_over_and_is_counted) {
    ASSERT_TRUE(world.send(kQueue, "a").ok());
    const auto first = world.take(kQueue);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_TRUE(world.take(kQueue).empty());
    EXPECT_EQ(world.counts(kQueue).in_flight, 1U);
    world.advance(seconds{29});
    EXPECT_TRUE(world.take(kQueue).empty());
    world.advance(seconds{1});
    EXPECT_EQ(world.counts(kQueue).visible, 1U);
    const auto second = world.take(kQueue);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].receive_count, 2U);
    EXPECT_EQ(second[0].first_received, first[0].first_received);
}

TEST_F(StandardQueues, a_late_or_an_old_receipt_still_deletes) {
    ASSERT_TRUE(world.send(kQueue, "late").ok());
    const auto late = world.take(kQueue);
    world.advance(seconds{31});
    EXPECT_EQ(world.remove(late[0]), ReceiptFault::none);
    EXPECT_TRUE(world.take(kQueue).empty());
    ASSERT_TRUE(world.send(kQueue, "old").ok());
    const auto old = world.take(kQueue);
    world.advance(seconds{31});
    ASSERT_EQ(world.take(kQueue).size(), 1U);
    EXPECT_EQ(world.remove(old[0]), ReceiptFault::none);
    EXPECT_EQ(world.remove(old[0]), ReceiptFault::none);
    world.advance(seconds{31});
    EXPECT_TRUE(world.take(kQueue).empty());
    EXPECT_EQ(world.counts(kQueue).in_flight, 0U);
}

TEST_F(StandardQueues, a_receipt_that_was_made_up_or_is_of_another_queue_is_unknown) {
    ASSERT_TRUE(world.send(kQueue, "a").ok());
    ASSERT_TRUE(world.send(kOther, "b").ok());
    Received got = world.take(kQueue).at(0);
    Received forged = got;
    forged.receipt.lease ^= 1ULL << 40;
    EXPECT_EQ(world.remove(forged), ReceiptFault::unknown);
    forged = got;
    forged.receipt.queue = kOther;
    EXPECT_EQ(world.remove(forged), ReceiptFault::unknown);
    EXPECT_EQ(world.change(forged, seconds{5}), ReceiptFault::unknown);
    EXPECT_EQ(world.remove(got), ReceiptFault::none);
    EXPECT_EQ(world.bodies(kOther), Texts{"b"});
}

TEST_F(StandardQueues, a_visibility_change_acts_on_this_receive_only) {
    ASSERT_TRUE(world.send(kQueue, "a").ok());
    const auto first = world.take(kQueue);
    EXPECT_EQ(world.change(first[0], seconds{100}), ReceiptFault::none);
    world.advance(seconds{99});
    EXPECT_TRUE(world.take(kQueue).empty());
    world.advance(seconds{1});
    const auto second = world.take(kQueue);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(world.change(first[0], seconds{1}), ReceiptFault::not_in_flight);
    world.advance(seconds{30});
    const auto third = world.take(kQueue);
    ASSERT_EQ(third.size(), 1U);
    EXPECT_EQ(world.change(third[0], Duration{0}), ReceiptFault::none);
    EXPECT_EQ(world.take(kQueue).size(), 1U);
}

TEST_F(StandardQueues, a_visibility_change_ends_twelve_hours_after_the_receive) {
    ASSERT_TRUE(world.send(kQueue, "a").ok());
    const auto got = world.take(kQueue);
    EXPECT_EQ(world.change(got[0], hours{12}), ReceiptFault::none);
    world.advance(seconds{1});
    EXPECT_EQ(world.change(got[0], hours{12}), ReceiptFault::too_long);
    EXPECT_EQ(world.change(got[0], hours{12} - seconds{1}), ReceiptFault::none);
    EXPECT_EQ(world.remove(got[0]), ReceiptFault::none);
    EXPECT_EQ(world.change(got[0], seconds{1}), ReceiptFault::not_in_flight);
}

TEST_F(StandardQueues, a_message_is_taken_once_by_a_receive_without_visibility) {
    ASSERT_TRUE(world.send(kQueue, "a").ok());
    ASSERT_TRUE(world.send(kQueue, "b").ok());
    const auto got = world.receive({.queue = kQueue, .max = 10, .visibility = Duration{0}}).value();
    EXPECT_EQ(got.size(), 2U);
    EXPECT_EQ(world.take(kQueue).size(), 2U);
}

TEST_F(StandardQueues, delayed_messages_are_invisible_until_their_time) {
    Send late = world.draft(kQueue, "late");
    late.message.delay = seconds{10};
    ASSERT_TRUE(world.send(std::move(late)).ok());
    ASSERT_TRUE(world.send(kQueue, "now").ok());
    EXPECT_EQ(world.counts(kQueue).delayed, 1U);
    EXPECT_EQ(world.bodies(kQueue), Texts{"now"});
    world.advance(seconds{10});
    EXPECT_EQ(world.counts(kQueue).delayed, 0U);
    EXPECT_EQ(world.bodies(kQueue), Texts{"late"});
}

TEST_F(StandardQueues, a_long_poll_is_answered_by_a_send_by_its_time_or_by_its_cancel) {
    Answer<Result<std::vector<Received>>> first;
    Answer<Result<std::vector<Received>>> second;
    Answer<Result<std::vector<Received>>> third;
    world.broker->receive({.queue = kQueue, .max = 10, .wait = seconds{20}}, first.done());
    world.broker->receive({.queue = kQueue, .wait = seconds{20}}, second.done());
    const PollId poll = world.broker->receive({.queue = kQueue, .wait = seconds{20}}, third.done());
    ASSERT_TRUE(world.send(kQueue, "a").ok());
    EXPECT_EQ(BrokerWorld::bodies_of(first.get().value()), Texts{"a"});
    world.broker->cancel(poll);
    EXPECT_TRUE(third.get().is(Errc::cancelled));
    world.advance(seconds{19});
    EXPECT_FALSE(second.ready());
    world.advance(seconds{1});
    EXPECT_TRUE(second.get().value().empty());
    ASSERT_TRUE(world.send(kQueue, "b").ok());
    EXPECT_EQ(world.bodies(kQueue), Texts{"b"});
}

TEST_F(StandardQueues, a_waiting_receive_is_answered_when_a_lease_or_a_delay_ends) {
    ASSERT_TRUE(world.send(kQueue, "a").ok());
    ASSERT_EQ(world.take(kQueue).size(), 1U);
    Answer<Result<std::vector<Received>>> waiting;
    world.broker->receive({.queue = kQueue, .wait = seconds{60}}, waiting.done());
    world.advance(seconds{30});
    EXPECT_EQ(BrokerWorld::bodies_of(waiting.get().value()), Texts{"a"});
}

TEST_F(StandardQueues, the_in_flight_limit_refuses_and_a_delete_makes_room) {
    QueueSettings settings;
    settings.in_flight_limit = 2;
    world.configure(kQueue, settings);
    for (const char* text : {"a", "b", "c"}) ASSERT_TRUE(world.send(kQueue, text).ok());
    const auto got = world.take(kQueue);
    ASSERT_EQ(got.size(), 2U);
    EXPECT_TRUE(world.receive({.queue = kQueue}).is(Errc::exhausted));
    EXPECT_EQ(world.remove(got[0]), ReceiptFault::none);
    EXPECT_EQ(world.take(kQueue).size(), 1U);
}

TEST_F(StandardQueues, purge_takes_messages_in_flight_and_delayed_ones_too) {
    Send late = world.draft(kQueue, "late");
    late.message.delay = seconds{10};
    ASSERT_TRUE(world.send(std::move(late)).ok());
    ASSERT_TRUE(world.send(kQueue, "a").ok());
    ASSERT_TRUE(world.send(kQueue, "b").ok());
    const auto got = world.take(kQueue, 1);
    ASSERT_TRUE(world.purge(kQueue).ok());
    const QueueCounts counts = world.counts(kQueue);
    EXPECT_EQ(counts.visible + counts.in_flight + counts.delayed, 0U);
    world.advance(seconds{100});
    EXPECT_TRUE(world.take(kQueue).empty());
    EXPECT_EQ(world.remove(got[0]), ReceiptFault::none);
    ASSERT_TRUE(world.send(kQueue, "new").ok());
    EXPECT_EQ(world.bodies(kQueue), Texts{"new"});
}

TEST_F(StandardQueues, a_forgotten_queue_answers_not_found_also_to_those_who_wait) {
    Answer<Result<std::vector<Received>>> waiting;
    world.broker->receive({.queue = kQueue, .wait = seconds{20}}, waiting.done());
    ASSERT_TRUE(world.forget(kQueue).ok());
    EXPECT_TRUE(waiting.get().is(Errc::not_found));
    EXPECT_TRUE(world.send(kQueue, "a").is(Errc::not_found));
    EXPECT_TRUE(world.broker->counts(kQueue).is(Errc::not_found));
    EXPECT_TRUE(world.forget(kQueue).is(Errc::not_found));
}

TEST_F(StandardQueues, retention_ends_messages_and_their_counts) {
    QueueSettings settings;
    settings.retention = seconds{60};
    world.configure(kQueue, settings);
    ASSERT_TRUE(world.send(kQueue, "old").ok());
    world.advance(seconds{40});
    ASSERT_TRUE(world.send(kQueue, "young").ok());
    world.advance(seconds{21});
    EXPECT_EQ(world.counts(kQueue).visible, 1U);
    EXPECT_EQ(world.bodies(kQueue), Texts{"young"});
    world.advance(seconds{60});
    EXPECT_EQ(world.counts(kQueue).visible, 0U);
    EXPECT_EQ(world.counts(kQueue).in_flight, 0U);
}

TEST_F(StandardQueues, one_send_reaches_all_of_its_queues_or_none) {
    Send both = world.draft(kQueue, "both");
    both.targets[0].wrapping = "first";
    both.targets.push_back({kOther, "second"});
    ASSERT_TRUE(world.send(std::move(both)).ok());
    EXPECT_EQ(world.take(kQueue).at(0).wrapping, "first");
    EXPECT_EQ(world.take(kOther).at(0).wrapping, "second");
    Send none = world.draft(kQueue, "none");
    none.targets.push_back({QueueId{99}, {}});
    EXPECT_TRUE(world.send(std::move(none)).is(Errc::not_found));
    EXPECT_TRUE(world.take(kQueue).empty());
}

TEST_F(StandardQueues, dead_letters_move_when_a_receive_would_exceed_the_count_and_can_go_back) {
    QueueSettings settings;
    settings.dead_letters = DeadLetters{kOther, 2};
    world.configure(kQueue, settings);
    const Sent sent = world.send(kQueue, "poison").value();
    for (int i = 0; i < 2; ++i) {
        ASSERT_EQ(world.take(kQueue).size(), 1U);
        world.advance(seconds{30});
    }
    Answer<Result<std::vector<Received>>> waiting;
    world.broker->receive({.queue = kOther, .wait = seconds{20}}, waiting.done());
    EXPECT_TRUE(world.take(kQueue).empty());
    const auto dead = waiting.get().value();
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_EQ(dead[0].id, sent.id);
    EXPECT_EQ(dead[0].sent, sent.sent);
    EXPECT_EQ(dead[0].dead_letter_source, kQueue);
    EXPECT_EQ(world.counts(kQueue).dead_lettered, 1U);
    EXPECT_EQ(world.change(dead[0], Duration{0}), ReceiptFault::none);
    EXPECT_EQ(world.move(kOther, std::nullopt, 10).value(), 1U);
    EXPECT_EQ(world.bodies(kQueue), Texts{"poison"});
    EXPECT_TRUE(world.take(kOther).empty());
}

TEST_F(StandardQueues, a_move_whose_destination_is_unknown_leaves_the_messages) {
    ASSERT_TRUE(world.send(kQueue, "a").ok());
    EXPECT_TRUE(world.move(kQueue, QueueId{99}, 10).is(Errc::not_found));
    EXPECT_TRUE(world.move(kQueue, std::nullopt, 10).is(Errc::not_found));
    EXPECT_EQ(world.move(kQueue, kOther, 10).value(), 1U);
    EXPECT_EQ(world.bodies(kOther), Texts{"a"});
    EXPECT_EQ(world.move(kQueue, kOther, 10).value(), 0U);
}

TEST_F(StandardQueues, a_scan_sees_what_is_not_deleted_and_takes_nothing) {
    for (const char* text : {"a", "b", "c"}) ASSERT_TRUE(world.send(kQueue, text).ok());
    const auto got = world.take(kQueue, 1);
    EXPECT_EQ(world.scan(kQueue).size(), 3U);
    EXPECT_EQ(world.remove(got[0]), ReceiptFault::none);
    const auto seen = world.scan(kQueue);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(world.scan(kQueue, {.after = seen[0].sequence}).at(0).body, seen[1].body);
    EXPECT_EQ(world.take(kQueue).size(), 2U);
}

TEST_F(StandardQueues, a_noisy_tenant_lets_quiet_ones_pass) {
    const auto send_as = [&](const char* tenant, const std::string& body) {
        Send one = world.draft(kQueue, body);
        one.message.group = tenant;
        ASSERT_TRUE(world.send(std::move(one)).ok());
    };
    for (int i = 0; i < 60; ++i) send_as("noisy", "n" + std::to_string(i));
    send_as("quiet", "q");
    for (int i = 0; i < 3; ++i) ASSERT_EQ(world.take(kQueue, 10).size(), 10U);
    EXPECT_EQ(world.bodies(kQueue, 1), Texts{"q"});
    EXPECT_EQ(world.bodies(kQueue, 1), Texts{"n30"});
    EXPECT_EQ(world.bodies(kQueue, 2), (Texts{"n31", "n32"}));
}

TEST_F(StandardQueues, what_is_too_large_is_refused) {
    EXPECT_TRUE(world.send(kQueue, std::string((kMessageMax + 1_B).count, 'x')).is(Errc::invalid));
    Send wrapped = world.draft(kQueue, "a");
    wrapped.targets[0].wrapping.assign((kWrappingMax + 1_B).count, 'w');
    EXPECT_TRUE(world.send(std::move(wrapped)).is(Errc::invalid));
    EXPECT_TRUE(world.receive({.queue = kQueue, .max = 11}).is(Errc::invalid));
}

TEST_F(StandardQueues, after_stop_calls_are_cancelled_and_waiting_receives_empty) {
    Answer<Result<std::vector<Received>>> waiting;
    world.broker->receive({.queue = kQueue, .wait = seconds{20}}, waiting.done());
    world.broker->stop();
    EXPECT_TRUE(waiting.get().value().empty());
    EXPECT_TRUE(world.send(kQueue, "a").is(Errc::cancelled));
    EXPECT_TRUE(world.receive({.queue = kQueue}).is(Errc::cancelled));
    EXPECT_TRUE(world.purge(kQueue).is(Errc::cancelled));
}

}  // namespace
}  // namespace landfall::messages
