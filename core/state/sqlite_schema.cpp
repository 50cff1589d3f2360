#include "core/state/sqlite_schema.hpp"

#include <array>
#include <limits>
#include <string>

namespace landfall::state {
namespace {

// "LFst": what `file` shows, and what tells a state store from another database.
constexpr std::int64_t kApplicationId = 0x4c467374;

// kSteps[n] turns version n into version n + 1.
constexpr std::array<const char*, kSchemaVersion> kSteps = {R"sql(
CREATE TABLE schema_version(version INTEGER NOT NULL);
INSERT INTO schema_version VALUES(0);
CREATE TABLE resource(
  rid INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
  arn TEXT, parent TEXT NOT NULL, state TEXT NOT NULL,
  version INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, retired INTEGER,
  tags TEXT NOT NULL, look_ups TEXT NOT NULL, doc TEXT NOT NULL, progress TEXT NOT NULL DEFAULT '');
CREATE UNIQUE INDEX resource_key ON resource(kind, id, account, region);
CREATE UNIQUE INDEX resource_arn ON resource(arn) WHERE arn IS NOT NULL AND retired IS NULL;
CREATE INDEX resource_parent ON resource(parent, rid) WHERE parent <> '';
CREATE TABLE tag(key TEXT NOT NULL, value TEXT NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY(key, value, rid)) WITHOUT ROWID;
CREATE TABLE look_up(kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY(kind, name, value, rid)) WITHOUT ROWID;
CREATE TABLE claim(space TEXT NOT NULL, name TEXT NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY(space, name)) WITHOUT ROWID;
CREATE INDEX claim_rid ON claim(rid);
CREATE TABLE event(
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, change TEXT NOT NULL,
  kind TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  from_state TEXT NOT NULL, to_state TEXT NOT NULL, error TEXT NOT NULL,
  actor TEXT NOT NULL, key_id TEXT NOT NULL, source_ip TEXT NOT NULL, request_id TEXT NOT NULL,
  service TEXT NOT NULL, operation TEXT NOT NULL, params TEXT NOT NULL);
CREATE INDEX event_object ON event(kind, id, seq);
CREATE TABLE once(account TEXT NOT NULL, operation TEXT NOT NULL, token TEXT NOT NULL,
  params_hash TEXT NOT NULL, result TEXT NOT NULL, expires INTEGER NOT NULL,
  PRIMARY KEY(account, operation, token)) WITHOUT ROWID;
CREATE INDEX once_expires ON once(expires);
CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE line(stream TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, level TEXT NOT NULL,
  text TEXT NOT NULL, PRIMARY KEY(stream, seq)) WITHOUT ROWID;
)sql"};

Result<std::int64_t> one_number(Connection& db, std::string_view sql) {
    Run run = TRY(db.run(sql));
    return TRY(run.step()) ? run.number(0) : 0;
}

Result<int> stored_version(Connection& db) {
    const auto application = TRY(one_number(db, "PRAGMA application_id"));
    const auto tables = TRY(one_number(db, "SELECT count(*) FROM sqlite_schema"));
    if (application == 0 && tables == 0) return 0;
    if (application != kApplicationId) return Error{Errc::corrupt, "this database is not a state store"};
    const Result<std::int64_t> version = one_number(db, "SELECT version FROM schema_version");
    if (!version.ok() || *version < 1 || *version > std::numeric_limits<int>::max()) {
        return Error{Errc::corrupt, "the state store has lost the number of its format"};
    }
    return static_cast<int>(*version);
}

}  // namespace

Result<int> check_schema(Connection& db) {
    const int stored = TRY(stored_version(db));
    if (stored > kSchemaVersion) {
        return Error{Errc::precondition, "the state store has format " + std::to_string(stored) +
                                             "; this program knows formats up to " +
                                             std::to_string(kSchemaVersion) + ": use a newer program"};
    }
    return stored;
}

Status upgrade_schema(Connection& db, int stored) {
    if (stored == kSchemaVersion) return {};
    TRY(db.script("BEGIN IMMEDIATE"));
    for (int version = stored; version < kSchemaVersion; ++version) {
        TRY(db.script(kSteps[static_cast<std::size_t>(version)]));
    }
    TRY(db.change("UPDATE schema_version SET version = ?", std::int64_t{kSchemaVersion}));
    TRY(db.script(("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str()));
    return db.script("COMMIT");
}

}  // namespace landfall::state
