// What a start finds: jobs of a dead server, and cancels that nobody has served yet.
#include "core/jobs/engine.hpp"
#include "core/jobs/job_codec.hpp"

namespace landfall::jobs {

Status Jobs::Engine::start(ThreadStarter& threads) {
    CHECK(!started_);
    // From here on nothing that is created is missed; what recover sees too is taken once.
    store_.add_listener(*this);
    started_ = true;
    Status recovered = recover();
    if (recovered.ok()) recovered = recover_cancels();
    if (!recovered.ok()) {
        store_.remove_listener(*this);
        started_ = false;
        return std::move(recovered).error().in("taking up the jobs of the last run");
    }
    for (auto& [name, kind] : kinds_) {
        for (std::size_t i = 0; i < kind->spec.runners; ++i) {
            threads_.push_back(threads.start("job." + name, [this, &of = *kind] { run_kind(of); }));
        }
    }
    threads_.push_back(threads.start("jobs.clock", [this] { run_clock(); }));
    return {};
}

Status Jobs::Engine::recover() {
    state::Query query{.kind = std::string{kJobKind}, .by = state::ByIndex{std::string{kByLive}, ""}};
    for (;;) {
        state::Page page = TRY(store_.list(query));
        for (const state::Resource& row : page.items) TRY(recover_one(row));
        if (page.next.empty()) return {};
        query.after = std::move(page.next);
    }
}

Status Jobs::Engine::recover_one(const state::Resource& row) {
    Job job = TRY(job_of(row));
    const auto kind = kinds_.find(job.kind);
    if (kind == kinds_.end() || entries_.contains(job.id.text)) return {};
    auto entry = std::make_unique<Entry>(std::move(job), row, *kind->second);
    const bool was_running =
        entry->job.state == JobState::running || entry->job.state == JobState::cancelling;
    if (was_running) {
        Job next = entry->job;
        // A step that takes the server down with it must not do so for ever.
        ++next.attempt;
        next.reason = "the server ended during this step";
        if (next.state == JobState::running) next.state = JobState::queued;
        TRY(commit(*entry, std::move(next), std::nullopt));
    }
    Entry& added = *entry;
    const std::lock_guard lock{mutex_};
    entries_.emplace(added.job.id.text, std::move(entry));
    schedule(added);
    return {};
}

Status Jobs::Engine::recover_cancels() {
    state::Query query{.kind = std::string{kCancelKind}};
    for (;;) {
        state::Page page = TRY(store_.list(query));
        for (const state::Resource& row : page.items) TRY(absorb_cancel(JobId{row.key.id}));
        if (page.next.empty()) return {};
        query.after = std::move(page.next);
    }
}

}  // namespace landfall::jobs
