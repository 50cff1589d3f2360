#include "services/ec2/disk_copy.hpp"

#include <algorithm>
#include <vector>

namespace landfall::ec2 {
namespace {

constexpr Bytes kStep = 4_MiB;
constexpr std::size_t kRunsAtOnce = 1024;

/// Copies one run of blocks in steps; `done` counts the bytes over all runs.
Status copy_run(blocks::Reader& from, File& file, const blocks::BlockRun& run, const CopyControl& control,
                Bytes& done) {
    const Bytes length = from.root().length;
    ByteOffset at = offset_of(run.first);
    const ByteOffset end{std::min(offset_of(run.first + run.count).value, length.count)};
    std::vector<std::byte> buffer(std::min(kStep, end - at).count);
    while (at < end) {
        if (control.cancel != nullptr && control.cancel->load(std::memory_order_relaxed))
            return Error{Errc::cancelled, "copying a volume"};
        const Bytes step = std::min(kStep, end - at);
        const MutableByteSpan piece{buffer.data(), step.count};
        TRY(from.read(at, piece));
        TRY(file.write_at(at, piece));
        at += step;
        done += step;
        if (control.progress) control.progress(done);
    }
    return {};
}

Status fill(blocks::Reader& from, File& file, Bytes size, const CopyControl& control) {
    TRY(file.truncate(size));
    Bytes done;
    BlockIndex next;
    while (true) {
        const std::vector<blocks::BlockRun> runs = TRY(from.allocated(next, kRunsAtOnce));
        if (runs.empty()) break;
        for (const blocks::BlockRun& run : runs) TRY(copy_run(from, file, run, control, done));
        next = runs.back().first + runs.back().count;
    }
    return file.sync();
}

Status fill_unfinished(Disk& disk, blocks::Reader& from, const std::string& path, Bytes size,
                       const CopyControl& control) {
    const auto file = TRY(disk.open(path, OpenMode::create_new));
    return fill(from, *file, size, control);
}

Status unlink_if_there(Disk& disk, const std::string& path) {
    const Status gone = disk.unlink(path);
    return gone.is(Errc::not_found) ? Status{} : gone;
}

}  // namespace

Status StoreSink::put(BlockIndex first, ByteSpan blocks) {
    CHECK(offset_of(first).value < disk_size_.count);
    const Bytes room = ByteOffset{disk_size_.count} - offset_of(first);
    return writer_.write(first, blocks.first(std::min<std::uint64_t>(blocks.size(), room.count)));
}

Status StoreSink::put_zlib(std::span<const images::ZlibBlock> blocks) {
    std::vector<blocks::ZlibBlock> whole;
    whole.reserve(blocks.size());
    for (const images::ZlibBlock& block : blocks) {
        if (offset_of(block.at).value + block.plain.size() <= disk_size_.count)
            whole.push_back({.at = block.at, .plain = block.plain, .zlib = block.zlib});
        else
            TRY(put(block.at, block.plain));
    }
    return writer_.write_zlib(whole);
}

Status fill_file(Disk& disk, blocks::Reader& from, const NewFile& file, const CopyControl& control) {
    CHECK(file.size >= from.root().length);
    if (disk.stat(file.path).ok()) return Error{Errc::already_exists, file.path + " exists"};
    const std::string unfinished = file.path + ".part";
    TRY(unlink_if_there(disk, unfinished));  // of a copy that was cut off
    Status filled = fill_unfinished(disk, from, unfinished, file.size, control);
    if (filled.ok()) filled = disk.rename(unfinished, file.path);
    if (!filled.ok()) {
        (void)unlink_if_there(disk, unfinished).ok();  // the first error is the one to tell
        return filled;
    }
    return disk.sync_directory(directory_of(file.path));
}

Status remove_folder(Disk& disk, const std::string& path) {
    const auto names = disk.list(path);
    if (names.is(Errc::not_found)) return {};
    if (!names.ok()) return names.error();
    for (const std::string& name : *names) {
        const std::string inside = path + "/" + name;
        // Unlinked first: a link to a directory is a name in this folder, and what it leads to is not.
        const Status unlinked = disk.unlink(inside);
        if (unlinked.ok()) continue;
        const auto stat = disk.stat(inside);
        if (!stat.ok() || stat->kind != FileKind::directory) return unlinked;
        TRY(remove_folder(disk, inside));
    }
    TRY(disk.remove_directory(path));
    return disk.sync_directory(directory_of(path));
}

}  // namespace landfall::ec2
