#include "services/sns/work_delivery.hpp"

#include <map>
#include <mutex>

#include "services/sns/http_post.hpp"
#include "services/sns/mail_sender.hpp"
#include "services/sns/model_mail.hpp"
#include "services/sns/push_targets.hpp"

namespace landfall::sns {
namespace {

constexpr std::uint32_t kPerOutbox = 8;
/// One mail at a time: it may wait for the mail server longer than its lease lasts, and is not taken twice
/// then.
constexpr std::uint32_t kPerMailOutbox = 1;
constexpr Duration kPollWait = std::chrono::seconds{20};
constexpr Duration kAfterError = std::chrono::seconds{1};
constexpr std::string_view kPhonePrefix = "sms/";
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
    std::string display_name;  ///< of the topic, for mails
};

/// What is POSTed. Lambda's functions get the event that AWS calls them with; the others the document.
std::string content_of(const Parcel& parcel) {
    const StoredMessage stored{parcel.headers, parcel.message.body, parcel.message.id,
                               platform_of(parcel.recipient.endpoint)};
    if (parcel.recipient.protocol == Protocol::lambda && parcel.wrapping.type == MessageType::notification)
        return lambda_event_of(stored, parcel.wrapping, parcel.name.arn());
    if (parcel.outbox == kDirectOutbox) return direct_document_of(stored, parcel.wrapping);
    return body_of(stored, parcel.wrapping);
}

/// What became of one attempt.
struct Outcome {
    enum class Kind : std::uint8_t { taken, may_pass, final } kind = Kind::may_pass;
    std::string code;  ///< the endpoint's own where it has one
    std::string message;
};

std::vector<std::pair<std::string, std::string>> headers_of(const Parcel& parcel) {
    std::vector<std::pair<std::string, std::string>> headers{
        {"Content-Type", parcel.rules.content_type},
        {"User-Agent", std::string{kUserAgent}},
        {"x-amz-sns-message-type", std::string{name_of(parcel.wrapping.type)}},
        {"x-amz-sns-message-id", uuid_text(parcel.message.id)}};
    if (parcel.outbox == kDirectOutbox) return headers;
    headers.emplace_back("x-amz-sns-topic-arn", parcel.headers.topic_arn);
    if (parcel.wrapping.type != MessageType::subscription_confirmation)
        headers.emplace_back("x-amz-sns-subscription-arn", parcel.name.arn());
    if (parcel.wrapping.form == Form::raw) headers.emplace_back("x-amz-sns-rawdelivery", "true");
    return headers;
}

/// 5xx and 429 may pass; every other answer but success is final.
Outcome outcome_of(const Result<int>& answer) {
    using Kind = Outcome::Kind;
    if (!answer.ok()) {
        const Errc code = answer.error().code();
        const bool final = code == Errc::denied || code == Errc::invalid;
        return {final ? Kind::final : Kind::may_pass, std::string{name_of(code)}, answer.error().message()};
    }
    const std::string code = std::to_string(*answer);
    const std::string message = "Endpoint replied with HTTP status code " + code;
    if (*answer >= 200 && *answer < 300) return {Kind::taken, code, message};
    const bool passing = *answer >= 500 || *answer == 429 || *answer < 200;
    return {passing ? Kind::may_pass : Kind::final, code, message};
}

Outcome outcome_of(const Fault& refused) {
    using Kind = Outcome::Kind;
    switch (refused.code()) {
        case FaultCode::endpoint_disabled: return {Kind::final, "EndpointDisabled", refused.message()};
        case FaultCode::platform_disabled:
            return {Kind::final, "PlatformApplicationDisabled", refused.message()};
        case FaultCode::inner:
            return {Kind::may_pass, std::string{name_of(refused.inner())}, refused.message()};
        default: return {Kind::final, "InvalidParameter", refused.message()};
    }
}

Outcome outcome_of(MailOutcome answer) {
    Outcome outcome{Outcome::Kind::may_pass, std::move(answer.code), std::move(answer.text)};
    if (answer.kind == MailOutcome::Kind::taken) outcome.kind = Outcome::Kind::taken;
    if (answer.kind == MailOutcome::Kind::refused) outcome.kind = Outcome::Kind::final;
    if (outcome.code.empty()) outcome.code = name_of(Errc::unavailable);
    return outcome;
}

}  // namespace

struct DeliveryWork::Engine {
    explicit Engine(Parts given) : parts{given} {}

    struct Outbox {
        SubscriptionName name;
        std::uint32_t at_once = kPerOutbox;
        std::optional<messages::PollId> poll;
        bool polling = false;
        std::uint32_t under_way = 0;
        Moment next_slot{};  ///< of a rate limit
    };

    Parts parts;
    std::unique_ptr<HttpPoster> poster;
    std::unique_ptr<MailSender> mails;
    std::thread thread;
    std::thread mail_thread;
    std::mutex mutex;
    std::map<std::uint64_t, Outbox> outboxes;
    bool running = false;

    void poll(messages::QueueId queue) {
        messages::Receive request{
            .queue = queue, .max = 0, .visibility = {}, .wait = kPollWait, .attempt_id = {}};
        {
            const std::scoped_lock lock{mutex};
            const auto at = outboxes.find(queue.value);
            if (!running || at == outboxes.end() || at->second.polling ||
                at->second.under_way >= at->second.at_once)
                return;
            at->second.polling = true;
            request.max = at->second.at_once - at->second.under_way;
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
        // A broker whose disk failed refuses at once, and goes on doing so until it is opened again.
        if (!got.ok()) return poster->later(kAfterError, [this, queue] { poll(queue); });
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
        if (!wrapping.ok() || !headers.ok()) {
            remove(parcel->message.receipt);
            return done(queue);
        }
        parcel->wrapping = std::move(wrapping).value();
        parcel->headers = std::move(headers).value();
        if (!(queue == kDirectOutbox ? address_direct(*parcel) : address(*parcel))) {
            remove(parcel->message.receipt);
            return done(queue);
        }
        send(std::move(parcel));
    }

    /// Whom the parcel goes to; false: nobody any more.
    bool address(Parcel& parcel) {
        bool wanted = false;
        parts.directory.with_subscription(
            parcel.name, [&](const LiveTopic& topic, const LiveSubscription& live) {
                const bool notification = parcel.wrapping.type == MessageType::notification;
                wanted = !notification || live.record.stage == Stage::confirmed;
                parcel.recipient = {live.record.protocol, live.record.form(),   parcel.name,  live.id,
                                    live.record.endpoint, live.dead_letter_arn, parcel.outbox};
                parcel.display_name = topic.record.attribute("DisplayName");
                parcel.rules = is_http(live.record.protocol) ? effective_rules(topic.delivery, live.delivery)
                                                             : mail_rules();
            });
        return wanted;
    }
    bool address_direct(Parcel& parcel) {
        const auto target = arn_parts(parcel.headers.topic_arn);
        if (!target) return false;
        parcel.name = {{std::string{target->account}, std::string{target->region}, {}},
                       std::string{target->resource}};
        const bool phone = parcel.wrapping.protocol == Protocol::sms;
        const std::string endpoint =
            phone ? parcel.name.id.substr(kPhonePrefix.size()) : parcel.headers.topic_arn;
        parcel.recipient = {.protocol = parcel.wrapping.protocol, .name = parcel.name, .endpoint = endpoint};
        parcel.rules = mail_rules();
        return true;
    }

    void send(std::unique_ptr<Parcel> parcel) {
        if (is_mail(parcel->recipient.protocol)) return mail(std::move(parcel));
        if (!is_http(parcel->recipient.protocol) && parts.settings.hook_url.empty())
            return ended(std::move(parcel), {Outcome::Kind::may_pass, std::string{name_of(Errc::unavailable)},
                                             "no hook is configured (sns.hook_url)"});
        if (parcel->recipient.protocol == Protocol::application) return push(std::move(parcel));
        post(std::move(parcel));
    }

    /// A mobile endpoint is asked for before each push: it may be switched off at any time. Its record is
    /// read on the poster's thread, since the broker's must not wait for a disk.
    void push(std::unique_ptr<Parcel> parcel) {
        poster->later({}, [this, parcel = std::move(parcel)]() mutable {
            const Verdict wanted = check_push_target(parts.records, parcel->recipient.endpoint);
            if (wanted.ok()) return post(std::move(parcel));
            ended(std::move(parcel), outcome_of(wanted.error()));
        });
    }

    void post(std::unique_ptr<Parcel> parcel) {
        PostRequest request{.url = parcel->recipient.endpoint,
                            .headers = headers_of(*parcel),
                            .body = content_of(*parcel),
                            .wait = slot(parcel->outbox, parcel->rules)};
        if (!is_http(parcel->recipient.protocol)) {
            request.url = parts.settings.hook_url;
            request.headers.emplace_back("x-landfall-protocol",
                                         std::string{name_of(parcel->recipient.protocol)});
            request.headers.emplace_back("x-landfall-endpoint", parcel->recipient.endpoint);
        }
        HttpPoster& http = *poster;
        http.post(std::move(request), [this, parcel = std::move(parcel)](Result<int> answer) mutable {
            ended(std::move(parcel), outcome_of(answer));
        });
    }

    void mail(std::unique_ptr<Parcel> parcel) {
        if (!mails)
            return ended(std::move(parcel), {Outcome::Kind::may_pass, std::string{name_of(Errc::unavailable)},
                                             "no mail server is configured (mail.server)"});
        const StoredMessage stored{parcel->headers, parcel->message.body, parcel->message.id};
        std::string content = mail_of({.message = stored,
                                       .wrapping = parcel->wrapping,
                                       .display_name = parcel->display_name,
                                       .from = parts.settings.mail.from,
                                       .to = parcel->recipient.endpoint,
                                       .subscription_arn = parcel->name.arn()});
        MailRequest request{parcel->recipient.endpoint, std::move(content)};
        mails->send(std::move(request), [this, parcel = std::move(parcel)](MailOutcome answer) mutable {
            ended(std::move(parcel), outcome_of(std::move(answer)));
        });
    }

    /// An attempt is over: what follows from it, and room for the next.
    void ended(std::unique_ptr<Parcel> parcel, Outcome outcome) {
        const messages::QueueId queue = parcel->outbox;
        settle(*parcel, std::move(outcome));
        done(queue);
    }

    void settle(Parcel& parcel, Outcome outcome) {
        const std::string id = uuid_text(parcel.message.id);
        const Duration age = parts.clock.now() - parcel.message.sent;
        const DeliveryNews news{.name = parcel.name,
                                .protocol = parcel.recipient.protocol,
                                .endpoint = parcel.recipient.endpoint,
                                .message_id = id,
                                .attempts = parcel.message.receive_count,
                                .dwelt = age,
                                .said = outcome.code};
        if (outcome.kind == Outcome::Kind::taken) {
            parts.report.delivered(news);
            return remove(parcel.message.receipt);
        }
        const auto delay = next_attempt(parcel.rules, parcel.message.receive_count, age);
        if (outcome.kind == Outcome::Kind::may_pass && delay) {
            parts.report.retried(news);
            parts.broker.change_visibility({{parcel.message.receipt, *delay}},
                                           [](const Result<std::vector<messages::ReceiptFault>>&) {});
            return;
        }
        give_up(parcel, {.topic_arn = parcel.headers.topic_arn,
                         .wrapping = parcel.wrapping,
                         .failure = {std::move(outcome.code), std::move(outcome.message), id},
                         .attempts = parcel.message.receive_count,
                         .dwelt = age});
    }

    void give_up(Parcel& parcel, Publisher::Undelivered letter) {
        const messages::Receipt receipt = parcel.message.receipt;
        messages::Send send{.message = {.id = parcel.message.id,
                                        .body = std::move(parcel.message.body),
                                        .headers = std::move(parcel.message.headers),
                                        .group = {},
                                        .dedup_id = {}}};
        send.targets = parts.publisher.dead_letter(parcel.recipient, std::move(letter));
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
    if (is_mail(protocol)) return !engine_->parts.settings.mail.host.empty();
    return protocol != Protocol::sqs && !engine_->parts.settings.hook_url.empty();
}

std::string DeliveryWork::why_not(Protocol protocol) const {
    if (protocol == Protocol::sqs || delivers(protocol)) return {};
    const std::string_view missing = is_mail(protocol) ? "mail.server" : "sns.hook_url";
    return "this server does not deliver to " + std::string{name_of(protocol)} +
           " endpoints: " + std::string{missing} + " is not set";
}

void DeliveryWork::watch(const SubscriptionName& name, messages::QueueId outbox) {
    Engine::Outbox made{.name = name};
    engine_->parts.directory.with_subscription(name, [&](const LiveTopic&, const LiveSubscription& live) {
        if (is_mail(live.record.protocol)) made.at_once = kPerMailOutbox;
    });
    {
        const std::scoped_lock lock{engine_->mutex};
        engine_->outboxes.emplace(outbox.value, std::move(made));
    }
    engine_->poll(outbox);
}

void DeliveryWork::watch_direct() {
    {
        const std::scoped_lock lock{engine_->mutex};
        engine_->outboxes.emplace(kDirectOutbox.value, Engine::Outbox{.name = {}});
    }
    engine_->poll(kDirectOutbox);
}

Status DeliveryWork::start(ThreadStarter& threads) {
    engine_->poster = TRY(
        HttpPoster::open({.blocked_networks = engine_->parts.settings.blocked_networks, .name_servers = {}}));
    engine_->thread = threads.start("sns.http", [engine = engine_.get()] { engine->poster->run(); });
    if (!engine_->parts.settings.mail.host.empty()) {
        engine_->mails = TRY(MailSender::open(engine_->parts.settings.mail));
        engine_->mail_thread = threads.start("sns.mail", [engine = engine_.get()] { engine->mails->run(); });
    }
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
    if (engine_->thread.joinable()) {
        engine_->poster->stop();
        engine_->thread.join();
    }
    if (engine_->mail_thread.joinable()) {
        engine_->mails->stop();
        engine_->mail_thread.join();
    }
}

}  // namespace landfall::sns
