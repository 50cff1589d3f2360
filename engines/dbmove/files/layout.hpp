// How files are named, and how rows of a table become files: what a user of them relies on.
//
// Pure values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "engines/dbmove/files/csv_writer.hpp"
#include "engines/dbmove/table.hpp"

namespace landfall::dbmove::files {

struct Layout {
    std::string folder;  ///< without slashes at its ends; may be empty
    CsvStyle csv;
    bool names_in_first_line = false;
    bool operation_in_load = false;  ///< rows of the load begin with I as well
    std::string timestamp_column;    ///< empty: none
    enum class Changes : std::uint8_t { all, inserts, inserts_and_updates } changes = Changes::all;
    /// What stands for a value that the log does not carry; without it such a row is an error.
    bool has_missing_value = false;
    std::string missing_value;
    std::uint64_t file_bytes_max = 1ULL << 30U;   ///< of a load: then the next part begins
    std::chrono::seconds interval_max{60};        ///< changes wait no longer
    std::uint64_t change_bytes_min = 32'000'000;  ///< of one table: changes do not wait any more
    /// Folders of the day that changes were committed on.
    enum class Dates : std::uint8_t {
        none,
        yyyymmdd,
        yyyymmddhh,
        yyyymm,
        mmyyyydd,
        ddmmyyyy
    } dates = Dates::none;
    char date_delimiter = '/';  ///< 0: none
    enum class Compression : std::uint8_t { none, gzip } compression = Compression::none;
};

/// "folder/schema/table/": slashes and what else is no part of a path's name are spelt %XX.
[[nodiscard]] std::string folder_of(const Layout& layout, const TableName& table);
/// "LOAD0000000A.csv" (".csv.gz"): parts are counted from 1.
[[nodiscard]] std::string load_name(const Layout& layout, std::uint64_t part);
/// "20141029-1134010000.csv": time in units of 100 µs since 1970.
[[nodiscard]] std::string change_name(const Layout& layout, std::uint64_t stamp);
/// "2014/10/29/": of microseconds since 1970; empty without folders of dates.
[[nodiscard]] std::string date_folder(const Layout& layout, std::int64_t microseconds);
/// Of what decides names and bytes of files of changes: not of when they are written.
[[nodiscard]] std::string digest_of(const Layout& layout);
/// "2014-10-29 11:34:01.000000"
[[nodiscard]] std::string moment_text(std::int64_t microseconds);
[[nodiscard]] std::string_view content_type(const Layout& layout);
[[nodiscard]] std::string manifest_key(const Layout& layout, const std::string& migration);

}  // namespace landfall::dbmove::files
