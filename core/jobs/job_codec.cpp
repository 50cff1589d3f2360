#include "core/jobs/job_codec.hpp"

#include <algorithm>
#include <utility>

#include "core/jobs/jobs.hpp"

namespace landfall::jobs {
namespace {

using state::Record;

/// Far above any kind's attempts_max; a damaged row must not overflow what counts on.
constexpr std::int64_t kAttemptMax = 1'000'000;

Record record_of(const state::Key& key) {
    Record record;
    record.set("kind", key.kind).set("account", key.account).set("region", key.region).set("id", key.id);
    return record;
}

state::Key key_from(const Record& record) {
    return {.kind = record.text("kind"),
            .account = record.text("account"),
            .region = record.text("region"),
            .id = record.text("id")};
}

std::optional<Instant> instant_of(const Record& record, std::string_view name) {
    if (!record.has(name)) return std::nullopt;
    return record.instant(name);
}

}  // namespace

state::Key key_of(const JobId& id) { return {.kind = std::string{kJobKind}, .id = id.text}; }
state::Key cancel_key_of(const JobId& id) { return {.kind = std::string{kCancelKind}, .id = id.text}; }
std::string log_stream_of(const JobId& id) { return "job/" + id.text; }

std::string text_of_key(const state::Key& key) { return record_of(key).encode(); }

void write_row(const Job& job, state::Resource& row) {
    row.key = key_of(job.id);
    row.parent = job.parent ? job.parent->text : "";
    row.state = std::string{name_of(job.state)};
    Record doc;
    doc.set("kind", job.kind).set("account", job.account).set("region", job.region);
    if (job.resource) doc.set("resource", record_of(*job.resource));
    doc.set("params", job.params).set("step", job.step).set("checkpoint", job.checkpoint);
    doc.set("result", job.result).set("reason", job.reason).set("attempt", job.attempt);
    doc.set("not_before", job.not_before).set("waits_for_children", job.waits_for_children);
    if (job.started) doc.set("started", *job.started);
    if (job.ended) doc.set("ended", *job.ended);
    row.doc = doc.encode();
    row.index = {
        {std::string{kByAll}, ""}, {std::string{kByKind}, job.kind}, {std::string{kByAccount}, job.account}};
    if (job.resource) row.index.push_back({std::string{kByResource}, text_of_key(*job.resource)});
    row.index.push_back(is_final(job.state) ? state::IndexKey{std::string{kByEnded}, row.state}
                                            : state::IndexKey{std::string{kByLive}, ""});
}

std::string encode_progress(const Job& job) {
    Record record;
    record.set("done", job.progress.done).set("total", job.progress.total);
    record.set("phase", job.progress.phase).set("rate", job.progress.bytes_per_second);
    if (job.progress.eta) record.set("eta", job.progress.eta->count());
    record.set("lines", job.log_lines).set("owner", job.lease_owner).set("until", job.lease_until);
    return record.encode();
}

Result<Job> job_of(const state::Resource& row) {
    const Record doc = TRY(Record::decode(row.doc));
    const Record volatile_part = TRY(Record::decode(row.progress));
    const auto state = parse_job_state(row.state);
    if (!state) return Error{Errc::corrupt, "job " + row.key.id + " has the unknown state " + row.state};
    auto kind = TRY(doc.need_text("kind"));
    auto step = TRY(doc.need_text("step"));
    Job job{.id = {row.key.id},
            .kind = std::move(kind),
            .account = doc.text("account"),
            .region = doc.text("region"),
            .params = doc.record("params"),
            .state = *state,
            .step = std::move(step),
            .checkpoint = doc.record("checkpoint"),
            .result = doc.record("result"),
            .reason = doc.text("reason")};
    if (doc.has("resource")) job.resource = key_from(doc.record("resource"));
    if (!row.parent.empty()) job.parent = JobId{row.parent};
    job.attempt = static_cast<int>(std::clamp<std::int64_t>(doc.number("attempt"), 0, kAttemptMax));
    job.not_before = doc.instant("not_before");
    job.waits_for_children = doc.flag("waits_for_children");
    job.created = row.created;
    job.updated = row.updated;
    job.started = instant_of(doc, "started");
    job.ended = instant_of(doc, "ended");
    job.progress = {.done = volatile_part.bytes("done"),
                    .total = volatile_part.bytes("total"),
                    .phase = volatile_part.text("phase"),
                    .bytes_per_second = volatile_part.real("rate")};
    if (volatile_part.has("eta")) job.progress.eta = Duration{volatile_part.number("eta")};
    job.log_lines = volatile_part.bytes("lines").count;
    job.lease_owner = volatile_part.text("owner");
    job.lease_until = volatile_part.instant("until");
    return job;
}

}  // namespace landfall::jobs
