// What the server's own events need of others; apps/landfall connects it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace landfall::events {

/// Topics of this server, published to as the server itself, whatever their policies say. Any thread.
class Topics {
public:
    virtual ~Topics() = default;
    /// not_found; invalid: not a topic's ARN. No disk.
    [[nodiscard]] virtual Status check(std::string_view topic_arn) const = 0;
    /// One outcome for each text, in order, when all are durable or refused. Blocks. Errors as of check();
    /// anything else: not now.
    [[nodiscard]] virtual std::vector<Status> publish(std::string_view topic_arn,
                                                      const std::vector<std::string>& texts) = 0;
};

}  // namespace landfall::events
