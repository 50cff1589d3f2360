// The engine's speed on a real disk, beside what the disk itself can do in the same run.
//
//   broker_bench DIR [SECONDS [BACKLOG [PART]]]    default: 3 seconds a figure, a backlog of 1,000,000, all
//                                                  parts: sends, fan-out, backlogs
//
// Prints one line a figure. DIR is made and emptied; it should be on the disk that is to be measured.
#include <sys/resource.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engines/messages/broker.hpp"

namespace landfall::messages {
namespace {

constexpr std::size_t kBody = 1024;
constexpr std::size_t kBatch = 10;
constexpr std::size_t kOutstanding = 64;

double now_s() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double cpu_s() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}
double resident_mib() {
    std::ifstream status{"/proc/self/status"};
    std::string line;
    while (std::getline(status, line))
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    return 0;
}

struct Rate {
    double per_second = 0;
    double cpu_us = 0;
};

/// Keeps `outstanding` calls under way until the time is over; issue(next) starts one and calls next(units)
/// at its end.
class Loop {
public:
    using Next = std::function<void(std::size_t)>;
    using Issue = std::function<void(Next)>;

    Rate run(double seconds, std::size_t outstanding, Issue issue, std::size_t units_max = ~std::size_t{0}) {
        issue_ = std::move(issue);
        end_ = now_s() + seconds;
        units_max_ = units_max;
        const double from = now_s();
        const double cpu = cpu_s();
        open_ = outstanding;
        for (std::size_t i = 0; i < outstanding; ++i) start();
        std::unique_lock lock{mutex_};
        idle_.wait(lock, [&] { return open_ == 0; });
        const auto units = static_cast<double>(units_.load());
        return {units / (now_s() - from), (cpu_s() - cpu) / units * 1e6};
    }

private:
    void start() {
        issue_([this](std::size_t units) {
            const std::size_t all = units_ += units;
            if (units != 0 && now_s() < end_ && all < units_max_) {
                start();
                return;
            }
            const std::lock_guard lock{mutex_};
            if (--open_ == 0) idle_.notify_one();
        });
    }
    Issue issue_;
    double end_ = 0;
    std::size_t units_max_ = 0;
    std::atomic<std::size_t> units_ = 0;
    std::mutex mutex_;
    std::condition_variable idle_;
    std::size_t open_ = 0;
};

class Bench {
public:
    /// Works in a folder of its own below `parent`, which keeps what else it holds.
    Bench(const std::string& parent, double seconds, std::size_t backlog)
        : directory_{parent + "/broker"}, seconds_{seconds}, backlog_{backlog} {}

    /// One of the parts below, or all of them.
    int run(const std::string& part) {
        std::setvbuf(stdout, nullptr, _IOLBF, 0);
        std::filesystem::remove_all(directory_);
        std::filesystem::create_directories(directory_);
        const bool all = part.empty();
        if (all || part == "sends") send_rates();
        if (!broker_) open();
        if (all || part == "fan-out") fan_out();
        if (all) many_queues();
        if (all || part == "backlogs") backlogs();
        broker_ = nullptr;
        std::filesystem::remove_all(directory_);
        return 0;
    }

private:
    void send_rates() {
        const double raw = raw_limit(kOutstanding);
        const double raw_wide = raw_limit(4 * kOutstanding);
        open();
        const Rate batches = sends(QueueId{1}, kBatch, kBody);
        std::printf("raw group commit (64 x 10 x 1 KiB)    %9.0f msg/s\n", raw);
        std::printf(
            "send, batches of 10, 64 outstanding    %9.0f msg/s  %.2f of raw, %.1f us cpu a message\n",
            batches.per_second, batches.per_second / raw, batches.cpu_us);
        const Rate wide = sends(QueueId{1}, kBatch, kBody, 4 * kOutstanding);
        std::printf("the same with 256 outstanding          %9.0f msg/s  %.2f of raw (%.0f), %.1f us cpu\n",
                    wide.per_second, wide.per_second / raw_wide, raw_wide, wide.cpu_us);
        purge(QueueId{1});
        const Rate single = sends(QueueId{1}, 1, kBody, 256);
        std::printf("send, single, 256 outstanding          %9.0f msg/s  %.1f us cpu\n", single.per_second,
                    single.cpu_us);
        purge(QueueId{1});
    }
    void open() {
        broker_ = nullptr;
        auto opened = Broker::open({.directory = directory_ + "/log"}, disk_, clock_, random_);
        CHECK(opened.ok());
        broker_ = std::move(*opened);
        for (std::uint64_t id = 1; id <= 101; ++id) broker_->attach(QueueId{id}, settings());
        broker_->start(threads_);
    }
    static QueueSettings settings() {
        QueueSettings settings;
        settings.visibility = std::chrono::hours{1};
        return settings;
    }
    /// What the same bytes cost without an engine: one write and one fdatasync for all that is outstanding.
    double raw_limit(std::size_t outstanding) {
        const auto file = disk_.open(directory_ + "/raw", OpenMode::create).value();
        constexpr std::size_t kRecord = kBody + 168;
        const std::vector<std::byte> batch(outstanding * kBatch * kRecord, std::byte{'r'});
        CHECK(file->allocate(256_MiB).ok() && file->sync().ok());
        const double from = now_s();
        std::uint64_t at = 0;
        std::size_t commits = 0;
        for (; now_s() < from + seconds_; ++commits) {
            CHECK(file->write_at(ByteOffset{at}, batch).ok() && file->sync().ok());
            at += batch.size();
            if (at + batch.size() > (256_MiB).count) at = 0;
        }
        const double rate = static_cast<double>(commits * outstanding * kBatch) / (now_s() - from);
        CHECK(disk_.unlink(directory_ + "/raw").ok());
        return rate;
    }
    std::vector<Send> batch(QueueId queue, std::size_t count, std::size_t body) {
        std::vector<Send> sends(count);
        for (Send& one : sends) {
            one.message.body.assign(body, 'm');
            one.targets.push_back({queue, {}});
        }
        return sends;
    }
    Rate sends(QueueId queue, std::size_t count, std::size_t body, std::size_t outstanding = kOutstanding,
               std::size_t units_max = ~std::size_t{0}, double seconds = 0) {
        return Loop{}.run(
            seconds != 0 ? seconds : seconds_, outstanding,
            [&](Loop::Next next) {
                broker_->send(batch(queue, count, body),
                              [next = std::move(next)](std::vector<Result<Sent>> results) {
                                  CHECK(results.front().ok());
                                  next(results.size());
                              });
            },
            units_max);
    }
    Rate consume(QueueId queue, std::size_t units_max) {
        return Loop{}.run(
            60, 16,
            [&](Loop::Next next) {
                broker_->receive({.queue = queue, .max = 10}, [this, next = std::move(next)](
                                                                  Result<std::vector<Received>> got) {
                    CHECK(got.ok());
                    std::vector<Receipt> receipts;
                    for (const Received& one : *got) receipts.push_back(one.receipt);
                    if (receipts.empty()) return next(0);
                    broker_->remove(std::move(receipts), [next](Result<std::vector<ReceiptFault>> faults) {
                        CHECK(faults.ok());
                        next(faults->size());
                    });
                });
            },
            units_max);
    }
    void purge(QueueId queue) {
        std::mutex mutex;
        std::condition_variable done;
        bool purged = false;
        broker_->purge(queue, [&](Status status) {
            CHECK(status.ok());
            const std::lock_guard lock{mutex};
            purged = true;
            done.notify_one();
        });
        std::unique_lock lock{mutex};
        done.wait(lock, [&] { return purged; });
    }
    void fan_out() {
        const Rate one = sends(QueueId{1}, 1, kBody, 16);
        const Rate hundred = Loop{}.run(seconds_, 16, [&](Loop::Next next) {
            auto sends = batch(QueueId{2}, 1, kBody);
            for (std::uint64_t id = 3; id <= 101; ++id) sends[0].targets.push_back({QueueId{id}, {}});
            broker_->send(std::move(sends), [next = std::move(next)](std::vector<Result<Sent>> results) {
                CHECK(results.front().ok());
                next(1);
            });
        });
        std::printf(
            "publish to 100 queues, 16 outstanding  %9.0f /s      %.1f x the cost of one send (%.0f /s)\n",
            hundred.per_second, one.per_second / hundred.per_second, one.per_second);
        for (std::uint64_t id = 1; id <= 101; ++id) purge(QueueId{id});
    }
    void many_queues() {
        const double before = resident_mib();
        for (std::uint64_t id = 1000; id < 11000; ++id) broker_->attach(QueueId{id}, settings());
        purge(QueueId{1});
        std::printf("10,000 empty queues                    %9.1f MiB\n", resident_mib() - before);
    }
    /// A thousand messages at a time, as often as makes a figure that means something.
    double small_backlog() {
        double seconds = 0;
        std::size_t messages = 0;
        for (int round = 0; round < 100; ++round) {
            static_cast<void>(sends(QueueId{1}, kBatch, 100, kOutstanding, 1000, 60));
            const double from = now_s();
            const Rate rate = consume(QueueId{1}, ~std::size_t{0});
            const double took = now_s() - from;
            seconds += took;
            messages += static_cast<std::size_t>(rate.per_second * took);
        }
        return static_cast<double>(messages) / seconds;
    }
    void backlogs() {
        const double small = small_backlog();
        static_cast<void>(sends(QueueId{2}, kBatch, 100, 256, 100'000, 3600));
        const Rate warm = consume(QueueId{2}, 50'000);
        purge(QueueId{2});
        const double before = resident_mib();
        static_cast<void>(sends(QueueId{1}, kBatch, 100, 256, backlog_, 3600));
        const double full = resident_mib();
        const Rate large = consume(QueueId{1}, 50'000);
        broker_ = nullptr;
        const double closed = resident_mib();
        const double from = now_s();
        open();
        std::printf("receive and delete: backlog 1,000      %9.0f msg/s; 100,000: %.0f; %zu: %.0f\n", small,
                    warm.per_second, backlog_, large.per_second);
        std::printf(
            "backlog of %zu: resident %.0f MiB, %.0f before it; restart %.2f s, then %.0f MiB more than "
            "closed\n",
            backlog_, full, before, now_s() - from, resident_mib() - closed);
    }

    const std::string directory_;
    const double seconds_;
    const std::size_t backlog_;
    RealDisk disk_;
    SystemClock clock_;
    OsRandom random_;
    SystemThreads threads_;
    std::unique_ptr<Broker> broker_;
};

}  // namespace
}  // namespace landfall::messages

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: broker_bench DIR [SECONDS [BACKLOG [PART]]]\n");
        return 2;
    }
    const double seconds = argc > 2 ? std::stod(argv[2]) : 3;
    const std::size_t backlog = argc > 3 ? std::stoul(argv[3]) : 1'000'000;
    return landfall::messages::Bench{argv[1], seconds, backlog}.run(argc > 4 ? argv[4] : "");
}
