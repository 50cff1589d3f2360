// ChangeStream: a slot's changes as they are committed, over the replication protocol.
//
// Invariants
//   1. What is acknowledged is durable on the target: the server may forget it.
//   2. The server hears from us in time, also while nothing is read: as long as next() or idle() is called.
// Threads: one at a time.
#pragma once

#include <chrono>

#include "engines/dbmove/postgres/pgoutput.hpp"
#include "engines/dbmove/postgres/session.hpp"

namespace landfall::dbmove::postgres {

class ChangeStream {
public:
    struct Start {
        std::string slot;
        std::string publication;
        Lsn from;
    };
    /// Errors: as Session::open; not_found: no such slot; precondition: the slot is in use, or lost.
    static Result<ChangeStream> open(const Address& source, const Start& start);

    enum class Got : std::uint8_t { change, nothing };
    /// Waits until there is a message, or `wait` is over; with none it takes what has come already.
    Result<Got> next(std::chrono::milliseconds wait, Message& out);
    /// The target has everything up to here.
    Status acknowledge(Lsn durable);
    /// How far the server's log has been sent: behind everything that next() answered. Without changes it
    /// moves as well.
    [[nodiscard]] Lsn sent() const { return sent_; }

private:
    explicit ChangeStream(Session session) : session_{std::move(session)} {}
    Result<Got> take(Session::Bytes bytes, Message& out);
    Status report();

    Session session_;
    Lsn sent_;
    Lsn durable_;
    std::chrono::steady_clock::time_point reported_{};
};

}  // namespace landfall::dbmove::postgres
