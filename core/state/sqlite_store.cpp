#include "core/state/sqlite_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/state/sqlite_schema.hpp"

namespace landfall::state {
namespace {

Status sync_path(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error_from_errno(errno, "opening " + path.string());
    const int synced = ::fsync(fd);
    const int number = errno;
    (void)::close(fd);
    if (synced != 0) return error_from_errno(number, "syncing " + path.string());
    return {};
}

Status make_directory(const std::filesystem::path& directory) {
    if (::mkdir(directory.c_str(), 0700) == 0) {
        const auto parent = std::filesystem::absolute(directory).parent_path();
        return sync_path(parent);
    }
    if (errno == EEXIST) return {};
    return error_from_errno(errno, "making " + directory.string());
}

/// A snapshot: a read transaction on a leased connection.
class SqliteSnapshot final : public Reader {
public:
    SqliteSnapshot(ReaderPool::Lease lease, const Clock& clock)
        : lease_{std::move(lease)}, reader_{*lease_, clock} {}
    ~SqliteSnapshot() override { (void)(*lease_).script("COMMIT"); }

    /// The first read pins the view.
    Status begin() {
        TRY((*lease_).script("BEGIN"));
        return reader_.last_event().ok() ? Status{} : Status{Error{Errc::io, "state store: cannot read"}};
    }

    Result<Resource> get(const Key& key) override { return reader_.get(key); }
    Result<std::optional<Resource>> find_by_id(std::string_view kind, std::string_view id) override {
        return reader_.find_by_id(kind, id);
    }
    Result<std::optional<Resource>> find_by_arn(std::string_view arn) override {
        return reader_.find_by_arn(arn);
    }
    Result<Page> list(const Query& query) override { return reader_.list(query); }
    Result<std::optional<Key>> holder(std::string_view space, std::string_view name) override {
        return reader_.holder(space, name);
    }
    Result<Recalled> recall(const OnceKey& once) override { return reader_.recall(once); }
    Result<std::uint64_t> counter(std::string_view name) override { return reader_.counter(name); }
    Result<std::optional<std::string>> setting(std::string_view name) override {
        return reader_.setting(name);
    }
    Result<std::vector<Event>> events(const EventQuery& query) override { return reader_.events(query); }
    Result<EventSeq> last_event() override { return reader_.last_event(); }
    Result<std::vector<LogLine>> lines(std::string_view stream, std::uint64_t after,
                                       std::size_t limit) override {
        return reader_.lines(stream, after, limit);
    }

private:
    ReaderPool::Lease lease_;
    SqliteReader reader_;
};

}  // namespace

Result<FileLock> FileLock::take(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return error_from_errno(errno, "opening " + file.string());
    FileLock lock{fd};
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno == EWOULDBLOCK) {
        return Error{Errc::unavailable, file.parent_path().string() + " is open in another process"};
    }
    return error_from_errno(errno, "locking " + file.string());
}
FileLock::FileLock(FileLock&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
FileLock::~FileLock() {
    if (fd_ >= 0) (void)::close(fd_);
}

Result<ReaderPool::Lease> ReaderPool::take() {
    {
        std::unique_lock lock{mutex_};
        const bool free =
            returned_.wait_for(lock, options_.reader_wait, [this] { return taken_ < options_.readers; });
        if (!free) return Error{Errc::unavailable, "all readers of the state store are busy"};
        ++taken_;
        if (!idle_.empty()) {
            std::unique_ptr<Connection> db = std::move(idle_.back());
            idle_.pop_back();
            return Lease{*this, std::move(db)};
        }
    }
    Result<std::unique_ptr<Connection>> db = Connection::open(file_, options_.vfs, Access::read);
    if (db.ok()) return Lease{*this, std::move(*db)};
    give_back(nullptr);
    return std::move(db).error();
}

void ReaderPool::give_back(std::unique_ptr<Connection> db) {
    const std::lock_guard lock{mutex_};
    // A connection that is still inside of a transaction would answer from the past.
    if (db && db->autocommit()) idle_.push_back(std::move(db));
    --taken_;
    returned_.notify_one();
}

namespace {

/// SQLite takes a file that is shorter than any database for an empty one, and would begin anew.
Status check_length(const std::filesystem::path& file) {
    constexpr std::uintmax_t kPageMin = 512;
    std::error_code none;
    const std::uintmax_t size = std::filesystem::file_size(file, none);
    if (none || size == 0 || size >= kPageMin) return {};
    // The first write of a new database, torn; its journal takes it back.
    if (std::filesystem::exists(file.string() + "-journal", none)) return {};
    return Error{Errc::corrupt, file.string() + " is cut short: " + std::to_string(size) + " bytes"};
}

/// The database, with the schema of this program.
Result<std::unique_ptr<Connection>> open_writer(const std::filesystem::path& file,
                                                const StoreOptions& options) {
    TRY(check_length(file));
    auto writer = TRY(Connection::open(file.string(), options.vfs, Access::write));
    const auto prepare = [&]() -> Status {
        const int stored = TRY(check_schema(*writer));
        TRY(writer->script("PRAGMA journal_mode=WAL"));
        return upgrade_schema(*writer, stored);
    };
    Status prepared = prepare();
    if (!prepared.ok()) return std::move(prepared).error().in("opening " + file.string());
    return writer;
}

}  // namespace

Result<std::unique_ptr<StateStore>> SqliteStore::open(const std::filesystem::path& directory, Clock& clock,
                                                      Random& random, const StoreOptions& options) {
    TRY(make_directory(directory));
    FileLock lock = TRY(FileLock::take(directory / "LOCK"));
    const std::filesystem::path file = directory / "state.db";
    auto writer = TRY(open_writer(file, options));
    TRY(sync_path(directory));
    SpaceReserve reserve{directory / "reserve", options.reserve_bytes};
    const Status held = reserve.hold();
    // On a full disk the store opens all the same, so that something can be deleted.
    if (!held.ok() && held.error().code() != Errc::exhausted) return held.error();
    const EventSeq last = TRY(SqliteReader(*writer, clock).last_event());
    return std::unique_ptr<StateStore>{std::make_unique<SqliteStore>(
        file, clock, random, options, Parts{std::move(lock), std::move(writer), last, std::move(reserve)})};
}

Result<std::unique_ptr<StateStore>> StateStore::open(const std::filesystem::path& directory, Clock& clock,
                                                     Random& random, StoreOptions options) {
    return SqliteStore::open(directory, clock, random, options);
}

SqliteStore::SqliteStore(std::filesystem::path file, Clock& clock, Random& random,
                         const StoreOptions& options, Parts parts)
    : StateStore{random},
      file_{std::move(file)},
      vfs_{options.vfs},
      clock_{clock},
      lock_{std::move(parts.lock)},
      readers_{file_.string(), options},
      fanout_{parts.last},
      writer_{std::move(parts.writer), parts.last, clock, fanout_, std::move(parts.reserve), options} {}

SqliteStore::~SqliteStore() { stop(); }

void SqliteStore::stop() {
    writer_.stop();
    fanout_.close();
}

void SqliteStore::check_may_block() const { CHECK(!writer_.is_own_thread()); }

void SqliteStore::enqueue(Tx tx, Done done, Duration wait) {
    writer_.enqueue(std::move(tx), std::move(done), wait);
}

Result<std::unique_ptr<Reader>> SqliteStore::snapshot() {
    auto snapshot = std::make_unique<SqliteSnapshot>(TRY(readers_.take()), clock_);
    TRY(snapshot->begin());
    return std::unique_ptr<Reader>{std::move(snapshot)};
}

Status SqliteStore::backup_to(const std::filesystem::path& file) {
    if (std::filesystem::exists(file)) return Error{Errc::already_exists, file.string() + " exists"};
    const auto db = TRY(Connection::open(file_.string(), vfs_, Access::read));
    // VACUUM INTO writes another database, which query_only forbids.
    TRY(db->script("PRAGMA query_only=OFF"));
    const Status copied = db->change("VACUUM INTO ?", file.string());
    if (!copied.ok()) {
        (void)::unlink(file.c_str());
        return copied;
    }
    if (::chmod(file.c_str(), 0600) != 0) return error_from_errno(errno, "protecting " + file.string());
    TRY(sync_path(file));
    return sync_path(std::filesystem::absolute(file).parent_path());
}

Status SqliteStore::verify() {
    const auto lease = TRY(readers_.take());
    TRY((*lease).script("BEGIN"));
    const Status verified = verify_rows(*lease);
    TRY((*lease).script("COMMIT"));
    return verified;
}

Result<Resource> SqliteStore::get(const Key& key) {
    const auto lease = TRY(readers_.take());
    return SqliteReader{*lease, clock_}.get(key);
}
Result<std::optional<Resource>> SqliteStore::find_by_id(std::string_view kind, std::string_view id) {
    const auto lease = TRY(readers_.take());
    return SqliteReader{*lease, clock_}.find_by_id(kind, id);
}
Result<std::optional<Resource>> SqliteStore::find_by_arn(std::string_view arn) {
    const auto lease = TRY(readers_.take());
    return SqliteReader{*lease, clock_}.find_by_arn(arn);
}
Result<Page> SqliteStore::list(const Query& query) {
    const auto lease = TRY(readers_.take());
    return SqliteReader{*lease, clock_}.list(query);
}
Result<std::optional<Key>> SqliteStore::holder(std::string_view space, std::string_view name) {
    const auto lease = TRY(readers_.take());
    return SqliteReader{*lease, clock_}.holder(space, name);
}
Result<Recalled> SqliteStore::recall(const OnceKey& once) {
    const auto lease = TRY(readers_.take());
    return SqliteReader{*lease, clock_}.recall(once);
}
Result<std::uint64_t> SqliteStore::counter(std::string_view name) {
    const auto lease = TRY(readers_.take());
    return SqliteReader{*lease, clock_}.counter(name);
}
Result<std::optional<std::string>> SqliteStore::setting(std::string_view name) {
    const auto lease = TRY(readers_.take());
    return SqliteReader{*lease, clock_}.setting(name);
}
Result<std::vector<Event>> SqliteStore::events(const EventQuery& query) {
    const auto lease = TRY(readers_.take());
    return SqliteReader{*lease, clock_}.events(query);
}
Result<EventSeq> SqliteStore::last_event() {
    const auto lease = TRY(readers_.take());
    return SqliteReader{*lease, clock_}.last_event();
}
Result<std::vector<LogLine>> SqliteStore::lines(std::string_view stream, std::uint64_t after,
                                                std::size_t limit) {
    const auto lease = TRY(readers_.take());
    return SqliteReader{*lease, clock_}.lines(stream, after, limit);
}

}  // namespace landfall::state
