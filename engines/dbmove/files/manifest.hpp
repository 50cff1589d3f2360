// Manifest: how far a migration into files is, kept beside them: docs/formats/files-manifest.md.
//
// Invariants
//   1. It is written behind the files that it tells of: files of changes with a stamp up to `stamp` are
//      whole, as are the parts of tables that are `loaded`.
//   2. A batch stands in it before its first file does: what a killed run left is written again, the same
//      changes under the same names.
// Pure values; any thread.
#pragma once

#include "engines/dbmove/postgres/ledger.hpp"

namespace landfall::dbmove::files {

/// Changes that are being written.
struct Batch {
    postgres::Lsn to;  ///< the end of its last transaction
    std::uint64_t stamp = 0;
    std::string layout;  ///< SHA-256 of what decides names and bytes
};

struct Manifest {
    std::string migration;
    /// `mark` goes with `applied`; a table's `digest` is of its columns.
    postgres::Standing standing;
    std::map<TableName, std::uint64_t> parts;  ///< files of tables that are loaded
    std::uint64_t stamp = 0;                   ///< of the last whole files of changes; 0: none
    std::optional<Batch> batch;
};

[[nodiscard]] std::string encode(const Manifest& manifest);
/// Errors: corrupt.
[[nodiscard]] Result<Manifest> decode(std::string_view text);

}  // namespace landfall::dbmove::files
