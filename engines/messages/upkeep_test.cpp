// Segments, indexes, checkpoints, compaction, a full disk.
#include <gtest/gtest.h>

#include <algorithm>

#include "engines/messages/broker_testing.hpp"

namespace landfall::messages {
namespace {

using std::chrono::seconds;

constexpr QueueId kQueue{7};
constexpr QueueId kOther{8};

class Upkeep : public testing::Test {
protected:
    void SetUp() override {
        world.add(kQueue);
        world.add(kOther);
        ASSERT_EQ(world.opening(), "");
    }
    void fill(int from, int to) {
        for (int i = from; i < to; ++i) ASSERT_TRUE(world.send(kQueue, text(i)).ok());
    }
    static std::string text(int i) { return std::to_string(i) + " " + std::string(3000, 'x'); }
    /// Receives and deletes up to n messages; which they were.
    std::vector<int> drain(int n) {
        std::vector<int> seen;
        while (static_cast<int>(seen.size()) < n) {
            const auto got = world.take(
                kQueue, static_cast<std::uint32_t>(std::min(10, n - static_cast<int>(seen.size()))));
            if (got.empty()) break;
            std::vector<Receipt> receipts;
            for (const Received& one : got) {
                receipts.push_back(one.receipt);
                seen.push_back(std::stoi(one.body));
                EXPECT_EQ(one.body, text(seen.back()));
            }
            const auto faults = world.remove(receipts).value();
            for (const ReceiptFault fault : faults) EXPECT_EQ(fault, ReceiptFault::none);
        }
        return seen;
    }
    std::size_t files(const std::string& suffix) {
        const auto names = world.disk.list("messages").value();
        return static_cast<std::size_t>(std::count_if(
            names.begin(), names.end(), [&](const auto& name) { return name.ends_with(suffix); }));
    }
    BrokerWorld world;
};

TEST_F(Upkeep, segments_leave_as_they_empty) {
    for (int round = 0; round < 10; ++round) {
        fill(round * 100, round * 100 + 100);
        ASSERT_EQ(drain(100).size(), 100U);
    }
    EXPECT_LT(world.broker->log_counts().segments, 9U);
    ASSERT_EQ(world.opening(), "");
    EXPECT_LT(files(".seg"), 9U);
    EXPECT_TRUE(world.take(kQueue).empty());
}

TEST_F(Upkeep, a_backlog_is_read_through_indexes_after_a_clean_and_an_unclean_end) {
    fill(0, 600);
    EXPECT_GT(files(".idx"), 3U);
    ASSERT_EQ(world.opening(), "");
    const auto first = drain(250);
    ASSERT_EQ(first.size(), 250U);
    world.power_cut(FakeDisk::Cut::arbitrary);
    ASSERT_EQ(world.opening(), "");
    EXPECT_EQ(world.counts(kQueue).visible, 350U);
    const auto rest = drain(350);
    ASSERT_EQ(rest.size(), 350U);
    EXPECT_EQ(rest.front(), 250);
    EXPECT_TRUE(std::is_sorted(rest.begin(), rest.end()));
}

TEST_F(Upkeep, a_lost_or_damaged_index_is_made_again) {
    fill(0, 400);
    ASSERT_EQ(world.opening(), "");
    world.broker = nullptr;
    ASSERT_TRUE(world.disk.corrupt("messages/0000000000000001.0.idx", ByteOffset{100}, std::byte{1}).ok());
    ASSERT_TRUE(world.disk.unlink("messages/0000000000000002.0.idx").ok());
    ASSERT_EQ(world.opening(), "");
    EXPECT_EQ(drain(400).size(), 400U);
}

TEST_F(Upkeep, a_mostly_dead_segment_is_compacted_and_loses_nothing) {
    // Two queues share every segment; only a few messages of one stay.
    std::vector<std::string> kept;
    for (int i = 0; i < 400; ++i) {
        Send both = world.draft(kQueue, text(i));
        if (i % 20 == 0) both.targets.push_back({kOther, "wrapping " + std::to_string(i)});
        ASSERT_TRUE(world.send(std::move(both)).ok());
        if (i % 20 == 0) kept.push_back(text(i));
    }
    ASSERT_EQ(drain(400).size(), 400U);
    fill(1000, 1300);
    ASSERT_EQ(drain(300).size(), 300U);
    const auto names = world.disk.list("messages").value();
    EXPECT_TRUE(
        std::any_of(names.begin(), names.end(), [](const auto& name) { return name.ends_with(".1.seg"); }));
    world.power_cut(FakeDisk::Cut::lose_all);
    ASSERT_EQ(world.opening(), "");
    std::vector<std::string> got;
    while (got.size() < kept.size()) {
        const auto some = world.take(kOther);
        ASSERT_FALSE(some.empty());
        for (const Received& one : some) {
            EXPECT_EQ(one.wrapping, "wrapping " + std::to_string(std::stoi(one.body)));
            got.push_back(one.body);
        }
    }
    EXPECT_EQ(got, kept);
    EXPECT_EQ(world.broker->log_counts().damaged, 0U);
}

TEST_F(Upkeep, leases_counts_and_delays_survive_a_clean_restart) {
    fill(0, 3);
    Send late = world.draft(kQueue, text(9));
    late.message.delay = seconds{100};
    ASSERT_TRUE(world.send(std::move(late)).ok());
    ASSERT_EQ(world.take(kQueue, 1).size(), 1U);
    world.advance(seconds{30});
    ASSERT_EQ(world.take(kQueue, 1).size(), 1U);
    ASSERT_EQ(world.opening(), "");
    EXPECT_EQ(world.counts(kQueue).in_flight, 1U);
    EXPECT_EQ(world.counts(kQueue).delayed, 1U);
    EXPECT_EQ(world.take(kQueue).size(), 2U);
    world.advance(seconds{70});
    EXPECT_EQ(world.take(kQueue).size(), 4U);
}

TEST_F(Upkeep, a_full_disk_refuses_sends_and_gives_space_back_as_messages_go) {
    fill(0, 100);
    world.disk.limit_space(4_MiB);
    int sent = 100;
    Result<Sent> last = world.send(kQueue, text(sent));
    while (last.ok()) last = world.send(kQueue, text(++sent));
    EXPECT_TRUE(last.is(Errc::exhausted)) << last.error().message();
    ASSERT_EQ(drain(sent).size(), static_cast<std::size_t>(sent));
    bool again = false;
    for (int i = 0; i < 10'000 && !again; ++i) again = world.send(kQueue, text(1)).ok();
    EXPECT_TRUE(again);
    world.power_cut(FakeDisk::Cut::lose_all);
    ASSERT_EQ(world.opening(), "");
    EXPECT_EQ(drain(1), std::vector<int>{1});
}

TEST_F(Upkeep, a_purge_and_a_forget_free_their_segments) {
    fill(0, 300);
    ASSERT_TRUE(world.purge(kQueue).ok());
    fill(0, 300);
    ASSERT_TRUE(world.forget(kQueue).ok());
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(world.send(kOther, text(i)).ok());
    EXPECT_LT(world.broker->log_counts().segments, 10U);
    ASSERT_EQ(world.opening(), "");
    EXPECT_EQ(world.counts(kOther).visible, 300U);
}

}  // namespace
}  // namespace landfall::messages
