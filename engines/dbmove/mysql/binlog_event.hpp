// Events of the binary logs of MariaDB (10 and later) and MySQL (5.6 and later): bytes in, values out.
//
// Invariants
//   1. Bytes that are cut, that lie about a length or whose checksum is wrong are Errc::corrupt; none is read
//      past its end, and none makes more memory than a small multiple of its own size, except by the limit
//      below.
//   2. An event that this decoder does not know is Unknown, with the flag by which its server says whether it
//      may be passed over. What would lose rows silently (PARTIAL_UPDATE_ROWS, rows of before MySQL 5.1) is
//      refused.
//   3. Views in an event borrow from the bytes given to decode(), or from the decoder where they were
//      compressed: they are valid until the next decode() of that decoder and while those bytes stand.
// Threads: one owner. Touches no disk and no network. Source: MySQL's and MariaDB's published protocol pages
// (replication, binlog events), checked against MariaDB 10.11 by tests/dbmove/binlog_test.py.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "engines/dbmove/mysql/event_bodies.hpp"

namespace landfall::dbmove::mysql {

/// Errc::corrupt where there are fewer bytes than the header says.
[[nodiscard]] Result<EventHeader> decode_header(ByteSpan raw);

/// Decodes the events of one stream in their order: FORMAT_DESCRIPTION says how those after it are written.
class EventDecoder {
public:
    /// No event is larger than this when it is unpacked (MySQL's own limit of one event).
    static constexpr std::uint64_t kUnpackedMax = 1ULL << 30U;

    explicit EventDecoder(std::uint64_t unpacked_max = kUnpackedMax) : unpacked_max_{unpacked_max} {}

    /// How events are written until a FORMAT_DESCRIPTION comes: what the server sends first may precede it.
    void begin_with(EventChecksum checksum) { format_.checksum = checksum; }

    /// `raw` is one event, from its header to its checksum, and no byte more. Errors: Errc::corrupt;
    /// Errc::precondition for what the source must not write (its text names the setting).
    [[nodiscard]] Result<Event> decode(ByteSpan raw);
    /// An event inside of a TransactionPayload: those have no checksum.
    [[nodiscard]] Result<Event> decode_inner(ByteSpan raw);

    [[nodiscard]] const FormatDescription& format() const { return format_; }

private:
    Result<EventBody> body_of(const EventHeader& header, ByteSpan body);
    Result<EventBody> query(ByteSpan body, EventType type);
    Result<EventBody> rows(ByteSpan body, EventType type);

    std::uint64_t unpacked_max_;
    FormatDescription format_;
    std::string unpacked_;  ///< of the last compressed event
};

}  // namespace landfall::dbmove::mysql
