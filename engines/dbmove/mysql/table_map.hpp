// TABLE_MAP: what a binary log says of a table before the rows of it.
//
// Invariants
//   1. types, metadata and nullable have one entry a column.
//   2. What the log did not say is empty: optional metadata is there with binlog_row_metadata=FULL (MINIMAL:
//      signedness and charsets only), never with NO_LOG.
//   3. Owns what it holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace landfall::dbmove::mysql {

/// The types of columns as logs number them.
enum class ColumnType : std::uint8_t {
    old_decimal = 0,
    tiny = 1,
    small = 2,
    integer = 3,
    float4 = 4,
    float8 = 5,
    null = 6,
    old_timestamp = 7,
    big = 8,
    medium = 9,
    date = 10,
    old_time = 11,
    old_datetime = 12,
    year = 13,
    varchar = 15,
    bit = 16,
    timestamp = 17,
    datetime = 18,
    time = 19,
    blob_compressed = 140,     ///< MariaDB
    varchar_compressed = 141,  ///< MariaDB
    vector = 242,
    json = 245,  ///< MySQL's binary one
    decimal = 246,
    enumeration = 247,
    set = 248,
    blob = 252,
    var_string = 253,
    string = 254,
    geometry = 255,
};

struct TableMap {
    struct KeyPart {
        std::uint32_t column = 0;
        std::uint32_t prefix = 0;  ///< in characters; 0 is the whole column
        bool operator==(const KeyPart&) const = default;
    };
    /// What optional metadata says of a column; nothing where it is silent.
    struct Told {
        std::optional<bool> is_unsigned;
        std::optional<std::uint32_t> collation;
        std::optional<std::vector<std::string>> labels;  ///< of ENUM and SET, in the column's charset
        std::string name;
    };

    std::uint64_t table = 0;  ///< its number, until the end of the statement
    std::string schema, name;
    std::vector<ColumnType> types;        ///< ENUM and SET as such, not as the STRING that the log writes
    std::vector<std::uint16_t> metadata;  ///< its meaning is the type's; a length of STRING is whole
    std::vector<bool> nullable;
    std::vector<Told> told;  ///< one a column
    bool names_told = false;
    std::vector<KeyPart> primary_key;
};

struct TableMapForm {
    std::size_t number_size = 6;  ///< 4 or 6 (FORMAT_DESCRIPTION)
    /// Whether geometry is among the columns whose charset is told: in MariaDB it is, in MySQL it is not.
    bool geometry_has_charset = false;
};
/// `body` without header and checksum.
[[nodiscard]] Result<TableMap> decode_table_map(ByteSpan body, TableMapForm form);

}  // namespace landfall::dbmove::mysql
