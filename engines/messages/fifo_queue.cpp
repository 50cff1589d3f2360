// The fifo queue: within a group, messages are received in the order of sending and never overtake one in
// flight.
//
// The front of the backlog is loaded, as far as receives need it and at most kWindow messages, into groups.
// What can be received of a group is its messages from the first one up to, and without, the first that is in
// flight, held or delayed: so a group whose first message is in flight is locked, and after a time-out what
// stands before a message still in flight can be received while what stands behind it waits. Groups that have
// something stand in a ring; a receive takes as much as it may from one, then from the next.
#include <algorithm>
#include <deque>
#include <unordered_map>

#include "engines/messages/checkpoint.hpp"
#include "engines/messages/queue_machine.hpp"
#include "engines/messages/retention_watch.hpp"

namespace landfall::messages {
namespace {

constexpr std::size_t kWindow = 120'000;
/// Loaded before a receive chooses, so that a group gives as much as it may.
constexpr std::size_t kLookAhead = 1000;
constexpr std::uint32_t kReceivesMask = 0xfffff;  // a receipt carries that many bits of the number

class FifoQueue final : public QueueMachine {
public:
    FifoQueue(MachineSeams seams, const QueueSettings& settings, QueueImage image, Millis now)
        : seams_{seams},
          settings_{settings},
          backlog_{std::move(image.backlog)},
          last_{image.last},
          committed_{image.last},
          retention_{seams} {
        restore(image, now);
        retention_.watch(backlog_, settings_.retention, now);
    }
    ~FifoQueue() override { cancel_all(); }

    void configure(const QueueSettings& settings, Millis now) override {
        const bool delay_changed = settings.delay != settings_.delay;
        settings_ = settings;
        retention_.watch(backlog_, settings_.retention, now);
        if (!delay_changed) return;
        for (auto& [hash, group] : groups_) refresh(hash, group, now);
    }
    Sequence next_sequence() override { return Sequence{++last_.value}; }
    void add(Segment& segment, const Entry& entry, Millis) override {
        backlog_.append(segment, entry);
        if (settings_.delay > Duration{0}) {
            recent_.push_back(entry.stored);
            watch_recent();
        }
        retention_.message_came(backlog_, settings_.retention, entry.stored);
    }
    void commit(Sequence upto, Millis now) override {
        committed_ = std::max(committed_, upto);
        // Groups must learn of their new messages, for their delays' sake.
        load_some(now);
    }

    Take take(Millis now, const Ask& ask) override;
    std::vector<Taken> hold(Millis now, std::uint32_t max) override;
    void release(Sequence sequence, Millis now) override {
        Item* const item = find(sequence);
        if (item == nullptr || item->state == State::waiting) return;
        end_flight(*item);
        refresh_of(sequence, now);
    }
    bool remove(Sequence sequence) override;
    ReceiptFault may_remove(Sequence sequence, std::uint32_t receives) const override {
        if (!backlog_.contains(sequence)) return ReceiptFault::none;
        const Item* const item = find(sequence);
        const bool current = item != nullptr && item->state == State::in_flight &&
                             (item->past.receives & kReceivesMask) == receives;
        return current ? ReceiptFault::none : ReceiptFault::expired;
    }
    Change change_visibility(Sequence sequence, std::uint32_t receives, Duration visibility,
                             Millis now) override;
    void fire(const Alarm& alarm, Millis now, std::vector<Leased>&) override;
    void purge() override {
        cancel_all();
        backlog_.clear();
        groups_.clear(), ready_.clear(), history_.clear(), attempts_.clear(), recent_.clear();
        window_ = in_flight_ = held_ = 0;
        cursor_ = Sequence{last_.value + 1};
    }

    Counts counts() override {
        const std::uint64_t elsewhere =
            in_flight_ + held_ + recent_.size() + (last_.value - committed_.value);
        Counts out{.visible = backlog_.live() > elsewhere ? backlog_.live() - elsewhere : 0,
                   .in_flight = in_flight_ + held_,
                   .delayed = std::min<std::uint64_t>(recent_.size(), backlog_.live()),
                   .expired = retention_.expired(),
                   .oldest = std::nullopt};
        if (const auto oldest = backlog_.oldest(); oldest && oldest->sequence <= committed_)
            out.oldest = oldest->stored;
        return out;
    }
    Bytes memory() const override {
        return Bytes{window_ * sizeof(Item) + groups_.size() * 800 + in_flight_ * 72 + history_.size() * 80 +
                     attempts_.size() * 160 + recent_.size() * 8};
    }
    Backlog& backlog() override { return backlog_; }
    Sequence committed() const override { return committed_; }
    Sequence last() const override { return last_; }
    void save(QueueRow& row) const override;

private:
    enum class State : std::uint8_t { waiting, in_flight, held };
    struct Item {
        Sequence sequence;
        Millis stored;
        InFlight past;  ///< of the last receive; receives 0: there was none
        TimerId timer;
        State state = State::waiting;
    };
    struct Group {
        std::deque<Item> items;
        TimerId delay;
        bool listed = false;
    };

    void restore(const QueueImage& image, Millis now);
    bool load_one(Millis now);
    void load_some(Millis now) {
        while (window_ < kLookAhead && load_one(now)) continue;
        while (ready_.empty() && window_ < kWindow && load_one(now)) continue;
    }
    Item* find(Sequence sequence) const;
    [[nodiscard]] bool available(const Item& item, Millis now) const {
        return item.state == State::waiting && item.stored + settings_.delay <= now;
    }
    void refresh(std::uint64_t hash, Group& group, Millis now);
    void refresh_of(Sequence sequence, Millis now) {
        const auto entry = backlog_.entry(sequence);
        if (!entry) return;
        if (const auto it = groups_.find(entry->group); it != groups_.end())
            refresh(it->first, it->second, now);
    }
    using GroupPlace = std::unordered_map<std::uint64_t, Group>::iterator;
    /// A group with something to receive; end() when there is none.
    GroupPlace next_ready(Millis now);
    /// After its messages were taken: back into the ring, or away when it is empty.
    void put_back(GroupPlace place, Millis now) {
        if (place->second.items.empty())
            groups_.erase(place);
        else
            refresh(place->first, place->second, now);
    }
    void lease(Item& item, Millis now, Millis until);
    void end_flight(Item& item);
    bool repeat(Millis now, const Ask& ask, Take& out);
    void take_from(Group& group, Millis now, const Ask& ask, Take& out);
    [[nodiscard]] Taken taken(const Item& item) {
        return {backlog_.entry(item.sequence).value_or(Entry{.sequence = item.sequence}),
                {item.sequence, item.past.receives, item.past.first_received}};
    }
    void forget_expired_attempts(Millis now) {
        while (!attempts_.empty() && attempts_.front().until <= now) attempts_.pop_front();
    }
    void watch_recent() {
        if (recent_.empty() || seams_.wheel.due(recent_timer_)) return;
        recent_timer_ = seams_.wheel.add(recent_.front() + settings_.delay,
                                         {Alarm::Kind::attempt_over, seams_.queue.value, 0});
    }
    void cancel_all() {
        for (auto& [hash, group] : groups_) {
            seams_.wheel.cancel(group.delay);
            for (Item& item : group.items) seams_.wheel.cancel(item.timer);
        }
        seams_.wheel.cancel(recent_timer_);
        retention_.cancel();
    }

    MachineSeams seams_;
    QueueSettings settings_;
    Backlog backlog_;
    Sequence last_;
    Sequence committed_;
    Sequence cursor_{1};  ///< the next to be loaded
    // Mutable through find(): a group's items are looked up by const and other members alike.
    mutable std::unordered_map<std::uint64_t, Group> groups_;
    std::deque<std::uint64_t> ready_;
    std::unordered_map<std::uint64_t, InFlight>
        history_;  ///< of messages that are not loaded, after a restart
    std::deque<AttemptRow> attempts_;
    std::deque<Millis> recent_;  ///< when those were stored that the queue's delay still keeps back
    TimerId recent_timer_;
    RetentionWatch retention_;
    std::size_t window_ = 0;
    std::uint64_t in_flight_ = 0;
    std::uint64_t held_ = 0;
};

void FifoQueue::restore(const QueueImage& image, Millis now) {
    Sequence furthest{};
    for (const auto& [sequence, past] : image.received) history_[sequence] = past;
    for (const auto& [sequence, past] : image.in_flight) {
        history_[sequence] = past;
        furthest = std::max(furthest, Sequence{sequence});
    }
    for (const AttemptRow& row : image.attempts)
        if (row.until > now) attempts_.push_back(row);
    // Whatever is in flight locks its group from the start.
    while (cursor_ <= furthest && load_one(now)) continue;
}

bool FifoQueue::load_one(Millis now) {
    const auto entry = backlog_.next(cursor_, committed_);
    if (!entry) return false;
    cursor_ = Sequence{entry->sequence.value + 1};
    Group& group = groups_[entry->group];
    group.items.push_back({.sequence = entry->sequence, .stored = entry->stored});
    ++window_;
    Item& item = group.items.back();
    if (const auto it = history_.find(entry->sequence.value); it != history_.end()) {
        item.past = it->second;
        history_.erase(it);
        if (item.past.until > now) lease(item, item.past.received, item.past.until);
    }
    if (group.items.size() == 1 || !group.listed) refresh(entry->group, group, now);
    return true;
}

FifoQueue::Item* FifoQueue::find(Sequence sequence) const {
    if (sequence >= cursor_) return nullptr;
    const auto entry = const_cast<Backlog&>(backlog_).entry(sequence);
    if (!entry) return nullptr;
    const auto it = groups_.find(entry->group);
    if (it == groups_.end()) return nullptr;
    auto& items = it->second.items;
    const auto at = std::partition_point(items.begin(), items.end(),
                                         [&](const Item& item) { return item.sequence < sequence; });
    return at != items.end() && at->sequence == sequence ? &*at : nullptr;
}

void FifoQueue::refresh(std::uint64_t hash, Group& group, Millis now) {
    if (group.listed || group.items.empty()) return;
    const Item& head = group.items.front();
    if (head.state != State::waiting) return;
    if (available(head, now)) {
        group.listed = true;
        ready_.push_back(hash);
        return;
    }
    seams_.wheel.cancel(group.delay);
    group.delay =
        seams_.wheel.add(head.stored + settings_.delay, {Alarm::Kind::delay_over, seams_.queue.value, hash});
}

FifoQueue::GroupPlace FifoQueue::next_ready(Millis now) {
    for (;;) {
        load_some(now);
        if (ready_.empty()) return groups_.end();
        const std::uint64_t hash = ready_.front();
        ready_.pop_front();
        const auto it = groups_.find(hash);
        if (it == groups_.end()) continue;
        it->second.listed = false;
        if (!it->second.items.empty() && available(it->second.items.front(), now)) return it;
        refresh(hash, it->second, now);
    }
}

void FifoQueue::lease(Item& item, Millis received, Millis until) {
    item.state = State::in_flight;
    item.past.received = received;
    item.past.until = until;
    item.timer = seams_.wheel.add(until, {Alarm::Kind::visible, seams_.queue.value, item.sequence.value});
    ++in_flight_;
}

void FifoQueue::end_flight(Item& item) {
    if (item.state == State::in_flight) {
        seams_.wheel.cancel(item.timer);
        --in_flight_;
    } else if (item.state == State::held) {
        --held_;
    }
    item.state = State::waiting;
}

/// The same receive again: what it answered and is still in flight from it.
bool FifoQueue::repeat(Millis now, const Ask& ask, Take& out) {
    forget_expired_attempts(now);
    const auto row = std::find_if(attempts_.begin(), attempts_.end(),
                                  [&](const AttemptRow& one) { return one.attempt == ask.attempt; });
    if (row == attempts_.end()) return false;
    for (const Sequence sequence : row->sequences) {
        Item* const item = find(sequence);
        if (item == nullptr || item->state != State::in_flight) continue;
        end_flight(*item);
        lease(*item, now, out.until);
        out.taken.push_back(taken(*item));
    }
    if (out.taken.empty()) attempts_.erase(row);
    return !out.taken.empty();
}

void FifoQueue::take_from(Group& group, Millis now, const Ask& ask, Take& out) {
    for (std::size_t i = 0; i < group.items.size() && out.taken.size() < ask.max;) {
        Item& item = group.items[i];
        if (!available(item, now) || in_flight_ >= settings_.in_flight_limit) return;
        if (item.stored + settings_.retention <= now) {
            backlog_.kill(item.sequence);
            retention_.count(1);
            group.items.erase(group.items.begin() + static_cast<std::ptrdiff_t>(i));
            --window_;
            continue;
        }
        if (settings_.dead_letters && item.past.receives >= settings_.dead_letters->max_receives) {
            item.state = State::held;
            ++held_;
            out.dead.push_back(taken(item));
            return;
        }
        if (item.past.receives == 0) item.past.first_received = now;
        ++item.past.receives;
        lease(item, now, out.until);
        out.taken.push_back(taken(item));
        ++i;
    }
}

QueueMachine::Take FifoQueue::take(Millis now, const Ask& ask) {
    Take out;
    out.until = now + ask.visibility;
    if (ask.attempt != 0 && repeat(now, ask, out)) return out;
    while (out.taken.size() < ask.max && in_flight_ < settings_.in_flight_limit) {
        const GroupPlace group = next_ready(now);
        if (group == groups_.end()) break;
        take_from(group->second, now, ask, out);
        put_back(group, now);
    }
    out.over_limit = out.taken.empty() && in_flight_ >= settings_.in_flight_limit;
    if (ask.attempt != 0 && !out.taken.empty()) {
        AttemptRow row{.attempt = ask.attempt, .until = now + kDedupWindow, .sequences = {}};
        for (const Taken& one : out.taken) row.sequences.push_back(one.entry.sequence);
        attempts_.push_back(std::move(row));
    }
    // A visibility of zero: visible again when all are taken.
    if (out.until <= now)
        for (const Taken& one : out.taken) release(one.entry.sequence, now);
    return out;
}

std::vector<QueueMachine::Taken> FifoQueue::hold(Millis now, std::uint32_t max) {
    std::vector<Taken> out;
    while (out.size() < max) {
        const GroupPlace group = next_ready(now);
        if (group == groups_.end()) break;
        for (Item& item : group->second.items) {
            if (out.size() == max || !available(item, now)) break;
            item.state = State::held;
            ++held_;
            out.push_back(taken(item));
        }
        put_back(group, now);
    }
    return out;
}

bool FifoQueue::remove(Sequence sequence) {
    Item* const item = find(sequence);
    if (item == nullptr) {
        history_.erase(sequence.value);
        return backlog_.kill(sequence);
    }
    end_flight(*item);
    const std::uint64_t hash = backlog_.entry(sequence)->group;
    auto& [key, group] = *groups_.find(hash);
    group.items.erase(std::partition_point(group.items.begin(), group.items.end(),
                                           [&](const Item& one) { return one.sequence < sequence; }));
    --window_;
    backlog_.kill(sequence);
    if (group.items.empty()) {
        seams_.wheel.cancel(group.delay);
        groups_.erase(hash);
    } else {
        // Delays are looked at when the group is asked for; the present time is not needed to list it.
        if (!group.listed && group.items.front().state == State::waiting) {
            group.listed = true;
            ready_.push_back(hash);
        }
    }
    return true;
}

QueueMachine::Change FifoQueue::change_visibility(Sequence sequence, std::uint32_t receives,
                                                  Duration visibility, Millis now) {
    Item* const item = find(sequence);
    if (item == nullptr || item->state != State::in_flight)
        return {.fault = backlog_.contains(sequence) ? ReceiptFault::expired : ReceiptFault::not_in_flight};
    if ((item->past.receives & kReceivesMask) != receives) return {.fault = ReceiptFault::expired};
    const Millis until = now + visibility;
    if (until > item->past.received + kVisibilityMax) return {.fault = ReceiptFault::too_long};
    const Millis received = item->past.received;
    end_flight(*item);
    if (visibility > Duration{0}) {
        lease(*item, received, until);
    } else {
        item->past.until = until;
        refresh_of(sequence, now);
    }
    return {.until = until};
}

void FifoQueue::fire(const Alarm& alarm, Millis now, std::vector<Leased>&) {
    if (alarm.kind == Alarm::Kind::visible) {
        const Sequence sequence{alarm.subject};
        Item* const item = find(sequence);
        if (item == nullptr || item->state != State::in_flight) return;
        end_flight(*item);
        refresh_of(sequence, now);
    } else if (alarm.kind == Alarm::Kind::delay_over) {
        if (const auto it = groups_.find(alarm.subject); it != groups_.end())
            refresh(it->first, it->second, now);
    } else if (alarm.kind == Alarm::Kind::attempt_over) {
        while (!recent_.empty() && recent_.front() + settings_.delay <= now) recent_.pop_front();
        watch_recent();
    } else if (alarm.kind == Alarm::Kind::retention) {
        for (const Sequence sequence : retention_.due(backlog_, settings_.retention, committed_, now))
            remove(sequence);
        retention_.watch(backlog_, settings_.retention, now);
    }
}

void FifoQueue::save(QueueRow& row) const {
    row.last = last_;
    row.cursor = cursor_;
    for (const auto& [sequence, past] : history_) row.received.emplace_back(sequence, past);
    for (const auto& [hash, group] : groups_)
        for (const Item& item : group.items) {
            if (item.past.receives == 0) continue;
            auto& rows = item.state == State::in_flight ? row.in_flight : row.received;
            rows.emplace_back(item.sequence.value, item.past);
        }
    row.attempts.assign(attempts_.begin(), attempts_.end());
}

}  // namespace

std::unique_ptr<QueueMachine> make_fifo_queue(MachineSeams seams, const QueueSettings& settings,
                                              QueueImage image, Millis now) {
    return std::make_unique<FifoQueue>(seams, settings, std::move(image), now);
}

}  // namespace landfall::messages
