#include "engines/messages/replay.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "base/checksum.hpp"
#include "engines/messages/segment_reader.hpp"

namespace landfall::messages {
namespace {

std::string place_of(const SegmentName& segment, std::uint64_t offset) {
    char text[80];
    std::snprintf(text, sizeof text, "segment %llu.%u of the message log, offset %llu",
                  static_cast<unsigned long long>(segment.number), segment.generation,
                  static_cast<unsigned long long>(offset));
    return text;
}

class Replayer {
public:
    Replayer(LogDevice& device, const KeyedHash& key, LogPosition start, OnRecord& on_record)
        : device_{device}, key_{key}, at_{start}, on_record_{on_record} {}

    Result<LogPosition> run(std::span<const SegmentName> all) {
        // A compacted segment stands beside the one that it copies while a checkpoint still begins in that
        // one; it is no part of the log.
        std::vector<SegmentName> segments;
        std::copy_if(all.begin(), all.end(), std::back_inserter(segments),
                     [](const SegmentName& segment) { return segment.generation == 0; });
        for (std::size_t i = 0; i < segments.size(); ++i) {
            if (segments[i] < at_.segment) continue;
            if (segments[i] != at_.segment && !follows(segments[i]))
                return behind(std::span{segments}.subspan(i));
            auto reader = TRY(SegmentReader::open(device_, segments[i]));
            if (segments[i] != at_.segment) {
                const auto first = decode_frame(TRY(reader.at(0, kFrameSize)), key_);
                if (!first || !chained(*first)) return behind(std::span{segments}.subspan(i));
                at_.segment = segments[i];
                at_.offset = 0;
            }
            std::vector<std::byte> next;
            if (i + 1 < segments.size() && follows(segments[i + 1])) {
                next.resize(kFrameSize);
                const Bytes got = TRY(device_.read(segments[i + 1], ByteOffset{0}, next));
                next.resize(got.count);
            }
            TRY(walk(reader, next));
        }
        return at_;
    }

    /// The last commits may have been read from memory that never reached the disk (a killed process, a
    /// failed sync): they are written again before anything is built on them.
    Status make_durable() {
        std::vector<std::vector<std::byte>> bytes;
        std::vector<Extent> extents;
        for (const Place& place : unproven_) {
            bytes.emplace_back(place.length);
            const Bytes got = TRY(device_.read(place.segment, ByteOffset{place.offset}, bytes.back()));
            if (got.count != place.length)
                return Error{Errc::io, place_of(place.segment, place.offset) + ": cut off"};
            extents.push_back({place.segment, ByteOffset{place.offset}, bytes.back()});
        }
        return extents.empty() ? Status{} : device_.append(extents);
    }

private:
    /// Segments behind the end: made ready, or left over; a later part of the log must not be among them.
    Result<LogPosition> behind(std::span<const SegmentName> segments) {
        std::vector<std::byte> head(kFrameSize);
        for (const SegmentName& segment : segments) {
            const Bytes got = TRY(device_.read(segment, ByteOffset{0}, head));
            if (proven_at(ByteSpan{head}.first(got.count), at_.chain.serial + 1))
                return Error{Errc::corrupt,
                             place_of(at_.segment, at_.offset) + ": the log goes on behind a gap"};
        }
        return at_;
    }
    [[nodiscard]] bool follows(const SegmentName& segment) const {
        return segment.number == at_.segment.number + 1 && segment.generation == 0;
    }
    [[nodiscard]] bool chained(const Frame& frame) const {
        return frame.serial == at_.chain.serial + 1 && frame.previous == at_.chain.mac;
    }

    /// Moves at_ over all frames of this segment that chain.
    Status walk(SegmentReader& reader, ByteSpan next_segment) {
        while (at_.offset < reader.size()) {
            const auto frame = decode_frame(TRY(reader.at(at_.offset, kFrameSize)), key_);
            if (!frame || !chained(*frame) || frame->length > reader.size() - at_.offset - kFrameSize)
                return ended(reader, next_segment);
            const std::uint64_t records = at_.offset + kFrameSize;
            const std::uint64_t behind = records + frame->length;
            const bool whole = Crc32c::of(TRY(reader.at(records, frame->length))) == frame->records_crc;
            if (!whole && !TRY(proven(reader, behind, frame->serial)) &&
                !proven_at(next_segment, frame->serial))
                return {};
            TRY(take(TRY(reader.at(records, frame->length)), records));
            std::erase_if(unproven_, [&](const Place& place) { return place.serial <= frame->durable; });
            unproven_.push_back({at_.segment, at_.offset, kFrameSize + frame->length, frame->serial});
            at_.offset = behind;
            at_.chain = Chain{frame->serial, frame->mac};
        }
        return {};
    }

    /// The end of the log, unless a frame behind it says that there was more.
    Status ended(SegmentReader& reader, ByteSpan next_segment) const {
        const auto next = decode_frame(next_segment, key_);
        if (next && chained(*next)) return {};
        if (proven_at(next_segment, at_.chain.serial + 1) ||
            TRY(proven(reader, at_.offset, at_.chain.serial + 1)))
            return Error{Errc::corrupt,
                         place_of(at_.segment, at_.offset) +
                             ": a commit that was durable is damaged; the log cannot be read on"};
        return {};
    }

    [[nodiscard]] bool proven_at(ByteSpan bytes, std::uint64_t serial) const {
        const auto frame = decode_frame(bytes, key_);
        return frame && frame->durable >= serial;
    }
    /// A frame anywhere from `at` on says so. Frames lie in steps of eight bytes and do not begin with zeros,
    /// so that what was never written need not be read.
    Result<bool> proven(SegmentReader& reader, std::uint64_t at, std::uint64_t serial) const {
        while (at < reader.data_end()) {
            const std::uint64_t left = reader.data_end() - at + kFrameSize;
            const ByteSpan bytes = TRY(reader.at(at, std::min<std::uint64_t>(left, SegmentReader::kPiece)));
            if (bytes.size() < kFrameSize) return false;
            for (std::size_t i = next_frame_mark(bytes, 0); i < bytes.size();
                 i = next_frame_mark(bytes, i + 8))
                if (proven_at(bytes.subspan(i), serial)) return true;
            // The next piece begins with the first place at which a frame was cut off by this one's end.
            at += ((bytes.size() - kFrameSize) / 8 + 1) * 8;
        }
        return false;
    }

    Status take(ByteSpan records, std::uint64_t offset) {
        while (!records.empty()) {
            auto decoded = decode(records, Body::verify);
            if (!decoded.ok()) return std::move(decoded).error().in(place_of(at_.segment, offset));
            TRY(on_record_(at_.segment, offset, *decoded));
            records = records.subspan(decoded->length);
            offset += decoded->length;
        }
        return {};
    }

    struct Place {
        SegmentName segment;
        std::uint64_t offset;
        std::size_t length;
        std::uint64_t serial;
    };
    LogDevice& device_;
    const KeyedHash& key_;
    LogPosition at_;
    OnRecord& on_record_;
    std::vector<Place> unproven_;  ///< frames that nothing says were durable
};

}  // namespace

Result<LogPosition> replay(LogDevice& device, const KeyedHash& key, std::span<const SegmentName> segments,
                           LogPosition start, OnRecord& on_record) {
    Replayer replayer{device, key, start, on_record};
    const LogPosition end = TRY(replayer.run(segments));
    TRY(replayer.make_durable());
    return end;
}

Status walk_segment(LogDevice& device, const KeyedHash& key, const SegmentName& segment, std::uint64_t end,
                    OnRecord& on_record) {
    auto reader = TRY(SegmentReader::open(device, segment));
    end = std::min(end, reader.size());
    std::uint64_t at = 0;
    while (at + kFrameSize <= end) {
        const auto frame = decode_frame(TRY(reader.at(at, kFrameSize)), key);
        if (!frame || frame->length > end - at - kFrameSize)
            return Error{Errc::corrupt, place_of(segment, at) + ": no commit is here"};
        at += kFrameSize;
        ByteSpan records = TRY(reader.at(at, frame->length));
        while (!records.empty()) {
            const auto decoded = decode(records, Body::leave);
            if (!decoded.ok()) break;
            TRY(on_record(segment, at, *decoded));
            records = records.subspan(decoded->length);
            at += decoded->length;
        }
        at += records.size();
    }
    return {};
}

}  // namespace landfall::messages
