// What QCOW2, VHD, VHDX and VDI files are refused for, and the two that must be read unlike they look: a
// VHD's size and a VHDX with a log.
#include <gtest/gtest.h>

#include "base/checksum.hpp"
#include "engines/images/sample_disks_testing.hpp"

namespace landfall::images {
namespace {

std::string missing(const std::string& message, std::string_view part) {
    return message.find(part) != std::string::npos ? "" : "in: " + message;
}

/// A valid file of one format, changed in one place at a time.
class Changed : public ::testing::Test {
protected:
    void make(Format format, const std::string& qemu_format, const std::string& options,
              std::size_t size = 3 << 20) {
        const TempFolder folder;
        format_ = format;
        raw_ = patterned_disk(size, 9);
        file_ = read_file(made_by_qemu(folder, raw_, qemu_format, options));
    }
    template <class T>
    [[nodiscard]] ByteVector be(std::size_t at, T value) const {
        ByteVector changed = file_;
        store_be<T>(changed, at, value);
        return changed;
    }
    template <class T>
    [[nodiscard]] ByteVector le(std::size_t at, T value) const {
        ByteVector changed = file_;
        store_le<T>(changed, at, value);
        return changed;
    }
    void said(const ByteVector& bytes, std::string_view part) const {
        EXPECT_EQ(missing(refusal(format_, bytes), part), "");
    }
    Format format_ = Format::raw;
    ByteVector raw_;
    ByteVector file_;
};

using Qcow2 = Changed;

TEST_F(Qcow2, backing_files_of_every_kind_are_refused_by_name) {
    for (const std::string name : {"/etc/passwd", "json:{\"driver\":\"file\",\"filename\":\"/etc/passwd\"}",
                                   "nbd://127.0.0.1:10809/x", "../other"}) {
        make(Format::qcow2, "qcow2", "");
        store_be<std::uint64_t>(file_, 8, 512);
        store_be<std::uint32_t>(file_, 16, static_cast<std::uint32_t>(name.size()));
        std::ranges::copy(bytes_of(name), file_.begin() + 512);
        said(file_, "upload: offset 8: the disk needs a backing file (\"" + name + "\"): refused");
    }
}

TEST_F(Qcow2, data_files_keys_and_unknown_features_are_refused) {
    make(Format::qcow2, "qcow2", "");
    said(be<std::uint64_t>(72, 4),
         "upload: offset 72: the disk's bytes are in an external data file: refused");
    said(be<std::uint64_t>(72, 2), "marked as corrupt");
    said(be<std::uint64_t>(72, 32), "features that are not known");
    said(be<std::uint64_t>(72, std::uint64_t{1} << 63), "features that are not known");
    said(be<std::uint32_t>(32, 1), "upload: offset 32: encrypted disks are refused");
    said(be<std::uint32_t>(32, 2), "encrypted");
    said(be<std::uint32_t>(4, 1), "QCOW2 version 1");
    said(be<std::uint32_t>(4, 4), "QCOW2 version 4");
    said(be<std::uint32_t>(100, 72), "header's length");
    said(be<std::uint32_t>(0, 0), "this is not a QCOW2 disk");
}

TEST_F(Qcow2, a_compression_type_that_is_not_known_is_refused) {
    make(Format::qcow2, "qcow2", "-ccompression_type=zstd");
    ByteVector changed = file_;
    changed[104] = std::byte{2};
    said(changed, "upload: offset 104: the compression type is not known");
}

TEST_F(Qcow2, lying_sizes_are_refused_before_anything_is_allocated) {
    make(Format::qcow2, "qcow2", "");
    said(be<std::uint64_t>(24, std::uint64_t{1} << 60), "the limit is");
    said(be<std::uint64_t>(24, std::uint64_t{1} << 42), "the L1 table has 1 entries");
    said(be<std::uint64_t>(24, 0), "the disk has no bytes");
    said(be<std::uint32_t>(36, 0), "the L1 table has 0 entries");
    said(be<std::uint64_t>(40, std::uint64_t{1} << 40), "the L1 table lies beyond");
    said(be<std::uint64_t>(40, 512), "the L1 table lies beyond");
    said(be<std::uint32_t>(20, 8), "clusters of 2^8 bytes");
    said(be<std::uint32_t>(20, 31), "clusters of 2^31 bytes");
}

TEST_F(Qcow2, tables_that_point_nowhere_or_at_each_other_are_refused) {
    make(Format::qcow2, "qcow2", "");
    const auto l1 = static_cast<std::size_t>(load_be<std::uint64_t>(file_, 40));
    const auto l2 = static_cast<std::size_t>(load_be<std::uint64_t>(file_, l1) & 0x00fffffffffffe00);
    said(be<std::uint64_t>(l1, 0x0000400000000000), "before an L2 table");
    said(be<std::uint64_t>(l1, 0x200), "upload: offset " + std::to_string(l1) + ": L1 entry 0 is damaged");
    said(be<std::uint64_t>(l1, 0x7f00000000000000), "L1 entry 0 is damaged");
    said(be<std::uint64_t>(l2, 0x0000400000000000), "lies beyond the end of the file");
    said(be<std::uint64_t>(l2, 0x2), "the L2 entry of guest offset 0 is damaged");
    said(be<std::uint64_t>(l2, 0x4000'0000'7fff'0000), "compressed cluster");
    constexpr std::uint64_t kOwned = 1ull << 63;
    said(be<std::uint64_t>(l1, kOwned | l1), "leads into the L1 table itself");
    said(be<std::uint64_t>(l2, kOwned | l2), "is one of the disk's own tables");
    said(be<std::uint64_t>(l2, kOwned | l1), "is one of the disk's own tables");
    said(be<std::uint64_t>(l2, (1ull << 62) | 600), "is one of the disk's own tables");
    said(be<std::uint32_t>(36, 1u << 30), "the L1 table lies beyond");
    // Every cluster the same one: numbers, and then too many of them.
    ByteVector aliased = file_;
    for (std::size_t i = 0; i < 48; ++i)
        store_be<std::uint64_t>(aliased, l2 + i * 8, (l2 + (1 << 16)) | kOwned);
    aliased.resize(2 << 20);
    said(aliased, "clusters overlap");
}

TEST_F(Qcow2, damaged_and_oversized_compressed_clusters_are_refused) {
    for (const char* options : {"-c", "-ccompression_type=zstd"}) {
        make(Format::qcow2, "qcow2", options);
        const auto l1 = static_cast<std::size_t>(load_be<std::uint64_t>(file_, 40));
        const auto l2 = static_cast<std::size_t>(load_be<std::uint64_t>(file_, l1) & 0x00fffffffffffe00);
        std::size_t slot = l2;
        while ((load_be<std::uint64_t>(file_, slot) >> 62 & 1) == 0) slot += 8;
        const std::uint64_t entry = load_be<std::uint64_t>(file_, slot);
        const auto at = static_cast<std::size_t>(entry & ((1ull << 54) - 1));
        ByteVector changed = file_;
        for (std::size_t i = 0; i < 64; ++i) changed[at + i] = std::byte{0xff};
        said(changed, "upload: offset " + std::to_string(at) + ": the compressed bytes of guest offset");
        // A stream longer than what the table says was stored.
        said(be<std::uint64_t>(slot, (1ull << 62) | at), "are damaged");
    }
}

using Vhd = Changed;

void sign_footer(ByteVector& file, std::size_t at) {
    store_be<std::uint32_t>(file, at + 64, 0);
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < 512; ++i) sum += std::to_integer<std::uint32_t>(file[at + i]);
    store_be<std::uint32_t>(file, at + 64, ~sum);
}

TEST_F(Vhd, differencing_disks_are_refused_by_name) {
    make(Format::vhd, "vpc", "subformat=dynamic");
    const std::size_t footer = file_.size() - 512;
    store_be<std::uint32_t>(file_, footer + 60, 4);
    said(file_, "checksum is wrong");
    sign_footer(file_, footer);
    said(file_, "a differencing VHD, a delta of a parent: refused");
    store_be<std::uint32_t>(file_, footer + 60, 7);
    sign_footer(file_, footer);
    said(file_, "VHD type 7 is not known");
}

TEST_F(Vhd, the_size_is_the_one_that_the_creator_meant) {
    struct Case {
        const char* creator;
        std::uint64_t size;
    };
    constexpr std::uint64_t kField = 2 << 20;
    constexpr std::uint64_t kGeometry = 100ull * 4 * 5 * 512;
    for (const Case& c :
         {Case{"vpc ", kGeometry}, Case{"qemu", kGeometry}, Case{"win ", kField}, Case{"qem2", kField},
          Case{"d2v ", kField}, Case{"CTXS", kField}, Case{"tap\0", kField}, Case{"vbox", kField}}) {
        make(Format::vhd, "vpc", "subformat=fixed,force_size=on");
        const std::size_t footer = file_.size() - 512;
        store_be<std::uint64_t>(file_, footer + 48, kField);
        store_be<std::uint16_t>(file_, footer + 56, 100);
        file_[footer + 58] = std::byte{4};
        file_[footer + 59] = std::byte{5};
        std::ranges::copy(bytes_of(std::string_view{c.creator, 4}),
                          file_.begin() + static_cast<std::ptrdiff_t>(footer + 28));
        sign_footer(file_, footer);
        const MemorySource source{"upload", file_};
        const auto image = open_image(Format::vhd, source, {});
        ASSERT_TRUE(image.ok()) << image.error().message();
        EXPECT_EQ((*image)->virtual_size().count, c.size) << c.creator;
        const auto ours = decoded(Format::vhd, source);
        ASSERT_TRUE(ours.ok());
        EXPECT_TRUE(
            same_bytes(*ours, ByteVector{raw_.begin(), raw_.begin() + static_cast<std::ptrdiff_t>(c.size)}));
    }
}

TEST_F(Vhd, lying_sizes_and_tables_are_refused) {
    make(Format::vhd, "vpc", "subformat=fixed,force_size=on");
    store_be<std::uint64_t>(file_, file_.size() - 512 + 48, 4 << 20);
    sign_footer(file_, file_.size() - 512);
    said(file_, "the footer says 4194304 bytes, the file holds 3145728");
    store_be<std::uint64_t>(file_, file_.size() - 512 + 48, 1ull << 42);
    sign_footer(file_, file_.size() - 512);
    said(file_, "the limit is");

    make(Format::vhd, "vpc", "subformat=dynamic,force_size=on");
    const auto table = static_cast<std::size_t>(load_be<std::uint64_t>(file_, 512 + 16));
    said(be<std::uint32_t>(table, 0x7fffffff), "upload: offset " + std::to_string(table) + ": the block at");
    said(be<std::uint32_t>(512 + 28, 0), "checksum is wrong");
    ByteVector big = file_;
    store_be<std::uint64_t>(big, big.size() - 512 + 48, 1ull << 40);
    sign_footer(big, big.size() - 512);
    said(big, "the block allocation table has 2 entries, the size needs 524288");
    ByteVector lost = file_;
    store_be<std::uint64_t>(lost, lost.size() - 512 + 16, 1ull << 40);
    sign_footer(lost, lost.size() - 512);
    said(lost, "before the dynamic disk header");
    said(ByteVector(100), "shorter than a VHD footer");
    said(ByteVector(4096), "no VHD footer");
}

using Vdi = Changed;

TEST_F(Vdi, deltas_lies_and_strangers_are_refused) {
    make(Format::vdi, "vdi", "");
    said(le<std::uint32_t>(0x4c, 4), "a delta of a parent");
    said(le<std::uint32_t>(0x4c, 3), "a delta of a parent");
    said(le<std::uint32_t>(0x4c, 9), "VDI type 9");
    said(le<std::uint32_t>(0x1b8, 1), "names a parent");
    said(le<std::uint32_t>(0x40, 1), "this is not a VDI disk");
    said(le<std::uint32_t>(0x44, 1), "version is not 1.1");
    said(le<std::uint64_t>(0x170, 1ull << 50), "the limit is");
    said(le<std::uint64_t>(0x170, 1ull << 40), "the block map has 3 entries");
    said(le<std::uint32_t>(0x178, 3), "blocks of 3 bytes");
    said(le<std::uint32_t>(0x154, 0x7fffffff), "the block map lies beyond");
    said(le<std::uint32_t>(load_le<std::uint32_t>(file_, 0x154), 0x7fffffff),
         "lies beyond the end of the file");
}

}  // namespace
}  // namespace landfall::images
