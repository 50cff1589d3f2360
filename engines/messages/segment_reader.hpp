// SegmentReader: one segment's bytes for whoever walks it, a piece at a time.
//
// Holds one piece, or the longest range that was asked for if that is longer. Threads: one.
#pragma once

#include <algorithm>
#include <vector>

#include "engines/messages/log_device.hpp"

namespace landfall::messages {

class SegmentReader {
public:
    [[nodiscard]] static Result<SegmentReader> open(LogDevice& device, const SegmentName& segment) {
        const Bytes data_end = TRY(device.data_end(segment));
        const Bytes size = TRY(device.size(segment));
        return SegmentReader{device, segment, size.count, data_end.count};
    }

    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// Everything from here on is zeros, as when it was made ready.
    [[nodiscard]] std::uint64_t data_end() const { return data_end_; }
    /// The bytes from `offset` on, `length` of them or fewer at the segment's end. Valid until the next call.
    [[nodiscard]] Result<ByteSpan> at(std::uint64_t offset, std::size_t length) {
        length = static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ - std::min(offset, size_)));
        if (offset < from_ || offset + length > from_ + held_) TRY(load(offset, length));
        return ByteSpan{bytes_}.subspan(static_cast<std::size_t>(offset - from_), length);
    }

    static constexpr std::size_t kPiece = (1_MiB).count;

private:
    SegmentReader(LogDevice& device, const SegmentName& segment, std::uint64_t size, std::uint64_t data_end)
        : device_{&device}, segment_{segment}, size_{size}, data_end_{data_end} {}

    Status load(std::uint64_t offset, std::size_t length) {
        // As much as there is, but no zeros that nobody asked for.
        const std::uint64_t data = data_end_ - std::min(offset, data_end_);
        held_ = std::max(length, static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, data)));
        from_ = offset;
        if (bytes_.size() < held_) bytes_.resize(held_);
        const Bytes got =
            TRY(device_->read(segment_, ByteOffset{offset}, MutableByteSpan{bytes_}.first(held_)));
        if (got.count == held_) return {};
        held_ = 0;
        return Error{Errc::io, "segment " + std::to_string(segment_.number) +
                                   " of the message log became shorter while it was read"};
    }

    LogDevice* device_;
    SegmentName segment_;
    std::uint64_t size_;
    std::uint64_t data_end_;
    std::vector<std::byte> bytes_;
    std::uint64_t from_ = 0;
    std::size_t held_ = 0;
};

}  // namespace landfall::messages
