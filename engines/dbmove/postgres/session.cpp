#include "engines/dbmove/postgres/session.hpp"

#include <libpq-fe.h>

#include <array>
#include <charconv>

namespace landfall::dbmove::postgres {
namespace {

/// What values and names depend on. Triggers, row security and limits of time of the role must not act on a
/// copy.
constexpr const char* kSettings =
    "-c datestyle=ISO,YMD -c intervalstyle=postgres -c timezone=UTC -c extra_float_digits=3 -c "
    "bytea_output=hex "
    "-c search_path= -c standard_conforming_strings=on -c client_min_messages=error -c statement_timeout=0 "
    "-c synchronous_commit=on -c idle_in_transaction_session_timeout=0 -c row_security=off -c "
    "xmloption=content -c jit=off";

std::string trimmed(const char* text) {
    std::string out{text != nullptr ? text : ""};
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
    return out;
}

bool succeeded(const PGresult* result) {
    switch (PQresultStatus(result)) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
        case PGRES_EMPTY_QUERY:
        case PGRES_COPY_IN:
        case PGRES_COPY_OUT:
        case PGRES_COPY_BOTH:
        case PGRES_PIPELINE_SYNC: return true;
        default: return false;
    }
}

Status readable(const std::string& connection, const std::string& role) {
    char* problem = nullptr;
    PQconninfoOption* const options = PQconninfoParse(connection.c_str(), &problem);
    if (options == nullptr) {
        PQfreemem(problem);  // it may quote a password
        return Error{Errc::invalid, "the " + role + " is no connection string of PostgreSQL"};
    }
    PQconninfoFree(options);
    return {};
}

/// "password authentication failed" and the like have no code in libpq's API before the connection stands.
Errc code_of_failure(const PGconn* connection) {
    const std::string_view text{PQerrorMessage(connection)};
    const bool denied = PQconnectionNeedsPassword(connection) == 1 ||
                        text.find("authentication") != std::string_view::npos ||
                        text.find("permission denied") != std::string_view::npos ||
                        text.find("does not exist") != std::string_view::npos ||
                        text.find("pg_hba.conf") != std::string_view::npos;
    return denied ? Errc::denied : Errc::unavailable;
}

}  // namespace

void Answer::Clear::operator()(pg_result* result) const { PQclear(result); }
std::size_t Answer::size() const { return static_cast<std::size_t>(PQntuples(result_.get())); }

std::optional<std::string_view> Answer::at(std::size_t row, std::size_t column) const {
    const int r = static_cast<int>(row), c = static_cast<int>(column);
    if (PQgetisnull(result_.get(), r, c) == 1) return std::nullopt;
    return std::string_view{PQgetvalue(result_.get(), r, c),
                            static_cast<std::size_t>(PQgetlength(result_.get(), r, c))};
}

std::string Answer::text(std::size_t row, std::size_t column) const {
    return std::string{at(row, column).value_or("")};
}

std::uint64_t Answer::affected() const {
    const std::string_view text{PQcmdTuples(result_.get())};
    std::uint64_t rows = 0;
    std::from_chars(text.data(), text.data() + text.size(), rows);
    return rows;
}

void Session::Finish::operator()(pg_conn* connection) const { PQfinish(connection); }

Session::Session(pg_conn* connection, std::string role) : connection_{connection}, role_{std::move(role)} {}

Result<Session> Session::open(const Address& address, Purpose purpose) {
    const std::string& connection = address.connection.reveal();
    TRY(readable(connection, address.role));
    // Of two equal keywords the later one wins: what stands before "dbname" the connection string may change,
    // what stands behind it may not.
    const bool replicates = purpose == Purpose::replication;
    const std::array<const char*, 9> keywords{"connect_timeout",
                                              "tcp_user_timeout",
                                              "fallback_application_name",
                                              "dbname",
                                              "client_encoding",
                                              "options",
                                              replicates ? "replication" : nullptr,
                                              nullptr,
                                              nullptr};
    const std::array<const char*, 9> values{"15",
                                            "60000",
                                            "landfall migrate",
                                            connection.c_str(),
                                            "UTF8",
                                            kSettings,
                                            replicates ? "database" : nullptr,
                                            nullptr,
                                            nullptr};
    Session session{PQconnectdbParams(keywords.data(), values.data(), 1), address.role};
    PGconn* const made = session.raw();
    if (made == nullptr) return Error{Errc::exhausted, "no memory for a connection"};
    if (PQstatus(made) != CONNECTION_OK)
        return Error{code_of_failure(made), "the " + address.role + ": " + trimmed(PQerrorMessage(made))};
    PQsetNoticeReceiver(
        made, [](void*, const PGresult*) {}, nullptr);
    return session;
}

/// What a caller would act differently on. PostgreSQL's documentation, "PostgreSQL Error Codes".
static Errc code_of(std::string_view sqlstate) {
    if (sqlstate == "42501" || sqlstate.starts_with("28")) return Errc::denied;
    if (sqlstate.starts_with("53")) return Errc::exhausted;  // disk, memory, connections
    if (sqlstate.starts_with("58")) return Errc::io;
    const bool passes = sqlstate.starts_with("40") || sqlstate == "55P03";  // deadlocks, locks
    return passes ? Errc::unavailable : Errc::precondition;
}

Error Session::error_of(const pg_result* result) {
    const auto field = [&](int which) { return trimmed(PQresultErrorField(result, which)); };
    refusal_ = {field(PG_DIAG_SQLSTATE), field(PG_DIAG_MESSAGE_PRIMARY), field(PG_DIAG_MESSAGE_DETAIL)};
    if (PQstatus(raw()) != CONNECTION_OK || refusal_.sqlstate.starts_with("57P"))
        return {Errc::unavailable,
                "the connection to " + place() + " was lost: " + trimmed(PQerrorMessage(raw()))};
    std::string message = refusal_.message.empty() ? trimmed(PQresultErrorMessage(result)) : refusal_.message;
    if (!refusal_.detail.empty()) message += " (" + refusal_.detail + ")";
    return {code_of(refusal_.sqlstate), place() + ": " + message};
}

Status Session::good(const pg_result* result) {
    if (succeeded(result)) return {};
    return error_of(result);
}

Status Session::run(const std::string& sql) {
    const Answer answer{PQexec(raw(), sql.c_str())};
    return good(answer.raw());
}

Result<Answer> Session::ask(const std::string& sql, const std::vector<std::string>& parameters) {
    std::vector<const char*> values;
    for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
    Answer answer{PQexecParams(raw(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                               nullptr, nullptr, 0)};
    TRY(good(answer.raw()));
    return answer;
}

Result<Answer> Session::ask_simply(const std::string& sql) {
    Answer answer{PQexec(raw(), sql.c_str())};
    TRY(good(answer.raw()));
    return answer;
}

void Session::Free::operator()(char* piece) const { PQfreemem(piece); }

Status Session::begin_copy_out(const std::string& sql) {
    const Answer begun{PQexec(raw(), sql.c_str())};
    return good(begun.raw());
}

Result<std::optional<Session::Bytes>> Session::next_piece() {
    char* piece = nullptr;
    const int length = PQgetCopyData(raw(), &piece, 0);
    piece_.reset(piece);
    if (length >= 0) return std::optional{Bytes{piece, static_cast<std::size_t>(length)}};
    TRY(end_copy_out());
    return std::optional<Bytes>{};
}

Status Session::end_copy_out() {
    Status ended;
    while (pg_result* const result = PQgetResult(raw())) {
        const Answer answer{result};
        if (ended.ok()) ended = good(answer.raw());
    }
    return ended;
}

Status Session::copy_out(const std::string& sql, const std::function<Status(Bytes)>& take) {
    TRY(begin_copy_out(sql));
    for (;;) {
        const std::optional<Bytes> piece = TRY(next_piece());
        if (!piece) return {};
        Status taken = take(*piece);
        if (taken.ok()) continue;
        // What the taker does not want is read all the same: the protocol has no other way to end.
        interrupt();
        for (auto rest = next_piece(); rest.ok() && *rest;) rest = next_piece();
        return taken;
    }
}

void Session::interrupt() {
    PGcancel* const cancel = PQgetCancel(raw());
    if (cancel == nullptr) return;
    std::array<char, 256> why{};
    // A request that does not get through changes nothing: the query goes on to its end.
    (void)PQcancel(cancel, why.data(), static_cast<int>(why.size()));
    PQfreeCancel(cancel);
}

Status Session::begin_copy_in(const std::string& sql) {
    const Answer begun{PQexec(raw(), sql.c_str())};
    return good(begun.raw());
}

Status Session::put(Bytes bytes) {
    if (PQputCopyData(raw(), bytes.data(), static_cast<int>(bytes.size())) == 1) return {};
    return error_of(nullptr);
}

Result<std::uint64_t> Session::end_copy_in() {
    if (PQputCopyEnd(raw(), nullptr) != 1) return error_of(nullptr);
    std::uint64_t rows = 0;
    Status ended;
    while (pg_result* const result = PQgetResult(raw())) {
        const Answer answer{result};
        if (ended.ok()) ended = good(answer.raw());
        rows += answer.affected();
    }
    TRY(std::move(ended));
    return rows;
}

void Session::give_up_copy_in(const std::string& why) {
    if (PQputCopyEnd(raw(), why.c_str()) != 1) return;
    while (pg_result* const result = PQgetResult(raw())) const Answer forgotten{result};
}

int Session::version() const { return PQserverVersion(raw()); }

std::string Session::place() const {
    const char* const database = PQdb(raw());
    const char* const host = PQhost(raw());
    return "the " + role_ + " " + (database != nullptr ? database : "?") + " on " +
           (host != nullptr && *host != '\0' ? host : "localhost");
}

}  // namespace landfall::dbmove::postgres
