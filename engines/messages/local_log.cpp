#include <algorithm>
#include <cstdio>
#include <map>
#include <mutex>

#include "base/checksum.hpp"
#include "engines/messages/log_device.hpp"

namespace landfall::messages {
namespace {

constexpr std::size_t kOpenFilesMax = 256;
constexpr Bytes kSlotStep = 1_MiB;
constexpr Bytes kSlotMax = 4_GiB;
constexpr std::size_t kSlotHeadSize = 24;
constexpr std::uint64_t kSlotMagic = 0x3130544b43534d46;  // "FMSCKT01"
constexpr std::uint32_t kEpochMagic = 0x4850454c;         // "LEPH"

std::string stem_of(SegmentName segment) {
    char text[40];
    std::snprintf(text, sizeof text, "%016llx.%x", static_cast<unsigned long long>(segment.number),
                  segment.generation);
    return text;
}

/// nullopt for names that are not "<16 hex digits>.<hex>.seg".
std::optional<SegmentName> segment_named(const std::string& name) {
    unsigned long long number = 0;
    unsigned generation = 0;
    if (std::sscanf(name.c_str(), "%16llx.%x.seg", &number, &generation) != 2) return std::nullopt;
    const SegmentName segment{number, generation};
    return stem_of(segment) + ".seg" == name ? std::optional{segment} : std::nullopt;
}

class LocalLog final : public LogDevice {
public:
    LocalLog(Disk& disk, std::string directory, std::unique_ptr<FileLock> lock)
        : disk_{disk}, directory_{std::move(directory)}, lock_{std::move(lock)} {}

    Result<std::uint32_t> fence() override {
        // The lock keeps other processes out; the number tells their frames from ours.
        const std::string path = directory_ + "/epoch";
        std::uint32_t epoch = 0;
        const auto file = TRY(disk_.open(path, OpenMode::create));
        std::array<std::byte, 12> bytes{};
        const bool there = TRY(file->read_at(ByteOffset{0}, bytes)) == Bytes{12};
        if (there && Crc32c::of(ByteSpan{bytes}.first(8)) == load_le<std::uint32_t>(bytes, 8))
            epoch = load_le<std::uint32_t>(bytes, 4);
        ++epoch;
        store_le<std::uint32_t>(bytes, 0, kEpochMagic);
        store_le<std::uint32_t>(bytes, 4, epoch);
        store_le<std::uint32_t>(bytes, 8, Crc32c::of(ByteSpan{bytes}.first(8)));
        // In place: twelve bytes lie in one sector, which is written whole or not at all.
        TRY(file->write_at(ByteOffset{0}, bytes));
        TRY(file->sync());
        if (!there) TRY(disk_.sync_directory(directory_));
        return epoch;
    }

    Result<std::vector<SegmentName>> segments() override {
        std::vector<SegmentName> found;
        for (const std::string& name : TRY(disk_.list(directory_)))
            if (const auto segment = segment_named(name)) found.push_back(*segment);
        std::sort(found.begin(), found.end());
        return found;
    }

    Status prepare(SegmentName segment, Bytes size) override {
        const std::string path = path_of(segment);
        Status made = [&]() -> Status {
            const auto file = TRY(disk_.open(path, OpenMode::create));
            TRY(file->allocate(size));
            return file->sync();
        }();
        if (made.ok()) made = disk_.sync_directory(directory_);
        // What could not be reserved is given back, so that what remains free stays usable.
        if (!made.ok()) static_cast<void>(disk_.unlink(path));
        return made;
    }

    Status append(std::span<const Extent> extents) override {
        std::vector<std::shared_ptr<File>> written;
        for (const Extent& extent : extents) {
            auto file = TRY(file_of(path_of(extent.segment)));
            TRY(file->write_at(extent.at, extent.bytes));
            if (written.empty() || written.back() != file) written.push_back(std::move(file));
        }
        for (const auto& file : written) TRY(file->sync());
        return {};
    }

    Result<Bytes> read(SegmentName segment, ByteOffset from, MutableByteSpan to) override {
        return TRY(file_of(path_of(segment)))->read_at(from, to);
    }
    Result<Bytes> size(SegmentName segment) override { return TRY(file_of(path_of(segment)))->size(); }
    Result<Bytes> data_end(SegmentName segment) override {
        return TRY(file_of(path_of(segment)))->data_end();
    }

    Status trim(SegmentName segment) override {
        const std::string index = index_of(segment);
        drop(path_of(segment));
        drop(index);
        if (Status gone = disk_.unlink(index); !gone.ok() && !gone.is(Errc::not_found)) return gone;
        if (Status gone = disk_.unlink(path_of(segment)); !gone.ok() && !gone.is(Errc::not_found))
            return gone;
        return {};
    }

    Status put_segment(SegmentName segment, ByteSpan content) override {
        return disk_.replace(path_of(segment), content);
    }
    Status put_index(SegmentName segment, ByteSpan content) override {
        drop(index_of(segment));
        return disk_.replace(index_of(segment), content);
    }
    Result<Bytes> read_index(SegmentName segment, ByteOffset from, MutableByteSpan to) override {
        return TRY(file_of(index_of(segment)))->read_at(from, to);
    }

    Status write_slot(unsigned slot, ByteSpan content) override {
        const std::string path = slot_path(slot);
        const auto file = TRY(disk_.open(path, OpenMode::create));
        const Bytes needed{kSlotHeadSize + content.size()};
        if (TRY(file->size()) < needed)
            TRY(file->allocate(Bytes{(needed.count * 2 / kSlotStep.count + 1) * kSlotStep.count}));
        std::array<std::byte, kSlotHeadSize> head{};
        store_le<std::uint64_t>(head, 0, kSlotMagic);
        store_le<std::uint64_t>(head, 8, content.size());
        store_le<std::uint32_t>(head, 16, Crc32c::of(content));
        store_le<std::uint32_t>(head, 20, Crc32c::of(ByteSpan{head}.first(20)));
        TRY(file->write_at(ByteOffset{kSlotHeadSize}, content));
        TRY(file->write_at(ByteOffset{0}, head));
        return file->sync();
    }

    Result<std::vector<std::byte>> read_slot(unsigned slot) override {
        const std::string path = slot_path(slot);
        const auto file = TRY(disk_.open(path, OpenMode::read));
        std::array<std::byte, kSlotHeadSize> head{};
        const Bytes got = TRY(file->read_at(ByteOffset{0}, head));
        const bool blank =
            std::all_of(head.begin(), head.end(), [](std::byte b) { return b == std::byte{0}; });
        if (got.count == 0 || blank) return Error{Errc::not_found, path + ": no checkpoint yet"};
        if (got.count < kSlotHeadSize || load_le<std::uint64_t>(head, 0) != kSlotMagic ||
            Crc32c::of(ByteSpan{head}.first(20)) != load_le<std::uint32_t>(head, 20))
            return Error{Errc::corrupt, path + ": no checkpoint"};
        const Bytes length{load_le<std::uint64_t>(head, 8)};
        if (length > kSlotMax || TRY(file->size()) < length + Bytes{kSlotHeadSize})
            return Error{Errc::corrupt, path + ": no whole checkpoint"};
        std::vector<std::byte> content(length.count);
        TRY(file->read_at(ByteOffset{kSlotHeadSize}, content));
        if (Crc32c::of(content) != load_le<std::uint32_t>(head, 16))
            return Error{Errc::corrupt, path + ": no whole checkpoint"};
        return content;
    }

    /// Both slots, with their space, as long as there is some: a full disk must not keep checkpoints from
    /// being written.
    Status make_slots() {
        for (unsigned slot = 0; slot < 2; ++slot) {
            const auto file = TRY(disk_.open(slot_path(slot), OpenMode::create));
            if (TRY(file->size()) >= kSlotStep) continue;
            Status reserved = file->allocate(kSlotStep);
            if (!reserved.ok() && !reserved.is(Errc::exhausted)) return reserved;
            if (reserved.ok()) TRY(file->sync());
        }
        return disk_.sync_directory(directory_);
    }

private:
    [[nodiscard]] std::string path_of(SegmentName segment) const {
        return directory_ + "/" + stem_of(segment) + ".seg";
    }
    [[nodiscard]] std::string index_of(SegmentName segment) const {
        return directory_ + "/" + stem_of(segment) + ".idx";
    }
    [[nodiscard]] std::string slot_path(unsigned slot) const {
        return directory_ + (slot == 0 ? "/checkpoint.0" : "/checkpoint.1");
    }

    // Shared: a reader may still be in a file that was trimmed or pushed out of the table meanwhile.
    Result<std::shared_ptr<File>> file_of(const std::string& path) {
        {
            const std::lock_guard lock{mutex_};
            if (const auto it = files_.find(path); it != files_.end()) {
                it->second.used = ++uses_;
                return it->second.file;
            }
        }
        auto opened = disk_.open(path, OpenMode::read_write);
        // Where the process has no descriptor left, one of ours makes room.
        if (opened.is(Errc::unavailable) && drop_oldest(1)) opened = disk_.open(path, OpenMode::read_write);
        std::shared_ptr<File> file = TRY(std::move(opened));
        drop_oldest(kOpenFilesMax);
        const std::lock_guard lock{mutex_};
        return files_.try_emplace(path, Cached{std::move(file), ++uses_}).first->second.file;
    }
    /// Of at least `held` files; false when there are not so many.
    bool drop_oldest(std::size_t held) {
        const std::lock_guard lock{mutex_};
        if (files_.size() < held) return false;
        files_.erase(std::min_element(files_.begin(), files_.end(), [](const auto& a, const auto& b) {
            return a.second.used < b.second.used;
        }));
        return true;
    }
    void drop(const std::string& path) {
        const std::lock_guard lock{mutex_};
        files_.erase(path);
    }

    struct Cached {
        std::shared_ptr<File> file;
        std::uint64_t used = 0;
    };
    Disk& disk_;
    const std::string directory_;
    std::unique_ptr<FileLock> lock_;
    std::mutex mutex_;
    std::map<std::string, Cached> files_;
    std::uint64_t uses_ = 0;
};

}  // namespace

Result<std::unique_ptr<LogDevice>> open_local_log(Disk& disk, const std::string& directory) {
    TRY(disk.make_directory(directory));
    auto lock = TRY(disk.lock(directory + "/lock"));
    TRY(disk.sync_directory(directory_of(directory)));
    // What a crash left of files that were being written.
    for (const std::string& name : TRY(disk.list(directory)))
        if (name.ends_with(".new")) TRY(disk.unlink(directory + "/" + name));
    auto log = std::make_unique<LocalLog>(disk, directory, std::move(lock));
    TRY(log->make_slots());
    return std::unique_ptr<LogDevice>{std::move(log)};
}

}  // namespace landfall::messages
