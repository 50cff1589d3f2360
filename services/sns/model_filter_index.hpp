// FilterIndex: the subscriptions of one topic by what they want, so that a message asks few of them.
//
// Invariants
//   1. each_match() names exactly the slots whose policy matches (or that have none), each once.
//   2. A policy with a top-level key of exact values only is asked only by messages that have one of these
//      values; a thousand subscriptions to a thousand different values cost one evaluation.
// Threads: one writer, or any number of readers (the owner's lock). Memory only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "services/sns/model_filter.hpp"

namespace landfall::sns {

class FilterIndex {
public:
    using Slot = std::uint32_t;

    /// `policy` is borrowed until remove(); null: takes every message. A slot is added once.
    void add(Slot slot, const FilterPolicy* policy);
    void remove(Slot slot);

    struct Matches {
        std::vector<Slot> slots;      ///< in ascending order
        std::size_t evaluations = 0;  ///< policies asked
    };
    [[nodiscard]] Matches matches(FilterSubject& subject) const;

private:
    void candidates_of(FilterSubject& subject, std::vector<Slot>& out) const;

    std::unordered_map<Slot, const FilterPolicy*> policies_;
    std::vector<Slot> unfiltered_;
    std::vector<Slot> unindexed_;
    std::unordered_map<std::string, std::vector<Slot>> postings_;
    std::size_t on_bodies_ = 0;  ///< indexed policies of scope body: without any, no body is parsed
};

}  // namespace landfall::sns
