#include "engines/dbmove/mysql/client_library.hpp"

#include <mysql.h>

#include <algorithm>

namespace landfall::dbmove::mysql {
namespace {

constexpr unsigned kFatalLogError = 1236;
/// Both servers' largest packet, so their largest event and row.
constexpr unsigned long kPacketMax = 1UL << 30U;

}  // namespace

void ResultFree::operator()(MYSQL_RES* result) const { mysql_free_result(result); }

/// `number` and `text` are libmariadb's, of a server or of its own.
Error error_of(unsigned number, std::string_view text, std::string_view doing) {
    const std::string message =
        std::string{doing} + ": " + std::string{text} + " (" + std::to_string(number) + ')';
    const auto is_one_of = [&](std::initializer_list<unsigned> numbers) {
        return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
    };
    if (is_one_of({kFatalLogError, 1945, 1955}))
        return Error{
            text.find("max_allowed_packet") == std::string_view::npos ? Errc::not_found : Errc::exhausted,
            message};
    // Rights, passwords, hosts and plugins of authentication; TLS.
    if (is_one_of({1044, 1045, 1129, 1130, 1142, 1227, 1251, 1698, 2026, 2049, 2054, 2058, 2059, 2061, 4151}))
        return Error{Errc::denied, message};
    if (is_one_of({1040, 1053, 1152, 1153, 1158, 1159, 1160, 1161, 1203, 1927}))
        return Error{Errc::unavailable, message};
    return Error{number >= 2000 && number < 3000 ? Errc::unavailable : Errc::invalid, message};
}

/// libmariadb prepares itself once a process.
bool library_is_ready() {
    static const bool ready = mysql_server_init(0, nullptr, nullptr) == 0;
    return ready;
}

Error error_of(MYSQL& connection, std::string_view doing) {
    return error_of(mysql_errno(&connection), mysql_error(&connection), doing);
}

Status connect(MYSQL& connection, const ServerAddress& server, Patience patience) {
    const auto connect_s = static_cast<unsigned>(std::max<std::int64_t>(patience.connect.count(), 1));
    const auto silence_s = static_cast<unsigned>(std::max<std::int64_t>(patience.silence.count(), 1));
    const unsigned no_files = 0;
    mysql_options(&connection, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    mysql_options(&connection, MYSQL_OPT_READ_TIMEOUT, &silence_s);
    mysql_options(&connection, MYSQL_OPT_WRITE_TIMEOUT, &silence_s);
    mysql_options(&connection, MYSQL_OPT_LOCAL_INFILE, &no_files);
    mysql_options(&connection, MYSQL_OPT_MAX_ALLOWED_PACKET, &kPacketMax);
    mysql_options(&connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (server.tls != ServerAddress::Tls::none) {
        const my_bool yes = 1;
        mysql_options(&connection, MYSQL_OPT_SSL_ENFORCE, &yes);
        if (server.tls == ServerAddress::Tls::verified) {
            mysql_options(&connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
            if (!server.ca_file.empty()) mysql_options(&connection, MYSQL_OPT_SSL_CA, server.ca_file.c_str());
        }
    }
    const bool local = !server.socket.empty();
    const std::string place = local ? server.socket : server.host + ':' + std::to_string(server.port);
    if (mysql_real_connect(&connection, local ? "localhost" : server.host.c_str(), server.user.c_str(),
                           server.password.reveal().c_str(), nullptr, local ? 0 : server.port,
                           local ? server.socket.c_str() : nullptr, 0) == nullptr)
        return error_of(connection, "connecting to " + place + " as " + server.user);
    return {};
}

}  // namespace landfall::dbmove::mysql
