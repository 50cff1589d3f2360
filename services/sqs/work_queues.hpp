// QueueWork: makes, changes and deletes queues: their records, the broker's knowledge of them, the directory.
//
// Invariants
//   1. The record is durable first; then the broker is told; then the directory shows it. A deletion goes
//      record, directory, broker.
//   2. A queue's id is never used again, also after the queue is gone.
//   3. When a queue comes or goes, the queues that name it as their dead-letter queue are told.
// Threads: any; every call blocks for at least one commit, so workers only.
#pragma once

#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "engines/messages/broker.hpp"
#include "services/sqs/directory.hpp"
#include "services/sqs/store.hpp"

namespace landfall::sqs {

/// The two rules of the service that get in the way of test suites.
struct Settings {
    Duration recreate_wait =
        std::chrono::seconds{60};                    ///< after a delete, before the name may be used; 0: none
    Duration purge_wait = std::chrono::seconds{60};  ///< between two purges of a queue; 0: none
    std::uint32_t in_flight_limit = 120'000;         ///< messages received and not deleted, a queue
};

/// What the broker acts by. `target`: the dead-letter queue, where there is one now.
[[nodiscard]] messages::QueueSettings settings_of(const Attributes& attributes, const Queue* target,
                                                  const Settings& settings);

class QueueWork {
public:
    struct Parts {
        Records& records;
        Directory& directory;
        messages::Broker& broker;
        Clock& clock;
        Settings settings;
    };
    explicit QueueWork(const Parts& parts) : parts_{parts} {}

    /// Attaches every queue to the broker and fills the directory; erases graves that are due.
    Status attach();

    struct NewQueue {
        QueueName name;
        std::vector<NameValue> attributes;
        Tags tags;
    };
    /// The queue of that name, made where it is not there. Faults: of names, attributes and tags;
    /// queue_name_exists, queue_deleted_recently.
    [[nodiscard]] Judged<QueuePtr> create(const state::Cause& cause, const NewQueue& wanted);
    /// `done` when the messages are gone for good as well; called once, on this or a thread of the broker.
    void remove(const state::Cause& cause, const QueueName& name, UniqueFunction<void(Verdict)> done);

    [[nodiscard]] Verdict set_attributes(const state::Cause& cause, const QueueName& name,
                                         std::span<const NameValue> given);
    [[nodiscard]] Verdict set_tags(const state::Cause& cause, const QueueName& name, Tags set,
                                   std::vector<std::string> remove);
    [[nodiscard]] Judged<Tags> tags(const QueueName& name) const;
    /// The policy's text as `edit` makes it of the present one.
    using PolicyEdit = std::function<Judged<std::string>(const std::string& present)>;
    [[nodiscard]] Verdict edit_policy(const state::Cause& cause, const QueueName& name,
                                      const PolicyEdit& edit);

    /// Whether the queue may be purged now; then the wait begins anew. No disk.
    [[nodiscard]] Verdict begin_purge(const Queue& queue);

private:
    [[nodiscard]] Verdict change(const state::Cause& cause, const QueueName& name,
                                 const std::function<Verdict(Record&)>& edit);
    [[nodiscard]] Judged<QueuePtr> try_create(const state::Cause& cause, const NewQueue& wanted);
    [[nodiscard]] Verdict check_grave(const QueueName& name, state::Tx& tx) const;
    [[nodiscard]] QueuePtr target_of(const Attributes& attributes) const;
    void tell_sources(const QueueName& target);
    [[nodiscard]] Result<messages::QueueId> next_id();

    Parts parts_;
    std::mutex mutex_;  // guards what follows, for memory operations only
    std::uint64_t next_id_ = 0;
    std::uint64_t ids_end_ = 0;
    std::unordered_map<std::uint64_t, Moment> purged_;
};

}  // namespace landfall::sqs
