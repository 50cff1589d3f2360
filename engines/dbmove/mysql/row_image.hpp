// Rows of a binary log as cells: what the server prints for each value in a session with time_zone='+00:00',
// sql_mode='' and NAMES utf8mb4, and the bytes themselves where a column holds bytes.
//
// Invariants
//   1. Text is UTF-8. Binary strings, BIT (big-endian) and geometry (SRID and WKB) are the stored bytes;
//      BINARY(n) has its n bytes again, of which the log drops zeros at the end.
//   2. What the log says of a column wins over what the caller says; what neither says is Errc::precondition
//      when the table is resolved, never a guess in a row.
//   3. FLOAT and DOUBLE have the shortest digits that read back as the same bits (a client of the server sees
//      six digits of a FLOAT). ZEROFILL, DOUBLE(m,d) and FLOAT(m,d) print as the number alone.
//   4. A cell outside of the image (binlog_row_image other than FULL, a generated column) is absent.
// Threads: one owner each. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engines/dbmove/mysql/binlog_event.hpp"
#include "engines/dbmove/mysql/charset.hpp"
#include "engines/dbmove/mysql/cursor.hpp"
#include "engines/dbmove/row.hpp"

namespace landfall::dbmove::mysql {

/// A column as the catalog has it: what logs do not say, or say only with binlog_row_metadata=FULL.
struct ColumnFacts {
    /// Types of MariaDB that its log writes as BINARY.
    enum class Plugin : std::uint8_t { none, uuid, inet4, inet6 };
    std::string name;
    bool is_unsigned = false;
    std::string charset;              ///< of text, ENUM and SET; "binary" of binary strings; else empty
    std::vector<std::string> labels;  ///< of ENUM and SET, in UTF-8
    Plugin plugin = Plugin::none;
    unsigned digits = 0;  ///< of a moment's fraction: the oldest forms of those are refused
};
/// A row of information_schema.columns, read in a session of NAMES utf8mb4.
struct DeclaredColumn {
    std::string_view name;            ///< COLUMN_NAME
    std::string_view data_type;       ///< DATA_TYPE
    std::string_view column_type;     ///< COLUMN_TYPE
    std::string_view character_set;   ///< CHARACTER_SET_NAME, empty for NULL
    unsigned datetime_precision = 0;  ///< DATETIME_PRECISION, 0 for NULL
};
/// Errc::invalid where labels of COLUMN_TYPE cannot be read.
[[nodiscard]] Result<ColumnFacts> facts_of(const DeclaredColumn& declared);

/// A table as of one TABLE_MAP, ready to read rows. Owns what it needs: keep it while its log and catalog say
/// the same (a TABLE_MAP comes with each statement; compare with is_of()).
class TableLayout {
public:
    /// `facts` has one entry a column, or none (then the log must say everything, as FULL metadata does where
    /// no column is a UUID or an INET). Errc::precondition where they disagree on the number of columns or
    /// leave something open, naming the column; Errc::invalid for a type or a charset that is not known.
    [[nodiscard]] static Result<TableLayout> resolve(TableMap map, std::vector<ColumnFacts> facts);

    [[nodiscard]] const TableMap& map() const { return map_; }
    /// Whether `map` describes the same columns: all but its number.
    [[nodiscard]] bool is_of(const TableMap& map) const;
    /// Characters that became '?', since there is no such character in Unicode (charset.hpp).
    [[nodiscard]] std::uint64_t replaced() const;

private:
    friend class RowsReader;
    enum class Shape : std::uint8_t {
        tiny,
        small,
        medium,
        integer,
        big,
        float4,
        float8,
        decimal,
        year,
        date,
        time,
        datetime,
        timestamp,
        old_time,
        old_datetime,
        old_timestamp,
        bit,
        enumeration,
        set,
        text,
        bytes,
        json,
        uuid,
        inet4,
        inet6,
        inflated
    };
    struct Column {
        std::string name;  ///< for errors
        Shape shape{};
        bool is_unsigned = false;
        unsigned size = 0;  ///< of a fixed value, or of its length in front; digits of a fraction; precision
        unsigned scale = 0;
        unsigned pad = 0;  ///< BINARY(n): n
        std::vector<std::string> labels;
        std::size_t decoder = 0;  ///< in decoders_
    };
    Result<Column> column(std::size_t i, const ColumnFacts* facts);
    Status shape(std::size_t i, const ColumnFacts* facts, Column& column);
    Status shape_plain(std::size_t i, Column& column) const;
    Status shape_moment(std::size_t i, const ColumnFacts* facts, Column& column);
    Status shape_text(std::size_t i, const ColumnFacts* facts, Column& column);
    Status shape_labels(std::size_t i, const ColumnFacts* facts, Column& column);
    Status shape_number(std::size_t i, const ColumnFacts* facts, Column& column);
    Result<std::string> charset(std::size_t i, const ColumnFacts* facts) const;
    Result<std::size_t> decoder_of(const std::string& charset);

    TableMap map_;
    std::vector<Column> columns_;
    std::vector<std::string> charsets_;  ///< of decoders_
    std::vector<TextDecoder> decoders_;
};

/// The rows of one Rows event, in their order.
class RowsReader {
public:
    /// Both are borrowed while it lives, with the bytes of the event. Errc::corrupt where the event has
    /// another number of columns than the table.
    [[nodiscard]] static Result<RowsReader> open(TableLayout& table, const Rows& rows);

    /// The next row; false at the end. An insert has no `before` (it is cleared), a remove no `after`.
    /// Errors: Errc::corrupt, naming table and column.
    [[nodiscard]] Result<bool> next(Row& before, Row& after);

private:
    RowsReader(TableLayout& table, const Rows& rows)
        : table_{&table},
          change_{rows.change},
          before_{rows.before_present},
          after_{rows.after_present},
          images_{rows.images},
          images_size_{rows.images.size()} {}
    Status image(ByteSpan present, Row& row);
    bool value(const TableLayout::Column& column, std::string& out);
    bool integer(const TableLayout::Column& column, unsigned size, std::string& out);
    bool label(const TableLayout::Column& column, std::string& out);
    bool labels(const TableLayout::Column& column, std::string& out);
    bool text(const TableLayout::Column& column, std::string& out);
    bool inflated(const TableLayout::Column& column, std::string& out);
    bool uuid(std::string& out);
    bool inet(unsigned size, std::string& out);
    bool json(const TableLayout::Column& column, std::string& out);

    TableLayout* table_;
    Rows::Change change_;
    ByteSpan before_, after_;
    Cursor images_;
    std::size_t images_size_;
};

}  // namespace landfall::dbmove::mysql
