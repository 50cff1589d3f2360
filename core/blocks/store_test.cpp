// What a user of the store relies on, on the fake disk and index, and once on the real ones.
#include "core/blocks/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/encoding.hpp"
#include "core/blocks/store_testing.hpp"

namespace landfall::blocks {
namespace {

class StoreTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(world_.open().ok()); }
    Store& store() { return *world_.store; }
    DomainNumber domain() const { return world_.domain; }
    World world_;
};

TEST_F(StoreTest, a_stream_of_any_size_reads_back_bit_exact) {
    for (const std::size_t size : {0UL, 1UL, 65535UL, 65536UL, 300000UL, 3000000UL}) {
        const Content bytes = prose(size + 1, size);
        ASSERT_TRUE(put_object(store(), domain(), "a", bytes).ok());
        EXPECT_EQ(get_object(store(), "a").value(), bytes) << size;
    }
}

TEST_F(StoreTest, any_range_of_a_stream_reads_back) {
    const Content bytes = prose(3, 2000000);
    ASSERT_TRUE(put_object(store(), domain(), "a", bytes).ok());
    const auto reader = store().open(RefKey{"test", "a"}).value();
    SeededRandom random{5};
    for (int i = 0; i < 200; ++i) {
        const std::size_t from = random.below(bytes.size());
        Content part(random.below(std::min<std::size_t>(bytes.size() - from, 300000)) + 1);
        ASSERT_TRUE(reader->read(ByteOffset{from}, part).ok());
        EXPECT_TRUE(std::equal(part.begin(), part.end(), bytes.begin() + static_cast<std::ptrdiff_t>(from)));
    }
    Content past(2);
    EXPECT_TRUE(reader->read(ByteOffset{bytes.size() - 1}, past).is(Errc::invalid));
}

TEST_F(StoreTest, equal_content_is_stored_once_and_has_one_root) {
    const Content bytes = noise(1, 1000000);
    ASSERT_TRUE(put_object(store(), domain(), "a", bytes).ok());
    const Bytes unique = store().stats()->unique;
    ASSERT_TRUE(put_object(store(), domain(), "b", bytes).ok());
    EXPECT_EQ(store().stats()->unique, unique);
    EXPECT_EQ(store().find({"test", "a"})->root, store().find({"test", "b"})->root);
    EXPECT_EQ(store().stats()->logical.count, 2000000U);
}

TEST_F(StoreTest, domains_never_share_blocks) {
    const Content bytes = noise(1, 200000);
    const DomainNumber other = store().domain({"111111111111", "default", "us-east-1"}).value();
    EXPECT_NE(other, domain());
    const Lease lease = store().lease();
    const TreeRoot a = write_stream(store(), lease, domain(), bytes).value();
    const TreeRoot b = write_stream(store(), lease, other, bytes).value();
    EXPECT_NE(a.id, b.id);
}

TEST_F(StoreTest, an_insertion_into_a_stream_changes_few_chunks) {
    Content bytes = noise(9, 4000000);
    ASSERT_TRUE(put_object(store(), domain(), "a", bytes).ok());
    const Bytes before = store().stats()->unique;
    bytes.insert(bytes.begin() + 1000000, std::byte{7});
    ASSERT_TRUE(put_object(store(), domain(), "b", bytes).ok());
    EXPECT_LT((store().stats()->unique - before).count, 600000U);
}

TEST_F(StoreTest, an_image_is_sparse_and_its_blocks_may_come_in_any_order_from_many_threads) {
    constexpr std::uint64_t kBlocks = 700;
    const Lease lease = store().lease();
    const auto writer = store().write_image(lease, domain(), kBlockSize * kBlocks).value();
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (std::uint64_t i = t * 3; i < kBlocks; i += 12) {
                EXPECT_TRUE(writer->write(BlockIndex{i}, noise(i + 1, kBlockSize.count)).ok());
            }
        });
    for (std::thread& thread : threads) thread.join();
    const TreeRoot root = writer->finish().value();
    ASSERT_TRUE(commit_root(store(), lease, {"image", "x"}, root).ok());
    const auto reader = store().open(RefKey{"image", "x"}).value();
    for (std::uint64_t i = 0; i < kBlocks; i += 7) {
        Content block(kBlockSize.count);
        ASSERT_TRUE(reader->read(offset_of(BlockIndex{i}), block).ok());
        EXPECT_EQ(block, i % 3 == 0 ? noise(i + 1, kBlockSize.count) : Content(kBlockSize.count)) << i;
    }
    const auto runs = reader->allocated(BlockIndex{0}, 1000).value();
    EXPECT_EQ(runs.size(), 234U);
    EXPECT_EQ(runs[1], (BlockRun{BlockIndex{3}, BlockCount{1}}));
    EXPECT_EQ(reader->allocated(BlockIndex{4}, 1).value(),
              (std::vector{BlockRun{BlockIndex{6}, BlockCount{1}}}));
}

TEST_F(StoreTest, the_order_of_writes_does_not_change_an_images_root) {
    const Lease lease = store().lease();
    const Content bytes = prose(4, 40 * kBlockSize.count + 1000);
    const TreeRoot forward = write_image(store(), lease, domain(), bytes).value();
    const auto writer = store().write_image(lease, domain(), Bytes{bytes.size()}).value();
    for (std::uint64_t i = 41; i-- > 0;) {
        const std::size_t at = i * kBlockSize.count;
        const ByteSpan block =
            ByteSpan{bytes}.subspan(at, std::min<std::size_t>(kBlockSize.count, bytes.size() - at));
        ASSERT_TRUE(writer->write(BlockIndex{i}, noise(99, block.size())).ok());
        ASSERT_TRUE(writer->write(BlockIndex{i}, block).ok());
    }
    EXPECT_EQ(writer->finish().value(), forward);
}

TEST_F(StoreTest, a_snapshot_over_a_base_changes_what_was_written_and_diff_names_it) {
    const Lease lease = store().lease();
    Content bytes = prose(4, 600 * kBlockSize.count);
    const TreeRoot base = write_image(store(), lease, domain(), bytes).value();
    for (const std::uint64_t size : {600ULL, 900ULL, 70000ULL}) {
        const auto writer = store().write_image(lease, domain(), kBlockSize * size, base).value();
        ASSERT_TRUE(writer->write(BlockIndex{300}, noise(8, 2 * kBlockSize.count)).ok());
        ASSERT_TRUE(writer->zero({BlockIndex{0}, BlockCount{257}}).ok());
        const TreeRoot next = writer->finish().value();
        const std::vector<BlockRun> expected{{BlockIndex{0}, BlockCount{257}},
                                             {BlockIndex{300}, BlockCount{2}}};
        EXPECT_EQ(store().diff(lease, base, next, BlockIndex{0}, 100).value(), expected) << size;
        EXPECT_EQ(store().diff(lease, next, base, BlockIndex{0}, 100).value(), expected) << size;
        EXPECT_EQ(store().diff(lease, base, next, BlockIndex{301}, 1).value(),
                  (std::vector{BlockRun{BlockIndex{301}, BlockCount{1}}}));
        const auto reader = store().open(lease, next).value();
        Content block(kBlockSize.count);
        ASSERT_TRUE(reader->read(offset_of(BlockIndex{299}), block).ok());
        EXPECT_TRUE(std::equal(block.begin(), block.end(), bytes.begin() + 299 * 65536));
        ASSERT_TRUE(reader->read(offset_of(BlockIndex{301}), block).ok());
        EXPECT_TRUE(std::equal(block.begin(), block.end(), noise(8, 2 * 65536).begin() + 65536));
    }
}

TEST_F(StoreTest, a_tiny_image_grows_over_its_base) {
    const Lease lease = store().lease();
    const TreeRoot base = write_image(store(), lease, domain(), noise(1, 5000)).value();
    EXPECT_EQ(base.level, 0);
    const auto writer = store().write_image(lease, domain(), kBlockSize * 70000, base).value();
    ASSERT_TRUE(writer->write(BlockIndex{66000}, noise(2, kBlockSize.count)).ok());
    const auto reader = store().open(lease, writer->finish().value()).value();
    Content start(5000);
    ASSERT_TRUE(reader->read(ByteOffset{0}, start).ok());
    EXPECT_EQ(start, noise(1, 5000));
    EXPECT_EQ(reader->allocated(BlockIndex{0}, 9)->size(), 2U);
}

TEST_F(StoreTest, an_unchanged_image_over_its_base_has_the_bases_root) {
    const Lease lease = store().lease();
    const Content bytes = prose(4, 300 * kBlockSize.count);
    const TreeRoot base = write_image(store(), lease, domain(), bytes).value();
    const auto writer = store().write_image(lease, domain(), Bytes{bytes.size()}, base).value();
    ASSERT_TRUE(writer->write(BlockIndex{0}, ByteSpan{bytes}.first(10 * 65536)).ok());
    EXPECT_EQ(writer->finish().value(), base);
}

TEST_F(StoreTest, writes_that_do_not_fit_are_refused) {
    const Lease lease = store().lease();
    const auto writer = store().write_image(lease, domain(), Bytes{100000}).value();
    EXPECT_TRUE(writer->write(BlockIndex{1}, noise(1, 65536)).is(Errc::invalid));
    EXPECT_TRUE(writer->write(BlockIndex{2}, noise(1, 1)).is(Errc::invalid));
    EXPECT_TRUE(writer->write(BlockIndex{0}, noise(1, 100)).is(Errc::invalid));
    EXPECT_TRUE(writer->zero({BlockIndex{1}, BlockCount{2}}).is(Errc::invalid));
    EXPECT_TRUE(writer->write(BlockIndex{1}, noise(1, 100000 - 65536)).ok());
    EXPECT_TRUE(store().write_image(lease, domain(), 1_GiB * (1U << 20U)).is(Errc::invalid));
}

TEST_F(StoreTest, composing_joins_streams_without_storing_their_bytes_again) {
    const Lease lease = store().lease();
    Content whole;
    std::vector<TreeRoot> parts;
    for (std::uint64_t i = 0; i < 600; ++i) {
        const Content part = noise(i + 1, i % 50 == 0 ? 200000 : i * 10);
        whole.insert(whole.end(), part.begin(), part.end());
        parts.push_back(write_stream(store(), lease, domain(), part).value());
    }
    const TreeRoot joined = store().compose(lease, domain(), parts).value();
    ASSERT_TRUE(commit_root(store(), lease, {"test", "a"}, joined).ok());
    EXPECT_EQ(get_object(store(), "a").value(), whole);
    EXPECT_LT(store().stats()->unique.count, whole.size() + 100000);
    const Lease other = store().lease();
    EXPECT_TRUE(store().compose(other, domain(), parts).is(Errc::precondition));
}

TEST_F(StoreTest, commits_compare_and_set_and_apply_whole_or_not_at_all) {
    const Lease lease = store().lease();
    const TreeRoot one = write_stream(store(), lease, domain(), noise(1, 10)).value();
    const TreeRoot two = write_stream(store(), lease, domain(), noise(2, 10)).value();
    const auto commit = [&](std::vector<RefChange> changes) { return store().commit(lease, changes); };
    const std::uint64_t version = commit({{{"k", "a"}, Absent{}, one}}).value();
    EXPECT_TRUE(commit({{{"k", "b"}, Anything{}, one}, {{"k", "a"}, Absent{}, two}}).is(Errc::precondition));
    EXPECT_TRUE(store().find({"k", "b"}).is(Errc::not_found));
    EXPECT_TRUE(commit({{{"k", "a"}, AtVersion{version + 7}, two}}).is(Errc::precondition));
    ASSERT_TRUE(commit({{{"k", "a"}, AtVersion{version}, two}, {{"k", "c"}, Absent{}, one}}).ok());
    EXPECT_EQ(store().find({"k", "a"})->root, two);
    EXPECT_GT(store().find({"k", "a"})->version, version);
    ASSERT_TRUE(commit({{{"k", "a"}, Anything{}, std::nullopt}}).ok());
    EXPECT_TRUE(store().find({"k", "a"}).is(Errc::not_found));
    EXPECT_TRUE(commit({{{"Bad Kind", "a"}, Anything{}, one}}).is(Errc::invalid));
    EXPECT_TRUE(commit({{{"k", ""}, Anything{}, one}}).is(Errc::invalid));
}

TEST_F(StoreTest, a_root_is_committed_only_by_a_lease_that_holds_it) {
    const Lease maker = store().lease();
    const TreeRoot root = write_stream(store(), maker, domain(), noise(1, 10)).value();
    const Lease stranger = store().lease();
    EXPECT_TRUE(commit_root(store(), stranger, {"k", "a"}, root).is(Errc::precondition));
    ASSERT_TRUE(commit_root(store(), maker, {"k", "a"}, root).ok());
    ASSERT_EQ(store().pin(stranger, {"k", "a"})->root, root);
    EXPECT_TRUE(commit_root(store(), stranger, {"k", "clone"}, root).ok());
    EXPECT_TRUE(store().pin(stranger, {"k", "none"}).is(Errc::not_found));
}

TEST_F(StoreTest, refs_are_listed_by_kind_in_order_of_names_in_pages) {
    for (const char* name : {"b", "a", "c", "a/1"})
        ASSERT_TRUE(put_object(store(), domain(), name, noise(1, 9)).ok());
    const Lease lease = store().lease();
    ASSERT_TRUE(commit_root(store(), lease, {"other", "x"}, store().pin(lease, {"test", "a"})->root).ok());
    const auto names = [&](std::string_view after, std::size_t limit) {
        std::string text;
        const auto refs = store().list("test", after, limit).value();
        for (const Ref& ref : refs) text += ref.key.name + " ";
        return text;
    };
    EXPECT_EQ(names("", 10), "a a/1 b c ");
    EXPECT_EQ(names("a", 2), "a/1 b ");
    EXPECT_EQ(names("c", 2), "");
}

TEST_F(StoreTest, everything_is_there_after_closing_and_opening) {
    const Content bytes = noise(1, 2000000);
    ASSERT_TRUE(put_object(store(), domain(), "a", bytes).ok());
    ASSERT_TRUE(put_object(store(), domain(), "b", noise(2, 100)).ok());
    ASSERT_TRUE(delete_object(store(), "b").ok());
    const std::uint64_t version = store().find({"test", "a"})->version;
    ASSERT_TRUE(world_.open().ok());
    EXPECT_EQ(get_object(store(), "a").value(), bytes);
    EXPECT_EQ(store().find({"test", "a"})->version, version);
    EXPECT_TRUE(store().find({"test", "b"}).is(Errc::not_found));
    ASSERT_TRUE(put_object(store(), domain(), "c", noise(3, 10)).ok());
    EXPECT_GT(store().find({"test", "c"})->version, version);
    EXPECT_TRUE(store().verify(VerifyDepth::all)->clean());
}

TEST_F(StoreTest, a_store_in_use_or_of_a_newer_format_is_refused_with_the_reason) {
    EXPECT_TRUE(Store::open(world_.seams(), "store", world_.options).is(Errc::unavailable));
    world_.store = nullptr;
    ASSERT_TRUE(
        world_.disk.replace("store/format", bytes_of("landfall block store\nversion 3\nid x\n")).ok());
    const auto newer = Store::open(world_.seams(), "store", world_.options);
    ASSERT_TRUE(newer.is(Errc::precondition));
    EXPECT_NE(newer.error().message().find("newer"), std::string::npos);
    ASSERT_TRUE(world_.disk.replace("store/format", bytes_of("something else")).ok());
    EXPECT_TRUE(Store::open(world_.seams(), "store", world_.options).is(Errc::corrupt));
}

TEST_F(StoreTest, a_store_of_the_first_format_is_read_and_is_of_this_format_from_then_on) {
    ASSERT_TRUE(put_object(store(), domain(), "a", prose(1, 100000)).ok());
    world_.store = nullptr;
    std::string format{text_of(world_.disk.read_all("store/format", 4_KiB).value())};
    const std::string now = format;
    ASSERT_NE(format.find("version 2"), std::string::npos);
    format[format.find("version 2") + 8] = '1';
    ASSERT_TRUE(world_.disk.replace("store/format", bytes_of(format)).ok());
    ASSERT_TRUE(world_.open().ok());
    EXPECT_EQ(get_object(store(), "a").value(), prose(1, 100000));
    EXPECT_EQ(text_of(world_.disk.read_all("store/format", 4_KiB).value()), now);
}

TEST_F(StoreTest, blocks_that_come_as_zlib_streams_make_the_same_image) {
    constexpr std::size_t kBlock = kBlockSize.count;
    const Lease lease = store().lease();
    const Content bytes = prose(4, 30 * kBlock + 1000);
    const auto writer = store().write_image(lease, domain(), Bytes{bytes.size()}).value();
    for (std::uint64_t i = 0; i < 30; ++i) {
        const ByteSpan plain = ByteSpan{bytes}.subspan(i * kBlock, kBlock);
        const Content zlib = zlib_of(plain);
        ASSERT_TRUE(writer->write_zlib(std::vector<ZlibBlock>{{BlockIndex{i}, plain, zlib}}).ok());
    }
    ASSERT_TRUE(writer->write(BlockIndex{30}, ByteSpan{bytes}.subspan(30 * kBlock)).ok());
    const TreeRoot root = writer->finish().value();
    ASSERT_TRUE(commit_root(store(), lease, {"test", "x"}, root).ok());
    EXPECT_EQ(get_object(store(), "x").value(), bytes);
    const Bytes unique = store().stats()->unique;
    EXPECT_EQ(write_image(store(), lease, domain(), bytes).value(), root);
    EXPECT_EQ(store().stats()->unique, unique);
    EXPECT_TRUE(store().verify(VerifyDepth::all)->clean());
    world_.store = nullptr;
    ASSERT_TRUE(Store::rebuild_index(world_.seams(), "store", world_.options).ok());
    ASSERT_TRUE(world_.open().ok());
    EXPECT_EQ(get_object(store(), "x").value(), bytes);
}

TEST_F(StoreTest, zlib_streams_may_come_many_at_once_for_blocks_anywhere) {
    constexpr std::size_t kBlock = kBlockSize.count;
    const Lease lease = store().lease();
    const Content bytes = prose(6, 9 * kBlock);
    std::vector<Content> streams;
    std::vector<ZlibBlock> blocks;
    for (const std::size_t i : {8U, 1U, 5U, 0U, 3U}) {
        const ByteSpan plain = ByteSpan{bytes}.subspan(i * kBlock, kBlock);
        streams.push_back(zlib_of(plain));
        blocks.push_back({BlockIndex{i}, plain, streams.back()});
    }
    const auto writer = store().write_image(lease, domain(), Bytes{bytes.size()}).value();
    ASSERT_TRUE(writer->write_zlib(blocks).ok());
    const auto reader = store().open(lease, writer->finish().value()).value();
    Content expected(bytes.size());
    for (const std::size_t i : {8U, 1U, 5U, 0U, 3U})
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * kBlock), kBlock,
                    expected.begin() + static_cast<std::ptrdiff_t>(i * kBlock));
    EXPECT_EQ(read_whole(*reader).value(), expected);
}

TEST_F(StoreTest, a_zlib_stream_of_another_block_fails_the_writer) {
    constexpr std::size_t kBlock = kBlockSize.count;
    const Lease lease = store().lease();
    const Content plain = prose(1, kBlock);
    const auto writer = store().write_image(lease, domain(), kBlockSize * 2).value();
    const Content other = zlib_of(prose(2, kBlock));
    const Content own = zlib_of(plain);
    const std::vector<ZlibBlock> cut{{BlockIndex{0}, ByteSpan{plain}.first(5), other}};
    EXPECT_TRUE(writer->write_zlib(cut).is(Errc::invalid));
    EXPECT_TRUE(writer->write_zlib(std::vector<ZlibBlock>{{BlockIndex{2}, plain, own}}).is(Errc::invalid));
    const Content third = prose(3, kBlock);
    const std::vector<ZlibBlock> mixed{{BlockIndex{0}, plain, own}, {BlockIndex{1}, third, other}};
    EXPECT_TRUE(writer->write_zlib(mixed).is(Errc::corrupt));
    EXPECT_TRUE(writer->finish().is(Errc::corrupt));
}

TEST_F(StoreTest, many_small_objects_share_packs) {
    for (std::uint64_t i = 0; i < 300; ++i)
        ASSERT_TRUE(put_object(store(), domain(), std::to_string(i), noise(i + 1, 500)).ok());
    EXPECT_LE(store().stats()->packs, 2U);
}

TEST_F(StoreTest, concurrent_small_commits_share_their_syncs) {
    constexpr std::uint64_t kThreads = 8;
    constexpr std::uint64_t kEach = 50;
    world_.options.commit_wait_max = Duration{2'000'000};
    ASSERT_TRUE(world_.open().ok());
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            for (std::uint64_t i = 0; i < kEach; ++i) {
                const std::string name = std::to_string(t * 1000 + i);
                EXPECT_TRUE(put_object(store(), domain(), name, noise(t * 1000 + i + 1, 3000)).ok());
            }
        });
    for (std::thread& thread : threads) thread.join();
    for (std::uint64_t t = 0; t < kThreads; ++t)
        EXPECT_EQ(get_object(store(), std::to_string(t * 1000 + 7)).value(), noise(t * 1000 + 8, 3000));
    EXPECT_EQ(store().stats()->refs, kThreads * kEach);
}

TEST_F(StoreTest, roots_have_a_text_form) {
    const Lease lease = store().lease();
    const TreeRoot root = write_stream(store(), lease, domain(), noise(1, 1000000)).value();
    EXPECT_EQ(to_text(root).size(), 96U);
    EXPECT_EQ(parse_tree_root(to_text(root)), root);
    EXPECT_FALSE(parse_tree_root("00").has_value());
    EXPECT_FALSE(parse_tree_root(std::string(96, '0')).has_value());
}

TEST(StoreOnDisk, works_on_the_real_file_system_with_rocksdb_and_after_a_rebuild) {
    const TemporaryDirectory place;
    RealDisk disk;
    SystemClock clock;
    OsRandom random;
    const auto keys = MasterKeyFile::open(disk, place.path() + "/master", random).value();
    const Seams seams{.disk = disk, .clock = clock, .random = random, .keys = *keys};
    Options options = small_options();
    options.reserve = 1_MiB;
    const std::string directory = place.path() + "/store";
    const Content bytes = prose(1, 5000000);
    for (int round = 0; round < 3; ++round) {
        auto store = Store::open(seams, directory, options);
        ASSERT_TRUE(store.ok()) << store.error().message();
        if (round == 0) {
            const DomainNumber domain = (*store)->domain({"0", "default", "us-east-1"}).value();
            ASSERT_TRUE(put_object(**store, domain, "a", bytes).ok());
            ASSERT_TRUE(put_object(**store, domain, "b", noise(2, 3000000)).ok());
            ASSERT_TRUE(delete_object(**store, "b").ok());
        }
        EXPECT_EQ(get_object(**store, "a").value(), bytes);
        EXPECT_TRUE((*store)->verify(VerifyDepth::all)->clean());
        if (round == 1) {
            EXPECT_GT((*store)->collect_garbage({})->reclaimed.count, 2000000U);
        }
        store->reset();
        if (round == 1) {
            const auto report = Store::rebuild_index(seams, directory, options);
            ASSERT_TRUE(report.ok()) << report.error().message();
            EXPECT_EQ(report->refs, 1U);
            EXPECT_TRUE(report->damage.empty());
        }
    }
}

}  // namespace
}  // namespace landfall::blocks
