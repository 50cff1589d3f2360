// SQS's records: how queues are kept in core/state. The document is a state::Record.
//
// Invariants
//   1. A value read back equals the value written; tags live in the resource's tags and nowhere else.
//   2. `update` compares the version that was read: of two writers one gets precondition and reads again.
//   3. A deleted queue leaves a grave for as long as its name may not be used again.
// Kinds: "sqs.queue" (id = name), "sqs.grave" (id = name "/" queue id).
// Threads: any. Every call reads or writes disk.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "core/state/store.hpp"
#include "services/sqs/directory.hpp"

namespace landfall::sqs {

inline constexpr std::string_view kQueueKind = "sqs.queue";
inline constexpr std::string_view kGraveKind = "sqs.grave";

using Tags = std::vector<state::Tag>;

struct Record {
    Queue queue;
    Tags tags;
    std::string move_job;  ///< the last move of messages out of this queue; empty: none
};

class Records {
public:
    explicit Records(state::StateStore& store) : store_{store} {}

    /// not_found.
    [[nodiscard]] Result<Record> get(const QueueName& name) const;
    /// Of every account and region.
    [[nodiscard]] Result<std::vector<Record>> everywhere() const;

    /// To put into a transaction: a new one, or the next version of one that was read.
    [[nodiscard]] static state::Resource resource(const Record& record);
    [[nodiscard]] static state::Key key(const QueueName& name);

    [[nodiscard]] static state::Resource grave(const Queue& queue);
    /// Graves of that name, or of all names (an empty one) everywhere.
    [[nodiscard]] Result<std::vector<state::Resource>> graves(const QueueName& name) const;
    [[nodiscard]] Result<std::vector<state::Resource>> all_graves() const;

    /// Sets aside the next `count` queue ids, which are never given again: the first of them.
    [[nodiscard]] Result<std::uint64_t> reserve_ids(std::uint64_t count) const;

    [[nodiscard]] state::StateStore& store() const { return store_; }

private:
    state::StateStore& store_;
};

}  // namespace landfall::sqs
