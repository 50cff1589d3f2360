// ReadAhead: a source's changes, read and decoded on a thread of their own while the target is written.
//
// Invariants
//   1. Messages come in the order of the log, an error behind all that came before it.
//   2. What waits is bounded: behind kBytesAhead the source waits.
//   3. sent() is never ahead of what next() has answered.
//   4. The source hears of what is durable, and that we live, also while nothing is taken.
// Threads: one at a time; the reader is its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/thread_starter.hpp"
#include "engines/dbmove/postgres/source.hpp"

namespace landfall::dbmove::postgres {

class ReadAhead final : public Changes {
public:
    ReadAhead(ThreadStarter& threads, std::unique_ptr<Changes> changes);
    ~ReadAhead() override;
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    Result<Got> next(std::chrono::milliseconds wait, Message& out) override;
    Status acknowledge(Lsn durable) override;
    [[nodiscard]] Lsn sent() const override { return sent_; }

private:
    /// Some messages, to hand them over together.
    struct Piece {
        std::vector<Message> messages;  ///< the first `count`; the others are kept for their memory
        std::size_t count = 0;
        std::size_t bytes = 0;
        Lsn sent;  ///< behind the last of them
    };
    void read();
    Status fill(Piece& piece);
    bool hand_over(Piece& piece);
    bool take(std::chrono::milliseconds wait);

    Piece current_;  ///< what next() answers from
    std::size_t at_ = 0;
    Lsn sent_;

    std::unique_ptr<Changes> changes_;  ///< the reader's
    std::mutex mutex_;
    std::condition_variable came_, went_;
    std::deque<Piece> ready_;      ///< under mutex_
    std::vector<Piece> spare_;     ///< under mutex_
    std::size_t bytes_ahead_ = 0;  ///< under mutex_
    Lsn durable_;                  ///< under mutex_
    Status ended_;                 ///< under mutex_: what ended the reader
    bool stopped_ = false;         ///< under mutex_
    std::thread thread_;
};

}  // namespace landfall::dbmove::postgres
