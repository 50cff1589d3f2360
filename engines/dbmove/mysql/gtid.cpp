#include "engines/dbmove/mysql/gtid.hpp"

#include "engines/dbmove/mysql/cursor.hpp"

namespace landfall::dbmove::mysql {
namespace {

std::string shown_uuid(ByteSpan bytes) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += kDigits[std::to_integer<std::size_t>(bytes[i] >> 4)];
        text += kDigits[std::to_integer<std::size_t>(bytes[i] & std::byte{15})];
    }
    return text;
}

}  // namespace

std::string MariadbGtidId::shown() const {
    return std::to_string(domain) + '-' + std::to_string(server) + '-' + std::to_string(sequence);
}

std::string MysqlGtid::shown() const {
    if (anonymous) return "ANONYMOUS";
    return shown_uuid(source) + (tag.empty() ? "" : ':' + tag) + ':' + std::to_string(number);
}

Result<EventBody> decode_mariadb_gtid(const EventHeader& header, ByteSpan body) {
    Cursor in{body};
    MariadbGtid gtid;
    gtid.id.sequence = in.u64();
    gtid.id.domain = in.u32();
    gtid.id.server = header.server;
    const std::uint8_t flags = in.u8();
    gtid.standalone = (flags & 0x01U) != 0;
    gtid.transactional = (flags & 0x04U) != 0;
    gtid.ddl = (flags & 0x20U) != 0;
    gtid.prepares_xa = (flags & 0x40U) != 0;
    gtid.completes_xa = (flags & 0x80U) != 0;
    if ((flags & 0x02U) != 0) gtid.commit = in.u64();
    TRY(in.status("GTID"));
    return EventBody{gtid};
}

Result<EventBody> decode_mariadb_gtid_list(ByteSpan body) {
    Cursor in{body};
    const std::uint32_t count = in.u32() & 0x0fffffffU;  // the highest bits are flags
    MariadbGtidList list;
    for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
        MariadbGtidId id;
        id.domain = in.u32();
        id.server = in.u32();
        id.sequence = in.u64();
        if (!in.failed()) list.ids.push_back(id);
    }
    TRY(in.status("GTID_LIST"));
    return EventBody{std::move(list)};
}

Result<EventBody> decode_mysql_gtid(const EventHeader& header, ByteSpan body) {
    Cursor in{body};
    MysqlGtid gtid;
    gtid.anonymous = header.type == EventType::anonymous_gtid;
    in.take(1);  // flags
    const ByteSpan source = in.take(gtid.source.size());
    if (source.size() == gtid.source.size()) std::copy(source.begin(), source.end(), gtid.source.begin());
    gtid.number = in.u64();
    TRY(in.status("GTID"));
    return EventBody{gtid};
}

/// Fields of number and value in the order of their numbers: 0 flags, 1 source, 2 number, 3 tag; what comes
/// after is about times and lengths.
Result<EventBody> decode_tagged_gtid(ByteSpan body) {
    Cursor in{body};
    if (in.variable() != 1 && !in.failed())
        return Error{Errc::precondition, "GTID_TAGGED in another version than 1"};
    in.variable();  // size
    in.variable();  // the last field that must be known
    MysqlGtid gtid;
    std::uint64_t seen = 0;
    while (in.left() != 0 && !in.failed() && seen < 3) {
        seen = in.variable();
        if (seen == 0) in.variable();
        if (seen == 1)
            for (std::byte& b : gtid.source) b = static_cast<std::byte>(in.variable() & 0xffU);
        if (seen == 2) gtid.number = in.variable() >> 1U;  // the lowest bit is the sign
        if (seen == 3) gtid.tag = in.text(in.variable());
    }
    TRY(in.status("GTID_TAGGED"));
    return EventBody{std::move(gtid)};
}

/// A set: sources with intervals [from, to). From MySQL 8.3 the highest byte of the count is the form: 1 puts
/// a tag after each source, and the count stands in the six bytes under it.
Result<EventBody> decode_previous_gtids(ByteSpan body) {
    Cursor in{body};
    const std::uint64_t head = in.u64();
    const bool tagged = head >> 56U == 1;
    const std::uint64_t count = tagged ? head >> 8U & 0xffff'ffff'ffffU : head;
    PreviousGtids gtids;
    for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
        const ByteSpan source = in.take(16);
        std::string_view tag;
        if (tagged) {
            tag = in.text(in.variable());
        }
        const std::uint64_t intervals = in.u64();
        if (in.failed()) break;
        if (!gtids.set.empty()) gtids.set += ',';
        gtids.set += shown_uuid(source);
        if (!tag.empty()) gtids.set.append(":").append(tag);
        for (std::uint64_t n = 0; n < intervals && !in.failed(); ++n) {
            const std::uint64_t from = in.u64();
            const std::uint64_t to = in.u64();
            if (in.failed()) break;
            if (from == 0 || to <= from)
                return Error{Errc::corrupt, "PREVIOUS_GTIDS: an interval without a number"};
            gtids.set += ':' + std::to_string(from);
            if (to - from > 1) gtids.set += '-' + std::to_string(to - 1);
        }
    }
    TRY(in.status("PREVIOUS_GTIDS"));
    return EventBody{std::move(gtids)};
}

}  // namespace landfall::dbmove::mysql
