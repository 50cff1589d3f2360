#include "front/metrics.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <thread>

#include "base/stack_text.hpp"
#include "front/http_server.hpp"
#include "front/worker_pool.hpp"

namespace landfall::front {

namespace {

std::size_t shard_of_this_thread() {
    static thread_local const std::size_t kShard =
        std::hash<std::thread::id>{}(std::this_thread::get_id()) % Metrics::kShards;
    return kShard;
}

void append_escaped(std::string& to, std::string_view value) {
    for (const char c : value) {
        if (c == '"' || c == '\\') to.push_back('\\');
        to.push_back(c == '\n' ? ' ' : c);
    }
}

void append_labels(std::string& to, std::string_view service, std::string_view operation,
                   std::string_view code) {
    to.append("service=\"");
    append_escaped(to, service);
    to.append("\",op=\"");
    append_escaped(to, operation);
    to.append("\",code=\"");
    append_escaped(to, code);
    to.push_back('"');
}

void append_value(std::string& to, std::string_view name, std::string_view kind, std::uint64_t value) {
    to.append("# TYPE ").append(name).append(" ").append(kind).append("\n");
    to.append(name).append(" ").append(std::to_string(value)).append("\n");
}

/// A number in seconds, of whole microseconds, without an exponent.
std::string seconds_text(std::uint64_t us) {
    char text[32];
    std::snprintf(text, sizeof text, "%llu.%06llu", static_cast<unsigned long long>(us / 1'000'000),
                  static_cast<unsigned long long>(us % 1'000'000));
    return text;
}

std::uint64_t resident_bytes() {
    std::FILE* file = std::fopen("/proc/self/statm", "re");
    if (file == nullptr) return 0;
    unsigned long long size = 0;
    unsigned long long resident = 0;
    const int read = std::fscanf(file, "%llu %llu", &size, &resident);
    std::fclose(file);
    return read == 2 ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

std::uint64_t open_descriptors() {
    DIR* folder = ::opendir("/proc/self/fd");
    if (folder == nullptr) return 0;
    std::uint64_t n = 0;
    while (::readdir(folder) != nullptr) ++n;
    ::closedir(folder);
    return n > 3 ? n - 3 : 0;  // ".", ".." and the folder itself
}

}  // namespace

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

Metrics::Series& Metrics::series_of(const RequestLabels& labels) {
    StackText<256> text;
    text.text().append(labels.service).append(1, '\0').append(labels.operation).append(1, '\0');
    text.text().append(labels.code);
    {
        const std::shared_lock lock{mutex_};
        if (const auto it = series_.find(text.view()); it != series_.end()) return *it->second;
    }
    std::string key{text.view()};
    const std::unique_lock lock{mutex_};
    if (series_.size() >= kSeriesMax && !series_.contains(key)) key = std::string{"other\0other\0other", 17};
    auto& slot = series_[key];
    if (!slot) {
        slot = std::make_unique<Series>();
        const bool other = series_.size() > kSeriesMax;
        slot->service = other ? "other" : labels.service;
        slot->operation = other ? "other" : labels.operation;
        slot->code = other ? "other" : labels.code;
    }
    return *slot;
}

void Metrics::count(const RequestLabels& labels, Duration took) {
    const std::int64_t us =
        std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    const auto bucket = static_cast<std::size_t>(std::lower_bound(kBoundsUs.begin(), kBoundsUs.end(), us) -
                                                 kBoundsUs.begin());
    Cell& cell = series_of(labels).cells[shard_of_this_thread()];
    cell.buckets[bucket].fetch_add(1, std::memory_order_relaxed);
    cell.sum_us.fetch_add(static_cast<std::uint64_t>(us), std::memory_order_relaxed);
}

std::string Metrics::text(const Gauges& gauges) const {
    std::string out;
    if (gauges.http != nullptr) {
        const HttpCounters& h = *gauges.http;
        append_value(out, "landfall_http_connections", "gauge", h.open.load());
        append_value(out, "landfall_http_connections_accepted_total", "counter", h.accepted.load());
        append_value(out, "landfall_http_connections_refused_total", "counter", h.refused.load());
        append_value(out, "landfall_http_requests_total", "counter", h.requests.load());
        append_value(out, "landfall_http_malformed_requests_total", "counter", h.malformed.load());
        append_value(out, "landfall_http_received_bytes_total", "counter", h.bytes_in.load());
        append_value(out, "landfall_http_sent_bytes_total", "counter", h.bytes_out.load());
    }
    if (gauges.workers != nullptr) {
        const auto load = gauges.workers->load();
        append_value(out, "landfall_workers_busy", "gauge", load.running);
        append_value(out, "landfall_workers_waiting", "gauge", load.waiting);
    }
    append_value(out, "process_resident_memory_bytes", "gauge", resident_bytes());
    append_value(out, "process_open_fds", "gauge", open_descriptors());
    out.append("# HELP landfall_request_seconds Time from a request's head to its answer.\n");
    out.append("# TYPE landfall_request_seconds histogram\n");
    const std::shared_lock lock{mutex_};
    for (const auto& [key, series] : series_) {
        std::string labels;
        append_labels(labels, series->service, series->operation, series->code);
        std::uint64_t below = 0;
        std::uint64_t sum_us = 0;
        for (std::size_t b = 0; b <= kBoundsUs.size(); ++b) {
            for (const Cell& cell : series->cells) below += cell.buckets[b].load(std::memory_order_relaxed);
            const std::string bound = b == kBoundsUs.size()
                                          ? std::string{"+Inf"}
                                          : seconds_text(static_cast<std::uint64_t>(kBoundsUs[b]));
            out.append("landfall_request_seconds_bucket{").append(labels).append(",le=\"").append(bound);
            out.append("\"} ").append(std::to_string(below)).append("\n");
        }
        for (const Cell& cell : series->cells) sum_us += cell.sum_us.load(std::memory_order_relaxed);
        out.append("landfall_request_seconds_sum{").append(labels).append("} ");
        out.append(seconds_text(sum_us)).append("\n");
        out.append("landfall_request_seconds_count{").append(labels).append("} ");
        out.append(std::to_string(below)).append("\n");
    }
    return out;
}

}  // namespace landfall::front
