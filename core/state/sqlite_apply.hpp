// Applies the changes of a Tx to the rows, inside of a transaction that the writer began.
//
// Invariants
//   1. apply leaves the rows half changed when it fails; the writer rolls back to its savepoint, then calls
//      forget_since.
//   2. Every event that it writes is also appended to events(), in order, without gaps.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "core/state/sqlite_db.hpp"
#include "core/state/tx.hpp"

namespace landfall::state {

class Applier {
public:
    /// `db` outlives it; `last` is the newest event that is stored.
    Applier(Connection& db, EventSeq last) : db_{db}, last_{last} {}

    /// precondition, not_found, already_exists, invalid: the Tx cannot be; all else: the store is in trouble
    /// (see is_refusal).
    Result<Committed> apply(const Tx& tx, Instant now);

    [[nodiscard]] const std::vector<Event>& events() const { return events_; }
    [[nodiscard]] EventSeq last() const { return last_; }
    /// Forgets the events from position `count` of events() on, which were rolled back.
    void forget_since(std::size_t count);
    [[nodiscard]] std::vector<Event> take_events() { return std::move(events_); }

private:
    struct Row {
        std::int64_t rid = 0;
        Version version;
        bool retired = false;
        std::string arn;
        std::string state;
        std::string tags;
        std::string index;
    };
    struct Written {
        Change change;
        Version version;
        std::string_view from;
        std::string_view to;
        std::string_view error;
    };

    Status apply_one(const op::Create& change);
    Status apply_one(const op::Update& change);
    Status apply_one(const op::SetTags& change);
    Status apply_one(const op::Retire& change);
    Status apply_one(const op::Erase& change);
    Status apply_one(const op::Require& change);
    Status apply_one(const op::Claim& change);
    Status apply_one(const op::Remember& change);
    Status apply_one(const op::Count& change);
    Status apply_one(const op::SetSetting& change);
    Status apply_one(const op::SetProgress& change);
    Status apply_one(const op::AppendLine& change);
    Status apply_one(const op::Post& change);
    Status apply_one(const op::EraseLines& change);
    Status apply_one(const op::Forget& change);
    Status apply_one(const op::Note& change);

    Result<std::optional<Row>> find(const Key& key);
    Result<Row> live(const Key& key);
    Status check_arn(const std::string& arn, std::int64_t own_rid);
    Status add_tags(std::int64_t rid, const std::vector<Tag>& tags);
    Status remove_tags(const Row& row);
    Status add_index(std::int64_t rid, const Key& key, const std::vector<IndexKey>& index);
    Status remove_index(const Row& row, const Key& key);
    Status remove_row(const Row& row, const Key& key);
    Status write_event(const Key& key, const Written& written);

    Connection& db_;
    EventSeq last_;
    EventSeq before_;  ///< the newest event when this Tx began
    std::vector<Event> events_;
    const Cause* cause_ = nullptr;
    Instant now_;
    std::vector<std::uint64_t> counters_;
};

/// True for errors that mean "this Tx cannot be", false for a failing store.
[[nodiscard]] bool is_refusal(Errc code);

}  // namespace landfall::state
