#include "core/upkeep/upkeep.hpp"

#include <algorithm>

namespace landfall::upkeep {
namespace {

using jobs::StepResult;
using state::Record;

/// A slice of a scrub is one pack.
constexpr Bytes kSlice{1};
/// The first task of a new store begins so long after the server, which has other things to do at first.
constexpr Duration kFirstAfter = std::chrono::minutes{10};
constexpr Duration kAskAgainMax = std::chrono::minutes{1};
/// Damage past this many findings of one slice is counted, not told one by one.
constexpr std::size_t kToldMax = 100;

state::Cause own_cause(std::string operation) {
    return {.actor = "landfall", .service = "upkeep", .operation = std::move(operation)};
}

std::string text_of(const blocks::Damage& damage) {
    std::string text = "pack " + damage.pack + " at offset " + std::to_string(damage.offset.value);
    if (!damage.id.is_zero()) text += ", block " + short_text(damage.id);
    return text + ": " + damage.what;
}

std::string mib(Bytes bytes) { return std::to_string(bytes.count >> 20U) + " MiB"; }

jobs::JobKind kind(Task task, UniqueFunction<StepResult(jobs::JobContext&)> run) {
    jobs::JobKind kind{.name = std::string{kind_of(task)}, .steps = {}};
    kind.steps.push_back(
        jobs::Step{.name = task == Task::scrub ? "scrub" : "collect", .run = std::move(run)});
    return kind;
}

}  // namespace

std::string_view kind_of(Task task) { return task == Task::scrub ? "blocks.scrub" : "blocks.collect"; }

std::optional<Task> parse_task(std::string_view name) {
    if (name == "scrub") return Task::scrub;
    if (name == "collect") return Task::collect;
    return std::nullopt;
}

Upkeep::Upkeep(Parts parts, Settings settings)
    : parts_{std::move(parts)}, settings_{std::move(settings)}, made_{parts_.clock.now()} {}

void Upkeep::register_jobs() {
    parts_.jobs.add_kind(kind(Task::scrub, [this](jobs::JobContext& job) { return scrub(job); }));
    parts_.jobs.add_kind(kind(Task::collect, [this](jobs::JobContext& job) { return collect(job); }));
}

Duration Upkeep::interval(Task task) const {
    if (task == Task::collect) return settings_.collect_every;
    return settings_.scrub_rate == 0_B ? Duration{0} : settings_.scrub_every;
}

Result<std::optional<jobs::Job>> Upkeep::newest(Task task) {
    jobs::JobQuery query;
    query.kind = std::string{kind_of(task)};
    query.limit = 1;
    jobs::JobPage page = TRY(parts_.jobs.list(query));
    if (page.items.empty()) return std::optional<jobs::Job>{};
    return std::optional{std::move(page.items.front())};
}

/// When the next job of a task is to begin; it may be long ago.
Result<Instant> Upkeep::due(Task task) {
    const auto last = TRY(newest(task));
    if (!last) return made_ + std::min(kFirstAfter, interval(task));
    return last->created + interval(task);
}

Result<jobs::JobId> Upkeep::submit(Task task, Pace pace, state::Cause cause) {
    jobs::NewJob job{
        .kind = std::string{kind_of(task)}, .account = settings_.account, .region = settings_.region};
    job.params.set("rate", pace == Pace::full ? std::uint64_t{0} : settings_.scrub_rate.count);
    return parts_.jobs.submit(std::move(job), std::move(cause));
}

Result<jobs::JobId> Upkeep::begin(Task task, state::Cause cause) {
    const std::lock_guard turn{begin_turn_};
    const auto last = TRY(newest(task));
    if (last && !jobs::is_final(last->state)) return last->id;
    return submit(task, Pace::full, std::move(cause));
}

Result<Instant> Upkeep::begin_due(Instant now) {
    Instant next = now + kAskAgainMax;
    const std::lock_guard turn{begin_turn_};
    for (const Task task : kTasks) {
        if (interval(task) == Duration{0}) continue;
        const auto last = TRY(newest(task));
        if (last && !jobs::is_final(last->state)) continue;
        const Instant at = TRY(due(task));
        if (at > now)
            next = std::min(next, at);
        else
            TRY(submit(task, Pace::settings, own_cause("Schedule")));
    }
    return next;
}

void Upkeep::start(ThreadStarter& threads) {
    clock_thread_ = threads.start("upkeep.clock", [this] { run_clock(); });
}

void Upkeep::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        stop_asked_.notify_all();
    }
    if (clock_thread_.joinable()) clock_thread_.join();
}

void Upkeep::run_clock() {
    std::unique_lock lock{mutex_};
    while (!stopping_) {
        lock.unlock();
        const Instant now = parts_.clock.now();
        // A state store that fails now is asked again; it says so itself.
        const auto next = begin_due(now);
        const Duration pause = next.ok() ? *next - now : kAskAgainMax;
        lock.lock();
        stop_asked_.wait_for(lock, pause, [&] { return stopping_; });
    }
}

void Upkeep::tell(jobs::JobContext& job, state::Tx& with, const blocks::Damage& damage) {
    const std::string text = text_of(damage);
    job.log(jobs::LogLevel::error, text);
    with.note(jobs::key_of(job.id()), text);
    if (parts_.news) parts_.news({job.id().text, text});
}

// What a crash makes it read, and tell, twice is one pack.
StepResult Upkeep::scrub(jobs::JobContext& job) {
    Record at = job.checkpoint();
    if (!at.has("total")) {
        const auto stats = parts_.blocks.stats();
        if (!stats.ok()) return StepResult::from(stats.error());
        at.set("total", stats->stored);
    }
    const blocks::ScrubPosition after{static_cast<std::uint32_t>(at.number("pack"))};
    const auto slice = parts_.blocks.scrub(after, kSlice);
    if (!slice.ok()) return StepResult::from(slice.error());
    counted_.scrub_bytes += slice->read.count;
    counted_.scrub_damage += slice->damage.size();
    state::Tx with{job.cause()};
    for (std::size_t i = 0; i < std::min(slice->damage.size(), kToldMax); ++i)
        tell(job, with, slice->damage[i]);
    const Bytes read = at.bytes("read") + slice->read;
    const auto damage = at.number("damage") + static_cast<std::int64_t>(slice->damage.size());
    at.set("pack", slice->last.pack).set("read", read).set("damage", damage);
    at.set("locked", at.number("locked") + static_cast<std::int64_t>(slice->packs_locked));
    const std::string found =
        damage == 0 ? "nothing damaged" : std::to_string(damage) + " damaged, in quarantine";
    job.progress(read, std::max(read, at.bytes("total")), found);
    std::optional<state::Tx> events;
    if (!with.empty()) events = std::move(with);
    if (slice->end) {
        ++counted_.scrub_passes;
        job.log(damage == 0 ? jobs::LogLevel::note : jobs::LogLevel::error, mib(read) + " read, " + found);
        return StepResult::done(at, std::move(events));
    }
    const auto rate = static_cast<double>(job.params().number("rate"));
    if (rate <= 0) return StepResult::next("scrub", at, std::move(events));
    const std::chrono::duration<double> pause{static_cast<double>(slice->read.count) / rate};
    return StepResult::wait_until(parts_.clock.now() + std::chrono::duration_cast<Duration>(pause), "scrub",
                                  at, std::move(events));
}

StepResult Upkeep::collect(jobs::JobContext& job) {
    const auto report = parts_.blocks.collect_garbage({}, [&](const blocks::Progress& at) {
        job.progress(at.done, at.total, "marking and sweeping");
        return !job.should_stop();
    });
    if (report.is(Errc::cancelled)) return StepResult::next("collect", {});
    if (report.is(Errc::corrupt)) {
        if (parts_.news) parts_.news({job.id().text, report.error().message()});
        return StepResult::failed(report.error().message());
    }
    if (!report.ok()) return StepResult::from(report.error());
    ++counted_.collections;
    counted_.reclaimed_bytes += report->reclaimed.count;
    job.log(jobs::LogLevel::note, std::to_string(report->packs_deleted) + " packs deleted, " +
                                      mib(report->reclaimed) + " reclaimed, " + mib(report->reclaimable) +
                                      " still reclaimable");
    Record result;
    result.set("roots", report->roots_marked).set("blocks", report->blocks_live);
    result.set("reclaimed", report->reclaimed).set("reclaimable", report->reclaimable);
    return StepResult::done(result);
}

Counters Upkeep::counters() const {
    return {.scrub_bytes = counted_.scrub_bytes,
            .scrub_passes = counted_.scrub_passes,
            .scrub_damage = counted_.scrub_damage,
            .collections = counted_.collections,
            .reclaimed_bytes = counted_.reclaimed_bytes};
}

std::string Upkeep::metrics() const {
    std::string text;
    const auto add = [&](std::string_view name, std::string_view help, std::uint64_t value) {
        text.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name);
        text.append(" counter\n").append(name).append(" ").append(std::to_string(value)).append("\n");
    };
    const Counters now = counters();
    add("landfall_scrub_bytes_total", "Bytes of packs that scrubs have read.", now.scrub_bytes);
    add("landfall_scrub_passes_total", "Scrubs that came to their end.", now.scrub_passes);
    add("landfall_scrub_damage_total", "Damaged blocks and packs that scrubs have found.", now.scrub_damage);
    add("landfall_collections_total", "Garbage collections.", now.collections);
    add("landfall_collected_bytes_total", "Bytes that collections gave back.", now.reclaimed_bytes);
    return text;
}

}  // namespace landfall::upkeep
