#include "services/sns/work_delivery.hpp"

#include <map>
#include <mutex>

#include "services/sns/http_post.hpp"

namespace landfall::sns {
namespace {

constexpr std::uint32_t kPerOutbox = 8;
constexpr Duration kPollWait = std::chrono::seconds{20};
constexpr std::string_view kUserAgent = "Amazon Simple Notification Service Agent";

bool is_http(Protocol protocol) { return protocol == Protocol::http || protocol == Protocol::https; }
bool is_mail(Protocol protocol) { return protocol == Protocol::email || protocol == Protocol::email_json; }

/// One message on its way to one endpoint.
struct Parcel {
    SubscriptionName name;
    messages::QueueId outbox;
    messages::Received message;
    Wrapping wrapping;
    Headers headers;
    Recipient recipient;
    DeliveryRules rules;
};

std::vector<std::pair<std::string, std::string>> headers_of(const Parcel& parcel) {
    std::vector<std::pair<std::string, std::string>> headers{
        {"Content-Type", parcel.rules.content_type},
        {"User-Agent", std::string{kUserAgent}},
        {"x-amz-sns-message-type", std::string{name_of(parcel.wrapping.type)}},
        {"x-amz-sns-message-id", uuid_text(parcel.message.id)},
        {"x-amz-sns-topic-arn", parcel.headers.topic_arn}};
    if (parcel.wrapping.type != MessageType::subscription_confirmation)
        headers.emplace_back("x-amz-sns-subscription-arn", parcel.name.arn());
    if (parcel.wrapping.form == Form::raw) headers.emplace_back("x-amz-sns-rawdelivery", "true");
    return headers;
}

/// 5xx and 429 may pass; every other answer but success is final.
bool may_pass(const Result<int>& outcome) {
    if (!outcome.ok())
        return outcome.error().code() != Errc::denied && outcome.error().code() != Errc::invalid;
    return *outcome >= 500 || *outcome == 429 || *outcome < 200;
}

DeliveryFailure failure_of(const Parcel& parcel, const Result<int>& outcome) {
    DeliveryFailure failure{.code = {}, .message = {}, .request_id = uuid_text(parcel.message.id)};
    failure.code = outcome.ok() ? std::to_string(*outcome) : std::string{name_of(outcome.error().code())};
    failure.message =
        outcome.ok() ? "Endpoint replied with HTTP status code " + failure.code : outcome.error().message();
    return failure;
}

}  // namespace

struct DeliveryWork::Engine {
    explicit Engine(Parts given) : parts{given} {}

    struct Outbox {
        SubscriptionName name;
        std::optional<messages::PollId> poll;
        bool polling = false;
        std::uint32_t under_way = 0;
        Moment next_slot{};  ///< of a rate limit
    };

    Parts parts;
    std::unique_ptr<HttpPoster> poster;
    std::thread thread;
    std::mutex mutex;
    std::map<std::uint64_t, Outbox> outboxes;
    bool running = false;

    void poll(messages::QueueId queue) {
        messages::Receive request{
            .queue = queue, .max = 0, .visibility = {}, .wait = kPollWait, .attempt_id = {}};
        {
            const std::scoped_lock lock{mutex};
            const auto at = outboxes.find(queue.value);
            if (!running || at == outboxes.end() || at->second.polling || at->second.under_way >= kPerOutbox)
                return;
            at->second.polling = true;
            request.max = kPerOutbox - at->second.under_way;
        }
        const messages::PollId id = parts.broker.receive(
            std::move(request),
            [this, queue](Result<std::vector<messages::Received>> got) { received(queue, std::move(got)); });
        const std::scoped_lock lock{mutex};
        const auto at = outboxes.find(queue.value);
        if (at != outboxes.end() && at->second.polling) at->second.poll = id;
    }

    void received(messages::QueueId queue, Result<std::vector<messages::Received>> got) {
        SubscriptionName name;
        {
            const std::scoped_lock lock{mutex};
            const auto at = outboxes.find(queue.value);
            if (at == outboxes.end()) return;
            at->second.polling = false;
            at->second.poll.reset();
            if (!got.ok() && (got.is(Errc::not_found) || got.is(Errc::cancelled))) {
                outboxes.erase(at);
                return;
            }
            if (got.ok()) at->second.under_way += static_cast<std::uint32_t>(got->size());
            name = at->second.name;
        }
        if (got.ok())
            for (messages::Received& message : *got) deliver(queue, name, std::move(message));
        poll(queue);
    }

    /// Ends one delivery: room for the next.
    void done(messages::QueueId queue) {
        {
            const std::scoped_lock lock{mutex};
            const auto at = outboxes.find(queue.value);
            if (at == outboxes.end()) return;
            --at->second.under_way;
        }
        poll(queue);
    }

    void remove(const messages::Receipt& receipt) {
        // What is not removed is delivered again, which the promise allows.
        parts.broker.remove({receipt}, [](const Result<std::vector<messages::ReceiptFault>>&) {});
    }

    Duration slot(messages::QueueId queue, const DeliveryRules& rules) {
        if (!rules.receives_per_second) return {};
        const Moment now = parts.clock.moment();
        const std::scoped_lock lock{mutex};
        const auto at = outboxes.find(queue.value);
        if (at == outboxes.end()) return {};
        const Moment begin = std::max(at->second.next_slot, now);
        at->second.next_slot = begin + Duration{std::chrono::seconds{1}} / *rules.receives_per_second;
        return begin - now;
    }

    void deliver(messages::QueueId queue, const SubscriptionName& name, messages::Received message) {
        auto parcel = std::make_unique<Parcel>();
        parcel->name = name;
        parcel->outbox = queue;
        auto wrapping = decode_wrapping(message.wrapping);
        auto headers = decode_headers(message.headers);
        parcel->message = std::move(message);
        bool wanted = false;
        parts.directory.with_subscription(name, [&](const LiveTopic& topic, const LiveSubscription& live) {
            const bool notification = wrapping.ok() && wrapping->type == MessageType::notification;
            wanted = !notification || live.record.stage == Stage::confirmed;
            parcel->recipient = {live.record.protocol, live.record.form(),   name, live.id,
                                 live.record.endpoint, live.dead_letter_arn, queue};
            parcel->rules =
                is_http(live.record.protocol) ? effective_rules(topic.delivery, live.delivery) : mail_rules();
        });
        if (!wanted || !wrapping.ok() || !headers.ok()) {
            remove(parcel->message.receipt);
            return done(queue);
        }
        parcel->wrapping = std::move(wrapping).value();
        parcel->headers = std::move(headers).value();
        send(std::move(parcel));
    }

    void send(std::unique_ptr<Parcel> parcel) {
        const StoredMessage stored{parcel->headers, parcel->message.body, parcel->message.id};
        PostRequest request{.url = parcel->recipient.endpoint,
                            .headers = headers_of(*parcel),
                            .body = body_of(stored, parcel->wrapping),
                            .wait = slot(parcel->outbox, parcel->rules)};
        if (!is_http(parcel->recipient.protocol)) {
            request.url = parts.settings.hook_url;
            request.headers.emplace_back("x-landfall-protocol",
                                         std::string{name_of(parcel->recipient.protocol)});
            request.headers.emplace_back("x-landfall-endpoint", parcel->recipient.endpoint);
        }
        HttpPoster& http = *poster;
        http.post(std::move(request), [this, parcel = std::move(parcel)](Result<int> outcome) mutable {
            const messages::QueueId queue = parcel->outbox;
            answered(std::move(parcel), outcome);
            done(queue);
        });
    }

    void answered(std::unique_ptr<Parcel> parcel, const Result<int>& outcome) {
        if (outcome.ok() && *outcome >= 200 && *outcome < 300) {
            ++parts.counts.delivered;
            return remove(parcel->message.receipt);
        }
        const auto delay = parcel->rules.retry.delay_after(parcel->message.receive_count);
        const Duration age = parts.clock.now() - parcel->message.sent;
        if (may_pass(outcome) && delay && age + *delay <= parcel->rules.give_up_after) {
            ++parts.counts.retried;
            parts.broker.change_visibility({{parcel->message.receipt, *delay}},
                                           [](const Result<std::vector<messages::ReceiptFault>>&) {});
            return;
        }
        give_up(*parcel, failure_of(*parcel, outcome));
    }

    void give_up(Parcel& parcel, DeliveryFailure failure) {
        const messages::Receipt receipt = parcel.message.receipt;
        messages::Send send{.message = {.id = parcel.message.id,
                                        .body = std::move(parcel.message.body),
                                        .headers = std::move(parcel.message.headers),
                                        .group = {},
                                        .dedup_id = {}}};
        send.targets = parts.publisher.dead_letter(parcel.recipient, parcel.headers.topic_arn,
                                                   parcel.wrapping, std::move(failure));
        if (send.targets.empty()) return remove(receipt);
        std::vector<messages::Send> sends;
        sends.push_back(std::move(send));
        // Removed only when the dead-letter queue has it: a crash between the two leaves it in both.
        parts.broker.send(std::move(sends), [this, receipt](const std::vector<Result<messages::Sent>>& sent) {
            if (sent.front().ok()) remove(receipt);
        });
    }
};

DeliveryWork::DeliveryWork(Parts parts) : engine_{std::make_unique<Engine>(parts)} {}
DeliveryWork::~DeliveryWork() { stop(); }

bool DeliveryWork::delivers(Protocol protocol) const {
    if (is_http(protocol)) return true;
    if (protocol == Protocol::sqs || is_mail(protocol)) return false;
    return !engine_->parts.settings.hook_url.empty();
}

void DeliveryWork::watch(const SubscriptionName& name, messages::QueueId outbox) {
    {
        const std::scoped_lock lock{engine_->mutex};
        engine_->outboxes.emplace(outbox.value, Engine::Outbox{.name = name});
    }
    engine_->poll(outbox);
}

Status DeliveryWork::start(ThreadStarter& threads) {
    engine_->poster = TRY(HttpPoster::open(engine_->parts.settings.blocked_networks));
    engine_->thread = threads.start("sns.http", [engine = engine_.get()] { engine->poster->run(); });
    const std::scoped_lock lock{engine_->mutex};
    engine_->running = true;
    return {};
}

void DeliveryWork::stop() {
    std::vector<messages::PollId> polls;
    {
        const std::scoped_lock lock{engine_->mutex};
        engine_->running = false;
        for (auto& [id, outbox] : engine_->outboxes)
            if (outbox.poll) polls.push_back(*outbox.poll);
    }
    for (const messages::PollId poll : polls) engine_->parts.broker.cancel(poll);
    if (!engine_->thread.joinable()) return;
    engine_->poster->stop();
    engine_->thread.join();
}

}  // namespace landfall::sns
