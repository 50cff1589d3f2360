// What callers ask of the engine: submit, cancel, look, wait, forget.
#include <algorithm>

#include "core/jobs/engine.hpp"
#include "core/jobs/job_codec.hpp"

namespace landfall::jobs {
namespace {

constexpr std::size_t kListMax = 1000;
constexpr std::size_t kIdDigits = 17;

bool matches(const JobQuery& query, const Job& job) {
    return (query.kind.empty() || job.kind == query.kind) &&
           (query.account.empty() || job.account == query.account) &&
           (!query.state || job.state == *query.state) &&
           (!query.resource || job.resource == query.resource) &&
           (!query.parent || job.parent == query.parent);
}

/// The look-up that leaves the fewest rows to filter.
state::Query narrowest(const JobQuery& query) {
    state::Query rows{.kind = std::string{kJobKind}, .after = query.after};
    rows.order = state::Order::newest_first;
    const auto by = [](std::string_view name, std::string value) {
        return state::ByIndex{std::string{name}, std::move(value)};
    };
    if (query.parent) {
        rows.by = state::ByParent{query.parent->text};
    } else if (query.resource) {
        rows.by = by(kByResource, text_of_key(*query.resource));
    } else if (query.state && is_final(*query.state)) {
        rows.by = by(kByEnded, std::string{name_of(*query.state)});
    } else if (query.state) {
        rows.by = by(kByLive, "");
    } else if (!query.kind.empty()) {
        rows.by = by(kByKind, query.kind);
    } else if (!query.account.empty()) {
        rows.by = by(kByAccount, query.account);
    } else {
        rows.by = by(kByAll, "");
    }
    return rows;
}

bool differ(const Job& a, const Job& b) {
    return a.state != b.state || a.step != b.step || a.attempt != b.attempt || a.log_lines != b.log_lines ||
           a.updated != b.updated || a.cancel_requested != b.cancel_requested ||
           a.progress.done != b.progress.done || a.progress.total != b.progress.total ||
           a.progress.phase != b.progress.phase;
}

}  // namespace

state::Resource Jobs::Engine::new_row(const JobId& id, const NewJob& job,
                                      const std::optional<JobId>& parent) {
    Job made{.id = id,
             .kind = job.kind,
             .account = job.account,
             .region = job.region,
             .resource = job.resource,
             .params = job.params,
             .step = kinds_.find(job.kind)->second->spec.steps.front().name};
    made.not_before = job.not_before;
    made.parent = parent;
    state::Resource row;
    write_row(made, row);
    return row;
}

JobId Jobs::Engine::add_to(state::Tx& tx, NewJob job) {
    CHECK(kinds_.contains(job.kind));
    JobId id{"job-" + random_.hex(kIdDigits)};
    tx.create(new_row(id, job, std::nullopt));
    return id;
}

Result<JobId> Jobs::Engine::submit(NewJob job, state::Cause cause, std::optional<state::Tx> with) {
    if (!kinds_.contains(job.kind)) return Error{Errc::invalid, "no jobs of kind " + job.kind};
    state::Tx tx{std::move(cause)};
    if (with) tx.append(std::move(*with));
    JobId id = add_to(tx, std::move(job));
    TRY(store_.commit(std::move(tx)));
    return id;
}

Result<JobId> Jobs::Engine::spawn(const Job& parent, std::string_view key, NewJob child) {
    if (!kinds_.contains(child.kind)) return Error{Errc::invalid, "no jobs of kind " + child.kind};
    JobId id{parent.id.text + "/" + std::string{key}};
    const Result<state::Resource> before = store_.get(key_of(id));
    if (before.ok()) return id;
    if (!before.is(Errc::not_found)) return before.error();
    state::Tx tx{cause_of(parent)};
    // Without its parent, a child would be nobody's.
    tx.require(key_of(parent.id)).create(new_row(id, child, parent.id));
    TRY(store_.commit(std::move(tx)));
    return id;
}

Status Jobs::Engine::cancel(const JobId& id, const state::Cause& cause) {
    const Job job = TRY(get(id));
    if (is_final(job.state)) {
        return Error{Errc::precondition, id.text + " has ended: " + std::string{name_of(job.state)}};
    }
    state::Tx tx{cause};
    tx.require(key_of(id));
    tx.create({.key = cancel_key_of(id), .parent = id.text, .state = "requested"});
    const Result<state::Committed> done = store_.commit(std::move(tx));
    if (!done.ok() && !done.is(Errc::already_exists)) return done.error();
    TRY(absorb_cancel(id));
    return cancel_children(id, cause);
}

Status Jobs::Engine::cancel_children(const JobId& id, const state::Cause& cause) {
    state::Query query{.kind = std::string{kJobKind}, .by = state::ByParent{id.text}};
    for (;;) {
        state::Page page = TRY(store_.list(query));
        for (const state::Resource& row : page.items) {
            const Status done = cancel(JobId{row.key.id}, cause);
            if (!done.ok() && !done.is(Errc::precondition)) return done;
        }
        if (page.next.empty()) return {};
        query.after = std::move(page.next);
    }
}

Result<Job> Jobs::Engine::overlay(Job job) {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(job.id.text);
    if (found == entries_.end() || is_final(job.state)) return job;
    const Entry& entry = *found->second;
    Job live = entry.job;
    entry.live.show_in(live);
    live.cancel_requested = entry.cancel;
    live.lease_until = entry.lease_until;
    if (entry.cancel && !is_final(live.state)) live.state = JobState::cancelling;
    return live;
}

Result<Job> Jobs::Engine::get(const JobId& id) {
    Result<state::Resource> row = store_.get(key_of(id));
    if (row.is(Errc::not_found)) return Error{Errc::not_found, "no job " + id.text};
    return overlay(TRY(job_of(TRY(std::move(row)))));
}

Result<JobPage> Jobs::Engine::list(const JobQuery& query) {
    if (query.limit == 0 || query.limit > kListMax) {
        return Error{Errc::invalid, "a page has 1 to " + std::to_string(kListMax) + " jobs"};
    }
    state::Query rows = narrowest(query);
    JobPage page;
    for (;;) {
        // Never more rows than there is room for, so that the next page begins right after the last row.
        rows.limit = query.limit - page.items.size();
        state::Page read = TRY(store_.list(rows));
        for (const state::Resource& row : read.items) {
            Job job = TRY(overlay(TRY(job_of(row))));
            if (matches(query, job)) page.items.push_back(std::move(job));
        }
        page.next = read.next;
        if (page.items.size() == query.limit || read.next.empty()) return page;
        rows.after = std::move(read.next);
    }
}

Result<std::vector<state::LogLine>> Jobs::Engine::log(const JobId& id, std::uint64_t after,
                                                      std::size_t limit) {
    if (limit == 0 || limit > kLogLinesMax) return Error{Errc::invalid, "1 to 10000 lines at a time"};
    TRY(get(id));
    return store_.lines(log_stream_of(id), after, limit);
}

Result<Jobs::Engine::Waited> Jobs::Engine::wait_until(const JobId& id, Duration wait,
                                                      UniqueFunction<bool(const Job&)> enough) {
    const Moment deadline = clock_.moment() + wait;
    for (;;) {
        std::unique_lock lock{mutex_};
        const std::uint64_t seen = generation_;
        lock.unlock();
        Job job = TRY(get(id));
        if (enough(job)) return Waited{.job = std::move(job), .enough = true};
        lock.lock();
        const Duration left = deadline - clock_.moment();
        const bool woken = changed_.wait_for(lock, left, [&] { return generation_ != seen || stopping_; });
        if (stopping_) return Error{Errc::cancelled, "the server stops"};
        if (!woken) return Waited{.job = std::move(job), .enough = false};
    }
}

Result<Job> Jobs::Engine::wait(const JobId& id, Duration wait) {
    Waited waited = TRY(wait_until(id, wait, [](const Job& job) { return is_final(job.state); }));
    if (waited.enough) return std::move(waited.job);
    return Error{Errc::timeout, id.text + " is still " + std::string{name_of(waited.job.state)}};
}

Result<Job> Jobs::Engine::follow(const Job& seen, Duration wait) {
    return TRY(wait_until(seen.id, wait, [&seen](const Job& job) { return differ(seen, job); })).job;
}

Result<std::uint64_t> Jobs::Engine::prune(Instant ended_before) {
    std::uint64_t pruned = 0;
    for (const JobState how : {JobState::done, JobState::failed, JobState::cancelled}) {
        state::Query query{.kind = std::string{kJobKind},
                           .by = state::ByIndex{std::string{kByEnded}, std::string{name_of(how)}}};
        do {
            state::Page page = TRY(store_.list(query));
            for (const state::Resource& row : page.items) {
                const Job job = TRY(job_of(row));
                if (!job.ended || *job.ended >= ended_before) continue;
                state::Tx tx{{.actor = "landfall", .service = "jobs", .operation = "prune"}};
                tx.erase(row.key, row.version).erase_lines(log_stream_of(job.id));
                TRY(store_.commit(std::move(tx)));
                ++pruned;
            }
            query.after = std::move(page.next);
        } while (!query.after.empty());
    }
    return pruned;
}

}  // namespace landfall::jobs
