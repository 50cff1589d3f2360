// What a value of MariaDB is in a column of PostgreSQL: from the text of one to the text of the other.
//
// The column's type on both sides is known; each pair that the schema conversion can make has a form. What
// comes out is what PostgreSQL itself prints for the value, so that rows of both sides can be compared as
// text.
//
// Invariants
//   1. Nothing is cut, rounded or replaced, but: a zero date is NULL and is counted.
//   2. What has no place is an error with the value: a zero byte in a text, a date with a zero month.
// Threads: any; the count is atomic.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace landfall::dbmove::mariadb {

/// A column as information_schema has it.
struct DeclaredType {
    std::string data_type;    ///< DATA_TYPE: "int", "varchar" …
    std::string column_type;  ///< COLUMN_TYPE: "bit(3)", "int(10) unsigned zerofill" …
};

class Translation {
public:
    /// `target` is the type as format_type prints it. Errc::precondition where there is no way from one to
    /// the other.
    static Result<Translation> of(const DeclaredType& source, std::string_view target);

    enum class Became : std::uint8_t { value, null };
    /// Appends to `out`. `text` is the cell of a ServerSession or of a log (row_image.hpp), with selected()
    /// read for the column. Errors: Errc::precondition.
    Result<Became> append(std::string_view text, std::string& out) const;
    /// What a SELECT has to say for the column: the name, or an expression that loses no digit.
    [[nodiscard]] std::string selected(const std::string& quoted_name) const;
    /// What an ORDER BY has to say so that rows come in the order of the target's text.
    [[nodiscard]] std::string ordered(const std::string& quoted_name) const;
    /// The way back, as a literal for a WHERE of MariaDB.
    [[nodiscard]] std::string literal(std::string_view translated) const;
    /// Zero dates that became NULL.
    [[nodiscard]] std::uint64_t zero_dates() const { return *zero_dates_; }

private:
    enum class Form : std::uint8_t {
        text,
        integer,  ///< without the zeros of ZEROFILL
        verbatim,
        boolean,
        float4,
        float8,
        bits,
        bytes,
        date,
        moment,
        zoned_moment,
        clock
    };
    Translation(Form form, unsigned bits) : form_{form}, bits_{bits} {}
    static Result<Form> form_of(const DeclaredType& source, std::string_view target);
    Result<Became> append_date(std::string_view text, std::string& out) const;

    Form form_;
    unsigned bits_ = 0;  ///< of BIT(n)
    std::unique_ptr<std::atomic<std::uint64_t>> zero_dates_ = std::make_unique<std::atomic<std::uint64_t>>(0);
};

/// Of a double or a float as PostgreSQL prints it: the shortest digits that read back as the same bits.
void append_float8(double value, std::string& out);
void append_float4(float value, std::string& out);

}  // namespace landfall::dbmove::mariadb
