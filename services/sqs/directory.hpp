// Directory: every queue, in memory, as handlers see it.
//
// Invariants
//   1. A Queue never changes; a change of a queue puts a new one in its place, of a higher version.
//   2. What find() answers was durable before it was put here, and its queue is attached to the broker.
// Threads: any. Locks for memory operations only. About 1 KB a queue.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "core/access/policy.hpp"
#include "core/state/resource.hpp"
#include "engines/messages/message.hpp"
#include "services/sqs/model_attributes.hpp"
#include "services/sqs/model_names.hpp"

namespace landfall::sqs {

struct Queue {
    QueueName name;
    std::string arn;
    messages::QueueId id;
    Attributes attributes;
    std::optional<access::Policy> policy;  ///< of attributes.policy
    Instant created;
    Instant modified;
    state::Version version;
};
/// Shared, because a request goes on with the queue that it began with while another replaces it.
using QueuePtr = std::shared_ptr<const Queue>;

class Directory {
public:
    /// nullptr: there is none.
    [[nodiscard]] QueuePtr find(const QueueName& name) const;
    [[nodiscard]] QueuePtr find_arn(std::string_view arn) const;
    [[nodiscard]] QueuePtr find(messages::QueueId id) const;
    /// Of one account and region, in order of their names, those after `after` that start with `prefix`.
    [[nodiscard]] std::vector<QueuePtr> list(const Scope& scope, std::string_view prefix,
                                             std::string_view after, std::size_t limit) const;
    /// The queues whose dead letters go to `target`, in order of their names, those after `after`.
    [[nodiscard]] std::vector<QueuePtr> sources_of(const QueueName& target, std::string_view after,
                                                   std::size_t limit) const;
    [[nodiscard]] std::vector<QueuePtr> all() const;

    /// A queue that is new here.
    void add(QueuePtr queue);
    /// In place of the same queue of a lower version; `then` (memory operations only) runs under the lock, so
    /// that what follows of versions happens in their order. False: the queue is gone or newer.
    bool replace(QueuePtr queue, const std::function<void()>& then);
    void remove(messages::QueueId id);

private:
    mutable std::shared_mutex mutex_;
    std::map<std::string, QueuePtr, std::less<>> by_arn_;
    std::unordered_map<std::uint64_t, QueuePtr> by_id_;
};

}  // namespace landfall::sqs
