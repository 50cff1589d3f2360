// LogTail: the owner's end of the log: where the next record goes, which segments are ready, which are full.
//
// Invariants
//   1. Sends are let in only while one prepared segment stays in reserve; what shrinks queues may use that
//      one up.
//   2. A record lies in one segment and in one commit frame.
// Threads: the owner; prepared() may be called from any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engines/messages/commit.hpp"
#include "engines/messages/segment.hpp"

namespace landfall::messages {

/// What a record is for, when space is short.
enum class Need { grows, shrinks };

class LogTail {
public:
    struct Place {
        Segment* segment = nullptr;
        std::uint32_t offset = 0;
        MutableByteSpan bytes;  ///< to be written, each of them; valid until the next append()
    };
    using Sealed = UniqueFunction<void(Segment&)>;
    /// Starts to prepare a segment of at least that size; the answer comes by prepared().
    using Prepare = UniqueFunction<void(SegmentName, Bytes)>;

    LogTail(Bytes segment_size, Prepare prepare, Sealed sealed)
        : segment_size_{segment_size}, prepare_{std::move(prepare)}, sealed_{std::move(sealed)} {}

    /// The segment that the log goes on in, and where; before anything else.
    void open_at(Segment& segment, std::uint64_t offset, Bytes size);
    /// A segment that recovery found ready, in order.
    void add_ready(SegmentName segment, Bytes size);
    void prepared(SegmentName segment, Bytes size, Status status);
    /// Asks for segments until two are ready. Called when space may have come back, too.
    void replenish();

    /// exhausted: the disk is full. May wait for a segment that is just being prepared.
    [[nodiscard]] Status make_room(std::size_t length, Need need);
    /// Room for one record in the batch that fills. make_room() said that there is.
    [[nodiscard]] Place append(Batch& batch, std::size_t length);
    /// The memory of a commit that is over, for those to come.
    void take_back(LogBuffer buffer);
    /// The next record begins a frame, so that a checkpoint can begin there.
    void end_frame() { new_frame_ = true; }

    [[nodiscard]] std::map<std::uint64_t, std::unique_ptr<Segment>>& segments() { return segments_; }
    [[nodiscard]] const std::map<std::uint64_t, std::unique_ptr<Segment>>& segments() const {
        return segments_;
    }
    [[nodiscard]] Segment& open_segment() { return *open_; }
    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    /// Fewer segments are in reserve than should be, and none is coming: the disk is full, or nearly.
    [[nodiscard]] bool starved() const { return ready_.size() < kReadyWanted && !preparing_; }
    [[nodiscard]] Segment& add_segment(SegmentName name);

private:
    static constexpr std::size_t kReadyWanted = 2;
    /// One batch fills while another is written and a third is on its way back.
    static constexpr std::size_t kSpareMax = 3;
    static constexpr std::size_t kSpareBytesMax = 4 * 1024 * 1024;

    [[nodiscard]] bool fits(std::size_t length) const;
    [[nodiscard]] bool roll(std::size_t length, Need need);
    void take_prepared();
    [[nodiscard]] LogBuffer buffer();

    struct Ready {
        SegmentName name;
        Bytes size;
    };
    const Bytes segment_size_;
    Prepare prepare_;
    Sealed sealed_;
    std::map<std::uint64_t, std::unique_ptr<Segment>> segments_;
    Segment* open_ = nullptr;
    std::uint64_t offset_ = 0;
    Bytes size_;
    bool new_frame_ = true;
    std::deque<Ready> ready_;
    std::vector<LogBuffer> spare_;
    std::uint64_t next_number_ = 1;
    bool preparing_ = false;
    bool refused_ = false;

    std::mutex mutex_;
    std::condition_variable came_;
    struct Answer {
        Ready ready;
        Status status;
    };
    std::deque<Answer> answers_;
};

}  // namespace landfall::messages
