// inspect: what a disk holds, from signatures alone: partitions, file systems, how it boots, a guess at its
// system. Reads a bounded number of sectors and never follows a structure further than its fixed places.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/images/byte_source.hpp"

namespace landfall::images {

enum class PartitionTable : std::uint8_t { none, mbr, gpt };
enum class BootMode : std::uint8_t { unknown, legacy_bios, uefi };
enum class System : std::uint8_t { unknown, gnu_linux, windows };

[[nodiscard]] std::string_view name_of(PartitionTable table);
[[nodiscard]] std::string_view name_of(BootMode mode);  ///< "legacy-bios", "uefi", ""
[[nodiscard]] std::string_view name_of(System system);

struct Volume {
    std::uint32_t number = 0;  ///< as the table counts, from 1; 0 = the whole disk
    ByteOffset begin;
    Bytes size;
    std::string type;         ///< MBR type in hex ("83") or the GPT type's UUID
    std::string file_system;  ///< "ext4", "xfs", "btrfs", "vfat", "ntfs", "swap", "lvm", "luks", "" …
    std::string label;
    std::string uuid;
    bool esp = false;     ///< an EFI system partition
    bool active = false;  ///< the MBR's boot flag
};

struct Inspection {
    PartitionTable table = PartitionTable::none;
    std::vector<Volume> volumes;
    BootMode boot = BootMode::unknown;
    System system = System::unknown;
    std::string release;  ///< PRETTY_NAME of /etc/os-release where an ext root could be read; else ""
};

/// `disk` is the guest's view: raw bytes. Errc of the source only: a disk without anything known is a valid
/// answer.
[[nodiscard]] Result<Inspection> inspect(const ByteSource& disk);

}  // namespace landfall::images
