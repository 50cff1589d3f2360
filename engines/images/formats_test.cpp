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
    ::testing::Values(
        Made{"raw", Format::raw, "raw", ""},
        Made{"vmdk_sparse", Format::vmdk, "vmdk", "subformat=monolithicSparse"},
        Made{"vmdk_sparse_zeroed", Format::vmdk, "vmdk", "subformat=monolithicSparse,zeroed_grain=on"},
        Made{"vmdk_stream", Format::vmdk, "vmdk", "subformat=streamOptimized"},
        Made{"qcow2_v2", Format::qcow2, "qcow2", "compat=0.10"},
        Made{"qcow2_v3", Format::qcow2, "qcow2", "compat=1.1,lazy_refcounts=on"},
        Made{"qcow2_small_clusters", Format::qcow2, "qcow2", "cluster_size=512"},
        Made{"qcow2_large_clusters", Format::qcow2, "qcow2", "cluster_size=2M"},
        Made{"qcow2_extended", Format::qcow2, "qcow2", "extended_l2=on"},
        Made{"qcow2_preallocated", Format::qcow2, "qcow2", "preallocation=metadata"},
        Made{"qcow2_deflate", Format::qcow2, "qcow2", "-c"},
        Made{"qcow2_deflate_v2", Format::qcow2, "qcow2", "-ccompat=0.10,cluster_size=4k"},
        Made{"qcow2_deflate_large", Format::qcow2, "qcow2", "-ccluster_size=2M"},
        Made{"qcow2_zstd", Format::qcow2, "qcow2", "-ccompression_type=zstd"},
        Made{"qcow2_zstd_large", Format::qcow2, "qcow2", "-ccompression_type=zstd,cluster_size=1M"},
        Made{"qcow2_zstd_extended", Format::qcow2, "qcow2", "-ccompression_type=zstd,extended_l2=on"},
        Made{"vhd_dynamic", Format::vhd, "vpc", "subformat=dynamic"},
        Made{"vhd_dynamic_sized", Format::vhd, "vpc", "subformat=dynamic,force_size=on"},
        Made{"vhd_fixed", Format::vhd, "vpc", "subformat=fixed"},
        Made{"vhd_fixed_sized", Format::vhd, "vpc", "subformat=fixed,force_size=on"},
        Made{"vhdx_dynamic", Format::vhdx, "vhdx", "subformat=dynamic,block_size=1M"},
        Made{"vhdx_dynamic_large", Format::vhdx, "vhdx", "subformat=dynamic"},
        Made{"vhdx_fixed", Format::vhdx, "vhdx", "subformat=fixed,block_size=1M"},
        Made{"vdi_dynamic", Format::vdi, "vdi", ""}, Made{"vdi_static", Format::vdi, "vdi", "static=on"}),
    [](const auto& instance) { return std::string{instance.param.name}; });

}  // namespace
}  // namespace landfall::images
