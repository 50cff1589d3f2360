// landfall migrate --to s3://…: a database into files of a bucket.
#pragma once

#include <atomic>
#include <memory>

#include "apps/landfall/migrate_commands.hpp"
#include "base/clock.hpp"
#include "engines/dbmove/files/delivery.hpp"

namespace landfall::app {

struct FileTarget {
    dbmove::files::Layout layout;
    std::unique_ptr<dbmove::files::ObjectSink> sink;
    std::filesystem::path spool;
};
/// Errors: invalid, not_found (credentials).
Result<FileTarget> file_target_of(const MigrateOptions& options);

}  // namespace landfall::app
