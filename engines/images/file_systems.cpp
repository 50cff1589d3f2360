#include "engines/images/file_systems.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "base/bytes.hpp"

namespace landfall::images {
namespace {

constexpr std::size_t kProbed = 66 * 1024;

std::string uuid_text(ByteSpan u) {
    std::string text;
    for (std::size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        char hex[3];
        std::snprintf(hex, sizeof hex, "%02x", std::to_integer<unsigned>(u[i]));
        text += hex;
    }
    return text;
}

/// A label as far as it is printable.
std::string label_text(ByteSpan field) {
    std::string text;
    for (const char c : text_of(field)) {
        if (c < ' ' || c == 127) break;
        text += c;
    }
    while (text.ends_with(' ')) text.pop_back();
    return text;
}

class Probe {
public:
    explicit Probe(ByteSpan bytes) : b_{bytes} {}

    [[nodiscard]] FileSystem answer() const {
        // Containers first: what stands inside them is not the volume's own.
        if (at(0, std::string_view{"LUKS\xba\xbe", 6}))
            return {.type = "luks", .label = {}, .uuid = label_text(b_.subspan(168, 40))};
        for (const std::size_t sector : {512u, 0u, 1024u, 1536u}) {
            if (at(sector, "LABELONE") && at(sector + 24, "LVM2 001")) return {.type = "lvm"};
        }
        if (load_le<std::uint32_t>(b_, 4096) == 0xa92b4efc) return {.type = "raid"};
        if (load_le<std::uint16_t>(b_, 1080) == 0xef53) return ext();
        if (at(0, "XFSB"))
            return {.type = "xfs",
                    .label = label_text(b_.subspan(108, 12)),
                    .uuid = uuid_text(b_.subspan(32, 16))};
        if (at(65536 + 64, "_BHRfS_M")) {
            return {.type = "btrfs",
                    .label = label_text(b_.subspan(65536 + 0x12b, 256)),
                    .uuid = uuid_text(b_.subspan(65536 + 32, 16))};
        }
        if (at(4086, "SWAPSPACE2")) {
            return {.type = "swap",
                    .label = label_text(b_.subspan(1052, 16)),
                    .uuid = uuid_text(b_.subspan(1036, 16))};
        }
        if (at(32769, "CD001")) return {.type = "iso9660", .label = label_text(b_.subspan(32768 + 40, 32))};
        return boot_sector();
    }

private:
    [[nodiscard]] bool at(std::size_t offset, std::string_view text) const {
        return text_of(b_.subspan(offset, text.size())) == text;
    }

    [[nodiscard]] FileSystem ext() const {
        const auto compatible = load_le<std::uint32_t>(b_, 1024 + 92);
        const auto incompatible = load_le<std::uint32_t>(b_, 1024 + 96);
        constexpr std::uint32_t kJournal = 4, kExtents = 0x40, k64Bit = 0x80, kFlexGroups = 0x200;
        const bool four = (incompatible & (kExtents | k64Bit | kFlexGroups)) != 0;
        return {.type = four                           ? "ext4"
                        : (compatible & kJournal) != 0 ? "ext3"
                                                       : "ext2",
                .label = label_text(b_.subspan(1024 + 120, 16)),
                .uuid = uuid_text(b_.subspan(1024 + 104, 16))};
    }

    [[nodiscard]] FileSystem boot_sector() const {
        if (load_le<std::uint16_t>(b_, 510) != 0xaa55) return {};
        char serial[17];
        if (at(3, "NTFS    ")) {
            std::snprintf(serial, sizeof serial, "%016llX",
                          static_cast<unsigned long long>(load_le<std::uint64_t>(b_, 72)));
            return {.type = "ntfs", .label = {}, .uuid = serial};
        }
        if (at(3, "EXFAT   ")) return {.type = "exfat"};
        const bool large = at(82, "FAT32   ");
        if (!large && !at(54, "FAT16   ") && !at(54, "FAT12   ")) return {};
        const std::size_t fields = large ? 67 : 39;
        const auto id = load_le<std::uint32_t>(b_, fields);
        std::snprintf(serial, sizeof serial, "%04X-%04X", id >> 16, id & 0xffff);
        return {.type = "vfat", .label = label_text(b_.subspan(fields + 4, 11)), .uuid = serial};
    }

    ByteSpan b_;
};

}  // namespace

Result<FileSystem> probe_file_system(const ByteSource& volume) {
    std::vector<std::byte> first(kProbed);
    TRY(volume.read_at(ByteOffset{0}, first));
    return Probe{first}.answer();
}

}  // namespace landfall::images
