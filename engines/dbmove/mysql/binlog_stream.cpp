#include "engines/dbmove/mysql/binlog_stream.hpp"

#include <mysql.h>
#include <sys/socket.h>
// Needs what mysql.h declares.
#include <mariadb_rpl.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <optional>
#include <vector>

#include "engines/dbmove/mysql/client_library.hpp"

namespace landfall::dbmove::mysql {
namespace {

constexpr unsigned kUnknownVariable = 1193;
/// How long the server may wait for us to take an event: we may be held up by the target.
constexpr std::string_view kWriteTimeout = "3600";

struct ReplicationClose {
    void operator()(MARIADB_RPL* replication) const { mariadb_rpl_close(replication); }
};

bool is_gtid_list(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || c == '-' || c == ','; });
}

}  // namespace

struct BinlogStream::Connection {
    Connection() { mysql_init(&mysql); }
    ~Connection() {
        replication.reset();
        // Without COM_QUIT: the server would not read it in the middle of a log.
        if (socket >= 0) ::shutdown(socket, SHUT_RDWR);
        mysql_close(&mysql);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Error error(std::string_view doing) { return error_of(mysql, doing); }
    Status connect(const ServerAddress& server, const StreamSettings& settings);
    Status run(const std::string& statement);
    /// The first row; a column that is NULL is empty.
    Result<std::vector<std::string>> ask(const std::string& statement);
    Status prepare(const LogStart& start, const StreamSettings& settings);
    Status begin(const LogStart& start, const StreamSettings& settings);

    MYSQL mysql{};
    std::unique_ptr<MARIADB_RPL, ReplicationClose> replication;
    my_socket socket = -1;
    std::atomic<bool> stopped{false};
    std::string version;
    EventChecksum checksum = EventChecksum::none;
    EventDecoder decoder;  ///< for the events that say which file it is and how it is written
    std::string file;
    std::uint64_t offset = 0;
    std::string next_file;  ///< of a ROTATE: what comes after it is in there
    std::uint64_t next_offset = 0;
};

Status BinlogStream::Connection::connect(const ServerAddress& server, const StreamSettings& settings) {
    TRY(mysql::connect(mysql, server, {settings.connect_within, settings.silence}));
    socket = mysql_get_socket(&mysql);
    return {};
}

Status BinlogStream::Connection::run(const std::string& statement) {
    if (mysql_real_query(&mysql, statement.data(), statement.size()) != 0) return error(statement);
    return {};
}

Result<std::vector<std::string>> BinlogStream::Connection::ask(const std::string& statement) {
    TRY(run(statement));
    const StoredResult result{mysql_store_result(&mysql)};
    if (result == nullptr) return error(statement);
    const MYSQL_ROW row = mysql_fetch_row(result.get());
    if (row == nullptr) return Error{Errc::unavailable, statement + ": no row"};
    std::vector<std::string> cells;
    for (unsigned i = 0; i < mysql_num_fields(result.get()); ++i)
        cells.emplace_back(row[i] == nullptr ? "" : row[i]);
    return cells;
}

/// What the server must know of a reader before it begins; MySQL calls it a source from 8.0.26, a master
/// before.
Status BinlogStream::Connection::prepare(const LogStart& start, const StreamSettings& settings) {
    const std::vector<std::string> about = TRY(ask("SELECT VERSION(), @@global.log_bin"));
    version = about[0];
    if (about[1] == "0") return Error{Errc::precondition, "the server writes no binary log (log_bin is off)"};
    const bool is_mariadb = version.find("MariaDB") != std::string::npos;
    if (!start.gtids.empty() && !is_mariadb)
        return Error{Errc::invalid, "a start by GTID is for MariaDB; the server is " + version};
    const Result<std::vector<std::string>> kind = ask("SELECT @@global.binlog_checksum");
    if (!kind.ok() && mysql_errno(&mysql) != kUnknownVariable) return kind.error();
    if (kind.ok()) {
        if (kind->at(0) == "CRC32") checksum = EventChecksum::crc32;
        TRY(run("SET @master_binlog_checksum='" + kind->at(0) + "', @source_binlog_checksum='" + kind->at(0) +
                "'"));
    }
    decoder.begin_with(checksum);
    const std::string period = std::to_string(
        std::chrono::nanoseconds{std::max(settings.heartbeat, std::chrono::milliseconds{1})}.count());
    TRY(run("SET @master_heartbeat_period=" + period + ", @source_heartbeat_period=" + period));
    TRY(run("SET SESSION net_write_timeout=" + std::string{kWriteTimeout}));
    if (!is_mariadb) return run("SET @slave_uuid=UUID(), @replica_uuid=@slave_uuid");
    TRY(run("SET @mariadb_slave_capability=4"));
    if (start.gtids.empty()) return {};
    return run("SET @slave_connect_state='" + start.gtids +
               "', @slave_gtid_strict_mode=0, "
               "@slave_gtid_ignore_duplicates=0");
}

Status BinlogStream::Connection::begin(const LogStart& start, const StreamSettings& settings) {
    replication.reset(mariadb_rpl_init(&mysql));
    if (replication == nullptr) return error("starting to read the log");
    const bool by_gtid = !start.gtids.empty();
    file = by_gtid ? "" : start.file;
    offset = by_gtid ? 4 : start.offset;
    mariadb_rpl_optionsv(replication.get(), MARIADB_RPL_SERVER_ID, settings.server_id);
    mariadb_rpl_optionsv(replication.get(), MARIADB_RPL_FILENAME, file.c_str(), file.size());
    mariadb_rpl_optionsv(replication.get(), MARIADB_RPL_START, static_cast<unsigned long>(offset));
    if (mariadb_rpl_open(replication.get()) != 0) return error("asking for the log");
    return {};
}

BinlogStream::BinlogStream(std::unique_ptr<Connection> connection) : connection_{std::move(connection)} {}
BinlogStream::~BinlogStream() = default;

Result<std::unique_ptr<BinlogStream>> BinlogStream::open(const ServerAddress& server, const LogStart& start,
                                                         const StreamSettings& settings) {
    if (settings.server_id == 0) return Error{Errc::invalid, "server_id 0 is nobody's"};
    if (start.file.empty() == start.gtids.empty())
        return Error{Errc::invalid, "a stream starts from a file or from GTIDs: exactly one of them"};
    if (!is_gtid_list(start.gtids)) return Error{Errc::invalid, "not GTIDs of MariaDB: " + start.gtids};
    if (start.offset < 4 || start.offset > std::numeric_limits<std::uint32_t>::max())
        return Error{Errc::invalid,
                     "a log is read from offset 4 to 4294967295, not " + std::to_string(start.offset)};
    if (settings.silence <= settings.heartbeat)
        return Error{Errc::invalid, "the silence to bear must be longer than a heartbeat's period"};
    if (!library_is_ready()) return Error{Errc::unavailable, "libmariadb does not start"};
    auto connection = std::make_unique<Connection>();
    TRY(connection->connect(server, settings));
    TRY(connection->prepare(start, settings));
    TRY(connection->begin(start, settings));
    return std::make_unique<BinlogStream>(std::move(connection));
}

/// Learns file and place from what comes.
Status BinlogStream::follow(ByteSpan raw) {
    Connection& c = *connection_;
    if (!c.next_file.empty()) {
        c.file = std::move(c.next_file);
        c.offset = c.next_offset;
        c.next_file.clear();
    }
    const EventHeader header = TRY(decode_header(raw));
    if (header.type == EventType::rotate || header.type == EventType::format_description) {
        const Event event = TRY(c.decoder.decode(raw));
        if (const auto* rotate = std::get_if<Rotate>(&event.body)) {
            c.next_file = rotate->file;
            c.next_offset = rotate->offset;
            if (header.artificial()) {  // it names the file that the connection is in
                c.file = std::move(c.next_file);
                c.offset = c.next_offset;
                c.next_file.clear();
            }
        }
    }
    const bool in_file = !header.artificial() && header.next != 0 && header.type != EventType::heartbeat &&
                         header.type != EventType::heartbeat_v2;
    if (!in_file) return {};
    // A header holds the lower half of the offset only.
    const auto low = static_cast<std::uint32_t>(c.offset);
    c.offset = (c.offset - low) + header.next + (header.next < low ? 1ULL << 32U : 0);
    return {};
}

Result<RawEvent> BinlogStream::next() {
    Connection& c = *connection_;
    const unsigned long size = c.stopped ? packet_error : mysql_net_read_packet(&c.mysql);
    if (c.stopped) return Error{Errc::cancelled, "reading the log was stopped"};
    if (size == packet_error) return c.error("reading the log");
    const ByteSpan packet{reinterpret_cast<const std::byte*>(c.mysql.net.read_pos), size};
    if (size < 9 && size > 0 && packet.front() == std::byte{0xfe})
        return Error{Errc::unavailable, "reading the log: the server ended it"};
    if (packet.empty() || packet.front() != std::byte{0})
        return Error{Errc::corrupt, "reading the log: a packet that is no event"};
    const ByteSpan raw = packet.subspan(1);
    TRY(follow(raw));
    return RawEvent{raw, c.file, c.offset};
}

void BinlogStream::stop() {
    connection_->stopped = true;
    ::shutdown(connection_->socket, SHUT_RDWR);
}

EventChecksum BinlogStream::checksum() const { return connection_->checksum; }
const std::string& BinlogStream::server_version() const { return connection_->version; }

}  // namespace landfall::dbmove::mysql
