#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>

#include "base/random.hpp"
#include "engines/images/import.hpp"
#include "engines/images/sample_disks_testing.hpp"

namespace landfall::images {
namespace {

/// A RAW disk of any size without its bytes: each byte tells its offset. Counts what is read and how.
class CountingSource final : public ByteSource {
public:
    explicit CountingSource(Bytes size) : size_{size} {}
    [[nodiscard]] std::string_view name() const override { return "counted"; }
    [[nodiscard]] Bytes size() const override { return size_; }
    [[nodiscard]] Result<std::size_t> read_at(ByteOffset at, MutableByteSpan out) const override {
        const std::size_t n =
            at.value >= size_.count
                ? 0
                : static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_.count - at.value));
        if (at.value + n > fails_at_) return Error{Errc::unavailable, "the store does not answer"};
        std::memset(out.data(), static_cast<int>(at.value >> 24 & 0xff) | 1, n);
        if (at.value < last_) ascending_ = false;
        last_ = at.value;
        largest_ = std::max(largest_.load(), n);
        read_ += n;
        return n;
    }
    std::uint64_t fails_at_ = ~std::uint64_t{0};
    mutable std::atomic<bool> ascending_{true};
    mutable std::atomic<std::uint64_t> last_{0};
    mutable std::atomic<std::size_t> largest_{0};
    mutable std::atomic<std::uint64_t> read_{0};

private:
    Bytes size_;
};

std::unique_ptr<DiskImage> opened(Format format, const ByteSource& source) {
    auto image = open_image(format, source, {});
    EXPECT_TRUE(image.ok());
    return std::move(image).value();
}

TEST(Import, a_source_is_read_once_in_ascending_ranges_of_16_mib) {
    const CountingSource source{400_MiB};
    const auto image = opened(Format::raw, source);
    NullSink sink;
    const auto report = import_disk(*image, sink, {.threads = 4});
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(source.ascending_);
    EXPECT_EQ(source.largest_, (16_MiB).count);
    EXPECT_EQ(source.read_, (400_MiB).count);
    EXPECT_EQ(report->blocks_put.count, 6400u);
    EXPECT_EQ(report->read_again, 0_B);
}

TEST(Import, progress_rises_in_steps_and_ends_at_the_whole) {
    const CountingSource source{40_MiB};
    const auto image = opened(Format::raw, source);
    NullSink sink;
    std::vector<std::uint64_t> told;
    const auto report = import_disk(*image, sink, {.progress = [&](ImportProgress p) {
        EXPECT_EQ(p.total, 40_MiB);
        told.push_back(p.consumed.count);
    }});
    ASSERT_TRUE(report.ok());
    EXPECT_GE(told.size(), 5u);
    EXPECT_TRUE(std::ranges::is_sorted(told));
    EXPECT_EQ(std::set<std::uint64_t>(told.begin(), told.end()).size(), told.size());
    EXPECT_EQ(told.front(), 0u);
    EXPECT_EQ(told.back(), (40_MiB).count);
}

TEST(Import, cancelling_ends_it_with_all_its_threads) {
    class CancellingSink final : public BlockSink {
    public:
        Status put(BlockIndex, ByteSpan) override {
            ++puts;
            cancel = true;
            return {};
        }
        std::atomic<bool> cancel{false};
        std::atomic<std::uint64_t> puts{0};
    };
    const CountingSource source{Bytes{std::uint64_t{1} << 40}};
    const auto image = opened(Format::raw, source);
    CancellingSink sink;
    const auto report = import_disk(*image, sink, {.threads = 3, .cancel = &sink.cancel});
    ASSERT_TRUE(report.is(Errc::cancelled));
    EXPECT_LT(source.read_, std::uint64_t{1} << 36);
    std::atomic<bool> at_once{true};
    EXPECT_TRUE(import_disk(*image, sink, {.cancel = &at_once}).is(Errc::cancelled));
}

TEST(Import, the_first_error_of_a_sink_ends_it) {
    class FullSink final : public BlockSink {
    public:
        Status put(BlockIndex first, ByteSpan) override {
            if (first.value < 100) return {};
            return Error{Errc::exhausted, "no space left in the store"};
        }
    };
    const CountingSource source{Bytes{std::uint64_t{1} << 40}};
    const auto image = opened(Format::raw, source);
    FullSink sink;
    const auto report = import_disk(*image, sink, {.threads = 2});
    ASSERT_TRUE(report.is(Errc::exhausted));
    EXPECT_EQ(report.error().message(), "no space left in the store");
}

TEST(Import, an_error_of_the_source_is_passed_on_as_it_is) {
    CountingSource source{200_MiB};
    source.fails_at_ = (100_MiB).count;
    const auto image = opened(Format::raw, source);
    NullSink sink;
    const auto report = import_disk(*image, sink, {.threads = 2});
    ASSERT_TRUE(report.is(Errc::unavailable));
    EXPECT_EQ(report.error().message(), "the store does not answer");
}

TEST(Import, a_block_that_is_a_grain_comes_with_its_zlib_stream) {
    const TempFolder folder;
    // The last block is cut by the disk's end, so its grain is not the whole of it.
    const ByteVector raw = patterned_disk((8 << 20) + 4096, 8);
    const MemorySource source{"disk.vmdk",
                              read_file(made_by_qemu(folder, raw, "vmdk", "subformat=streamOptimized"))};
    const auto image = opened(Format::vmdk, source);
    MemorySink sink;
    const auto report = import_disk(*image, sink, {.threads = 2});
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_TRUE(same_bytes(sink.disk(image->virtual_size()), raw));
    EXPECT_EQ(report->blocks_put.count, sink.blocks());
    // A grain that crosses the end of a range is read singly, and its stream is not handed on.
    EXPECT_GE(sink.streams(), 10U);
}

TEST(Import, a_digest_is_checked_before_success_even_of_bytes_that_no_block_needs) {
    const TempFolder folder;
    const ByteVector raw = patterned_disk(2 << 20, 8);
    ByteVector file = read_file(made_by_qemu(folder, raw, "vmdk", "subformat=streamOptimized"));
    file.resize(file.size() + (1 << 20), std::byte{7});
    const MemorySource source{"disk.vmdk", file};
    const auto image = opened(Format::vmdk, source);
    ManifestHasher hasher{DigestAlgorithm::sha256};
    hasher.add(file);
    ExpectedDigest right{.source = &source, .hex = hasher.finish_hex()};
    NullSink sink;
    EXPECT_TRUE(import_disk(*image, sink, {.digests = {right}}).ok());
    right.hex[0] = right.hex[0] == '0' ? '1' : '0';
    const auto report = import_disk(*image, sink, {.digests = {right}});
    ASSERT_TRUE(report.is(Errc::invalid));
}

TEST(Import, a_disk_of_several_parts_is_hashed_once_and_in_order) {
    const TempFolder folder;
    // 512-byte clusters: a part covers 128 MiB of guest. The middle is a hole.
    ByteVector raw = patterned_disk(2 << 20, 3);
    raw.resize(131 << 20);
    const ByteVector tail = patterned_disk(2 << 20, 4);
    std::ranges::copy(tail, raw.end() - (2 << 20));
    const ByteVector file = read_file(made_by_qemu(folder, raw, "qcow2", "cluster_size=512"));
    const MemorySource source{"disk.qcow2", file};
    const auto image = opened(Format::qcow2, source);
    EXPECT_EQ(image->parts().size(), 2u);
    ManifestHasher hasher{DigestAlgorithm::sha512};
    hasher.add(file);
    const ExpectedDigest digest{
        .source = &source, .algorithm = DigestAlgorithm::sha512, .hex = hasher.finish_hex()};
    MemorySink sink;
    const auto report = import_disk(*image, sink, {.threads = 2, .digests = {digest}});
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_TRUE(same_bytes(sink.disk(image->virtual_size()), raw));
}

std::uint64_t peak_memory() {
    std::ifstream status{"/proc/self/status"};
    std::string word;
    std::uint64_t kib = 0;
    while (status >> word && word != "VmHWM:") continue;
    status >> kib;
    return kib << 10;
}

TEST(Import, memory_stays_under_128_mib_whatever_the_size_and_the_threads) {
    // 5 makes the kernel forget the peak of what other tests used.
    std::ofstream{"/proc/self/clear_refs"} << 5;
    const std::uint64_t before = peak_memory();
    const CountingSource source{600_MiB};
    const auto image = opened(Format::raw, source);
    NullSink sink;
    ExpectedDigest digest{.source = &source, .hex = "00"};
    EXPECT_TRUE(import_disk(*image, sink, {.threads = 8, .digests = {digest}}).is(Errc::invalid));
    EXPECT_LT(peak_memory() - before, (128_MiB).count);
}

/// QCOW2 with its clusters in any order: the reader must fetch what its ranges do not hold, and still be
/// right.
TEST(Import, clusters_in_any_order_decode_to_the_same_disk) {
    const TempFolder folder;
    const ByteVector raw = patterned_disk(48 << 20, 31);
    for (const char* options : {"cluster_size=4k", "-c", "cluster_size=64k"}) {
        ByteVector file = read_file(made_by_qemu(folder, raw, "qcow2", options));
        const bool plain = options[0] != '-';
        const auto bits = load_be<std::uint32_t>(file, 20);
        const std::size_t cluster = std::size_t{1} << bits;
        const auto l1 = static_cast<std::size_t>(load_be<std::uint64_t>(file, 40));
        std::vector<std::size_t> slots;
        for (std::size_t i = 0; i < load_be<std::uint32_t>(file, 36); ++i) {
            const auto l2 =
                static_cast<std::size_t>(load_be<std::uint64_t>(file, l1 + i * 8) & 0x00fffffffffffe00);
            for (std::size_t j = 0; l2 != 0 && j < cluster / 8; ++j) {
                const auto entry = load_be<std::uint64_t>(file, l2 + j * 8);
                if (plain && (entry & 0x00fffffffffffe00) != 0) slots.push_back(l2 + j * 8);
            }
        }
        // Swap clusters far apart: the entries and the bytes.
        SeededRandom random{5};
        for (std::size_t n = 0; n + 1 < slots.size(); n += 3) {
            const std::size_t a = slots[n];
            const std::size_t b = slots[random.below(slots.size())];
            const auto x = static_cast<std::ptrdiff_t>(load_be<std::uint64_t>(file, a) & 0x00fffffffffffe00);
            const auto y = static_cast<std::ptrdiff_t>(load_be<std::uint64_t>(file, b) & 0x00fffffffffffe00);
            if (x == y) continue;
            const auto entry = load_be<std::uint64_t>(file, a);
            store_be<std::uint64_t>(file, a, load_be<std::uint64_t>(file, b));
            store_be<std::uint64_t>(file, b, entry);
            std::swap_ranges(file.begin() + x, file.begin() + x + static_cast<std::ptrdiff_t>(cluster),
                             file.begin() + y);
        }
        const MemorySource source{"scattered", file};
        ManifestHasher hasher{DigestAlgorithm::sha1};
        hasher.add(file);
        const auto image = opened(Format::qcow2, source);
        MemorySink sink;
        const auto report = import_disk(
            *image, sink,
            {.threads = 3,
             .digests = {
                 {.source = &source, .algorithm = DigestAlgorithm::sha1, .hex = hasher.finish_hex()}}});
        ASSERT_TRUE(report.ok()) << report.error().message();
        EXPECT_TRUE(same_bytes(sink.disk(image->virtual_size()), raw));
        EXPECT_EQ(report->read_again > 0_B, plain);
    }
}

}  // namespace
}  // namespace landfall::images
