#include "engines/dbmove/mysql/server_session.hpp"

#include <mysql.h>

#include "engines/dbmove/mysql/client_library.hpp"

namespace landfall::dbmove::mysql {
namespace {

/// A target that is busy may hold a reader up for long.
constexpr Patience kPatience{.connect = std::chrono::seconds{10}, .silence = std::chrono::hours{24}};
/// Longer texts are not told apart by an ORDER BY; the server's own 1024 are too few for rows without a key.
constexpr const char* kSettings =
    "SET SESSION time_zone = '+00:00', sql_mode = '', net_write_timeout = 86400, net_read_timeout = 86400, "
    "wait_timeout = 86400, max_sort_length = 65536, lock_wait_timeout = 60, "
    "character_set_results = utf8mb4";
constexpr std::size_t kStatementShown = 60;

}  // namespace

struct ServerSession::Connection {
    Connection() { mysql_init(&mysql); }
    ~Connection() {
        rows.reset();
        mysql_close(&mysql);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Error error(std::string_view statement) {
        const bool cut = statement.size() > kStatementShown;
        return error_of(mysql,
                        place + ": " + std::string{statement.substr(0, kStatementShown)} + (cut ? "…" : ""));
    }

    MYSQL mysql{};
    StoredResult rows;  ///< of begin_rows()
    std::string version, place;
};

ServerSession::ServerSession(std::unique_ptr<Connection> connection) : connection_{std::move(connection)} {}
ServerSession::ServerSession(ServerSession&&) noexcept = default;
ServerSession& ServerSession::operator=(ServerSession&&) noexcept = default;
ServerSession::~ServerSession() = default;

Result<ServerSession> ServerSession::open(const ServerAddress& server) {
    if (!library_is_ready()) return Error{Errc::unavailable, "libmariadb does not start"};
    auto connection = std::make_unique<Connection>();
    connection->place =
        server.socket.empty() ? server.host + ':' + std::to_string(server.port) : server.socket;
    TRY(connect(connection->mysql, server, kPatience));
    ServerSession session{std::move(connection)};
    TRY(session.run(kSettings));
    const auto version = TRY(session.ask("SELECT VERSION()"));
    session.connection_->version = version.at(0).at(0).value_or("");
    return session;
}

Status ServerSession::run(const std::string& statement) {
    MYSQL& mysql = connection_->mysql;
    if (mysql_real_query(&mysql, statement.data(), statement.size()) != 0)
        return connection_->error(statement);
    const StoredResult ignored{mysql_store_result(&mysql)};
    return {};
}

Result<std::vector<ServerSession::AnswerRow>> ServerSession::ask(const std::string& statement) {
    MYSQL& mysql = connection_->mysql;
    if (mysql_real_query(&mysql, statement.data(), statement.size()) != 0)
        return connection_->error(statement);
    const StoredResult result{mysql_store_result(&mysql)};
    if (result == nullptr) return connection_->error(statement);
    std::vector<AnswerRow> rows;
    while (const MYSQL_ROW cells = mysql_fetch_row(result.get())) {
        const unsigned long* const lengths = mysql_fetch_lengths(result.get());
        AnswerRow& row = rows.emplace_back();
        for (unsigned i = 0; i < mysql_num_fields(result.get()); ++i)
            row.push_back(cells[i] == nullptr ? std::nullopt
                                              : std::optional{std::string{cells[i], lengths[i]}});
    }
    return rows;
}

Status ServerSession::begin_rows(const std::string& statement) {
    MYSQL& mysql = connection_->mysql;
    if (mysql_real_query(&mysql, statement.data(), statement.size()) != 0)
        return connection_->error(statement);
    connection_->rows.reset(mysql_use_result(&mysql));
    return connection_->rows == nullptr ? Status{connection_->error(statement)} : Status{};
}

Result<bool> ServerSession::next_row(Row& row) {
    row.clear();
    if (connection_->rows == nullptr) return false;
    MYSQL_RES* const rows = connection_->rows.get();
    const MYSQL_ROW cells = mysql_fetch_row(rows);
    if (cells == nullptr) {
        connection_->rows.reset();
        if (mysql_errno(&connection_->mysql) != 0) return connection_->error("reading rows");
        return false;
    }
    const unsigned long* const lengths = mysql_fetch_lengths(rows);
    for (unsigned i = 0; i < mysql_num_fields(rows); ++i) {
        if (cells[i] == nullptr)
            row.add_null();
        else
            row.add({cells[i], lengths[i]});
    }
    return true;
}

void ServerSession::end_rows() { connection_->rows.reset(); }

std::string ServerSession::literal(std::string_view text) {
    std::string out{"'"};
    for (const char c : text) {
        if (c == '\0') {
            out += "\\0";
            continue;
        }
        if (c == '\'' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    return out + "'";
}

std::string ServerSession::quoted(std::string_view name) {
    std::string out{"`"};
    for (const char c : name) out.append(c == '`' ? 2 : 1, c);
    return out + "`";
}

const std::string& ServerSession::version() const { return connection_->version; }
const std::string& ServerSession::place() const { return connection_->place; }

}  // namespace landfall::dbmove::mysql
