// The messages of pgoutput, PostgreSQL's own decoding of its log (protocol version 1, PostgreSQL 10 and
// later).
//
// Source of the layouts: PostgreSQL's documentation, "Logical Replication Message Formats".
// Threads: one owner.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engines/dbmove/postgres/lsn.hpp"
#include "engines/dbmove/row.hpp"
#include "engines/dbmove/table.hpp"

namespace landfall::dbmove::postgres {

/// What makes rows of a table known again in the log.
enum class Identity : char { by_key = 'd', nothing = 'n', whole_row = 'f', by_index = 'i' };

struct RelationColumn {
    std::string name;
    bool in_key = false;
    std::uint32_t type = 0;  ///< its oid at the source
    std::int32_t modifier = -1;
    bool operator==(const RelationColumn&) const = default;
};

/// A table as the rows that follow have it. Sent before its first row, and again when it has changed.
struct Relation {
    std::uint32_t id = 0;
    TableName name;
    Identity identity = Identity::by_key;
    std::vector<RelationColumn> columns;
    bool operator==(const Relation&) const = default;
};

enum class MessageKind : std::uint8_t {
    begin,
    commit,
    relation,
    insert,
    update,
    remove,
    truncate,
    marker,
    ignored
};

/// Which of a row's former values an update or a delete carries.
enum class Before : std::uint8_t { none, key, whole };

/// One message. Reused: only what belongs to its kind is valid.
struct Message {
    MessageKind kind = MessageKind::ignored;
    Lsn commit;                     ///< begin, commit: of the transaction's commit record
    Lsn end;                        ///< commit: behind that record; where to go on from
    std::string mark;               ///< commit: what a source that is no PostgreSQL knows its end by
    std::int64_t committed_us = 0;  ///< begin, commit: microseconds since 2000-01-01 UTC
    std::uint32_t transaction = 0;  ///< begin
    Relation relation;              ///< relation
    std::uint32_t relation_id = 0;  ///< insert, update, remove
    Before has_before = Before::none;
    Row before;  ///< update, remove
    Row after;   ///< insert, update; `absent`: an unchanged value that was stored apart
    std::vector<std::uint32_t> relations;  ///< truncate
    bool restarts_sequences = false;       ///< truncate
    bool cascades = false;                 ///< truncate
    std::string prefix;                    ///< marker: what pg_logical_emit_message was given
    std::string content;
};

/// Errors: corrupt, with the message's kind and what is wrong with it.
Status decode(std::span<const char> bytes, Message& out);

}  // namespace landfall::dbmove::postgres
