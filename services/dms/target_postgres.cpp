#include "services/dms/target_postgres.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <utility>

namespace landfall::dms {
namespace {

constexpr int kServerVersionMin = 150'000;

struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Reply = std::unique_ptr<PGresult, Clear>;

std::string trimmed(const char* text) {
    std::string out{text != nullptr ? text : ""};
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
    return out;
}

bool succeeded(const PGresult* result) {
    const ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

class Session final : public TargetSession {
public:
    explicit Session(Connection connection) : connection_{std::move(connection)} {}

    Result<std::vector<Failure>> run(const std::string& sql) override {
        // A zero byte would cut the text off: no converter makes one, no server takes one.
        if (sql.find('\0') != std::string::npos)
            return std::vector{Failure{"22021", "the text holds a byte of zero"}};
        const Reply reply{PQexec(connection_.get(), sql.c_str())};
        if (succeeded(reply.get())) return std::vector<Failure>{};
        Failure failure{trimmed(PQresultErrorField(reply.get(), PG_DIAG_SQLSTATE)),
                        trimmed(PQresultErrorField(reply.get(), PG_DIAG_MESSAGE_PRIMARY))};
        if (failure.message.empty()) failure.message = trimmed(PQresultErrorMessage(reply.get()));
        TRY(alive());
        // COPY or an open transaction in the text must not reach the next one.
        if (PQtransactionStatus(connection_.get()) != PQTRANS_IDLE)
            const Reply undone{PQexec(connection_.get(), "ROLLBACK")};
        TRY(alive());
        return std::vector{std::move(failure)};
    }

    Result<std::vector<std::string>> ask(const std::string& sql,
                                         const std::vector<std::string>& parameters) override {
        std::vector<const char*> values;
        for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
        const Reply reply{PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()),
                                       nullptr, values.data(), nullptr, nullptr, 0)};
        TRY(alive());
        if (!succeeded(reply.get()))
            return Error{Errc::precondition,
                         trimmed(PQresultErrorField(reply.get(), PG_DIAG_MESSAGE_PRIMARY))};
        std::vector<std::string> rows;
        for (int row = 0; row < PQntuples(reply.get()); ++row)
            rows.emplace_back(PQgetvalue(reply.get(), row, 0));
        return rows;
    }

private:
    Status alive() const {
        if (PQstatus(connection_.get()) == CONNECTION_OK) return {};
        return Error{Errc::unavailable, "the connection to the target database was lost"};
    }
    Connection connection_;
};

/// How libpq calls what DMS calls SslMode.
std::string ssl_mode_of(std::string_view mode) {
    if (mode == "none") return "disable";
    return mode.empty() ? "prefer" : std::string{mode};
}

Status check(const DatabaseAddress& address) {
    if (address.host.empty() || address.database.empty())
        return Error{Errc::invalid, "the target data provider needs ServerName and DatabaseName"};
    // libpq takes a path for a socket of this machine, and commas for several servers.
    const bool plain = std::ranges::all_of(address.host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == '_' || c == ':';
    });
    if (!plain) return Error{Errc::invalid, "ServerName of the target data provider is no name of a host"};
    return {};
}

}  // namespace

Result<std::unique_ptr<TargetSession>> PostgresTargets::open(const DatabaseAddress& address,
                                                             const Credentials& credentials) {
    TRY(check(address));
    const std::string port = std::to_string(address.port == 0 ? 5432 : address.port);
    const std::string mode = ssl_mode_of(address.ssl_mode);
    const char* const authorities = mode.starts_with("verify") ? "/etc/ssl/certs/ca-certificates.crt" : "";
    const std::array<std::pair<const char*, const char*>, 14> options{{
        {"host", address.host.c_str()},
        {"port", port.c_str()},
        {"dbname", address.database.c_str()},
        {"user", credentials.user.c_str()},
        {"password", credentials.password.reveal().c_str()},
        {"sslmode", mode.c_str()},
        {"sslrootcert", authorities},
        {"passfile", "/dev/null"},
        {"gssencmode", "disable"},
        {"connect_timeout", "15"},
        {"tcp_user_timeout", "60000"},
        {"client_encoding", "UTF8"},
        {"options", "-c client_min_messages=error -c lock_timeout=60s"},
        {"application_name", "landfall dms"},
    }};
    std::array<const char*, options.size() + 1> keywords{}, values{};
    for (std::size_t i = 0; i < options.size(); ++i) {
        keywords[i] = options[i].first;
        values[i] = options[i].second;
    }
    // 0: the database's name is a name, not a connection string.
    Connection made{PQconnectdbParams(keywords.data(), values.data(), 0)};
    if (!made) return Error{Errc::exhausted, "no memory for a connection"};
    if (PQstatus(made.get()) != CONNECTION_OK)
        return Error{Errc::unavailable, "the target database: " + trimmed(PQerrorMessage(made.get()))};
    if (PQserverVersion(made.get()) < kServerVersionMin)
        return Error{Errc::invalid, "the target database is older than PostgreSQL 15"};
    PQsetNoticeReceiver(
        made.get(), [](void*, const PGresult*) {}, nullptr);
    return std::unique_ptr<TargetSession>{std::make_unique<Session>(std::move(made))};
}

}  // namespace landfall::dms
