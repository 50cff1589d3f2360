#include "core/jobs/engine.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "core/jobs/job_codec.hpp"

namespace landfall::jobs {
namespace {

constexpr Duration kFlushEvery = std::chrono::seconds{1};
constexpr Duration kIdlePause = std::chrono::seconds{5};
constexpr Duration kStuckPause = std::chrono::seconds{1};
constexpr Duration kLease = std::chrono::seconds{30};
constexpr std::size_t kLinesPerCommit = 200;

}  // namespace

Jobs::Engine::Engine(state::StateStore& store, Clock& clock, Random& random)
    : store_{store},
      clock_{clock},
      random_{random},
      owner_{std::to_string(::getpid()) + "-" + random.hex(8)},
      first_generation_{static_cast<std::uint64_t>(clock.now().ns / 1000)} {}

void Jobs::Engine::add_kind(JobKind kind) {
    CHECK(!started_ && !kind.steps.empty() && kind.runners > 0 && kind.attempts_max > 0);
    const auto named = [&kind](const Step& step) { return step.name == kind.cancel_step; };
    CHECK(kind.cancel_step.empty() || std::any_of(kind.steps.begin(), kind.steps.end(), named));
    auto state = std::make_unique<KindState>();
    const std::string name = kind.name;
    state->spec = std::move(kind);
    CHECK(kinds_.emplace(name, std::move(state)).second);
}

void Jobs::Engine::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        poked_ = true;
        clock_work_.notify_all();
        changed_.notify_all();
        for (auto& [name, kind] : kinds_) kind->work.notify_all();
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    end_watches();
    if (std::exchange(started_, false)) store_.remove_listener(*this);
}

state::Cause Jobs::Engine::cause_of(const Job& job) const {
    return {.actor = "landfall", .request_id = job.id.text, .service = "jobs", .operation = job.kind};
}

Duration Jobs::Engine::backoff(const JobKind& kind, int attempt) {
    const double doubled = static_cast<double>(kind.backoff_first.count()) * std::pow(2.0, attempt - 1);
    const double whole = std::min(doubled, static_cast<double>(kind.backoff_max.count()));
    const double jitter = 0.5 + static_cast<double>(random_.below(1'000'000)) / 2e6;
    return Duration{static_cast<std::int64_t>(whole * jitter)};
}

Status Jobs::Engine::commit(Entry& entry, Job next, std::optional<state::Tx> with) {
    state::Tx tx{cause_of(next)};
    if (with) tx.append(std::move(*with));
    entry.live.show_in(next);
    next.lease_owner = is_final(next.state) ? "" : owner_;
    next.lease_until = clock_.now() + kLease;
    state::Resource row = entry.row;
    write_row(next, row);
    tx.update(row);
    tx.set_progress(row.key, encode_progress(next));
    flush_lines(entry);
    const state::Committed done = TRY(store_.commit(std::move(tx)));
    ++row.version.value;
    next.updated = done.at;
    const std::lock_guard lock{mutex_};
    entry.row = std::move(row);
    entry.lease_until = next.lease_until;
    entry.job = std::move(next);
    note_change_of(entry.job.account);
    return {};
}

void Jobs::Engine::flush_lines(Entry& entry) {
    std::vector<state::LogLine> lines = entry.live.take_lines();
    for (std::size_t at = 0; at < lines.size(); at += kLinesPerCommit) {
        state::Tx tx{cause_of(entry.job)};
        for (std::size_t i = at; i < std::min(lines.size(), at + kLinesPerCommit); ++i) {
            tx.append_line(log_stream_of(entry.job.id), std::move(lines[i]));
        }
        // The order of the queue keeps lines before the change that follows; losing them is allowed.
        store_.submit(std::move(tx), [](const Result<state::Committed>&) {});
    }
}

Result<bool> Jobs::Engine::children_have_ended(const JobId& parent) {
    state::Query query{.kind = std::string{kJobKind}, .by = state::ByParent{parent.text}};
    for (;;) {
        state::Page page = TRY(store_.list(query));
        for (const state::Resource& row : page.items) {
            const auto state = parse_job_state(row.state);
            if (state && !is_final(*state)) return false;
        }
        if (page.next.empty()) return true;
        query.after = std::move(page.next);
    }
}

void Jobs::Engine::run_kind(KindState& kind) {
    std::unique_lock lock{mutex_};
    for (;;) {
        kind.work.wait(lock, [&] { return stopping_ || !kind.ready.empty(); });
        if (stopping_) return;
        Entry& entry = *entries_.at(kind.ready.front());
        kind.ready.pop_front();
        entry.ready = false;
        entry.active = true;
        const std::uint64_t seen = entry.children_ended;
        lock.unlock();
        const Left left = run_job(*this, entry);
        flush_lines(entry);
        lock.lock();
        entry.active = false;
        if (left == Left::stuck) {
            timers_.emplace(clock_.now() + kStuckPause, entry.job.id.text);
            poked_ = true;
            clock_work_.notify_one();
        } else {
            put_back(entry, seen);
        }
    }
}

void Jobs::Engine::put_back(Entry& entry, std::uint64_t seen_children_ended) {
    if (is_final(entry.job.state)) {
        wake_parent(entry.job);
        const std::string id = entry.job.id.text;
        entries_.erase(id);
        return;
    }
    if (stopping_) return;
    const bool child_ended_meanwhile = entry.children_ended != seen_children_ended;
    const bool must_cancel = entry.cancel && entry.job.state != JobState::cancelling;
    if (entry.job.waits_for_children && !child_ended_meanwhile) return;
    if (must_cancel) return make_ready(entry);
    schedule(entry);
}

void Jobs::Engine::schedule(Entry& entry) {
    if (entry.job.not_before <= clock_.now()) return make_ready(entry);
    timers_.emplace(entry.job.not_before, entry.job.id.text);
    poked_ = true;
    clock_work_.notify_one();
}

void Jobs::Engine::make_ready(Entry& entry) {
    if (entry.ready || entry.active) return;
    entry.ready = true;
    entry.kind.ready.push_back(entry.job.id.text);
    entry.kind.work.notify_one();
}

void Jobs::Engine::wake_parent(const Job& ended) {
    if (!ended.parent) return;
    const auto parent = entries_.find(ended.parent->text);
    if (parent == entries_.end()) return;
    ++parent->second->children_ended;
    if (parent->second->job.waits_for_children) make_ready(*parent->second);
}

void Jobs::Engine::on_events(std::span<const state::Event> events) {
    const std::lock_guard lock{mutex_};
    bool news = false;
    for (const state::Event& event : events) {
        const bool job = event.key.kind == kJobKind;
        const bool cancel = event.key.kind == kCancelKind;
        news = news || job || cancel;
        if ((job || cancel) && event.change == state::Change::created) {
            inbox_.push_back({.id = event.key.id, .is_cancel = cancel});
            poked_ = true;
        }
    }
    if (!news) return;
    note_change();
    clock_work_.notify_one();
}

Duration Jobs::Engine::clock_pause(Instant now) const {
    Duration pause = kIdlePause;
    const auto active = [](const auto& each) { return each.second->active; };
    if (std::any_of(entries_.begin(), entries_.end(), active)) pause = kFlushEvery;
    if (!timers_.empty()) pause = std::min(pause, timers_.begin()->first - now);
    for (const Watch& watch : watches_) pause = std::min(pause, watch.deadline - clock_.moment());
    return std::max(pause, Duration{std::chrono::milliseconds{1}});
}

void Jobs::Engine::run_clock() {
    std::unique_lock lock{mutex_};
    Moment flushed = clock_.moment();
    while (!stopping_) {
        (void)clock_work_.wait_for(lock, clock_pause(clock_.now()), [this] { return poked_; });
        poked_ = false;
        const std::vector<News> inbox = std::exchange(inbox_, {});
        lock.unlock();
        for (const News& news : inbox) absorb(news);
        if (clock_.moment() - flushed >= kFlushEvery) {
            flushed = clock_.moment();
            flush_progress();
        }
        answer_watches();
        lock.lock();
        release_due(clock_.now());
    }
}

void Jobs::Engine::release_due(Instant now) {
    while (!timers_.empty() && timers_.begin()->first <= now) {
        const auto entry = entries_.find(timers_.begin()->second);
        timers_.erase(timers_.begin());
        if (entry == entries_.end()) continue;
        // An older timer of a job that pauses again by now is not its turn.
        const Job& job = entry->second->job;
        if (!entry->second->active && !job.waits_for_children && job.not_before <= now) {
            make_ready(*entry->second);
        }
    }
}

void Jobs::Engine::absorb(const News& news) {
    const JobId id{news.id};
    const Status done = news.is_cancel ? absorb_cancel(id) : absorb_job(id);
    // not_found: the job has been pruned since. Otherwise the store fails to read: the next start finds it.
    (void)done;
}

Status Jobs::Engine::absorb_job(const JobId& id) {
    const state::Resource row = TRY(store_.get(key_of(id)));
    Job job = TRY(job_of(row));
    const std::lock_guard lock{mutex_};
    note_change_of(job.account);
    const auto kind = kinds_.find(job.kind);
    if (kind == kinds_.end() || is_final(job.state) || entries_.contains(id.text)) return {};
    auto entry = std::make_unique<Entry>(std::move(job), row, *kind->second);
    Entry& added = *entry;
    entries_.emplace(id.text, std::move(entry));
    schedule(added);
    return {};
}

Status Jobs::Engine::absorb_cancel(const JobId& id) {
    {
        const std::lock_guard lock{mutex_};
        const auto found = entries_.find(id.text);
        if (found != entries_.end()) {
            found->second->cancel = true;
            note_change_of(found->second->job.account);
            make_ready(*found->second);
            return {};
        }
    }
    // It came too late: the job has ended, and nobody else removes the row.
    const Result<state::Resource> row = store_.get(key_of(id));
    const bool ended = row.is(Errc::not_found) || (row.ok() && is_final(TRY(job_of(*row)).state));
    if (!ended) return {};
    state::Tx tx{{.actor = "landfall", .service = "jobs", .operation = "cancel"}};
    tx.erase(cancel_key_of(id), state::kAnyVersion);
    store_.submit(std::move(tx), [](const Result<state::Committed>&) {});
    return {};
}

void Jobs::Engine::flush_progress() {
    const Instant now = clock_.now();
    const Moment moment = clock_.moment();
    std::vector<state::Tx> writes;
    std::unique_lock lock{mutex_};
    for (auto& [id, entry] : entries_) {
        if (!entry->active) continue;
        entry->live.sample(moment);
        const bool lease_is_short = entry->lease_until - now < kLease / 2;
        if (!entry->live.take_changed() && !lease_is_short) continue;
        entry->lease_until = now + kLease;
        Job shown = entry->job;
        shown.lease_until = entry->lease_until;
        entry->live.show_in(shown);
        state::Tx tx{cause_of(shown)};
        tx.set_progress(entry->row.key, encode_progress(shown));
        std::vector<state::LogLine> lines = entry->live.take_lines();
        for (state::LogLine& line : lines) {
            if (tx.ops().size() == kLinesPerCommit) {
                writes.push_back(std::exchange(tx, state::Tx{cause_of(shown)}));
            }
            tx.append_line(log_stream_of(shown.id), std::move(line));
        }
        writes.push_back(std::move(tx));
        note_change_of(shown.account);
    }
    lock.unlock();
    for (state::Tx& tx : writes) store_.submit(std::move(tx), [](const Result<state::Committed>&) {});
}

}  // namespace landfall::jobs
