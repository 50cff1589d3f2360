#include "services/s3/work_notify.hpp"

#include <vector>

namespace landfall::s3 {
namespace {

constexpr std::size_t kBatch = 256;
constexpr Duration kRetryAfter = std::chrono::seconds{1};

NoticeParcel parcel_of(const PostedNotice& posted) {
    const Notice& notice = posted.notice;
    return {.target = notice.target,
            .source = {.arn = "arn:aws:s3:::" + notice.bucket, .account = notice.account},
            .text = event_message(notice, posted.at, posted.number)};
}

}  // namespace

bool is_final(const Error& error) {
    return error.code() == Errc::not_found || error.code() == Errc::denied || error.code() == Errc::invalid;
}

Notifier::~Notifier() { stop(); }

void Notifier::wake() {
    const std::scoped_lock lock{mutex_};
    pending_ = true;
    work_.notify_one();
}

Status Notifier::drain() {
    const std::scoped_lock one_at_a_time{draining_};
    while (true) {
        const std::vector<PostedNotice> posted = TRY(catalog_.notices(kBatch));
        if (posted.empty()) return {};
        TRY(deliver(posted));
    }
}

Status Notifier::deliver(std::span<const PostedNotice> posted) {
    std::vector<NoticeParcel> parcels;
    for (const PostedNotice& one : posted) parcels.push_back(parcel_of(one));
    const std::vector<Status> outcomes = targets_.deliver(parcels);
    CHECK(outcomes.size() == posted.size());
    std::vector<Catalog::DroppedNotice> dropped;
    std::optional<Error> failure;
    std::size_t settled = 0;
    for (; settled < outcomes.size(); ++settled) {
        const Status& outcome = outcomes[settled];
        if (outcome.ok()) continue;
        if (!is_final(outcome.error())) {
            failure = outcome.error();
            break;
        }
        const Notice& notice = posted[settled].notice;
        dropped.push_back({.notice = notice,
                           .why = "notification to " + notice.target.arn + ": " + outcome.error().message()});
    }
    if (settled > 0) TRY(catalog_.erase_notices(posted[settled - 1].number, dropped));
    const std::scoped_lock lock{mutex_};
    delivered_ += settled - dropped.size();
    dropped_ += dropped.size();
    if (!failure) return {};
    ++retried_;
    return *failure;
}

bool Notifier::wait_for_work(bool failed) {
    std::unique_lock lock{mutex_};
    const auto woken = [&] { return pending_ || stopping_; };
    if (failed) {
        work_.wait_for(lock, kRetryAfter, [&] { return stopping_; });
    } else {
        work_.wait(lock, woken);
    }
    pending_ = false;
    return !stopping_;
}

void Notifier::run() {
    bool failed = false;
    while (wait_for_work(failed)) failed = !drain().ok();
}

void Notifier::start(ThreadStarter& threads) {
    CHECK(!thread_.joinable());
    thread_ = threads.start("s3.notify", [this] { run(); });
}

void Notifier::stop() {
    {
        const std::scoped_lock lock{mutex_};
        stopping_ = true;
        work_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

std::string Notifier::metrics_text() const {
    const std::scoped_lock lock{mutex_};
    std::string out;
    const auto add = [&](std::string_view name, std::uint64_t value) {
        const std::string full = "landfall_s3_notifications_" + std::string{name} + "_total";
        out += "# TYPE " + full + " counter\n" + full + " " + std::to_string(value) + "\n";
    };
    add("delivered", delivered_);
    add("dropped", dropped_);
    add("retried", retried_);
    return out;
}

}  // namespace landfall::s3
