#include "engines/databases/host_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/state/record.hpp"

namespace landfall::databases {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLogFolders[] = {"error", "slowquery", "general"};
constexpr std::size_t kComplaintMax = 500;

Status write_whole(const UniqueFd& fd, std::string_view text, const std::string& path) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd.get(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return error_from_errno(errno, "writing " + path);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(fd.get()) != 0) return error_from_errno(errno, "syncing " + path);
    return {};
}

std::string tail_of(const std::string& path) {
    constexpr std::int64_t kTail = 16 << 10;
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return {};
    const std::int64_t from = std::max<std::int64_t>(found.st_size - kTail, 0);
    auto text = read_piece(path, ByteOffset{static_cast<std::uint64_t>(from)}, Bytes{kTail});
    return text.ok() ? std::move(*text) : std::string{};
}

/// The last line that has one of the words of an end.
std::string complaint_in(std::string_view text) {
    std::string last;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        for (const std::string_view word : {"FATAL:", "PANIC:", "ERROR:", "[ERROR]", "error:"})
            if (line.find(word) != std::string_view::npos &&
                (line.find("Aborting") == std::string_view::npos || last.empty()))
                last = line.substr(line.find(word), kComplaintMax);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return last;
}

}  // namespace

std::string encode(const FolderRecord& record) {
    state::Record out;
    out.set("product", name_of(record.product)).set("slot", record.slot).set("made", record.made);
    if (record.process)
        out.set("pid", record.process->pid)
            .set("ticks", record.process->start_ticks)
            .set("boot", record.process->boot);
    return out.encode();
}

Result<FolderRecord> decode_record(std::string_view text) {
    const state::Record in = TRY(state::Record::decode(text));
    const auto product = product_named(TRY(in.need_text("product")));
    const std::int64_t slot = TRY(in.need_number("slot"));
    if (!product || slot < 0 || slot > 1'000'000) return Error{Errc::corrupt, "this is no database's record"};
    FolderRecord record{*product, static_cast<std::uint32_t>(slot), in.flag("made"), std::nullopt};
    if (in.has("pid"))
        record.process = ProcessName{static_cast<pid_t>(in.number("pid")),
                                     static_cast<std::uint64_t>(in.number("ticks")), in.text("boot")};
    return record;
}

Status write_record(const std::string& path, const FolderRecord& record) {
    return write_file({path, encode(record), 0600, std::nullopt});
}

Result<FolderRecord> read_record(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    auto record = decode_record(text);
    if (!record.ok()) return std::move(record).error().in(path);
    return record;
}

Status write_file(const NewFile& file) {
    const std::string fresh = file.path + ".new";
    const UniqueFd fd{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (!fd) return error_from_errno(errno, "making " + fresh);
    TRY(write_whole(fd, file.text, fresh));
    if (file.group && ::fchown(fd.get(), ::geteuid(), *file.group) != 0)
        return error_from_errno(errno, "giving away " + fresh);
    if (::fchmod(fd.get(), file.mode) != 0) return error_from_errno(errno, "opening up " + fresh);
    if (::rename(fresh.c_str(), file.path.c_str()) != 0)
        return error_from_errno(errno, "replacing " + file.path);
    const UniqueFd folder{
        ::open(fs::path{file.path}.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!folder || ::fsync(folder.get()) != 0)
        return error_from_errno(errno, "syncing the folder of " + file.path);
    return {};
}

Status make_folder(const std::string& path, unsigned mode, std::optional<std::uint32_t> owner,
                   Ownership how) {
    if (::mkdir(path.c_str(), 0700) != 0) return error_from_errno(errno, "making " + path);
    if (::chmod(path.c_str(), mode) != 0) return error_from_errno(errno, "opening up " + path);
    if (!owner) return {};
    const uid_t user = how == Ownership::user ? *owner : ::geteuid();
    if (::chown(path.c_str(), user, *owner) != 0) return error_from_errno(errno, "giving away " + path);
    return {};
}

std::string accounts_text(std::string_view administrator, std::uint32_t uid) {
    const auto line = [](std::string_view name, std::uint32_t id) {
        const std::string number = std::to_string(id);
        return std::string{name} + ":x:" + number + ":" + number + "::/nonexistent:/usr/sbin/nologin\n";
    };
    return line(administrator, ::geteuid()) + line("database", uid);
}

Result<std::vector<LogFile>> list_logs(const std::string& folder) {
    std::vector<LogFile> files;
    for (const std::string_view part : kLogFolders) {
        std::error_code code;
        for (const auto& each : fs::directory_iterator{folder + "/" + std::string{part}, code}) {
            struct stat found {};
            if (::lstat(each.path().c_str(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
            files.push_back({std::string{part} + "/" + each.path().filename().string(),
                             Bytes{static_cast<std::uint64_t>(found.st_size)},
                             Instant{found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec}});
        }
    }
    std::sort(files.begin(), files.end(), [](const LogFile& a, const LogFile& b) { return a.name < b.name; });
    return files;
}

void expire_old_logs(const std::string& folder) {
    constexpr Duration kKept = std::chrono::hours{72};
    const auto logs = list_logs(folder);
    if (!logs.ok()) return;
    Instant newest;
    for (const LogFile& each : *logs) newest = std::max(newest, each.written);
    for (const LogFile& each : *logs)
        if (each.written < newest - kKept) ::unlink((folder + "/" + each.name).c_str());
}

Result<std::string> read_piece(const std::string& path, ByteOffset from, Bytes limit) {
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
    if (!fd) return error_from_errno(errno, "opening " + path);
    std::string text(limit.count, '\0');
    std::size_t done = 0;
    while (done < text.size()) {
        const auto at = static_cast<off_t>(from.value + done);
        const ssize_t got = ::pread(fd.get(), text.data() + done, text.size() - done, at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return error_from_errno(errno, "reading " + path);
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    text.resize(done);
    return text;
}

std::string last_complaint(const std::string& folder) {
    std::string said = complaint_in(tail_of(folder + "/start.log"));
    if (!said.empty()) return said;
    const auto logs = list_logs(folder + "/log");
    if (!logs.ok()) return said;
    std::string newest;
    Instant when;
    for (const LogFile& each : *logs) {
        if (!each.name.starts_with("error/") || each.written < when) continue;
        newest = each.name;
        when = each.written;
    }
    return newest.empty() ? said : complaint_in(tail_of(folder + "/log/" + newest));
}

}  // namespace landfall::databases
