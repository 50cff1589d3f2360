// The power fails, or a call fails, at the n-th disk call of a short script: for every n.
//
// After each: R1 every acknowledged root reads back bit-exact, and one in doubt is old or new; R2 no index
// entry points outside the bytes of a pack; R3 what no root reaches is collected.
#include <gtest/gtest.h>

#include <map>

#include "core/blocks/records.hpp"
#include "core/blocks/store_testing.hpp"

namespace landfall::blocks {
namespace {

using Model = std::map<std::string, Content>;

Options nth_options() {
    Options options = small_options();
    options.pack_size = 128_KiB;
    options.workers = 1;
    return options;
}

/// Runs the script; knows what was acknowledged and what may or may not have happened.
class Script {
public:
    explicit Script(World& world) : world_{world} {}

    /// Each step goes on after a failure, unless the disk has crashed.
    void run() {
        if (!world_.open().ok()) return;
        put("small", noise(1, 700));
        put("large", noise(2, 200000));
        put("same", noise(2, 200000));
        remove("small");
        image("image", 3);
        put("large", noise(4, 90000));
        collect();
        if (!world_.disk.crashed() && !world_.open().ok()) return;
        put("late", noise(5, 40000));
        image("image", 6);
        remove("large");
        collect();
        put("last", noise(7, 100));
    }

    const Model& acknowledged() const { return acknowledged_; }
    /// What the failed steps may have left instead; an empty content stands for "deleted".
    const std::multimap<std::string, Content>& doubtful() const { return doubtful_; }

private:
    [[nodiscard]] bool alive() const { return world_.store != nullptr && !world_.disk.crashed(); }

    void settle(const std::string& name, const Status& status, const Content& content) {
        if (!status.ok()) {
            doubtful_.emplace(name, content);
            return;
        }
        doubtful_.erase(name);
        if (content.empty())
            acknowledged_.erase(name);
        else
            acknowledged_[name] = content;
    }
    void put(const std::string& name, const Content& content) {
        if (alive()) settle(name, put_object(*world_.store, world_.domain, name, content), content);
    }
    void remove(const std::string& name) {
        if (alive()) settle(name, delete_object(*world_.store, name), {});
    }
    void image(const std::string& name, std::uint64_t seed) {
        if (!alive()) return;
        Content content(1);
        const Status status = [&]() -> Status {
            const Lease lease = world_.store->lease();
            const auto before = world_.store->pin(lease, {"test", name});
            // The base is whatever is there: a commit in doubt may have happened.
            content = before.ok() ? TRY(get_object(*world_.store, name)) : Content(20 * 65536);
            const auto base = before.ok() ? std::optional{before->root} : std::nullopt;
            auto writer = TRY(world_.store->write_image(lease, world_.domain, Bytes{content.size()}, base));
            const Content block = noise(seed, 65536);
            for (const std::uint64_t at : {seed, seed + 3}) {
                TRY(writer->write(BlockIndex{at}, block));
                std::copy(block.begin(), block.end(),
                          content.begin() + static_cast<std::ptrdiff_t>(at * 65536));
            }
            return commit_root(*world_.store, lease, {"test", name}, TRY(writer->finish()));
        }();
        settle(name, status, content);
    }
    void collect() {
        if (alive()) static_cast<void>(world_.store->collect_garbage({}));
    }

    World& world_;
    Model acknowledged_;
    std::multimap<std::string, Content> doubtful_;
};

void expect_r1(World& world, const Script& script) {
    for (const auto& [name, content] : script.acknowledged()) {
        const auto found = get_object(*world.store, name);
        bool matches = found.ok() && *found == content;
        const auto [begin, end] = script.doubtful().equal_range(name);
        for (auto it = begin; it != end; ++it)
            matches = matches || (found.ok() ? *found == it->second : it->second.empty());
        EXPECT_TRUE(matches) << name << ": " << (found.ok() ? "other bytes" : found.error().message());
    }
    const auto refs = world.store->list("test", "", 100).value();
    for (const Ref& ref : refs)
        EXPECT_TRUE(script.acknowledged().contains(ref.key.name) || script.doubtful().contains(ref.key.name));
}

void expect_r2(World& world) {
    const auto tables = world.index.tables("store/index");
    for (const auto& [key, value] : tables) {
        if (key.first != Family::block) continue;
        const auto at = decode_location(value);
        ASSERT_TRUE(at.has_value());
        const auto pack = tables.find({Family::pack, pack_key(at->pack)});
        ASSERT_NE(pack, tables.end());
        const auto record = decode_pack_record(pack->second);
        ASSERT_TRUE(record.has_value());
        const std::string file = pack_file(record->uuid);
        auto size = world.disk.stat("store/packs/" + file);
        if (!size.ok()) size = world.disk.stat("store/open/" + file);
        ASSERT_TRUE(size.ok()) << file;
        EXPECT_LE(at->offset + at->frame_length, size->size.count);
    }
}

void expect_r3(World& world) {
    const auto refs = world.store->list("test", "", 100).value();
    for (const Ref& ref : refs) ASSERT_TRUE(delete_object(*world.store, ref.key.name).ok());
    ASSERT_TRUE(world.open().ok());
    const auto report = world.store->collect_garbage({});
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(world.store->stats()->stored.count, 0U);
    EXPECT_TRUE(world.packs().empty());
    EXPECT_TRUE(world.packs("open").empty());
}

void expect_sound(World& world, const Script& script) {
    const Status opened = world.open();
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    expect_r1(world, script);
    const auto verified = world.store->verify(VerifyDepth::all);
    ASSERT_TRUE(verified.ok()) << verified.error().message();
    EXPECT_TRUE(verified->clean()) << (verified->damage.empty() ? "" : verified->damage[0].what) << " "
                                   << (verified->affected.empty() ? "" : verified->affected[0].name);
    expect_r2(world);
    // The store is not only readable: it goes on.
    ASSERT_TRUE(put_object(*world.store, world.domain, "after", noise(50, 70000)).ok());
    EXPECT_EQ(get_object(*world.store, "after").value(), noise(50, 70000));
    expect_r3(world);
}

std::uint64_t calls_of_script() {
    World world{1, nth_options()};
    const std::uint64_t before = world.disk.calls();
    Script script{world};
    script.run();
    EXPECT_EQ(script.acknowledged().size(), 4U);
    EXPECT_TRUE(script.doubtful().empty());
    return world.disk.calls() - before;
}

void crash_everywhere(FakeDisk::Cut cut, std::uint64_t seed) {
    const std::uint64_t calls = calls_of_script();
    ASSERT_GT(calls, 80U);
    for (std::uint64_t n = 1; n <= calls; ++n) {
        SCOPED_TRACE("crash at call " + std::to_string(n));
        World world{seed + n, nth_options()};
        world.disk.crash_at(n);
        Script script{world};
        script.run();
        world.power_cut(cut);
        expect_sound(world, script);
        if (::testing::Test::HasFailure()) return;
    }
}

TEST(StoreCrash, every_call_and_everything_unsynced_is_lost) { crash_everywhere(FakeDisk::Cut::lose_all, 1); }
TEST(StoreCrash, every_call_and_nothing_is_lost) { crash_everywhere(FakeDisk::Cut::keep_all, 1000); }
TEST(StoreCrash, every_call_and_any_part_is_lost) { crash_everywhere(FakeDisk::Cut::arbitrary, 2000); }
TEST(StoreCrash, every_call_and_any_other_part_is_lost) { crash_everywhere(FakeDisk::Cut::arbitrary, 7000); }

void fail_everywhere(Errc error) {
    const std::uint64_t calls = calls_of_script();
    for (std::uint64_t n = 1; n <= calls; ++n) {
        SCOPED_TRACE("failure of call " + std::to_string(n));
        World world{n, nth_options()};
        world.disk.fail_at(n, error);
        Script script{world};
        script.run();
        if (world.store != nullptr) expect_r1(world, script);
        world.power_cut(FakeDisk::Cut::arbitrary);
        expect_sound(world, script);
        if (::testing::Test::HasFailure()) return;
    }
}

TEST(StoreFailure, of_any_call_loses_nothing_acknowledged) { fail_everywhere(Errc::io); }
TEST(StoreFailure, of_any_call_for_lack_of_space_loses_nothing_acknowledged) {
    fail_everywhere(Errc::exhausted);
}

}  // namespace
}  // namespace landfall::blocks
