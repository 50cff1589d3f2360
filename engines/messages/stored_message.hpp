// StoredMessage: one target's message as read back from the log, and the reading of it.
#pragma once

#include "engines/messages/log_device.hpp"
#include "engines/messages/record.hpp"
#include "engines/messages/segment.hpp"

namespace landfall::messages {

struct StoredMessage {
    MessageId id{};
    Millis sent;
    Millis stored;
    std::uint32_t receives = 0;  ///< in other queues before
    QueueId dead_letter_source{};
    std::string group;
    std::string dedup_id;
    std::string wrapping;
    std::string headers;
    std::string body;
};

/// From a record's bytes. Errors: corrupt, also where the record is not of the place that the index says.
[[nodiscard]] Result<StoredMessage> stored_message(ByteSpan record, const Entry& entry, QueueId queue);
/// Reads the record. Blocks on the device.
[[nodiscard]] Result<StoredMessage> load_message(LogDevice& device, const SegmentName& segment,
                                                 const Entry& entry, QueueId queue);

}  // namespace landfall::messages
