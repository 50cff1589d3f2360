#include "engines/databases/administration.hpp"

#include <libpq-fe.h>
#include <mysql.h>

#include <algorithm>
#include <memory>

#include "base/hash.hpp"
#include "engines/databases/configuration.hpp"

namespace landfall::databases {
namespace {

constexpr const char* kConnectSeconds = "10";

std::string first_line(std::string_view text) { return std::string{text.substr(0, text.find('\n'))}; }

class PostgresSession {
public:
    static Result<PostgresSession> open(const AdminPlace& place, const std::string& database) {
        const std::string folder = place.folder + "/run";
        const std::string port = std::to_string(place.port);
        const char* const names[] = {"host", "port", "user", "dbname", "connect_timeout", nullptr};
        const char* const values[] = {folder.c_str(),   port.c_str(),    place.administrator.c_str(),
                                      database.c_str(), kConnectSeconds, nullptr};
        PostgresSession session{PQconnectdbParams(names, values, 0)};
        if (PQstatus(session.connection_.get()) != CONNECTION_OK)
            return Error{Errc::unavailable, first_line(PQerrorMessage(session.connection_.get()))};
        return session;
    }

    Status run(const std::string& sql) {
        const std::unique_ptr<PGresult, void (*)(PGresult*)> result{PQexec(connection_.get(), sql.c_str()),
                                                                    PQclear};
        const auto status = PQresultStatus(result.get());
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
            rows_ = PQntuples(result.get());
            return {};
        }
        // The statement is not told: it may hold a verifier.
        return Error{Errc::invalid, first_line(PQresultErrorMessage(result.get()))};
    }
    /// Whether the question has an answer.
    Result<bool> any(const std::string& sql) {
        TRY(run(sql));
        return rows_ > 0;
    }

    [[nodiscard]] std::string name(const std::string& text) { return escaped(text, PQescapeIdentifier); }
    [[nodiscard]] std::string literal(const std::string& text) { return escaped(text, PQescapeLiteral); }
    Result<std::string> verifier(const std::string& user, const SecretString& password) {
        const std::unique_ptr<char, void (*)(void*)> text{
            PQencryptPasswordConn(connection_.get(), password.reveal().c_str(), user.c_str(),
                                  "scram-sha-256"),
            PQfreemem};
        if (!text) return Error{Errc::invalid, "the password cannot be kept as SCRAM-SHA-256"};
        return std::string{text.get()};
    }

private:
    explicit PostgresSession(PGconn* connection) : connection_{connection, PQfinish} {}
    std::string escaped(const std::string& text, char* (*how)(PGconn*, const char*, std::size_t)) {
        const std::unique_ptr<char, void (*)(void*)> out{how(connection_.get(), text.data(), text.size()),
                                                         PQfreemem};
        return out ? std::string{out.get()} : std::string{"''"};
    }
    std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
    int rows_ = 0;
};

/// Statements with verifiers stay out of the server's log, whatever its settings say.
Status be_silent(PostgresSession& session) {
    return session.run(
        "SET log_statement = 'none'; SET log_min_duration_statement = -1; "
        "SET log_min_error_statement = 'panic'; SET log_duration = off");
}

Status postgres_password(PostgresSession& session, const std::string& user, const SecretString& password) {
    TRY(be_silent(session));
    const std::string verifier = TRY(session.verifier(user, password));
    return session.run("ALTER ROLE " + session.name(user) + " PASSWORD " + session.literal(verifier));
}

/// The rights that an owner has who is no superuser.
Status postgres_group(PostgresSession& session, const std::string& group) {
    if (TRY(session.any("SELECT FROM pg_roles WHERE rolname = " + session.literal(group)))) return {};
    TRY(session.run("CREATE ROLE " + session.name(group) + " NOLOGIN"));
    return session.run(
        "GRANT pg_monitor, pg_signal_backend, pg_checkpoint, pg_read_all_settings, pg_read_all_stats TO " +
        session.name(group) + " WITH ADMIN OPTION; GRANT SET ON PARAMETER session_replication_role TO " +
        session.name(group));
}

Status postgres_master(const AdminPlace& place, const MasterPlan& plan) {
    auto session = TRY(PostgresSession::open(place, "postgres"));
    const std::string user = session.name(plan.user);
    if (!plan.group.empty()) TRY(postgres_group(session, plan.group));
    if (!TRY(session.any("SELECT FROM pg_roles WHERE rolname = " + session.literal(plan.user))))
        TRY(session.run("CREATE ROLE " + user +
                        " LOGIN CREATEDB CREATEROLE REPLICATION VALID UNTIL 'infinity'"));
    if (!plan.group.empty())
        TRY(session.run("GRANT " + session.name(plan.group) + " TO " + user + " WITH ADMIN OPTION"));
    TRY(session.run("ALTER DATABASE postgres OWNER TO " + user));
    const bool make = !plan.database.empty() && plan.database != "postgres";
    if (make &&
        !TRY(session.any("SELECT FROM pg_database WHERE datname = " + session.literal(plan.database))))
        TRY(session.run("CREATE DATABASE " + session.name(plan.database) + " OWNER " + user));
    // Last: who can sign in finds everything.
    return postgres_password(session, plan.user, plan.password);
}

class MariadbSession {
public:
    static Result<MariadbSession> open(const AdminPlace& place) {
        MariadbSession session;
        const unsigned seconds = 10;
        mysql_options(session.connection_.get(), MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
        mysql_options(session.connection_.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
        const std::string socket = place.folder + "/" + socket_name(place.product, place.port);
        if (mysql_real_connect(session.connection_.get(), "localhost", place.administrator.c_str(), nullptr,
                               nullptr, 0, socket.c_str(), 0) == nullptr)
            return Error{Errc::unavailable, mysql_error(session.connection_.get())};
        TRY(
            session.run("SET SESSION sql_log_off = 1, SESSION sql_log_bin = 0, SESSION slow_query_log = 0, "
                        "SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION'"));
        return session;
    }

    Status run(const std::string& sql) {
        if (mysql_real_query(connection_.get(), sql.data(), sql.size()) == 0) return {};
        return Error{Errc::invalid, mysql_error(connection_.get())};
    }

    [[nodiscard]] std::string literal(std::string_view text) {
        std::string out(2 * text.size() + 1, '\0');
        out.resize(mysql_real_escape_string(connection_.get(), out.data(), text.data(), text.size()));
        return "'" + out + "'";
    }

private:
    MariadbSession() : connection_{mysql_init(nullptr), mysql_close} {}
    std::unique_ptr<MYSQL, void (*)(MYSQL*)> connection_;
};

/// In backticks, as names are.
std::string mariadb_name(std::string_view text) {
    std::string out = "`";
    for (const char c : text) out += c == '`' ? "``" : std::string(1, c);
    return out + "`";
}

/// No right over files or over the server as a process; the rest of what an owner needs.
constexpr std::string_view kMariadbRights =
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW "
    "DATABASES, "
    "CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE, BINLOG MONITOR, REPLICA MONITOR, "
    "CREATE VIEW, "
    "SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER, DELETE HISTORY, CONNECTION "
    "ADMIN, "
    "READ_ONLY ADMIN, SET USER";

std::string mariadb_alter(const std::string& user, const SecretString& password) {
    return "ALTER USER " + mariadb_name(user) + "@'%' IDENTIFIED VIA mysql_native_password USING '" +
           native_verifier(password) + "'";
}

Status mariadb_master(const AdminPlace& place, const MasterPlan& plan) {
    auto session = TRY(MariadbSession::open(place));
    if (!plan.database.empty())
        TRY(session.run("CREATE DATABASE IF NOT EXISTS " + mariadb_name(plan.database)));
    TRY(session.run("CREATE USER IF NOT EXISTS " + mariadb_name(plan.user) + "@'%' ACCOUNT LOCK"));
    TRY(session.run("GRANT " + std::string{kMariadbRights} + " ON *.* TO " + mariadb_name(plan.user) +
                    "@'%' WITH GRANT OPTION"));
    TRY(session.run(mariadb_alter(plan.user, plan.password)));
    return session.run("ALTER USER " + mariadb_name(plan.user) + "@'%' ACCOUNT UNLOCK");
}

}  // namespace

std::string native_verifier(const SecretString& password) {
    Sha1Hasher hasher;
    hasher.update(password.reveal());
    const Sha1 once = hasher.finish();
    hasher.update(once.span());
    std::string hex = hasher.finish().hex();
    std::transform(hex.begin(), hex.end(), hex.begin(),
                   [](char c) { return static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c); });
    return "*" + hex;
}

Status greet(const AdminPlace& place) {
    if (place.product == Product::postgres) {
        auto session = TRY(PostgresSession::open(place, "postgres"));
        return session.run("SELECT 1");
    }
    auto session = TRY(MariadbSession::open(place));
    return session.run("DO 1");
}

Status make_master(const AdminPlace& place, const MasterPlan& plan) {
    return place.product == Product::postgres ? postgres_master(place, plan) : mariadb_master(place, plan);
}

Status set_live(const AdminPlace& place, const std::map<std::string, std::optional<std::string>>& values) {
    if (place.product != Product::mariadb) return {};
    auto session = TRY(MariadbSession::open(place));
    for (const auto& [name, value] : values) {
        const bool number =
            value && !value->empty() && value->find_first_not_of("0123456789.") == std::string::npos;
        const std::string text = !value ? "DEFAULT" : number ? *value : session.literal(*value);
        TRY(session.run("SET GLOBAL " + mariadb_name(name) + " = " + text));
    }
    return {};
}

Status set_password(const AdminPlace& place, const std::string& user, const SecretString& password) {
    if (place.product == Product::postgres) {
        auto session = TRY(PostgresSession::open(place, "postgres"));
        return postgres_password(session, user, password);
    }
    auto session = TRY(MariadbSession::open(place));
    return session.run(mariadb_alter(user, password));
}

}  // namespace landfall::databases
