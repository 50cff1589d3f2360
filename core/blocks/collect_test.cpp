// Collection: what it takes, what it must never take, and what it does beside writers.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "core/blocks/store_testing.hpp"

namespace landfall::blocks {
namespace {

class CollectTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(world_.open().ok()); }
    Store& store() { return *world_.store; }
    /// Open packs are not collected; a fresh start seals them.
    void reopen() { ASSERT_TRUE(world_.open().ok()); }
    GcReport collect(GcOptions options = {}) {
        auto report = store().collect_garbage(options);
        EXPECT_TRUE(report.ok()) << report.error().message();
        return report.ok() ? *report : GcReport{};
    }
    World world_;
};

TEST_F(CollectTest, what_no_root_reaches_goes_and_the_rest_stays) {
    for (std::uint64_t i = 0; i < 6; ++i)
        ASSERT_TRUE(put_object(store(), world_.domain, std::to_string(i), noise(i + 1, 700000)).ok());
    for (const char* name : {"0", "2", "4"}) ASSERT_TRUE(delete_object(store(), name).ok());
    reopen();
    const Bytes before = store().stats()->stored;
    // At any share of dead bytes: how they spread over packs depends on which chunk was done first.
    const GcReport report = collect({.rewrite_above_percent = 0});
    EXPECT_EQ(report.roots_marked, 3U);
    EXPECT_GT(report.reclaimed.count, 1800000U);
    EXPECT_LT(store().stats()->stored.count, before.count - 1800000);
    for (const char* name : {"1", "3", "5"})
        EXPECT_EQ(get_object(store(), name).value(), noise(std::stoull(name) + 1, 700000));
    EXPECT_TRUE(store().verify(VerifyDepth::all)->clean());
}

TEST_F(CollectTest, a_pack_below_the_threshold_is_left_alone_and_counted) {
    for (std::uint64_t i = 0; i < 40; ++i)
        ASSERT_TRUE(put_object(store(), world_.domain, std::to_string(i), noise(i + 1, 50000)).ok());
    ASSERT_TRUE(delete_object(store(), "3").ok());
    reopen();
    const GcReport report = collect();
    EXPECT_EQ(report.packs_rewritten, 0U);
    EXPECT_GT(report.reclaimable.count, 50000U);
    const GcReport eager = collect({.rewrite_above_percent = 0});
    EXPECT_EQ(eager.packs_rewritten, 1U);
    EXPECT_GT(eager.reclaimed.count, 50000U);
    EXPECT_EQ(get_object(store(), "4").value(), noise(5, 50000));
}

TEST_F(CollectTest, small_packs_that_restarts_leave_are_merged) {
    for (std::uint64_t i = 0; i < 6; ++i) {
        ASSERT_TRUE(put_object(store(), world_.domain, std::to_string(i), noise(i + 1, 5000)).ok());
        reopen();
    }
    EXPECT_EQ(world_.packs().size(), 6U);
    collect();
    reopen();
    EXPECT_EQ(world_.packs().size(), 1U);
    for (std::uint64_t i = 0; i < 6; ++i)
        EXPECT_EQ(get_object(store(), std::to_string(i)).value(), noise(i + 1, 5000));
}

TEST_F(CollectTest, an_uncommitted_writer_keeps_what_it_wrote_and_what_it_deduplicated_against) {
    ASSERT_TRUE(put_object(store(), world_.domain, "old", noise(1, 700000)).ok());
    reopen();
    Lease lease = store().lease();
    const TreeRoot again = write_stream(store(), lease, world_.domain, noise(1, 700000)).value();
    const TreeRoot fresh = write_stream(store(), lease, world_.domain, noise(2, 700000)).value();
    ASSERT_TRUE(delete_object(store(), "old").ok());
    collect({.rewrite_above_percent = 0});
    collect({.rewrite_above_percent = 0});
    ASSERT_TRUE(commit_root(store(), lease, {"test", "a"}, again).ok());
    ASSERT_TRUE(commit_root(store(), lease, {"test", "b"}, fresh).ok());
    lease.release();
    EXPECT_EQ(get_object(store(), "a").value(), noise(1, 700000));
    EXPECT_EQ(get_object(store(), "b").value(), noise(2, 700000));
    EXPECT_TRUE(store().verify(VerifyDepth::all)->clean());
}

TEST_F(CollectTest, a_pinned_root_outlives_its_ref_until_the_lease_ends) {
    ASSERT_TRUE(put_object(store(), world_.domain, "a", noise(1, 700000)).ok());
    reopen();
    auto reader = store().open(RefKey{"test", "a"}).value();
    ASSERT_TRUE(delete_object(store(), "a").ok());
    collect();
    EXPECT_EQ(read_whole(*reader).value(), noise(1, 700000));
    reader = nullptr;
    collect();
    EXPECT_EQ(store().stats()->stored.count, 0U);
}

TEST_F(CollectTest, a_silent_lease_is_fenced_and_its_commit_fails_whole) {
    Lease lease = store().lease();
    const TreeRoot root = write_stream(store(), lease, world_.domain, noise(1, 700000)).value();
    world_.clock.advance(world_.options.lease_life / 2);
    EXPECT_EQ(collect().leases_fenced, 0U);
    ASSERT_TRUE(lease.renew().ok());
    // The wall clock means nothing to a lease.
    world_.clock.jump_wall(std::chrono::hours{24 * 3650});
    EXPECT_EQ(collect().leases_fenced, 0U);
    world_.clock.advance(world_.options.lease_life + Duration{1});
    EXPECT_EQ(collect().leases_fenced, 1U);
    EXPECT_TRUE(commit_root(store(), lease, {"test", "a"}, root).is(Errc::precondition));
    EXPECT_TRUE(store().find({"test", "a"}).is(Errc::not_found));
    EXPECT_TRUE(store().write_stream(lease, world_.domain).is(Errc::precondition));
    EXPECT_TRUE(store().verify(VerifyDepth::all)->clean());
}

TEST_F(CollectTest, a_second_collection_meanwhile_is_unavailable_and_one_can_be_stopped) {
    ASSERT_TRUE(put_object(store(), world_.domain, "a", noise(1, 1000)).ok());
    const auto stopped = store().collect_garbage({}, [&](const Progress&) {
        EXPECT_TRUE(store().collect_garbage({}).is(Errc::unavailable));
        EXPECT_TRUE(store().verify(VerifyDepth::metadata).is(Errc::unavailable));
        return false;
    });
    EXPECT_TRUE(stopped.is(Errc::cancelled));
    EXPECT_TRUE(store().collect_garbage({}).ok());
}

TEST_F(CollectTest, content_written_anew_while_its_old_pack_is_collected_survives) {
    ASSERT_TRUE(put_object(store(), world_.domain, "old", noise(1, 700000)).ok());
    ASSERT_TRUE(delete_object(store(), "old").ok());
    reopen();
    bool wrote = false;
    const auto report = store().collect_garbage({}, [&](const Progress&) { return wrote = true; });
    ASSERT_TRUE(report.ok());
    ASSERT_TRUE(put_object(store(), world_.domain, "new", noise(1, 700000)).ok());
    EXPECT_EQ(get_object(store(), "new").value(), noise(1, 700000));
    EXPECT_TRUE(store().verify(VerifyDepth::all)->clean());
}

TEST_F(CollectTest, writers_readers_deleters_and_collections_run_side_by_side) {
    constexpr std::uint64_t kThreads = 4;
    constexpr std::uint64_t kRounds = 25;
    std::atomic<bool> done = false;
    std::thread collector([&] {
        while (!done) {
            const auto report = store().collect_garbage({.rewrite_above_percent = 5});
            EXPECT_TRUE(report.ok()) << report.error().message();
        }
    });
    std::vector<std::thread> writers;
    for (std::uint64_t t = 0; t < kThreads; ++t)
        writers.emplace_back([&, t] {
            SeededRandom random{t + 1};
            for (std::uint64_t i = 0; i < kRounds; ++i) {
                // Few contents under many names: writers meet on the same blocks, and on blocks being
                // collected.
                const std::uint64_t seed = random.below(6) + 1;
                const std::string name = std::to_string(t) + "-" + std::to_string(i % 3);
                EXPECT_TRUE(put_object(store(), world_.domain, name, noise(seed, 150000)).ok());
                const auto found = get_object(store(), name);
                EXPECT_TRUE(found.ok()) << found.error().message();
                EXPECT_TRUE(found.ok() && *found == noise(seed, 150000));
                const Status deleted = random.below(2) == 0 ? delete_object(store(), name) : Status{};
                EXPECT_TRUE(deleted.ok());
            }
        });
    for (std::thread& writer : writers) writer.join();
    done = true;
    collector.join();
    const auto verified = store().verify(VerifyDepth::all).value();
    EXPECT_TRUE(verified.clean()) << (verified.damage.empty() ? "" : verified.damage[0].what);
    const auto refs = store().list("test", "", 100).value();
    for (const Ref& ref : refs) ASSERT_TRUE(delete_object(store(), ref.key.name).ok());
    reopen();
    collect();
    EXPECT_EQ(store().stats()->stored.count, 0U);
}

TEST_F(CollectTest, a_tree_that_cannot_be_read_stops_the_collection) {
    ASSERT_TRUE(put_object(store(), world_.domain, "a", noise(1, 700000)).ok());
    ASSERT_TRUE(put_object(store(), world_.domain, "b", noise(2, 700000)).ok());
    ASSERT_TRUE(delete_object(store(), "b").ok());
    reopen();
    const Ref ref = store().find({"test", "a"}).value();
    world_.store = nullptr;
    world_.index.tamper("store/index", Family::block, std::string{text_of(ref.root.id.span())}, std::nullopt);
    reopen();
    EXPECT_TRUE(store().collect_garbage({}).is(Errc::corrupt));
    ASSERT_TRUE(delete_object(store(), "a").ok());
    collect();
    EXPECT_EQ(store().stats()->stored.count, 0U);
}

}  // namespace
}  // namespace landfall::blocks
