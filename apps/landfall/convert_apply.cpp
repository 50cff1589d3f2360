#include "apps/landfall/convert_apply.hpp"

#include <libpq-fe.h>
#include <algorithm>
#include <charconv>
#include <memory>
#include <set>

namespace landfall::app {
namespace {

constexpr int kServerVersionMin = 150000;

struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Answer = std::unique_ptr<PGresult, Clear>;

std::string trimmed(const char* text) {
    std::string out{text != nullptr ? text : ""};
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
    return out;
}

std::string field(const PGresult* result, int code) { return trimmed(PQresultErrorField(result, code)); }

bool succeeded(const PGresult* result) {
    const ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

/// Where the session is, without what would let anybody in.
std::string place_of(const PGconn* connection) {
    const char* const host = PQhost(connection);
    const char* const name = PQdb(connection);
    return std::string{name != nullptr ? name : ""} + " on " +
           (host != nullptr && *host != '\0' ? host : "localhost");
}

class Session {
public:
    static Result<Session> open(const std::string& connection) {
        char* problem = nullptr;
        PQconninfoOption* const options = PQconninfoParse(connection.c_str(), &problem);
        if (options == nullptr) {
            const Error error{Errc::invalid, "--apply: that is no connection string of PostgreSQL"};
            PQfreemem(problem);  // it may quote a password
            return error;
        }
        PQconninfoFree(options);
        // The later of two equal keywords wins: the time limit is one that the string can change.
        const char* const keywords[] = {"connect_timeout", "fallback_application_name", "dbname", nullptr};
        const char* const values[] = {"15", "landfall convert", connection.c_str(), nullptr};
        Session session{Connection{PQconnectdbParams(keywords, values, 1)}};
        PGconn* const made = session.connection_.get();
        if (made == nullptr) return Error{Errc::exhausted, "--apply: no memory for a connection"};
        if (PQstatus(made) != CONNECTION_OK)
            return Error{Errc::unavailable, "--apply: " + trimmed(PQerrorMessage(made))};
        if (PQserverVersion(made) < kServerVersionMin) {
            const char* const version = PQparameterStatus(made, "server_version");
            return Error{Errc::invalid, "--apply: " + place_of(made) + " is PostgreSQL " +
                                            (version != nullptr ? version : "?") +
                                            "; 15 is needed, or newer"};
        }
        PQsetNoticeReceiver(
            made, [](void*, const PGresult*) {}, nullptr);
        TRY(
            session.must("SET client_encoding = 'UTF8'; SET client_min_messages = error; "
                         "SET check_function_bodies = on; SET standard_conforming_strings = on"));
        return session;
    }

    /// Several statements in one string are one transaction.
    [[nodiscard]] Answer run(const std::string& sql) {
        return Answer{PQexec(connection_.get(), sql.c_str())};
    }
    [[nodiscard]] Answer ask(const std::string& sql, const std::vector<std::string>& parameters) {
        std::vector<const char*> values;
        for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
        return Answer{PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                                   values.data(), nullptr, nullptr, 0)};
    }
    [[nodiscard]] Status must(const std::string& sql) {
        const Answer answer = run(sql);
        if (succeeded(answer.get())) return {};
        return Error{Errc::precondition,
                     place_of(connection_.get()) + ": " + field(answer.get(), PG_DIAG_MESSAGE_PRIMARY)};
    }
    [[nodiscard]] Status alive() const {
        if (PQstatus(connection_.get()) == CONNECTION_OK) return {};
        return Error{Errc::unavailable, "the connection to " + place_of(connection_.get()) + " was lost"};
    }

private:
    explicit Session(Connection connection) : connection_{std::move(connection)} {}
    Connection connection_;
};

/// The line of the nth character.
std::size_t line_of(std::string_view sql, std::string_view position) {
    std::size_t characters = 0;
    std::from_chars(position.data(), position.data() + position.size(), characters);
    if (characters == 0) return 0;
    std::size_t line = 1;
    for (const char c : sql) {
        if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U && --characters == 0) break;
        if (c == '\n') ++line;
    }
    return line;
}

bool says_already_there(std::string_view sqlstate) {
    // table, schema, object, function, column
    constexpr std::string_view kThere[] = {"42P07", "42P06", "42710", "42723", "42701"};
    return std::find(std::begin(kThere), std::end(kThere), sqlstate) != std::end(kThere);
}

AppliedObject execute(Session& session, const std::string& sql) {
    // A zero byte would cut the text off: no converter makes one, no server takes one.
    if (sql.find('\0') != std::string::npos)
        return {
            .execution = Execution::failed, .sqlstate = "22021", .message = "the text holds a byte of zero"};
    const Answer answer = session.run(sql);
    if (PQresultStatus(answer.get()) == PGRES_EMPTY_QUERY)
        return {.execution = Execution::empty, .sqlstate = {}, .message = {}};
    if (succeeded(answer.get())) return {.execution = Execution::done, .sqlstate = {}, .message = {}};
    AppliedObject failed{.execution = Execution::failed,
                         .sqlstate = field(answer.get(), PG_DIAG_SQLSTATE),
                         .message = field(answer.get(), PG_DIAG_MESSAGE_PRIMARY),
                         .line = line_of(sql, field(answer.get(), PG_DIAG_STATEMENT_POSITION))};
    if (failed.message.empty()) failed.message = trimmed(PQresultErrorMessage(answer.get()));
    if (says_already_there(failed.sqlstate)) failed.execution = Execution::already_there;
    // COPY or an open transaction in the text must not reach the next object.
    (void)session.run("ROLLBACK");
    return failed;
}

Status execute_all(Session& session, const convert::Conversion& conversion, const ApplyProgress& progress,
                   std::vector<AppliedObject>& results) {
    std::vector<std::size_t> open(conversion.objects.size());
    for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
    results.resize(open.size());
    for (bool further = true; further && !open.empty();) {
        std::vector<std::size_t> failed;
        for (const std::size_t i : open) {
            const std::string& path = conversion.objects[i].search_path;
            if (!path.empty()) TRY(session.must("SET search_path = " + path));
            results[i] = execute(session, conversion.objects[i].sql);
            TRY(session.alive());
            if (results[i].execution == Execution::failed) failed.push_back(i);
            if (progress) progress(i + 1, results.size());
        }
        further = failed.size() < open.size();
        open = std::move(failed);
    }
    return {};
}

constexpr const char* kRoutines =
    "SELECT p.oid || '/' || p.xmin || '/' || coalesce(t.tgrelid, 0), p.oid, coalesce(t.tgrelid, 0), "
    "p.oid::regprocedure"
    "  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql'"
    "  LEFT JOIN pg_trigger t ON t.tgfoid = p.oid AND NOT t.tgisinternal"
    " WHERE p.pronamespace::regnamespace::text <> 'oracle_ext' AND p.prorettype <> 'event_trigger'::regtype"
    "   AND (p.prorettype <> 'trigger'::regtype OR t.oid IS NOT NULL)"
    "   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
    " ORDER BY 4, 3";

std::string value(const Answer& answer, int row, int column) { return PQgetvalue(answer.get(), row, column); }

std::set<std::string> routines_before(Session& session) {
    std::set<std::string> found;
    const Answer answer = session.run(kRoutines);
    for (int row = 0; row < PQntuples(answer.get()); ++row) found.insert(value(answer, row, 0));
    return found;
}

/// What plpgsql_check says of one routine. A check that fails itself is a fault, too.
void check_routine(Session& session, const std::string& oid, const std::string& relation,
                   const std::string& routine, ApplyReport& report) {
    (void)session.run("SAVEPOINT routine");
    const Answer answer = session.ask(
        "SELECT coalesce(lineno, 0), coalesce(sqlstate, ''), message FROM "
        "plpgsql_check_function_tb($1::oid::regprocedure, "
        "$2::oid::regclass, other_warnings => false, extra_warnings => false) WHERE level = 'error'",
        {oid, relation});
    ++report.checked;
    if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK) {
        report.faults.push_back({.routine = routine,
                                 .sqlstate = field(answer.get(), PG_DIAG_SQLSTATE),
                                 .message = field(answer.get(), PG_DIAG_MESSAGE_PRIMARY)});
        (void)session.run("ROLLBACK TO routine");
    }
    for (int row = 0; row < PQntuples(answer.get()); ++row) {
        std::size_t line = 0;
        const std::string number = value(answer, row, 0);
        std::from_chars(number.data(), number.data() + number.size(), line);
        report.faults.push_back({.routine = routine,
                                 .line = line,
                                 .sqlstate = value(answer, row, 1),
                                 .message = value(answer, row, 2)});
    }
    (void)session.run("RELEASE routine");
}

/// In a transaction that is rolled back: where the extension is not made it is lent, and leaves no trace.
Status check_routines(Session& session, const std::set<std::string>& before, const ApplyProgress& progress,
                      ApplyReport& report) {
    TRY(session.must("BEGIN"));
    if (!session.must("CREATE EXTENSION IF NOT EXISTS plpgsql_check").ok()) {
        (void)session.run("ROLLBACK");
        return Error{Errc::invalid,
                     "--check: the server has no extension plpgsql_check, or this user may not create it"};
    }
    const Answer answer = session.run(kRoutines);
    const int rows = PQntuples(answer.get());
    for (int row = 0; row < rows; ++row) {
        if (before.count(value(answer, row, 0)) == 0)
            check_routine(session, value(answer, row, 1), value(answer, row, 2), value(answer, row, 3),
                          report);
        TRY(session.alive());
        if (progress) progress(static_cast<std::size_t>(row) + 1, static_cast<std::size_t>(rows));
    }
    return session.must("ROLLBACK");
}

}  // namespace

Result<ApplyReport> apply_conversion(const std::string& connection, const convert::Conversion& conversion,
                                     RoutineCheck check, const ApplyProgress& progress) {
    Session session = TRY(Session::open(connection));
    ApplyReport report;
    const auto before = routines_before(session);
    if (!conversion.runtime_pack.empty()) {
        if (const Status pack = session.must(std::string{conversion.runtime_pack}); !pack.ok())
            return Error{pack.error()}.in("loading the runtime pack");
    }
    TRY(execute_all(session, conversion, progress, report.objects));
    TRY(session.must("RESET search_path"));
    if (check == RoutineCheck::plpgsql_check) TRY(check_routines(session, before, progress, report));
    return report;
}

}  // namespace landfall::app
