// One small file out of an ext2/3/4, read as an attacker's: every number is checked, every walk is bounded,
// and whatever is not as expected ends in "not found". Source: the kernel's Documentation/filesystems/ext4.
#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.hpp"
#include "engines/images/file_systems.hpp"

namespace landfall::images {
namespace {

constexpr std::uint64_t kFileMax = 64 * 1024;
constexpr std::uint64_t kFolderMax = 1024 * 1024;
constexpr std::uint64_t kReadMax = 4 * 1024 * 1024;
constexpr unsigned kLinksMax = 4;
constexpr unsigned kDepthMax = 5;
constexpr std::uint32_t kRootInode = 2;
constexpr unsigned kFolder = 4, kRegular = 8, kLink = 10;  // the upper four bits of an inode's mode

using Buffer = std::vector<std::byte>;
using Found = Result<std::optional<std::string>>;

struct Inode {
    unsigned type = 0;
    std::uint64_t size = 0;
    bool extents = false;
    std::array<std::byte, 60> map{};
};

class ExtVolume {
public:
    explicit ExtVolume(const ByteSource& volume) : volume_{volume} {}

    /// False where it is not an ext that can be read as it stands.
    Result<bool> open() {
        std::array<std::byte, 1024> s{};
        if (TRY(volume_.read_at(ByteOffset{1024}, s)) < s.size()) return false;
        const ByteSpan b{s};
        const auto log_block = load_le<std::uint32_t>(b, 24);
        const auto incompatible = load_le<std::uint32_t>(b, 96);
        constexpr std::uint32_t kRecover = 4, kMetaGroups = 0x10, k64Bit = 0x80;
        if (load_le<std::uint16_t>(b, 56) != 0xef53 || log_block > 6 ||
            (incompatible & (kRecover | kMetaGroups)) != 0) {
            return false;
        }
        block_ = std::uint64_t{1024} << log_block;
        first_block_ = load_le<std::uint32_t>(b, 20);
        inodes_per_group_ = load_le<std::uint32_t>(b, 40);
        inodes_ = load_le<std::uint32_t>(b, 0);
        inode_size_ = load_le<std::uint32_t>(b, 76) == 0 ? 128u : load_le<std::uint16_t>(b, 88);
        descriptor_ = (incompatible & k64Bit) != 0 ? load_le<std::uint16_t>(b, 254) : 32u;
        return inodes_per_group_ > 0 && inode_size_ >= 128 && inode_size_ <= block_ && descriptor_ >= 32 &&
               descriptor_ <= 1024;
    }

    Found file(std::string_view path) {
        std::uint32_t at = kRootInode;
        std::string rest{path};
        for (unsigned links = 0;;) {
            rest.erase(0, std::min(rest.find_first_not_of('/'), rest.size()));
            const std::size_t end = std::min(rest.find('/'), rest.size());
            if (end == 0) return contents(at);
            const std::uint32_t entry = TRY(lookup(at, std::string_view{rest}.substr(0, end)));
            if (entry == 0) return std::optional<std::string>{};
            rest.erase(0, end);
            const auto inode = TRY(load_inode(entry));
            if (!inode) return std::optional<std::string>{};
            if (inode->type != kLink) {
                at = entry;
                continue;
            }
            const auto target = TRY(link_target(*inode));
            if (!target || ++links > kLinksMax) return std::optional<std::string>{};
            rest = *target + rest;
            if (rest.starts_with('/')) at = kRootInode;
        }
    }

private:
    /// Empty beyond the volume or beyond what one question may read.
    Result<Buffer> read(std::uint64_t at, std::size_t size) {
        read_ += size;
        if (read_ > kReadMax || at > volume_.size().count || size > volume_.size().count - at) {
            return Buffer{};
        }
        Buffer bytes(size);
        TRY(read_exactly(volume_, ByteOffset{at}, bytes, "a file system"));
        return bytes;
    }

    Result<std::optional<Inode>> load_inode(std::uint32_t number) {
        if (number == 0 || number > inodes_) return std::optional<Inode>{};
        const std::uint64_t group = (number - 1) / inodes_per_group_;
        const std::uint64_t slot = (number - 1) % inodes_per_group_;
        const auto d = TRY(read((first_block_ + 1) * block_ + group * descriptor_, descriptor_));
        if (d.empty()) return std::optional<Inode>{};
        std::uint64_t table = load_le<std::uint32_t>(d, 8);
        if (descriptor_ >= 64) table |= std::uint64_t{load_le<std::uint32_t>(d, 40)} << 32;
        if (table > volume_.size().count / block_) return std::optional<Inode>{};
        const auto bytes = TRY(read(table * block_ + slot * inode_size_, 128));
        if (bytes.empty()) return std::optional<Inode>{};
        constexpr std::uint32_t kExtentsFlag = 0x80000, kInlineFlag = 0x10000000;
        const auto flags = load_le<std::uint32_t>(bytes, 32);
        if ((flags & kInlineFlag) != 0) return std::optional<Inode>{};
        Inode inode{.type = unsigned{load_le<std::uint16_t>(bytes)} >> 12,
                    .size = load_le<std::uint32_t>(bytes, 4),
                    .extents = (flags & kExtentsFlag) != 0};
        std::copy_n(bytes.begin() + 40, 60, inode.map.begin());
        return std::optional{inode};
    }

    /// The block of the volume that holds block `index` of the file; 0 where there is none.
    Result<std::uint64_t> block_of(const Inode& inode, std::uint64_t index) {
        if (!inode.extents)
            return index < 12 ? load_le<std::uint32_t>(inode.map, index * 4) : std::uint64_t{0};
        Buffer node{inode.map.begin(), inode.map.end()};
        for (unsigned depth = 0; depth <= kDepthMax; ++depth) {
            const std::size_t count = load_le<std::uint16_t>(node, 2);
            const bool leaf = load_le<std::uint16_t>(node, 6) == 0;
            if (load_le<std::uint16_t>(node) != 0xf30a || 12 + count * 12 > node.size())
                return std::uint64_t{0};
            std::uint64_t child = 0;
            for (std::size_t i = 0; i < count; ++i) {
                const ByteSpan e = ByteSpan{node}.subspan(12 + i * 12, 12);
                const std::uint64_t first = load_le<std::uint32_t>(e);
                if (first > index) break;
                if (!leaf) {
                    child = load_le<std::uint32_t>(e, 4) | std::uint64_t{load_le<std::uint16_t>(e, 8)} << 32;
                    continue;
                }
                const std::uint64_t length =
                    load_le<std::uint16_t>(e, 4);  // above 32,768: allocated, not written
                const std::uint64_t start =
                    load_le<std::uint32_t>(e, 8) | std::uint64_t{load_le<std::uint16_t>(e, 6)} << 32;
                if (length <= 32768 && index - first < length) return start + (index - first);
            }
            if (leaf || child == 0 || child > volume_.size().count / block_) return std::uint64_t{0};
            node = TRY(read(child * block_, static_cast<std::size_t>(block_)));
            if (node.empty()) return std::uint64_t{0};
        }
        return std::uint64_t{0};
    }

    Result<std::optional<Buffer>> whole(const Inode& inode, std::uint64_t limit) {
        Buffer bytes;
        const std::uint64_t size = std::min(inode.size, limit);
        for (std::uint64_t i = 0; bytes.size() < size; ++i) {
            const std::uint64_t block = TRY(block_of(inode, i));
            if (block == 0 || block > volume_.size().count / block_) return std::optional<Buffer>{};
            const auto part =
                TRY(read(block * block_, static_cast<std::size_t>(std::min(block_, size - bytes.size()))));
            if (part.empty()) return std::optional<Buffer>{};
            bytes.insert(bytes.end(), part.begin(), part.end());
        }
        return std::optional{std::move(bytes)};
    }

    /// Entries in a row; a hashed folder reads the same way. 0 where there is no such name.
    Result<std::uint32_t> lookup(std::uint32_t folder, std::string_view name) {
        const auto inode = TRY(load_inode(folder));
        if (!inode || inode->type != kFolder) return std::uint32_t{0};
        const auto entries = TRY(whole(*inode, kFolderMax));
        if (!entries) return std::uint32_t{0};
        for (std::size_t at = 0; at + 8 <= entries->size();) {
            const ByteSpan e = ByteSpan{*entries}.subspan(at);
            const std::size_t length = load_le<std::uint16_t>(e, 4);
            const std::size_t name_length = std::to_integer<std::size_t>(e[6]);
            if (length < 8 || length > e.size() || 8 + name_length > length) return std::uint32_t{0};
            const auto number = load_le<std::uint32_t>(e);
            if (number != 0 && text_of(e.subspan(8, name_length)) == name) return number;
            at += length;
        }
        return std::uint32_t{0};
    }

    Found link_target(const Inode& inode) {
        if (inode.size == 0 || inode.size > 1024) return std::optional<std::string>{};
        if (inode.size < 60) return std::optional{std::string{text_of(inode.map).substr(0, inode.size)}};
        const auto bytes = TRY(whole(inode, 1024));
        if (!bytes) return std::optional<std::string>{};
        return std::optional{std::string{text_of(*bytes)}};
    }

    Found contents(std::uint32_t number) {
        const auto inode = TRY(load_inode(number));
        if (!inode || inode->type != kRegular) return std::optional<std::string>{};
        const auto bytes = TRY(whole(*inode, kFileMax));
        if (!bytes) return std::optional<std::string>{};
        return std::optional{std::string{text_of(*bytes)}};
    }

    const ByteSource& volume_;
    std::uint64_t read_ = 0;
    std::uint64_t block_ = 1024;
    std::uint64_t first_block_ = 0;
    std::uint64_t inodes_per_group_ = 0;
    std::uint64_t inodes_ = 0;
    std::size_t inode_size_ = 128;
    std::size_t descriptor_ = 32;
};

}  // namespace

Result<std::optional<std::string>> read_ext_file(const ByteSource& volume, std::string_view path) {
    ExtVolume ext{volume};
    if (!TRY(ext.open())) return std::optional<std::string>{};
    return ext.file(path);
}

}  // namespace landfall::images
