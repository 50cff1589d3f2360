// EventFanout: tells waiters and listeners that events have become durable.
//
// Invariants
//   1. publish is called by one thread, with events in order, each once.
//   2. No lock is held while a listener runs; remove() returns only when its listener is not running, unless
//      the listener itself calls it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "core/state/store.hpp"

namespace landfall::state {

class EventFanout {
public:
    explicit EventFanout(EventSeq last) : last_{last} {}

    void publish(std::span<const Event> events);
    /// Wakes every waiter for good: the store stops.
    void close();
    EventSeq watch(EventSeq since, Duration wait);
    void add(EventListener& listener);
    void remove(EventListener& listener);

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    EventSeq last_;
    bool closed_ = false;
    std::vector<EventListener*> listeners_;
    EventListener* running_ = nullptr;
    std::thread::id publisher_;
};

}  // namespace landfall::state
