#include "core/blocks/backend.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <mutex>

namespace landfall::blocks {
namespace {

constexpr std::size_t kOpenMax = 128;
constexpr std::string_view kTemporary = ".new";

Status check_key(std::string_view key) {
    const bool fits =
        !key.empty() && key.size() <= 128 && key.front() != '.' &&
        key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos &&
        !key.ends_with(kTemporary);
    if (!fits) return Error{Errc::invalid, "not a key of a backend: " + std::string{key}};
    return {};
}

}  // namespace

/// The least recently used descriptor goes first; a reader keeps the one that it reads.
class LocalDirectory::OpenFiles {
public:
    // Shared: eviction or removal must not close a file under a reader.
    using FilePtr = std::shared_ptr<File>;

    FilePtr find(const std::string& key) {
        const std::lock_guard lock{mutex_};
        const auto it = files_.find(key);
        if (it == files_.end()) return nullptr;
        order_.splice(order_.begin(), order_, it->second.place);
        return it->second.file;
    }
    void add(const std::string& key, FilePtr file) {
        const std::lock_guard lock{mutex_};
        if (files_.contains(key)) return;
        order_.push_front(key);
        files_[key] = {std::move(file), order_.begin()};
        if (files_.size() <= kOpenMax) return;
        files_.erase(order_.back());
        order_.pop_back();
    }
    void drop(const std::string& key) {
        const std::lock_guard lock{mutex_};
        const auto it = files_.find(key);
        if (it == files_.end()) return;
        order_.erase(it->second.place);
        files_.erase(it);
    }

private:
    struct Entry {
        FilePtr file;
        std::list<std::string>::iterator place;
    };
    std::mutex mutex_;
    std::list<std::string> order_;
    std::map<std::string, Entry> files_;
};

LocalDirectory::LocalDirectory(Disk& disk, std::string directory)
    : disk_{disk}, directory_{std::move(directory)}, open_files_{std::make_unique<OpenFiles>()} {}
LocalDirectory::~LocalDirectory() = default;

Result<std::unique_ptr<LocalDirectory>> LocalDirectory::open(Disk& disk, const std::string& directory) {
    TRY(disk.make_directory(directory));
    TRY(disk.sync_directory(directory_of(directory)));
    for (const std::string& name : TRY(disk.list(directory)))
        if (name.ends_with(kTemporary)) TRY(disk.unlink(directory + "/" + name));
    return std::make_unique<LocalDirectory>(disk, directory);
}

Status LocalDirectory::put(const std::string& key, ByteSpan content) {
    TRY(check_key(key));
    const std::string temporary = directory_ + "/" + key + std::string{kTemporary};
    {
        const auto file = TRY(disk_.open(temporary, OpenMode::create));
        TRY(file->truncate(0_B));
        TRY(file->write_at(ByteOffset{0}, content));
        TRY(file->sync());
    }
    return adopt(key, temporary);
}

// Link, then unlink: whatever part of it a crash undoes, the file keeps at least one of its names.
Status LocalDirectory::adopt(const std::string& key, const std::string& local_path) {
    TRY(check_key(key));
    TRY(disk_.link(local_path, directory_ + "/" + key));
    TRY(disk_.sync_directory(directory_));
    return disk_.unlink(local_path);
}

Result<Bytes> LocalDirectory::get(const std::string& key, ByteOffset from, MutableByteSpan to) {
    TRY(check_key(key));
    OpenFiles::FilePtr file = open_files_->find(key);
    if (file == nullptr) {
        file = TRY(disk_.open(directory_ + "/" + key, OpenMode::read));
        open_files_->add(key, file);
    }
    return file->read_at(from, to);
}

void LocalDirectory::hint_read_ahead(const std::string& key, ByteOffset from, Bytes length) {
    if (const auto file = open_files_->find(key)) file->hint_read_ahead(from, length);
}

Result<Bytes> LocalDirectory::stat(const std::string& key) {
    TRY(check_key(key));
    return TRY(disk_.stat(directory_ + "/" + key)).size;
}

Result<std::vector<std::string>> LocalDirectory::list(std::string_view after, std::size_t limit) {
    std::vector<std::string> keys;
    for (std::string& name : TRY(disk_.list(directory_))) {
        if (keys.size() == limit) break;
        if (name > after && !name.ends_with(kTemporary)) keys.push_back(std::move(name));
    }
    return keys;
}

Status LocalDirectory::remove(const std::string& key) {
    TRY(check_key(key));
    open_files_->drop(key);
    const Status removed = disk_.unlink(directory_ + "/" + key);
    if (!removed.ok() && !removed.is(Errc::not_found)) return removed;
    return disk_.sync_directory(directory_);
}

}  // namespace landfall::blocks
