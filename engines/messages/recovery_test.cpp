// What is there after the broker, or the machine, stopped.
#include <gtest/gtest.h>

#include "engines/messages/broker_testing.hpp"

namespace landfall::messages {
namespace {

using std::chrono::seconds;
using Texts = std::vector<std::string>;

constexpr QueueId kQueue{7};
constexpr QueueId kOther{8};

class Recovery : public testing::TestWithParam<FakeDisk::Cut> {
protected:
    void SetUp() override {
        world.add(kQueue);
        world.add(kOther);
        ASSERT_TRUE(world.open().ok());
    }
    void cut() {
        world.power_cut(GetParam());
        const Status opened = world.open();
        ASSERT_TRUE(opened.ok()) << opened.error().message();
    }
    BrokerWorld world;
};

TEST_P(Recovery, acknowledged_sends_are_there_and_acknowledged_deletes_stay) {
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(world.send(kQueue, std::to_string(i)).ok());
    auto got = world.take(kQueue, 10);
    for (const Received& one : got) ASSERT_EQ(world.remove(one), ReceiptFault::none);
    cut();
    EXPECT_EQ(world.counts(kQueue).visible, 20U);
    std::vector<std::string> rest;
    for (int i = 0; i < 3; ++i)
        for (const std::string& body : world.bodies(kQueue)) rest.push_back(body);
    ASSERT_EQ(rest.size(), 20U);
    EXPECT_EQ(rest.front(), "10");
    EXPECT_EQ(rest.back(), "29");
    cut();
    EXPECT_EQ(world.send(kQueue, "next").value().sequence, Sequence{31});
}

TEST_P(Recovery, receipts_mean_the_same_after_a_restart) {
    ASSERT_TRUE(world.send(kQueue, "a").ok());
    const auto got = world.take(kQueue);
    cut();
    EXPECT_EQ(world.remove(got[0]), ReceiptFault::none);
    EXPECT_TRUE(world.take(kQueue).empty());
}

TEST_P(Recovery, delays_and_receive_counts_go_on) {
    Send late = world.draft(kQueue, "late");
    late.message.delay = seconds{60};
    ASSERT_TRUE(world.send(std::move(late)).ok());
    ASSERT_TRUE(world.send(kQueue, "often").ok());
    ASSERT_EQ(world.take(kQueue).size(), 1U);
    world.advance(seconds{31});
    ASSERT_TRUE(world.send(kOther, "commits what came before").ok());
    cut();
    EXPECT_EQ(world.take(kQueue).at(0).receive_count, 2U);
    world.advance(seconds{29});
    EXPECT_EQ(world.bodies(kQueue), Texts{"late"});
}

TEST_P(Recovery, purge_and_forget_stay_done) {
    ASSERT_TRUE(world.send(kQueue, "a").ok());
    ASSERT_TRUE(world.send(kOther, "b").ok());
    ASSERT_TRUE(world.purge(kQueue).ok());
    ASSERT_TRUE(world.forget(kOther).ok());
    cut();
    EXPECT_TRUE(world.take(kQueue).empty());
    world.add(kOther);
    EXPECT_TRUE(world.take(kOther).empty());
}

TEST_P(Recovery, queues_that_nobody_attaches_are_forgotten) {
    ASSERT_TRUE(world.send(kOther, "b").ok());
    world.queues.erase(kOther.value);
    cut();
    ASSERT_TRUE(world.send(kQueue, "commits").ok());
    world.queues[kOther.value] = {};
    cut();
    EXPECT_TRUE(world.take(kOther).empty());
}

TEST_P(Recovery, a_log_of_many_segments_is_read_back) {
    const std::string body(3000, 'x');
    for (int i = 0; i < 400; ++i) ASSERT_TRUE(world.send(kQueue, body + std::to_string(i)).ok());
    EXPECT_GT(world.broker->log_counts().segments, 3U);
    cut();
    EXPECT_EQ(world.counts(kQueue).visible, 400U);
    for (int i = 0; i < 400; ++i) ASSERT_EQ(world.bodies(kQueue, 1).at(0), body + std::to_string(i));
}

TEST_P(Recovery, a_compacted_segment_does_not_end_the_log) {
    const std::string body(3000, 'x');
    for (int i = 0; i < 400; ++i) ASSERT_TRUE(world.send(kQueue, body + std::to_string(i)).ok());
    const auto original = world.disk.read_all("messages/0000000000000001.0.seg", 64_MiB);
    ASSERT_TRUE(original.ok());
    ASSERT_TRUE(world.disk.replace("messages/0000000000000001.1.seg", *original).ok());
    cut();
    EXPECT_EQ(world.counts(kQueue).visible, 400U);
}

INSTANTIATE_TEST_SUITE_P(Cuts, Recovery,
                         testing::Values(FakeDisk::Cut::lose_all, FakeDisk::Cut::keep_all,
                                         FakeDisk::Cut::arbitrary));

TEST(RecoveryFaults, the_broker_refuses_all_changes_after_a_failed_sync) {
    BrokerWorld world;
    world.add(kQueue);
    ASSERT_TRUE(world.open().ok());
    ASSERT_TRUE(world.send(kQueue, "kept").ok());
    world.disk.fail_at(2);
    EXPECT_TRUE(world.send(kQueue, "doubtful").is(Errc::io));
    EXPECT_TRUE(world.send(kQueue, "refused").is(Errc::io));
    EXPECT_TRUE(world.receive({.queue = kQueue}).is(Errc::io));
    ASSERT_TRUE(world.open().ok());
    EXPECT_EQ(world.bodies(kQueue, 1), Texts{"kept"});
}

TEST(RecoveryFaults, a_directory_in_use_is_refused) {
    BrokerWorld world;
    ASSERT_TRUE(world.open().ok());
    EXPECT_EQ(Broker::open(world.options, world.disk, world.clock, world.random).error().code(),
              Errc::unavailable);
}

TEST(RecoveryFaults, damage_in_the_middle_of_the_log_is_told_and_not_passed_over) {
    BrokerWorld world;
    world.add(kQueue);
    ASSERT_TRUE(world.open().ok());
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(world.send(kQueue, "message " + std::to_string(i)).ok());
    world.broker = nullptr;
    // The first commit's header.
    ASSERT_TRUE(world.disk.corrupt("messages/0000000000000001.0.seg", ByteOffset{9}, std::byte{1}).ok());
    const Status opened = world.open();
    ASSERT_TRUE(opened.is(Errc::corrupt));
    EXPECT_NE(opened.error().message().find("offset 0"), std::string::npos);
}

/// Sends that are one commit.
void send_together(BrokerWorld& world, std::vector<Send> sends) {
    Answer<std::vector<Result<Sent>>> answer;
    world.broker->send(std::move(sends), answer.done());
    for (const Result<Sent>& one : answer.get()) ASSERT_TRUE(one.ok());
}

// The log is read a piece of 1 MiB at a time: whatever lies across two pieces is found as well.
TEST(RecoveryFaults, damage_is_told_wherever_behind_it_the_proof_lies) {
    constexpr std::size_t kPiece = (1_MiB).count;
    for (std::size_t body = kPiece - 400; body < kPiece + 16; body += 8) {
        BrokerWorld world{1, {.directory = "messages", .segment_size = 4_MiB}};
        world.add(kQueue);
        ASSERT_TRUE(world.open().ok());
        ASSERT_TRUE(world.send(kQueue, std::string(body, 'x')).ok());
        ASSERT_TRUE(world.send(kQueue, "says that the first is durable").ok());
        world.power_cut(FakeDisk::Cut::keep_all);
        ASSERT_TRUE(world.disk.corrupt("messages/0000000000000001.0.seg", ByteOffset{9}, std::byte{1}).ok());
        ASSERT_TRUE(world.open().is(Errc::corrupt)) << body;
    }
}

TEST(RecoveryFaults, a_proof_behind_a_hole_is_found) {
    BrokerWorld world{1, {.directory = "messages", .segment_size = 8_MiB}};
    world.add(kQueue);
    ASSERT_TRUE(world.open().ok());
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(world.send(kQueue, std::string(2'000'000, 'x')).ok());
    ASSERT_TRUE(world.send(kQueue, "says that they are durable").ok());
    world.power_cut(FakeDisk::Cut::keep_all);
    const auto file = world.disk.open("messages/0000000000000001.0.seg", OpenMode::read_write).value();
    ASSERT_TRUE(file->write_at(ByteOffset{0}, std::vector<std::byte>(6'000'000)).ok());
    ASSERT_TRUE(world.open().is(Errc::corrupt));
}

TEST(RecoveryFaults, a_commit_longer_than_what_is_read_at_once_is_read_back) {
    BrokerWorld world{1, {.directory = "messages", .segment_size = 8_MiB}};
    world.add(kQueue);
    ASSERT_TRUE(world.open().ok());
    std::vector<Send> sends;
    for (char c = 'a'; c < 'e'; ++c) sends.push_back(world.draft(kQueue, std::string(1'500'000, c)));
    send_together(world, std::move(sends));
    ASSERT_TRUE(world.send(kQueue, "behind").ok());
    world.power_cut(FakeDisk::Cut::keep_all);
    ASSERT_TRUE(world.open().ok());
    for (char c = 'a'; c < 'e'; ++c) EXPECT_EQ(world.bodies(kQueue, 1), Texts{std::string(1'500'000, c)});
    EXPECT_EQ(world.bodies(kQueue, 1), Texts{"behind"});
}

TEST(RecoveryFaults, a_damaged_text_is_never_delivered_and_blocks_nothing) {
    BrokerWorld world;
    world.add(kQueue);
    ASSERT_TRUE(world.open().ok());
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(world.send(kQueue, std::string(4096, static_cast<char>('a' + i))).ok());
    world.broker = nullptr;
    ASSERT_TRUE(world.disk.corrupt("messages/0000000000000001.0.seg", ByteOffset{2000}, std::byte{1}).ok());
    ASSERT_TRUE(world.open().ok());
    const auto got = world.receive({.queue = kQueue, .max = 1, .wait = seconds{5}}).value();
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].body, std::string(4096, 'b'));
    EXPECT_EQ(world.take(kQueue).size(), 1U);
    EXPECT_EQ(world.counts(kQueue).in_flight, 2U);
}

TEST(RecoveryFaults, of_neighbours_that_are_read_together_only_the_damaged_one_is_missing) {
    BrokerWorld world;
    world.add(kQueue);
    ASSERT_TRUE(world.open().ok());
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(world.send(kQueue, std::string(3000 + i, static_cast<char>('a' + i))).ok());
    world.broker = nullptr;
    ASSERT_TRUE(world.disk.corrupt("messages/0000000000000001.0.seg", ByteOffset{15'000}, std::byte{1}).ok());
    ASSERT_TRUE(world.open().ok());
    const auto got = world.take(kQueue);
    ASSERT_EQ(got.size(), 9U);
    for (const Received& one : got)
        EXPECT_EQ(one.body, std::string(3000 + one.body[0] - 'a', one.body[0])) << one.body[0];
}

TEST(RecoveryFaults, every_message_of_one_commit_is_received_from_every_queue_of_it) {
    BrokerWorld world;
    world.add(kQueue);
    world.add(kOther);
    ASSERT_TRUE(world.open().ok());
    std::vector<Send> sends;
    for (int i = 0; i < 5; ++i) {
        sends.push_back(world.draft(i % 2 == 0 ? kQueue : kOther, std::to_string(i)));
        sends.back().targets.push_back({i % 2 == 0 ? kOther : kQueue, {}});
    }
    send_together(world, std::move(sends));
    const Texts all{"0", "1", "2", "3", "4"};
    EXPECT_EQ(world.bodies(kQueue), all);
    EXPECT_EQ(world.bodies(kOther), all);
    world.power_cut(FakeDisk::Cut::lose_all);
    ASSERT_TRUE(world.open().ok());
    EXPECT_EQ(world.bodies(kQueue), all);
    EXPECT_EQ(world.bodies(kOther), all);
}

}  // namespace
}  // namespace landfall::messages
