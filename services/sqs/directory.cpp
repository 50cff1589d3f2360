#include "services/sqs/directory.hpp"

#include <mutex>

namespace landfall::sqs {

QueuePtr Directory::find_arn(std::string_view arn) const {
    const std::shared_lock lock{mutex_};
    const auto at = by_arn_.find(arn);
    return at == by_arn_.end() ? nullptr : at->second;
}

QueuePtr Directory::find(const QueueName& name) const { return find_arn(arn_of(name)); }

QueuePtr Directory::find(messages::QueueId id) const {
    const std::shared_lock lock{mutex_};
    const auto at = by_id_.find(id.value);
    return at == by_id_.end() ? nullptr : at->second;
}

std::vector<QueuePtr> Directory::list(const Scope& scope, std::string_view prefix, std::string_view after,
                                      std::size_t limit) const {
    const std::string first = arn_of({scope, std::string{prefix}});
    const std::string behind = arn_of({scope, std::string{after}});
    std::vector<QueuePtr> found;
    const std::shared_lock lock{mutex_};
    auto at = after.empty() || behind < first ? by_arn_.lower_bound(first) : by_arn_.upper_bound(behind);
    for (; at != by_arn_.end() && found.size() < limit && at->first.starts_with(first); ++at)
        found.push_back(at->second);
    return found;
}

std::vector<QueuePtr> Directory::sources_of(const QueueName& target, std::string_view after,
                                            std::size_t limit) const {
    const std::string first = arn_of({target.scope, std::string{after}});
    std::vector<QueuePtr> found;
    const std::shared_lock lock{mutex_};
    for (auto at = by_arn_.upper_bound(first); at != by_arn_.end() && found.size() < limit; ++at) {
        const Queue& queue = *at->second;
        if (queue.name.scope != target.scope) break;
        if (queue.attributes.redrive && queue.attributes.redrive->target == target)
            found.push_back(at->second);
    }
    return found;
}

std::vector<QueuePtr> Directory::all() const {
    const std::shared_lock lock{mutex_};
    std::vector<QueuePtr> queues;
    queues.reserve(by_arn_.size());
    for (const auto& [arn, queue] : by_arn_) queues.push_back(queue);
    return queues;
}

void Directory::add(QueuePtr queue) {
    const std::unique_lock lock{mutex_};
    by_id_[queue->id.value] = queue;
    by_arn_[queue->arn] = std::move(queue);
}

bool Directory::replace(QueuePtr queue, const std::function<void()>& then) {
    const std::unique_lock lock{mutex_};
    const auto at = by_id_.find(queue->id.value);
    if (at == by_id_.end() || at->second->version >= queue->version) return false;
    at->second = queue;
    by_arn_[queue->arn] = std::move(queue);
    then();
    return true;
}

void Directory::remove(messages::QueueId id) {
    const std::unique_lock lock{mutex_};
    const auto at = by_id_.find(id.value);
    if (at == by_id_.end()) return;
    const auto named = by_arn_.find(at->second->arn);
    // The name may belong to the next queue of that name already.
    if (named != by_arn_.end() && named->second->id == id) by_arn_.erase(named);
    by_id_.erase(at);
}

}  // namespace landfall::sqs
