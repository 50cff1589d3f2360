#include "front/body_pipe.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace landfall::front {

namespace {
constexpr std::chrono::milliseconds kLookAgain{250};
}

BodyPipe::Flow BodyPipe::push(Block block) {
    const std::lock_guard lock{mutex_};
    held_ += block.size();
    if (block.size() > 0) blocks_.push_back(std::move(block));
    changed_.notify_one();
    paused_ = held_ >= kBodyInFlightMax.count;
    return paused_ ? Flow::pause : Flow::go_on;
}

void BodyPipe::finish() {
    const std::lock_guard lock{mutex_};
    finished_ = true;
    changed_.notify_one();
}

void BodyPipe::fail(Error error) {
    const std::lock_guard lock{mutex_};
    if (finished_ || failure_) return;
    failure_ = std::move(error);
    blocks_.clear();
    changed_.notify_one();
}

Result<std::size_t> BodyPipe::read(MutableByteSpan into, const std::atomic<bool>& closed) {
    if (into.empty()) return std::size_t{0};
    std::size_t copied = 0;
    bool resume = false;
    {
        std::unique_lock lock{mutex_};
        // The loop ends this wait: it fails the pipe when the client stalls, goes, or the server stops. Only
        // a loop that has ended already cannot; its connections are closed by then.
        const auto ready = [this] { return failure_ || finished_ || !blocks_.empty(); };
        while (!changed_.wait_for(lock, kLookAgain, ready)) {
            if (closed.load(std::memory_order_acquire))
                failure_ = Error{Errc::cancelled, "the connection is closed"};
        }
        if (failure_) return *failure_;
        while (copied < into.size() && !blocks_.empty()) {
            Block& block = blocks_.front();
            const std::size_t n = std::min(into.size() - copied, block.size());
            std::memcpy(into.data() + copied, block.bytes.get() + block.begin, n);
            block.begin += n;
            copied += n;
            if (block.size() == 0) blocks_.pop_front();
        }
        held_ -= copied;
        resume = paused_ && held_ <= kBodyInFlightMax.count / 2;
        if (resume) paused_ = false;
    }
    if (resume) resume_();
    return copied;
}

}  // namespace landfall::front
