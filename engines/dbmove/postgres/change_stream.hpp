// ChangeStream: a slot's changes as they are committed, over the replication protocol.
//
// Invariants
//   1. What is acknowledged is durable on the target: the server may forget it.
//   2. The server hears from us in time, also while nothing is read: as long as next() or idle() is called.
// Threads: one at a time.
#pragma once

#include "engines/dbmove/postgres/source.hpp"

namespace landfall::dbmove::postgres {

class ChangeStream : public Changes {
public:
    struct Start {
        std::string slot;
        std::string publication;
        Lsn from;
    };
    /// Errors: as Session::open; not_found: no such slot; precondition: the slot is in use, or lost.
    static Result<ChangeStream> open(const Address& source, const Start& start);

    Result<Got> next(std::chrono::milliseconds wait, Message& out) override;
    Status acknowledge(Lsn durable) override;
    [[nodiscard]] Lsn sent() const override { return sent_; }

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
