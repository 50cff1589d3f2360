#include "services/sns/service.hpp"

#include <algorithm>
#include <condition_variable>

#include "core/access/call_facts.hpp"
#include "services/sns/work_delivery.hpp"
#include "services/sns/work_replay.hpp"

namespace landfall::sns {
namespace {

constexpr Duration kOutboxRetention = std::chrono::hours{24 * 14};
constexpr Duration kOutboxLease = std::chrono::seconds{60};
constexpr Duration kOriginRetention = std::chrono::hours{1};

}  // namespace

Sns::Sns(Private, const Parts& parts)
    : parts_{parts},
      records_{parts.state},
      directory_{records_},
      report_{parts.state, directory_, parts.random} {}
Sns::~Sns() = default;

Result<std::unique_ptr<Sns>> Sns::open(const Parts& parts) {
    auto sns = std::make_unique<Sns>(Private{}, parts);
    sns->signer_ = TRY(MessageSigner::open(parts.state, parts.sealing, parts.random, parts.clock));
    const std::vector<state::Key> orphans = TRY(sns->directory_.load());
    const state::Cause cause{.actor = "landfall", .service = "sns", .operation = "EraseOrphans"};
    TRY(sns->records_.erase(cause, orphans));
    sns->publisher_ = std::make_unique<Publisher>(Publisher::Parts{.state = parts.state,
                                                                   .broker = parts.broker,
                                                                   .queues = parts.queues,
                                                                   .directory = sns->directory_,
                                                                   .signer = *sns->signer_,
                                                                   .clock = parts.clock,
                                                                   .random = parts.random,
                                                                   .report = sns->report_});
    sns->delivery_ = std::make_unique<DeliveryWork>(DeliveryWork::Parts{.broker = parts.broker,
                                                                        .records = sns->records_,
                                                                        .directory = sns->directory_,
                                                                        .publisher = *sns->publisher_,
                                                                        .clock = parts.clock,
                                                                        .random = parts.random,
                                                                        .settings = sns->parts_.settings,
                                                                        .report = sns->report_});
    sns->replays_ = std::make_unique<ReplayWork>(
        ReplayWork::Parts{parts.jobs, parts.broker, parts.queues, sns->directory_, parts.clock});
    return sns;
}

void Sns::register_jobs(jobs::Jobs& jobs) { replays_->register_jobs(jobs); }

messages::QueueSettings Sns::origin_settings(const Topic& topic) {
    messages::QueueSettings settings{.order = messages::Order::fifo};
    settings.retention = topic.archive_retention().value_or(kOriginRetention);
    if (topic.attribute("FifoThroughputScope") == "MessageGroup")
        settings.dedup_scope = messages::DedupScope::group;
    return settings;
}

messages::QueueSettings Sns::outbox_settings() {
    return {.order = messages::Order::standard, .visibility = kOutboxLease, .retention = kOutboxRetention};
}

void Sns::attach() {
    for (const Topic& topic : directory_.every_topic())
        if (topic.origin) parts_.broker.attach(*topic.origin, origin_settings(topic));
    for (const Subscription& subscription : directory_.every_subscription())
        if (subscription.outbox) parts_.broker.attach(*subscription.outbox, outbox_settings());
    parts_.broker.attach(kDirectOutbox, outbox_settings());
}

Status Sns::start(ThreadStarter& threads) {
    TRY(delivery_->start(threads));
    // What fails here is tried again, and told, by the first publish that needs a signature.
    key_maker_ = threads.start("sns.key", [this] { static_cast<void>(signer_->ready()); });
    delivery_->watch_direct();
    for (const Subscription& subscription : directory_.every_subscription()) {
        if (subscription.outbox)
            delivery_->watch(subscription.name, *subscription.outbox);
        else if (delivery_->delivers(subscription.protocol))
            TRY(provide_outbox(subscription.name));
    }
    return {};
}

Status Sns::provide_outbox(const SubscriptionName& name) {
    const messages::QueueId outbox = TRY(records_.new_queue());
    const state::Cause cause{.actor = "landfall", .service = "sns", .operation = "ProvideOutbox"};
    const auto changed =
        records_.update<Subscription>(cause, key_of(name), [&](Subscription& subscription) -> Verdict {
            subscription.outbox = outbox;
            if (subscription.stage != Stage::pending) return {};
            subscription.token = parts_.random.hex(kTokenDigits);
            subscription.token_expires = parts_.clock.now() + kTokenLife;
            return {};
        });
    if (!changed.ok()) return Error{Errc::unavailable, name.arn() + ": " + changed.error().message()};
    parts_.broker.attach(outbox, outbox_settings());
    TRY(directory_.refresh(name));
    delivery_->watch(name, outbox);
    if (changed->stage != Stage::pending) return {};
    return publisher_->send_confirmation(*changed, MessageType::subscription_confirmation, base_url_);
}

void Sns::stop() {
    if (key_maker_.joinable()) key_maker_.join();
    delivery_->stop();
}

void Sns::forget_queue(messages::QueueId queue) {
    // A queue that is not forgotten now is forgotten at the next start, where nothing attaches it.
    parts_.broker.forget(queue, [](const Status&) {});
}

std::string Sns::metrics_text() const { return report_.metrics_text(); }

Result<Sns::View> Sns::view(std::string_view wrapping_bytes, std::string_view header_bytes,
                            std::string_view body, const MessageId& id) {
    const Wrapping wrapping = TRY(decode_wrapping(wrapping_bytes));
    if (wrapping.form == Form::plain) return View{std::string{body}, {}, std::string{header_bytes}};
    const Headers headers = TRY(decode_headers(header_bytes));
    const StoredMessage message{headers, body, id};
    return View{body_of(message, wrapping), attributes_of(message, wrapping), headers.sender};
}

Result<TopicOrder> Sns::may_publish(const Source& source, std::string_view topic_arn) const {
    const auto name = parse_topic_arn(topic_arn);
    if (!name.ok()) return Error{Errc::invalid, name.error().message()};
    access::CallFacts caller{source.service, source.arn, parts_.clock.now()};
    caller.with("aws:SourceAccount", source.source_account);
    std::optional<access::Decision> decision;
    TopicOrder order = TopicOrder::standard;
    directory_.with_topic(*name, [&](const LiveTopic& live) {
        order = live.record.order();
        decision = access::decide(caller.ask("sns:Publish", topic_arn, name->account),
                                  live.policy ? &*live.policy : nullptr);
    });
    if (!decision) return Error{Errc::not_found, "no topic " + std::string{topic_arn}};
    // This server's own events go to its own topics; other services need the topic's policy.
    if (source.service != "landfall" && !decision->allowed()) return Error{Errc::denied, decision->reason};
    return order;
}

std::vector<Status> Sns::publish_from(const Source& source, std::string_view topic_arn,
                                      std::string_view subject, std::vector<std::string> texts) {
    std::vector<Status> outcomes(texts.size());
    const auto refuse_all = [&](const Error& why) {
        std::fill(outcomes.begin(), outcomes.end(), Status{why});
        return outcomes;
    };
    const auto order = may_publish(source, topic_arn);
    if (!order.ok()) return refuse_all(order.error());
    const auto name = parse_topic_arn(topic_arn);
    if (!name.ok()) return refuse_all(Error{Errc::invalid, name.error().message()});
    Publication publication{
        .topic = *name, .messages = {}, .base_url = base_url_, .sender = std::string{source.service}};
    for (std::string& text : texts) {
        Message message{.text = std::move(text), .subject = std::string{subject}};
        if (*order == TopicOrder::fifo) message.group = source.arn;
        const Verdict ordered = check_order(message, *order, ContentDedup::on);
        if (!ordered.ok()) return refuse_all(Error{Errc::invalid, ordered.error().message()});
        publication.messages.push_back(std::move(message));
    }
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    publisher_->publish(std::move(publication), [&](std::vector<Judged<Published>> published) {
        const std::scoped_lock lock{mutex};
        for (std::size_t i = 0; i < published.size(); ++i)
            if (!published[i].ok()) outcomes[i] = Error{Errc::unavailable, published[i].error().message()};
        done = true;
        changed.notify_one();
    });
    std::unique_lock lock{mutex};
    changed.wait(lock, [&] { return done; });
    return outcomes;
}

}  // namespace landfall::sns
