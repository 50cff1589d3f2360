#include "services/sns/work_publish.hpp"

#include <condition_variable>

namespace landfall::sns {
namespace {

constexpr int kAttemptsMax = 5;

/// The number that a fifo message's id carries in its last 7 bytes, so that a duplicate finds the first
/// one's.
std::string number_of(const MessageId& id) {
    std::uint64_t number = 0;
    for (std::size_t i = 9; i < id.size(); ++i) number = number << 8 | id[i];
    std::string digits = std::to_string(number);
    return "1" + std::string(19 - digits.size(), '0') + digits;
}

SignatureVersion version_of(const Topic& topic) {
    return topic.attribute("SignatureVersion") == "2" ? SignatureVersion::sha256 : SignatureVersion::sha1;
}

/// A signature takes most of a millisecond: only those that are shown one cost it.
bool shows_signature(const Recipient& recipient) {
    const Protocol protocol = recipient.protocol;
    return recipient.form == Form::envelope && protocol != Protocol::email && protocol != Protocol::sms &&
           protocol != Protocol::application;
}

}  // namespace

struct Publisher::TopicFacts {
    std::string arn;
    TopicOrder order = TopicOrder::standard;
    SignatureVersion version = SignatureVersion::sha1;
    std::optional<messages::QueueId> origin;
    enum class Archive : std::uint8_t { none, kept } archive = Archive::none;
    TopicName name;
    std::uint32_t queue_success_percent = 0;
};

/// One publish on its way: what a second attempt needs again.
struct Publisher::Run {
    TopicFacts topic;
    std::vector<Message> messages;
    std::vector<Headers> headers;
    std::vector<MessageId> ids;
    std::vector<std::vector<Recipient>> recipients;
    std::vector<messages::Send> sends;
    std::vector<std::size_t> handed;                    ///< which of them the broker got
    std::vector<std::vector<const Recipient*>> queues;  ///< that each message goes to
    int attempts = 0;
    PublishDone done;
};

std::optional<Publisher::TopicFacts> Publisher::look_up(const Publication& publication,
                                                        std::vector<std::vector<Recipient>>& out) {
    std::optional<TopicFacts> facts;
    parts_.directory.with_topic(publication.topic, [&](const LiveTopic& topic) {
        using Archive = TopicFacts::Archive;
        facts = TopicFacts{.arn = topic.record.name.arn(),
                           .order = topic.record.order(),
                           .version = version_of(topic.record),
                           .origin = topic.record.origin,
                           .archive = topic.record.archive_retention() ? Archive::kept : Archive::none,
                           .name = topic.record.name,
                           .queue_success_percent = success_percent(topic.record, Protocol::sqs)};
        for (const Message& message : publication.messages) {
            FilterSubject subject{message.attributes, message.text};
            const auto matches = topic.index.matches(subject);
            parts_.report.counts().filtered += topic.counts.confirmed - matches.slots.size();
            auto& recipients = out.emplace_back();
            for (const FilterIndex::Slot slot : matches.slots) {
                const LiveSubscription& live = *topic.slots.at(slot);
                recipients.push_back({live.record.protocol, live.record.form(), live.record.name, live.id,
                                      live.record.endpoint, live.dead_letter_arn, live.record.outbox});
            }
        }
    });
    return facts;
}

MessageId Publisher::new_id() const {
    MessageId id{};
    parts_.random.fill(std::as_writable_bytes(std::span{id}));
    id[6] = static_cast<std::uint8_t>((id[6] & 0x0f) | 0x40);
    id[8] = static_cast<std::uint8_t>((id[8] & 0x3f) | 0x80);
    return id;
}

MessageId Publisher::numbered_id() {
    const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(parts_.clock.now().ns / 1000, 0));
    last_number_ = std::max(last_number_ + 1, now);
    MessageId id = new_id();
    for (std::size_t i = 0; i < 7; ++i) id[15 - i] = static_cast<std::uint8_t>(last_number_ >> (8 * i));
    return id;
}

std::string Publisher::sign(const Headers& headers, const SignedParts& parts) const {
    const bool second = headers.signature_version == "2";
    return parts_.signer.sign(string_to_sign(parts),
                              second ? SignatureVersion::sha256 : SignatureVersion::sha1);
}

Status Publisher::signer_ready(const Run& run) {
    if (run.topic.order != TopicOrder::standard) return {};
    for (const std::vector<Recipient>& recipients : run.recipients)
        if (std::any_of(recipients.begin(), recipients.end(), shows_signature)) return parts_.signer.ready();
    return {};
}

void Publisher::publish(Publication publication, PublishDone done) {
    auto run = std::make_unique<Run>();
    auto topic = look_up(publication, run->recipients);
    if (!topic) {
        std::vector<Judged<Published>> none;
        for (std::size_t i = 0; i < publication.messages.size(); ++i)
            none.push_back(Fault{FaultCode::not_found, "Topic does not exist"});
        return done(std::move(none));
    }
    run->topic = std::move(*topic);
    if (const Status ready = signer_ready(*run); !ready.ok())
        return done(std::vector<Judged<Published>>(publication.messages.size(), ready.error()));
    run->done = std::move(done);
    parts_.report.counts().published += publication.messages.size();
    for (std::size_t i = 0; i < publication.messages.size(); ++i) {
        const Message& message = publication.messages[i];
        Headers headers{.topic_arn = run->topic.arn,
                        .base_url = publication.base_url,
                        .published = parts_.clock.now(),
                        .subject = message.subject,
                        .structure = message.structure,
                        .attributes = message.attributes,
                        .group = message.group,
                        .sender = publication.sender};
        run->ids.push_back(new_id());
        std::set<std::string> signed_for;
        for (const Recipient& recipient : run->recipients[i])
            if (run->topic.order == TopicOrder::standard && shows_signature(recipient))
                signed_for.insert(message.structure == MessageStructure::json
                                      ? std::string{name_of(recipient.protocol)}
                                      : "");
        if (!signed_for.empty()) headers.certificate_path = parts_.signer.certificate_path();
        headers.signature_version = run->topic.version == SignatureVersion::sha256 ? "2" : "1";
        const std::string id = uuid_text(run->ids.back());
        for (const std::string& protocol : signed_for) {
            const std::string text = text_for(message, protocol);
            headers.signatures[protocol] = sign(headers, {.message_id = id,
                                                          .topic_arn = headers.topic_arn,
                                                          .text = text,
                                                          .subject = headers.subject,
                                                          .at = headers.published});
        }
        run->headers.push_back(std::move(headers));
    }
    run->messages = std::move(publication.messages);
    attempt(std::move(run));
}

std::vector<messages::Target> Publisher::dead_letter(const Recipient& recipient, Undelivered letter) {
    using Fate = DeliveryReport::Fate;
    std::string said = letter.failure.message;
    std::vector<messages::Target> targets;
    if (!recipient.dead_letter_arn.empty()) {
        const auto queue = parts_.queues.resolve(recipient.dead_letter_arn, letter.topic_arn);
        if (queue.ok()) {
            DeliveryFailure kept = letter.failure;
            kept.message.resize(std::min<std::size_t>(kept.message.size(), 1024));
            letter.wrapping.failure = std::move(kept);
            targets.push_back({queue->id, encode_wrapping(letter.wrapping)});
        } else {
            said += "; its dead-letter queue: " + queue.error().message();
        }
    }
    parts_.report.failed({.name = recipient.name,
                          .protocol = recipient.protocol,
                          .endpoint = recipient.endpoint,
                          .message_id = letter.failure.request_id,
                          .attempts = letter.attempts,
                          .dwelt = letter.dwelt,
                          .said = said},
                         targets.empty() ? Fate::dropped : Fate::dead_lettered);
    return targets;
}

void Publisher::add_targets(Run& run) {
    run.sends.clear();
    run.handed.clear();
    run.queues.assign(run.messages.size(), {});
    for (std::size_t i = 0; i < run.messages.size(); ++i) {
        const Message& message = run.messages[i];
        messages::Send send{.message = {.id = run.ids[i],
                                        .body = message.text,
                                        .headers = {},
                                        .group = message.group,
                                        .dedup_id = message.dedup_id}};
        send.origin = run.topic.origin;
        for (const Recipient& recipient : run.recipients[i]) {
            Wrapping wrapping{
                .form = recipient.form, .protocol = recipient.protocol, .subscription = recipient.id};
            if (recipient.outbox) {
                send.targets.push_back({*recipient.outbox, encode_wrapping(wrapping)});
                continue;
            }
            if (recipient.protocol != Protocol::sqs) continue;
            const auto queue = parts_.queues.resolve(recipient.endpoint, run.topic.arn);
            if (queue.ok()) {
                send.targets.push_back({queue->id, encode_wrapping(wrapping)});
                run.queues[i].push_back(&recipient);
                continue;
            }
            const std::string code = queue.is(Errc::denied) ? "AccessDenied" : "QueueDoesNotExist";
            Undelivered letter{.topic_arn = run.topic.arn,
                               .wrapping = std::move(wrapping),
                               .failure = {code, queue.error().message(), uuid_text(run.ids[i])}};
            for (messages::Target& dead : dead_letter(recipient, std::move(letter)))
                send.targets.push_back(std::move(dead));
        }
        if (run.topic.archive == TopicFacts::Archive::kept && run.topic.origin)
            send.targets.push_back({*run.topic.origin, encode_wrapping({})});
        run.sends.push_back(std::move(send));
    }
}

void Publisher::attempt(std::unique_ptr<Run> run) {
    ++run->attempts;
    add_targets(*run);
    const bool fifo = run->topic.order == TopicOrder::fifo;
    std::unique_lock<std::mutex> order{fifo_, std::defer_lock};
    if (fifo) order.lock();
    std::vector<messages::Send> sends;
    for (std::size_t i = 0; i < run->sends.size(); ++i) {
        if (fifo) {
            run->ids[i] = numbered_id();
            run->headers[i].sequence_number = number_of(run->ids[i]);
        }
        messages::Send& send = run->sends[i];
        send.message.id = run->ids[i];
        send.message.headers = encode_headers(run->headers[i]);
        if (send.targets.empty() && !send.origin) continue;
        run->handed.push_back(i);
        sends.push_back(std::move(send));
    }
    if (sends.empty()) return answered(std::move(run), {});
    messages::Broker& broker = parts_.broker;
    broker.send(std::move(sends),
                [this, run = std::move(run)](std::vector<Result<messages::Sent>> sent) mutable {
                    answered(std::move(run), std::move(sent));
                });
}

void Publisher::report_queues(const Run& run, const std::vector<Result<messages::Sent>>& sent) {
    std::uint64_t count = 0;
    for (std::size_t at = 0; at < sent.size(); ++at) {
        if (!sent[at].ok()) continue;
        const std::size_t i = run.handed[at];
        count += run.queues[i].size();
        if (run.topic.queue_success_percent == 0) continue;
        const std::string id = uuid_text(run.ids[i]);
        for (const Recipient* queue : run.queues[i])
            parts_.report.tell_delivered({.name = queue->name,
                                          .protocol = Protocol::sqs,
                                          .endpoint = queue->endpoint,
                                          .message_id = id,
                                          .dwelt = parts_.clock.now() - run.headers[i].published,
                                          .said = "stored"},
                                         run.topic.queue_success_percent);
    }
    if (count > 0) parts_.report.delivered_to_queues(run.topic.name, count);
}

void Publisher::answered(std::unique_ptr<Run> run, std::vector<Result<messages::Sent>> sent) {
    bool vanished = false;
    for (const auto& one : sent) vanished = vanished || one.is(Errc::not_found);
    // A queue was deleted between its look-up and the send, which stored nothing for that message. Messages
    // that were stored would be sent twice, so only a publish of one message tries again.
    if (vanished && sent.size() == 1 && run->attempts < kAttemptsMax) return attempt(std::move(run));
    report_queues(*run, sent);
    std::vector<Judged<Published>> answers;
    for (std::size_t i = 0; i < run->messages.size(); ++i)
        answers.push_back(Published{uuid_text(run->ids[i]), {}});
    for (std::size_t i = 0; i < sent.size(); ++i) {
        auto& answer = answers[run->handed[i]];
        if (!sent[i].ok())
            answer = sent[i].error();
        else
            answer->message_id = uuid_text(sent[i]->id);
        if (sent[i].ok() && run->topic.order == TopicOrder::fifo)
            answer->sequence_number = number_of(sent[i]->id);
    }
    run->done(std::move(answers));
}

void Publisher::publish_direct(const Direct& direct, Message message, PublishDone done) {
    const MessageId id = new_id();
    const Headers headers{
        .topic_arn = "arn:aws:sns:" + direct.place.region + ":" + direct.place.account + ":" + direct.target,
        .base_url = direct.base_url,
        .published = parts_.clock.now(),
        .subject = std::move(message.subject),
        .structure = message.structure,
        .attributes = std::move(message.attributes),
        .sender = direct.sender};
    messages::Send send{
        .message = {.id = id, .body = std::move(message.text), .headers = encode_headers(headers)}};
    send.targets.push_back({kDirectOutbox, encode_wrapping({.protocol = direct.protocol})});
    ++parts_.report.counts().published;
    std::vector<messages::Send> sends;
    sends.push_back(std::move(send));
    parts_.broker.send(std::move(sends),
                       [id, done = std::move(done)](const std::vector<Result<messages::Sent>>& sent) mutable {
                           std::vector<Judged<Published>> answer;
                           if (sent.front().ok())
                               answer.emplace_back(Published{uuid_text(id), {}});
                           else
                               answer.emplace_back(sent.front().error());
                           done(std::move(answer));
                       });
}

Status Publisher::send_confirmation(const Subscription& subscription, MessageType type,
                                    std::string_view base_url) {
    TRY(parts_.signer.ready());
    const std::string topic_arn = subscription.name.topic.arn();
    const MessageId id = new_id();
    const std::string about =
        type == MessageType::unsubscribe_confirmation ? subscription.name.arn() : topic_arn;
    const std::string text = confirmation_text(type, about);
    Headers headers{.topic_arn = topic_arn,
                    .base_url = std::string{base_url},
                    .published = parts_.clock.now(),
                    .certificate_path = parts_.signer.certificate_path()};
    const auto topic = parts_.directory.topic(subscription.name.topic);
    if (topic.has_value() && version_of(*topic) == SignatureVersion::sha256) headers.signature_version = "2";
    const std::string url = confirm_url(base_url, topic_arn, subscription.token);
    headers.signatures[""] = sign(headers, {.type = type,
                                            .message_id = uuid_text(id),
                                            .topic_arn = topic_arn,
                                            .text = text,
                                            .at = headers.published,
                                            .token = subscription.token,
                                            .subscribe_url = url});
    messages::Send send{.message = {.id = id, .body = text, .headers = encode_headers(headers)}};
    const Wrapping wrapping{.type = type,
                            .protocol = subscription.protocol,
                            .subscription = parse_uuid(subscription.name.id).value_or(MessageId{}),
                            .token = subscription.token};
    if (subscription.outbox) {
        send.targets.push_back({*subscription.outbox, encode_wrapping(wrapping)});
    } else {
        const QueueTarget queue = TRY(parts_.queues.resolve(subscription.endpoint, topic_arn));
        send.targets.push_back({queue.id, encode_wrapping(wrapping)});
        send.message.group = "confirmation";
        send.message.dedup_id = uuid_text(id);
    }
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Status> outcome;
    std::vector<messages::Send> sends;
    sends.push_back(std::move(send));
    parts_.broker.send(std::move(sends), [&](std::vector<Result<messages::Sent>> sent) {
        const std::scoped_lock lock{mutex};
        outcome = sent.front().ok() ? Status{} : Status{sent.front().error()};
        changed.notify_one();
    });
    std::unique_lock lock{mutex};
    changed.wait(lock, [&] { return outcome.has_value(); });
    return *outcome;
}

}  // namespace landfall::sns
