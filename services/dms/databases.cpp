#include "services/dms/databases.hpp"

#include <mysql.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <mutex>

#include "base/owned.hpp"

namespace landfall::dms {
namespace {

constexpr unsigned kConnectSeconds = 15;
constexpr unsigned kSilenceSeconds = 30;

/// A value of libpq's connection string.
std::string quoted(std::string_view value) {
    std::string text = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') text += '\\';
        text += c;
    }
    return text + "'";
}

/// How libpq calls what DMS calls SslMode.
std::string_view ssl_mode_of(std::string_view mode) { return mode == "none" ? "disable" : mode; }

using MysqlHandle = Owned<MYSQL, mysql_close>;
using MysqlResult = Owned<MYSQL_RES, mysql_free_result>;

Error error_of(MYSQL* mysql, const DatabasePlace& place) {
    const unsigned number = mysql_errno(mysql);
    // Who may not sign in, and what is not there: 1044, 1045, 1049, 1130, 1698.
    const bool denied =
        number == 1044 || number == 1045 || number == 1049 || number == 1130 || number == 1698;
    return {denied ? Errc::denied : Errc::unavailable,
            place.role + " " + place.host + ":" + std::to_string(place.port) + ": " + mysql_error(mysql) +
                " (" + std::to_string(number) + ")"};
}

/// libmariadb prepares itself once a process.
Status prepare_library() {
    static std::once_flag once;
    static int failed = 0;
    std::call_once(once, [] { failed = mysql_library_init(0, nullptr, nullptr); });
    if (failed != 0) return Error{Errc::unavailable, "libmariadb cannot be initialised"};
    return {};
}

void set_ssl(MYSQL* mysql, const DatabasePlace& place, const std::string& authorities) {
    if (place.ssl_mode == "none") return;
    const my_bool yes = 1;
    mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
    if (!place.ssl_mode.starts_with("verify")) return;
    mysql_options(mysql, MYSQL_OPT_SSL_CA, authorities.empty() ? kSystemAuthorities : authorities.c_str());
    // libmariadb verifies chain and name together: verify-ca is as strict as verify-full.
    mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
}

Result<MysqlHandle> connect(const DatabasePlace& place) {
    TRY(prepare_library());
    MysqlHandle mysql{mysql_init(nullptr)};
    if (!mysql) return Error{Errc::exhausted, "no memory for a connection"};
    const MemoryFile authorities = TRY(MemoryFile::of(place.authorities));
    const unsigned no_files = 0;
    mysql_options(mysql.get(), MYSQL_OPT_CONNECT_TIMEOUT, &kConnectSeconds);
    mysql_options(mysql.get(), MYSQL_OPT_READ_TIMEOUT, &kSilenceSeconds);
    mysql_options(mysql.get(), MYSQL_OPT_WRITE_TIMEOUT, &kSilenceSeconds);
    mysql_options(mysql.get(), MYSQL_OPT_LOCAL_INFILE, &no_files);
    mysql_options(mysql.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
    const unsigned tcp = MYSQL_PROTOCOL_TCP;
    mysql_options(mysql.get(), MYSQL_OPT_PROTOCOL, &tcp);
    set_ssl(mysql.get(), place, authorities.path());
    const char* const database = place.database.empty() ? nullptr : place.database.c_str();
    if (mysql_real_connect(mysql.get(), place.host.c_str(), place.user.c_str(),
                           place.password.reveal().c_str(), database, static_cast<unsigned>(place.port),
                           nullptr, 0) == nullptr)
        return error_of(mysql.get(), place);
    return mysql;
}

/// The first column of each row.
Result<std::vector<std::string>> ask(MYSQL* mysql, const DatabasePlace& place, std::string_view statement) {
    if (mysql_real_query(mysql, statement.data(), statement.size()) != 0) return error_of(mysql, place);
    const MysqlResult rows{mysql_store_result(mysql)};
    if (!rows) return error_of(mysql, place);
    std::vector<std::string> values;
    while (const MYSQL_ROW row = mysql_fetch_row(rows.get()))
        values.emplace_back(row[0] == nullptr ? "" : row[0],
                            row[0] == nullptr ? 0 : mysql_fetch_lengths(rows.get())[0]);
    return values;
}

constexpr const char* kPostgresSchemas =
    "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', "
    "'landfall') ORDER BY nspname COLLATE \"C\"";
constexpr const char* kMysqlSchemas =
    "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ('information_schema', "
    "'mysql', 'performance_schema', 'sys') ORDER BY BINARY schema_name";

Result<std::vector<std::string>> ask_postgres(const DatabasePlace& place, const std::string& statement) {
    const MemoryFile authorities = TRY(MemoryFile::of(place.authorities));
    auto session = TRY(dbmove::postgres::Session::open(postgres_address(place, authorities.path())));
    const dbmove::postgres::Answer rows = TRY(session.ask(statement));
    std::vector<std::string> values;
    for (std::size_t i = 0; i < rows.size(); ++i) values.push_back(rows.text(i, 0));
    return values;
}

}  // namespace

Result<MemoryFile> MemoryFile::of(std::string_view content) {
    MemoryFile file;
    if (content.empty()) return file;
    file.descriptor_ = ::memfd_create("landfall", MFD_CLOEXEC);
    if (file.descriptor_ < 0) return Error{Errc::exhausted, "no file in memory can be made"};
    while (!content.empty()) {
        const ssize_t written = ::write(file.descriptor_, content.data(), content.size());
        if (written <= 0) return Error{Errc::exhausted, "no file in memory can be written"};
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return file;
}

MemoryFile::~MemoryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string MemoryFile::path() const {
    return descriptor_ < 0 ? "" : "/proc/self/fd/" + std::to_string(descriptor_);
}

dbmove::postgres::Address postgres_address(const DatabasePlace& place, const std::string& authorities) {
    std::string text = "host=" + quoted(place.host) + " port=" + std::to_string(place.port) +
                       " dbname=" + quoted(place.database) + " user=" + quoted(place.user) +
                       " password=" + quoted(place.password.reveal()) + " passfile=/dev/null" +
                       " gssencmode=disable application_name='landfall dms' sslmode=" +
                       std::string{ssl_mode_of(place.ssl_mode)};
    if (place.ssl_mode.starts_with("verify"))
        text += " sslrootcert=" + quoted(authorities.empty() ? kSystemAuthorities : authorities);
    return {Secret<std::string>{std::move(text)}, place.role};
}

bool is_postgres(std::string_view engine) { return engine == "postgres" || engine == "aurora-postgresql"; }

Status ReplicationDatabases::test(const DatabasePlace& place) {
    if (is_postgres(place.engine)) {
        TRY(ask_postgres(place, "SELECT version()"));
        return {};
    }
    const MysqlHandle mysql = TRY(connect(place));
    TRY(ask(mysql.get(), place, "SELECT VERSION()"));
    return {};
}

Result<std::vector<std::string>> ReplicationDatabases::schemas(const DatabasePlace& place) {
    if (is_postgres(place.engine)) return ask_postgres(place, kPostgresSchemas);
    const MysqlHandle mysql = TRY(connect(place));
    return ask(mysql.get(), place, kMysqlSchemas);
}

}  // namespace landfall::dms
