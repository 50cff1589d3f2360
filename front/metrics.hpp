// Metrics: what the server counts, as Prometheus text (exposition format 0.0.4). Written by ourselves.
//
// Invariants
//   1. Counting takes a few atomic additions in one of kShards cells and never waits for a scrape.
//   2. The number of series is bounded: at most kSeriesMax; what comes after is counted under the labels
//      "other".
//   3. Label values are operations of the models and error codes, never text from a request.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"

namespace landfall::front {

struct HttpCounters;
class WorkerPool;

/// One operation's outcome. Views are copied on first sight.
struct RequestLabels {
    std::string_view service;
    std::string_view operation;
    std::string_view code;  ///< "OK" or the error's code
};

/// Any thread may call anything. Does not touch disk (text() reads /proc/self).
class Metrics {
public:
    static constexpr std::size_t kShards = 8;
    static constexpr std::size_t kSeriesMax = 4096;
    /// Upper bounds of the histogram's buckets, in microseconds.
    static constexpr std::array<std::int64_t, 12> kBoundsUs{100,       300,       1'000,      3'000,
                                                            10'000,    30'000,    100'000,    300'000,
                                                            1'000'000, 3'000'000, 10'000'000, 60'000'000};

    Metrics();
    ~Metrics();

    void count(const RequestLabels& labels, Duration took);

    struct Gauges {
        const HttpCounters* http = nullptr;
        const WorkerPool* workers = nullptr;
    };
    [[nodiscard]] std::string text(const Gauges& gauges) const;

private:
    struct Cell {
        std::array<std::atomic<std::uint64_t>, kBoundsUs.size() + 1> buckets{};
        std::atomic<std::uint64_t> sum_us{0};
    };
    struct Series {
        std::string service, operation, code;
        std::array<Cell, kShards> cells;
    };
    [[nodiscard]] Series& series_of(const RequestLabels& labels);

    mutable std::shared_mutex mutex_;
    /// Found by a view of its key.
    struct ByText {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
    };
    std::unordered_map<std::string, std::unique_ptr<Series>, ByText, std::equal_to<>> series_;
};

}  // namespace landfall::front
