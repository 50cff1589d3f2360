// Speed of the store beside restic and borg on one disk image, in one run: MB per CPU-second (user + system)
// of first backup, second version, restore and full verification, medians of interleaved rounds, and the
// space that each took.
//
//     peers_bench [--image FILE] [--from DIRECTORY] [--rounds N]
//
// Without an image it makes one: ext4 (mke2fs -d) of the files below DIRECTORY, /usr/lib when none is named.
// The second version overwrites a hundredth of it in scattered extents and a twentieth in one piece. Every
// step is a process of its own, of this program or of a peer, so that all are measured in the same way.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/disk.hpp"
#include "core/blocks/store.hpp"

namespace landfall::blocks {
namespace {

namespace fs = std::filesystem;

struct Cost {
    double cpu_s = 0;
    double wall_s = 0;
    double peak_mb = 0;
};

double seconds_of(const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

/// Runs a program to its end, its output thrown away; nullopt when it failed.
std::optional<Cost> run(const std::vector<std::string>& words, const std::string& directory) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const SystemClock clock;
    const Moment begin = clock.moment();
    const pid_t child = fork();
    if (child == 0) {
        const int nothing = open("/dev/null", O_RDWR);
        dup2(nothing, 0);
        dup2(nothing, 1);
        if (std::getenv("BENCH_VERBOSE") == nullptr) dup2(nothing, 2);
        if (chdir(directory.c_str()) == 0) execvp(arguments[0], arguments.data());
        _exit(127);
    }
    int status = 0;
    rusage used{};
    if (wait4(child, &status, 0, &used) != child || status != 0) return std::nullopt;
    return Cost{.cpu_s = seconds_of(used.ru_utime) + seconds_of(used.ru_stime),
                .wall_s = static_cast<double>((clock.moment() - begin).count()) / 1e9,
                .peak_mb = static_cast<double>(used.ru_maxrss) / 1024};
}

/// The store as a process: `peers_bench --step STEP IMAGE DIRECTORY`.
class Ours {
public:
    static Result<std::unique_ptr<Ours>> open(const std::string& directory) {
        auto ours = std::make_unique<Ours>();
        Options options;
        if (const char* level = std::getenv("BENCH_ZSTD_LEVEL")) options.zstd_level = std::atoi(level);
        ours->keys_ = TRY(MasterKeyFile::open(ours->disk_, directory + "/master", ours->random_));
        const Seams seams{
            .disk = ours->disk_, .clock = ours->clock_, .random = ours->random_, .keys = *ours->keys_};
        ours->store_ = TRY(Store::open(seams, directory + "/store", options));
        ours->domain_ = TRY(ours->store_->domain({"000000000000", "default", "us-east-1"}));
        return ours;
    }

    Status backup(const std::string& image, const std::string& name, const std::string& base_name) {
        // As a volume is read, past the page cache.
        const auto file = TRY(disk_.open(image, OpenMode::read, Caching::direct));
        const Bytes size = TRY(file->size());
        const Lease lease = store_->lease();
        std::optional<TreeRoot> base;
        if (!base_name.empty()) base = TRY(store_->pin(lease, {"bench", base_name})).root;
        const auto writer = TRY(store_->write_image(lease, domain_, size, base));
        std::atomic<std::uint64_t> next = 0;
        std::vector<Status> results(std::max(1U, std::thread::hardware_concurrency()));
        std::vector<std::thread> threads;
        for (Status& result : results)
            threads.emplace_back([&] { result = copy_in(*file, size, *writer, next); });
        for (std::thread& thread : threads) thread.join();
        for (const Status& result : results) TRY(Status{result});
        const TreeRoot root = TRY(writer->finish());
        const std::vector<RefChange> changes{{.key = {"bench", name}, .expect = Anything{}, .to = root}};
        TRY(store_->commit(lease, changes));
        return {};
    }

    Status restore(const std::string& name, const std::string& to) {
        const auto reader = TRY(store_->open(RefKey{"bench", name}));
        const Bytes size = reader->root().length;
        const auto file = TRY(disk_.open(to, OpenMode::create, Caching::direct));
        TRY(file->truncate(kBlockSize * blocks_for(size).count));
        const AlignedBuffer buffer = aligned(kPiece);
        // Blocks that are zero stay holes, as any tool that restores an image leaves them.
        BlockIndex at{0};
        while (true) {
            const std::vector<BlockRun> runs = TRY(reader->allocated(at, 1024));
            if (runs.empty()) break;
            for (const BlockRun& run : runs) TRY(restore_run(*reader, *file, run, {buffer.get(), kPiece}));
            at = runs.back().first + runs.back().count;
        }
        TRY(file->truncate(size));
        return file->sync();
    }

    Status verify() {
        const VerifyReport report = TRY(store_->verify(VerifyDepth::all));
        return report.clean() ? Status{} : Error{Errc::corrupt, "the store is damaged"};
    }

private:
    static constexpr std::size_t kPiece = 4U << 20U;

    using AlignedBuffer = std::unique_ptr<std::byte, decltype(&std::free)>;
    static AlignedBuffer aligned(std::size_t size) {
        return {static_cast<std::byte*>(std::aligned_alloc(4096, size)), &std::free};
    }

    static Status restore_run(Reader& reader, File& file, const BlockRun& run, MutableByteSpan buffer) {
        const std::uint64_t size = reader.root().length.count;
        std::uint64_t at = offset_of(run.first).value;
        const std::uint64_t end = at + (kBlockSize * run.count.count).count;
        while (at < end) {
            const MutableByteSpan piece = buffer.first(std::min<std::uint64_t>(buffer.size(), end - at));
            TRY(reader.read(ByteOffset{at}, piece.first(std::min<std::uint64_t>(piece.size(), size - at))));
            TRY(file.write_at(ByteOffset{at}, piece));
            at += piece.size();
        }
        return {};
    }

    static Status copy_in(File& file, Bytes size, ImageWriter& writer, std::atomic<std::uint64_t>& next) {
        constexpr std::size_t kStep = 1U << 20U;
        const AlignedBuffer buffer = aligned(kStep);
        while (true) {
            const std::uint64_t at = next.fetch_add(kStep);
            if (at >= size.count) return {};
            const Bytes got = TRY(file.read_at(ByteOffset{at}, {buffer.get(), kStep}));
            TRY(writer.write(block_at(ByteOffset{at}), ByteSpan{buffer.get(), got.count}));
        }
    }

    RealDisk disk_;
    SystemClock clock_;
    OsRandom random_;
    std::unique_ptr<MasterKeyFile> keys_;
    std::unique_ptr<Store> store_;
    DomainNumber domain_;
};

int run_step(std::string_view step, const std::string& image, const std::string& directory) {
    const Status status = [&]() -> Status {
        const auto ours = TRY(Ours::open(directory));
        if (step == "first") return ours->backup(image, "v1", "");
        if (step == "second") return ours->backup(image, "v2", "v1");
        if (step == "restore") return ours->restore("v2", image);
        return ours->verify();
    }();
    if (!status.ok())
        std::fprintf(stderr, "%s: %s\n", std::string{step}.c_str(), status.error().message().c_str());
    return status.ok() ? 0 : 1;
}

/// What a tool runs for each step; "{v1}", "{v2}", "{out}" stand for files.
struct Tool {
    std::string name;
    std::vector<std::string> prepare;
    std::map<std::string, std::vector<std::string>> steps;
};

std::vector<Tool> tools(const std::string& self) {
    std::vector<Tool> all{{"landfall",
                           {},
                           {{"first", {self, "--step", "first", "{v1}", "."}},
                            {"second", {self, "--step", "second", "{v2}", "."}},
                            {"restore", {self, "--step", "restore", "{out}", "."}},
                            {"verify", {self, "--step", "verify", "-", "."}}}}};
    all.push_back({"restic",
                   {"restic", "-r", "r", "init"},
                   {{"first", {"restic", "-r", "r", "backup", "{v1}"}},
                    {"second", {"restic", "-r", "r", "backup", "{v2}"}},
                    {"restore", {"restic", "-r", "r", "restore", "latest", "--target", "{out}"}},
                    {"verify", {"restic", "-r", "r", "check", "--read-data"}}}});
    for (const char* compression : {"lz4", "zstd,3"})
        all.push_back({std::string{"borg "} + compression,
                       {"borg", "init", "--encryption=repokey", "b"},
                       {{"first", {"borg", "create", "--compression", compression, "b::v1", "{v1}"}},
                        {"second", {"borg", "create", "--compression", compression, "b::v2", "{v2}"}},
                        {"restore", {"borg", "extract", "--sparse", "b::v2"}},
                        {"verify", {"borg", "check", "--verify-data", "b"}}}});
    return all;
}

double directory_mb(const fs::path& directory) {
    std::uintmax_t sum = 0;
    for (const auto& entry : fs::recursive_directory_iterator{directory})
        if (entry.is_regular_file() && entry.path().filename() != "reserve") sum += entry.file_size();
    return static_cast<double>(sum) / 1e6;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[values.size() / 2];
}

struct Setup {
    std::string image;
    std::string from = "/usr/lib";
    int rounds = 3;
};

bool make_image(const Setup& setup, const fs::path& v1) {
    std::uintmax_t content = 0;
    for (const auto& entry :
         fs::recursive_directory_iterator{setup.from, fs::directory_options::skip_permission_denied})
        if (entry.is_regular_file() && !entry.is_symlink()) content += entry.file_size() + 4096;
    const std::string size = std::to_string(content / 1024 * 5 / 4) + "k";
    return run({"mke2fs", "-q", "-t", "ext4", "-d", setup.from, v1.string(), size}, "/").has_value();
}

Status make_second(const fs::path& v1, const fs::path& v2) {
    fs::copy_file(v1, v2);
    RealDisk disk;
    SeededRandom random{1};
    const auto file = TRY(disk.open(v2, OpenMode::read_write));
    const std::uint64_t size = TRY(file->size()).count;
    std::vector<std::byte> extent(16384);
    for (std::uint64_t done = 0; done < size / 100; done += extent.size()) {
        TRY(file->read_at(ByteOffset{random.below(size - extent.size())}, extent));
        TRY(file->write_at(ByteOffset{random.below(size / 4096 - 4) * 4096 + 8}, extent));
    }
    // A twentieth in one piece: content of the same kind, but shifted, so that no fixed block of it is known.
    for (std::uint64_t done = 0; done < size / 20; done += extent.size()) {
        TRY(file->read_at(ByteOffset{size / 4 + done + 1000}, extent));
        for (std::byte& b : extent) b ^= std::byte{1};
        TRY(file->write_at(ByteOffset{size / 2 + done}, extent));
    }
    return file->sync();
}

using Costs = std::map<std::string, std::map<std::string, std::vector<Cost>>>;
constexpr std::array<const char*, 4> kSteps{"first", "second", "restore", "verify"};

void run_tool(const Tool& tool, const fs::path& place, const fs::path& v1, const fs::path& v2, Costs& costs,
              std::map<std::string, double>& space) {
    const fs::path directory = place / "repository";
    fs::create_directory(directory);
    if (!tool.prepare.empty()) run(tool.prepare, directory);
    for (const char* step : kSteps) {
        std::vector<std::string> words = tool.steps.at(step);
        for (std::string& word : words) {
            if (word == "{v1}") word = v1;
            if (word == "{v2}") word = v2;
            if (word == "{out}") word = place / "out";
        }
        if (const auto cost = run(words, directory)) costs[tool.name][step].push_back(*cost);
        if (std::string_view{step} == "second") space[tool.name] = directory_mb(directory);
        fs::remove_all(place / "out");
    }
    fs::remove_all(directory);
}

void print(const Costs& costs, const std::map<std::string, double>& space, double mb) {
    std::printf("image %.0f MB; MB per CPU-second (peak MB), medians\n%-12s", mb, "");
    for (const char* step : kSteps) std::printf("%18s", step);
    std::printf("%14s\n", "MB stored");
    for (const auto& [tool, steps] : costs) {
        std::printf("%-12s", tool.c_str());
        for (const char* step : kSteps) {
            std::vector<double> cpu;
            std::vector<double> peak;
            if (steps.contains(step))
                for (const Cost& cost : steps.at(step))
                    cpu.push_back(cost.cpu_s), peak.push_back(cost.peak_mb);
            std::printf("%10.0f (%5.0f)", cpu.empty() ? 0 : mb / median(cpu), median(peak));
        }
        std::printf("%14.0f\n", space.at(tool));
    }
}

int compare(const Setup& setup, const std::string& self) {
    std::string pattern = (fs::temp_directory_path() / "peers-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) return 1;
    const fs::path place = pattern;
    setenv("RESTIC_PASSWORD", "bench", 1);
    setenv("BORG_PASSPHRASE", "bench", 1);
    setenv("RESTIC_CACHE_DIR", (place / "restic-cache").c_str(), 1);
    setenv("BORG_BASE_DIR", (place / "borg-base").c_str(), 1);
    setenv("BORG_RELOCATED_REPO_ACCESS_IS_OK", "yes", 1);
    const fs::path v1 = setup.image.empty() ? place / "v1" : fs::absolute(setup.image);
    const fs::path v2 = place / "v2";
    int exit_code = 1;
    if ((!setup.image.empty() || make_image(setup, v1)) && make_second(v1, v2).ok()) {
        Costs costs;
        std::map<std::string, double> space;
        for (int round = 0; round < setup.rounds; ++round)
            for (const Tool& tool : tools(self)) run_tool(tool, place, v1, v2, costs, space);
        print(costs, space, static_cast<double>(fs::file_size(v1)) / 1e6);
        exit_code = 0;
    }
    fs::remove_all(place);
    return exit_code;
}

}  // namespace
}  // namespace landfall::blocks

int main(int argc, char** argv) {
    const std::vector<std::string> words{argv + 1, argv + argc};
    if (words.size() == 4 && words[0] == "--step")
        return landfall::blocks::run_step(words[1], words[2], words[3]);
    landfall::blocks::Setup setup;
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
        if (words[i] == "--image") setup.image = words[i + 1];
        if (words[i] == "--from") setup.from = words[i + 1];
        if (words[i] == "--rounds") setup.rounds = std::atoi(words[i + 1].c_str());
    }
    return landfall::blocks::compare(setup, std::filesystem::read_symlink("/proc/self/exe"));
}
