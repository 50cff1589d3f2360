#include "apps/landfall/adapters.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include "services/sns/service.hpp"

namespace landfall::app {
namespace {

constexpr std::size_t kPeekedBytes = 4096;

/// A long text, cut between two characters of UTF-8.
std::string beginning_of(std::string text) {
    if (text.size() <= kPeekedBytes) return text;
    std::size_t end = kPeekedBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.resize(end);
    return text;
}

class ObjectsOfS3 final : public ec2::ObjectReader {
public:
    explicit ObjectsOfS3(s3::Service& s3) : s3_{s3} {}

    [[nodiscard]] Result<std::unique_ptr<images::ByteSource>> open_object(std::string_view account,
                                                                          std::string_view bucket,
                                                                          std::string_view key) override {
        return s3_.open_source(account, bucket, key);
    }

private:
    s3::Service& s3_;
};

}  // namespace

std::vector<admin::QueueRow> QueuesOfSqs::queues(std::string_view account, std::string_view region,
                                                 std::string_view prefix, std::size_t max) const {
    std::vector<admin::QueueRow> rows;
    const sqs::Scope scope{std::string{account}, std::string{region}};
    for (const sqs::QueuePtr& queue : sqs_->directory().list(scope, prefix, {}, max)) {
        const messages::QueueCounts counts = sqs_->counts_of(*queue);
        rows.push_back({.name = queue->name.name,
                        .visible = counts.visible,
                        .in_flight = counts.in_flight,
                        .delayed = counts.delayed,
                        .oldest_age = counts.oldest_age,
                        .sent = counts.sent,
                        .received = counts.received,
                        .deleted = counts.deleted,
                        .dead_lettered = counts.dead_lettered});
    }
    return rows;
}

void QueuesOfSqs::peek(std::string_view account, std::string_view region, std::string_view name,
                       std::uint64_t after, std::uint32_t max, Peeked done) const {
    const sqs::QueueName queue{{std::string{account}, std::string{region}}, std::string{name}};
    sqs_->peek(queue, after, max, [done = std::move(done)](Result<std::vector<sqs::Peeked>> peeked) mutable {
        if (!peeked.ok()) return done(peeked.error());
        std::vector<admin::PeekedMessage> messages;
        for (sqs::Peeked& one : *peeked)
            messages.push_back({.id = std::move(one.id),
                                .sequence = one.sequence,
                                .sent = one.sent,
                                .group = std::move(one.group),
                                .size = Bytes{one.body.size()},
                                .body = beginning_of(std::move(one.body))});
        done(std::move(messages));
    });
}

Result<sqs::Rendered> SnsRenderer::render(const sqs::Wrapped& message) const {
    sns::Sns::View view = TRY(sns::Sns::view(message.wrapping, message.headers, message.body, message.id));
    sqs::Rendered rendered;
    rendered.body = std::move(view.body);
    rendered.sender_id = std::move(view.sender_id);
    for (sns::MessageAttribute& attribute : view.attributes) {
        const bool binary = attribute.binary();
        rendered.attributes.push_back({.name = std::move(attribute.name),
                                       .type = std::move(attribute.type),
                                       .kind = binary ? sqs::ValueKind::binary : sqs::ValueKind::text,
                                       .value = std::move(attribute.value)});
    }
    std::sort(rendered.attributes.begin(), rendered.attributes.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return rendered;
}

Result<sns::QueueTarget> QueuesForSns::resolve(std::string_view queue_arn, std::string_view topic_arn) const {
    const sqs::QueueTarget queue =
        TRY(sqs_->resolve_for_delivery(queue_arn, {.service = "sns.amazonaws.com", .source_arn = topic_arn}));
    return sns::QueueTarget{
        queue.id, queue.kind == sqs::Kind::fifo ? messages::Order::fifo : messages::Order::standard};
}

namespace {

constexpr std::string_view kS3 = "s3.amazonaws.com";

sns::Sns::Source topic_source(const s3::NoticeSource& source) {
    return {.service = kS3, .arn = source.arn, .source_account = source.account};
}

/// Broker::send, waited for.
std::vector<Result<messages::Sent>> send_and_wait(messages::Broker& broker,
                                                  std::vector<messages::Send> sends) {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<std::vector<Result<messages::Sent>>> outcome;
    broker.send(std::move(sends), [&](std::vector<Result<messages::Sent>> sent) {
        const std::scoped_lock lock{mutex};
        outcome = std::move(sent);
        changed.notify_one();
    });
    std::unique_lock lock{mutex};
    changed.wait(lock, [&] { return outcome.has_value(); });
    return *std::move(outcome);
}

}  // namespace

Result<sqs::QueueTarget> TargetsOfS3::queue(std::string_view arn, const s3::NoticeSource& source) const {
    auto queue = TRY(parts_.sqs->resolve_for_delivery(
        arn, {.service = kS3, .source_arn = source.arn, .source_account = source.account}));
    if (queue.kind == sqs::Kind::fifo) return Error{Errc::invalid, "FIFO SQS queues are not supported"};
    return queue;
}

Status TargetsOfS3::check(const s3::NoticeTarget& target, const s3::NoticeSource& source) const {
    if (target.kind == s3::TargetKind::queue) {
        TRY(queue(target.arn, source));
        return {};
    }
    const sns::TopicOrder order = TRY(parts_.sns->may_publish(topic_source(source), target.arn));
    if (order == sns::TopicOrder::fifo) return Error{Errc::invalid, "FIFO SNS topics are not supported"};
    return {};
}

void TargetsOfS3::deliver_to_queues(std::span<const s3::NoticeParcel> parcels,
                                    std::vector<Status>& outcomes) {
    std::vector<messages::Send> sends;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < parcels.size(); ++i) {
        const s3::NoticeParcel& parcel = parcels[i];
        if (parcel.target.kind != s3::TargetKind::queue) continue;
        const auto target = queue(parcel.target.arn, parcel.source);
        if (!target.ok()) {
            outcomes[i] = target.error();
            continue;
        }
        if (Bytes{parcel.text.size()} > target->message_max) {
            outcomes[i] = Error{Errc::invalid, "the message is longer than the queue's MaximumMessageSize"};
            continue;
        }
        messages::Send send;
        parts_.random.fill(std::as_writable_bytes(std::span{send.message.id}));
        send.message.body = parcel.text;
        send.message.headers = sqs::Sqs::headers_of(kS3, parcel.text);
        send.targets.push_back({target->id, {}});
        places.push_back(i);
        sends.push_back(std::move(send));
    }
    if (sends.empty()) return;
    const auto sent = send_and_wait(parts_.broker, std::move(sends));
    for (std::size_t i = 0; i < sent.size(); ++i)
        if (!sent[i].ok()) outcomes[places[i]] = sent[i].error();
}

std::vector<Status> TargetsOfS3::deliver(std::span<const s3::NoticeParcel> parcels) {
    std::vector<Status> outcomes(parcels.size());
    deliver_to_queues(parcels, outcomes);
    deliver_to_topics(parcels, outcomes);
    return outcomes;
}

void TargetsOfS3::deliver_to_topics(std::span<const s3::NoticeParcel> parcels,
                                    std::vector<Status>& outcomes) {
    // In one publish what one bucket has for one topic.
    using Lane = std::pair<std::string, std::string>;
    std::map<Lane, std::vector<std::size_t>> lanes;
    for (std::size_t i = 0; i < parcels.size(); ++i)
        if (parcels[i].target.kind == s3::TargetKind::topic)
            lanes[{parcels[i].target.arn, parcels[i].source.arn}].push_back(i);
    for (const auto& [lane, places] : lanes) {
        std::vector<std::string> texts;
        for (const std::size_t place : places) texts.push_back(parcels[place].text);
        const auto published = parts_.sns->publish_from(topic_source(parcels[places.front()].source),
                                                        lane.first, s3::kNoticeSubject, std::move(texts));
        for (std::size_t i = 0; i < places.size(); ++i) outcomes[places[i]] = published[i];
    }
}

namespace {

/// Of which the group of messages in FIFO topics is made: all events of a server are in order.
constexpr std::string_view kServerArn = "arn:aws:landfall:::server";

}  // namespace

Status TopicsOfSns::check(std::string_view topic_arn) const {
    TRY(sns_->may_publish({.service = "landfall", .arn = kServerArn}, topic_arn));
    return {};
}

std::vector<Status> TopicsOfSns::publish(std::string_view topic_arn, const std::vector<std::string>& texts) {
    return sns_->publish_from({.service = "landfall", .arn = kServerArn}, topic_arn, "Landfall event", texts);
}

std::size_t CountsOfMachines::running() const {
    if (host_ == nullptr) return 0;
    const std::vector<machines::MachineView> views = host_->list();
    return static_cast<std::size_t>(std::count_if(
        views.begin(), views.end(), [](const machines::MachineView& view) { return view.pid != 0; }));
}

std::string CountsOfMachines::acceleration() const {
    if (host_ == nullptr) return "none";
    for (const machines::MachineView& view : host_->list())
        if (view.pid != 0) return view.acceleration == machines::Acceleration::kvm ? "kvm" : "tcg";
    return "not probed yet";
}

std::unique_ptr<ec2::ObjectReader> object_reader_of(s3::Service& s3) {
    return std::make_unique<ObjectsOfS3>(s3);
}

Result<jobs::JobId> UpkeepByName::begin(std::string_view task, state::Cause cause) {
    const auto known = upkeep::parse_task(task);
    if (!known) return Error{Errc::invalid, "no task of upkeep is called " + std::string{task}};
    return upkeep_.begin(*known, std::move(cause));
}

}  // namespace landfall::app
