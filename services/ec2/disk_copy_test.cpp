#include "services/ec2/disk_copy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/disk_fake.hpp"

namespace landfall::ec2 {
namespace {

constexpr Bytes kLength{5 * kBlockSize.count + 1000};

/// A snapshot of five blocks and a bit, of which blocks 1 and 4 and the bit are not zero.
class SparseReader final : public blocks::Reader {
public:
    SparseReader() { root_.length = kLength; }
    [[nodiscard]] const blocks::TreeRoot& root() const override { return root_; }
    [[nodiscard]] Status read(ByteOffset from, MutableByteSpan to) override {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = byte_at(from.value + i);
        return {};
    }
    [[nodiscard]] Result<std::vector<blocks::BlockRun>> allocated(BlockIndex from, std::size_t) override {
        std::vector<blocks::BlockRun> runs;
        for (const blocks::BlockRun run :
             {blocks::BlockRun{BlockIndex{1}, BlockCount{1}}, blocks::BlockRun{BlockIndex{4}, BlockCount{2}}})
            if (run.first >= from) return std::vector{run};
        return runs;
    }
    static std::byte byte_at(std::uint64_t at) {
        const std::uint64_t block = at / kBlockSize.count;
        return block == 1 || block >= 4 ? static_cast<std::byte>(at % 251 + 1) : std::byte{0};
    }

private:
    blocks::TreeRoot root_;
};

class FillFile : public ::testing::Test {
protected:
    FillFile() {
        EXPECT_TRUE(disk_.make_directory("/m").ok());
        EXPECT_TRUE(disk_.sync_directory("/").ok());
    }
    Status fill() { return fill_file(disk_, reader_, {"/m/vol.raw", 1_MiB}, {}); }
    void expect_whole() {
        const auto read = disk_.read_all("/m/vol.raw", 1_MiB);
        ASSERT_TRUE(read.ok());
        ASSERT_EQ(read->size(), (1_MiB).count);
        for (std::size_t i = 0; i < read->size(); ++i)
            ASSERT_EQ((*read)[i], i < kLength.count ? SparseReader::byte_at(i) : std::byte{0}) << i;
    }
    FakeDisk disk_;
    SparseReader reader_;
};

TEST_F(FillFile, is_the_snapshot_with_zeros_behind_it_and_survives_a_power_cut) {
    ASSERT_TRUE(fill().ok());
    disk_.power_cut(FakeDisk::Cut::lose_all);
    expect_whole();
    EXPECT_TRUE(fill().is(Errc::already_exists));
}

TEST_F(FillFile, a_failure_of_any_call_leaves_nothing_and_the_next_try_succeeds) {
    const std::uint64_t before = disk_.calls();
    ASSERT_TRUE(fill().ok());
    const std::uint64_t calls = disk_.calls() - before;
    for (std::uint64_t n = 1; n <= calls; ++n) {
        (void)disk_.unlink("/m/vol.raw").ok();
        disk_.fail_at(n, Errc::exhausted);
        const Status filled = fill();
        if (!filled.ok() && n < calls) {
            EXPECT_EQ(disk_.list("/m")->size(), 0U) << "call " << n;
        }
        if (!disk_.stat("/m/vol.raw").ok()) {
            ASSERT_TRUE(fill().ok()) << "call " << n;
        }
        expect_whole();
    }
}

TEST_F(FillFile, a_power_cut_at_any_call_leaves_the_whole_file_or_none_of_its_name) {
    const std::uint64_t before = disk_.calls();
    ASSERT_TRUE(fill().ok());
    const std::uint64_t calls = disk_.calls() - before;
    for (std::uint64_t n = 1; n <= calls; ++n) {
        FakeDisk fresh{n};
        ASSERT_TRUE(fresh.make_directory("/m").ok() && fresh.sync_directory("/").ok());
        fresh.crash_at(n);
        (void)fill_file(fresh, reader_, {"/m/vol.raw", 1_MiB}, {}).ok();
        fresh.power_cut(FakeDisk::Cut::arbitrary);
        if (!fresh.stat("/m/vol.raw").ok()) {
            ASSERT_TRUE(fill_file(fresh, reader_, {"/m/vol.raw", 1_MiB}, {}).ok()) << "call " << n;
        }
        const auto read = fresh.read_all("/m/vol.raw", 1_MiB);
        ASSERT_TRUE(read.ok());
        for (std::size_t i = 0; i < kLength.count; i += 97)
            ASSERT_EQ((*read)[i], SparseReader::byte_at(i)) << "call " << n << " byte " << i;
    }
}

TEST_F(FillFile, a_cancelled_copy_leaves_nothing) {
    const std::atomic<bool> cancel{true};
    EXPECT_TRUE(fill_file(disk_, reader_, {"/m/vol.raw", 1_MiB}, {.cancel = &cancel, .progress = {}})
                    .is(Errc::cancelled));
    EXPECT_TRUE(disk_.list("/m")->empty());
}

TEST_F(FillFile, progress_counts_what_was_copied_and_no_holes) {
    std::vector<std::uint64_t> seen;
    CopyControl control;
    control.progress = [&](Bytes done) { seen.push_back(done.count); };
    ASSERT_TRUE(fill_file(disk_, reader_, {"/m/vol.raw", 1_MiB}, control).ok());
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{kBlockSize.count, 2 * kBlockSize.count + 1000}));
}

TEST_F(FillFile, a_folder_goes_with_all_that_is_in_it) {
    ASSERT_TRUE(disk_.make_directory("/m/i-1").ok());
    ASSERT_TRUE(disk_.make_directory("/m/i-1/root").ok());
    ASSERT_TRUE(fill_file(disk_, reader_, {"/m/i-1/vol.raw", 1_MiB}, {}).ok());
    ASSERT_TRUE(remove_folder(disk_, "/m/i-1").ok());
    EXPECT_TRUE(disk_.list("/m")->empty());
    EXPECT_TRUE(remove_folder(disk_, "/m/i-1").ok());
}

}  // namespace
}  // namespace landfall::ec2
