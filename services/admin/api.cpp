// The operations of the administration: typed views in and out.
#include "core/access/keys.hpp"
#include "services/admin/service.hpp"
#include "wire/api/registry.hpp"
#include "wire/views/landfall.hpp"

namespace landfall::admin {
namespace {

namespace api = wire::landfall;
namespace errors = wire::landfall::errors;
using wire::Answer;
using wire::ApiError;
using wire::CallContext;
using wire::Runs;

constexpr std::size_t kLogLines = 200;
constexpr std::int32_t kAwaitSeconds = 20;

void put_job(api::out::Job out, const jobs::Job& job) {
    out.set_job_id(job.id.text);
    out.set_kind(job.kind);
    out.set_state(jobs::name_of(job.state));
    if (job.resource) out.set_resource_id(job.resource->id);
    out.set_step(job.step);
    out.set_phase(job.progress.phase);
    out.set_percent(job.state == jobs::JobState::done ? 100 : job.progress.percent());
    out.set_bytes_done(static_cast<std::int64_t>(job.progress.done.count));
    out.set_bytes_total(static_cast<std::int64_t>(job.progress.total.count));
    out.set_bytes_per_second(job.progress.bytes_per_second);
    if (job.progress.eta)
        out.set_eta_seconds(std::chrono::duration_cast<std::chrono::seconds>(*job.progress.eta).count());
    out.set_attempt(job.attempt);
    if (!job.reason.empty()) out.set_reason(job.reason);
    out.set_created(job.created);
    if (job.ended) out.set_ended(*job.ended);
}

/// A job of another account is as if it were not there.
std::optional<ApiError> hidden(const Result<jobs::Job>& job, const CallContext& call, std::string_view id) {
    if (job.is(Errc::not_found) || (job.ok() && job->account != call.account))
        return ApiError{errors::kJobNotFoundException, "There is no job " + std::string{id}};
    if (!job.ok()) return wire::api_error_of(job.error());
    return std::nullopt;
}

Answer list_jobs(Admin& admin, const CallContext& call, api::ListJobs::In in, api::ListJobs::Out out) {
    jobs::JobQuery query;
    query.account = call.account;
    query.kind = std::string{in.kind().value_or("")};
    if (in.state()) query.state = jobs::parse_job_state(*in.state());
    query.limit = static_cast<std::size_t>(in.max_results().value_or(100));
    const std::string question = "landfall.ListJobs\x1d" + query.account + '\x1d' + query.kind + '\x1d' +
                                 std::string{in.state().value_or("")};
    if (in.next_token()) {
        const auto after = admin.parts().tokens.open(*in.next_token(), question);
        if (!after.ok()) return ApiError{errors::kInvalidTokenException, "The token is not one of this list"};
        query.after = *after;
    }
    const jobs::JobPage page = TRY(admin.parts().jobs.list(query));
    out.start_jobs();
    for (const jobs::Job& job : page.items) put_job(out.add_jobs(), job);
    if (!page.next.empty()) out.set_next_token(admin.parts().tokens.seal(page.next, question));
    return Answer::success();
}

/// Parked without a thread; the list itself is asked for by a call of its own, which may wait for a disk.
void await_jobs(Admin& admin, wire::Deferred call, api::AwaitJobs::In in, api::AwaitJobs::Out out) {
    const auto seen = static_cast<std::uint64_t>(in.seen().value_or(0));
    const std::chrono::seconds wait{in.wait_seconds().value_or(kAwaitSeconds)};
    const std::string account = call.context().account;
    admin.parts().jobs.on_change(account, seen, wait,
                                 [call = std::move(call), out](std::uint64_t now) mutable {
                                     out.set_seen(static_cast<std::int64_t>(now));
                                     call.complete(Answer::success());
                                 });
}

Answer describe_job(Admin& admin, const CallContext& call, api::DescribeJob::In in,
                    api::DescribeJob::Out out) {
    const auto job = admin.parts().jobs.get({std::string{in.job_id()}});
    if (auto error = hidden(job, call, in.job_id())) return *std::move(error);
    put_job(out.set_job(), *job);
    out.start_log();
    for (const state::LogLine& line : TRY(admin.parts().jobs.log(job->id, 0, kLogLines))) {
        auto put = out.add_log();
        put.set_at(line.at);
        put.set_level(line.level);
        put.set_text(line.text);
    }
    return Answer::success();
}

state::Cause cause_of(const CallContext& call, std::string operation) {
    return {.actor = call.caller.arn,
            .key_id = call.caller.access_key,
            .source_ip = call.source_ip,
            .request_id = call.request_id,
            .service = "landfall",
            .operation = std::move(operation)};
}

Answer begin_upkeep(Admin& admin, const CallContext& call, api::BeginUpkeep::In in,
                    api::BeginUpkeep::Out out) {
    // The store is everybody's: who runs the server looks after it.
    const std::string owner = "arn:aws:iam::" + std::string{access::kFirstAccount} + ":root";
    if (call.caller.arn != owner)
        return ApiError{wire::common_code(wire::CommonError::access_denied),
                        "User: " + call.caller.arn + " is not authorized to perform: landfall:BeginUpkeep"};
    const jobs::JobId job = TRY(admin.parts().upkeep.begin(in.task(), cause_of(call, "BeginUpkeep")));
    out.set_job_id(job.text);
    return Answer::success();
}

Answer cancel_job(Admin& admin, const CallContext& call, api::CancelJob::In in) {
    const auto job = admin.parts().jobs.get({std::string{in.job_id()}});
    if (auto error = hidden(job, call, in.job_id())) return *std::move(error);
    const Status cancelled = admin.parts().jobs.cancel(job->id, cause_of(call, "CancelJob"));
    if (cancelled.is(Errc::precondition))
        return ApiError{errors::kInvalidStateException,
                        "The job has ended: " + std::string{name_of(job->state)}};
    if (!cancelled.ok()) return wire::api_error_of(cancelled.error());
    return Answer::success();
}

Result<std::int32_t> jobs_under_way(jobs::Jobs& jobs) {
    std::int32_t count = 0;
    for (const jobs::JobState state : {jobs::JobState::queued, jobs::JobState::running,
                                       jobs::JobState::waiting, jobs::JobState::cancelling}) {
        jobs::JobQuery query;
        query.state = state;
        query.limit = 1000;
        count += static_cast<std::int32_t>(TRY(jobs.list(query)).items.size());
    }
    return count;
}

Answer get_status(Admin& admin, const CallContext& call, api::GetStatus::Out out) {
    const blocks::StoreStats stats = TRY(admin.parts().blocks.stats());
    out.set_version("0.1.0");
    out.set_region(call.region);
    out.set_started(admin.parts().started);
    out.set_jobs_under_way(TRY(jobs_under_way(admin.parts().jobs)));
    out.set_blocks_roots(static_cast<std::int64_t>(stats.refs));
    out.set_blocks_logical(static_cast<std::int64_t>(stats.logical.count));
    out.set_blocks_unique(static_cast<std::int64_t>(stats.unique.count));
    out.set_blocks_stored(static_cast<std::int64_t>(stats.stored.count));
    out.set_blocks_quarantined(static_cast<std::int64_t>(stats.quarantined));
    out.set_instances(static_cast<std::int32_t>(admin.parts().machines.running()));
    out.set_acceleration(admin.parts().machines.acceleration());
    return Answer::success();
}

}  // namespace

void Admin::register_operations(wire::Registry& registry) {
    register_access(registry);
    register_queues(registry);
    registry.on<api::GetStatus>(Runs::worker,
                                [this](const CallContext& call, api::GetStatus::In, api::GetStatus::Out out) {
                                    return get_status(*this, call, out);
                                });
    registry.on<api::ListJobs>(Runs::worker,
                               [this](const CallContext& call, api::ListJobs::In in, api::ListJobs::Out out) {
                                   return list_jobs(*this, call, in, out);
                               });
    registry.on_deferred<api::AwaitJobs>(
        Runs::inline_, [this](wire::Deferred call, api::AwaitJobs::In in, api::AwaitJobs::Out out) {
            await_jobs(*this, std::move(call), in, out);
        });
    registry.on<api::DescribeJob>(
        Runs::worker, [this](const CallContext& call, api::DescribeJob::In in, api::DescribeJob::Out out) {
            return describe_job(*this, call, in, out);
        });
    registry.on<api::CancelJob>(Runs::worker,
                                [this](const CallContext& call, api::CancelJob::In in, api::CancelJob::Out) {
                                    return cancel_job(*this, call, in);
                                });
    registry.on<api::BeginUpkeep>(
        Runs::worker, [this](const CallContext& call, api::BeginUpkeep::In in, api::BeginUpkeep::Out out) {
            return begin_upkeep(*this, call, in, out);
        });
}

}  // namespace landfall::admin
