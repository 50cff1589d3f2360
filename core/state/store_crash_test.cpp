// kill -9 of a process that writes, with an oracle of what it acknowledged.
#include <gtest/gtest.h>

#include <set>

#include "core/state/crash_testing.hpp"
#include "core/state/store_testing.hpp"

namespace landfall::state {
namespace {

constexpr int kKills = 120;
constexpr int kWriters = 4;

Key key(std::string kind, std::string id) { return {.kind = std::move(kind), .id = std::move(id)}; }

/// A pair, its claim, tag and count: whole or absent. Every third takes the pair of two before away again.
Tx write_of(const std::string& life, int writer, int i) {
    const auto name = [&](int n) { return life + "-" + std::to_string(writer) + "-" + std::to_string(n); };
    Tx tx{{.actor = "crash"}};
    Resource left{.key = key("left", name(i)), .state = "s", .doc = std::string(300, 'd')};
    left.tags = {{"life", life}};
    left.index = {{"writer", std::to_string(writer)}};
    tx.create(left).claim("name", name(i), left.key).create({.key = key("right", name(i))});
    tx.count("pairs").remember({"0", "op", name(i), "hash"}, name(i), Instant::from_seconds(1LL << 32));
    if (i % 3 == 2) {
        tx.erase(key("left", name(i - 2)), kAnyVersion).erase(key("right", name(i - 2)), kAnyVersion);
        tx.count("erased");
    }
    return tx;
}

TEST(StateCrashLife, DISABLED_writes_until_killed) {
    SystemClock clock;
    OsRandom random;
    SystemThreads threads;
    const auto store = StateStore::open(given("CRASH_DIR"), clock, random).value();
    store->start(threads);
    const std::string life = given("CRASH_LIFE");
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w) {
        writers.push_back(threads.start("writer", [&, w] {
            for (int i = 0;; ++i) {
                CHECK(store->commit(write_of(life, w, i)).ok());
                acknowledge(std::to_string(w) + " " + std::to_string(i));
            }
        }));
    }
    for (auto& writer : writers) writer.join();
}

/// Runs a life, kills it after `count` acknowledgements or in the middle of the next; answers per writer how
/// many of its writes were acknowledged.
std::vector<int> live_and_die(const std::string& directory, const std::string& name, std::uint64_t count) {
    std::vector<int> acknowledged(kWriters, 0);
    Life life{"StateCrashLife.DISABLED_writes_until_killed",
              {{"CRASH_DIR", directory}, {"CRASH_LIFE", name}}};
    const auto take = [&](const std::string& line) {
        const int writer = std::stoi(line);
        acknowledged[static_cast<std::size_t>(writer)] = std::stoi(line.substr(line.find(' '))) + 1;
    };
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string line = life.next_line(20'000);
        EXPECT_FALSE(line.empty());
        if (!line.empty()) take(line);
    }
    life.kill_now();
    EXPECT_EQ(life.wait(), -SIGKILL);
    for (std::string line = life.next_line(0); !line.empty(); line = life.next_line(0)) take(line);
    return acknowledged;
}

void check_writer(StateStore& store, const std::string& life, int writer, int acknowledged) {
    // One write may have become durable without being acknowledged.
    for (int i = 0; i <= acknowledged; ++i) {
        const std::string name = life + "-" + std::to_string(writer) + "-" + std::to_string(i);
        const bool left = store.get(key("left", name)).ok();
        const bool known = store.recall({"0", "op", name, "hash"}).value().what == Recall::repeated;
        EXPECT_EQ(left, store.get(key("right", name)).ok()) << name;
        EXPECT_EQ(left, store.holder("name", name).value().has_value()) << name;
        if (i < acknowledged) {
            EXPECT_TRUE(known) << name;
        }
        const int eraser = i + 2;
        if (i % 3 == 0 && eraser < acknowledged) {
            EXPECT_FALSE(left) << name;
        }
        if (known && (i % 3 != 0 || eraser > acknowledged)) {
            EXPECT_TRUE(left) << name;
        }
        if (!known) {
            EXPECT_FALSE(left) << name;
        }
    }
    const std::string beyond = life + "-" + std::to_string(writer) + "-" + std::to_string(acknowledged + 1);
    EXPECT_EQ(store.recall({"0", "op", beyond, "hash"}).value().what, Recall::fresh);
}

TEST(StateCrash, everything_acknowledged_survives_kill_9_and_nothing_is_half_there) {
    TestDirectory directory;
    const std::string path = (directory.path() / "state").string();
    SeededRandom chance{20261122};
    SystemClock clock;
    OsRandom random;
    for (int kill = 0; kill < kKills; ++kill) {
        const std::string life = std::to_string(kill);
        const auto acknowledged = live_and_die(path, life, chance.below(25));
        if (!std::filesystem::exists(std::filesystem::path{path} / "state.db")) continue;
        const auto opened = StateStore::open(path, clock, random);
        ASSERT_TRUE(opened.ok()) << opened.error().message();
        StateStore& store = **opened;
        for (int w = 0; w < kWriters; ++w) {
            check_writer(store, life, w, acknowledged[static_cast<std::size_t>(w)]);
        }
        const auto pairs = store.counter("pairs").value() - store.counter("erased").value();
        if (kill % 20 == 19) {
            ASSERT_TRUE(store.verify().ok());
            std::size_t found = 0;
            Query query{.kind = "left", .limit = kPageMax};
            for (Page page = store.list(query).value();; page = store.list(query).value()) {
                found += page.items.size();
                if ((query.after = page.next).empty()) break;
            }
            EXPECT_EQ(found, pairs);
        }
    }
}

}  // namespace
}  // namespace landfall::state
