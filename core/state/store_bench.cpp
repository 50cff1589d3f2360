#include <benchmark/benchmark.h>

#include <atomic>

#include "core/state/record.hpp"
#include "core/state/store_testing.hpp"

namespace landfall::state {
namespace {

Resource made(std::uint64_t number) {
    return {.key = {.kind = "bench", .account = "000000000000", .id = std::to_string(number)},
            .state = "on",
            .doc = Record{}.set("size", number).set("name", "a name of some length").encode()};
}

/// Shared by the threads of a run: the first makes it, the last takes it away.
std::unique_ptr<TestStore> shared;
std::atomic<std::uint64_t> next_number{0};

void commits(benchmark::State& state) {
    if (state.thread_index() == 0) shared = std::make_unique<TestStore>();
    for (auto _ : state) {
        Tx tx{{.actor = "bench"}};
        tx.create(made(next_number++));
        CHECK((**shared).commit(std::move(tx)).ok());
    }
    state.SetItemsProcessed(state.iterations());
    if (state.thread_index() == 0) shared.reset();
}
BENCHMARK(commits)->Threads(1)->Threads(64)->UseRealTime();

void get(benchmark::State& state) {
    TestStore store;
    for (std::uint64_t i = 0; i < 2000; i += 500) {
        Tx tx{{.actor = "bench"}};
        for (std::uint64_t j = i; j < i + 500; ++j) tx.create(made(j));
        CHECK(store->commit(std::move(tx)).ok());
    }
    std::uint64_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(store->get(made(i++ % 2000).key).ok());
}
BENCHMARK(get);

}  // namespace
}  // namespace landfall::state

BENCHMARK_MAIN();
