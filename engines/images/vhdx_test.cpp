#include <gtest/gtest.h>

#include "base/checksum.hpp"
#include "engines/images/sample_disks_testing.hpp"

namespace landfall::images {
namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;

bool says(const std::string& message, std::string_view part) {
    return message.find(part) != std::string::npos;
}

void sign(ByteVector& file, std::size_t at, std::size_t size) {
    store_le<std::uint32_t>(file, at + 4, 0);
    store_le<std::uint32_t>(file, at + 4, Crc32c::of(ByteSpan{file}.subspan(at, size)));
}

/// A VHDX of qemu-img's, whose two headers, log and tables the tests rewrite.
class Vhdx : public ::testing::Test {
protected:
    void SetUp() override {
        const TempFolder folder;
        raw_ = patterned_disk(5 * kMiB, 13);
        file_ = read_file(made_by_qemu(folder, raw_, "vhdx", "subformat=dynamic,block_size=1M"));
        log_ = static_cast<std::size_t>(load_le<std::uint64_t>(file_, 64 * kKiB + 72));
        for (std::size_t i = 0;; ++i) {
            const std::size_t entry = 192 * kKiB + 16 + i * 32;
            const auto at = static_cast<std::size_t>(load_le<std::uint64_t>(file_, entry + 16));
            if (load_le<std::uint32_t>(file_, entry) == 0x2dc27766) bat_ = at;
            if (load_le<std::uint32_t>(file_, entry) == 0x8b7ca206) metadata_ = at;
            if (bat_ != 0 && metadata_ != 0) break;
        }
    }

    [[nodiscard]] std::string refused() const { return refusal(Format::vhdx, file_); }

    void set_log_guid(std::uint64_t guid) {
        for (const std::size_t header : {64 * kKiB, 128 * kKiB}) {
            store_le<std::uint64_t>(file_, header + 48, guid);
            store_le<std::uint64_t>(file_, header + 56, guid);
            sign(file_, header, 4096);
        }
    }

    struct Page {
        std::uint64_t at;
        ByteVector bytes;  ///< 4 KiB, or empty for zeros
    };

    /// An entry of the log that writes these pages, at `at` of the log (which is a ring).
    std::size_t log_entry(std::size_t at, std::uint64_t sequence, std::size_t tail,
                          const std::vector<Page>& pages, std::uint64_t guid) {
        ByteVector e(4096);
        std::ranges::copy(bytes_of("loge"), e.begin());
        store_le<std::uint32_t>(e, 12, static_cast<std::uint32_t>(tail));
        store_le<std::uint64_t>(e, 16, sequence);
        store_le<std::uint32_t>(e, 24, static_cast<std::uint32_t>(pages.size()));
        store_le<std::uint64_t>(e, 32, guid);
        store_le<std::uint64_t>(e, 40, guid);
        store_le<std::uint64_t>(e, 48, file_.size());
        store_le<std::uint64_t>(e, 56, file_.size());
        for (std::size_t i = 0; i < pages.size(); ++i) {
            const std::size_t d = 64 + i * 32;
            const bool zero = pages[i].bytes.empty();
            std::ranges::copy(bytes_of(zero ? "zero" : "desc"), e.begin() + static_cast<std::ptrdiff_t>(d));
            store_le<std::uint64_t>(e, d + 16, pages[i].at);
            store_le<std::uint64_t>(e, d + 24, sequence);
            if (zero) {
                store_le<std::uint64_t>(e, d + 8, 4096);
                continue;
            }
            store_le<std::uint32_t>(e, d + 4, load_le<std::uint32_t>(pages[i].bytes, 4092));
            store_le<std::uint64_t>(e, d + 8, load_le<std::uint64_t>(pages[i].bytes));
            ByteVector sector = pages[i].bytes;
            std::ranges::copy(bytes_of("data"), sector.begin());
            store_le<std::uint32_t>(sector, 4, static_cast<std::uint32_t>(sequence >> 32));
            store_le<std::uint32_t>(sector, 4092, static_cast<std::uint32_t>(sequence));
            e.insert(e.end(), sector.begin(), sector.end());
        }
        store_le<std::uint32_t>(e, 8, static_cast<std::uint32_t>(e.size()));
        sign(e, 0, e.size());
        for (std::size_t i = 0; i < e.size(); ++i) file_[log_ + (at + i) % kMiB] = e[i];
        return (at + e.size()) % kMiB;
    }

    [[nodiscard]] ByteVector page_at(std::size_t at) const {
        return {file_.begin() + static_cast<std::ptrdiff_t>(at),
                file_.begin() + static_cast<std::ptrdiff_t>(at + 4096)};
    }

    ByteVector raw_;
    ByteVector file_;
    std::size_t log_ = 0;
    std::size_t bat_ = 0;
    std::size_t metadata_ = 0;
};

TEST_F(Vhdx, a_log_is_replayed_in_memory_and_the_upload_stays_as_it_was) {
    // The table's first page is in the log only; in the file it is all holes.
    const ByteVector table = page_at(bat_);
    std::fill_n(file_.begin() + static_cast<std::ptrdiff_t>(bat_), 4096, std::byte{0});
    set_log_guid(0x1234);
    // The ring is entered near its end, so that the entry wraps. Before it, an older and now dead sequence.
    log_entry(8192, 3, 8192, {{bat_, ByteVector(4096, std::byte{0xee})}}, 0x1234);
    const std::size_t start = kMiB - 4096;
    std::size_t next = log_entry(start, 7, start, {{bat_, ByteVector(4096, std::byte{0xdd})}}, 0x1234);
    log_entry(next, 8, start, {{bat_, table}}, 0x1234);
    const ByteVector before = file_;
    const MemorySource source{"upload", file_};
    const auto ours = decoded(Format::vhdx, source, 3);
    ASSERT_TRUE(ours.ok()) << ours.error().message();
    EXPECT_TRUE(same_bytes(*ours, raw_));
    EXPECT_TRUE(same_bytes(file_, before));
}

TEST_F(Vhdx, a_log_may_change_payload_and_zero_it) {
    set_log_guid(0x77);
    std::size_t block = 0;
    while ((load_le<std::uint64_t>(file_, bat_ + block * 8) & 7) != 6) ++block;
    const auto place =
        static_cast<std::size_t>(load_le<std::uint64_t>(file_, bat_ + block * 8) & ~0xfffffull);
    const ByteVector fresh(4096, std::byte{0x5a});
    log_entry(0, 1, 0, {{place + 8192, fresh}, {place, {}}}, 0x77);
    const auto ours = decoded(Format::vhdx, MemorySource{"upload", file_}, 2);
    ASSERT_TRUE(ours.ok()) << ours.error().message();
    ByteVector expected = raw_;
    const auto guest = static_cast<std::ptrdiff_t>(block * kMiB);
    std::fill_n(expected.begin() + guest, 4096, std::byte{0});
    std::fill_n(expected.begin() + guest + 8192, 4096, std::byte{0x5a});
    EXPECT_TRUE(same_bytes(*ours, expected));
}

TEST_F(Vhdx, a_log_without_a_whole_sequence_is_refused) {
    set_log_guid(0x99);
    EXPECT_TRUE(says(refused(), "has no whole sequence"));
    log_entry(0, 5, 8192, {{bat_, page_at(bat_)}}, 0x99);  // its tail leads nowhere
    EXPECT_TRUE(says(refused(), "has no whole sequence"));
    log_entry(0, 5, 0, {{bat_, page_at(bat_)}}, 0x98);  // another log's
    EXPECT_TRUE(says(refused(), "has no whole sequence"));
    log_entry(0, 5, 0, {{bat_, page_at(bat_)}}, 0x99);
    file_[log_ + 4096 + 100] ^= std::byte{1};  // torn
    EXPECT_TRUE(says(refused(), "has no whole sequence"));
    log_entry(0, 5, 0, {{bat_ + 1, page_at(bat_)}}, 0x99);
    EXPECT_TRUE(says(refused(), "changes a place that cannot be"));
}

TEST_F(Vhdx, a_file_shorter_than_its_log_knows_is_truncated) {
    set_log_guid(0x99);
    log_entry(0, 5, 0, {{bat_, page_at(bat_)}}, 0x99);
    file_.resize(file_.size() - kMiB);
    EXPECT_TRUE(says(refused(), "truncated"));
}

TEST_F(Vhdx, the_newer_whole_header_wins) {
    file_[64 * kKiB + 300] ^= std::byte{1};
    EXPECT_TRUE(decoded(Format::vhdx, MemorySource{"upload", file_}).ok());
    file_[128 * kKiB + 300] ^= std::byte{1};
    EXPECT_TRUE(says(refused(), "neither of the two headers is whole"));
}

TEST_F(Vhdx, the_second_region_table_stands_in_for_the_first) {
    file_[192 * kKiB + 40] ^= std::byte{1};
    EXPECT_TRUE(decoded(Format::vhdx, MemorySource{"upload", file_}).ok());
    file_[256 * kKiB + 40] ^= std::byte{1};
    EXPECT_TRUE(says(refused(), "neither of the two region tables is whole"));
}

TEST_F(Vhdx, differencing_disks_and_unknown_needs_are_refused) {
    const auto parameters = metadata_ + load_le<std::uint32_t>(file_, metadata_ + 32 + 16);
    ASSERT_EQ(load_le<std::uint32_t>(file_, metadata_ + 32), 0xcaa16737u);
    const ByteVector whole = file_;
    store_le<std::uint32_t>(file_, parameters + 4, 2);
    EXPECT_TRUE(says(refused(), "a differencing VHDX, a delta of a parent: refused"));
    file_ = whole;
    store_le<std::uint32_t>(file_, parameters, 3 << 20);
    EXPECT_TRUE(says(refused(), "blocks of 3145728 bytes"));
    file_ = whole;
    store_le<std::uint32_t>(file_, metadata_ + 32, 0xdeadbeef);
    store_le<std::uint32_t>(file_, metadata_ + 32 + 24, 4);
    EXPECT_TRUE(says(refused(), "metadata that are not known"));
    file_ = whole;
    store_le<std::uint64_t>(file_, bat_, 7 | (4 << 20));
    EXPECT_TRUE(says(refused(), "partly in a parent"));
    store_le<std::uint64_t>(file_, bat_, 5);
    EXPECT_TRUE(says(refused(), "a state that is not known"));
    store_le<std::uint64_t>(file_, bat_, 6 | (1ull << 50));
    EXPECT_TRUE(says(refused(), "offset " + std::to_string(bat_) + ": the block at"));
}

}  // namespace
}  // namespace landfall::images
