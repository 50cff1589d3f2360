#include "engines/messages/log_tail.hpp"

#include <algorithm>

#include "engines/messages/record.hpp"

namespace landfall::messages {

Segment& LogTail::add_segment(SegmentName name) {
    auto& segment = segments_[name.number];
    segment = std::make_unique<Segment>();
    segment->name = std::make_shared<const SegmentName>(name);
    next_number_ = std::max(next_number_, name.number + 1);
    return *segment;
}

void LogTail::open_at(Segment& segment, std::uint64_t offset, Bytes size) {
    open_ = &segment;
    offset_ = offset;
    size_ = size;
    new_frame_ = true;
}

void LogTail::add_ready(SegmentName segment, Bytes size) {
    ready_.push_back({segment, size});
    next_number_ = std::max(next_number_, segment.number + 1);
}

void LogTail::prepared(SegmentName segment, Bytes size, Status status) {
    {
        const std::lock_guard lock{mutex_};
        answers_.push_back({{segment, size}, std::move(status)});
    }
    came_.notify_one();
}

void LogTail::take_prepared() {
    const std::lock_guard lock{mutex_};
    for (const Answer& answer : answers_) {
        preparing_ = false;
        refused_ = !answer.status.ok();
        if (!refused_) ready_.push_back(answer.ready);
    }
    answers_.clear();
}

void LogTail::replenish() {
    take_prepared();
    if (preparing_ || ready_.size() >= kReadyWanted) return;
    preparing_ = true;
    const std::uint64_t number = ready_.empty() ? open_->name->number + 1 : ready_.back().name.number + 1;
    prepare_(SegmentName{number, 0}, segment_size_);
}

bool LogTail::fits(std::size_t length) const { return offset_ + kFrameSize + length <= size_.count; }

bool LogTail::roll(std::size_t length, Need need) {
    const std::size_t kept = need == Need::grows ? 1 : 0;
    if (ready_.size() <= kept || kFrameSize + length > ready_.front().size.count) return false;
    Segment& full = *open_;
    full.end = offset_;
    full.sealed = true;
    const Ready next = ready_.front();
    ready_.pop_front();
    open_at(add_segment(next.name), 0, next.size);
    sealed_(full);
    refused_ = false;
    replenish();
    return true;
}

Status LogTail::make_room(std::size_t length, Need need) {
    take_prepared();
    for (;;) {
        const bool reserve_kept = need == Need::shrinks || !ready_.empty();
        if (fits(length) && reserve_kept) return {};
        if (reserve_kept && roll(length, need)) continue;
        if (kFrameSize + length > segment_size_.count)
            return Error{Errc::invalid, "the message is larger than a segment of the log"};
        if (refused_ && !preparing_) {
            // Space may have come back: the next call will know.
            refused_ = false;
            replenish();
            return Error{Errc::exhausted, "no space is left on the disk of the message log"};
        }
        replenish();
        std::unique_lock lock{mutex_};
        came_.wait(lock, [&] { return !answers_.empty(); });
        lock.unlock();
        take_prepared();
    }
}

LogTail::Place LogTail::append(Batch& batch, std::size_t length) {
    CHECK(fits(length));
    const bool fresh_part = batch.parts.empty() || batch.parts.back().segment != *open_->name;
    if (fresh_part)
        batch.parts.push_back({.segment = *open_->name, .at = offset_, .bytes = buffer(), .frames = {}});
    Batch::Part& part = batch.parts.back();
    if (fresh_part || new_frame_) {
        part.frames.push_back(part.bytes.size());
        std::ranges::fill(part.bytes.grow(kFrameSize), std::byte{0});
        offset_ += kFrameSize;
        batch.bytes += kFrameSize;
        new_frame_ = false;
    }
    const Place place{open_, static_cast<std::uint32_t>(offset_), part.bytes.grow(length)};
    offset_ += length;
    batch.bytes += length;
    open_->end = offset_;
    return place;
}

LogBuffer LogTail::buffer() {
    if (spare_.empty()) return {};
    LogBuffer buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
}

void LogTail::take_back(LogBuffer buffer) {
    if (spare_.size() >= kSpareMax || buffer.room() > kSpareBytesMax) return;
    buffer.clear();
    spare_.push_back(std::move(buffer));
}

}  // namespace landfall::messages
