#include "services/sqs/work_polls.hpp"

#include <vector>

namespace landfall::sqs {

Polls::PollPtr Polls::open() {
    auto poll = std::make_shared<Poll>();
    const std::lock_guard lock{mutex_};
    if (ending_.load()) return nullptr;
    open_.insert(poll);
    return poll;
}

// Both sides write their own word and then read the other's: one of them sees both.
void Polls::parked(Poll& poll, messages::PollId id) {
    poll.id.store(id.value);
    if (poll.gone.load() || ending_.load()) broker_.cancel(id);
}

void Polls::client_left(Poll& poll) {
    poll.gone.store(true);
    if (const std::uint64_t id = poll.id.load(); id != 0) broker_.cancel({id});
}

void Polls::close(const PollPtr& poll) {
    const std::lock_guard lock{mutex_};
    open_.erase(poll);
}

void Polls::end_all() {
    std::vector<std::uint64_t> parked;
    {
        const std::lock_guard lock{mutex_};
        ending_.store(true);
        for (const PollPtr& poll : open_)
            if (const std::uint64_t id = poll->id.load(); id != 0) parked.push_back(id);
    }
    for (const std::uint64_t id : parked) broker_.cancel({id});
}

std::size_t Polls::size() const {
    const std::lock_guard lock{mutex_};
    return open_.size();
}

}  // namespace landfall::sqs
