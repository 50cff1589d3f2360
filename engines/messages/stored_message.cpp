#include "engines/messages/stored_message.hpp"

namespace landfall::messages {

Result<StoredMessage> stored_message(ByteSpan record, const Entry& entry, QueueId queue) {
    const MessageRecord found = TRY(decode_target(record, entry.ordinal));
    const TargetSlot& target = found.targets.front();
    if (target.place != QueuePlace{queue, entry.sequence})
        return Error{Errc::corrupt, "another message is where the index says"};
    return StoredMessage{.id = found.id,
                         .sent = found.sent,
                         .stored = found.stored,
                         .receives = found.receives,
                         .dead_letter_source = found.dead_letter_source,
                         .group = std::string{found.group},
                         .dedup_id = std::string{found.dedup_id},
                         .wrapping = std::string{target.wrapping},
                         .headers = std::string{found.headers},
                         .body = std::string{found.body}};
}

Result<StoredMessage> load_message(LogDevice& device, const SegmentName& segment, const Entry& entry,
                                   QueueId queue) {
    std::vector<std::byte> record(entry.length);
    const Bytes got = TRY(device.read(segment, ByteOffset{entry.offset}, record));
    return stored_message(ByteSpan{record}.first(got.count), entry, queue);
}

}  // namespace landfall::messages
