#include "engines/dbmove/postgres/pgoutput.hpp"

#include "engines/dbmove/postgres/wire_reader.hpp"

namespace landfall::dbmove::postgres {
namespace {

constexpr std::uint8_t kCascade = 1, kRestartSequences = 2;

Error wrong(char kind, std::string_view what) {
    return {Errc::corrupt, std::string{"a message '"} + kind + "' of pgoutput " + std::string{what}};
}

/// TupleData: a number of columns, each null, unchanged, text or binary.
Status read_row(WireReader& in, char kind, Row& out) {
    out.clear();
    const unsigned columns = in.u16();
    for (unsigned i = 0; i < columns && in.good(); ++i) {
        switch (in.u8()) {
            case 'n': out.add_null(); break;
            case 'u': out.add_absent(); break;
            case 't': out.add(in.bytes(in.u32())); break;
            default: return wrong(kind, "has a value that is neither null, unchanged nor text");
        }
    }
    return {};
}

Status read_relation(WireReader& in, Relation& out) {
    out.id = in.u32();
    out.name.schema = in.text();
    if (out.name.schema.empty()) out.name.schema = "pg_catalog";
    out.name.name = in.text();
    const auto identity = static_cast<char>(in.u8());
    if (in.good() && std::string_view{"dnfi"}.find(identity) == std::string_view::npos)
        return wrong('R', "has an unknown replica identity");
    out.identity = static_cast<Identity>(identity);
    const unsigned columns = in.u16();
    out.columns.clear();
    for (unsigned i = 0; i < columns && in.good(); ++i) {
        RelationColumn column;
        column.in_key = (in.u8() & 1U) != 0;
        column.name = in.text();
        column.type = in.u32();
        column.modifier = static_cast<std::int32_t>(in.u32());
        out.columns.push_back(std::move(column));
    }
    return {};
}

/// K or O with the former row, then N with the new one; a delete has no N.
Status read_change(WireReader& in, char kind, Message& out) {
    out.relation_id = in.u32();
    out.has_before = Before::none;
    out.before.clear();
    out.after.clear();
    auto tag = static_cast<char>(in.u8());
    if (kind != 'I' && (tag == 'K' || tag == 'O')) {
        out.has_before = tag == 'K' ? Before::key : Before::whole;
        TRY(read_row(in, kind, out.before));
        if (kind == 'D') return {};
        tag = static_cast<char>(in.u8());
    }
    if (kind == 'D' || tag != 'N') return in.good() ? wrong(kind, "has no row where one must be") : Status{};
    return read_row(in, kind, out.after);
}

void read_truncate(WireReader& in, Message& out) {
    const std::uint32_t tables = in.u32();
    const unsigned options = in.u8();
    out.cascades = (options & kCascade) != 0;
    out.restarts_sequences = (options & kRestartSequences) != 0;
    out.relations.clear();
    for (std::uint32_t i = 0; i < tables && in.good(); ++i) out.relations.push_back(in.u32());
}

void read_marker(WireReader& in, Message& out) {
    (void)in.u8();   // transactional or not
    (void)in.u64();  // its place
    out.prefix = in.text();
    out.content = in.bytes(in.u32());
}

Status read_body(WireReader& in, char kind, Message& out) {
    switch (kind) {
        case 'B':
            out.kind = MessageKind::begin;
            out.commit = Lsn{in.u64()};
            out.committed_us = static_cast<std::int64_t>(in.u64());
            out.transaction = in.u32();
            return {};
        case 'C':
            out.kind = MessageKind::commit;
            (void)in.u8();  // flags: none are defined
            out.commit = Lsn{in.u64()};
            out.end = Lsn{in.u64()};
            out.committed_us = static_cast<std::int64_t>(in.u64());
            return {};
        case 'R': out.kind = MessageKind::relation; return read_relation(in, out.relation);
        case 'I': out.kind = MessageKind::insert; return read_change(in, kind, out);
        case 'U': out.kind = MessageKind::update; return read_change(in, kind, out);
        case 'D': out.kind = MessageKind::remove; return read_change(in, kind, out);
        case 'T':
            out.kind = MessageKind::truncate;
            read_truncate(in, out);
            return {};
        case 'M':
            out.kind = MessageKind::marker;
            read_marker(in, out);
            return {};
        case 'O':  // where the transaction was first made
        case 'Y':  // a type's name: its oid in the relation is enough
            out.kind = MessageKind::ignored;
            return {};
        default: return wrong(kind, "is not known");
    }
}

}  // namespace

Status decode(std::span<const char> bytes, Message& out) {
    if (bytes.empty()) return Error{Errc::corrupt, "an empty message of pgoutput"};
    const char kind = bytes.front();
    WireReader in{bytes.subspan(1)};
    TRY(read_body(in, kind, out));
    if (!in.good()) return wrong(kind, "ends too early");
    if (out.kind != MessageKind::ignored && !in.at_end()) return wrong(kind, "goes on behind its end");
    return {};
}

}  // namespace landfall::dbmove::postgres
