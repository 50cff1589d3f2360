#include "services/sqs/work_move.hpp"

#include <future>

#include "services/sqs/model_redrive.hpp"

namespace landfall::sqs {
namespace {

constexpr std::string_view kKind = "sqs.move";
constexpr std::string_view kStep = "move";
constexpr std::int32_t kRateMax = 500;
constexpr std::uint32_t kUnhurried = 1'000;  // messages between two checkpoints where no rate is given
constexpr std::size_t kMovesAtOnce = 4;
constexpr std::string_view kQueueGone = "AWS.SimpleQueueService.NonExistentQueue";

std::string_view status_of(jobs::JobState state) {
    switch (state) {
        case jobs::JobState::done: return "COMPLETED";
        case jobs::JobState::failed: return "FAILED";
        case jobs::JobState::cancelling: return "CANCELLING";
        case jobs::JobState::cancelled: return "CANCELLED";
        default: return "RUNNING";
    }
}

std::uint64_t moved_by(const jobs::Job& job) {
    const state::Record& last = job.state == jobs::JobState::done ? job.result : job.checkpoint;
    return static_cast<std::uint64_t>(last.number("moved"));
}

MoveView view_of(const jobs::Job& job) {
    MoveView view;
    view.status = status_of(job.state);
    view.source_arn = job.params.text("source");
    view.destination_arn = job.params.text("destination");
    view.rate = static_cast<std::uint32_t>(job.params.number("rate"));
    view.moved = moved_by(job);
    view.to_move = static_cast<std::uint64_t>(job.params.number("total"));
    view.started = job.created;
    if (view.status == "RUNNING")
        view.handle = handle_text({.task = job.id.text, .source_arn = view.source_arn});
    if (job.state == jobs::JobState::failed) view.failure = job.reason;
    return view;
}

state::Record checkpoint_of(std::uint64_t moved) {
    state::Record record;
    record.set("moved", moved);
    return record;
}

}  // namespace

jobs::JobKind MoveWork::kind() {
    jobs::JobKind kind;
    kind.name = kKind;
    kind.runners = kMovesAtOnce;
    kind.steps.push_back({std::string{kStep}, [this](jobs::JobContext& job) { return run(job); }});
    return kind;
}

Judged<std::string> MoveWork::start(const state::Cause& cause, const Order& order) {
    const Queue& source = *order.source;
    if (order.rate && (*order.rate < 1 || *order.rate > kRateMax))
        return bad_value(std::to_string(*order.rate), "MaxNumberOfMessagesPerSecond",
                         "Must be between 1 and 500, if provided.");
    if (parts_.directory.sources_of(source.name, {}, 1).empty())
        return Fault{Code::invalid_parameter_value,
                     "Source queue must be configured as a Dead Letter Queue."};
    if (order.destination && order.destination->id == source.id)
        return Fault{Code::invalid_parameter_value,
                     "Source queue arn and destination queue arn cannot be the same."};
    if (order.destination && order.destination->attributes.kind != source.attributes.kind)
        return Fault{Code::invalid_parameter_value,
                     "Destination queue must be of the same type as the source queue."};
    while (true) {
        auto read = parts_.records.get(source.name);
        if (read.is(Errc::not_found)) return no_such_queue();
        Record record = TRY(std::move(read));
        if (!record.move_job.empty()) {
            const auto last = parts_.jobs.get({record.move_job});
            if (last.ok() && !jobs::is_final(last->state))
                return Fault{
                    Code::invalid_parameter_value,
                    "There is already a task running. Only one active task is allowed for a source queue arn "
                    "at a given time."};
        }
        jobs::NewJob job;
        job.kind = kKind;
        job.account = source.name.scope.account;
        job.region = source.name.scope.region;
        job.resource = Records::key(source.name);
        const auto counts = parts_.broker.counts(source.id);
        job.params.set("source", source.arn).set("total", counts.ok() ? counts->visible : 0);
        job.params.set("destination", order.destination ? std::string_view{order.destination->arn} : "");
        job.params.set("rate", std::int64_t{order.rate.value_or(0)});
        state::Tx tx{cause};
        const jobs::JobId id = parts_.jobs.add_to(tx, std::move(job));
        record.move_job = id.text;
        tx.update(Records::resource(record));
        const auto done = parts_.records.store().commit(std::move(tx));
        if (done.is(Errc::precondition)) continue;
        if (done.is(Errc::not_found)) return no_such_queue();
        TRY(Result<state::Committed>{done});
        return handle_text({.task = id.text, .source_arn = source.arn});
    }
}

Judged<std::vector<MoveView>> MoveWork::list(const Queue& source, std::size_t max) const {
    jobs::JobQuery query;
    query.resource = Records::key(source.name);
    query.limit = max;
    const jobs::JobPage page = TRY(parts_.jobs.list(query));
    std::vector<MoveView> views;
    for (const jobs::Job& job : page.items) views.push_back(view_of(job));
    return views;
}

Judged<std::uint64_t> MoveWork::cancel(const state::Cause& cause, const std::string& task,
                                       const Queue& source) {
    const Fault none{Code::resource_not_found, "Task does not exist."};
    auto job = parts_.jobs.get({task});
    if (job.is(Errc::not_found)) return none;
    const jobs::Job found = TRY(std::move(job));
    if (found.kind != kKind || found.params.text("source") != source.arn) return none;
    const Status cancelled = parts_.jobs.cancel({task}, cause);
    if (cancelled.is(Errc::not_found) || cancelled.is(Errc::precondition)) return none;
    TRY(Status{cancelled});
    return moved_by(found);
}

Result<std::uint32_t> MoveWork::move_some(const Queue& source, std::optional<messages::QueueId> destination,
                                          std::uint32_t max) {
    std::promise<Result<std::uint32_t>> promise;
    auto answer = promise.get_future();
    parts_.broker.move(source.id, destination, max,
                       [&promise](Result<std::uint32_t> moved) { promise.set_value(std::move(moved)); });
    return answer.get();
}

jobs::StepResult MoveWork::run(jobs::JobContext& job) {
    using jobs::StepResult;
    const std::string destination_arn = job.params().text("destination");
    const auto rate = static_cast<std::uint32_t>(job.params().number("rate"));
    const auto total = static_cast<std::uint64_t>(job.params().number("total"));
    auto moved = static_cast<std::uint64_t>(job.checkpoint().number("moved"));
    while (moved < total) {
        if (job.should_stop()) return StepResult::next(std::string{kStep}, checkpoint_of(moved));
        const QueuePtr source = parts_.directory.find_arn(job.params().text("source"));
        const QueuePtr destination =
            destination_arn.empty() ? nullptr : parts_.directory.find_arn(destination_arn);
        if (!source || (!destination && !destination_arn.empty()))
            return StepResult::failed(std::string{kQueueGone});
        const std::uint64_t wanted = std::min<std::uint64_t>(total - moved, rate != 0 ? rate : kUnhurried);
        const auto some = move_some(*source, destination ? std::optional{destination->id} : std::nullopt,
                                    static_cast<std::uint32_t>(wanted));
        if (some.is(Errc::not_found)) return StepResult::failed(std::string{kQueueGone});
        if (some.is(Errc::cancelled)) return StepResult::next(std::string{kStep}, checkpoint_of(moved));
        if (!some.ok()) return StepResult::retry(some.error().message());
        moved += *some;
        job.progress(Bytes{moved}, Bytes{total}, "moving messages");
        if (*some == 0) break;
        if (rate != 0 && moved < total)
            return StepResult::wait_until(parts_.clock.now() + std::chrono::seconds{1}, std::string{kStep},
                                          checkpoint_of(moved));
        if (const Status saved = job.save(checkpoint_of(moved)); !saved.ok())
            return StepResult::from(saved.error());
    }
    return StepResult::done(checkpoint_of(moved));
}

}  // namespace landfall::sqs
