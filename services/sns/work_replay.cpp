#include "services/sns/work_replay.hpp"

#include <condition_variable>
#include <mutex>

namespace landfall::sns {
namespace {

constexpr std::string_view kKind = "sns.replay";
constexpr std::uint32_t kAtOnce = 100;

/// Waits on this thread for an answer that comes on another.
template <class T>
class Awaited {
public:
    void answer(T value) {
        const std::scoped_lock lock{mutex_};
        value_.emplace(std::move(value));
        changed_.notify_one();
    }
    T wait() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return value_.has_value(); });
        return std::move(*value_);
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<T> value_;
};

/// What a replay needs of its subscription, as it is at the time.
struct Course {
    std::string topic_arn;
    std::string endpoint;
    Form form = Form::envelope;
    MessageId id{};
    std::optional<messages::QueueId> archive;
};

}  // namespace

void ReplayWork::register_jobs(jobs::Jobs& jobs) {
    jobs::JobKind kind{.name = std::string{kKind}};
    kind.steps.push_back({"replay", [this](jobs::JobContext& job) { return step(job); }});
    jobs.add_kind(std::move(kind));
}

Result<std::string> ReplayWork::begin(const SubscriptionName& name, const ReplayRange& range,
                                      const state::Cause& cause) {
    jobs::NewJob job{.kind = std::string{kKind}, .account = name.topic.account, .region = name.topic.region};
    job.params.set("subscription", name.arn())
        .set("from", range.from)
        .set("to", range.to.value_or(parts_.clock.now()));
    const jobs::JobId id = TRY(parts_.jobs.submit(std::move(job), cause));
    return id.text;
}

std::string ReplayWork::status_of(std::string_view job) {
    const auto found = parts_.jobs.get(jobs::JobId{std::string{job}});
    if (!found.ok()) return "Completed";
    switch (found->state) {
        case jobs::JobState::queued: return "Pending";
        case jobs::JobState::done: return "Completed";
        case jobs::JobState::failed:
        case jobs::JobState::cancelled: return "Failed";
        default: return "In progress";
    }
}

Result<std::vector<messages::Seen>> ReplayWork::scan(messages::QueueId queue,
                                                     messages::Broker::ScanFrom from) {
    Awaited<Result<std::vector<messages::Seen>>> awaited;
    parts_.broker.scan(queue, from, kAtOnce,
                       [&](Result<std::vector<messages::Seen>> seen) { awaited.answer(std::move(seen)); });
    return awaited.wait();
}

Status ReplayWork::send(std::vector<messages::Send> sends) {
    if (sends.empty()) return {};
    Awaited<std::vector<Result<messages::Sent>>> awaited;
    parts_.broker.send(std::move(sends),
                       [&](std::vector<Result<messages::Sent>> sent) { awaited.answer(std::move(sent)); });
    for (const auto& one : awaited.wait())
        if (!one.ok()) return one.error();
    return {};
}

jobs::StepResult ReplayWork::step(jobs::JobContext& job) {
    const auto name = parse_subscription_arn(job.params().text("subscription"));
    if (!name.ok()) return jobs::StepResult::failed("the job names no subscription");
    const Instant from = job.params().instant("from"), to = job.params().instant("to");
    auto after = static_cast<std::uint64_t>(job.checkpoint().number("after"));
    while (!job.should_stop()) {
        Course course;
        const bool there = parts_.directory.with_subscription(
            *name, [&](const LiveTopic& topic, const LiveSubscription& live) {
                course = {topic.record.name.arn(), live.record.endpoint, live.record.form(), live.id,
                          topic.record.origin};
            });
        if (!there || !course.archive)
            return jobs::StepResult::failed("the subscription or its archive is gone");
        const auto queue = parts_.queues.resolve(course.endpoint, course.topic_arn);
        if (!queue.ok()) return jobs::StepResult::failed(queue.error().message());
        auto seen = scan(*course.archive, {.after = messages::Sequence{after}, .not_before = from});
        if (!seen.ok()) return jobs::StepResult::from(seen.error());
        std::vector<messages::Send> sends;
        bool over = seen->empty();
        for (messages::Seen& one : *seen) {
            over = over || one.sent > to;
            if (over) break;
            after = one.sequence.value;
            bool wanted = false;
            const auto headers = decode_headers(one.headers);
            parts_.directory.with_subscription(*name, [&](const LiveTopic&, const LiveSubscription& live) {
                if (!headers.ok()) return;
                FilterSubject subject{headers->attributes, one.body};
                wanted = !live.filter || live.filter->matches(subject);
            });
            if (!wanted) continue;
            const Wrapping wrapping{
                .form = course.form, .origin = Wrapping::Origin::replayed, .subscription = course.id};
            messages::Send send{.message = {.id = one.id,
                                            .body = std::move(one.body),
                                            .headers = std::move(one.headers),
                                            .group = std::move(one.group),
                                            .dedup_id = job.id().text + "/" + std::to_string(after)}};
            send.targets.push_back({queue->id, encode_wrapping(wrapping)});
            sends.push_back(std::move(send));
        }
        const Status sent = send(std::move(sends));
        if (!sent.ok()) return jobs::StepResult::from(sent.error());
        state::Record where;
        where.set("after", after);
        if (over) return jobs::StepResult::done(std::move(where));
        const Status saved = job.save(std::move(where));
        if (!saved.ok()) return jobs::StepResult::from(saved.error());
    }
    state::Record where;
    where.set("after", after);
    return jobs::StepResult::next("replay", std::move(where));
}

}  // namespace landfall::sns
