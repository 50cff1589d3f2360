#include "engines/dbmove/postgres/read_ahead.hpp"

namespace landfall::dbmove::postgres {
namespace {

constexpr std::size_t kBytesAhead = 16U << 20U;
constexpr std::size_t kPieceBytes = 256U << 10U, kPieceMessages = 512;
constexpr std::size_t kSparePieces = 4;
constexpr std::size_t kMessageBytes = 300;  // of one without its values
constexpr std::chrono::milliseconds kWait{100};

std::size_t weight_of(const Message& message) {
    return kMessageBytes + message.before.weight() + message.after.weight() + message.content.size();
}

}  // namespace

ReadAhead::ReadAhead(ThreadStarter& threads, std::unique_ptr<Changes> changes)
    : sent_{changes->sent()}, changes_{std::move(changes)} {
    thread_ = threads.start("move.log", [this] { read(); });
}

ReadAhead::~ReadAhead() {
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
        went_.notify_one();
    }
    thread_.join();
}

void ReadAhead::read() {
    Piece piece;
    for (;;) {
        Status filled = fill(piece);
        const bool goes_on = hand_over(piece);
        if (filled.ok() && goes_on) continue;
        const std::lock_guard lock{mutex_};
        if (ended_.ok()) ended_ = filled.ok() ? Status{Error{Errc::cancelled, "stopped"}} : std::move(filled);
        came_.notify_one();
        return;
    }
}

/// What is there; waits for the first message alone.
Status ReadAhead::fill(Piece& piece) {
    piece.count = piece.bytes = 0;
    while (piece.count < kPieceMessages && piece.bytes < kPieceBytes) {
        if (piece.messages.size() == piece.count) piece.messages.emplace_back();
        Message& message = piece.messages[piece.count];
        const auto got =
            TRY(changes_->next(piece.count == 0 ? kWait : std::chrono::milliseconds{0}, message));
        if (got == Got::nothing) break;
        piece.bytes += weight_of(message);
        ++piece.count;
    }
    return {};
}

/// Waits for room. False: nobody takes it any more.
bool ReadAhead::hand_over(Piece& piece) {
    piece.sent = changes_->sent();
    std::unique_lock lock{mutex_};
    while (!stopped_ && bytes_ahead_ >= kBytesAhead) {
        went_.wait_for(lock, kWait);
        const Lsn durable = durable_;
        lock.unlock();
        Status told = changes_->acknowledge(durable);
        lock.lock();
        if (told.ok()) continue;
        ended_ = std::move(told);
        break;
    }
    if (stopped_) return false;
    const Lsn durable = durable_;
    if (piece.count == 0 && !ready_.empty()) {
        ready_.back().sent = piece.sent;
    } else {
        bytes_ahead_ += piece.bytes;
        ready_.push_back(std::move(piece));
        piece = {};
        if (!spare_.empty()) piece = std::move(spare_.back()), spare_.pop_back();
    }
    came_.notify_one();
    if (!ended_.ok()) return false;
    lock.unlock();
    Status told = changes_->acknowledge(durable);
    if (told.ok()) return true;
    lock.lock();
    ended_ = std::move(told);
    return false;
}

/// False: nothing came in time, or the reader has ended.
bool ReadAhead::take(std::chrono::milliseconds wait) {
    std::unique_lock lock{mutex_};
    came_.wait_for(lock, wait, [&] { return !ready_.empty() || !ended_.ok(); });
    if (ready_.empty()) return false;
    if (spare_.size() < kSparePieces && !current_.messages.empty()) spare_.push_back(std::move(current_));
    current_ = std::move(ready_.front());
    ready_.pop_front();
    bytes_ahead_ -= current_.bytes;
    at_ = 0;
    went_.notify_one();
    return true;
}

Result<Changes::Got> ReadAhead::next(std::chrono::milliseconds wait, Message& out) {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    while (at_ == current_.count) {
        sent_ = std::max(sent_, current_.sent);
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            std::max(deadline - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration{}));
        if (take(left)) continue;
        const std::lock_guard lock{mutex_};
        if (!ready_.empty()) continue;
        if (!ended_.ok()) return ended_.error();
        return Got::nothing;
    }
    std::swap(out, current_.messages[at_++]);
    return Got::change;
}

Status ReadAhead::acknowledge(Lsn durable) {
    const std::lock_guard lock{mutex_};
    durable_ = std::max(durable_, durable);
    return {};
}

}  // namespace landfall::dbmove::postgres
