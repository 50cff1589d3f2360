// landfall migrate: a database moves to another server while it is used. Needs no server of ours, and none of
// its settings.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace landfall::app {

struct MigrateOptions {
    std::string from;                 ///< "postgresql://…" or "@FILE" that holds it
    std::string to;                   ///< likewise, or "s3://bucket/folder"
    std::string name = "default";     ///< of the migration: a later run of it goes on
    std::vector<std::string> tables;  ///< schema.table with * and ?; empty: all
    bool full_load = false, changes = false, cutover = false;
    bool unchecked = false;  ///< rows are not compared
    unsigned workers = 4;
    std::string apply = "transactional";  ///< or "batch"
    std::string on_error = "stop";        ///< or "suspend"
    std::vector<std::string> reload;      ///< schema.table
    std::string ddl = "follow";           ///< or "stop"
    // With an s3:// target alone.
    std::vector<std::string> settings;  ///< NAME=VALUE, names as S3Settings of DMS has them
    std::string endpoint;               ///< of the store; empty: as the aws CLI finds it
    std::string spool;                  ///< a folder for what is on its way; empty: TMPDIR or /var/tmp
};

/// 0: loaded, or with changes followed cut over, and every row compared; 1: failed, or ended by a signal
/// before that; 2: wrong usage. The summary goes to `out`, errors to `err`, progress to standard error.
int run_migrate(const MigrateOptions& options, std::ostream& out, std::ostream& err);

}  // namespace landfall::app
