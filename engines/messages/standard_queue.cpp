// The standard queue: at least once, in roughly the order of sending.
//
// A message that was never received costs nothing: it lies behind the cursor of the backlog. Below the cursor
// every live message is in exactly one of: leases_ (in flight), held_ (on its way to another queue),
// delayed_, again_ (visible again). New messages and those that are visible again take turns, so that neither
// starves the other; beyond the in-flight limit only the latter are taken, which bounds their number.
#include <algorithm>
#include <deque>
#include <unordered_map>

#include "engines/messages/checkpoint.hpp"
#include "engines/messages/queue_machine.hpp"
#include "engines/messages/tenants.hpp"

namespace landfall::messages {
namespace {

constexpr std::uint64_t kExpiredAtOnce = 100'000;

struct Past {
    std::uint32_t receives = 0;
    Millis first_received;
};

class StandardQueue final : public QueueMachine {
public:
    StandardQueue(MachineSeams seams, const QueueSettings& settings, QueueImage image, Millis now)
        : seams_{seams},
          settings_{settings},
          backlog_{std::move(image.backlog)},
          last_{image.last},
          committed_{image.last},
          cursor_{image.cursor} {
        restore(image, now);
        watch_retention(now);
    }
    ~StandardQueue() override { cancel_all(); }

    void configure(const QueueSettings& settings, Millis now) override {
        settings_ = settings;
        watch_retention(now);
    }
    Sequence next_sequence() override { return Sequence{++last_.value}; }

    void add(Segment& segment, const Entry& entry, Millis visible_at) override {
        backlog_.append(segment, entry);
        if (visible_at > entry.stored) delay(entry.sequence, visible_at);
        if (!retention_watched_) watch_retention(entry.stored);
    }
    void commit(Sequence upto, Millis) override { committed_ = std::max(committed_, upto); }

    Take take(Millis now, const Ask& ask) override;
    std::vector<Taken> hold(Millis now, std::uint32_t max) override;
    void release(Sequence sequence, Millis) override {
        const auto it = held_.find(sequence.value);
        if (it == held_.end()) return;
        make_visible(sequence, it->second);
        held_.erase(it);
    }

    bool remove(Sequence sequence) override {
        if (!backlog_.kill(sequence)) return false;
        if (const auto it = leases_.find(sequence.value); it != leases_.end()) {
            seams_.wheel.cancel(it->second.timer);
            tenants_.left(it->second.group);
            leases_.erase(it);
        } else if (const auto late = delayed_.find(sequence.value); late != delayed_.end()) {
            seams_.wheel.cancel(late->second);
            delayed_.erase(late);
        } else {
            held_.erase(sequence.value);
            again_.erase(sequence.value);
            if (!history_.empty()) history_.erase(sequence.value);
        }
        return true;
    }
    ReceiptFault may_remove(Sequence sequence, std::uint32_t) const override {
        return sequence <= last_ ? ReceiptFault::none : ReceiptFault::unknown;
    }
    Change change_visibility(Sequence sequence, std::uint32_t receives, Duration visibility,
                             Millis now) override;
    void fire(const Alarm& alarm, Millis now, std::vector<Leased>& ended) override;
    void purge() override {
        cancel_all();
        backlog_.clear();
        leases_.clear(), held_.clear(), delayed_.clear(), again_.clear(), history_.clear();
        again_order_.clear();
        tenants_.clear();
        cursor_ = Sequence{last_.value + 1};
    }

    Counts counts() override;
    Bytes memory() const override {
        // Measured sizes of a node with its share of the table and, where there is one, its timer.
        return Bytes{leases_.size() * 168 + again_.size() * 72 + delayed_.size() * 120 + held_.size() * 64 +
                     history_.size() * 64} +
               tenants_.memory();
    }
    Backlog& backlog() override { return backlog_; }
    Sequence committed() const override { return committed_; }
    Sequence last() const override { return last_; }
    void save(QueueRow& row) const override;

private:
    struct Lease {
        Past past;
        Millis received;
        Millis until;
        TimerId timer;
        std::uint64_t group = 0;
    };
    struct Candidate {
        Entry entry;
        Past past;
    };

    void restore(const QueueImage& image, Millis now);
    void delay(Sequence sequence, Millis until) {
        delayed_[sequence.value] =
            seams_.wheel.add(until, {Alarm::Kind::delay_over, seams_.queue.value, sequence.value});
    }
    void make_visible(Sequence sequence, const Past& past) {
        again_.emplace(sequence.value, past);
        again_order_.push_back(sequence);
    }
    std::optional<Candidate> pick(Millis now);
    std::optional<Candidate> pick_again();
    std::optional<Candidate> pick_new();
    std::optional<Candidate> pick_aside();
    bool expired(const Entry& entry, Millis now) const { return entry.stored + settings_.retention <= now; }
    bool is_dead_letter(const Candidate& candidate) const {
        return settings_.dead_letters && candidate.past.receives >= settings_.dead_letters->max_receives;
    }
    /// Messages taken with a visibility of zero are visible at once.
    struct Taking : Take {
        std::vector<std::pair<Sequence, Past>> at_once;
    };
    void lease(const Candidate& candidate, Millis now, Millis until, Taking& out);
    std::uint64_t visible() const {
        const std::uint64_t uncommitted = uncommitted_live();
        const std::uint64_t elsewhere = leases_.size() + held_.size() + delayed_.size() + uncommitted;
        return backlog_.live() > elsewhere ? backlog_.live() - elsewhere : 0;
    }
    /// Live and not committed; those that are delayed as well are counted there.
    std::uint64_t uncommitted_live() const { return last_.value - committed_.value; }
    void watch_retention(Millis now);
    void expire_old(Millis now);
    /// The runs below were dropped whole: so is what is known of their messages.
    void forget_below(Sequence before);
    void cancel_all() {
        for (const auto& [sequence, lease] : leases_) seams_.wheel.cancel(lease.timer);
        for (const auto& [sequence, timer] : delayed_) seams_.wheel.cancel(timer);
        seams_.wheel.cancel(retention_timer_);
        retention_watched_ = false;
    }

    MachineSeams seams_;
    QueueSettings settings_;
    Backlog backlog_;
    Sequence last_;
    Sequence committed_;
    Sequence cursor_;
    std::unordered_map<std::uint64_t, Lease> leases_;
    std::unordered_map<std::uint64_t, Past> held_;
    std::unordered_map<std::uint64_t, TimerId> delayed_;
    std::unordered_map<std::uint64_t, Past> again_;
    std::deque<Sequence> again_order_;
    std::unordered_map<std::uint64_t, Past>
        history_;  ///< of messages at or behind the cursor, after a restart
    Tenants tenants_;
    bool turn_again_ = true;
    TimerId retention_timer_;
    bool retention_watched_ = false;
    std::uint64_t expired_ = 0;
};

void StandardQueue::restore(const QueueImage& image, Millis now) {
    for (const auto& [sequence, state] : image.in_flight) {
        if (!backlog_.contains(Sequence{sequence})) continue;
        const Past past{state.receives, state.first_received};
        if (state.until <= now) {
            make_visible(Sequence{sequence}, past);
            continue;
        }
        const auto entry = backlog_.entry(Sequence{sequence});
        const TimerId timer =
            seams_.wheel.add(state.until, {Alarm::Kind::visible, seams_.queue.value, sequence});
        const std::uint64_t group = entry ? entry->group : 0;
        tenants_.entered(group);
        leases_[sequence] = Lease{past, state.received, state.until, timer, group};
    }
    for (const auto& [sequence, state] : image.received) {
        if (!backlog_.contains(Sequence{sequence}) || leases_.contains(sequence)) continue;
        const Past past{state.receives, state.first_received};
        if (Sequence{sequence} < cursor_)
            make_visible(Sequence{sequence}, past);
        else
            history_[sequence] = past;
    }
    for (const auto& [sequence, until] : image.delayed) {
        if (!backlog_.contains(Sequence{sequence})) continue;
        if (until > now)
            delay(Sequence{sequence}, until);
        else if (Sequence{sequence} < cursor_)
            make_visible(Sequence{sequence}, Past{});
    }
}

std::optional<StandardQueue::Candidate> StandardQueue::pick_again() {
    while (!again_order_.empty()) {
        const Sequence sequence = again_order_.front();
        again_order_.pop_front();
        const auto it = again_.find(sequence.value);
        if (it == again_.end()) continue;
        const Past past = it->second;
        again_.erase(it);
        if (const auto entry = backlog_.entry(sequence)) return Candidate{*entry, past};
    }
    return std::nullopt;
}

std::optional<StandardQueue::Candidate> StandardQueue::pick_aside() {
    while (const auto sequence = tenants_.pop_quiet(leases_.size()))
        if (const auto entry = backlog_.entry(*sequence)) return Candidate{*entry, Past{}};
    return std::nullopt;
}

/// The next that was never received. Those of noisy tenants are put aside, up to a bound.
std::optional<StandardQueue::Candidate> StandardQueue::pick_new() {
    while (const auto entry = backlog_.next(cursor_, committed_)) {
        cursor_ = Sequence{entry->sequence.value + 1};
        if (!delayed_.empty() && delayed_.contains(entry->sequence.value)) continue;
        if (tenants_.noisy(entry->group, leases_.size()) && tenants_.has_room_aside()) {
            tenants_.put_aside(entry->group, entry->sequence);
            continue;
        }
        Past past{};
        if (!history_.empty())
            if (const auto it = history_.find(entry->sequence.value); it != history_.end()) {
                past = it->second;
                history_.erase(it);
            }
        return Candidate{*entry, past};
    }
    if (const auto sequence = tenants_.pop_any())
        if (const auto entry = backlog_.entry(*sequence)) return Candidate{*entry, Past{}};
    return std::nullopt;
}

std::optional<StandardQueue::Candidate> StandardQueue::pick(Millis now) {
    for (;;) {
        const bool only_again =
            leases_.size() + again_.size() >= settings_.in_flight_limit && !again_.empty();
        turn_again_ = !turn_again_;
        std::optional<Candidate> found;
        if (only_again || turn_again_) found = pick_again();
        if (!found) found = pick_aside();
        if (!found) found = pick_new();
        if (!found) found = pick_again();
        if (!found) return std::nullopt;
        if (!expired(found->entry, now)) return found;
        backlog_.kill(found->entry.sequence);
        ++expired_;
    }
}

void StandardQueue::lease(const Candidate& candidate, Millis now, Millis until, Taking& out) {
    Past past = candidate.past;
    if (past.receives == 0) past.first_received = now;
    ++past.receives;
    const std::uint64_t sequence = candidate.entry.sequence.value;
    out.taken.push_back({candidate.entry, {candidate.entry.sequence, past.receives, past.first_received}});
    if (until <= now) {
        out.at_once.emplace_back(candidate.entry.sequence, past);
        return;
    }
    const TimerId timer = seams_.wheel.add(until, {Alarm::Kind::visible, seams_.queue.value, sequence});
    tenants_.entered(candidate.entry.group);
    leases_[sequence] = Lease{past, now, until, timer, candidate.entry.group};
}

QueueMachine::Take StandardQueue::take(Millis now, const Ask& ask) {
    Taking out;
    out.until = now + ask.visibility;
    while (out.taken.size() < ask.max) {
        if (leases_.size() >= settings_.in_flight_limit) {
            out.over_limit = out.taken.empty();
            break;
        }
        const auto candidate = pick(now);
        if (!candidate) break;
        if (is_dead_letter(*candidate)) {
            held_[candidate->entry.sequence.value] = candidate->past;
            out.dead.push_back(
                {candidate->entry,
                 {candidate->entry.sequence, candidate->past.receives, candidate->past.first_received}});
            continue;
        }
        lease(*candidate, now, out.until, out);
    }
    // Not before the end: one receive must not take the same message twice.
    for (const auto& [sequence, past] : out.at_once) make_visible(sequence, past);
    return out;
}

std::vector<QueueMachine::Taken> StandardQueue::hold(Millis now, std::uint32_t max) {
    std::vector<Taken> held;
    while (held.size() < max) {
        auto candidate = pick(now);
        if (!candidate) break;
        held_[candidate->entry.sequence.value] = candidate->past;
        held.push_back(
            {candidate->entry,
             {candidate->entry.sequence, candidate->past.receives, candidate->past.first_received}});
    }
    return held;
}

QueueMachine::Change StandardQueue::change_visibility(Sequence sequence, std::uint32_t receives,
                                                      Duration visibility, Millis now) {
    const auto it = leases_.find(sequence.value);
    if (it == leases_.end() || it->second.past.receives != receives)
        return {.fault = sequence <= last_ ? ReceiptFault::not_in_flight : ReceiptFault::unknown};
    Lease& lease = it->second;
    const Millis until = now + visibility;
    if (until > lease.received + kVisibilityMax) return {.fault = ReceiptFault::too_long};
    seams_.wheel.cancel(lease.timer);
    if (visibility <= Duration{0}) {
        make_visible(sequence, lease.past);
        tenants_.left(lease.group);
        leases_.erase(it);
    } else {
        lease.until = until;
        lease.timer = seams_.wheel.add(until, {Alarm::Kind::visible, seams_.queue.value, sequence.value});
    }
    return {.until = until};
}

void StandardQueue::fire(const Alarm& alarm, Millis now, std::vector<Leased>& ended) {
    const Sequence sequence{alarm.subject};
    if (alarm.kind == Alarm::Kind::visible) {
        const auto it = leases_.find(sequence.value);
        if (it == leases_.end()) return;
        make_visible(sequence, it->second.past);
        ended.push_back({sequence, it->second.past.receives, it->second.past.first_received});
        tenants_.left(it->second.group);
        leases_.erase(it);
    } else if (alarm.kind == Alarm::Kind::delay_over) {
        // Where the cursor has not come by yet it finds the message itself.
        if (delayed_.erase(sequence.value) != 0 && sequence < cursor_) make_visible(sequence, Past{});
    } else if (alarm.kind == Alarm::Kind::retention) {
        retention_watched_ = false;
        expire_old(now);
        watch_retention(now);
    }
}

void StandardQueue::watch_retention(Millis now) {
    seams_.wheel.cancel(retention_timer_);
    retention_watched_ = false;
    const auto oldest = backlog_.oldest();
    if (!oldest) return;
    // Not more often than once a second, however fast messages come.
    const Millis due = std::max(oldest->stored + settings_.retention, now + std::chrono::seconds{1});
    retention_timer_ = seams_.wheel.add(due, {Alarm::Kind::retention, seams_.queue.value, 0});
    retention_watched_ = true;
}

void StandardQueue::expire_old(Millis now) {
    const Millis upto = now - settings_.retention;
    const std::uint64_t expired_before = expired_;
    while (const std::uint64_t gone = backlog_.drop_expired_run(upto, committed_)) expired_ += gone;
    const auto first = backlog_.next(Sequence{0}, committed_);
    if (expired_ != expired_before) forget_below(first ? first->sequence : Sequence{committed_.value + 1});
    for (auto entry = first; entry && entry->stored <= upto;
         entry = backlog_.next(entry->sequence, committed_)) {
        // The rest at the next time: one pass must not be long.
        if (expired_ - expired_before >= kExpiredAtOnce) return;
        remove(entry->sequence);
        ++expired_;
    }
}

void StandardQueue::forget_below(Sequence before) {
    const auto lost = [&](const auto& row) { return row.first < before.value; };
    for (auto& [sequence, lease] : leases_)
        if (sequence < before.value) {
            seams_.wheel.cancel(lease.timer);
            tenants_.left(lease.group);
        }
    std::erase_if(leases_, lost);
    for (auto& [sequence, timer] : delayed_)
        if (sequence < before.value) seams_.wheel.cancel(timer);
    std::erase_if(delayed_, lost);
    std::erase_if(again_, lost);
    std::erase_if(held_, lost);
}

QueueMachine::Counts StandardQueue::counts() {
    Counts out{.visible = visible(),
               .in_flight = leases_.size() + held_.size(),
               .delayed = delayed_.size(),
               .expired = expired_,
               .oldest = std::nullopt};
    if (const auto oldest = backlog_.oldest(); oldest && oldest->sequence <= committed_)
        out.oldest = oldest->stored;
    return out;
}

void StandardQueue::save(QueueRow& row) const {
    row.last = last_;
    row.cursor = cursor_;
    for (const auto& [sequence, lease] : leases_)
        row.in_flight.emplace_back(
            sequence, InFlight{lease.past.receives, lease.past.first_received, lease.received, lease.until});
    const auto received = [&](std::uint64_t sequence, const Past& past) {
        row.received.emplace_back(sequence, InFlight{past.receives, past.first_received, {}, {}});
    };
    for (const auto& [sequence, past] : again_) received(sequence, past);
    for (const auto& [sequence, past] : held_) received(sequence, past);
    for (const auto& [sequence, past] : history_) received(sequence, past);
    tenants_.each_aside([&](Sequence sequence) { received(sequence.value, Past{}); });
    for (const auto& [sequence, timer] : delayed_)
        if (const auto due = seams_.wheel.due(timer)) row.delayed.emplace_back(sequence, *due);
}

}  // namespace

std::unique_ptr<QueueMachine> make_standard_queue(MachineSeams seams, const QueueSettings& settings,
                                                  QueueImage image, Millis now) {
    return std::make_unique<StandardQueue>(seams, settings, std::move(image), now);
}

}  // namespace landfall::messages
