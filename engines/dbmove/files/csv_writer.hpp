// Rows as lines of CSV.
//
// Invariants
//   1. A value is quoted where it holds the delimiter, the row delimiter, a quote, a line's end, or what
//      would be read as NULL: an empty text is "" where NULL is nothing.
//   2. Values are the texts of cells, but for booleans (true, false) and bytes (hexadecimal digits).
// Pure values; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engines/dbmove/row.hpp"

namespace landfall::dbmove::files {

struct CsvStyle {
    std::string delimiter = ",";
    std::string row_delimiter = "\n";
    std::string null;                                                              ///< what stands for NULL
    enum class Quotes : std::uint8_t { doubled, plain } quotes = Quotes::doubled;  ///< plain: as they came
};

enum class ValueKind : std::uint8_t { text, boolean, bytes };
/// Of a type as PostgreSQL spells it.
[[nodiscard]] ValueKind kind_of(std::string_view type);

class CsvWriter {
public:
    explicit CsvWriter(const CsvStyle& style);
    /// A line is begun by clear(), its fields follow, end() ends it.
    void clear() { line_.clear(), first_ = true; }
    void add_null();
    /// Not quoted: what the writer's owner says, such as I, U or D.
    void add_word(std::string_view word);
    void add(std::string_view text, ValueKind kind = ValueKind::text);
    void end() { line_ += style_.row_delimiter; }
    [[nodiscard]] const std::string& line() const { return line_; }

private:
    void separate();
    [[nodiscard]] bool needs_quotes(std::string_view text) const;

    const CsvStyle style_;
    std::string special_;  ///< characters that a value is quoted for
    std::string line_;
    bool first_ = true;
};

/// A line of COPY's text form, cell by cell. Errors: corrupt. Source: PostgreSQL's documentation of COPY,
/// "Text Format".
[[nodiscard]] bool read_copy_line(std::string_view line, Row& out);

}  // namespace landfall::dbmove::files
