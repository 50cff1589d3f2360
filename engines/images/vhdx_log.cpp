#include "engines/images/vhdx_log.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/checksum.hpp"

namespace landfall::images {
namespace {

constexpr std::size_t kSector = 4096;
constexpr std::size_t kEntryHeader = 64;
constexpr std::size_t kDescriptor = 32;
constexpr Bytes kLogMax = 8_MiB;
constexpr std::uint64_t kFileMax = std::uint64_t{1} << 62;

struct Entry {
    std::uint64_t sequence = 0;
    std::size_t length = 0;
    std::size_t tail = 0;
    std::size_t descriptors = 0;
    std::uint64_t flushed = 0;  ///< the file had at least this size when the entry was written
    std::uint64_t last = 0;     ///< and has at least this size once it is applied
};

class Log {
public:
    Log(std::vector<std::byte> bytes, const Guid& guid) : bytes_{std::move(bytes)}, guid_{guid} {
        for (std::size_t at = 0; at < bytes_.size(); at += kSector) {
            if (const auto entry = entry_at(at)) entries_.emplace(at, *entry);
        }
    }

    /// The entries to apply, oldest first: the sequence with the newest head whose own tail leads to it.
    [[nodiscard]] std::vector<std::size_t> active() const {
        std::vector<std::size_t> heads;
        for (const auto& [at, entry] : entries_) heads.push_back(at);
        std::ranges::sort(heads, std::greater{}, [&](std::size_t at) { return entries_.at(at).sequence; });
        for (const std::size_t head : heads) {
            std::vector<std::size_t> path = path_to(head);
            if (!path.empty()) return path;
        }
        return {};
    }

    [[nodiscard]] const Entry& entry(std::size_t at) const { return entries_.at(at); }

    Status apply(const ByteSource& source, std::size_t at, PatchMap& patches) const {
        const Entry& e = entries_.at(at);
        std::size_t data = descriptor_sectors(e.descriptors);
        for (std::size_t i = 0; i < e.descriptors; ++i) {
            const ByteSpan d = descriptor(at, i);
            const auto offset = load_le<std::uint64_t>(d, 16);
            const bool zero = text_of(d.first(4)) == "zero";
            const std::uint64_t length = zero ? load_le<std::uint64_t>(d, 8) : kSector;
            if (offset % kSector != 0 || length % kSector != 0 || offset > kFileMax || length > kFileMax) {
                return bad_input(source, ByteOffset{at},
                                 "an entry of the log changes a place that cannot be");
            }
            if (zero) {
                patches.put_zeros(ByteOffset{offset}, Bytes{length});
                continue;
            }
            // The first 8 and the last 4 bytes of the page stand in the descriptor; the log's own marks are
            // in their place.
            std::vector<std::byte> page(kSector);
            const ByteSpan sector = sector_of(at, data++);
            std::copy_n(sector.begin() + 8, kSector - 12, page.begin() + 8);
            std::copy_n(d.begin() + 8, 8, page.begin());
            std::copy_n(d.begin() + 4, 4, page.end() - 4);
            patches.put_bytes(ByteOffset{offset}, page);
        }
        return {};
    }

private:
    static std::size_t descriptor_sectors(std::size_t descriptors) {
        return (kEntryHeader + descriptors * kDescriptor + kSector - 1) / kSector;
    }
    /// The log is a ring.
    [[nodiscard]] ByteSpan sector_of(std::size_t entry, std::size_t index) const {
        return ByteSpan{bytes_}.subspan((entry + index * kSector) % bytes_.size(), kSector);
    }
    [[nodiscard]] ByteSpan descriptor(std::size_t entry, std::size_t index) const {
        const std::size_t at = kEntryHeader + index * kDescriptor;
        return sector_of(entry, at / kSector).subspan(at % kSector, kDescriptor);
    }

    /// A whole entry, or nullopt. What lies between is checked for its marks before any checksum is computed,
    /// so that no two candidates overlap and the work stays that of one pass.
    [[nodiscard]] std::optional<Entry> entry_at(std::size_t at) const {
        const ByteSpan h = sector_of(at, 0);
        if (text_of(h.first(4)) != "loge") return std::nullopt;
        const Entry e{.sequence = load_le<std::uint64_t>(h, 16),
                      .length = load_le<std::uint32_t>(h, 8),
                      .tail = load_le<std::uint32_t>(h, 12),
                      .descriptors = load_le<std::uint32_t>(h, 24),
                      .flushed = load_le<std::uint64_t>(h, 48),
                      .last = load_le<std::uint64_t>(h, 56)};
        const bool shaped = e.sequence != 0 && e.length != 0 && e.length % kSector == 0 &&
                            e.length <= bytes_.size() && e.tail % kSector == 0 && e.tail < bytes_.size() &&
                            e.descriptors <= bytes_.size() / kDescriptor &&
                            std::ranges::equal(h.subspan(32, 16), guid_);
        if (!shaped || !marks_hold(at, e) || !checksum_holds(at, e)) return std::nullopt;
        return e;
    }

    [[nodiscard]] bool marks_hold(std::size_t at, const Entry& e) const {
        std::size_t sectors = descriptor_sectors(e.descriptors);
        if (sectors * kSector > e.length) return false;
        for (std::size_t i = 0; i < e.descriptors; ++i) {
            const ByteSpan d = descriptor(at, i);
            const std::string_view mark = text_of(d.first(4));
            if ((mark != "desc" && mark != "zero") || load_le<std::uint64_t>(d, 24) != e.sequence)
                return false;
            if (mark == "zero") continue;
            if ((sectors + 1) * kSector > e.length) return false;
            const ByteSpan sector = sector_of(at, sectors++);
            const std::uint64_t high = load_le<std::uint32_t>(sector, 4);
            const std::uint64_t low = load_le<std::uint32_t>(sector, kSector - 4);
            if (text_of(sector.first(4)) != "data" || (high << 32 | low) != e.sequence) return false;
        }
        return sectors * kSector == e.length;
    }

    [[nodiscard]] bool checksum_holds(std::size_t at, const Entry& e) const {
        Crc32c crc;
        const ByteSpan first = sector_of(at, 0);
        constexpr std::array<std::byte, 4> kNoSum{};
        crc.update(first.first(4));
        crc.update(kNoSum);
        crc.update(first.subspan(8));
        for (std::size_t i = 1; i < e.length / kSector; ++i) crc.update(sector_of(at, i));
        return crc.value() == load_le<std::uint32_t>(first, 4);
    }

    /// From the head's tail, entry after entry with rising sequence numbers, to the head; empty if that does
    /// not lead there.
    [[nodiscard]] std::vector<std::size_t> path_to(std::size_t head) const {
        std::vector<std::size_t> path;
        std::size_t at = entries_.at(head).tail;
        for (auto found = entries_.find(at); found != entries_.end(); found = entries_.find(at)) {
            if (!path.empty() && found->second.sequence != entries_.at(path.back()).sequence + 1) return {};
            path.push_back(at);
            if (at == head) return path;
            at = (at + found->second.length) % bytes_.size();
        }
        return {};
    }

    std::vector<std::byte> bytes_;
    Guid guid_;
    std::map<std::size_t, Entry> entries_;  // by place in the log
};

}  // namespace

Result<Bytes> replay_vhdx_log(const ByteSource& source, const VhdxLogPlace& place, PatchMap& patches) {
    if (place.size == 0_B || place.size > kLogMax || place.size.count % kSector != 0) {
        return bad_input(source, place.at,
                         "a log of " + std::to_string(place.size.count) + " bytes to replay is refused");
    }
    std::vector<std::byte> bytes(static_cast<std::size_t>(place.size.count));
    TRY(read_exactly(source, place.at, bytes, "the log"));
    const Log log{std::move(bytes), place.guid};
    const std::vector<std::size_t> active = log.active();
    if (active.empty())
        return bad_input(source, place.at, "the log is to be replayed and has no whole sequence");
    const Entry& head = log.entry(active.back());
    if (head.flushed > source.size().count || head.last > kFileMax) {
        return bad_input(source, place.at,
                         "the log knows the file to have " + std::to_string(head.flushed) +
                             " bytes, it has " + std::to_string(source.size().count) + ": truncated");
    }
    for (const std::size_t at : active) TRY(log.apply(source, at, patches));
    return std::max(source.size(), Bytes{head.last});
}

}  // namespace landfall::images
