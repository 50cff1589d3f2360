// Every format as qemu-img writes it, decoded bit for bit, on one to four threads.
#include <gtest/gtest.h>

#include <ostream>

#include "engines/images/sample_disks_testing.hpp"

namespace landfall::images {
namespace {

struct Made {
    const char* name;
    Format format;
    const char* qemu_format;
    const char* options;
};

void PrintTo(const Made& made, std::ostream* out) { *out << made.name; }

class AsQemuWrites : public ::testing::TestWithParam<Made> {};

TEST_P(AsQemuWrites, decodes_to_the_same_bytes) {
    const Made& made = GetParam();
    constexpr std::size_t kMiB = 1 << 20;
    // An even size, an odd number of sectors, less than a block, and no whole number of sectors.
    for (const std::size_t size : {24 * kMiB, 9 * kMiB + 7 * 512, std::size_t{40960}, 3 * kMiB + 700}) {
        const TempFolder folder;
        const ByteVector raw = patterned_disk(size, size);
        const std::string path = made_by_qemu(folder, raw, made.qemu_format, made.options);
        const ByteVector by_qemu = read_by_qemu(folder, path, made.qemu_format);
        const auto source = FileSource::open(path);
        ASSERT_TRUE(source.ok());
        for (unsigned threads = 1; threads <= 4; ++threads) {
            const auto ours = decoded(made.format, **source, threads);
            ASSERT_TRUE(ours.ok()) << ours.error().message();
            EXPECT_TRUE(same_then_zeros(*ours, raw)) << "size " << size << ", threads " << threads;
            EXPECT_TRUE(same_then_zeros(by_qemu, *ours)) << "size " << size;
        }
    }
}

TEST_P(AsQemuWrites, a_file_cut_anywhere_is_refused_or_loses_nothing) {
    const Made& made = GetParam();
    const TempFolder folder;
    const ByteVector raw = patterned_disk((2 << 20) + 512, 7);
    const std::string path = made_by_qemu(folder, raw, made.qemu_format, made.options);
    const ByteVector whole = read_file(path);
    const auto full = decoded(made.format, MemorySource{"whole", whole});
    ASSERT_TRUE(full.ok()) << full.error().message();
    for (std::size_t cut = 0; cut < whole.size(); cut += cut < 4096 ? 61 : 1 + whole.size() / 97) {
        const MemorySource source{
            "cut", ByteVector{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut)}};
        const auto ours = decoded(made.format, source);
        // RAW has no structure that a cut could break.
        if (made.format == Format::raw && cut > 0) continue;
        if (ours.ok()) {
            EXPECT_TRUE(same_bytes(*ours, *full)) << "cut at " << cut << " of " << whole.size();
            continue;
        }
        EXPECT_EQ(ours.error().code(), Errc::invalid) << ours.error().message();
        EXPECT_NE(ours.error().message().find("cut: offset "), std::string::npos) << ours.error().message();
    }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, AsQemuWrites,
    ::testing::Values(Made{"raw", Format::raw, "raw", ""},
                      Made{"vmdk_sparse", Format::vmdk, "vmdk", "subformat=monolithicSparse"},
                      Made{"vmdk_sparse_zeroed", Format::vmdk, "vmdk",
                           "subformat=monolithicSparse,zeroed_grain=on"},
                      Made{"vmdk_stream", Format::vmdk, "vmdk", "subformat=streamOptimized"}),
    [](const auto& instance) { return std::string{instance.param.name}; });

}  // namespace
}  // namespace landfall::images
