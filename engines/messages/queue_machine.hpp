// QueueMachine: what one queue does, decided without I/O: time is a parameter, timers go to the wheel that it
// is given, and what must be durable is answered to the caller, who logs it and holds the answer back until
// it is.
//
// Invariants
//   1. A message is taken only at or below the committed sequence.
//   2. A message that was removed is never taken again.
//   3. `receives` counts the takes in this queue; a receipt names one of them by that number.
// Threads: the broker's owner only.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "engines/messages/backlog.hpp"
#include "engines/messages/record.hpp"
#include "engines/messages/wheel.hpp"

namespace landfall::messages {

struct InFlight {
    std::uint32_t receives = 0;
    Millis first_received;
    Millis received;  ///< the receive that 12 hours count from
    Millis until;
};

/// A fifo message that was sent, as long as a second one with its id is a duplicate.
struct DedupRow {
    std::uint64_t dedup = 0;  ///< hash of the id
    std::uint64_t group = 0;  ///< hash
    MessageId id{};
    Sequence sequence;
    Millis sent;   ///< wall clock
    Millis until;  ///< engine time
};
inline constexpr Duration kDedupWindow = std::chrono::minutes{5};

/// What one receive of a fifo queue answered under its attempt id.
struct AttemptRow {
    std::uint64_t attempt = 0;  ///< hash of the id
    Millis until;
    std::vector<Sequence> sequences;
};

struct QueueRow;

/// What a checkpoint keeps of a queue beside its runs; what a queue is made from when the broker opens.
struct QueueImage {
    explicit QueueImage(EntrySource& source) : backlog{source} {}
    QueueImage(QueueImage&&) = default;

    /// As the log's records do.
    void drop(Sequence sequence) {
        backlog.kill(sequence);
        in_flight.erase(sequence.value);
        received.erase(sequence.value);
        delayed.erase(sequence.value);
    }
    void purge(Sequence upto) {
        last = std::max(last, upto);
        cursor = Sequence{last.value + 1};
        backlog.clear();
        in_flight.clear(), received.clear(), delayed.clear();
        dedup.clear(), attempts.clear();
    }

    Sequence last;    ///< the highest that was ever given
    Sequence cursor;  ///< standard: below it, live messages that are not listed here are visible again
    Backlog backlog;
    // By sequence.
    std::map<std::uint64_t, InFlight> in_flight;
    std::map<std::uint64_t, InFlight> received;  ///< before, and not in flight any more
    std::map<std::uint64_t, Millis> delayed;
    std::vector<DedupRow> dedup;
    std::vector<AttemptRow> attempts;
};

/// What the machine needs of the broker.
struct MachineSeams {
    Wheel& wheel;
    QueueId queue;
};

class QueueMachine {
public:
    virtual ~QueueMachine() = default;

    virtual void configure(const QueueSettings& settings, Millis now) = 0;
    [[nodiscard]] virtual Sequence next_sequence() = 0;
    /// The message is in the log's buffer; it is visible after commit() and `visible_at`.
    virtual void add(Segment& segment, const Entry& entry, Millis visible_at) = 0;
    virtual void commit(Sequence upto, Millis now) = 0;

    struct Taken {
        Entry entry;
        Leased lease;
    };
    struct Take {
        std::vector<Taken> taken;
        std::vector<Taken> dead;  ///< to be moved to the dead letters: held until remove() or release()
        bool over_limit = false;
        Millis until;
    };
    struct Ask {
        std::uint32_t max = 1;
        Duration visibility;
        std::uint64_t attempt = 0;  ///< fifo: hash of the attempt id; 0: none
    };
    [[nodiscard]] virtual Take take(Millis now, const Ask& ask) = 0;
    /// Visible messages for a move, held like dead letters.
    [[nodiscard]] virtual std::vector<Taken> hold(Millis now, std::uint32_t max) = 0;
    /// A held message is given back, visible.
    virtual void release(Sequence sequence, Millis now) = 0;

    /// True when it was there. Whoever calls has checked the receipt.
    virtual bool remove(Sequence sequence) = 0;
    /// What a receipt of receive number `receives` may still do.
    [[nodiscard]] virtual ReceiptFault may_remove(Sequence sequence, std::uint32_t receives) const = 0;
    /// On success `until` says from when the message is visible.
    struct Change {
        ReceiptFault fault = ReceiptFault::none;
        Millis until;
    };
    [[nodiscard]] virtual Change change_visibility(Sequence sequence, std::uint32_t receives,
                                                   Duration visibility, Millis now) = 0;
    /// A timer of this queue. Appends what is worth logging of a receive that ended.
    virtual void fire(const Alarm& alarm, Millis now, std::vector<Leased>& ended) = 0;
    virtual void purge() = 0;

    struct Counts {
        std::uint64_t visible = 0;
        std::uint64_t in_flight = 0;
        std::uint64_t delayed = 0;
        std::uint64_t expired = 0;  ///< by retention, since the start
        std::optional<Millis> oldest;
    };
    [[nodiscard]] virtual Counts counts() = 0;
    /// Memory of per-message state.
    [[nodiscard]] virtual Bytes memory() const = 0;
    [[nodiscard]] virtual Backlog& backlog() = 0;
    [[nodiscard]] virtual Sequence committed() const = 0;
    [[nodiscard]] virtual Sequence last() const = 0;
    /// Everything but the runs.
    virtual void save(QueueRow& row) const = 0;
};

inline constexpr Duration kVisibilityMax = std::chrono::hours{12};  ///< after the receive

[[nodiscard]] std::unique_ptr<QueueMachine> make_standard_queue(MachineSeams seams,
                                                                const QueueSettings& settings,
                                                                QueueImage image, Millis now);
[[nodiscard]] std::unique_ptr<QueueMachine> make_fifo_queue(MachineSeams seams, const QueueSettings& settings,
                                                            QueueImage image, Millis now);

}  // namespace landfall::messages
