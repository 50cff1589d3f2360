#include "services/sns/directory.hpp"

namespace landfall::sns {
namespace {

void count(LiveTopic& topic, Stage stage, int by) {
    const auto step = static_cast<std::size_t>(by);  // wraps, so that -1 takes one away
    if (stage == Stage::confirmed) topic.counts.confirmed += step;
    if (stage == Stage::pending) topic.counts.pending += step;
}

void leave(LiveTopic& topic, LiveSubscription& subscription) {
    topic.index.remove(subscription.slot);
    topic.slots.erase(subscription.slot);
    count(topic, subscription.record.stage, -1);
}

void enter(LiveTopic& topic, LiveSubscription& subscription) {
    const bool confirmed = subscription.record.stage == Stage::confirmed;
    count(topic, subscription.record.stage, +1);
    subscription.slot = topic.next_slot++;
    topic.slots[subscription.slot] = &subscription;
    if (confirmed) topic.index.add(subscription.slot, subscription.filter ? &*subscription.filter : nullptr);
}

std::unique_ptr<LiveSubscription> compiled(Subscription record) {
    auto live = std::make_unique<LiveSubscription>();
    const std::string_view filter = record.attribute("FilterPolicy");
    if (!filter.empty()) {
        auto parsed = FilterPolicy::parse(filter, record.filter_scope(), FilterCall::subscribe);
        if (parsed.ok()) live->filter = std::move(parsed).value();
    }
    auto delivery = parse_subscription_delivery_policy(record.attribute("DeliveryPolicy"));
    if (delivery.ok()) live->delivery = std::move(delivery).value();
    live->dead_letter_arn = record.dead_letter_arn();
    live->id = parse_uuid(record.name.id).value_or(MessageId{});
    live->record = std::move(record);
    return live;
}

}  // namespace

Result<std::vector<state::Key>> Directory::load() {
    const std::scoped_lock lock{refreshing_, mutex_};
    TRY(records_.each<Topic>([&](Stored<Topic> stored) { put(std::move(stored.value)); }));
    std::vector<state::Key> orphans;
    TRY(records_.each<Subscription>([&](Stored<Subscription> stored) {
        const auto topic = topics_.find(stored.value.name.topic);
        if (topic == topics_.end() || topic->second->record.uid != stored.value.topic_uid)
            orphans.push_back(key_of(stored.value.name));
        else
            put(std::move(stored.value));
    }));
    return orphans;
}

Status Directory::refresh(const TopicName& name) {
    const std::scoped_lock order{refreshing_};
    auto stored = records_.get<Topic>(key_of(name));
    if (!stored.ok() && !stored.is(Errc::not_found)) return stored.error();
    const std::scoped_lock lock{mutex_};
    if (stored.ok()) {
        put(std::move(stored->value));
    } else if (const auto at = topics_.find(name); at != topics_.end()) {
        for (const auto& [id, live] : at->second->subscriptions)
            owned_.erase({live->record.owner, live->record.name.arn()});
        topics_.erase(at);
    }
    return {};
}

Status Directory::refresh(const SubscriptionName& name) {
    const std::scoped_lock order{refreshing_};
    auto stored = records_.get<Subscription>(key_of(name));
    if (!stored.ok() && !stored.is(Errc::not_found)) return stored.error();
    const std::scoped_lock lock{mutex_};
    if (stored.ok())
        put(std::move(stored->value));
    else
        drop(name);
    return {};
}

void Directory::put(Topic topic) {
    auto& live = topics_[topic.name];
    if (live != nullptr && live->record.uid != topic.uid) {
        for (const auto& [id, subscription] : live->subscriptions)
            owned_.erase({subscription->record.owner, subscription->record.name.arn()});
        live = nullptr;
    }
    if (live == nullptr) live = std::make_unique<LiveTopic>();
    auto delivery = parse_topic_delivery_policy(topic.attribute("DeliveryPolicy"));
    live->delivery = delivery.ok() ? std::move(delivery).value() : DeliveryPolicy{};
    live->policy.reset();
    auto policy = access::Policy::parse(topic.policy());
    if (policy.ok()) live->policy = std::move(policy).value();
    live->record = std::move(topic);
}

void Directory::put(Subscription subscription) {
    const auto topic = topics_.find(subscription.name.topic);
    if (topic == topics_.end() || topic->second->record.uid != subscription.topic_uid) return;
    drop(subscription.name);
    auto live = compiled(std::move(subscription));
    owned_.insert({live->record.owner, live->record.name.arn()});
    enter(*topic->second, *live);
    topic->second->subscriptions[live->record.name.id] = std::move(live);
}

void Directory::drop(const SubscriptionName& name) {
    const auto topic = topics_.find(name.topic);
    if (topic == topics_.end()) return;
    const auto at = topic->second->subscriptions.find(name.id);
    if (at == topic->second->subscriptions.end()) return;
    owned_.erase({at->second->record.owner, name.arn()});
    leave(*topic->second, *at->second);
    topic->second->subscriptions.erase(at);
}

std::optional<Topic> Directory::topic(const TopicName& name) const {
    std::optional<Topic> found;
    with_topic(name, [&](const LiveTopic& live) { found = live.record; });
    return found;
}

std::optional<Subscription> Directory::subscription(const SubscriptionName& name) const {
    std::optional<Subscription> found;
    with_subscription(name, [&](const LiveTopic&, const LiveSubscription& live) {
        if (live.record.stage != Stage::deactivated) found = live.record;
    });
    return found;
}

std::vector<std::string> Directory::topics(std::string_view account, std::string_view region,
                                           std::string_view after, std::size_t limit) const {
    std::vector<std::string> found;
    const TopicName from{std::string{account}, std::string{region}, std::string{after}};
    const std::shared_lock lock{mutex_};
    for (auto at = topics_.upper_bound(from); at != topics_.end() && found.size() < limit; ++at) {
        if (at->first.account != account || at->first.region != region) break;
        found.push_back(at->first.arn());
    }
    return found;
}

std::vector<Subscription> Directory::owned(std::string_view account, std::string_view region,
                                           std::string_view after, std::size_t limit) const {
    std::vector<Subscription> found;
    const std::shared_lock lock{mutex_};
    for (auto at = owned_.upper_bound({std::string{account}, std::string{after}});
         at != owned_.end() && at->first == account && found.size() < limit; ++at) {
        const auto name = parse_subscription_arn(at->second);
        if (!name.ok() || name->topic.region != region) continue;
        const Subscription& record = topics_.at(name->topic)->subscriptions.at(name->id)->record;
        if (record.stage != Stage::deactivated) found.push_back(record);
    }
    return found;
}

std::vector<Subscription> Directory::of_topic(const TopicName& topic, std::string_view after,
                                              std::size_t limit) const {
    std::vector<Subscription> found;
    with_topic(topic, [&](const LiveTopic& live) {
        for (auto at = live.subscriptions.upper_bound(after);
             at != live.subscriptions.end() && found.size() < limit; ++at)
            if (at->second->record.stage != Stage::deactivated) found.push_back(at->second->record);
    });
    return found;
}

std::vector<Topic> Directory::every_topic() const {
    std::vector<Topic> found;
    const std::shared_lock lock{mutex_};
    for (const auto& [name, live] : topics_) found.push_back(live->record);
    return found;
}

std::vector<Subscription> Directory::every_subscription() const {
    std::vector<Subscription> found;
    const std::shared_lock lock{mutex_};
    for (const auto& [name, topic] : topics_)
        for (const auto& [id, live] : topic->subscriptions) found.push_back(live->record);
    return found;
}

}  // namespace landfall::sns
