// What a queue holds and what goes in and out of it. Plain values; no AWS words.
//
// A message's text is in three parts, all opaque to the engine:
//   body       shared by every queue that one send names, stored once;
//   headers    shared as well: what the service keeps beside the body (attributes, digests, sender);
//   wrapping   of one target: how that queue's consumer sees the shared body (an envelope's own fields).
//              Empty for a plain send.
// Sizes are bytes. Instants are wall-clock times of the injected Clock; what expires does so on its monotonic
// time while the server runs and on wall-clock time across a restart.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"

namespace landfall::messages {

/// Chosen by the owner of the queue's record (core/state) and never used again, also after the queue is gone.
struct QueueId {
    std::uint64_t value = 0;
    constexpr auto operator<=>(const QueueId&) const = default;
};

/// A message's place in the order of one queue: 1, 2, 3 … without reuse. Gaps mean nothing.
struct Sequence {
    std::uint64_t value = 0;
    constexpr auto operator<=>(const Sequence&) const = default;
};

using MessageId = std::array<std::uint8_t, 16>;

enum class Order : std::uint8_t { standard, fifo };
enum class DedupScope : std::uint8_t { queue, group };

struct DeadLetters {
    QueueId target;
    std::uint32_t max_receives = 1;  ///< moved when a receive would make the count exceed this
};

/// What a queue's behaviour depends on. Kept by the owner, given at attach() and configure(); `order` never
/// changes.
struct QueueSettings {
    Order order = Order::standard;
    Duration visibility = std::chrono::seconds{30};
    Duration delay{};  ///< standard: of messages sent from now on; fifo: also of those that wait
    Duration retention = std::chrono::hours{96};
    DedupScope dedup_scope = DedupScope::queue;
    std::optional<DeadLetters> dead_letters;
    std::uint32_t in_flight_limit = 120'000;
};

struct NewMessage {
    MessageId id{};
    std::string body;
    /// Instead of `body`, without a copy: text that stays where it is until the send is answered.
    std::string_view lent_body{};
    std::string headers;
    std::string group;              ///< fifo: required; standard: the tenant, for fairness; or empty
    std::string dedup_id;           ///< fifo: required (a service that dedups by content gives the digest)
    std::optional<Duration> delay;  ///< standard only; nullopt: the queue's

    [[nodiscard]] std::string_view text() const { return body.empty() ? lent_body : std::string_view{body}; }
};

struct Target {
    QueueId queue;
    std::string wrapping;  ///< at most kWrappingMax
};
inline constexpr Bytes kWrappingMax = 4_KiB;
/// Of body, headers, group and dedup id together; services have smaller limits.
inline constexpr Bytes kMessageMax = 2_MiB;
inline constexpr Duration kDelayMax = std::chrono::minutes{15};
inline constexpr std::size_t kTargetsMax = 16'384;
inline constexpr Bytes kWrappingsMax = 16_MiB;  ///< of all targets of one send together

/// One message to one or many queues: all of them or none, in one commit, the body stored once.
struct Send {
    NewMessage message;
    std::vector<Target> targets;
    /// A fifo topic: a queue whose dedup window and sequence decide for all targets (it may hold messages
    /// itself, as an archive, where it is also a target). A duplicate there reaches no target.
    std::optional<QueueId> origin;
};

struct Sent {
    MessageId id{};     ///< of the first message where this one is its duplicate
    Sequence sequence;  ///< in the origin, or in the first target
    enum class Outcome : std::uint8_t { stored, duplicate } outcome = Outcome::stored;
    Instant sent;
};

/// One receive of one message: what delete and visibility changes name. Stays meaningful after a restart.
struct Receipt {
    QueueId queue;
    Sequence sequence;
    std::uint64_t lease = 0;  ///< which receive of it; unguessable, so that a handle cannot be made up
    constexpr bool operator==(const Receipt&) const = default;
};

struct Received {
    Receipt receipt;
    MessageId id{};
    Instant sent;
    Instant first_received;
    std::uint32_t receive_count = 1;
    std::string group;
    std::string dedup_id;
    std::optional<QueueId> dead_letter_source;  ///< the queue that it was moved from
    std::string wrapping;
    std::string headers;
    std::string body;
};

struct Receive {
    QueueId queue;
    std::uint32_t max = 1;               ///< 1..10
    std::optional<Duration> visibility;  ///< nullopt: the queue's
    Duration wait{};                     ///< up to which an empty queue is waited on, holding no thread
    std::string attempt_id;  ///< fifo: the same id within 5 minutes answers the same messages again
};

struct VisibilityChange {
    Receipt receipt;
    Duration visibility;  ///< from now; 0: visible at once
};

/// Why one receipt was refused; the services word it.
enum class ReceiptFault : std::uint8_t {
    none,
    unknown,        ///< no such lease ever: the handle is made up or of another queue
    expired,        ///< fifo: the visibility timeout has passed
    not_in_flight,  ///< a visibility change of a message that is not leased (any more), or is deleted
    too_long,       ///< more than 12 hours after the receive
};

struct QueueCounts {
    std::uint64_t visible = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t delayed = 0;
    Duration oldest_age{};   ///< of the oldest message that is not deleted; 0 when empty
    std::uint64_t sent = 0;  ///< since the server started, as the next three
    std::uint64_t received = 0;
    std::uint64_t deleted = 0;
    std::uint64_t dead_lettered = 0;
};

/// A message seen without being received: for archives, replay and `queue peek`.
struct Seen {
    Sequence sequence;
    MessageId id{};
    Instant sent;
    std::string group;
    std::string dedup_id;
    std::string wrapping;
    std::string headers;
    std::string body;
};

}  // namespace landfall::messages
