// What SNS needs of other services; apps/landfall connects them.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engines/messages/message.hpp"

namespace landfall::sns {

/// A queue that a topic may deliver to.
struct QueueTarget {
    messages::QueueId id;
    messages::Order order = messages::Order::standard;
};

class QueueDirectory {
public:
    virtual ~QueueDirectory() = default;
    /// not_found: no such queue; denied: its policy does not let this topic send (principal
    /// sns.amazonaws.com, aws:SourceArn the topic). Any thread, memory only.
    [[nodiscard]] virtual Result<QueueTarget> resolve(std::string_view queue_arn,
                                                      std::string_view topic_arn) const = 0;
};

}  // namespace landfall::sns
