#include "engines/dbmove/mysql/binlog_event.hpp"

#include <zlib.h>

#include "engines/dbmove/mysql/cursor.hpp"
#include "engines/dbmove/mysql/gtid.hpp"
#include "engines/dbmove/mysql/unpacking.hpp"

namespace landfall::dbmove::mysql {
namespace {

constexpr std::size_t kChecksumSize = 4;

bool checksum_holds(ByteSpan raw) {
    const ByteSpan covered = raw.first(raw.size() - kChecksumSize);
    const uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(covered.data()), covered.size());
    return static_cast<std::uint32_t>(crc) == load_le<std::uint32_t>(raw, covered.size());
}

/// A file that its server still writes has a flag in FORMAT_DESCRIPTION which the checksum does not cover.
bool format_checksum_holds(ByteSpan raw) {
    std::string closed{text_of(raw)};
    closed[17] = static_cast<char>(closed[17] & ~1);
    return checksum_holds(bytes_of(closed));
}

/// Whether FORMAT_DESCRIPTION of that server ends with the kind of checksum: MySQL 5.6.1 and MariaDB 5.3 on.
bool tells_checksum(std::string_view server) {
    unsigned parts[3] = {};
    std::size_t part = 0;
    for (const char c : server) {
        if (c == '.') {
            if (++part == 3) break;
        } else if (c < '0' || c > '9') {
            break;
        } else {
            parts[part] = parts[part] * 10 % 1'000'000 + static_cast<unsigned>(c - '0');
        }
    }
    const unsigned version = parts[0] * 10'000 + parts[1] * 100 + parts[2];
    return version >= (server.find("MariaDB") == std::string_view::npos ? 50'601U : 50'300U);
}

Result<FormatDescription> format_description(ByteSpan body) {
    Cursor in{body};
    FormatDescription format;
    format.version = in.u16();
    const std::string_view server = in.text(50);
    format.server = server.substr(0, server.find('\0'));
    in.take(4);  // when it was made
    format.header_length = in.u8();
    TRY(in.status("FORMAT_DESCRIPTION"));
    if (format.version != 4 || format.header_length != EventHeader::kSize)
        return Error{Errc::precondition, "a binary log of version " + std::to_string(format.version) +
                                             " with headers of " + std::to_string(format.header_length) +
                                             " bytes: only version 4 with 19 is read"};
    const bool tells = tells_checksum(format.server);
    const std::size_t tail = tells ? 1 + kChecksumSize : 0;
    if (in.left() < tail) in.fail();
    for (const std::byte length : in.take(in.failed() ? 0 : in.left() - tail))
        format.post_header_lengths.push_back(std::to_integer<std::uint8_t>(length));
    const std::uint8_t kind = tells ? in.u8() : 0;
    TRY(in.status("FORMAT_DESCRIPTION"));
    if (kind != 0 && kind != 1 && kind != 255)
        return Error{Errc::precondition, "FORMAT_DESCRIPTION: a checksum of kind " + std::to_string(kind)};
    format.checksum = kind == 1 ? EventChecksum::crc32 : EventChecksum::none;
    return format;
}

/// Status variables in front of a statement. They have no lengths: one that is not known ends the reading,
/// which loses nothing, for servers write those that are wanted first.
void status_variables(Cursor in, Query& query) {
    while (in.left() != 0 && !in.failed()) {
        switch (in.u8()) {
            case 0: in.take(4); break;  // flags
            case 1: query.sql_mode = in.u64(); break;
            case 2: in.take(in.u8()), in.take(1); break;  // catalog with a zero
            case 3: in.take(4); break;                    // auto increment
            case 4: {
                const std::uint16_t client = in.u16();
                const std::uint16_t connection = in.u16();
                query.collations = {client, connection, in.u16()};
                break;
            }
            case 5:
            case 6: in.take(in.u8()); break;  // time zone, catalog
            case 7:
            case 8: in.take(2); break;  // names of days, charset of the database
            case 9: in.take(8); break;  // tables of a multi-table update
            case 10: in.take(4); break;
            case 13: in.take(3); break;  // microseconds
            default: return;
        }
    }
}

Result<EventBody> rotate(ByteSpan body) {
    Cursor in{body};
    Rotate rotate{in.u64(), text_of(in.rest())};
    TRY(in.status("ROTATE"));
    return EventBody{rotate};
}

Result<EventBody> heartbeat(const EventHeader& header, ByteSpan body) {
    if (header.type == EventType::heartbeat) return EventBody{Heartbeat{header.next, text_of(body)}};
    Cursor in{body};
    Heartbeat beat;
    for (;;) {  // fields of number, length, value; number 0 ends them
        const std::uint64_t field = in.packed();
        if (field == 0 || in.failed()) break;
        Cursor value{in.take(in.packed())};
        if (field == 1) beat.file = text_of(value.rest());
        if (field == 2) beat.offset = value.packed();
        TRY(value.status("HEARTBEAT"));
    }
    TRY(in.status("HEARTBEAT"));
    return EventBody{beat};
}

Result<EventBody> payload(ByteSpan body) {
    Cursor in{body};
    TransactionPayload payload;
    std::uint64_t size = 0;
    std::uint64_t packing = 255;
    for (;;) {
        const std::uint64_t field = in.packed();
        if (field == 0 || in.failed()) break;
        Cursor value{in.take(in.packed())};
        if (field == 1) size = value.packed();
        if (field == 2) packing = value.packed();
        if (field == 3) payload.unpacked_size = value.packed();
        TRY(value.status("TRANSACTION_PAYLOAD"));
    }
    payload.packed = in.take(size);
    TRY(in.status("TRANSACTION_PAYLOAD"));
    if (packing != 0 && packing != 255)
        return Error{Errc::precondition, "TRANSACTION_PAYLOAD: packed in way " + std::to_string(packing)};
    payload.packing = packing == 0 ? TransactionPayload::Packing::zstd : TransactionPayload::Packing::none;
    if (packing == 255 && payload.unpacked_size == 0) payload.unpacked_size = payload.packed.size();
    return EventBody{payload};
}

Result<EventBody> xa_prepare(ByteSpan body) {
    Cursor in{body};
    XaPrepare prepare;
    prepare.one_phase = in.u8() != 0;
    prepare.format = in.u32();
    const std::uint32_t global = in.u32();
    const std::uint32_t branch = in.u32();
    prepare.global = in.text(global);
    prepare.branch = in.text(branch);
    TRY(in.status("XA_PREPARE"));
    return EventBody{prepare};
}

Result<EventBody> incident(ByteSpan body) {
    Cursor in{body};
    Incident incident;
    incident.number = in.u16();
    if (in.left() != 0) incident.text = in.text(in.u8());
    TRY(in.status("INCIDENT"));
    return EventBody{incident};
}

Result<EventBody> annotation(const EventHeader& header, ByteSpan body) {
    Cursor in{body};
    if (header.type == EventType::rows_query) in.take(1);  // a length that cannot hold the length
    Annotation annotation{text_of(in.rest())};
    TRY(in.status("ROWS_QUERY"));
    return EventBody{annotation};
}

Result<EventBody> xid(ByteSpan body) {
    Cursor in{body};
    const Xid xid{in.u64()};
    TRY(in.status("XID"));
    return EventBody{xid};
}

/// The kind of rows event by its number: bits of what it is.
struct RowsKind {
    Rows::Change change;
    bool extended;  ///< version 2: a block of further bytes stands before the columns
    bool compressed;
};
RowsKind kind_of(EventType type) {
    const auto number = static_cast<unsigned>(type);
    const unsigned first = number >= 169 ? 169 : number >= 166 ? 166 : number >= 30 ? 30 : 23;
    return {static_cast<Rows::Change>(number - first), first == 169 || first == 30, first >= 166};
}

}  // namespace

std::string name_of(EventType type) {
    switch (type) {
        case EventType::query: return "QUERY";
        case EventType::stop: return "STOP";
        case EventType::rotate: return "ROTATE";
        case EventType::format_description: return "FORMAT_DESCRIPTION";
        case EventType::xid: return "XID";
        case EventType::table_map: return "TABLE_MAP";
        case EventType::write_rows_v1:
        case EventType::write_rows:
        case EventType::write_rows_compressed_v1:
        case EventType::write_rows_compressed: return "WRITE_ROWS";
        case EventType::update_rows_v1:
        case EventType::update_rows:
        case EventType::update_rows_compressed_v1:
        case EventType::update_rows_compressed: return "UPDATE_ROWS";
        case EventType::delete_rows_v1:
        case EventType::delete_rows:
        case EventType::delete_rows_compressed_v1:
        case EventType::delete_rows_compressed: return "DELETE_ROWS";
        case EventType::incident: return "INCIDENT";
        case EventType::heartbeat:
        case EventType::heartbeat_v2: return "HEARTBEAT";
        case EventType::ignorable: return "IGNORABLE";
        case EventType::rows_query: return "ROWS_QUERY";
        case EventType::gtid:
        case EventType::anonymous_gtid:
        case EventType::gtid_tagged:
        case EventType::mariadb_gtid: return "GTID";
        case EventType::previous_gtids: return "PREVIOUS_GTIDS";
        case EventType::xa_prepare: return "XA_PREPARE";
        case EventType::partial_update_rows: return "PARTIAL_UPDATE_ROWS";
        case EventType::transaction_payload: return "TRANSACTION_PAYLOAD";
        case EventType::annotate_rows: return "ANNOTATE_ROWS";
        case EventType::binlog_checkpoint: return "BINLOG_CHECKPOINT";
        case EventType::mariadb_gtid_list: return "GTID_LIST";
        case EventType::start_encryption: return "START_ENCRYPTION";
        case EventType::query_compressed: return "QUERY";
    }
    return "event " + std::to_string(static_cast<unsigned>(type));
}

Result<EventHeader> decode_header(ByteSpan raw) {
    Cursor in{raw};
    EventHeader header;
    header.seconds = in.u32();
    header.type = static_cast<EventType>(in.u8());
    header.server = in.u32();
    header.length = in.u32();
    header.next = in.u32();
    header.flags = in.u16();
    TRY(in.status("the header of an event"));
    if (header.length != raw.size())
        return Error{Errc::corrupt, name_of(header.type) + ": " + std::to_string(raw.size()) +
                                        " bytes are there, " + std::to_string(header.length) +
                                        " by its header"};
    return header;
}

Result<Event> EventDecoder::decode(ByteSpan raw) {
    const EventHeader header = TRY(decode_header(raw));
    ByteSpan body = raw.subspan(EventHeader::kSize);
    if (header.type == EventType::format_description) {
        FormatDescription format = TRY(format_description(body));
        if (format.checksum == EventChecksum::crc32 && !format_checksum_holds(raw))
            return Error{Errc::corrupt, "FORMAT_DESCRIPTION: its checksum is wrong"};
        format_ = format;
        return Event{header, std::move(format)};
    }
    if (header.type == EventType::rotate && header.artificial()) {
        // The server appends a checksum by the file that it leaves, which nobody has named yet: the bytes
        // tell.
        if (body.size() >= kChecksumSize && checksum_holds(raw))
            body = body.first(body.size() - kChecksumSize);
    } else if (format_.checksum == EventChecksum::crc32) {
        if (body.size() < kChecksumSize || !checksum_holds(raw))
            return Error{Errc::corrupt, name_of(header.type) + ": its checksum is wrong"};
        body = body.first(body.size() - kChecksumSize);
    }
    EventBody decoded = TRY(body_of(header, body));
    return Event{header, std::move(decoded)};
}

Result<Event> EventDecoder::decode_inner(ByteSpan raw) {
    const EventHeader header = TRY(decode_header(raw));
    if (header.type == EventType::transaction_payload || header.type == EventType::format_description)
        return Error{Errc::corrupt, name_of(header.type) + " inside of TRANSACTION_PAYLOAD"};
    EventBody decoded = TRY(body_of(header, raw.subspan(EventHeader::kSize)));
    return Event{header, std::move(decoded)};
}

Result<EventBody> EventDecoder::body_of(const EventHeader& header, ByteSpan body) {
    switch (header.type) {
        case EventType::rotate: return rotate(body);
        case EventType::query:
        case EventType::query_compressed: return query(body, header.type);
        case EventType::xid: return xid(body);
        case EventType::stop: return EventBody{Stop{}};
        case EventType::table_map: {
            const auto index = static_cast<std::size_t>(EventType::table_map) - 1;
            const bool old =
                index < format_.post_header_lengths.size() && format_.post_header_lengths[index] == 6;
            return EventBody{TRY(decode_table_map(
                body, {.number_size = old ? 4U : 6U,
                       .geometry_has_charset = format_.server.find("MariaDB") != std::string::npos}))};
        }
        case EventType::write_rows_v1:
        case EventType::update_rows_v1:
        case EventType::delete_rows_v1:
        case EventType::write_rows:
        case EventType::update_rows:
        case EventType::delete_rows:
        case EventType::write_rows_compressed_v1:
        case EventType::update_rows_compressed_v1:
        case EventType::delete_rows_compressed_v1:
        case EventType::write_rows_compressed:
        case EventType::update_rows_compressed:
        case EventType::delete_rows_compressed: return rows(body, header.type);
        case EventType::partial_update_rows:
            return Error{
                Errc::precondition,
                "PARTIAL_UPDATE_ROWS: the source must not set binlog_row_value_options=PARTIAL_JSON"};
        case EventType::incident: return incident(body);
        case EventType::heartbeat:
        case EventType::heartbeat_v2: return heartbeat(header, body);
        case EventType::rows_query:
        case EventType::annotate_rows: return annotation(header, body);
        case EventType::gtid:
        case EventType::anonymous_gtid: return decode_mysql_gtid(header, body);
        case EventType::gtid_tagged: return decode_tagged_gtid(body);
        case EventType::previous_gtids: return decode_previous_gtids(body);
        case EventType::mariadb_gtid: return decode_mariadb_gtid(header, body);
        case EventType::mariadb_gtid_list: return decode_mariadb_gtid_list(body);
        case EventType::xa_prepare: return xa_prepare(body);
        case EventType::transaction_payload: return payload(body);
        default: break;
    }
    const auto number = static_cast<unsigned>(header.type);
    if (number >= 20 && number <= 22)
        return Error{Errc::precondition, "rows of a server before MySQL 5.1 are not read"};
    return EventBody{Unknown{body}};
}

Result<EventBody> EventDecoder::query(ByteSpan body, EventType type) {
    Cursor in{body};
    Query query;
    query.thread = in.u32();
    in.take(4);  // how long it ran
    const std::uint8_t schema = in.u8();
    query.error = in.u16();
    status_variables(Cursor{in.take(in.u16())}, query);
    query.schema = in.text(schema);
    in.take(1);  // a zero ends the name
    query.text = text_of(in.rest());
    TRY(in.status("QUERY"));
    if (type == EventType::query_compressed) {
        TRY(unpack_mariadb(bytes_of(query.text), unpacked_max_, unpacked_));
        query.text = unpacked_;
    }
    return EventBody{query};
}

Result<EventBody> EventDecoder::rows(ByteSpan body, EventType type) {
    const RowsKind kind = kind_of(type);
    const auto index = static_cast<std::size_t>(type) - 1;
    const bool old = index < format_.post_header_lengths.size() && format_.post_header_lengths[index] == 6;
    Cursor in{body};
    Rows rows;
    rows.change = kind.change;
    rows.table = in.little(old ? 4 : 6);
    rows.ends_statement = (in.u16() & 1U) != 0;
    if (kind.extended) {
        const std::uint16_t further = in.u16();  // counts itself
        if (further < 2) in.fail();
        in.take(further < 2 ? 0 : further - 2U);
    }
    rows.columns = in.packed();
    const std::uint64_t bitmap = rows.columns / 8 + (rows.columns % 8 != 0 ? 1 : 0);
    if (rows.change != Rows::Change::insert) rows.before_present = in.take(bitmap);
    if (rows.change != Rows::Change::remove) rows.after_present = in.take(bitmap);
    rows.images = in.rest();
    TRY(in.status(name_of(type)));
    if (kind.compressed) {
        TRY(unpack_mariadb(rows.images, unpacked_max_, unpacked_));
        rows.images = bytes_of(unpacked_);
    }
    return EventBody{rows};
}

}  // namespace landfall::dbmove::mysql
