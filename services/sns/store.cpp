#include "services/sns/store.hpp"

namespace landfall::sns {
namespace {

constexpr std::uint64_t kInternalBit = std::uint64_t{1} << 63;

state::Record::Texts pairs_of(const Attributes& attributes) {
    state::Record::Texts texts;
    for (const auto& [name, value] : attributes) {
        texts.push_back(name);
        texts.push_back(value);
    }
    return texts;
}

Result<Attributes> attributes_of(const state::Record& record) {
    const auto& texts = record.texts("attributes");
    if (texts.size() % 2 != 0) return Error{Errc::corrupt, "a record of SNS: its attributes end early"};
    Attributes attributes;
    for (std::size_t i = 0; i < texts.size(); i += 2) attributes[texts[i]] = texts[i + 1];
    return attributes;
}

void set_queue(state::Record& record, std::string_view name, const std::optional<messages::QueueId>& queue) {
    if (queue) record.set(name, queue->value & ~kInternalBit);
}

std::optional<messages::QueueId> queue_of(const state::Record& record, std::string_view name) {
    if (!record.has(name)) return std::nullopt;
    return messages::QueueId{static_cast<std::uint64_t>(record.number(name)) | kInternalBit};
}

}  // namespace

state::Key key_of(const TopicName& name) { return {"sns.topic", name.account, name.region, name.name}; }
state::Key key_of(const SubscriptionName& name) {
    return {"sns.subscription", name.topic.account, name.topic.region, name.topic.name + ":" + name.id};
}
state::Key mobile_key(std::string_view account, std::string_view region, std::string_view id) {
    return {"sns.mobile", std::string{account}, std::string{region}, std::string{id}};
}

state::Resource Kind<Topic>::encode(const Topic& topic) {
    state::Record record;
    record.set("uid", topic.uid)
        .set("created", topic.created)
        .set("attributes", pairs_of(topic.attributes))
        .set("deleted", topic.deleted_subscriptions);
    if (!topic.data_protection.empty()) record.set("protection", topic.data_protection);
    set_queue(record, "origin", topic.origin);
    state::Resource resource{
        .key = key_of(topic.name), .arn = topic.name.arn(), .state = "active", .doc = record.encode()};
    for (const auto& [key, value] : topic.tags) resource.tags.push_back({key, value});
    return resource;
}

Result<Topic> Kind<Topic>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    // TRY stands alone: leaving from within a braced list would leak what is built already.
    std::string uid = TRY(record.need_text("uid"));
    Attributes attributes = TRY(attributes_of(record));
    Topic topic{.name = {resource.key.account, resource.key.region, resource.key.id},
                .uid = std::move(uid),
                .created = record.instant("created"),
                .attributes = std::move(attributes),
                .data_protection = record.text("protection"),
                .origin = queue_of(record, "origin"),
                .deleted_subscriptions = static_cast<std::uint64_t>(record.number("deleted"))};
    for (const state::Tag& tag : resource.tags) topic.tags[tag.key] = tag.value;
    return topic;
}

state::Resource Kind<Subscription>::encode(const Subscription& s) {
    state::Record record;
    record.set("topic", s.topic_uid)
        .set("protocol", static_cast<int>(s.protocol))
        .set("endpoint", s.endpoint)
        .set("owner", s.owner)
        .set("principal", s.principal)
        .set("attributes", pairs_of(s.attributes))
        .set("stage", static_cast<int>(s.stage))
        .set("by", s.confirmed_by == Authenticated::yes)
        .set("unsubscribe", s.unsubscribe_by == Authenticated::yes)
        .set("expires", s.token_expires);
    if (!s.token.empty()) record.set("token", s.token);
    if (!s.replay_job.empty()) record.set("replay", s.replay_job);
    set_queue(record, "outbox", s.outbox);
    return {.key = key_of(s.name),
            .arn = s.name.arn(),
            .parent = s.name.topic.name,
            .state = std::string{name_of(s.stage)},
            .doc = record.encode()};
}

Result<Subscription> Kind<Subscription>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    const std::size_t colon = resource.key.id.find(':');
    const std::int64_t protocol = record.number("protocol");
    const std::int64_t stage = record.number("stage");
    if (colon == std::string::npos || protocol < 0 || protocol > 8 || stage < 0 || stage > 2)
        return Error{Errc::corrupt, "the record of subscription " + resource.key.id};
    const auto yes = [&](std::string_view name) {
        return record.flag(name) ? Authenticated::yes : Authenticated::no;
    };
    std::string topic_uid = TRY(record.need_text("topic"));
    Attributes attributes = TRY(attributes_of(record));
    return Subscription{
        .name = {{resource.key.account, resource.key.region, resource.key.id.substr(0, colon)},
                 resource.key.id.substr(colon + 1)},
        .topic_uid = std::move(topic_uid),
        .protocol = static_cast<Protocol>(protocol),
        .endpoint = record.text("endpoint"),
        .owner = record.text("owner"),
        .principal = record.text("principal"),
        .attributes = std::move(attributes),
        .stage = static_cast<Stage>(record.number("stage")),
        .confirmed_by = yes("by"),
        .unsubscribe_by = yes("unsubscribe"),
        .token = record.text("token"),
        .token_expires = record.instant("expires"),
        .outbox = queue_of(record, "outbox"),
        .replay_job = record.text("replay")};
}

state::Resource Kind<MobileRecord>::encode(const MobileRecord& r) {
    state::Record record;
    record.set("sort", static_cast<int>(r.sort)).set("attributes", pairs_of(r.attributes));
    return {.key = mobile_key(r.account, r.region, r.id), .parent = r.parent, .doc = record.encode()};
}

Result<MobileRecord> Kind<MobileRecord>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    Attributes attributes = TRY(attributes_of(record));
    return MobileRecord{.sort = static_cast<MobileRecord::Sort>(record.number("sort")),
                        .account = resource.key.account,
                        .region = resource.key.region,
                        .id = resource.key.id,
                        .parent = resource.parent,
                        .attributes = std::move(attributes)};
}

Status Records::erase(const state::Cause& cause, const std::vector<state::Key>& keys) const {
    for (const state::Key& key : keys) {
        state::Tx tx{cause};
        tx.erase(key, state::kAnyVersion);
        const auto committed = store_.commit(std::move(tx));
        if (!committed.ok() && !committed.is(Errc::not_found)) return committed.error();
    }
    return {};
}

Result<messages::QueueId> Records::new_queue() {
    {
        const std::scoped_lock lock{mutex_};
        if (next_ < end_) return messages::QueueId{next_++ | kInternalBit};
    }
    state::Tx tx{state::Cause{.actor = "landfall", .service = "sns", .operation = "AllotQueues"}};
    tx.count("sns.queue", kIdsAtOnce);
    const state::Committed committed = TRY(store_.commit(std::move(tx)));
    const std::uint64_t end = committed.counters.front() + 1;
    const std::scoped_lock lock{mutex_};
    // Of two that counted at one time, one block is left unused.
    next_ = end - kIdsAtOnce;
    end_ = end;
    return messages::QueueId{next_++ | kInternalBit};
}

}  // namespace landfall::sns
