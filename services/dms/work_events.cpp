#include "services/dms/work_events.hpp"

#include <algorithm>

namespace landfall::dms {
namespace {

constexpr Duration kKept = std::chrono::hours{14 * 24};
/// Each event that comes takes some along that are too old: more than come stay in no case.
constexpr std::size_t kTrimmed = 10;
constexpr std::size_t kPage = 1000;
constexpr std::size_t kMessageMax = 2000;

}  // namespace

void EventLog::register_jobs(jobs::Jobs& jobs) {
    jobs::JobKind kind{.name = std::string{kNoticeJob}};
    kind.steps.push_back({"send", [this](jobs::JobContext& job) { return send(job); }});
    jobs.add_kind(std::move(kind));
}

void EventLog::add(state::Tx& tx, EventKind kind, const Scope& scope, const std::string& source,
                   std::string_view more) const {
    const EventText& text = text_of(kind);
    Event event{.at = parts_.clock.now(),
                .source_type = std::string{text.source_type},
                .source = source,
                .category = std::string{text.category},
                .id = std::string{text.id},
                .message = std::string{text.message}};
    if (!more.empty()) event.message.append(" ").append(more.substr(0, kMessageMax));
    const std::string stream = event_stream(scope);
    if (const auto oldest = parts_.store.lines(stream, 0, kTrimmed); oldest.ok()) {
        std::uint64_t up_to = 0;
        for (const state::LogLine& line : *oldest)
            if (line.at.ns + std::chrono::nanoseconds{kKept}.count() < event.at.ns) up_to = line.seq;
        if (up_to > 0) tx.erase_lines(stream, up_to);
    }
    tx.append_line(stream, encode_event(event));
    const auto subscriptions = records_.all<EventSubscription>(scope);
    if (!subscriptions.ok()) return;
    for (const auto& each : *subscriptions) {
        if (!each.value.wants(event)) continue;
        jobs::NewJob job{.kind = std::string{kNoticeJob}, .account = scope.account, .region = scope.region};
        job.params.set("topic", each.value.topic).set("text", notice_of(event));
        parts_.jobs.add_to(tx, std::move(job));
    }
}

jobs::StepResult EventLog::send(jobs::JobContext& job) const {
    const Status sent = parts_.topics.publish(job.params().text("topic"), job.params().text("text"));
    // A topic that is gone hears of nothing any more.
    if (sent.ok() || sent.is(Errc::not_found) || sent.is(Errc::invalid)) return jobs::StepResult::done();
    return jobs::StepResult::retry(sent.error().message());
}

Result<std::vector<Event>> EventLog::list(const Scope& scope) const {
    std::vector<Event> events;
    for (std::uint64_t after = 0;;) {
        const auto lines = TRY(parts_.store.lines(event_stream(scope), after, kPage));
        for (const state::LogLine& line : lines) events.push_back(TRY(decode_event(line)));
        if (lines.size() < kPage) return events;
        after = lines.back().seq;
    }
}

}  // namespace landfall::dms
