// The files of a database's folder: its record, its configuration, its logs.
//
// Invariants
//   1. write_file replaces whole files: after a crash one is the old one or the new one.
//   2. Logs are written by the database's user: they are read without following links.
// Pure but for the disk; any thread. Format: docs/formats/database.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "engines/databases/host.hpp"

namespace landfall::databases {

/// Behind the name of a folder that is being removed.
inline constexpr std::string_view kGone = ".gone";

struct FolderRecord {
    Product product = Product::postgres;
    std::uint32_t slot = 0;
    bool made = false;
    std::optional<ProcessName> process;
    bool operator==(const FolderRecord&) const = default;
};
[[nodiscard]] std::string encode(const FolderRecord& record);
/// corrupt.
[[nodiscard]] Result<FolderRecord> decode_record(std::string_view text);
Status write_record(const std::string& path, const FolderRecord& record);
[[nodiscard]] Result<FolderRecord> read_record(const std::string& path);

struct NewFile {
    std::string path;
    std::string text;
    unsigned mode = 0600;
    std::optional<std::uint32_t> group;
};
Status write_file(const NewFile& file);
enum class Ownership : std::uint8_t { user, group };
Status make_folder(const std::string& path, unsigned mode, std::optional<std::uint32_t> owner, Ownership how);

/// As /etc/passwd: this process's user as `administrator`, and the database's.
[[nodiscard]] std::string accounts_text(std::string_view administrator, std::uint32_t uid);

[[nodiscard]] Result<std::vector<LogFile>> list_logs(const std::string& folder);
/// Removes logs that were last written three days before the newest.
void expire_old_logs(const std::string& folder);
[[nodiscard]] Result<std::string> read_piece(const std::string& path, ByteOffset from, Bytes limit);
/// The last line in which a server that ended said why; empty: none.
[[nodiscard]] std::string last_complaint(const std::string& folder);

}  // namespace landfall::databases
