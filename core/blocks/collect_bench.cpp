// What a collection costs: the first of a store, and the next ones after little has changed.
//
// The store is synthetic where that does not matter: blocks of a few bytes, compressed to nothing, so that
// the number of blocks, nodes and look-ups is that of terabytes while the packs stay small.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "base/clock.hpp"
#include "base/disk.hpp"
#include "base/random.hpp"
#include "core/blocks/store.hpp"

namespace landfall::blocks {
namespace {

constexpr std::uint64_t kBlock = 65536;

/// An image of `blocks` blocks, each different, in a directory that goes with it.
class Grown {
public:
    explicit Grown(std::uint64_t blocks) {
        std::string pattern = (std::filesystem::temp_directory_path() / "landfall-collect-XXXXXX").string();
        CHECK(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
        keys_ = MasterKeyFile::open(disk_, path_ + "/master", random_).value();
        open();
        domain_ = store_->domain({"000000000000", "default", "us-east-1"}).value();
        write_first(blocks);
        store_.reset();
        open();
    }
    Grown(const Grown&) = delete;
    Grown& operator=(const Grown&) = delete;
    ~Grown() {
        store_.reset();
        std::filesystem::remove_all(path_);
    }

    /// One block in `every` is written anew, as the next version of the image.
    void change(std::uint64_t blocks, std::uint64_t every) {
        const Lease lease = store_->lease();
        const TreeRoot before = store_->pin(lease, {"bench", "v" + std::to_string(version_)})->root;
        auto writer = store_->write_image(lease, domain_, Bytes{blocks * kBlock}, before).value();
        std::vector<std::byte> block(kBlock);
        ++version_;
        for (std::uint64_t i = 0; i < blocks; i += every) {
            store_le<std::uint64_t>(block, 0, version_ * blocks + i);
            CHECK(writer->write(BlockIndex{i}, block).ok());
        }
        commit(lease, "v" + std::to_string(version_), writer->finish().value());
    }
    /// Gives the first version more names, in one commit.
    void name(std::uint64_t first, std::uint64_t count) {
        const Lease lease = store_->lease();
        const TreeRoot root = store_->pin(lease, {"bench", "v0"})->root;
        std::vector<RefChange> changes;
        for (std::uint64_t i = first; i < first + count; ++i) {
            std::string name = "name-of-usual-length-" + std::to_string(i);
            changes.push_back({.key = {"named", std::move(name)}, .expect = Anything{}, .to = root});
        }
        CHECK(store_->commit(lease, changes).ok());
    }
    GcReport collect() { return store_->collect_garbage({.rewrite_above_percent = 100}).value(); }

private:
    void write_first(std::uint64_t blocks) {
        const Lease lease = store_->lease();
        const auto writer = store_->write_image(lease, domain_, Bytes{blocks * kBlock}).value();
        std::vector<std::byte> block(kBlock);
        for (std::uint64_t i = 0; i < blocks; ++i) {
            store_le<std::uint64_t>(block, 0, i + 1);
            CHECK(writer->write(BlockIndex{i}, block).ok());
        }
        commit(lease, "v0", writer->finish().value());
    }
    void open() {
        Options options;
        options.free_min = 0_B;
        store_ = Store::open({disk_, clock_, random_, *keys_}, path_ + "/store", options).value();
    }
    void commit(const Lease& lease, const std::string& name, const TreeRoot& root) {
        const std::vector<RefChange> changes{{.key = {"bench", name}, .expect = Anything{}, .to = root}};
        CHECK(store_->commit(lease, changes).ok());
    }

    RealDisk disk_;
    SystemClock clock_;
    OsRandom random_;
    std::string path_;
    std::unique_ptr<MasterKeyFile> keys_;
    std::unique_ptr<Store> store_;
    DomainNumber domain_;
    std::uint64_t version_ = 0;
};

constexpr std::uint64_t kBlocks = 1U << 18U;  // 16 GiB of image
constexpr double kTerabyte = 1e12 / (kBlocks * kBlock);

double cpu_seconds() {
    std::timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// CPU-seconds a terabyte of image, of one collection, as a counter.
template <class Prepare>
void measure(benchmark::State& state, Prepare prepare) {
    double cpu = 0;
    std::uint64_t nodes = 0;
    for (auto _ : state) {
        state.PauseTiming();
        Grown& store = prepare();
        state.ResumeTiming();
        const double before = cpu_seconds();
        nodes = store.collect().nodes_read;
        cpu += cpu_seconds() - before;
    }
    state.counters["CPU-s_per_TB"] = cpu / static_cast<double>(state.iterations()) * kTerabyte;
    state.counters["nodes_read"] = static_cast<double>(nodes);
}

void collections(benchmark::State& state) {
    Grown store{kBlocks};
    bool first = true;
    measure(state, [&]() -> Grown& {
        if (!first && state.range(0) > 0) store.change(kBlocks, static_cast<std::uint64_t>(state.range(0)));
        if (first && state.range(1) > 0) static_cast<void>(store.collect());
        first = false;
        return store;
    });
}

/// How long a commit of one ref takes at most, while checkpoints of many refs are written beside.
void commits(benchmark::State& state) {
    Grown store{1};
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(state.range(0)); i += 500) store.name(i, 500);
    std::vector<double> took;
    for (auto _ : state) {
        const auto begun = std::chrono::steady_clock::now();
        store.name(0, 1);
        took.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
    }
    std::sort(took.begin(), took.end());
    state.counters["median_ms"] = took[took.size() / 2];
    state.counters["most_ms"] = took.back();
}
BENCHMARK(commits)->Arg(200'000)->Iterations(4000)->Unit(benchmark::kMillisecond);

// The first collection of a store; one after nothing; one after 1 of 65,536 and after 1 of 1,024 blocks
// changed.
BENCHMARK(collections)->Args({0, 0})->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(collections)
    ->Args({0, 1})
    ->Args({65536, 1})
    ->Args({1024, 1})
    ->Iterations(4)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace landfall::blocks

BENCHMARK_MAIN();
