// images_import_bench [--mib 2048] [--rounds 5] [--folder DIR]
// images_import_bench --floor-of FILE.vmdk      only the floor: "inflate hash compress" in CPU-seconds
//
// A disk of real files (mke2fs -d from /usr) as streamOptimized VMDK, imported by us and converted by
// qemu-img, the runs interleaved. Prints medians, the ratio to `qemu-img convert -m 2 -W`, and the share of
// the floor: the CPU time of inflate, HMAC-SHA-256 and zstd −1 over the same blocks and nothing else, spread
// over all cores. Files stay in DIR for the next run.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/hash_pair.hpp"
#include "engines/images/decode.hpp"
#include "engines/images/import.hpp"

extern char** environ;

namespace landfall::images {
namespace {

namespace fs = std::filesystem;
using Wall = std::chrono::steady_clock;

double seconds_since(Wall::time_point start) {
    return std::chrono::duration<double>(Wall::now() - start).count();
}

double cpu_seconds(clockid_t clock) {
    timespec t{};
    ::clock_gettime(clock, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

struct Run {
    double wall = 0;
    double cpu = 0;
};

Run run_program(const std::vector<std::string>& arguments) {
    std::vector<char*> argv;
    for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    const auto start = Wall::now();
    pid_t child = 0;
    if (::posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0) {
        std::fprintf(stderr, "cannot start %s\n", argv[0]);
        std::exit(1);
    }
    int status = 0;
    rusage used{};
    while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR) continue;
    if (status != 0) {
        std::fprintf(stderr, "%s failed\n", argv[0]);
        std::exit(1);
    }
    const auto seconds = [](timeval t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return {seconds_since(start), seconds(used.ru_utime) + seconds(used.ru_stime)};
}

/// Copies installed files until there are enough of them.
void stage_files(const fs::path& to, std::uint64_t budget) {
    for (const char* root : {"/usr/bin", "/usr/lib", "/usr/share"}) {
        std::error_code error;
        for (fs::recursive_directory_iterator it{root, fs::directory_options::skip_permission_denied, error},
             end;
             it != end && budget > 0; it.increment(error)) {
            if (error || !it->is_regular_file(error) || it->is_symlink(error)) continue;
            const std::uint64_t size = it->file_size(error) / 4096 * 4096 + 8192;
            if (error || size > budget) continue;
            const fs::path target = to / it->path().relative_path();
            fs::create_directories(target.parent_path(), error);
            if (fs::copy_file(it->path(), target, error)) budget -= size;
        }
    }
}

std::string made_disk(const fs::path& folder, std::uint64_t mib) {
    const std::string stem = "usr-" + std::to_string(mib);
    const fs::path vmdk = folder / (stem + ".vmdk");
    if (fs::exists(vmdk)) return vmdk;
    fs::create_directories(folder);
    const fs::path raw = folder / (stem + ".raw");
    const fs::path staged = folder / "staged";
    std::printf("making %s (once) …\n", vmdk.c_str());
    stage_files(staged, mib * 1024 * 1024 / 100 * 88);
    fs::remove(raw);
    run_program({"/sbin/mke2fs", "-q", "-t", "ext4", "-d", staged, raw, std::to_string(mib) + "M"});
    fs::remove_all(staged);
    const std::string part = vmdk.string() + ".part";
    run_program(
        {"qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, part});
    fs::rename(part, vmdk);
    return vmdk;
}

/// Writes runs of blocks with direct I/O, as the block store's packs and raw volumes are written.
class DirectFileSink final : public BlockSink {
public:
    DirectFileSink(const std::string& path, Bytes size)
        : fd_{::open(path.c_str(), O_RDWR | O_CREAT | O_DIRECT, 0600)} {
        CHECK(fd_ >= 0 && ::ftruncate(fd_, static_cast<off_t>(size.count)) == 0);
    }
    ~DirectFileSink() override { ::close(fd_); }
    Status put(BlockIndex first, ByteSpan blocks) override {
        const ssize_t n =
            ::pwrite(fd_, blocks.data(), blocks.size(), static_cast<off_t>(offset_of(first).value));
        if (n != static_cast<ssize_t>(blocks.size())) return error_from_errno(errno, "writing the disk");
        return {};
    }
    void sync() { CHECK(::fdatasync(fd_) == 0); }

private:
    int fd_;
};

struct ZstdContext {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    std::vector<std::byte> out = std::vector<std::byte>(ZSTD_compressBound(kBlockSize.count));
    ~ZstdContext() { ZSTD_freeCCtx(context); }
};

/// The CPU work that the block store adds to blocks, without the storing.
class StoreWork {
public:
    void hash(ByteSpan blocks) {
        for (; blocks.size() >= 2 * kBlockSize.count; blocks = blocks.subspan(2 * kBlockSize.count))
            hash_two(blocks.first(kBlockSize.count), blocks.subspan(kBlockSize.count, kBlockSize.count));
        if (!blocks.empty()) seen_ ^= static_cast<unsigned>(mac_.of(blocks).bytes[0]);
    }
    void hash_two(ByteSpan one, ByteSpan two) {
        const auto macs = mac_.of_two(one, two);
        seen_ ^= static_cast<unsigned>(macs.first.bytes[0] ^ macs.second.bytes[0]);
    }
    /// The store's own level.
    void compress(ByteSpan block, ZstdContext& zstd) {
        seen_ ^= static_cast<unsigned>(ZSTD_compressCCtx(zstd.context, zstd.out.data(), zstd.out.size(),
                                                         block.data(), block.size(), -1));
    }

private:
    PairedHmacSha256 mac_{bytes_of("a key of thirty-two bytes, or so")};
    std::atomic<unsigned> seen_{0};
};

/// What the store does with blocks that come as bytes, but for the check of what was compressed.
class CompressingSink final : public BlockSink {
public:
    Status put(BlockIndex, ByteSpan blocks) override {
        thread_local ZstdContext zstd;
        work_.hash(blocks);
        for (; !blocks.empty(); blocks = blocks.subspan(kBlockSize.count))
            work_.compress(blocks.first(kBlockSize.count), zstd);
        return {};
    }

private:
    StoreWork work_;
};

/// What it does with blocks that come with their streams.
class KeepingSink final : public BlockSink {
public:
    Status put(BlockIndex first, ByteSpan blocks) override { return others_.put(first, blocks); }
    Status put_zlib(std::span<const ZlibBlock> blocks) override {
        for (; blocks.size() >= 2; blocks = blocks.subspan(2))
            work_.hash_two(blocks[0].plain, blocks[1].plain);
        if (!blocks.empty()) work_.hash(blocks[0].plain);
        return {};
    }

private:
    CompressingSink others_;
    StoreWork work_;
};

struct Floor {
    double inflate = 0, mac = 0, zstd = 0;
    [[nodiscard]] double sum() const { return inflate + mac + zstd; }
};

/// One thread, everything in memory, thread CPU time around each stage. Blocks go in pairs, as they do in
/// the store.
Floor measured_floor(const DiskImage& image, const std::vector<std::byte>& file) {
    Floor floor;
    Decoder decoder;
    ZstdContext zstd;
    StoreWork work;
    const std::size_t block = kBlockSize.count;
    std::vector<std::byte> pair(2 * block);
    std::size_t filled = 0;
    for (const DiskPart part : image.parts()) {
        const auto extents = image.map(part);
        CHECK(extents.ok());
        for (const Extent& e : *extents) {
            if (e.kind != ExtentKind::vmdk_grain || e.decoded != block) continue;
            const ByteSpan stored = ByteSpan{file}.subspan(e.at.value, e.stored.count);
            const MutableByteSpan out = MutableByteSpan{pair}.subspan(filled * block, block);
            const double t0 = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
            CHECK(decoder.decode(*image.sources()[0], e, stored, out).ok());
            const double t1 = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
            floor.inflate += t1 - t0;
            if (++filled < 2) continue;
            filled = 0;
            work.hash(pair);
            const double t2 = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
            work.compress(ByteSpan{pair}.first(block), zstd);
            work.compress(ByteSpan{pair}.subspan(block), zstd);
            floor.mac += t2 - t1, floor.zstd += cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - t2;
        }
    }
    return floor;
}

std::vector<std::byte> whole_file(const ByteSource& source) {
    std::vector<std::byte> bytes(source.size().count);
    CHECK(read_exactly(source, ByteOffset{0}, bytes, "the file").ok());
    return bytes;
}

Run imported(const ByteSource& source, BlockSink& sink, DirectFileSink* synced) {
    const auto image = open_image(Format::vmdk, source, {});
    CHECK(image.ok());
    const auto start = Wall::now();
    const double cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
    const auto report = import_disk(**image, sink, {});
    if (!report.ok()) std::fprintf(stderr, "%s\n", report.error().message().c_str());
    CHECK(report.ok());
    if (synced != nullptr) synced->sync();
    return {seconds_since(start), cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu};
}

Run median(std::vector<Run> runs) {
    std::ranges::sort(runs, {}, &Run::wall);
    return runs[runs.size() / 2];
}

void print(const char* name, const Run& run, double anchor, std::uint64_t mib) {
    std::printf("%-44s %7.2f s %7.2f CPU-s %8.0f MiB/s   %5.2f × qemu-img's wall\n", name, run.wall, run.cpu,
                static_cast<double>(mib) / run.wall, run.wall / anchor);
}

int run(std::uint64_t mib, int rounds, const fs::path& folder) {
    const std::string vmdk = made_disk(folder, mib);
    const auto source = FileSource::open(vmdk);
    CHECK(source.ok());
    const auto image = open_image(Format::vmdk, **source, {});
    CHECK(image.ok());
    const Floor floor = measured_floor(**image, whole_file(**source));
    std::vector<Run> anchor, null, direct, anew, kept;
    const std::string out = folder / "out.raw";
    for (int i = 0; i < rounds; ++i) {
        fs::remove(out);
        anchor.push_back(
            run_program({"qemu-img", "convert", "-m", "2", "-W", "-f", "vmdk", "-O", "raw", vmdk, out}));
        NullSink nowhere;
        null.push_back(imported(**source, nowhere, nullptr));
        fs::remove(out);
        DirectFileSink file{out, (*image)->virtual_size()};
        direct.push_back(imported(**source, file, &file));
        CompressingSink compressing;
        anew.push_back(imported(**source, compressing, nullptr));
        KeepingSink keeping;
        kept.push_back(imported(**source, keeping, nullptr));
    }
    fs::remove(out);
    const double base = median(anchor).wall;
    std::printf("%s: %llu MiB of disk, %llu MiB of file, %u cores, medians of %d\n", vmdk.c_str(),
                static_cast<unsigned long long>(mib),
                static_cast<unsigned long long>((*source)->size().count >> 20),
                std::thread::hardware_concurrency(), rounds);
    print("qemu-img convert -m 2 -W to raw", median(anchor), base, mib);
    print("landfall, decoded to nowhere", median(null), base, mib);
    print("landfall, raw file, direct I/O + fdatasync", median(direct), base, mib);
    print("landfall, HMAC-SHA-256 + zstd -1 a block", median(anew), base, mib);
    print("landfall, HMAC-SHA-256, streams kept", median(kept), base, mib);
    const double cores = std::max(1u, std::thread::hardware_concurrency());
    std::printf("floor: inflate %.2f + HMAC %.2f + zstd %.2f = %.2f CPU-s, %.2f s on all cores\n",
                floor.inflate, floor.mac, floor.zstd, floor.sum(), floor.sum() / cores);
    std::printf("share of the floor: %.0f %% with zstd, %.0f %% of inflate + HMAC with the streams kept\n",
                100 * floor.sum() / cores / median(anew).wall,
                100 * (floor.inflate + floor.mac) / cores / median(kept).wall);
    return 0;
}

int print_floor(const std::string& vmdk) {
    const auto source = FileSource::open(vmdk);
    CHECK(source.ok());
    const auto image = open_image(Format::vmdk, **source, {});
    CHECK(image.ok());
    const Floor floor = measured_floor(**image, whole_file(**source));
    std::printf("%.3f %.3f %.3f\n", floor.inflate, floor.mac, floor.zstd);
    return 0;
}

}  // namespace
}  // namespace landfall::images

int main(int argc, char** argv) {
    std::uint64_t mib = 2048;
    int rounds = 5;
    std::string folder = "bench-disks";
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view flag = argv[i];
        if (flag == "--mib") mib = std::strtoull(argv[i + 1], nullptr, 10);
        if (flag == "--rounds") rounds = std::max(1, std::atoi(argv[i + 1]));
        if (flag == "--folder") folder = argv[i + 1];
        if (flag == "--floor-of") return landfall::images::print_floor(argv[i + 1]);
    }
    return landfall::images::run(mib, rounds, folder);
}
