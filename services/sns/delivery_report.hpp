// DeliveryReport: what became of deliveries, as metrics and as events.
//
// Invariants
//   1. Every end of a delivery is counted, in all and by topic and protocol; so is every attempt that is
//      followed by another one.
//   2. A failure is an event of the subscription, always. A success is one where the topic asks for it by
//      …SuccessFeedbackRoleArn, for …SuccessFeedbackSampleRate percent of them (100 unless it is set).
//   3. No event holds a message's text, nor the password of an endpoint's URL.
// Threads: any; nothing blocks.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "core/state/store.hpp"
#include "services/sns/directory.hpp"

namespace landfall::sns {

struct DeliveryCounts {
    std::atomic<std::uint64_t> published{0};
    std::atomic<std::uint64_t> delivered{0};  ///< to queues and endpoints
    std::atomic<std::uint64_t> retried{0};
    std::atomic<std::uint64_t> dead_lettered{0};
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<std::uint64_t> filtered{0};
};

/// A delivery, or an attempt at one, that ended.
struct DeliveryNews {
    const SubscriptionName& name;  ///< of what was published without a topic: the target as its id
    Protocol protocol = Protocol::sqs;
    std::string_view endpoint;
    std::string_view message_id;
    std::uint32_t attempts = 1;
    Duration dwelt{};       ///< since it was published
    std::string_view said;  ///< what the endpoint answered, or why there is no answer
};

class DeliveryReport {
public:
    enum class Fate : std::uint8_t { dead_lettered, dropped };

    DeliveryReport(state::StateStore& state, const Directory& directory, Random& random)
        : state_{state}, directory_{directory}, random_{random} {}

    void delivered(const DeliveryNews& news);
    /// Queues are many at a time: counted here, and told one by one where the topic asks for it.
    void delivered_to_queues(const TopicName& topic, std::uint64_t count);
    void tell_delivered(const DeliveryNews& news, std::uint32_t percent);
    void failed(const DeliveryNews& news, Fate fate);
    void retried(const DeliveryNews& news);

    [[nodiscard]] DeliveryCounts& counts() { return counts_; }
    [[nodiscard]] std::string metrics_text() const;

private:
    void note(const DeliveryNews& news, std::string text);
    state::StateStore& state_;
    const Directory& directory_;
    Random& random_;
    DeliveryCounts counts_;
};

}  // namespace landfall::sns
