#include "engines/dbmove/mariadb/source.hpp"

#include <algorithm>
#include <charconv>

#include "base/hash.hpp"
#include "engines/dbmove/mariadb/rows.hpp"
#include "engines/dbmove/mariadb/snapshot.hpp"
#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::mariadb {
namespace {

using mysql::ServerSession;
using postgres::Lsn;

/// Some seconds of work.
constexpr std::uint64_t kBytesOfRange = 64U << 20U;

std::string list_of(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

/// Replicas of a server have ids of their own: one above those that people choose.
std::uint32_t server_id_of(const std::string& migration) {
    const std::string digits = sha256(migration).hex().substr(0, 6);
    return 0x4C000000U | static_cast<std::uint32_t>(std::strtoul(digits.c_str(), nullptr, 16));
}

}  // namespace

Result<std::string> MariadbSource::setting(const std::string& name) {
    return TRY(session_->ask("SELECT @@global." + name)).at(0).at(0).value_or("");
}

Status MariadbSource::connect(const postgres::Plan& plan) {
    migration_ = plan.name;
    selected_ = plan.selected;
    followed_ = plan.changes == postgres::Plan::Changes::followed;
    workers_ = plan.workers;
    session_ = TRY(ServerSession::open(address_.server));
    if (!session_->is_mariadb())
        return Error{Errc::invalid, session_->place() + " is " + session_->version() +
                                        ": MySQL is not a source yet, MariaDB 10.5 and later is"};
    const auto rows =
        TRY(session_->ask("SELECT concat(@@hostname, ':', @@port, ' ', @@datadir, ' ', @@server_id), "
                          "substring_index(version(), '.', 1) * 100 + "
                          "substring_index(substring_index(version(), '.', 2), '.', -1)"));
    if (std::strtod(rows.at(0).at(1).value_or("0").c_str(), nullptr) < 1005)
        return Error{Errc::invalid, session_->place() + " is older than MariaDB 10.5"};
    identification_ = {.system = rows.at(0).at(0).value_or(""), .database = address_.database, .oid = "0"};
    TRY(may({"RELOAD"}, "a snapshot (BACKUP STAGE)"));
    if (plan.cutover == postgres::Plan::Cutover::none) return {};
    TRY(may({"READ_ONLY ADMIN", "SUPER"}, "a cutover, which sets read_only,"));
    return may({"CONNECTION ADMIN", "SUPER"}, "a cutover, which ends sessions,");
}

/// Rights of roles are not looked through: then the server will tell.
Status MariadbSource::may(const std::vector<std::string>& any_of, const std::string& what_for) {
    const auto rows = TRY(session_->ask(
        "SELECT privilege_type FROM information_schema.user_privileges WHERE grantee = "
        "concat('''', substring_index(current_user(), '@', 1), '''@''', substring_index(current_user(), '@', "
        "-1), '''') AND CURRENT_ROLE() IS NULL"));
    const auto role = TRY(session_->ask("SELECT CURRENT_ROLE() IS NOT NULL"));
    if (role.at(0).at(0) == "1") return {};
    for (const auto& row : rows)
        if (std::ranges::find(any_of, row.at(0).value_or("")) != any_of.end()) return {};
    return Error{Errc::denied, session_->place() + ": " + what_for + " needs the privilege " +
                                   list_of(any_of) + " (on *.*)"};
}

Result<postgres::Catalog> MariadbSource::definitions() {
    definitions_ = TRY(read_definitions(*session_, address_.database, selected_));
    postgres::Catalog catalog = TRY(catalog_of(definitions_, TRY(convert_(scripts_of(definitions_.tables)))));
    catalog.keys_act = one_moment();
    return catalog;
}

Status MariadbSource::adopt(postgres::Catalog& catalog, const postgres::Catalog& target) {
    return mariadb::adopt(catalog, target, definitions_.tables);
}

Status MariadbSource::assess(const postgres::Catalog&) {
    std::vector<std::string> without_snapshot;
    for (const auto& [name, table] : definitions_.tables)
        if (table.engine != "InnoDB") without_snapshot.push_back(name.shown() + " (" + table.engine + ")");
    if (!without_snapshot.empty())
        return Error{Errc::precondition,
                     "only InnoDB has snapshots: leave out, or ALTER TABLE … ENGINE=InnoDB, " +
                         list_of(without_snapshot)};
    return followed_ ? check_log() : Status{};
}

Status MariadbSource::check_log() {
    if (TRY(setting("log_bin")) != "1")
        return Error{Errc::precondition, session_->place() + " writes no binary log (log_bin)"};
    for (const auto& [name, wanted] :
         {std::pair<std::string, std::string>{"binlog_format", "ROW"}, {"binlog_row_image", "FULL"}})
        if (const std::string is = TRY(setting(name)); is != wanted)
            return Error{Errc::precondition,
                         session_->place() + ": " + name + " is " + is + "; changes need " + wanted};
    return may({"REPLICATION SLAVE", "REPLICATION REPLICA"}, "reading the log");
}

Status MariadbSource::may_go_on(const postgres::Standing& standing) {
    if (!followed_) return {};
    TRY(check_log());
    const Lsn end = TRY(this->end());
    if (end < standing.applied)
        return Error{Errc::precondition, session_->place() + ": its log ends at " + text_of(end) +
                                             ", before " + text_of(standing.applied) +
                                             ", up to which changes are applied: it was begun anew (RESET "
                                             "MASTER), and changes may be lost"};
    return {};
}

Result<std::unique_ptr<postgres::SourceSnapshot>> MariadbSource::begin(const postgres::Catalog&) {
    return snapshot_again();
}

Result<std::unique_ptr<postgres::SourceSnapshot>> MariadbSource::snapshot_again() {
    return MariadbSnapshot::take(address_.server, std::max(workers_, 1U),
                                 followed_ ? MariadbSnapshot::Log::placed : MariadbSnapshot::Log::none,
                                 definitions_.tables);
}

/// Equal steps of the first column of an integer key: NULL is not among its values.
Result<std::vector<std::string>> MariadbSource::ranges(const postgres::Table& table) {
    const SourceTable& source = definitions_.tables.at(table.name);
    const std::uint64_t parts = source.bytes / kBytesOfRange + 1;
    const SourceColumn* const first =
        source.key.empty() || source.in_parts ? nullptr : source.column(source.key[0]);
    const bool integer = first != nullptr && first->type.data_type.ends_with("int");
    if (parts == 1 || !integer) return std::vector<std::string>{""};
    const std::string name = ServerSession::quoted(first->name);
    const auto rows =
        TRY(session_->ask("SELECT min(" + name + "), max(" + name + ") FROM " + source.quoted()));
    const auto number = [](const std::optional<std::string>& text, std::int64_t& value) {
        return text && std::from_chars(text->data(), text->data() + text->size(), value).ec == std::errc{};
    };
    std::int64_t low = 0;
    std::int64_t high = 0;
    if (!number(rows.at(0).at(0), low) || !number(rows.at(0).at(1), high))
        return std::vector<std::string>{""};
    const std::uint64_t step =
        (static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low)) / parts + 1;
    std::vector<std::string> ranges;
    std::string from;
    for (std::uint64_t i = 1; i < parts; ++i) {
        const std::string bound =
            std::to_string(static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + i * step));
        ranges.push_back((from.empty() ? "" : from + " AND ") + name + " < " + bound);
        from = name + " >= " + bound;
    }
    ranges.push_back(from);
    return ranges;
}

Result<std::unique_ptr<postgres::RowReader>> MariadbSource::reader() {
    return std::unique_ptr<postgres::RowReader>{
        std::make_unique<MariadbReader>(TRY(ServerSession::open(address_.server)), definitions_.tables)};
}

Result<std::unique_ptr<postgres::Changes>> MariadbSource::changes(const postgres::Catalog& catalog,
                                                                  const postgres::Standing& standing) {
    ChangeLog::Start start{.gtids = standing.mark, .server_id = server_id_of(migration_)};
    if (start.gtids.empty()) {
        // No transaction had a GTID: the log's own name with the number of the position.
        const auto files = TRY(session_->ask("SHOW BINARY LOGS"));
        for (const auto& row : files)
            if (TRY(position_of(row.at(0).value_or(""), 0)).value >> 32U == standing.applied.value >> 32U)
                start.file = row.at(0).value_or("");
        if (start.file.empty())
            return Error{Errc::not_found, session_->place() + ": the binary log of the position " +
                                              text_of(standing.applied) + " is gone (purged)"};
        start.offset = static_cast<std::uint32_t>(standing.applied.value);
    }
    auto log = TRY(
        ChangeLog::open({threads_, catalog, definitions_.tables}, address_.server, start, standing.applied));
    log_ = log.get();
    return std::unique_ptr<postgres::Changes>{std::move(log)};
}

Result<Lsn> MariadbSource::end() {
    const auto rows = TRY(session_->ask("SHOW MASTER STATUS"));
    if (rows.empty()) return Error{Errc::precondition, session_->place() + " writes no binary log (log_bin)"};
    return position_of(rows[0][0].value_or(""), std::strtoull(rows[0][1].value_or("").c_str(), nullptr, 10));
}

Result<std::uint64_t> MariadbSource::bytes_behind(Lsn applied) {
    const std::uint64_t file = applied.value >> 32U;
    std::uint64_t bytes = 0;
    for (const auto& row : TRY(session_->ask("SHOW BINARY LOGS"))) {
        const Lsn end = TRY(
            position_of(row.at(0).value_or(""), std::strtoull(row.at(1).value_or("").c_str(), nullptr, 10)));
        if (end.value >> 32U > file) bytes += end.value & UINT32_MAX;
        if (end.value >> 32U == file) bytes += (std::max(end, applied).value - applied.value);
    }
    return bytes;
}

/// The lock is held until the migration ends; read_only stays.
Status MariadbSource::freeze() {
    TRY(session_->run("SET GLOBAL read_only = ON"));
    TRY(session_->run("FLUSH TABLES WITH READ LOCK"));
    return end_other_sessions();
}

/// What they had not committed never happened. Replicas go on: they only read.
Status MariadbSource::end_other_sessions() {
    const auto rows = TRY(session_->ask(
        "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND command NOT IN "
        "('Binlog Dump', 'Daemon', 'Slave_IO', 'Slave_SQL', 'Slave_worker') AND user <> 'system user'"));
    for (const auto& row : rows) {
        const Status killed = session_->run("KILL CONNECTION " + row.at(0).value_or("0"));
        constexpr std::string_view kGone = "(1094)";  // it ended by itself
        if (!killed.ok() && killed.error().message().find(kGone) == std::string::npos) return killed;
    }
    return {};
}

Status MariadbSource::mark_end(const std::string& content) {
    log_->mark(TRY(end()), content);
    return {};
}

Result<std::vector<std::string>> MariadbSource::counters(const postgres::Catalog&) {
    std::vector<std::string> statements;
    for (const auto& [name, table] : definitions_.tables) {
        const auto automatic = std::ranges::find(table.columns, true, &SourceColumn::automatic);
        if (automatic == table.columns.end()) continue;
        const auto rows = TRY(session_->ask(
            "SELECT auto_increment FROM information_schema.tables WHERE table_schema = " +
            ServerSession::literal(name.schema) + " AND table_name = " + ServerSession::literal(name.name)));
        const std::string next = rows.at(0).at(0).value_or("1");
        const std::string column = postgres::quoted(automatic->name);
        statements.push_back(
            "SELECT setval(pg_get_serial_sequence(" + postgres::literal(postgres::quoted(name)) + ", " +
            postgres::literal(automatic->name) + "), greatest(" + next + ", (SELECT coalesce(max(" + column +
            "), 0) + 1 FROM " + postgres::quoted(name) + ")), false)");
    }
    return statements;
}

std::vector<std::string> MariadbSource::notes() {
    std::vector<std::string> notes;
    for (const auto& [name, table] : definitions_.tables)
        for (const SourceColumn& column : table.columns)
            if (const std::uint64_t count = column.translation ? column.translation->zero_dates() : 0;
                count > 0)
                notes.push_back(name.shown() + "." + column.name + ": zero dates became NULL (read " +
                                std::to_string(count) + " times)");
    return notes;
}

}  // namespace landfall::dbmove::mariadb
