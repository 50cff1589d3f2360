#include "core/state/sqlite_db.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <utility>

namespace landfall::state {
namespace {

constexpr int kBusyMillis = 10'000;

Errc code_of(int sqlite) {
    switch (sqlite & 0xff) {
        case SQLITE_FULL: return Errc::exhausted;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Errc::corrupt;
        case SQLITE_CONSTRAINT: return Errc::already_exists;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Errc::unavailable;
        case SQLITE_READONLY:
        case SQLITE_PERM: return Errc::denied;
        default: return Errc::io;
    }
}

Error error_of(sqlite3* db, std::string_view doing) {
    std::string text{doing};
    text += ": ";
    text += sqlite3_errmsg(db);
    const int number = sqlite3_system_errno(db);
    const int extended = sqlite3_extended_errcode(db);
    text += " (sqlite " + std::to_string(extended);
    const int primary = extended & 0xff;
    const bool of_the_system = number != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN);
    if (of_the_system) text += ", errno " + std::to_string(number);
    text += ")";
    const bool denied = of_the_system && (number == EACCES || number == EPERM);
    return {denied ? Errc::denied : code_of(extended), std::move(text)};
}

}  // namespace

Run::Run(Run&& other) noexcept
    : db_{other.db_},
      statement_{std::exchange(other.statement_, nullptr)},
      busy_{other.busy_},
      bound_{other.bound_} {}

Run::~Run() {
    if (statement_ == nullptr) return;
    // The outcome of the last step was reported by step(); reset repeats it.
    (void)sqlite3_reset(statement_);
    (void)sqlite3_clear_bindings(statement_);
    *busy_ = false;
}

// SQLITE_TRANSIENT copies: arguments are often temporaries, and a copy costs nothing beside the write.
Run& Run::bind(std::string_view text) {
    const char* at = text.data() == nullptr ? "" : text.data();
    CHECK(sqlite3_bind_text64(statement_, ++bound_, at, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8) ==
          SQLITE_OK);
    return *this;
}
Run& Run::bind(std::int64_t number) {
    CHECK(sqlite3_bind_int64(statement_, ++bound_, number) == SQLITE_OK);
    return *this;
}
Run& Run::bind(std::uint64_t number) {
    CHECK(std::in_range<std::int64_t>(number));
    return bind(static_cast<std::int64_t>(number));
}
Run& Run::bind(std::nullopt_t) {
    CHECK(sqlite3_bind_null(statement_, ++bound_) == SQLITE_OK);
    return *this;
}

Result<bool> Run::step() {
    switch (sqlite3_step(statement_)) {
        case SQLITE_ROW: return true;
        case SQLITE_DONE: return false;
        default: return error_of(db_, "state store");
    }
}

Status Run::finish() {
    while (TRY(step())) {}
    return {};
}

std::string Run::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const int size = sqlite3_column_bytes(statement_, column);
    return bytes == nullptr ? std::string{} : std::string(bytes, static_cast<std::size_t>(size));
}
std::int64_t Run::number(int column) const { return sqlite3_column_int64(statement_, column); }
std::uint64_t Run::count(int column) const { return static_cast<std::uint64_t>(number(column)); }
bool Run::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

Result<std::unique_ptr<Connection>> Connection::open(const std::string& file, const std::string& vfs,
                                                     Access access) {
    sqlite3* db = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (access == Access::write ? SQLITE_OPEN_CREATE : 0);
    const int opened = sqlite3_open_v2(file.c_str(), &db, flags, vfs.empty() ? nullptr : vfs.c_str());
    auto connection = std::make_unique<Connection>(db);
    if (opened != SQLITE_OK) return error_of(db, "opening " + file);
    (void)sqlite3_busy_timeout(db, kBusyMillis);
    // Closing writes nothing: after a failed sync nobody may, and who stops well has moved the log before.
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    (void)sqlite3_wal_hook(db, &Connection::on_commit, connection.get());
    Status set = connection->script(
        "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864; PRAGMA temp_store=MEMORY;"
        "PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF;");
    if (set.ok()) {
        set = connection->script(access == Access::write ? "PRAGMA cache_size=-8192;"
                                                         : "PRAGMA cache_size=-1024; PRAGMA query_only=ON;");
    }
    if (!set.ok()) return std::move(set).error().in("opening " + file);
    return connection;
}

Connection::~Connection() {
    for (auto& [sql, cached] : statements_) (void)sqlite3_finalize(cached->statement);
    // All statements are finalized, so closing cannot be refused.
    (void)sqlite3_close(db_);
}

Result<Run> Connection::prepare(std::string_view sql) {
    auto& slot = statements_[std::string{sql}];
    if (slot == nullptr) slot = std::make_unique<Cached>();
    if (slot->statement == nullptr) {
        const int prepared = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                                SQLITE_PREPARE_PERSISTENT, &slot->statement, nullptr);
        if (prepared != SQLITE_OK) return error_of(db_, "preparing " + std::string{sql});
    }
    CHECK(!std::exchange(slot->busy, true));
    return Run{db_, slot->statement, &slot->busy};
}

Status Connection::script(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return error_of(db_, "state store");
}

std::int64_t Connection::last_rowid() const { return sqlite3_last_insert_rowid(db_); }
std::uint64_t Connection::changes() const { return static_cast<std::uint64_t>(sqlite3_changes64(db_)); }
bool Connection::autocommit() const { return sqlite3_get_autocommit(db_) != 0; }

int Connection::on_commit(void* self, sqlite3*, const char*, int pages) {
    static_cast<Connection*>(self)->log_pages_ = pages;
    return SQLITE_OK;
}

Result<int> Connection::checkpoint(Checkpoint how) {
    const int mode = how == Checkpoint::truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int moved = 0;
    const int done = sqlite3_wal_checkpoint_v2(db_, nullptr, mode, nullptr, &moved);
    // BUSY: a reader still needs part of the log; the next checkpoint goes on.
    if (done == SQLITE_OK || (done & 0xff) == SQLITE_BUSY) return moved;
    return error_of(db_, "moving the log into the database");
}

}  // namespace landfall::state
