// Polls: receives that wait in the broker, so that they end when their client leaves or the server stops.
//
// Invariants
//   1. A poll whose client left takes no message after the broker heard of it; messages that it had been
//      given by then become visible again at once.
//   2. After end_all() no receive waits; those that waited are answered empty.
// Threads: any; locks for memory operations only.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "engines/messages/broker.hpp"

namespace landfall::sqs {

class Polls {
public:
    /// One waiting receive. Shared by the front's notice that the client left and the broker's answer, which
    /// come on two threads in any order.
    struct Poll {
        std::atomic<std::uint64_t> id{0};
        std::atomic<bool> gone{false};
    };
    using PollPtr = std::shared_ptr<Poll>;

    explicit Polls(messages::Broker& broker) : broker_{broker} {}

    /// nullptr: the server stops, nothing waits any more.
    [[nodiscard]] PollPtr open();
    /// The broker has the receive; cancels it where the client or the server went meanwhile.
    void parked(Poll& poll, messages::PollId id);
    void client_left(Poll& poll);
    /// Answered.
    void close(const PollPtr& poll);
    void end_all();
    [[nodiscard]] bool ending() const { return ending_.load(); }
    [[nodiscard]] std::size_t size() const;

private:
    messages::Broker& broker_;
    std::atomic<bool> ending_{false};
    mutable std::mutex mutex_;
    std::unordered_set<PollPtr> open_;
};

}  // namespace landfall::sqs
