// kill -9 of a process that works on a store of the real file system, again and again: what it was told is
// durable is there. (A power cut at every disk call is store_nth_test.cpp; here RocksDB and the kernel are
// the real ones.)
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <map>
#include <thread>

#include "core/blocks/store_testing.hpp"

namespace landfall::blocks {
namespace {

constexpr std::uint64_t kThreads = 3;

struct Place {
    TemporaryDirectory directory;
    RealDisk disk;
    SystemClock clock;
    OsRandom random;
    std::unique_ptr<MasterKeyFile> keys;

    Result<std::unique_ptr<Store>> open() {
        keys = TRY(MasterKeyFile::open(disk, directory.path() + "/master", random));
        const Seams seams{.disk = disk, .clock = clock, .random = random, .keys = *keys};
        return Store::open(seams, directory.path() + "/store", small_options());
    }
};

/// Name and seed of an acknowledged object, in one write that a pipe keeps whole.
struct Acknowledgement {
    std::uint64_t name = 0;
    std::uint64_t seed = 0;
};

Content content_of(std::uint64_t seed) { return noise(seed, 1000 + seed * 7919 % 300000); }

std::uint64_t name_of(std::uint64_t thread, std::uint64_t seed) { return thread * 10 + seed / kThreads % 4; }

/// What the worker that began at `first_seed` writes under a name behind `last`, which may be an earlier
/// worker's.
std::uint64_t next_seed(std::uint64_t name, std::uint64_t last, std::uint64_t first_seed) {
    const std::uint64_t thread = name / 10;
    std::uint64_t next = first_seed + thread;
    while (next <= last || name_of(thread, next) != name) next += kThreads;
    return next;
}

/// Never returns: writes, overwrites and collects until it is killed.
[[noreturn]] void work(Place& place, int pipe, std::uint64_t first_seed) {
    const auto store = place.open();
    if (!store.ok()) _exit(1);
    const auto domain = (*store)->domain({"0", "default", "us-east-1"});
    if (!domain.ok()) _exit(2);
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            for (std::uint64_t seed = first_seed + t;; seed += kThreads) {
                const Acknowledgement done{.name = name_of(t, seed), .seed = seed};
                const Status status =
                    put_object(**store, *domain, std::to_string(done.name), content_of(seed));
                if (!status.ok() || write(pipe, &done, sizeof done) != sizeof done) _exit(3);
                if (t == 0 && seed % 30 < kThreads) static_cast<void>((*store)->collect_garbage({}));
            }
        });
    threads.front().join();
    _exit(4);
}

TEST(StoreKilled, keeps_everything_that_it_acknowledged) {
    Place place;
    std::map<std::uint64_t, std::uint64_t> acknowledged;
    std::uint64_t seed = 1;
    for (std::size_t round = 0; round < 6; ++round) {
        std::array<int, 2> ends{};
        ASSERT_EQ(pipe(ends.data()), 0);
        const pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            work(place, ends[1], seed);
        }
        close(ends[1]);
        Acknowledgement done;
        std::size_t count = 0;
        while (count < 15 + round * 9 && read(ends[0], &done, sizeof done) == sizeof done) {
            acknowledged[done.name] = done.seed;
            ++count;
        }
        kill(child, SIGKILL);
        while (read(ends[0], &done, sizeof done) == sizeof done) acknowledged[done.name] = done.seed;
        close(ends[0]);
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the worker ended by itself: " << WEXITSTATUS(status);
        const auto store = place.open();
        ASSERT_TRUE(store.ok()) << store.error().message();
        for (auto& [name, last] : acknowledged) {
            const auto found = get_object(**store, std::to_string(name));
            ASSERT_TRUE(found.ok()) << found.error().message();
            // The kill may have hit after the next overwrite was durable and before it was told.
            const std::uint64_t next = next_seed(name, last, seed);
            EXPECT_TRUE(*found == content_of(last) || *found == content_of(next)) << name;
            if (*found != content_of(last)) last = next;
        }
        EXPECT_TRUE((*store)->verify(VerifyDepth::all)->clean());
        seed += 3000;
    }
    EXPECT_EQ(acknowledged.size(), kThreads * 4);
}

}  // namespace
}  // namespace landfall::blocks
