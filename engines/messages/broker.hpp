// Broker: durable queues on one append-only log.
//
// Invariants
//   1. A `done` with success comes only after what it acknowledges is durable: send, remove,
//      change_visibility, purge, move, forget. Receive: standard leases live in memory (a crash makes the
//      messages visible again); fifo leases, and receive counts before a move to dead letters, are durable
//      first.
//   2. A message is received only after its send is durable. An acknowledged remove is never undone.
//   3. Fifo: within a group, messages are received in the order of their sequences, also across restarts;
//      while one is in flight no later one is received, except those taken in the same receive.
//   4. A backlog costs no memory per standard message; memory is for messages in flight, delayed or visible
//      again, and is bounded by Options: beyond it calls are refused with exhausted, never the process ended.
//   5. Nothing sweeps: every expiry is on the timing wheel of the one thread that owns all queues.
//   6. After a failed write or sync the broker refuses every change (io) until it is opened again; what was
//      not acknowledged may or may not be there then, as a whole.
//   7. A full disk refuses sends (exhausted); receive, remove, visibility changes and purge go on, out of a
//      reserve, and give space back.
// Threads: every method may be called from any thread and blocks on nothing. Each `done` is called exactly
// once, on a thread of the broker, in its own time also before the call returns; it must not block. After
// stop() it is called with cancelled. Errors: not_found (no such queue attached), exhausted, io, cancelled,
// invalid (a limit of message.hpp). Formats: docs/formats/messages.md. Design and figures: README.md beside
// this file.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/disk.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/thread_starter.hpp"
#include "base/unique_function.hpp"
#include "engines/messages/message.hpp"

namespace landfall::messages {

struct BrokerOptions {
    std::string directory;
    Bytes segment_size = 64_MiB;
    Bytes memory_limit = 512_MiB;  ///< for commit buffers, hot bodies and per-message state together
    Bytes hot_bodies = 64_MiB;
    Bytes checkpoint_every = 256_MiB;  ///< of log
    /// Told when messages are taken out of a queue because their stored bytes are not right. On a thread of
    /// the broker: must not block.
    std::function<void(QueueId queue, std::uint64_t messages)> on_damage;
};

template <class T>
using Done = UniqueFunction<void(T)>;

/// A receive that may be waiting; names nothing once it is done.
struct PollId {
    std::uint64_t value = 0;
};

class Broker {
public:
    /// Recovers: the last checkpoint, then the log after it. Errors: unavailable (another process has the
    /// directory), corrupt (names file and offset), precondition (a newer format), io. Disk, clock and random
    /// outlive the broker. Blocks.
    [[nodiscard]] static Result<std::unique_ptr<Broker>> open(BrokerOptions options, Disk& disk, Clock& clock,
                                                              Random& random);
    virtual ~Broker() = default;

    /// Makes a queue known: once each, for those of the last run before start(), for new ones at any time
    /// after.
    virtual void attach(QueueId queue, const QueueSettings& settings) = 0;
    /// Queues found in the log that were not attached are forgotten (their owner's record is gone). From here
    /// on messages move. Threads: messages.owner decides, messages.commit writes, messages.read (2) fetch
    /// bodies, messages.upkeep (2) make segments, indexes, checkpoints.
    virtual void start(ThreadStarter& threads) = 0;
    /// Waiting receives are answered empty, what is queued is committed, a checkpoint written. Blocks.
    virtual void stop() = 0;

    /// The clock was moved (only a test's clock is): what is due by now happens soon.
    virtual void wake() = 0;

    /// Acts on everything that is decided from now on.
    virtual void configure(QueueId queue, const QueueSettings& settings) = 0;
    /// The queue and its messages are gone; waiting receives are answered not_found.
    virtual void forget(QueueId queue, Done<Status> done) = 0;
    /// All messages, in flight and delayed ones too, and the dedup window.
    virtual void purge(QueueId queue, Done<Status> done) = 0;

    /// Each send stands for itself (results in the same order); all are in one commit.
    virtual void send(std::vector<Send> sends, Done<std::vector<Result<Sent>>> done) = 0;
    /// The same for one, which most are, with a fraction of the allocations.
    virtual void send(Send send, Done<Result<Sent>> done) = 0;

    /// Answers as soon as it has a message, or empty when `wait` is over. exhausted: the standard queue's
    /// in-flight limit is reached.
    virtual PollId receive(Receive request, Done<Result<std::vector<Received>>> done) = 0;
    /// The client is gone: a waiting receive is answered `cancelled` and takes no message.
    virtual void cancel(PollId poll) = 0;

    virtual void remove(std::vector<Receipt> receipts, Done<Result<std::vector<ReceiptFault>>> done) = 0;
    virtual void change_visibility(std::vector<VisibilityChange> changes,
                                   Done<Result<std::vector<ReceiptFault>>> done) = 0;

    /// Moves up to `max` visible messages of `source`, in order, to `destination` or (nullopt) each to the
    /// queue that it was dead-lettered from. Each message is in exactly one of the queues at any time, also
    /// after a crash. Messages whose own source is unknown or not attached stay and end the move with
    /// not_found.
    virtual void move(QueueId source, std::optional<QueueId> destination, std::uint32_t max,
                      Done<Result<std::uint32_t>> done) = 0;

    [[nodiscard]] virtual Result<QueueCounts> counts(QueueId queue) const = 0;
    /// Undeleted messages from a place on, in order, without receiving them. At most `max` or 4 MiB.
    struct ScanFrom {
        Sequence after{};                   ///< exclusive
        std::optional<Instant> not_before;  ///< sent at or after
    };
    virtual void scan(QueueId queue, ScanFrom from, std::uint32_t max,
                      Done<Result<std::vector<Seen>>> done) = 0;

    /// For /metrics and tests.
    struct LogCounts {
        std::uint64_t commits = 0;
        Bytes written;
        std::uint64_t segments = 0;
        Bytes memory;
        std::uint64_t damaged = 0;  ///< messages taken out of their queues because their bytes were not right
    };
    [[nodiscard]] virtual LogCounts log_counts() const = 0;
};

}  // namespace landfall::messages
