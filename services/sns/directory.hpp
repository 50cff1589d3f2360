// Directory: every topic and subscription in memory, compiled for publishing.
//
// Invariants
//   1. It follows the store: refresh() after a commit makes it see what is durable, whoever committed; two
//      refreshes of one key end with the later state.
//   2. A publish reads one topic under a reader lock, without disk, and takes copies of what it needs.
//   3. A subscription whose topic is gone, or is another one of the same name, is not shown.
// Threads: any. refresh() reads the store (page cache) outside of the readers' lock.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_function.hpp"
#include "core/access/policy.hpp"
#include "services/sns/model_filter_index.hpp"
#include "services/sns/store.hpp"

namespace landfall::sns {

struct LiveSubscription {
    Subscription record;
    std::optional<FilterPolicy> filter;
    DeliveryPolicy delivery;
    std::string dead_letter_arn;
    MessageId id{};
    FilterIndex::Slot slot = 0;
};

/// What became of a topic's deliveries since the server began.
struct DeliveryFigures {
    struct Row {
        std::atomic<std::uint64_t> delivered{0};
        std::atomic<std::uint64_t> retried{0};
        std::atomic<std::uint64_t> failed{0};
    };
    std::array<Row, kProtocolCount> rows;
    [[nodiscard]] Row& of(Protocol protocol) { return rows[static_cast<std::size_t>(protocol)]; }
};

struct LiveTopic {
    Topic record;
    std::optional<access::Policy> policy;  ///< nullopt: the owner's default
    DeliveryPolicy delivery;
    std::map<std::string, std::unique_ptr<LiveSubscription>, std::less<>> subscriptions;  ///< by id
    FilterIndex index;  ///< of those that are confirmed
    std::map<FilterIndex::Slot, LiveSubscription*> slots;
    FilterIndex::Slot next_slot = 0;
    SubscriptionCounts counts;
    mutable DeliveryFigures figures;  ///< counted by readers
};

class Directory {
public:
    explicit Directory(const Records& records) : records_{records} {}

    /// At start. Answers the keys of subscriptions that no topic has (their erasing did not finish).
    Result<std::vector<state::Key>> load();

    Status refresh(const TopicName& topic);
    Status refresh(const SubscriptionName& subscription);

    /// Calls `read` with the topic under the reader lock; false: there is none. `read` must not block.
    template <std::invocable<const LiveTopic&> F>
    bool with_topic(const TopicName& name, F read) const {
        const std::shared_lock lock{mutex_};
        const auto at = topics_.find(name);
        if (at == topics_.end()) return false;
        read(*at->second);
        return true;
    }
    template <std::invocable<const LiveTopic&, const LiveSubscription&> F>
    bool with_subscription(const SubscriptionName& name, F read) const {
        const std::shared_lock lock{mutex_};
        const auto topic = topics_.find(name.topic);
        if (topic == topics_.end()) return false;
        const auto at = topic->second->subscriptions.find(name.id);
        if (at == topic->second->subscriptions.end()) return false;
        read(*topic->second, *at->second);
        return true;
    }
    /// Calls `read` with each of the first `limit` topics under the reader lock; it must not block.
    template <std::invocable<const LiveTopic&> F>
    void each_topic(std::size_t limit, F read) const {
        const std::shared_lock lock{mutex_};
        for (auto at = topics_.begin(); at != topics_.end() && limit > 0; ++at, --limit) read(*at->second);
    }
    [[nodiscard]] std::optional<Topic> topic(const TopicName& name) const;
    [[nodiscard]] std::optional<Subscription> subscription(const SubscriptionName& name) const;

    /// ARNs of the account's topics in the region after `after`, in order.
    [[nodiscard]] std::vector<std::string> topics(std::string_view account, std::string_view region,
                                                  std::string_view after, std::size_t limit) const;
    /// Subscriptions that the account owns in the region, after that ARN, in order of their ARNs.
    [[nodiscard]] std::vector<Subscription> owned(std::string_view account, std::string_view region,
                                                  std::string_view after, std::size_t limit) const;
    [[nodiscard]] std::vector<Subscription> of_topic(const TopicName& topic, std::string_view after,
                                                     std::size_t limit) const;
    [[nodiscard]] std::vector<Topic> every_topic() const;
    [[nodiscard]] std::vector<Subscription> every_subscription() const;

private:
    void put(Topic topic);
    void put(Subscription subscription);
    void drop(const SubscriptionName& name);

    const Records& records_;
    std::mutex refreshing_;  ///< held from read to swap, so that an older state never follows a newer one
    mutable std::shared_mutex mutex_;
    std::map<TopicName, std::unique_ptr<LiveTopic>> topics_;
    std::set<std::pair<std::string, std::string>> owned_;  ///< (owner, ARN)
};

}  // namespace landfall::sns
