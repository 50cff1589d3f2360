#include "apps/landfall/migrate_commands.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "apps/landfall/human.hpp"
#include "apps/landfall/migrate_definitions.hpp"
#include "apps/landfall/migrate_files.hpp"
#include "apps/landfall/object_store.hpp"
#include "apps/landfall/threads.hpp"
#include "engines/dbmove/mariadb/source.hpp"
#include "engines/dbmove/postgres/migration.hpp"

namespace landfall::app {
namespace {

using namespace dbmove;

/// Ends a migration at SIGTERM or SIGINT where it can be gone on with. The signals are for this thread alone.
class StopSignals {
public:
    explicit StopSignals(ThreadStarter& threads) {
        sigemptyset(&set_);
        for (const int signal : {SIGTERM, SIGINT, SIGHUP, kEnd}) sigaddset(&set_, signal);
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
        waiter_ = threads.start("move.signals", [this] {
            int signal = 0;
            while (sigwait(&set_, &signal) != 0) continue;
            if (signal != kEnd) stop_ = true;
        });
    }
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals() {
        pthread_kill(waiter_.native_handle(), kEnd);
        waiter_.join();
    }
    [[nodiscard]] const std::atomic<bool>& stop() const { return stop_; }

private:
    static constexpr int kEnd = SIGUSR1;
    sigset_t set_{};
    std::atomic<bool> stop_ = false;
    std::thread waiter_;
};

/// * stands for any text, ? for one character.
bool matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, from = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p, ++t;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            from = t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

/// The text itself, or what the file holds: so that a password is in no list of processes.
Result<Secret<std::string>> connection_of(const std::string& option) {
    if (!option.starts_with('@')) return Secret<std::string>{option};
    std::ifstream file{option.substr(1)};
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return Error{Errc::not_found, option.substr(1) + " cannot be read"};
    std::string line = text.str();
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    return Secret<std::string>{std::move(line)};
}

Status check(const MigrateOptions& options) {
    const bool plain =
        !options.name.empty() && options.name.size() <= 40 && std::ranges::all_of(options.name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        });
    if (!plain) return Error{Errc::invalid, "--name takes up to 40 of a-z, 0-9 and _"};
    if (options.cutover && !options.changes)
        return Error{Errc::invalid, "--cutover needs --cdc: without changes there is nothing to cut over"};
    if (!options.full_load)
        return Error{Errc::invalid, "--full-load is missing: changes alone are not migrated yet"};
    if (options.apply != "transactional" && options.apply != "batch")
        return Error{Errc::invalid, "--apply takes 'transactional' or 'batch'"};
    if (options.ddl != "follow" && options.ddl != "stop")
        return Error{Errc::invalid, "--ddl takes 'follow' or 'stop'"};
    if (!is_bucket_address(options.to) && (!options.settings.empty() || !options.endpoint.empty()))
        return Error{Errc::invalid,
                     "--setting and --endpoint-url are for targets such as s3://bucket/folder"};
    if (options.on_error != "stop" && options.on_error != "suspend")
        return Error{Errc::invalid, "--on-error takes 'stop' or 'suspend'"};
    for (const std::string& table : options.reload)
        if (table.find('.') == std::string::npos)
            return Error{Errc::invalid, "--reload takes schema.table, not " + table};
    if (options.workers == 0 || options.workers > 49) return Error{Errc::invalid, "--workers takes 1 to 49"};
    return {};
}

Result<postgres::Plan> plan_of(const MigrateOptions& options) {
    TRY(check(options));
    Secret<std::string> target = TRY(connection_of(options.to));
    postgres::Plan plan{
        .name = options.name, .target = {std::move(target), "target"}, .workers = options.workers};
    if (options.changes) plan.changes = postgres::Plan::Changes::followed;
    if (options.apply == "batch") plan.apply = postgres::Apply::batch;
    if (options.ddl == "stop") plan.definitions = postgres::Plan::Definitions::stop;
    if (options.on_error == "suspend") plan.on_error = postgres::Plan::OnError::suspend_table;
    for (const std::string& table : options.reload) {
        const std::size_t dot = table.find('.');
        plan.reload.push_back({table.substr(0, dot), table.substr(dot + 1)});
    }
    if (options.unchecked) plan.check = postgres::Plan::Check::none;
    if (options.cutover) plan.cutover = postgres::Plan::Cutover::when_caught_up;
    plan.selected = [patterns = options.tables](const TableName& table) {
        return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
                   return matches(pattern, table.shown());
               });
    };
    return plan;
}

Result<std::unique_ptr<postgres::Source>> source_of(const MigrateOptions& options, ThreadStarter& threads) {
    Secret<std::string> connection = TRY(connection_of(options.from));
    if (mysql::is_address(connection.reveal()))
        return std::unique_ptr<postgres::Source>{std::make_unique<mariadb::MariadbSource>(
            threads, TRY(mysql::parse_address(connection.reveal())), mariadb_conversion())};
    return std::unique_ptr<postgres::Source>{
        std::make_unique<postgres::PostgresSource>(postgres::Address{std::move(connection), "source"})};
}

std::string applied_text(const postgres::AppliedCounts& counts) {
    return std::to_string(counts.transactions) + " transactions (" + std::to_string(counts.inserts) +
           " inserts, " + std::to_string(counts.updates) + " updates, " + std::to_string(counts.deletes) +
           " deletes" +
           (counts.truncates > 0 ? ", " + std::to_string(counts.truncates) + " truncates)" : ")");
}

/// `noted`: how many notes were told before.
void tell(const postgres::Progress& progress, std::size_t& noted, std::ostream& err) {
    for (; noted < progress.notes.size(); ++noted) err << "note: " << progress.notes[noted] << '\n';
    err << std::left << std::setw(10) << progress.doing << progress.tables_done << " of " << progress.tables
        << " tables, " << progress.rows << " rows, " << human(Bytes{progress.bytes});
    if (progress.applied.transactions > 0) err << "; " << applied_text(progress.applied);
    if (progress.compared > 0) err << "; " << progress.compared << " rows compared";
    if (progress.doing == "follows") err << "; " << human(Bytes{progress.lag_bytes}) << " behind";
    err << '\n' << std::flush;
}

void print_report(const postgres::Report& report, std::ostream& out) {
    const postgres::Progress& done = report.progress;
    out << done.tables << " tables, " << done.rows << " rows loaded\n";
    if (done.applied.transactions > 0) out << applied_text(done.applied) << " applied\n";
    if (done.compared > 0) out << done.compared << " rows compared, all the same\n";
    if (report.cut_over)
        out << "cut over: the source is read-only, the target is ready; downtime " << std::fixed
            << std::setprecision(2) << report.downtime_s << " s\n";
    for (const std::string& each : done.notes) out << "note: " << each << '\n';
    if (!report.left_out.empty()) out << "not taken along:\n";
    for (const std::string& each : report.left_out) out << "  " << each << '\n';
}

struct Running {
    Threads& threads;
    Clock& clock;
    const std::atomic<bool>& stop;
    std::function<void(const postgres::Progress&)> tell;
};

Result<postgres::Report> run_into_files(const MigrateOptions& options, const Running& running,
                                        postgres::Plan plan, std::unique_ptr<postgres::Source> source) {
    FileTarget target = TRY(file_target_of(options));
    files::Delivery delivery{{.threads = running.threads,
                              .clock = running.clock,
                              .sink = *target.sink,
                              .spool = target.spool,
                              .tell = running.tell},
                             std::move(plan),
                             std::move(target.layout),
                             std::move(source)};
    return delivery.run(running.stop);
}

Result<postgres::Report> run_into_database(const Running& running, postgres::Plan plan,
                                           std::unique_ptr<postgres::Source> source) {
    postgres::Migration migration{{.threads = running.threads, .clock = running.clock, .tell = running.tell},
                                  std::move(plan),
                                  std::move(source)};
    return migration.run(running.stop);
}

}  // namespace

int run_migrate(const MigrateOptions& options, std::ostream& out, std::ostream& err) {
    auto plan = plan_of(options);
    Threads threads;
    auto source = source_of(options, threads);
    if (!plan.ok() || !source.ok()) {
        err << "landfall migrate: " << (plan.ok() ? source.error() : plan.error()).message() << '\n';
        return 2;
    }
    SystemClock clock;
    const StopSignals signals{threads};
    std::size_t noted = 0;
    const Running running{threads, clock, signals.stop(),
                          [&](const postgres::Progress& p) { tell(p, noted, err); }};
    const auto report = is_bucket_address(options.to)
                            ? run_into_files(options, running, std::move(*plan), std::move(*source))
                            : run_into_database(running, std::move(*plan), std::move(*source));
    if (!report.ok()) {
        err << "landfall migrate: " << report.error().message() << '\n';
        return report.is(Errc::invalid) ? 2 : 1;
    }
    print_report(*report, out);
    return 0;
}

}  // namespace landfall::app
