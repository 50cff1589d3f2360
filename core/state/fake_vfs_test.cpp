#include "core/state/fake_vfs_testing.hpp"

#include <sqlite3.h>

#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace landfall::state {

class FakeVfs::Inside {
public:
    Inside(FakeDisk& disk, const std::string& name) : disk_{disk} {
        system_ = sqlite3_vfs_find(nullptr);
        vfs_ = *system_;
        vfs_.iVersion = 2;
        vfs_.szOsFile = static_cast<int>(sizeof(OpenFile));
        vfs_.zName = name.c_str();
        vfs_.pAppData = this;
        vfs_.xOpen = &Inside::open;
        vfs_.xDelete = &Inside::remove;
        vfs_.xAccess = &Inside::access;
        vfs_.xFullPathname = &Inside::full_path;
        CHECK(sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK);
    }
    ~Inside() { (void)sqlite3_vfs_unregister(&vfs_); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

private:
    /// What connections to one database share.
    struct Inode {
        int open = 0;
        int shared = 0;                ///< holders of the read lock
        const void* writer = nullptr;  ///< holder of RESERVED or more
        std::vector<std::unique_ptr<std::array<char, 32768>>> memory;
        struct Slot {
            int shared = 0;
            const void* owner = nullptr;
        };
        std::array<Slot, SQLITE_SHM_NLOCK> slots;
    };
    struct OpenFile {
        sqlite3_file base;
        Inside* vfs;
        File* file;  ///< owned; SQLite allocates this struct and runs no destructor
        Inode* inode;
        int lock;
        unsigned slots_shared;
        unsigned slots_owned;
        const std::string* fresh;  ///< owned; the path, until its directory entry is synced
    };

    static OpenFile& of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
    static Inside& of(sqlite3_vfs* vfs) { return *static_cast<Inside*>(vfs->pAppData); }
    static std::string path_of(const char* full) {
        const std::string path{full};
        return path.substr(path.rfind('/') + 1);
    }
    static int code_of(const Error& error, int otherwise) {
        return error.code() == Errc::exhausted ? SQLITE_FULL : otherwise;
    }

    static int open(sqlite3_vfs* vfs, const char* full, sqlite3_file* out, int flags, int* out_flags) {
        OpenFile& made = of(out);
        std::memset(&made, 0, sizeof made);
        Inside& self = of(vfs);
        if (full == nullptr) return SQLITE_CANTOPEN;  // temp_store=MEMORY: nobody asks
        const std::string path = path_of(full);
        const bool absent = !self.disk_.stat(path).ok();
        const bool create = (flags & SQLITE_OPEN_CREATE) != 0;
        auto file = self.disk_.open(path, create ? OpenMode::create : OpenMode::read_write);
        if (!file.ok()) return code_of(file.error(), SQLITE_CANTOPEN);
        made = {.base = {methods()}, .vfs = &self, .file = file->release()};
        if (absent && (flags & SQLITE_OPEN_MAIN_DB) == 0)
            made.fresh = std::make_unique<std::string>(path).release();
        const std::lock_guard guard{self.mutex_};
        made.inode = &self.inodes_[path];
        ++made.inode->open;
        if (out_flags != nullptr) *out_flags = flags;
        return SQLITE_OK;
    }
    static int close(sqlite3_file* file) {
        OpenFile& closed = of(file);
        (void)unlock(file, SQLITE_LOCK_NONE);
        (void)unmap(file, 0);
        const std::lock_guard guard{closed.vfs->mutex_};
        if (--closed.inode->open == 0) *closed.inode = {};
        const std::unique_ptr<File> file_gone{closed.file};
        const std::unique_ptr<const std::string> path_gone{closed.fresh};
        return SQLITE_OK;
    }
    static int remove(sqlite3_vfs* vfs, const char* full, int sync_directory) {
        const Status gone = of(vfs).disk_.unlink(path_of(full));
        if (gone.ok() && sync_directory != 0) {
            return of(vfs).disk_.sync_directory(".").ok() ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
        }
        if (gone.ok()) return SQLITE_OK;
        return gone.error().code() == Errc::not_found ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
    }
    static int access(sqlite3_vfs* vfs, const char* full, int, int* out) {
        const auto stat = of(vfs).disk_.stat(path_of(full));
        // As SQLite's own: an empty file counts as absent, for it is no hot journal.
        *out = stat.ok() && stat->size.count > 0 ? 1 : 0;
        return SQLITE_OK;
    }
    static int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
        (void)sqlite3_snprintf(size, out, "%s", path);
        return SQLITE_OK;
    }

    static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 from) {
        const MutableByteSpan bytes{static_cast<std::byte*>(to), static_cast<std::size_t>(size)};
        const auto got = of(file).file->read_at(ByteOffset{static_cast<std::uint64_t>(from)}, bytes);
        if (!got.ok()) return SQLITE_IOERR_READ;
        if (got->count == bytes.size()) return SQLITE_OK;
        std::memset(bytes.data() + got->count, 0, bytes.size() - got->count);
        return SQLITE_IOERR_SHORT_READ;
    }
    static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
        const ByteSpan bytes{static_cast<const std::byte*>(from), static_cast<std::size_t>(size)};
        const ByteOffset offset{static_cast<std::uint64_t>(at)};
        const Status written = of(file).file->write_at(offset, bytes);
        if (written.ok()) return SQLITE_OK;
        (void)of(file).file->write_at(offset, bytes.first(bytes.size() / 2));
        return code_of(written.error(), SQLITE_IOERR_WRITE);
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        const Status cut = of(file).file->truncate(Bytes{static_cast<std::uint64_t>(size)});
        return cut.ok() ? SQLITE_OK : code_of(cut.error(), SQLITE_IOERR_TRUNCATE);
    }
    static int sync(sqlite3_file* file, int) {
        OpenFile& synced = of(file);
        if (!synced.file->sync().ok()) return SQLITE_IOERR_FSYNC;
        if (synced.fresh == nullptr) return SQLITE_OK;
        if (!synced.vfs->disk_.sync_directory(".").ok()) return SQLITE_IOERR_DIR_FSYNC;
        const std::unique_ptr<const std::string> gone{std::exchange(synced.fresh, nullptr)};
        return SQLITE_OK;
    }
    static int size(sqlite3_file* file, sqlite3_int64* out) {
        const auto size = of(file).file->size();
        if (!size.ok()) return SQLITE_IOERR_FSTAT;
        *out = static_cast<sqlite3_int64>(size->count);
        return SQLITE_OK;
    }

    static int lock(sqlite3_file* file, int level) {
        OpenFile& mine = of(file);
        const std::lock_guard guard{mine.vfs->mutex_};
        Inode& node = *mine.inode;
        if (level <= mine.lock) return SQLITE_OK;
        if (level == SQLITE_LOCK_SHARED) {
            if (node.writer != nullptr && node.shared == 0) return SQLITE_BUSY;
            ++node.shared;
        } else {
            if (node.writer != nullptr && node.writer != file) return SQLITE_BUSY;
            node.writer = file;
            if (level == SQLITE_LOCK_EXCLUSIVE && node.shared > 1) return SQLITE_BUSY;
        }
        mine.lock = level;
        return SQLITE_OK;
    }
    static int unlock(sqlite3_file* file, int level) {
        OpenFile& mine = of(file);
        const std::lock_guard guard{mine.vfs->mutex_};
        if (mine.inode->writer == file && level <= SQLITE_LOCK_SHARED) mine.inode->writer = nullptr;
        if (mine.lock >= SQLITE_LOCK_SHARED && level == SQLITE_LOCK_NONE) --mine.inode->shared;
        mine.lock = std::min(mine.lock, level);
        return SQLITE_OK;
    }
    static int check_reserved(sqlite3_file* file, int* out) {
        const std::lock_guard guard{of(file).vfs->mutex_};
        *out = of(file).inode->writer != nullptr ? 1 : 0;
        return SQLITE_OK;
    }

    static int map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
        CHECK(size == 32768);
        const std::lock_guard guard{of(file).vfs->mutex_};
        auto& memory = of(file).inode->memory;
        const auto wanted = static_cast<std::size_t>(region);
        while (extend != 0 && memory.size() <= wanted) {
            memory.push_back(std::make_unique<std::array<char, 32768>>());
        }
        *out = wanted < memory.size() ? memory[wanted]->data() : nullptr;
        return SQLITE_OK;
    }
    static int lock_slots(sqlite3_file* file, int from, int count, int flags) {
        OpenFile& mine = of(file);
        const std::lock_guard guard{mine.vfs->mutex_};
        const bool take = (flags & SQLITE_SHM_LOCK) != 0;
        const bool shared = (flags & SQLITE_SHM_SHARED) != 0;
        for (int i = from; take && i < from + count; ++i) {
            const auto& slot = mine.inode->slots[static_cast<std::size_t>(i)];
            const int mine_here = (mine.slots_shared >> i & 1u) != 0 ? 1 : 0;
            if (slot.owner != nullptr && slot.owner != file) return SQLITE_BUSY;
            if (!shared && slot.shared > mine_here) return SQLITE_BUSY;
        }
        for (int i = from; i < from + count; ++i) set_slot(mine, i, take, shared);
        return SQLITE_OK;
    }
    static void set_slot(OpenFile& mine, int i, bool take, bool shared) {
        auto& slot = mine.inode->slots[static_cast<std::size_t>(i)];
        unsigned& held = shared ? mine.slots_shared : mine.slots_owned;
        if (((held >> i & 1u) != 0) == take) return;
        held ^= 1u << i;
        if (shared) slot.shared += take ? 1 : -1;
        if (!shared) slot.owner = take ? static_cast<const void*>(&mine) : nullptr;
    }
    static void barrier(sqlite3_file* file) { const std::lock_guard guard{of(file).vfs->mutex_}; }
    static int unmap(sqlite3_file* file, int) {
        (void)lock_slots(file, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED);
        (void)lock_slots(file, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
        return SQLITE_OK;
    }

    static const sqlite3_io_methods* methods() {
        static const sqlite3_io_methods all{
            .iVersion = 2,
            .xClose = &close,
            .xRead = &read,
            .xWrite = &write,
            .xTruncate = &truncate,
            .xSync = &sync,
            .xFileSize = &size,
            .xLock = &lock,
            .xUnlock = &unlock,
            .xCheckReservedLock = &check_reserved,
            .xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },
            .xSectorSize = [](sqlite3_file*) { return 512; },
            .xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; },
            .xShmMap = &map,
            .xShmLock = &lock_slots,
            .xShmBarrier = &barrier,
            .xShmUnmap = &unmap,
        };
        return &all;
    }

    FakeDisk& disk_;
    sqlite3_vfs vfs_{};
    sqlite3_vfs* system_ = nullptr;
    std::mutex mutex_;
    std::map<std::string, Inode> inodes_;
};

FakeVfs::FakeVfs(FakeDisk& disk, std::string name)
    : name_{std::move(name)}, inside_{std::make_unique<Inside>(disk, name_)} {}
FakeVfs::~FakeVfs() = default;

}  // namespace landfall::state
