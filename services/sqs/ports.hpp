// What SQS needs of other services; apps/landfall connects them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engines/messages/message.hpp"
#include "services/sqs/model_message.hpp"

namespace landfall::sqs {

/// A stored message whose `wrapping` is not empty: the shared body, and how this queue is to see it.
struct Wrapped {
    std::string_view wrapping;
    std::string_view headers;
    std::string_view body;
    messages::MessageId id{};
    Instant sent;
};

/// The message as its consumer sees it.
struct Rendered {
    std::string body;
    std::vector<MessageAttribute> attributes;
    std::string sender_id;
    std::string trace_header;  ///< AWSTraceHeader; empty: none
};

/// Whoever wrote the wrapping (SNS) knows how to unwrap it.
class MessageRenderer {
public:
    virtual ~MessageRenderer() = default;
    /// Any thread, also a thread of the broker: must not block or touch disk. An error leaves the message in
    /// the queue, where its visibility timeout brings it back.
    [[nodiscard]] virtual Result<Rendered> render(const Wrapped& message) const = 0;
};

}  // namespace landfall::sqs
