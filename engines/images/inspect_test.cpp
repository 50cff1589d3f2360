#include <gtest/gtest.h>

#include <filesystem>

#include "base/checksum.hpp"
#include "engines/images/file_systems.hpp"
#include "engines/images/inspect.hpp"
#include "engines/images/sample_disks_testing.hpp"

namespace landfall::images {
namespace {

constexpr std::size_t kMiB = 1 << 20;

Inspection inspected(const ByteVector& disk) {
    auto found = inspect(MemorySource{"disk", disk});
    EXPECT_TRUE(found.ok());
    return std::move(found).value();
}

void put(ByteVector& disk, std::size_t at, std::string_view text) {
    std::ranges::copy(bytes_of(text), disk.begin() + static_cast<std::ptrdiff_t>(at));
}

void mbr_partition(ByteVector& disk, std::size_t sector_at, std::size_t slot, unsigned type,
                   std::uint32_t begin, std::uint32_t size, unsigned flag = 0) {
    const std::size_t at = sector_at + 446 + slot * 16;
    disk[at] = static_cast<std::byte>(flag);
    disk[at + 4] = static_cast<std::byte>(type);
    store_le<std::uint32_t>(disk, at + 8, begin);
    store_le<std::uint32_t>(disk, at + 12, size);
    store_le<std::uint16_t>(disk, sector_at + 510, 0xaa55);
}

/// An ext made by mke2fs of a root with os-release behind a link, as Debian has it.
ByteVector ext_root(const std::string& type, std::string_view text) {
    namespace fs = std::filesystem;
    const TempFolder folder;
    const fs::path root = folder.path("root");
    fs::create_directories(root / "etc");
    fs::create_directories(root / "usr/lib");
    fs::create_symlink("../usr/lib/os-release", root / "etc/os-release");
    write_file(root / "usr/lib/os-release", bytes_of(text));
    const std::string image = folder.path("root.img");
    EXPECT_EQ(run_program({"/sbin/mke2fs", "-q", "-t", type, "-L", "root-label", "-d", root, image, "8M"}),
              0);
    return read_file(image);
}

constexpr std::string_view kRelease = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";

TEST(Inspect, an_ext_root_on_an_mbr_tells_its_release) {
    for (const std::string type : {"ext2", "ext3", "ext4"}) {
        ByteVector disk(kMiB);
        disk[0] = std::byte{0xeb};
        const ByteVector root = ext_root(type, kRelease);
        mbr_partition(disk, 0, 0, 0x83, 2048, static_cast<std::uint32_t>(root.size() / 512), 0x80);
        disk.insert(disk.end(), root.begin(), root.end());
        const Inspection found = inspected(disk);
        EXPECT_EQ(found.table, PartitionTable::mbr);
        EXPECT_EQ(found.boot, BootMode::legacy_bios);
        EXPECT_EQ(found.system, System::gnu_linux);
        EXPECT_EQ(found.release, "Debian GNU/Linux 12 (bookworm)") << type;
        ASSERT_EQ(found.volumes.size(), 1u);
        EXPECT_EQ(found.volumes[0].file_system, type);
        EXPECT_EQ(found.volumes[0].label, "root-label");
        EXPECT_EQ(found.volumes[0].uuid.size(), 36u);
        EXPECT_EQ(found.volumes[0].type, "83");
        EXPECT_TRUE(found.volumes[0].active);
    }
}

TEST(Inspect, logical_partitions_are_followed_and_circles_are_not) {
    ByteVector disk(4 * kMiB);
    disk[0] = std::byte{0xeb};
    mbr_partition(disk, 0, 0, 0x83, 64, 100);
    mbr_partition(disk, 0, 1, 0x05, 1000, 4000);
    mbr_partition(disk, 1000 * 512, 0, 0x82, 8, 100);
    mbr_partition(disk, 1000 * 512, 1, 0x05, 500, 200);
    mbr_partition(disk, 1500 * 512, 0, 0x8e, 8, 100);
    mbr_partition(disk, 1500 * 512, 1, 0x05, 0, 200);  // back to the first
    put(disk, 1008 * 512 + 4086, "SWAPSPACE2");
    put(disk, 1508 * 512 + 512, "LABELONE");
    put(disk, 1508 * 512 + 512 + 24, "LVM2 001");
    const Inspection found = inspected(disk);
    ASSERT_EQ(found.volumes.size(), 3u);
    EXPECT_EQ(found.volumes[1].number, 5u);
    EXPECT_EQ(found.volumes[1].file_system, "swap");
    EXPECT_EQ(found.volumes[2].number, 6u);
    EXPECT_EQ(found.volumes[2].file_system, "lvm");
}

/// sfdisk's GPT with these lines.
ByteVector gpt(const std::string& lines) {
    const TempFolder folder;
    const std::string disk = folder.path("disk.raw");
    write_file(disk, ByteVector(8 * kMiB));
    write_file(folder.path("table"), bytes_of("label: gpt\n" + lines));
    EXPECT_EQ(run_program({"/bin/sh", "-c", "/sbin/sfdisk -q " + disk + " < " + folder.path("table")}), 0);
    return read_file(disk);
}

TEST(Inspect, an_esp_on_gpt_boots_by_uefi_unless_a_bios_partition_stands_beside_it) {
    const std::string esp = "start=2048, size=4096, type=C12A7328-F81F-11D2-BA4B-00C04FC93EC9\n";
    const std::string bios = "start=8192, size=2048, type=21686148-6449-6E6F-744E-656564454649\n";
    ByteVector disk = gpt(esp);
    put(disk, 2048 * 512 + 82, "FAT32   ");
    put(disk, 2048 * 512 + 71, "EFI SYSTEM ");
    store_le<std::uint16_t>(disk, 2048 * 512 + 510, 0xaa55);
    const Inspection found = inspected(disk);
    EXPECT_EQ(found.table, PartitionTable::gpt);
    EXPECT_EQ(found.boot, BootMode::uefi);
    ASSERT_EQ(found.volumes.size(), 1u);
    EXPECT_TRUE(found.volumes[0].esp);
    EXPECT_EQ(found.volumes[0].file_system, "vfat");
    EXPECT_EQ(found.volumes[0].label, "EFI SYSTEM");
    EXPECT_EQ(inspected(gpt(esp + bios)).boot, BootMode::legacy_bios);

    disk[512 + 20] ^= std::byte{1};  // the first header is damaged: the copy at the end counts
    EXPECT_EQ(inspected(disk).volumes.size(), 1u);
    disk[disk.size() - 512 + 20] ^= std::byte{1};
    EXPECT_EQ(inspected(disk).table, PartitionTable::none);
}

TEST(Inspect, a_disk_without_partitions_is_one_volume) {
    const Inspection root = inspected(ext_root("ext4", kRelease));
    EXPECT_EQ(root.table, PartitionTable::none);
    ASSERT_EQ(root.volumes.size(), 1u);
    EXPECT_EQ(root.volumes[0].number, 0u);
    EXPECT_EQ(root.release, "Debian GNU/Linux 12 (bookworm)");

    ByteVector ntfs(kMiB);
    put(ntfs, 3, "NTFS    ");
    put(ntfs, 446, "A disk read error occurred, this is text where partitions would be");
    store_le<std::uint16_t>(ntfs, 510, 0xaa55);
    const Inspection windows = inspected(ntfs);
    EXPECT_EQ(windows.volumes[0].file_system, "ntfs");
    EXPECT_EQ(windows.system, System::windows);

    const Inspection nothing = inspected(ByteVector(100));
    EXPECT_EQ(nothing.volumes[0].file_system, "");
    EXPECT_EQ(nothing.boot, BootMode::unknown);
}

TEST(Inspect, signatures_of_containers_and_file_systems_are_known) {
    const auto probed = [](std::size_t at, std::string_view text) {
        ByteVector bytes(128 * 1024);
        put(bytes, at, text);
        return probe_file_system(MemorySource{"v", bytes}).value().type;
    };
    EXPECT_EQ(probed(0, "LUKS\xba\xbe"), "luks");
    EXPECT_EQ(probed(0, "XFSB"), "xfs");
    EXPECT_EQ(probed(65536 + 64, "_BHRfS_M"), "btrfs");
    EXPECT_EQ(probed(4096, "\xfc\x4e\x2b\xa9"), "raid");
    EXPECT_EQ(probed(32769, "CD001"), "iso9660");
    EXPECT_EQ(probed(0, "nothing"), "");
}

TEST(Inspect, a_damaged_ext_is_never_more_than_not_found) {
    const ByteVector whole = ext_root("ext4", kRelease);
    for (std::size_t at = 1024; at < whole.size(); at += at < 64 * 1024 ? 37 : 5003) {
        ByteVector changed = whole;
        for (std::size_t i = 0; i < 8 && at + i < changed.size(); ++i) changed[at + i] = std::byte{0xff};
        const auto found = inspect(MemorySource{"disk", std::move(changed)});
        ASSERT_TRUE(found.ok());
        EXPECT_LE(found->release.size(), 128u);
    }
}

}  // namespace
}  // namespace landfall::images
