// A real full disk: a small tmpfs in a mount namespace of its own, in a process that goes away with it.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <fstream>

#include "core/state/crash_testing.hpp"
#include "core/state/store_testing.hpp"

namespace landfall::state {
namespace {

bool enter_small_disk(const std::string& path) {
    const bool own = ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    return own && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=12m,mode=0700") == 0;
}

Key key_of(int i) { return {.kind = "k", .id = std::to_string(i)}; }

/// Writes until the disk is full; answers how many resources are stored.
int fill(StateStore& store) {
    for (int i = 0; i < 100'000; ++i) {
        Tx tx{{.actor = "filler"}};
        tx.create({.key = key_of(i), .doc = std::string(20'000, 'd')});
        const auto done = store.commit(std::move(tx));
        if (done.ok()) continue;
        CHECK(done.is(Errc::exhausted));
        return i;
    }
    CHECK(false);
}

TEST(FullDiskLife, DISABLED_fills_deletes_and_goes_on) {
    const std::string path = given("DISK");
    if (!enter_small_disk(path)) return acknowledge("not permitted");
    SystemClock clock;
    OsRandom random;
    SystemThreads threads;
    auto store = StateStore::open(path + "/state", clock, random).value();
    store->start(threads);
    const int stored = fill(*store);
    CHECK(stored > 50);
    for (int i = 0; i < stored; ++i) CHECK(store->get(key_of(i)).ok());
    // Something else takes whatever is left, to the last byte.
    std::ofstream rest{path + "/rest"};
    while (rest << std::string(4096, 'r') << std::flush) {}
    for (int i = 0; i < stored; ++i) {
        Tx tx{{.actor = "cleaner"}};
        CHECK(store->commit(std::move(tx.erase(key_of(i), kAnyVersion))).ok());
    }
    rest.close();
    std::filesystem::remove(path + "/rest");
    Tx tx{{.actor = "again"}};
    CHECK(store->commit(std::move(tx.create({.key = key_of(0), .doc = std::string(20'000, 'd')}))).ok());
    CHECK(store->verify().ok());
    store.reset();
    store = StateStore::open(path + "/state", clock, random).value();
    CHECK(store->get(key_of(0)).ok() && !store->get(key_of(1)).ok() && store->verify().ok());
    acknowledge("good");
}

TEST(FullDisk, refuses_what_grows_lets_through_what_frees_and_loses_nothing) {
    TestDirectory directory;
    Life life{"FullDiskLife.DISABLED_fills_deletes_and_goes_on", {{"DISK", directory.path().string()}}};
    const std::string line = life.next_line(60'000);
    if (line == "not permitted") GTEST_SKIP() << "this machine lets nobody mount";
    EXPECT_EQ(line, "good");
    EXPECT_EQ(life.wait(), 0);
}

}  // namespace
}  // namespace landfall::state
