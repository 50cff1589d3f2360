// The binary log of a running MariaDB or MySQL, event by event: libmariadb connects, encrypts and
// authenticates; the events are decoded by EventDecoder alone.
//
// Invariants
//   1. Events come in the order of the log, each with the file that it is in and the offset after it: a
//      stream that starts there gives the next one.
//   2. No text (error, log) holds the password.
//   3. next() returns within a heartbeat's period while the server lives, within `silence` if it does not.
// Threads: one reader; stop() from any thread. Touches the network, no disk.
// Crash: nothing is kept; the position is the caller's to store.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "engines/dbmove/mysql/binlog_event.hpp"
#include "engines/dbmove/mysql/server_address.hpp"

namespace landfall::dbmove::mysql {

struct LogStart {
    std::string file;          ///< "mysql-bin.000003"; empty with `gtids` set
    std::uint64_t offset = 4;  ///< of an event; below 4 GiB
    std::string gtids;         ///< MariaDB: "0-101-575,1-102-7", what has been read of each domain
};

struct StreamSettings {
    std::uint32_t server_id =
        0;  ///< unique among the server and its replicas, which it disconnects otherwise
    std::chrono::milliseconds heartbeat{5'000};
    std::chrono::seconds connect_within{10};
    std::chrono::seconds silence{30};  ///< above the heartbeat
};

struct RawEvent {
    ByteSpan bytes;  ///< header to checksum, for EventDecoder; valid until the next call
    std::string_view file;
    std::uint64_t next = 0;  ///< offset after it; of the last event of the file for one that is in no file
};

class BinlogStream {
public:
    /// Connects and asks for the log. Errors: Errc::denied (credentials, rights, TLS), Errc::unavailable (no
    /// server), Errc::precondition (it writes no binary log), Errc::invalid (a setting above).
    [[nodiscard]] static Result<std::unique_ptr<BinlogStream>> open(const ServerAddress& server,
                                                                    const LogStart& start,
                                                                    const StreamSettings& settings);
    ~BinlogStream();
    BinlogStream(const BinlogStream&) = delete;
    BinlogStream& operator=(const BinlogStream&) = delete;

    /// The next event, a Heartbeat where the server has none. Errors: Errc::not_found where the server no
    /// longer has that part of its log (its own words); Errc::unavailable where the connection is lost;
    /// Errc::cancelled after stop(); Errc::corrupt. After an error the stream is over.
    [[nodiscard]] Result<RawEvent> next();
    /// Ends a next() that waits and every one after it.
    void stop();

    /// How events before the first FORMAT_DESCRIPTION are written, for EventDecoder::begin_with().
    [[nodiscard]] EventChecksum checksum() const;
    [[nodiscard]] const std::string& server_version() const;

private:
    struct Connection;

public:
    /// For open() alone.
    explicit BinlogStream(std::unique_ptr<Connection> connection);

private:
    Status follow(ByteSpan raw);
    std::unique_ptr<Connection> connection_;
};

}  // namespace landfall::dbmove::mysql
