#include "services/sqs/service.hpp"

#include <algorithm>

#include "core/access/call_facts.hpp"

namespace landfall::sqs {
namespace {

struct MetricRow {
    std::string_view name;
    std::string_view help;
    std::string_view type;
    std::uint64_t (*value)(const messages::QueueCounts&);
};
constexpr MetricRow kMetrics[] = {
    {"landfall_queue_visible_messages", "Messages that can be received now.", "gauge",
     [](const messages::QueueCounts& c) { return c.visible; }},
    {"landfall_queue_in_flight_messages", "Messages received and not yet deleted.", "gauge",
     [](const messages::QueueCounts& c) { return c.in_flight; }},
    {"landfall_queue_delayed_messages", "Messages that are not visible yet.", "gauge",
     [](const messages::QueueCounts& c) { return c.delayed; }},
    {"landfall_queue_oldest_age_seconds", "Age of the oldest message.", "gauge",
     [](const messages::QueueCounts& c) {
         return static_cast<std::uint64_t>(
             std::chrono::duration_cast<std::chrono::seconds>(c.oldest_age).count());
     }},
    {"landfall_queue_sent_total", "Messages sent since the server started.", "counter",
     [](const messages::QueueCounts& c) { return c.sent; }},
    {"landfall_queue_received_total", "Messages received since the server started.", "counter",
     [](const messages::QueueCounts& c) { return c.received; }},
    {"landfall_queue_deleted_total", "Messages deleted since the server started.", "counter",
     [](const messages::QueueCounts& c) { return c.deleted; }},
    {"landfall_queue_dead_lettered_total", "Messages moved to a dead-letter queue since the server started.",
     "counter", [](const messages::QueueCounts& c) { return c.dead_lettered; }},
};

}  // namespace

Sqs::Sqs(const Parts& parts)
    : parts_{parts},
      ids_{parts.random},
      records_{parts.state},
      polls_{parts.broker},
      queues_{{.records = records_,
               .directory = directory_,
               .broker = parts.broker,
               .clock = parts.clock,
               .settings = parts.settings}},
      moves_{{.records = records_,
              .directory = directory_,
              .broker = parts.broker,
              .jobs = parts.jobs,
              .clock = parts.clock}} {}

Sqs::~Sqs() = default;

void Sqs::register_jobs(jobs::Jobs& jobs) { jobs.add_kind(moves_.kind()); }

Status Sqs::attach() { return queues_.attach(); }

Result<QueueTarget> Sqs::resolve_for_delivery(std::string_view queue_arn, const SourceFacts& source) const {
    const QueuePtr queue = directory_.find_arn(queue_arn);
    if (!queue) return Error{Errc::not_found, "there is no queue " + std::string{queue_arn}};
    access::CallFacts facts{source.service, source.source_arn, parts_.clock.now()};
    facts.with("aws:SourceAccount", source.source_account);
    const access::Decision decision =
        access::decide(facts.ask("sqs:SendMessage", queue->arn, queue->name.scope.account),
                       queue->policy ? &*queue->policy : nullptr);
    if (!decision.allowed()) return Error{Errc::denied, decision.reason};
    return QueueTarget{.id = queue->id,
                       .arn = queue->arn,
                       .kind = queue->attributes.kind,
                       .content_dedup = queue->attributes.content_dedup,
                       .message_max = Bytes{queue->attributes.message_max}};
}

std::string Sqs::headers_of(std::string_view sender_id, std::string_view body) {
    Headers headers;
    headers.sender_id = sender_id;
    headers.body_digest = md5(body);
    return encode_headers(headers);
}

messages::QueueCounts Sqs::counts_of(const Queue& queue) const {
    auto counts = parts_.broker.counts(queue.id);
    return counts.ok() ? *std::move(counts) : messages::QueueCounts{};
}

std::vector<QueueFigures> Sqs::figures(std::size_t max) const {
    std::vector<QueueFigures> figures;
    for (const QueuePtr& queue : directory_.all()) figures.push_back({queue->name, counts_of(*queue)});
    if (figures.size() <= max) return figures;
    std::stable_sort(figures.begin(), figures.end(), [](const QueueFigures& a, const QueueFigures& b) {
        return a.counts.visible + a.counts.in_flight > b.counts.visible + b.counts.in_flight;
    });
    figures.resize(max);
    return figures;
}

void Sqs::peek(const QueueName& name, std::uint64_t after, std::uint32_t max,
               UniqueFunction<void(Result<std::vector<Peeked>>)> done) const {
    const QueuePtr queue = directory_.find(name);
    if (!queue) return done(Error{Errc::not_found, "there is no queue " + name.name});
    parts_.broker.scan(queue->id, {.after = {after}, .not_before = {}}, max,
                       [renderer = &parts_.renderer,
                        done = std::move(done)](const Result<std::vector<messages::Seen>>& seen) mutable {
                           if (!seen.ok()) return done(seen.error());
                           std::vector<Peeked> peeked;
                           for (const messages::Seen& message : *seen) {
                               Peeked one{.id = uuid_text(message.id),
                                          .sequence = message.sequence.value,
                                          .sent = message.sent,
                                          .group = message.group,
                                          .body = message.body};
                               if (!message.wrapping.empty()) {
                                   auto rendered = renderer->render({.wrapping = message.wrapping,
                                                                     .headers = message.headers,
                                                                     .body = message.body,
                                                                     .id = message.id,
                                                                     .sent = message.sent});
                                   if (!rendered.ok()) return done(rendered.error());
                                   one.body = std::move(rendered->body);
                               }
                               peeked.push_back(std::move(one));
                           }
                           done(std::move(peeked));
                       });
}

std::string Sqs::metrics_text() const {
    const std::vector<QueueFigures> queues = figures(kMetricQueuesMax);
    std::string text;
    for (const MetricRow& row : kMetrics) {
        if (queues.empty()) break;
        text.append("# HELP ").append(row.name).append(" ").append(row.help).append("\n");
        text.append("# TYPE ").append(row.name).append(" ").append(row.type).append("\n");
        for (const QueueFigures& queue : queues) {
            text.append(row.name).append("{account=\"").append(queue.name.scope.account);
            text.append("\",region=\"").append(queue.name.scope.region).append("\",queue=\"");
            text.append(queue.name.name)
                .append("\"} ")
                .append(std::to_string(row.value(queue.counts)))
                .append("\n");
        }
    }
    text.append(
        "# HELP landfall_queue_damaged_messages_total Messages taken out of their queues because their "
        "stored bytes were not right.\n# TYPE landfall_queue_damaged_messages_total counter\n"
        "landfall_queue_damaged_messages_total ");
    text.append(std::to_string(parts_.broker.log_counts().damaged)).append("\n");
    text.append(
        "# HELP landfall_queue_polls Receives that wait for a message.\n# TYPE landfall_queue_polls gauge\n");
    return text.append("landfall_queue_polls ").append(std::to_string(polls_.size())).append("\n");
}

}  // namespace landfall::sqs
