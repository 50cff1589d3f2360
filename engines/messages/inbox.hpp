// Inbox: how other threads reach the owner: commands in the order of arrival, taken in batches.
//
// Invariants
//   1. After close() nothing is taken in; post() says so and the caller keeps its command.
//   2. The owner sleeps only while there is nothing to do; a poster wakes it only then, once a burst
//      (base/burst.hpp).
//   3. While a commit is on its way, commands that need one of their own (patient) do not wake the owner
//      before there are kPatientMax of them: they could be written no sooner, and the commit's end wakes it.
// Threads: any may post; one takes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "base/burst.hpp"
#include "base/clock.hpp"
#include "base/unique_function.hpp"

namespace landfall::messages {

class Core;

enum class Wake : std::uint8_t { at_once, patient };

class Inbox final : Sleeper {
public:
    using Command = UniqueFunction<void(Core&)>;

    /// False, and the command is left alone, after close().
    bool post(Command&& command, Wake wake = Wake::at_once) {
        {
            const std::lock_guard lock{mutex_};
            if (closed_) return false;
            commands_.push_back(std::move(command));
            if (!sleeping_ || due_) return true;
            if (wake == Wake::patient && commit_wakes_ && commands_.size() < kPatientMax) return true;
        }
        Burst::wake(*this);
        return true;
    }
    /// Whether a commit that was begun will end with a post of its own.
    enum class Commit : std::uint8_t { none, under_way };
    /// Waits for commands, at most so long (nullopt: without end); swaps them with the empty `out`.
    void take(std::vector<Command>& out, std::optional<Duration> at_most, Commit commit) {
        std::unique_lock lock{mutex_};
        const auto something = [&] { return due_ || closed_; };
        due_ = !commands_.empty();
        if (!something()) {
            sleeping_ = true;
            // Told before this lock was taken, but an end of the commit since then is a command, and seen.
            commit_wakes_ = commit == Commit::under_way;
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
    static constexpr std::size_t kPatientMax = 32;

    void wake_up() override {
        {
            const std::lock_guard lock{mutex_};
            if (!sleeping_ || due_) return;
            due_ = true;
        }
        wake_.notify_one();
    }

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Command> commands_;
    bool sleeping_ = false;
    bool due_ = false;           ///< the owner was woken for what has come
    bool commit_wakes_ = false;  ///< while it sleeps
    bool closed_ = false;
};

}  // namespace landfall::messages
