#include <gtest/gtest.h>

#include "engines/images/sample_disks_testing.hpp"

namespace landfall::images {
namespace {

/// A disk of several files as qemu-img writes it, with every file beside the descriptor.
struct SplitDisk {
    ByteVector raw;
    ByteVector descriptor;
    NamedFiles files;
};

void make_split(SplitDisk& disk, const std::string& subformat, const std::vector<std::string>& extents,
                std::size_t size) {
    const TempFolder folder;
    disk.raw = patterned_disk(size, 11);
    disk.descriptor = read_file(made_by_qemu(folder, disk.raw, "vmdk", "subformat=" + subformat));
    for (const std::string& name : extents) disk.files.add(name, read_file(folder.path(name)));
}

ByteVector bytes_from(std::string_view text) { return {bytes_of(text).begin(), bytes_of(text).end()}; }

ByteVector descriptor_with(std::string_view extents, std::string_view more = "") {
    std::string text = "# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\n";
    text += "createType=\"twoGbMaxExtentFlat\"\n";
    text += more;
    text += extents;
    return bytes_from(text);
}

std::string has(const std::string& message, std::string_view part) {
    return message.find(part) != std::string::npos ? "" : "in: " + message;
}

TEST(Vmdk, a_flat_disk_is_found_by_name_beside_its_descriptor) {
    SplitDisk disk;
    make_split(disk, "monolithicFlat", {"made-flat.vmdk"}, (5 << 20) + 512);
    const MemorySource descriptor{"made.vmdk", disk.descriptor};
    const auto ours = decoded(Format::vmdk, descriptor, 2, &disk.files);
    ASSERT_TRUE(ours.ok()) << ours.error().message();
    EXPECT_TRUE(same_bytes(*ours, disk.raw));
}

TEST(Vmdk, a_split_sparse_disk_is_found_by_name_beside_its_descriptor) {
    SplitDisk disk;
    make_split(disk, "twoGbMaxExtentSparse", {"made-s001.vmdk"}, 5 << 20);
    const MemorySource descriptor{"made.vmdk", disk.descriptor};
    const auto ours = decoded(Format::vmdk, descriptor, 2, &disk.files);
    ASSERT_TRUE(ours.ok()) << ours.error().message();
    EXPECT_TRUE(same_bytes(*ours, disk.raw));
}

TEST(Vmdk, extents_of_odd_sizes_follow_each_other) {
    NamedFiles files;
    const ByteVector a = patterned_disk(1000 * 512, 1);
    const ByteVector b = patterned_disk(3001 * 512, 2);
    files.add("a", a);
    files.add("b", b);
    files.add("c", a);
    const ByteVector text =
        descriptor_with("RW 1000 FLAT \"a\" 0\nRW 77 ZERO\nRW 3000 FLAT \"b\" 1\nRDONLY 10 VMFS \"c\"\n");
    const auto ours = decoded(Format::vmdk, MemorySource{"d", text}, 3, &files);
    ASSERT_TRUE(ours.ok()) << ours.error().message();
    ByteVector expected = a;
    expected.resize(expected.size() + 77 * 512);
    expected.insert(expected.end(), b.begin() + 512, b.end());
    expected.insert(expected.end(), a.begin(), a.begin() + 5120);
    EXPECT_TRUE(same_bytes(*ours, expected));
}

TEST(Vmdk, only_plain_names_beside_the_descriptor_are_read) {
    NamedFiles files;
    files.add("a", ByteVector(512));
    for (const std::string name :
         {"/etc/passwd", "../a", "sub/a", "C:\\a", "..", "", "nbd://host/a", "a/../a"}) {
        const std::string message =
            refusal(Format::vmdk, descriptor_with("RW 1 FLAT \"" + name + "\" 0\n"), &files);
        EXPECT_EQ(has(message, "is not a plain file name"), "");
        EXPECT_EQ(has(message, "upload: offset 96"), "");
    }
    EXPECT_EQ(has(refusal(Format::vmdk, descriptor_with("RW 1 FLAT \"b\" 0\n"), &files),
                  "\"b\" is not among the files given"),
              "");
    EXPECT_EQ(
        has(refusal(Format::vmdk, descriptor_with("RW 1 FLAT \"a\" 0\n")), "is not among the files given"),
        "");
}

TEST(Vmdk, deltas_devices_and_unknown_extents_are_refused_by_name) {
    NamedFiles files;
    files.add("a", ByteVector(512));
    const auto refused = [&](std::string_view extents, std::string_view more = "") {
        return refusal(Format::vmdk, descriptor_with(extents, more), &files);
    };
    EXPECT_EQ(has(refused("RW 1 VMFSRDM \"a\"\n"), "VMFSRDM are refused"), "");
    EXPECT_EQ(has(refused("RW 1 VMFSRAW \"a\"\n"), "VMFSRAW are refused"), "");
    EXPECT_EQ(has(refused("RW 1 VMFSSPARSE \"a\"\n"), "VMFSSPARSE are refused"), "");
    EXPECT_EQ(has(refused("RW 1 SESPARSE \"a\"\n"), "SESPARSE are refused"), "");
    EXPECT_EQ(
        has(refused("RW 1 FLAT \"a\" 0\n", "parentFileNameHint=\"/etc/x.vmdk\"\n"), "parentFileNameHint"),
        "");
    EXPECT_EQ(has(refused("RW 1 FLAT \"a\" 0\n", "parentCID=0badcafe\n"), "parentCID"), "");
    EXPECT_EQ(has(refused(""), "names no extent"), "");
    EXPECT_EQ(has(refused("RW x FLAT \"a\" 0\n"), "not a number of sectors"), "");
    EXPECT_EQ(has(refused("RW 18446744073709551615 ZERO\n"), "not a number of sectors"), "");
    EXPECT_EQ(has(refused("RW 2 FLAT \"a\" 0\n"), "the extent needs 1024 bytes at 0, a has 512"), "");
    EXPECT_EQ(has(refused("RW 1 FLAT \"a\" 1\n"), "the extent needs 512 bytes at 512, a has 512"), "");
    EXPECT_EQ(has(refused("RW 1000000000000000 ZERO\n"), "the limit is"), "");
}

/// Changes of a valid streamOptimized disk (32 KiB header area, directory in front) and what is said of them.
class Stream : public ::testing::Test {
protected:
    void SetUp() override {
        const TempFolder folder;
        raw_ = patterned_disk(3 << 20, 5);
        file_ = read_file(made_by_qemu(folder, raw_, "vmdk", "subformat=streamOptimized"));
    }
    template <class T>
    [[nodiscard]] ByteVector with(std::size_t at, T value) const {
        ByteVector changed = file_;
        store_le<T>(changed, at, value);
        return changed;
    }
    [[nodiscard]] std::size_t first_grain() const {
        const auto directory = load_le<std::uint64_t>(file_, 56) * 512;
        const auto table = std::size_t{load_le<std::uint32_t>(file_, directory)} * 512;
        for (std::size_t i = 0;; ++i) {
            if (const auto grain = load_le<std::uint32_t>(file_, table + i * 4); grain != 0)
                return std::size_t{grain} * 512;
        }
    }
    ByteVector raw_;
    ByteVector file_;
};

/// As VMware writes it: the directory behind the grains, known only from the footer.
ByteVector with_footer(const ByteVector& stream) {
    ByteVector out = stream;
    out.resize((out.size() + 511) / 512 * 512);
    const auto directory = load_le<std::uint64_t>(out, 56) * 512;
    const auto entries = std::size_t{(load_le<std::uint64_t>(out, 12) + 65535) / 65536};
    const std::uint64_t moved = out.size() / 512 + 1;
    out.resize(out.size() + 1024 + 1536);
    const std::size_t at = static_cast<std::size_t>(moved) * 512;
    std::copy_n(out.begin() + static_cast<std::ptrdiff_t>(directory), entries * 4,
                out.begin() + static_cast<std::ptrdiff_t>(at));
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(directory), entries * 4, std::byte{0xee});
    const std::size_t footer = out.size() - 1536;
    store_le<std::uint64_t>(out, footer, 1);
    store_le<std::uint32_t>(out, footer + 12, 3);
    std::copy_n(out.begin(), 512, out.begin() + static_cast<std::ptrdiff_t>(footer + 512));
    store_le<std::uint64_t>(out, footer + 512 + 56, moved);
    store_le<std::uint64_t>(out, 56, ~std::uint64_t{0});
    return out;
}

TEST_F(Stream, the_footer_wins_over_the_header) {
    const auto ours = decoded(Format::vmdk, MemorySource{"stream", with_footer(file_)});
    ASSERT_TRUE(ours.ok()) << ours.error().message();
    EXPECT_TRUE(same_bytes(*ours, raw_));
}

TEST_F(Stream, without_its_footer_a_stream_is_truncated) {
    ByteVector cut = with_footer(file_);
    cut.resize(cut.size() - 512);
    EXPECT_EQ(has(refusal(Format::vmdk, cut), "it is truncated"), "");
    cut.resize(cut.size() - 100);
    EXPECT_EQ(has(refusal(Format::vmdk, cut), "it is truncated"), "");
}

TEST_F(Stream, a_grain_that_expands_beyond_its_place_is_refused) {
    // 64 KiB grains hold what was compressed from 128 KiB: take the table of a disk with 64 KiB, give it such
    // a stream.
    const std::size_t grain = first_grain();
    ByteVector bomb = file_;
    // A stored block of 65,535 bytes and a second one of 1,000: more than a grain, and no checksum is
    // reached.
    bomb.resize(std::max(bomb.size(), grain + 200'000));
    store_le<std::uint32_t>(bomb, grain + 8, 66'600);
    std::size_t at = grain + 12;
    const auto byte = [&](unsigned v) { bomb[at++] = static_cast<std::byte>(v); };
    byte(0x78), byte(0x01), byte(0), byte(0xff), byte(0xff), byte(0), byte(0);
    at += 65'535;
    byte(1), byte(0xe8), byte(3), byte(0x17), byte(0xfc);
    EXPECT_EQ(has(refusal(Format::vmdk, bomb), "give more than the 65536 bytes of their place"), "");
}

TEST_F(Stream, lying_grains_are_refused_with_their_offset) {
    const std::size_t grain = first_grain();
    const std::string offset = "upload: offset " + std::to_string(grain);
    EXPECT_EQ(has(refusal(Format::vmdk, with<std::uint64_t>(grain, 999'999)), offset), "");
    EXPECT_EQ(
        has(refusal(Format::vmdk, with<std::uint64_t>(grain, 999'999)), "marked as that of sector 999999"),
        "");
    EXPECT_EQ(has(refusal(Format::vmdk, with<std::uint32_t>(grain + 8, 0x7fffffff)), "at most"), "");
    EXPECT_EQ(has(refusal(Format::vmdk, with<std::uint32_t>(grain + 8, 0)), "marked as 0 compressed bytes"),
              "");
    EXPECT_EQ(has(refusal(Format::vmdk, with<std::uint32_t>(grain + 20, 0xffffffff)), offset), "");
}

TEST_F(Stream, lying_headers_are_refused_before_anything_is_allocated) {
    const auto said = [&](const ByteVector& bytes, std::string_view part) {
        EXPECT_EQ(has(refusal(Format::vmdk, bytes), part), "");
    };
    said(with<std::uint64_t>(12, std::uint64_t{1} << 40), "lies beyond the end of the file");  // 512 TiB
    said(with<std::uint64_t>(12, ~std::uint64_t{0}), "a capacity of");
    said(with<std::uint64_t>(12, 0), "a capacity of 0 sectors");
    said(with<std::uint64_t>(12, 4096), "the header says 2097152");
    said(with<std::uint64_t>(20, std::uint64_t{1} << 33), "sectors is refused");
    said(with<std::uint64_t>(20, 3), "a grain of 3 sectors");
    said(with<std::uint32_t>(44, 0), "grain tables of 0 entries");
    said(with<std::uint32_t>(44, 1u << 31), "grain tables of");
    said(with<std::uint64_t>(56, 1u << 30), "lies beyond the end of the file");
    said(with<std::uint32_t>(4, 9), "version 9");
    said(with<std::uint32_t>(8, 0x80030001), "flags that are not known");
    said(with<std::uint16_t>(77, 2), "compression 2");
    said(with<std::uint32_t>(73, 0x0a0d0a0d), "copied as text");
    said(with<std::uint64_t>(28, 0), "one extent of a split disk");
    said(with<std::uint32_t>(0, 0x44574f43), "COWD");
    said(bytes_from("QFI\xfb"), "neither a sparse VMDK");
}

TEST_F(Stream, tables_that_point_nowhere_are_refused) {
    const std::size_t directory = load_le<std::uint64_t>(file_, 56) * 512;
    const std::size_t table = std::size_t{load_le<std::uint32_t>(file_, directory)} * 512;
    EXPECT_EQ(has(refusal(Format::vmdk, with<std::uint32_t>(directory, 0x7fffffff)), "grain table 0"), "");
    EXPECT_EQ(has(refusal(Format::vmdk, with<std::uint32_t>(table, 0x7fffffff)), "lies beyond the end"), "");
    EXPECT_EQ(has(refusal(Format::vmdk, with<std::uint32_t>(table, 1)), "inside the header"), "");
    // A table that is its own directory, and a directory that is a table: read as numbers, refused as grains.
    EXPECT_NE(
        refusal(Format::vmdk, with<std::uint32_t>(directory, static_cast<std::uint32_t>(directory / 512))),
        "");
}

TEST(Vmdk, clusters_named_twice_do_not_multiply_the_work) {
    const TempFolder folder;
    const ByteVector raw = patterned_disk(24 << 20, 5);
    ByteVector file = read_file(made_by_qemu(folder, raw, "vmdk", "subformat=monolithicSparse"));
    const std::size_t directory = load_le<std::uint64_t>(file, 56) * 512;
    const std::size_t table = std::size_t{load_le<std::uint32_t>(file, directory)} * 512;
    const auto grain = static_cast<std::uint32_t>(file.size() / 512 - 128);
    for (std::size_t i = 0; i < 384; ++i) store_le<std::uint32_t>(file, table + i * 4, grain);
    EXPECT_EQ(has(refusal(Format::vmdk, file), "clusters overlap"), "");
}

}  // namespace
}  // namespace landfall::images
