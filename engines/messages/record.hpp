// The log's records and commit frames: values and their exact bytes (docs/formats/messages.md).
//
// Invariants
//   1. decode() accepts no bytes whose checksums are wrong and no lengths that leave the record; whatever the
//      bytes are, it answers or says corrupt, in memory bounded by the record's own length.
//   2. A record's length is a multiple of 8 and says how far the next one is.
//   3. A frame follows another only if it names that one's mac. Bytes that were left behind by an earlier
//      attempt never do, so that what follows the end of the log is never taken for a part of it.
// Views borrow the bytes that they were decoded from. Threads: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "engines/messages/engine_time.hpp"
#include "engines/messages/keyed_hash.hpp"
#include "engines/messages/message.hpp"

namespace landfall::messages {

inline constexpr std::size_t kRecordHeadSize = 16;
inline constexpr std::size_t kMessageFixedSize = 112;
inline constexpr std::size_t kSlotSize = 40;
inline constexpr std::size_t kFrameSize = 48;
inline constexpr std::size_t kKeyMax = 1024;  ///< bytes of a group or a dedup id
inline constexpr std::size_t kRecordMax =
    (kMessageMax + kWrappingsMax).count + kTargetsMax * kSlotSize + 4096;

enum class RecordType : std::uint8_t {
    message = 1,
    remove = 2,
    lease = 3,
    visibility = 4,
    counts = 5,
    purge = 6,
    forget = 7
};

struct QueuePlace {
    QueueId queue;
    Sequence sequence;
    constexpr bool operator==(const QueuePlace&) const = default;
};

/// One queue that a message goes to.
struct TargetSlot {
    QueuePlace place;
    std::uint32_t delay_ms = 0;
    std::string_view wrapping;
};

/// A message, to any number of queues. With `moved_from`, it leaves that place in the same record.
struct MessageRecord {
    MessageId id{};
    Millis sent;    ///< wall clock
    Millis stored;  ///< engine time
    std::string_view group;
    std::string_view dedup_id;
    std::string_view headers;
    std::string_view body;
    QueuePlace origin{};      ///< queue 0: none
    QueuePlace moved_from{};  ///< queue 0: none
    QueueId dead_letter_source{};
    std::uint32_t receives = 0;  ///< in other queues before
    std::vector<TargetSlot> targets;
};

struct RemoveRecord {
    QueueId queue;
    std::vector<Sequence> sequences;
};

struct Leased {
    Sequence sequence;
    std::uint32_t receives = 0;  ///< this one included
    Millis first_received;
};
/// Fifo: messages are in flight until `until`.
struct LeaseRecord {
    QueueId queue;
    std::uint64_t attempt = 0;  ///< hash of the attempt id; 0: none
    Millis received;            ///< engine time
    Millis until;
    std::vector<Leased> leased;
};
struct VisibilityRecord {
    QueueId queue;
    Sequence sequence;
    Millis until;
};
/// Standard: how often messages that became visible again were received.
struct CountsRecord {
    QueueId queue;
    std::vector<Leased> counted;
};
struct PurgeRecord {
    QueueId queue;
    Sequence upto;
};
struct ForgetRecord {
    QueueId queue;
};

using Record = std::variant<MessageRecord, RemoveRecord, LeaseRecord, VisibilityRecord, CountsRecord,
                            PurgeRecord, ForgetRecord>;

[[nodiscard]] std::size_t encoded_size(const MessageRecord& record);
/// `to` has exactly encoded_size() bytes.
void encode(const MessageRecord& record, MutableByteSpan to);
[[nodiscard]] std::vector<std::byte> encode(const RemoveRecord& record);
[[nodiscard]] std::vector<std::byte> encode(const LeaseRecord& record);
[[nodiscard]] std::vector<std::byte> encode(const VisibilityRecord& record);
[[nodiscard]] std::vector<std::byte> encode(const CountsRecord& record);
[[nodiscard]] std::vector<std::byte> encode(const PurgeRecord& record);
[[nodiscard]] std::vector<std::byte> encode(const ForgetRecord& record);

enum class Body { verify, leave };

struct Decoded {
    Record record;
    std::size_t length = 0;
    bool body_intact = true;  ///< false only with Body::verify: the head is right and the text is not
};
/// The record at the start of `from`. Errors: corrupt.
[[nodiscard]] Result<Decoded> decode(ByteSpan from, Body body);

/// A message's record with the one target `ordinal` only, body and that wrapping verified. Errors: corrupt.
[[nodiscard]] Result<MessageRecord> decode_target(ByteSpan record, std::size_t ordinal);

/// Where the parts of a message are, relative to its record; from the first kMessageFixedSize bytes,
/// unverified.
struct MessageParts {
    std::size_t length = 0;
    std::size_t head_length = 0;
    std::size_t slots = 0;  ///< where they begin
    std::uint32_t targets = 0;
    std::size_t text = 0;  ///< headers, then body
    std::size_t text_length = 0;
    std::size_t wrappings = 0;
};
[[nodiscard]] Result<MessageParts> parts_of(ByteSpan fixed);

/// One commit: `length` bytes of records follow.
struct Frame {
    std::uint32_t length = 0;
    std::uint64_t serial = 0;    ///< 1, 2, 3 …
    std::uint64_t durable = 0;   ///< the last serial that was durable when this was written
    std::uint64_t previous = 0;  ///< mac of the frame before
    std::uint32_t epoch = 0;
    std::uint32_t records_crc = 0;
    std::uint64_t mac = 0;  ///< filled in by encode()
};
void encode(Frame& frame, const KeyedHash& key, MutableByteSpan to);
/// nullopt where the bytes are no frame of this store; says nothing about the records.
[[nodiscard]] std::optional<Frame> decode_frame(ByteSpan from, const KeyedHash& key);
/// The first place at or after `from`, in steps of eight bytes, where a frame may begin; bytes.size() when
/// there is none. As fast as memory: it is asked about whole segments.
[[nodiscard]] std::size_t next_frame_mark(ByteSpan bytes, std::size_t from);

}  // namespace landfall::messages
