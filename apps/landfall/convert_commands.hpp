// landfall convert: a schema of Oracle in files becomes one of PostgreSQL in files, and on a server if asked
// to. Needs no server of ours, and none of its settings.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace landfall::app {

struct ConvertOptions {
    std::string from = "oracle";
    std::string to = "postgresql";
    std::vector<std::string> in;       ///< files and folders
    std::string out;                   ///< a folder, made where missing
    std::string layout = "both";       ///< "objects": a file an object; "single": all.sql; "both"
    std::vector<std::string> reports;  ///< files in .html, .pdf or .csv
    std::string settings;              ///< a TOML file; empty: the defaults
    std::vector<std::string> defines;  ///< NAME=VALUE of &NAME
    std::string apply;                 ///< libpq's connection string; empty: nothing is run
    bool check = false;                ///< plpgsql_check behind it
};

/// 0: converted, action items or not; 1: files or the server failed, or an object did not load or has faults;
/// 2: wrong usage. The summary goes to `out`, errors to `err`, progress to standard error where it is a
/// terminal.
int run_convert(const ConvertOptions& options, std::ostream& out, std::ostream& err);

}  // namespace landfall::app
