#include "services/dms/movers.hpp"

#include "engines/dbmove/mariadb/source.hpp"
#include "engines/dbmove/postgres/migration.hpp"
#include "services/dms/databases.hpp"

namespace landfall::dms {
namespace {

using namespace dbmove::postgres;

dbmove::mysql::DatabaseAddress mariadb_address(const DatabasePlace& place, const std::string& authorities) {
    using Tls = dbmove::mysql::ServerAddress::Tls;
    Tls tls = Tls::none;
    if (place.ssl_mode == "require") tls = Tls::required;
    if (place.ssl_mode.starts_with("verify")) tls = Tls::verified;
    return {.server = {.host = place.host,
                       .port = static_cast<std::uint16_t>(place.port),
                       .user = place.user,
                       .password = place.password,
                       .tls = tls,
                       .ca_file = authorities.empty() ? kSystemAuthorities : authorities},
            .database = place.database};
}

MoveProgress::Doing doing_of(std::string_view doing) {
    if (doing == "compares") return MoveProgress::Doing::compares;
    if (doing == "follows") return MoveProgress::Doing::follows;
    if (doing == "stopped") return MoveProgress::Doing::stopped;
    return doing == "done" ? MoveProgress::Doing::done : MoveProgress::Doing::loads;
}

MovedTable table_of(const dbmove::TableName& name, const TableProgress& progress) {
    MovedTable table{.name = {name.schema, name.name},
                     .rows = progress.rows,
                     .inserts = progress.applied.inserts,
                     .updates = progress.applied.updates,
                     .deletes = progress.applied.deletes,
                     .ddls = progress.applied.truncates + progress.applied.definitions};
    if (progress.state == TableProgress::State::suspended) table.state = MovedTable::State::suspended;
    if (progress.state == TableProgress::State::loaded) table.state = MovedTable::State::loaded;
    if (progress.state == TableProgress::State::loads || progress.state == TableProgress::State::indexes)
        table.state = MovedTable::State::loads;
    return table;
}

MoveProgress progress_of(const Progress& progress) {
    MoveProgress made{
        .doing = doing_of(progress.doing), .caught_up = progress.caught_up, .validated = progress.validated};
    if (progress.position != Lsn{}) made.position = text_of(progress.position);
    made.tables.reserve(progress.each.size());
    for (const auto& [name, table] : progress.each) made.tables.push_back(table_of(name, table));
    return made;
}

}  // namespace

/// What a run needs as long as it lasts.
struct EngineMovers::Prepared {
    MemoryFile source_authorities, target_authorities;
    Plan plan;
    std::unique_ptr<Source> source;
};

Result<EngineMovers::Prepared> EngineMovers::prepare(const MovePlan& move) const {
    Prepared prepared;
    prepared.source_authorities = TRY(MemoryFile::of(move.source.authorities));
    prepared.target_authorities = TRY(MemoryFile::of(move.target.authorities));
    TRY(can(move.source.engine, move.target.engine, move.type));
    const std::string authorities = prepared.source_authorities.path();
    if (is_postgres(move.source.engine))
        prepared.source = std::make_unique<PostgresSource>(postgres_address(move.source, authorities));
    else
        prepared.source = std::make_unique<dbmove::mariadb::MariadbSource>(
            threads_, mariadb_address(move.source, authorities), convert_);
    Plan& plan = prepared.plan;
    plan.name = move.name;
    plan.target = postgres_address(move.target, prepared.target_authorities.path());
    plan.selected = [selected = move.selected](const dbmove::TableName& table) {
        return selected(table.schema, table.name);
    };
    if (move.type != MigrationType::full_load) plan.changes = Plan::Changes::followed;
    if (move.type == MigrationType::cdc) plan.rows = Plan::Rows::there;
    plan.check = move.check == MovePlan::Check::rows ? Plan::Check::rows : Plan::Check::none;
    if (move.definitions == MovePlan::Definitions::stop) plan.definitions = Plan::Definitions::stop;
    if (move.on_error == MovePlan::OnError::suspend_table) plan.on_error = Plan::OnError::suspend_table;
    plan.existing = Plan::Existing::kept;
    if (move.existing == MovePlan::Existing::emptied) plan.existing = Plan::Existing::emptied;
    if (move.existing == MovePlan::Existing::dropped) plan.existing = Plan::Existing::dropped;
    // There is nothing to prepare where nothing is loaded.
    if (move.type == MigrationType::cdc) plan.existing = Plan::Existing::kept;
    for (const MovePlan::Name& name : move.reload) plan.reload.push_back({name.schema, name.table});
    plan.workers = move.workers;
    return prepared;
}

Status EngineMovers::can(std::string_view source_engine, std::string_view target_engine,
                         MigrationType) const {
    if (!is_postgres(target_engine))
        return Error{Errc::invalid,
                     "targets of engine " + std::string{target_engine} + " are not moved to yet"};
    if (!is_postgres(source_engine) && source_engine != "mariadb")
        return Error{Errc::invalid, "sources of engine " + std::string{source_engine} + " are not moved yet"};
    return {};
}

Status EngineMovers::run(const MovePlan& move, const std::atomic<bool>& stop,
                         const std::function<void(const MoveProgress&)>& tell) {
    Prepared prepared = TRY(prepare(move));
    Migration migration{{.threads = threads_,
                         .clock = clock_,
                         .tell = [&](const Progress& progress) { tell(progress_of(progress)); }},
                        std::move(prepared.plan),
                        std::move(prepared.source)};
    TRY(migration.run(stop));
    return {};
}

Status EngineMovers::forget(const MovePlan& move) {
    Prepared prepared = TRY(prepare(move));
    Migration migration{{.threads = threads_, .clock = clock_, .tell = {}},
                        std::move(prepared.plan),
                        std::move(prepared.source)};
    return migration.forget();
}

}  // namespace landfall::dms
