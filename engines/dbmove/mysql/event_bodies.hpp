// What the events of a binary log say (binlog_event.hpp decodes them).
//
// Invariants
//   1. Views borrow from the bytes of the event, or from the decoder where they were compressed: they are
//      valid until its next decode() and while those bytes stand.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "engines/dbmove/mysql/table_map.hpp"

namespace landfall::dbmove::mysql {

/// Numbers are the logs' own.
enum class EventType : std::uint8_t {
    query = 2,
    stop = 3,
    rotate = 4,
    format_description = 15,
    xid = 16,
    table_map = 19,
    write_rows_v1 = 23,
    update_rows_v1 = 24,
    delete_rows_v1 = 25,
    incident = 26,
    heartbeat = 27,
    ignorable = 28,
    rows_query = 29,
    write_rows = 30,
    update_rows = 31,
    delete_rows = 32,
    gtid = 33,
    anonymous_gtid = 34,
    previous_gtids = 35,
    xa_prepare = 38,
    partial_update_rows = 39,
    transaction_payload = 40,
    heartbeat_v2 = 41,
    gtid_tagged = 42,
    annotate_rows = 160,
    binlog_checkpoint = 161,
    mariadb_gtid = 162,
    mariadb_gtid_list = 163,
    start_encryption = 164,
    query_compressed = 165,
    write_rows_compressed_v1 = 166,
    update_rows_compressed_v1 = 167,
    delete_rows_compressed_v1 = 168,
    write_rows_compressed = 169,
    update_rows_compressed = 170,
    delete_rows_compressed = 171,
};
/// For people: "TABLE_MAP"; "event 99" for a number without a name.
[[nodiscard]] std::string name_of(EventType type);

struct EventHeader {
    static constexpr std::size_t kSize = 19;
    std::uint32_t seconds = 0;  ///< since 1970, when its statement began
    EventType type{};
    std::uint32_t server = 0;  ///< the server_id where it was first written
    std::uint32_t length = 0;  ///< in bytes, with header and checksum
    std::uint32_t next = 0;    ///< offset of the event after it in its file; 0 in an artificial one
    std::uint16_t flags = 0;
    /// Made by the server for this connection; in no file.
    [[nodiscard]] bool artificial() const { return (flags & 0x20U) != 0; }
    /// May be passed over by whoever does not know it.
    [[nodiscard]] bool ignorable() const { return (flags & 0x80U) != 0; }
};
enum class EventChecksum : std::uint8_t { none, crc32 };

struct FormatDescription {
    std::uint16_t version = 4;
    std::string server;  ///< as it names itself: "10.11.19-MariaDB-0+deb12u1-log"
    std::uint8_t header_length = EventHeader::kSize;
    std::vector<std::uint8_t> post_header_lengths;  ///< of event type 1, 2, …
    EventChecksum checksum = EventChecksum::none;
};
struct Rotate {
    std::uint64_t offset = 0;  ///< of the first event of that file
    std::string_view file;
};
/// A statement: DDL, BEGIN, COMMIT, SAVEPOINT, and rows where binlog_format is not ROW.
struct Query {
    struct Collations {
        std::uint16_t client = 0, connection = 0, server = 0;  ///< ids
    };
    std::uint32_t thread = 0;
    std::uint16_t error = 0;  ///< with which it ended on its server; 0 is none
    std::string_view schema;  ///< the default database; empty is none
    std::string_view text;    ///< in the charset of collations.client
    std::optional<std::uint64_t> sql_mode;
    std::optional<Collations> collations;
};
struct Xid {
    std::uint64_t number = 0;
};
struct Rows {
    enum class Change : std::uint8_t { insert, update, remove };
    Change change = Change::insert;
    std::uint64_t table = 0;  ///< the number that a TableMap gave
    std::uint64_t columns = 0;
    bool ends_statement = false;  ///< table numbers mean nothing after it
    ByteSpan before_present;      ///< a bit a column, the lowest first; empty for insert
    ByteSpan after_present;       ///< empty for remove
    ByteSpan images;              ///< for RowsReader
};
struct MariadbGtidId {
    std::uint32_t domain = 0;
    std::uint32_t server = 0;
    std::uint64_t sequence = 0;
    auto operator<=>(const MariadbGtidId&) const = default;
    [[nodiscard]] std::string shown() const;  ///< "0-101-575"
};
/// Begins a transaction, or stands before one statement.
struct MariadbGtid {
    MariadbGtidId id;
    bool standalone = false;  ///< no COMMIT will come: it holds for the next statement
    bool ddl = false;
    bool transactional = false;
    bool prepares_xa = false;
    bool completes_xa = false;
    std::optional<std::uint64_t> commit;  ///< equal in transactions of one group commit
};
struct MariadbGtidList {
    std::vector<MariadbGtidId> ids;  ///< what went before this file
};
struct MysqlGtid {
    bool anonymous = false;  ///< the server runs without GTIDs; source and number are zero
    std::array<std::byte, 16> source{};
    std::string tag;  ///< from MySQL 8.3 on; empty is none
    std::uint64_t number = 0;
    [[nodiscard]] std::string shown() const;  ///< "3e11fa47-71ca-11e1-9e33-c80aa9429562:23", ":tag" between
};
struct PreviousGtids {
    std::string set;  ///< "uuid:1-5:7,uuid:…", as MySQL writes it
};
struct Heartbeat {
    std::uint64_t offset = 0;  ///< where the server has got to
    std::string_view file;
};
struct XaPrepare {
    bool one_phase = false;
    std::uint32_t format = 0;
    std::string_view global, branch;
};
/// The statement that the rows come from (ANNOTATE_ROWS, ROWS_QUERY).
struct Annotation {
    std::string_view text;
};
/// A whole transaction, compressed: PayloadReader gives its events.
struct TransactionPayload {
    enum class Packing : std::uint8_t { zstd, none };
    Packing packing = Packing::none;
    std::uint64_t unpacked_size = 0;
    ByteSpan packed;
};
/// The server lost events here; a copy of its tables is no longer exact.
struct Incident {
    std::uint16_t number = 0;
    std::string_view text;
};
struct Stop {};
struct Unknown {
    ByteSpan body;
};

using EventBody = std::variant<Unknown, FormatDescription, Rotate, Query, Xid, TableMap, Rows, MariadbGtid,
                               MariadbGtidList, MysqlGtid, PreviousGtids, Heartbeat, XaPrepare, Annotation,
                               TransactionPayload, Incident, Stop>;
struct Event {
    EventHeader header;
    EventBody body;
};

}  // namespace landfall::dbmove::mysql
