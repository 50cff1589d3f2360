// Inbox: how other threads reach the owner: commands in the order of arrival, taken in batches.
//
// Invariants
//   1. After close() nothing is taken in; post() says so and the caller keeps its command.
//   2. The owner sleeps only while there is nothing to do; a poster wakes it only then.
// Threads: any may post; one takes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/unique_function.hpp"

namespace landfall::messages {

class Core;

class Inbox {
public:
    using Command = UniqueFunction<void(Core&)>;

    /// False, and the command is left alone, after close().
    bool post(Command&& command) {
        {
            const std::lock_guard lock{mutex_};
            if (closed_) return false;
            commands_.push_back(std::move(command));
            if (!sleeping_) return true;
        }
        wake_.notify_one();
        return true;
    }
    /// Waits for commands, at most so long (nullopt: without end); swaps them with the empty `out`.
    void take(std::vector<Command>& out, std::optional<Duration> at_most) {
        std::unique_lock lock{mutex_};
        const auto something = [&] { return !commands_.empty() || closed_; };
        if (!something()) {
            sleeping_ = true;
            if (at_most)
                wake_.wait_for(lock, *at_most, something);
            else
                wake_.wait(lock, something);
            sleeping_ = false;
        }
        out.swap(commands_);
    }
    void close() {
        {
            const std::lock_guard lock{mutex_};
            closed_ = true;
        }
        wake_.notify_one();
    }
    [[nodiscard]] bool closed() const {
        const std::lock_guard lock{mutex_};
        return closed_;
    }

    /// Bytes of sends that wait here.
    std::atomic<std::uint64_t> bytes = 0;

private:
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Command> commands_;
    bool sleeping_ = false;
    bool closed_ = false;
};

}  // namespace landfall::messages
