#include "engines/images/inspect.hpp"

#include <algorithm>
#include <string_view>

#include "engines/images/file_systems.hpp"
#include "engines/images/partitions.hpp"

namespace landfall::images {

std::string_view name_of(PartitionTable table) {
    switch (table) {
        case PartitionTable::none: return "none";
        case PartitionTable::mbr: return "mbr";
        case PartitionTable::gpt: return "gpt";
    }
    return "";
}

std::string_view name_of(BootMode mode) {
    switch (mode) {
        case BootMode::unknown: return "";
        case BootMode::legacy_bios: return "legacy-bios";
        case BootMode::uefi: return "uefi";
    }
    return "";
}

std::string_view name_of(System system) {
    switch (system) {
        case System::unknown: return "";
        case System::gnu_linux: return "Linux";
        case System::windows: return "Windows";
    }
    return "";
}

namespace {

/// A disk that can start both ways starts as BIOS machines do, which needs nothing beside the disk.
BootMode boot_mode_of(const Partitions& partitions) {
    const auto& volumes = partitions.volumes;
    const bool esp = std::ranges::any_of(volumes, &Volume::esp);
    const bool bios_boot =
        std::ranges::any_of(volumes, [](const Volume& v) { return v.type == kGptBiosBoot; });
    const bool active = std::ranges::any_of(volumes, &Volume::active);
    switch (partitions.table) {
        case PartitionTable::gpt:
            if (bios_boot) return BootMode::legacy_bios;
            return esp ? BootMode::uefi : BootMode::unknown;
        case PartitionTable::mbr:
            if (esp && !(active && partitions.boot_code)) return BootMode::uefi;
            return partitions.boot_code ? BootMode::legacy_bios : BootMode::unknown;
        case PartitionTable::none: break;
    }
    return partitions.boot_code ? BootMode::legacy_bios : BootMode::unknown;
}

System system_of(const std::vector<Volume>& volumes) {
    const auto has = [&](std::initializer_list<std::string_view> types) {
        return std::ranges::any_of(volumes, [&](const Volume& v) {
            return std::ranges::find(types, std::string_view{v.file_system}) != types.end();
        });
    };
    if (has({"ext2", "ext3", "ext4", "xfs", "btrfs", "lvm", "swap", "raid"})) return System::gnu_linux;
    return has({"ntfs"}) ? System::windows : System::unknown;
}

/// PRETTY_NAME="Debian GNU/Linux 12 (bookworm)", in any quotes; only what can be shown.
std::string pretty_name(std::string_view os_release) {
    constexpr std::string_view kKey = "PRETTY_NAME=";
    for (std::size_t begin = 0; begin < os_release.size();) {
        const std::size_t end = std::min(os_release.find('\n', begin), os_release.size());
        std::string_view line = os_release.substr(begin, end - begin);
        begin = end + 1;
        if (!line.starts_with(kKey)) continue;
        line.remove_prefix(kKey.size());
        std::string name;
        for (const char c : line.substr(0, 128)) {
            if (c >= ' ' && c < 127 && c != '"' && c != '\'') name += c;
        }
        return name;
    }
    return {};
}

Result<std::string> release_of(const ByteSource& volume) {
    const auto text = TRY(read_ext_file(volume, "/etc/os-release"));
    return text ? pretty_name(*text) : std::string{};
}

}  // namespace

Result<Inspection> inspect(const ByteSource& disk) {
    Partitions partitions = TRY(read_partitions(disk));
    if (partitions.volumes.empty()) {
        partitions.table = PartitionTable::none;
        partitions.volumes.push_back({.size = disk.size()});
    }
    Inspection found{.table = partitions.table, .boot = boot_mode_of(partitions)};
    for (Volume& volume : partitions.volumes) {
        const SliceSource bytes{std::string{disk.name()}, disk, volume.begin, volume.size};
        FileSystem fs = TRY(probe_file_system(bytes));
        const bool ext = fs.type.starts_with("ext");
        volume.file_system = std::move(fs.type);
        volume.label = std::move(fs.label);
        volume.uuid = std::move(fs.uuid);
        if (ext && found.release.empty()) found.release = TRY(release_of(bytes));
    }
    found.system = system_of(partitions.volumes);
    found.volumes = std::move(partitions.volumes);
    return found;
}

}  // namespace landfall::images
