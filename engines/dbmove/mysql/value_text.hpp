// Values of binary logs as the text that the server prints for them: numbers and moments.
//
// Invariants
//   1. Each appends to `out` and reads from `in` exactly the bytes of the value. Bytes that are too few make
//      in.failed(); what is there but is no such value gives false, with `out` in any state.
//   2. A double's or a float's text is the shortest that reads back as the same bits; its form is the
//      servers' (1e20, 0.00001, 1e-15).
//   3. Moments are printed as they are, zero dates and 31 February too; TIMESTAMP in UTC.
// Threads: any. Pure.
#pragma once

#include <string>

#include "engines/dbmove/mysql/cursor.hpp"

namespace landfall::dbmove::mysql {

void add_double(double value, std::string& out);
void add_float(float value, std::string& out);

/// DECIMAL(precision, scale).
[[nodiscard]] bool add_decimal(Cursor& in, unsigned precision, unsigned scale, std::string& out);
/// Whether such a column can be: 1 to 65 digits, of them up to 38 after the point.
[[nodiscard]] bool is_decimal_shape(unsigned precision, unsigned scale);

/// `digits` (0 to 6) are those of the fraction.
[[nodiscard]] bool add_date(Cursor& in, std::string& out);
[[nodiscard]] bool add_time(Cursor& in, unsigned digits, std::string& out);
[[nodiscard]] bool add_datetime(Cursor& in, unsigned digits, std::string& out);
[[nodiscard]] bool add_timestamp(Cursor& in, unsigned digits, std::string& out);
/// The forms of before MySQL 5.6, without fractions.
[[nodiscard]] bool add_old_time(Cursor& in, std::string& out);
[[nodiscard]] bool add_old_datetime(Cursor& in, std::string& out);
[[nodiscard]] bool add_old_timestamp(Cursor& in, std::string& out);
[[nodiscard]] bool add_year(Cursor& in, std::string& out);

/// The packed numbers of MySQL's binary JSON, always with six digits of fraction.
[[nodiscard]] bool add_packed_time(std::int64_t packed, std::string& out);
[[nodiscard]] bool add_packed_datetime(std::int64_t packed, std::string& out);
[[nodiscard]] bool add_packed_date(std::int64_t packed, std::string& out);

}  // namespace landfall::dbmove::mysql
