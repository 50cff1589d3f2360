#include "services/sns/delivery_report.hpp"

#include <array>
#include <utility>

namespace landfall::sns {
namespace {

constexpr std::size_t kMetricTopicsMax = 1000;

std::string milliseconds(Duration time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

void add_rows(std::string& out, const LiveTopic& topic) {
    const TopicName& name = topic.record.name;
    for (std::size_t i = 0; i < kProtocolCount; ++i) {
        const auto protocol = static_cast<Protocol>(i);
        const DeliveryFigures::Row& row = topic.figures.of(protocol);
        const std::array<std::pair<std::string_view, std::uint64_t>, 3> outcomes{
            {{"delivered", row.delivered}, {"retried", row.retried}, {"failed", row.failed}}};
        for (const auto& [outcome, count] : outcomes) {
            if (count == 0) continue;
            out.append("landfall_topic_deliveries_total{account=\"").append(name.account);
            out.append("\",region=\"").append(name.region).append("\",topic=\"").append(name.name);
            out.append("\",protocol=\"").append(name_of(protocol)).append("\",outcome=\"").append(outcome);
            out.append("\"} ").append(std::to_string(count)).append("\n");
        }
    }
}

}  // namespace

void DeliveryReport::note(const DeliveryNews& news, std::string text) {
    state::Tx tx{state::Cause{.actor = "landfall", .service = "sns", .operation = "Deliver"}};
    const TopicName& topic = news.name.topic;
    tx.note(topic.name.empty() ? mobile_key(topic.account, topic.region, news.name.id) : key_of(news.name),
            std::move(text));
    state_.submit(std::move(tx), [](const Result<state::Committed>&) {});
}

void DeliveryReport::delivered(const DeliveryNews& news) {
    ++counts_.delivered;
    std::uint32_t percent = 0;
    directory_.with_topic(news.name.topic, [&](const LiveTopic& topic) {
        ++topic.figures.of(news.protocol).delivered;
        percent = success_percent(topic.record, news.protocol);
    });
    tell_delivered(news, percent);
}

void DeliveryReport::delivered_to_queues(const TopicName& topic, std::uint64_t count) {
    counts_.delivered += count;
    directory_.with_topic(topic,
                          [&](const LiveTopic& live) { live.figures.of(Protocol::sqs).delivered += count; });
}

void DeliveryReport::tell_delivered(const DeliveryNews& news, std::uint32_t percent) {
    if (percent == 0 || (percent < 100 && random_.below(100) >= percent)) return;
    note(news, "delivered " + std::string{news.message_id} + " to " + without_password(news.endpoint) + ": " +
                   std::string{news.said} + "; attempt " + std::to_string(news.attempts) + ", after " +
                   milliseconds(news.dwelt));
}

void DeliveryReport::failed(const DeliveryNews& news, Fate fate) {
    ++(fate == Fate::dropped ? counts_.dropped : counts_.dead_lettered);
    directory_.with_topic(news.name.topic,
                          [&](const LiveTopic& topic) { ++topic.figures.of(news.protocol).failed; });
    note(news, "delivery of " + std::string{news.message_id} + " to " + without_password(news.endpoint) +
                   " failed: " + std::string{news.said} + "; attempt " + std::to_string(news.attempts) +
                   ", after " + milliseconds(news.dwelt) +
                   (fate == Fate::dropped ? "; dropped" : "; dead-lettered"));
}

void DeliveryReport::retried(const DeliveryNews& news) {
    ++counts_.retried;
    directory_.with_topic(news.name.topic,
                          [&](const LiveTopic& topic) { ++topic.figures.of(news.protocol).retried; });
}

std::string DeliveryReport::metrics_text() const {
    std::string out;
    const auto add = [&](std::string_view name, std::uint64_t value) {
        out += "# TYPE landfall_sns_" + std::string{name} + "_total counter\nlandfall_sns_" +
               std::string{name} + "_total " + std::to_string(value) + "\n";
    };
    add("published", counts_.published);
    add("delivered", counts_.delivered);
    add("retried", counts_.retried);
    add("dead_lettered", counts_.dead_lettered);
    add("dropped", counts_.dropped);
    add("filtered", counts_.filtered);
    std::string rows;
    directory_.each_topic(kMetricTopicsMax, [&](const LiveTopic& topic) { add_rows(rows, topic); });
    if (rows.empty()) return out;
    out +=
        "# HELP landfall_topic_deliveries_total Deliveries of a topic that ended, and attempts followed by "
        "another.\n# TYPE landfall_topic_deliveries_total counter\n";
    return out + rows;
}

}  // namespace landfall::sns
