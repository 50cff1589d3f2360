// The rules in the state store, and how far their events have been sent.
//
// Invariants
//   1. Every event up to cursor() has been sent to every rule that it matches, or dropped for good.
//   2. The cursor is a counter: moving it writes no event, so that nothing feeds itself.
// Format: docs/formats/events.md. Threads: any. Every call reads or writes disk.
#pragma once

#include <string_view>
#include <vector>

#include "core/state/store.hpp"
#include "services/events/model.hpp"

namespace landfall::events {

class Records {
public:
    /// Outlives it.
    explicit Records(state::StateStore& state) : state_{state} {}

    [[nodiscard]] Result<std::vector<Rule>> load();
    [[nodiscard]] Status create(const state::Cause& cause, const Rule& rule);
    /// not_found.
    [[nodiscard]] Status erase(const state::Cause& cause, const Rule& rule);

    [[nodiscard]] Result<state::EventSeq> cursor();
    /// `from` is what cursor() answers.
    [[nodiscard]] Status move_cursor(state::EventSeq from, state::EventSeq to);
    /// An event that says why the rule's topic does not get its messages.
    [[nodiscard]] Status note(const Rule& rule, std::string why);

private:
    state::StateStore& state_;
};

}  // namespace landfall::events
