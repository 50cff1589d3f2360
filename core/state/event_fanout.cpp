#include "core/state/event_fanout.hpp"

#include <algorithm>

namespace landfall::state {

void EventFanout::publish(std::span<const Event> events) {
    if (events.empty()) return;
    std::unique_lock lock{mutex_};
    last_ = events.back().seq;
    publisher_ = std::this_thread::get_id();
    changed_.notify_all();
    // A listener may remove itself or another one: look each up again.
    const std::vector<EventListener*> round = listeners_;
    for (EventListener* listener : round) {
        if (std::find(listeners_.begin(), listeners_.end(), listener) == listeners_.end()) continue;
        running_ = listener;
        lock.unlock();
        listener->on_events(events);
        lock.lock();
        running_ = nullptr;
        changed_.notify_all();
    }
}

void EventFanout::close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    changed_.notify_all();
}

EventSeq EventFanout::watch(EventSeq since, Duration wait) {
    std::unique_lock lock{mutex_};
    (void)changed_.wait_for(lock, wait, [&] { return last_ > since || closed_; });
    return last_;
}

void EventFanout::add(EventListener& listener) {
    const std::lock_guard lock{mutex_};
    listeners_.push_back(&listener);
}

void EventFanout::remove(EventListener& listener) {
    std::unique_lock lock{mutex_};
    std::erase(listeners_, &listener);
    if (publisher_ == std::this_thread::get_id()) return;
    changed_.wait(lock, [&] { return running_ != &listener; });
}

}  // namespace landfall::state
