// The same two jobs done with the peers' own client libraries: durable sends with 256 outstanding, and
// receive with acknowledgement in batches of ten.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"

namespace landfall::bench {

struct PeerJob {
    std::uint16_t port = 0;
    bool sending = true;
    Duration limit{};
    std::uint64_t messages = ~0ULL;
    std::string body;
};

struct PeerOutcome {
    std::uint64_t messages = 0;
    double seconds = 0;
};

inline constexpr int kOutstanding = 256;

/// One connection with publisher confirms on a quorum queue; a consumer with prefetch 250 that acknowledges
/// each ten at once.
PeerOutcome run_rabbitmq(const PeerJob& job);
/// A stream with appendfsync always: 16 connections, pipelines of 16; XREADGROUP of ten, XACK and XDEL
/// together.
PeerOutcome run_redis(const PeerJob& job);
/// A table, 16 connections, synchronous_commit on: INSERT; DELETE of ten under FOR UPDATE SKIP LOCKED.
PeerOutcome run_postgres(const PeerJob& job);

}  // namespace landfall::bench
