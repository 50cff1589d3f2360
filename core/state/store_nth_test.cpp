// The n-th write, sync, truncate or deletion of a short script fails (its write torn), or the power goes: for
// every n.
//
// After each: P1 a store whose disk failed refuses all commits and says why, and still answers from what was
// acknowledged; P2 after the power is cut and the store is opened again, every acknowledged transaction is
// there, none is half there, and the store goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/state/fake_vfs_testing.hpp"
#include "core/state/store_testing.hpp"

namespace landfall::state {
namespace {

constexpr int kStepsALife = 4;
constexpr int kLives = 2;

enum class Harm { io, full, power };

std::string name_of(int i) { return "pair-" + std::to_string(i); }
Key left(int i) { return {.kind = "left", .id = name_of(i)}; }
Key right(int i) { return {.kind = "right", .id = name_of(i)}; }

/// A pair with its claim, tag, token and count: whole or absent. Every third erases the pair of two before.
Tx step_of(int i) {
    Tx tx{{.actor = "nth"}};
    // Larger than a page, so that a commit is several writes.
    tx.create({.key = left(i), .state = "s", .doc = std::string(6000, 'd'), .tags = {{"n", name_of(i)}}});
    tx.claim("name", name_of(i), left(i)).create({.key = right(i)});
    tx.count("pairs").remember({"0", "op", name_of(i), "hash"}, name_of(i), Instant::from_seconds(1LL << 32));
    if (i % 3 == 2) tx.erase(left(i - 2), kAnyVersion).erase(right(i - 2), kAnyVersion).count("erased");
    return tx;
}

class Script {
public:
    Script() : vfs_{disk_, "fake"} {}

    /// Opens, commits, closes; twice. A step follows a failed one all the same.
    void run() {
        for (int life = 0; life < kLives; ++life) {
            auto opened = open();
            if (!opened.ok()) return;
            std::unique_ptr<StateStore> store = std::move(*opened);
            store->start(threads_);
            for (int i = 0; i < kStepsALife; ++i) commit(*store, life * kStepsALife + i);
            check_reads(*store);
            const std::uint64_t calls = disk_.calls();
            store.reset();
            EXPECT_TRUE(!refused_ || disk_.calls() == calls) << "a poisoned store wrote when it was closed";
            refused_ = false;
        }
    }

    /// P2, in the next life.
    void check_after(FakeDisk::Cut cut) {
        disk_.power_cut(cut);
        auto opened = open();
        ASSERT_TRUE(opened.ok()) << opened.error().message();
        StateStore& store = **opened;
        for (int i = 0; i < kLives * kStepsALife; ++i) check_pair(store, i);
        const Status verified = store.verify();
        EXPECT_TRUE(verified.ok()) << verified.error().message();
        store.start(threads_);
        EXPECT_TRUE(store.commit(Tx{{.actor = "after"}}.create({.key = left(1000)})).ok());
    }

    FakeDisk& disk() { return disk_; }
    [[nodiscard]] bool poisoned() const { return poisoned_; }

private:
    Result<std::unique_ptr<StateStore>> open() {
        auto store = StateStore::open(directory_.path(), clock_, random_,
                                      {.reserve_bytes = 0, .log_pages = 12, .vfs = vfs_.name()});
        // The store syncs the directory that it opened, which is not this disk's.
        if (store.ok() && !disk_.sync_directory(".").ok()) return Error{Errc::io, "sync of the directory"};
        return store;
    }

    void commit(StateStore& store, int i) {
        const std::uint64_t calls = disk_.calls();
        const auto done = store.commit(step_of(i));
        if (done.ok()) {
            EXPECT_FALSE(refused_) << "step " << i << " after a failure";
            acknowledged_.insert(i);
            return;
        }
        const Error& error = done.error();
        if (error.code() == Errc::exhausted || error.code() == Errc::not_found) return;  // nothing was stored
        EXPECT_EQ(error.code(), Errc::io) << error.message();
        EXPECT_THAT(error.message(),
                    ::testing::HasSubstr("refuses all writes until the next start, after: "));
        if (refused_) {
            EXPECT_EQ(disk_.calls(), calls) << "a poisoned store wrote";
        } else {
            doubtful_.insert(i);
        }
        refused_ = poisoned_ = true;
    }

    void check_reads(StateStore& store) {
        for (int i = 0; i < kLives * kStepsALife; ++i) {
            const auto got = store.get(left(i));
            if (got.is(Errc::io)) continue;  // the disk is off
            // In the life after its own a doubtful step has happened or not.
            if ((doubtful_.contains(i) || doubtful_.contains(i + 2)) && !refused_) continue;
            EXPECT_EQ(got.ok(), acknowledged_.contains(i) && !is_erased(i))
                << i << ": " << (got.ok() ? "there" : got.error().message());
        }
    }

    [[nodiscard]] bool is_erased(int i) const { return i % 3 == 0 && acknowledged_.contains(i + 2); }

    void check_pair(StateStore& store, int i) {
        const bool there = store.get(left(i)).ok();
        const bool known = store.recall({"0", "op", name_of(i), "hash"}).value().what == Recall::repeated;
        EXPECT_EQ(there, store.get(right(i)).ok()) << i;
        EXPECT_EQ(there, store.holder("name", name_of(i)).value().has_value()) << i;
        if (acknowledged_.contains(i)) {
            EXPECT_TRUE(known) << i;
            EXPECT_TRUE(there || is_erased(i) || doubtful_.contains(i + 2)) << i;
        } else if (!doubtful_.contains(i)) {
            EXPECT_FALSE(known || there) << i;
        }
        EXPECT_FALSE(there && is_erased(i)) << i;
    }

    TestDirectory directory_;
    FakeDisk disk_;
    FakeVfs vfs_;
    ManualClock clock_;
    OsRandom random_;
    SystemThreads threads_;
    std::set<int> acknowledged_;
    std::set<int> doubtful_;  ///< failed, and may be there all the same
    bool refused_ = false;
    bool poisoned_ = false;
};

void arm(FakeDisk& disk, Harm harm, std::uint64_t call) {
    if (harm == Harm::io) disk.fail_at(call, Errc::io);
    if (harm == Harm::full) disk.fail_at(call, Errc::exhausted);
    if (harm == Harm::power) disk.crash_at(call);
}

/// Answers in how many of the runs the store was poisoned.
int fail_everywhere(Harm harm) {
    Script whole;
    whole.run();
    const std::uint64_t calls = whole.disk().calls();
    EXPECT_GT(calls, 60u);
    whole.check_after(FakeDisk::Cut::lose_all);
    int poisoned = 0;
    for (std::uint64_t n = 1; n <= calls; ++n) {
        SCOPED_TRACE("call " + std::to_string(n) + " of " + std::to_string(calls));
        Script script;
        arm(script.disk(), harm, n);
        script.run();
        poisoned += script.poisoned() ? 1 : 0;
        constexpr FakeDisk::Cut kCuts[] = {FakeDisk::Cut::arbitrary, FakeDisk::Cut::lose_all,
                                           FakeDisk::Cut::arbitrary, FakeDisk::Cut::keep_all};
        script.check_after(kCuts[n % std::size(kCuts)]);
        if (::testing::Test::HasFatalFailure()) break;
    }
    return poisoned;
}

TEST(StateStoreNth, a_failed_write_or_sync_poisons_and_loses_nothing_acknowledged) {
    EXPECT_GT(fail_everywhere(Harm::io), 20);
}
TEST(StateStoreNth, a_power_cut_loses_nothing_acknowledged) { EXPECT_GT(fail_everywhere(Harm::power), 20); }
TEST(StateStoreNth, a_call_refused_for_want_of_space_loses_nothing_acknowledged) {
    (void)fail_everywhere(Harm::full);
}

}  // namespace
}  // namespace landfall::state
