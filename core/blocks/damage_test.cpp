// Rot, loss, foreign bytes, full disks, faulty machines: found, named, contained, healed.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/blocks/frame.hpp"
#include "core/blocks/records.hpp"
#include "core/blocks/store_testing.hpp"

namespace landfall::blocks {
namespace {

class DamageTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(world_.open().ok());
        ASSERT_TRUE(put("a", 1).ok());
        ASSERT_TRUE(put("b", 2).ok());
        ASSERT_TRUE(world_.open().ok());
        const std::vector<std::string> packs = world_.packs();
        for (const std::string& path : packs)
            (type_of(path) == BlockType::node ? node_pack_ : content_packs_.emplace_back()) = path;
        ASSERT_FALSE(node_pack_.empty());
        // The first pack to be filled, and so the larger one, begins with the first block of "a".
        std::sort(content_packs_.begin(), content_packs_.end(),
                  [&](const std::string& x, const std::string& y) { return size_of(x) > size_of(y); });
    }
    Store& store() { return *world_.store; }
    Status put(const std::string& name, std::uint64_t seed) {
        return put_object(store(), world_.domain, name, noise(seed, 300000));
    }
    BlockType type_of(const std::string& path) {
        const auto bytes = world_.disk.read_all(path, 1_MiB).value();
        return decode_pack_header(bytes)->type;
    }
    std::uint64_t size_of(const std::string& path) { return world_.disk.stat(path)->size.count; }
    VerifyReport verify(VerifyDepth depth) {
        auto report = store().verify(depth);
        EXPECT_TRUE(report.ok()) << report.error().message();
        return report.ok() ? *report : VerifyReport{};
    }
    std::set<std::string> affected(const VerifyReport& report) {
        std::set<std::string> names;
        for (const RefKey& key : report.affected) names.insert(key.name);
        return names;
    }

    World world_;
    std::string node_pack_;
    std::vector<std::string> content_packs_;
};

TEST_F(DamageTest, a_flipped_bit_anywhere_in_a_pack_is_found_by_verify_and_never_read_as_content) {
    SeededRandom random{3};
    std::vector<std::string> packs = content_packs_;
    packs.push_back(node_pack_);
    for (const std::string& path : packs) {
        for (int i = 0; i < 40; ++i) {
            const auto disk = world_.disk.clone();
            World other{99};
            const ByteOffset at{random.below(size_of(path))};
            SCOPED_TRACE(path + " at " + std::to_string(at.value));
            ASSERT_TRUE(disk->corrupt(path, at, std::byte{4}).ok());
            MemoryIndexSource index;
            const auto keys = MasterKeyFile::open(*disk, "master", other.random).value();
            const Seams seams{
                .disk = *disk, .clock = other.clock, .random = other.random, .keys = *keys, .index = &index};
            const auto opened = Store::open(seams, "store", world_.options);
            ASSERT_TRUE(opened.ok()) << opened.error().message();
            std::set<std::string> unreadable;
            for (const auto& [name, seed] : {std::pair{"a", 1}, std::pair{"b", 2}}) {
                const auto found = get_object(**opened, name);
                EXPECT_TRUE(found.ok() ? *found == noise(static_cast<std::uint64_t>(seed), 300000)
                                       : found.is(Errc::corrupt));
                if (!found.ok()) unreadable.insert(name);
            }
            const auto report = (*opened)->verify(VerifyDepth::all).value();
            EXPECT_GT(report.damage_count + report.affected_count, 0U);
            EXPECT_EQ(affected(report), unreadable);
        }
    }
}

TEST_F(DamageTest, a_bad_block_is_named_by_pack_and_offset_and_the_next_write_heals_it) {
    const std::string path = content_packs_.front();
    ASSERT_TRUE(world_.disk.corrupt(path, ByteOffset{5000}, std::byte{1}).ok());
    const VerifyReport before = verify(VerifyDepth::all);
    ASSERT_EQ(before.damage_count, 2U) << "the frame, and the tree that misses it";
    EXPECT_EQ(before.damage[0].offset.value, PackHeader::kSize);
    EXPECT_NE(path.find(before.damage[0].pack), std::string::npos);
    EXPECT_EQ(store().stats()->quarantined, 1U);
    EXPECT_EQ(affected(before), std::set<std::string>{"a"});
    // A backup of the intact source stores the block anew instead of pointing at the bad one.
    ASSERT_TRUE(put("again", 1).ok());
    EXPECT_EQ(get_object(store(), "again").value(), noise(1, 300000));
    EXPECT_EQ(get_object(store(), "a").value(), noise(1, 300000));
    EXPECT_EQ(store().stats()->quarantined, 0U);
    EXPECT_TRUE(affected(verify(VerifyDepth::all)).empty());
}

TEST_F(DamageTest, a_scrub_in_slices_finds_names_and_quarantines_what_the_next_write_heals) {
    ASSERT_TRUE(world_.disk.corrupt(content_packs_.front(), ByteOffset{5000}, std::byte{1}).ok());
    ScrubPosition after;
    std::vector<Damage> damage;
    std::uint64_t packs = 0;
    for (bool end = false; !end;) {
        const auto slice = store().scrub(after, Bytes{1});
        ASSERT_TRUE(slice.ok()) << slice.error().message();
        EXPECT_LE(slice->packs, 1U) << "a slice of one byte is one pack";
        damage.insert(damage.end(), slice->damage.begin(), slice->damage.end());
        packs += slice->packs;
        after = slice->last;
        end = slice->end;
        // Half way through, the store is opened again: the position is still good.
        const Status opened = packs == 2 ? world_.open() : Status{};
        ASSERT_TRUE(opened.ok());
    }
    EXPECT_EQ(packs, content_packs_.size() + 1);
    ASSERT_EQ(damage.size(), 1U);
    EXPECT_EQ(damage[0].offset.value, PackHeader::kSize);
    EXPECT_EQ(store().stats()->quarantined, 1U);
    EXPECT_TRUE(get_object(store(), "a").is(Errc::corrupt));
    ASSERT_TRUE(put("again", 1).ok());
    EXPECT_EQ(get_object(store(), "a").value(), noise(1, 300000));
    EXPECT_EQ(store().stats()->quarantined, 0U);
}

TEST_F(DamageTest, a_scrub_reads_open_packs_too) {
    ASSERT_TRUE(put("c", 3).ok());
    const std::vector<std::string> open = world_.packs("open");
    ASSERT_FALSE(open.empty());
    const auto found = std::find_if(open.begin(), open.end(), [&](const std::string& path) {
        return type_of(path) == BlockType::content;
    });
    ASSERT_NE(found, open.end());
    ASSERT_TRUE(world_.disk.corrupt(*found, ByteOffset{5000}, std::byte{1}).ok());
    const auto report = store().scrub({}, 1_GiB).value();
    EXPECT_TRUE(report.end);
    EXPECT_EQ(report.damage.size(), 1U);
    EXPECT_TRUE(get_object(store(), "c").is(Errc::corrupt));
    ASSERT_TRUE(put("c", 3).ok());
    EXPECT_EQ(get_object(store(), "c").value(), noise(3, 300000));
}

TEST_F(DamageTest, a_pack_with_a_quarantined_block_that_a_root_names_is_kept_by_collections) {
    const std::string path = content_packs_.front();
    ASSERT_TRUE(world_.disk.corrupt(path, ByteOffset{5000}, std::byte{1}).ok());
    ASSERT_FALSE(store().scrub({}, 1_GiB)->damage.empty());
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(store().collect_garbage({.rewrite_above_percent = 0}).ok());
    EXPECT_EQ(store().stats()->quarantined, 1U);
    EXPECT_TRUE(world_.disk.stat(path).ok());
    ASSERT_TRUE(delete_object(store(), "a").ok());
    ASSERT_TRUE(world_.open().ok());
    ASSERT_TRUE(store().collect_garbage({.rewrite_above_percent = 0}).ok());
    EXPECT_EQ(store().stats()->quarantined, 0U);
}

TEST_F(DamageTest, a_reader_that_meets_a_bad_block_quarantines_it) {
    ASSERT_TRUE(world_.disk.corrupt(content_packs_.front(), ByteOffset{5000}, std::byte{1}).ok());
    const auto found = get_object(store(), "a");
    ASSERT_TRUE(found.is(Errc::corrupt));
    EXPECT_NE(found.error().message().find("offset 128"), std::string::npos) << found.error().message();
    ASSERT_TRUE(put("again", 1).ok());
    EXPECT_EQ(get_object(store(), "a").value(), noise(1, 300000));
}

TEST_F(DamageTest, a_missing_pack_is_reported_with_the_refs_that_need_it) {
    ASSERT_TRUE(world_.disk.unlink(content_packs_.front()).ok());
    const VerifyReport report = verify(VerifyDepth::metadata);
    EXPECT_FALSE(report.clean());
    EXPECT_FALSE(affected(report).empty());
    EXPECT_TRUE(get_object(store(), "a").is(Errc::corrupt));
    ASSERT_TRUE(put("a", 1).ok());
    ASSERT_TRUE(put("b", 2).ok());
    EXPECT_EQ(get_object(store(), "a").value(), noise(1, 300000));
}

TEST_F(DamageTest, a_missing_node_names_every_ref_above_it) {
    ASSERT_TRUE(put("same as a", 1).ok());
    const Ref ref = store().find({"test", "a"}).value();
    world_.store = nullptr;
    world_.index.tamper("store/index", Family::block, std::string{text_of(ref.root.id.span())}, std::nullopt);
    ASSERT_TRUE(world_.open().ok());
    EXPECT_EQ(affected(verify(VerifyDepth::metadata)), (std::set<std::string>{"a", "same as a"}));
}

TEST_F(DamageTest, an_index_that_points_at_another_block_is_caught_by_the_frames_own_id) {
    const auto tables = world_.index.tables("store/index");
    std::vector<std::pair<std::string, std::string>> blocks;
    for (const auto& [key, value] : tables)
        if (key.first == Family::block) blocks.emplace_back(key.second, value);
    world_.store = nullptr;
    world_.index.tamper("store/index", Family::block, blocks[0].first, blocks[1].second);
    ASSERT_TRUE(world_.open().ok());
    const bool readable = get_object(store(), "a").ok() && get_object(store(), "b").ok();
    EXPECT_FALSE(readable);
}

TEST_F(DamageTest, a_lost_index_is_rebuilt_to_the_same_content) {
    ASSERT_TRUE(delete_object(store(), "b").ok());
    const auto ids_of = [&] {
        std::set<std::string> ids;
        for (const auto& [key, value] : world_.index.tables("store/index"))
            if (key.first == Family::block || key.first == Family::ref)
                ids.insert(key.second + (key.first == Family::ref ? value : ""));
        return ids;
    };
    const auto before = ids_of();
    world_.store = nullptr;
    const auto report = Store::rebuild_index(world_.seams(), "store", world_.options).value();
    EXPECT_EQ(report.refs, 1U);
    EXPECT_TRUE(report.damage.empty());
    EXPECT_EQ(ids_of(), before);
    // A directory that is simply gone is rebuilt at the next start.
    ASSERT_TRUE(world_.index.destroy("store/index").ok());
    ASSERT_TRUE(world_.open().ok());
    EXPECT_EQ(get_object(store(), "a").value(), noise(1, 300000));
    EXPECT_TRUE(verify(VerifyDepth::all).clean());
}

TEST_F(DamageTest, an_index_of_another_store_is_refused) {
    world_.store = nullptr;
    world_.index.tamper("store/index", Family::meta, "store", "someone else");
    const Status opened = world_.open();
    ASSERT_TRUE(opened.is(Errc::corrupt));
    EXPECT_NE(opened.error().message().find("rebuild"), std::string::npos);
}

TEST_F(DamageTest, a_full_disk_refuses_writes_and_still_deletes_and_collects) {
    const SpaceStat space = world_.disk.space("store").value();
    const Bytes used = space.total - space.available;
    world_.disk.limit_space(used + 600_KiB);
    Status status;
    int stored = 0;
    for (; status.ok() && stored < 50; ++stored)
        status = put("more" + std::to_string(stored), 100 + static_cast<std::uint64_t>(stored));
    ASSERT_TRUE(status.is(Errc::exhausted)) << status.error().message();
    EXPECT_EQ(get_object(store(), "a").value(), noise(1, 300000));
    for (int i = 0; i + 1 < stored; ++i)
        EXPECT_EQ(get_object(store(), "more" + std::to_string(i)).value(),
                  noise(100 + static_cast<std::uint64_t>(i), 300000));
    ASSERT_TRUE(delete_object(store(), "a").ok());
    ASSERT_TRUE(delete_object(store(), "b").ok());
    const auto report = store().collect_garbage({});
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_GT(report->reclaimed.count, 300000U);
    const Status again = put("again", 7);
    ASSERT_TRUE(again.ok()) << again.error().message() << " after " << report->reclaimed.count;
    EXPECT_EQ(get_object(store(), "again").value(), noise(7, 300000));
}

TEST_F(DamageTest, the_reserve_lets_the_root_log_grow_when_nothing_else_can) {
    world_.options.reserve = 64_KiB;
    ASSERT_TRUE(world_.open().ok());
    const SpaceStat space = world_.disk.space("store").value();
    world_.disk.limit_space(space.total - space.available);
    EXPECT_TRUE(put("c", 3).is(Errc::exhausted));
    EXPECT_TRUE(delete_object(store(), "a").ok());
    EXPECT_TRUE(store().find({"test", "a"}).is(Errc::not_found));
}

TEST_F(DamageTest, no_two_frames_share_key_and_nonce_even_after_the_store_was_cloned) {
    world_.store = nullptr;
    const auto clone = world_.disk.clone();
    World other{1};
    std::set<std::pair<std::vector<std::byte>, std::uint32_t>> seen;
    std::size_t frames = 0;
    const auto gather = [&](Disk& disk) {
        for (const char* where : {"store/packs", "store/open"}) {
            const auto names = disk.list(where).value();
            for (const std::string& name : names) {
                const auto bytes = disk.read_all(std::string{where} + "/" + name, 8_MiB).value();
                const auto header = decode_pack_header(bytes).value();
                const std::vector<std::byte> key{header.wrapped_key.begin(), header.wrapped_key.end()};
                for (std::size_t at = PackHeader::kSize; at < bytes.size();) {
                    const auto frame = decode_frame_header(ByteSpan{bytes}.subspan(at));
                    if (!frame) break;
                    EXPECT_TRUE(seen.insert({key, frame->number}).second);
                    ++frames;
                    at += frame->frame_length();
                }
            }
        }
    };
    ASSERT_TRUE(world_.open().ok());
    ASSERT_TRUE(put("here", 11).ok());
    const auto keys = MasterKeyFile::open(*clone, "master", other.random).value();
    SeededRandom elsewhere{77};
    MemoryIndexSource index;
    const Seams seams{
        .disk = *clone, .clock = other.clock, .random = elsewhere, .keys = *keys, .index = &index};
    {
        const auto cloned = Store::open(seams, "store", world_.options).value();
        const DomainNumber domain = cloned->domain({"000000000000", "default", "us-east-1"}).value();
        ASSERT_TRUE(put_object(*cloned, domain, "there", noise(12, 300000)).ok());
        // Only what is new on both sides can collide; what was cloned is the same bytes.
        const auto old = world_.packs();
        for (const std::string& path : old)
            if (clone->stat(path).ok()) static_cast<void>(clone->unlink(path));
        gather(world_.disk);
        gather(*clone);
    }
    EXPECT_GT(frames, 15U);
}

TEST_F(DamageTest, a_domains_key_that_does_not_unwrap_fails_with_the_reason_and_harms_nobody) {
    world_.store = nullptr;
    ASSERT_TRUE(world_.disk.unlink("master").ok());
    world_.keys = MasterKeyFile::open(world_.disk, "master", world_.random).value();
    ASSERT_TRUE(world_.open().ok());
    EXPECT_TRUE(get_object(store(), "a").is(Errc::corrupt));
    EXPECT_EQ(store().stats()->quarantined, 0U);
}

}  // namespace
}  // namespace landfall::blocks
