#include "engines/machines/seed_disk.hpp"

#include <algorithm>
#include <string_view>

#include "base/bytes.hpp"

namespace landfall::machines {

namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kSectors = 8192;
constexpr std::size_t kClusterSectors = 4;
constexpr std::size_t kFatSectors = 7;  // 12 bits for each of 2042 clusters and the two that no FAT uses
constexpr std::size_t kRootEntries = 64;
constexpr std::size_t kRootAt = (1 + 2 * kFatSectors) * kSector;
constexpr std::size_t kClustersAt = kRootAt + kRootEntries * 32;
constexpr std::uint8_t kLabelAttribute = 0x08;
constexpr std::uint8_t kLongNameAttribute = 0x0f;
constexpr std::size_t kLongNamePart = 13;

class Fat {
public:
    Fat() : bytes_(kSector * kSectors) {
        boot_sector();
        set_link(0, 0xff8);
        set_link(1, 0xfff);
        short_entry("CIDATA     ", kLabelAttribute, 0, 0);
    }

    void add(std::string_view name, std::string_view short_name, std::string_view content) {
        const std::size_t first = content.empty() ? 0 : next_cluster_;
        const std::size_t cluster_size = kClusterSectors * kSector;
        for (std::size_t done = 0; done < content.size(); done += cluster_size) {
            const std::string_view part = content.substr(done, cluster_size);
            std::memcpy(bytes_.data() + kClustersAt + (next_cluster_ - 2) * cluster_size, part.data(),
                        part.size());
            const bool last = done + cluster_size >= content.size();
            set_link(next_cluster_, last ? 0xfff : next_cluster_ + 1);
            ++next_cluster_;
        }
        long_entries(name, short_name);
        short_entry(short_name, 0x20, first, content.size());
    }

    std::vector<std::byte> take() && {
        std::copy_n(bytes_.begin() + kSector, kFatSectors * kSector,
                    bytes_.begin() + (1 + kFatSectors) * kSector);
        return std::move(bytes_);
    }

private:
    void put(std::size_t at, std::string_view text) {
        std::memcpy(bytes_.data() + at, text.data(), text.size());
    }
    template <class T>
    void store(std::size_t at, std::size_t value) {
        store_le<T>(bytes_, at, static_cast<T>(value));
    }

    void boot_sector() {
        put(0, "\xeb\x3c\x90MSWIN4.1");
        store<std::uint16_t>(11, kSector);
        store<std::uint8_t>(13, kClusterSectors);
        store<std::uint16_t>(14, 1);  // reserved sectors
        store<std::uint8_t>(16, 2);   // FATs
        store<std::uint16_t>(17, kRootEntries);
        store<std::uint16_t>(19, kSectors);
        store<std::uint8_t>(21, 0xf8);
        store<std::uint16_t>(22, kFatSectors);
        store<std::uint16_t>(24, 32);  // sectors a track and heads: no one asks any more
        store<std::uint16_t>(26, 2);
        store<std::uint8_t>(38, 0x29);  // serial, label and type follow
        store<std::uint32_t>(39, 0x1a4df411);
        put(43, "CIDATA     FAT12   ");
        store<std::uint16_t>(510, 0xaa55);
    }

    void set_link(std::size_t cluster, std::size_t next) {
        const std::size_t at = kSector + cluster * 3 / 2;
        const std::size_t old = load_le<std::uint16_t>(bytes_, at);
        store<std::uint16_t>(at, cluster % 2 == 0 ? (old & 0xf000) | next : (old & 0x000f) | next << 4);
    }

    std::size_t entry() { return kRootAt + 32 * next_entry_++; }

    void short_entry(std::string_view name, std::uint8_t attribute, std::size_t cluster, std::size_t size) {
        const std::size_t at = entry();
        put(at, name);
        store<std::uint8_t>(at + 11, attribute);
        store<std::uint16_t>(at + 24, 0x21);  // 1980-01-01: the first day that FAT knows
        store<std::uint16_t>(at + 26, cluster);
        store<std::uint32_t>(at + 28, size);
    }

    /// The parts of a long name stand in front of the short entry, the last part first.
    void long_entries(std::string_view name, std::string_view short_name) {
        std::uint8_t sum = 0;
        for (const char c : short_name)
            sum = static_cast<std::uint8_t>((sum << 7 | sum >> 1) + static_cast<unsigned char>(c));
        const std::size_t parts = (name.size() + kLongNamePart - 1) / kLongNamePart;
        for (std::size_t part = parts; part > 0; --part) {
            const std::size_t at = entry();
            store<std::uint8_t>(at, part | (part == parts ? 0x40 : 0));
            store<std::uint8_t>(at + 11, kLongNameAttribute);
            store<std::uint8_t>(at + 13, sum);
            for (std::size_t i = 0; i < kLongNamePart; ++i) {
                const std::size_t index = (part - 1) * kLongNamePart + i;
                const std::size_t unit = index < name.size()    ? static_cast<unsigned char>(name[index])
                                         : index == name.size() ? 0
                                                                : 0xffff;
                store<std::uint16_t>(at + unit_offset(i), unit);
            }
        }
    }
    /// Where the i-th character of a part stands: 5 at 1, 6 at 14, 2 at 28.
    static std::size_t unit_offset(std::size_t i) {
        return i < 5 ? 1 + 2 * i : i < 11 ? 4 + 2 * i : 6 + 2 * i;
    }

    std::vector<std::byte> bytes_;
    std::size_t next_cluster_ = 2;
    std::size_t next_entry_ = 0;
};

}  // namespace

std::vector<std::byte> seed_disk(const SeedSpec& seed) {
    Fat fat;
    fat.add("meta-data", "META-D~1   ", seed.meta_data);
    fat.add("user-data", "USER-D~1   ", seed.user_data);
    if (!seed.network_config.empty()) fat.add("network-config", "NETWOR~1   ", seed.network_config);
    return std::move(fat).take();
}

}  // namespace landfall::machines
