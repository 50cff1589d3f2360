// Wheel: every expiry of the engine, in a hierarchical timing wheel (Varghese and Lauck, SOSP 1987).
//
// Invariants
//   1. add() and cancel() are O(1); a timer moves down at most three times before it fires.
//   2. A timer never fires early. advance(now) gives all that are due at `now`, in the order (due, added).
//   3. A TimerId names one timer for ever: cancelling one that has fired or was cancelled does nothing.
// Four levels of 256 slots; the first level's slot is 64 ms, the last level's spans 8 years and more.
// Threads: one at a time. Does not touch disk and has no clock of its own.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

#include "engines/messages/engine_time.hpp"

namespace landfall::messages {

struct TimerId {
    std::uint32_t index = ~0U;
    std::uint32_t generation = 0;
};

/// What a timer is about; the wheel does not look into it.
struct Alarm {
    enum class Kind : std::uint8_t {
        visible,
        delay_over,
        poll_over,
        dedup_over,
        retention,
        attempt_over,
        held_over
    };
    Kind kind = Kind::visible;
    std::uint64_t queue = 0;
    std::uint64_t subject = 0;  ///< a sequence, a poll
};

class Wheel {
public:
    explicit Wheel(Millis start);

    TimerId add(Millis due, Alarm alarm);
    void cancel(TimerId id);
    /// nullopt for a timer that has fired or was cancelled.
    [[nodiscard]] std::optional<Millis> due(TimerId id) const;
    /// Appends what is due to `out`. Time never goes back: an older `now` is taken as the last one.
    void advance(Millis now, std::vector<Alarm>& out);
    /// When to advance next: not later than one slot (64 ms) after the next timer is due; nullopt when there
    /// is none.
    [[nodiscard]] std::optional<Millis> next() const;
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    static constexpr std::int64_t kTickMs = 64;
    static constexpr std::size_t kSlots = 256;
    static constexpr std::int64_t kSlotMask = kSlots - 1;
    static constexpr unsigned kSlotBits = 8;
    static constexpr std::size_t kLevels = 4;
    static constexpr std::uint32_t kNone = ~0U;

    struct Node {
        Millis due;
        Alarm alarm;
        std::uint64_t added = 0;
        std::uint32_t next = kNone;
        std::uint32_t previous = kNone;
        std::uint32_t generation = 0;
        std::uint16_t slot = 0;
        std::uint8_t level = 0;
        bool used = false;
    };
    struct Level {
        std::array<std::uint32_t, kSlots> heads;
        std::bitset<kSlots> filled;
        std::size_t count = 0;
    };
    struct Fired {
        Millis due;
        std::uint64_t added;
        Alarm alarm;
    };

    void place(std::uint32_t index);
    void unlink(std::uint32_t index);
    void release(std::uint32_t index);
    void take_down(std::size_t level);
    void step_to(std::int64_t target, std::vector<Fired>& fired);
    void drain(std::size_t slot, Millis until, std::vector<Fired>& fired);

    std::vector<Node> nodes_;
    std::vector<std::uint32_t> free_;
    std::array<Level, kLevels> levels_;
    std::int64_t tick_;
    std::uint64_t added_ = 0;
    std::size_t size_ = 0;
};

}  // namespace landfall::messages
