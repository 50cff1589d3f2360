// Collections with memos beside their oracle, a collection that has none; and collections while writers run.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "core/blocks/memo.hpp"
#include "core/blocks/records.hpp"
#include "core/blocks/store_testing.hpp"

namespace landfall::blocks {
namespace {

Options tiny_packs() {
    Options chosen = small_options();
    chosen.pack_size = 128_KiB;
    return chosen;
}

/// Images of few contents under few names: overwritten, cloned, deleted, damaged, healed, collected,
/// restarted.
class Life {
public:
    explicit Life(std::uint64_t seed) : world_{seed, tiny_packs()}, random_{seed * 131 + 3} {
        EXPECT_TRUE(world_.open().ok());
    }

    void run(int steps) {
        for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) step();
        if (!::testing::Test::HasFailure()) expect_same_without_memos();
    }

private:
    static constexpr std::size_t kBlock = 65536;

    Store& store() { return *world_.store; }

    void step() {
        switch (random_.below(10)) {
            case 0:
            case 1:
            case 2: return change();
            case 3: return clone();
            case 4: return remove();
            case 5: return damage_and_heal();
            case 6: return restart();
            case 7: return expect_same_without_memos();
            default: static_cast<void>(collect(static_cast<unsigned>(random_.below(70))));
        }
    }

    std::string a_name() { return "n" + std::to_string(random_.below(6)); }

    Status write(const std::string& name, const Content& content, std::optional<std::size_t> changed) {
        const Lease lease = store().lease();
        const auto base =
            changed ? std::optional{TRY(store().pin(lease, {"test", name})).root} : std::nullopt;
        const auto writer = TRY(store().write_image(lease, world_.domain, Bytes{content.size()}, base));
        const std::size_t first = changed.value_or(0);
        const std::size_t size = changed ? kBlock : content.size();
        TRY(writer->write(BlockIndex{first}, ByteSpan{content}.subspan(first * kBlock, size)));
        return commit_root(store(), lease, {"test", name}, TRY(writer->finish()));
    }

    void change() {
        const std::string name = a_name();
        const auto found = model_.find(name);
        if (found == model_.end()) {
            // More than 256 blocks: two levels of nodes.
            Content content = noise(random_.below(3) + 1, (250 + random_.below(20)) * kBlock / 16);
            content.resize(content.size() * 16);
            ASSERT_TRUE(write(name, content, std::nullopt).ok());
            model_[name] = std::move(content);
            return;
        }
        Content& content = found->second;
        const std::size_t at = random_.below(content.size() / kBlock);
        const Content fresh = noise(random_.below(40) + 100, kBlock);
        std::copy(fresh.begin(), fresh.end(), content.begin() + static_cast<std::ptrdiff_t>(at * kBlock));
        ASSERT_TRUE(write(name, content, at).ok());
    }

    void clone() {
        if (model_.empty()) return;
        const auto from =
            std::next(model_.begin(), static_cast<std::ptrdiff_t>(random_.below(model_.size())));
        const std::string name = a_name();
        const Lease lease = store().lease();
        const auto ref = store().pin(lease, {"test", from->first});
        ASSERT_TRUE(ref.ok());
        ASSERT_TRUE(commit_root(store(), lease, {"test", name}, ref->root).ok());
        model_[name] = Content{from->second};
    }

    void remove() {
        const std::string name = a_name();
        ASSERT_TRUE(delete_object(store(), name).ok());
        model_.erase(name);
    }

    /// A pack rots; who reads it finds out, and what is written again is whole again.
    void damage_and_heal() {
        const std::vector<std::string> packs = world_.packs();
        if (packs.empty()) return;
        const std::string& path = packs[random_.below(packs.size())];
        const ByteOffset at{random_.below(world_.disk.stat(path)->size.count)};
        ASSERT_TRUE(world_.disk.corrupt(path, at, std::byte{16}).ok());
        ASSERT_TRUE(store().verify(VerifyDepth::all).ok());
        if (random_.below(2) == 0) static_cast<void>(store().collect_garbage({.rewrite_above_percent = 0}));
        for (const auto& [name, content] : model_) ASSERT_TRUE(write(name, content, std::nullopt).ok());
        check_all();
    }

    void restart() {
        switch (random_.below(3)) {
            case 0: world_.power_cut(FakeDisk::Cut::arbitrary); break;
            case 1: world_.power_cut(FakeDisk::Cut::lose_all); break;
            default: break;
        }
        ASSERT_TRUE(world_.open().ok());
    }

    GcReport collect(unsigned threshold) {
        const auto report = store().collect_garbage({.rewrite_above_percent = threshold});
        EXPECT_TRUE(report.ok()) << report.error().message();
        check_all();
        return report.ok() ? *report : GcReport{};
    }

    void expect_same_without_memos() {
        collect(20);
        // Until nothing moves any more: then both that are compared see the same sealed packs.
        GcReport with;
        do {
            ASSERT_TRUE(world_.open().ok());
            with = collect(100);
        } while (with.packs_deleted > 0 && !::testing::Test::HasFailure());
        world_.store = nullptr;
        for (const auto& [key, value] : world_.index.tables("store/index"))
            if (key.first == Family::memo)
                world_.index.tamper("store/index", Family::memo, key.second, std::nullopt);
        ASSERT_TRUE(world_.open().ok());
        const GcReport without = collect(100);
        EXPECT_EQ(without.memos_used, 0U);
        EXPECT_EQ(with.blocks_live, without.blocks_live);
        EXPECT_EQ(with.reclaimable, without.reclaimable);
        EXPECT_EQ(without.packs_deleted, 0U) << "memos kept a pack that no root needs";
    }

    void check_all() {
        for (const auto& [name, content] : model_) {
            const auto found = get_object(store(), name);
            ASSERT_TRUE(found.ok()) << name << ": " << found.error().message();
            ASSERT_TRUE(*found == content) << name;
        }
    }

    World world_;
    SeededRandom random_;
    std::map<std::string, Content> model_;
};

class CollectHistory : public ::testing::TestWithParam<std::uint64_t> {};
TEST_P(CollectHistory, with_memos_marks_what_one_without_marks) { Life{GetParam()}.run(30); }
INSTANTIATE_TEST_SUITE_P(Seeds, CollectHistory, ::testing::Range<std::uint64_t>(1, 7));

/// Writers of images that differ in one block, over and over, while collections that rewrite everything run:
/// each of their roots reads back while it is there, and is garbage when it is not.
TEST(CollectBesideWriters, nothing_that_was_acknowledged_is_taken) {
    World world{5, tiny_packs()};
    ASSERT_TRUE(world.open().ok());
    constexpr std::size_t kBlock = 65536;
    constexpr std::uint64_t kWriters = 3;
    const Content base = noise(1, 40 * kBlock);
    std::atomic<std::uint64_t> running = kWriters;
    std::thread collector([&] {
        while (running > 0) EXPECT_TRUE(world.store->collect_garbage({.rewrite_above_percent = 0}).ok());
    });
    std::vector<std::thread> writers;
    for (std::uint64_t t = 0; t < kWriters; ++t)
        writers.emplace_back([&, t] {
            SeededRandom random{t + 50};
            const std::string name = "w" + std::to_string(t);
            for (int i = 0; i < 20; ++i) {
                Content content = base;
                const std::size_t at = random.below(40);
                const Content fresh = noise(random.below(10) + 2, kBlock);
                std::copy(fresh.begin(), fresh.end(),
                          content.begin() + static_cast<std::ptrdiff_t>(at * kBlock));
                const Lease lease = world.store->lease();
                const auto root = write_image(*world.store, lease, world.domain, content);
                EXPECT_TRUE(root.ok() && commit_root(*world.store, lease, {"test", name}, *root).ok());
                const auto found = get_object(*world.store, name);
                EXPECT_TRUE(found.ok() && *found == content);
                const Status deleted = i % 5 == 4 ? delete_object(*world.store, name) : Status{};
                EXPECT_TRUE(deleted.ok());
            }
            --running;
        });
    for (std::thread& writer : writers) writer.join();
    collector.join();
    ASSERT_TRUE(world.open().ok());
    EXPECT_TRUE(world.store->verify(VerifyDepth::all)->clean());
    ASSERT_TRUE(world.store->collect_garbage({}).ok());
    EXPECT_EQ(world.store->stats()->stored.count, 0U) << "every name was deleted last";
}

TEST(CollectMemo, an_unchanged_tree_is_not_read_again) {
    World world{7, tiny_packs()};
    ASSERT_TRUE(world.open().ok());
    ASSERT_TRUE(put_object(*world.store, world.domain, "a", noise(1, 3000000)).ok());
    ASSERT_TRUE(world.open().ok());
    const GcReport first = world.store->collect_garbage({}).value();
    EXPECT_GT(first.nodes_read, 0U);
    ASSERT_TRUE(put_object(*world.store, world.domain, "b", noise(2, 100000)).ok());
    const GcReport second = world.store->collect_garbage({}).value();
    EXPECT_EQ(second.memos_used, 1U);
    EXPECT_EQ(second.nodes_read, 1U) << "the new tree's";
    EXPECT_GT(second.blocks_live, first.blocks_live);
}

TEST(CollectMemo, memos_go_with_their_nodes) {
    World world{8, tiny_packs()};
    ASSERT_TRUE(world.open().ok());
    ASSERT_TRUE(put_object(*world.store, world.domain, "a", noise(1, 3000000)).ok());
    ASSERT_TRUE(world.open().ok());
    ASSERT_TRUE(world.store->collect_garbage({}).ok());
    ASSERT_TRUE(delete_object(*world.store, "a").ok());
    ASSERT_TRUE(world.store->collect_garbage({}).ok());
    for (const auto& [key, value] : world.index.tables("store/index")) {
        EXPECT_NE(key.first, Family::memo);
        EXPECT_FALSE(parse_disturbed(key.second)) << "a note of a pack that is gone";
    }
}

TEST(Memo, comes_back_as_it_was_and_nothing_else_does) {
    const Memo memo{.generation = 7, .frames = {{1, 0, 3}, {1, 9, 1}, {4, 2, 100}}};
    const auto decoded = decode_memo(encode(memo));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(decoded->generation, 7U);
    EXPECT_EQ(decoded->frames, memo.frames);
    EXPECT_FALSE(decode_memo(""));
    EXPECT_FALSE(decode_memo(encode(memo).substr(1)));
    EXPECT_FALSE(decode_memo(encode({.generation = 1, .frames = {{1, 5, 0}}})));
    EXPECT_FALSE(decode_memo(encode({.generation = 1, .frames = {{1, 0xffffffff, 5}}})));
    FrameRanges ranges{{2, 4, 2}, {1, 3, 1}, {1, 0, 3}, {2, 5, 4}, {2, 10, 1}};
    coalesce(ranges);
    EXPECT_EQ(ranges, (FrameRanges{{1, 0, 4}, {2, 4, 5}, {2, 10, 1}}));
}

}  // namespace
}  // namespace landfall::blocks
