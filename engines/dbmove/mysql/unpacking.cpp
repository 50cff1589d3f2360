#include "engines/dbmove/mysql/unpacking.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "engines/dbmove/mysql/binlog_event.hpp"
#include "engines/dbmove/mysql/cursor.hpp"

namespace landfall::dbmove::mysql {
namespace {

/// DEFLATE makes at most 1032 bytes of one.
constexpr std::uint64_t kDeflateRatioMax = 1032;
constexpr std::size_t kStep = 64 * 1024;

}  // namespace

Status unpack_mariadb(ByteSpan packed, std::uint64_t max, std::string& out) {
    Cursor in{packed};
    const std::uint8_t head = in.u8();
    if ((head & 0xe0U) != 0x80U || (head & 0x10U) != 0)
        return Error{Errc::corrupt, "a compressed event begins with byte " + std::to_string(head)};
    const std::uint64_t size = in.big(head & 0x07U);
    const ByteSpan deflated = in.rest();
    TRY(in.status("a compressed event"));
    if (size > max)
        return Error{Errc::exhausted, "a compressed event of " + std::to_string(size) +
                                          " bytes, above the limit of " + std::to_string(max)};
    if (size > deflated.size() * kDeflateRatioMax + kDeflateRatioMax)
        return Error{Errc::corrupt, "a compressed event claims " + std::to_string(size) + " bytes out of " +
                                        std::to_string(deflated.size())};
    out.resize(static_cast<std::size_t>(size) + 1);  // one more, to see that no more comes
    uLongf made = out.size();
    const int code = uncompress(reinterpret_cast<Bytef*>(out.data()), &made,
                                reinterpret_cast<const Bytef*>(deflated.data()), deflated.size());
    if (code != Z_OK || made != size) {
        out.clear();
        return Error{Errc::corrupt, "a compressed event does not unpack to the " + std::to_string(size) +
                                        " bytes that it claims"};
    }
    out.resize(static_cast<std::size_t>(size));
    return {};
}

struct PayloadReader::Stream {
    TransactionPayload payload;
    std::uint64_t event_max;
    std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> zstd{nullptr, ZSTD_freeDCtx};
    ZSTD_inBuffer in{};
    std::string bytes;           ///< unpacked, not all given yet
    std::size_t given = 0;       ///< of them
    std::uint64_t unpacked = 0;  ///< since the begin
    bool ended = false;
};

PayloadReader::PayloadReader(const TransactionPayload& payload, std::uint64_t event_max)
    : stream_{std::make_unique<Stream>(Stream{.payload = payload, .event_max = event_max})} {
    stream_->in = {payload.packed.data(), payload.packed.size(), 0};
    if (payload.packing == TransactionPayload::Packing::zstd) stream_->zstd.reset(ZSTD_createDCtx());
}

PayloadReader::~PayloadReader() = default;

/// Until `wanted` bytes stand after `given`, or the payload ends.
Status PayloadReader::fill(std::size_t wanted) {
    Stream& s = *stream_;
    if (s.bytes.size() - s.given >= wanted) return {};
    s.bytes.erase(0, s.given);
    s.given = 0;
    while (s.bytes.size() < wanted && !s.ended) {
        const std::size_t before = s.bytes.size();
        if (s.payload.packing == TransactionPayload::Packing::none) {
            const std::size_t step = std::min(std::max(kStep, wanted - before), s.in.size - s.in.pos);
            s.bytes.append(text_of(s.payload.packed.subspan(s.in.pos, step)));
            s.in.pos += step;
            s.ended = s.in.pos == s.in.size;
        } else {
            s.bytes.resize(before + kStep);
            ZSTD_outBuffer out{s.bytes.data() + before, kStep, 0};
            const std::size_t code = ZSTD_decompressStream(s.zstd.get(), &out, &s.in);
            s.bytes.resize(before + out.pos);
            if (ZSTD_isError(code) != 0)
                return Error{Errc::corrupt, std::string{"TRANSACTION_PAYLOAD: "} + ZSTD_getErrorName(code)};
            s.ended = s.in.pos == s.in.size && (code == 0 || out.pos < kStep);
            if (s.ended && code != 0)
                return Error{Errc::corrupt, "TRANSACTION_PAYLOAD: its compressed bytes are cut"};
        }
        s.unpacked += s.bytes.size() - before;
    }
    if (s.unpacked > s.payload.unpacked_size || (s.ended && s.unpacked != s.payload.unpacked_size))
        return Error{Errc::corrupt, "TRANSACTION_PAYLOAD: " + std::to_string(s.unpacked) +
                                        " bytes unpacked, " + std::to_string(s.payload.unpacked_size) +
                                        " claimed"};
    return {};
}

Result<ByteSpan> PayloadReader::next() {
    Stream& s = *stream_;
    TRY(fill(EventHeader::kSize));
    const std::size_t there = s.bytes.size() - s.given;
    if (there == 0) return ByteSpan{};
    if (there < EventHeader::kSize) return Error{Errc::corrupt, "TRANSACTION_PAYLOAD: its last event is cut"};
    const auto length = load_le<std::uint32_t>(bytes_of(s.bytes), s.given + 9);
    if (length < EventHeader::kSize)
        return Error{Errc::corrupt, "TRANSACTION_PAYLOAD: an event of " + std::to_string(length) + " bytes"};
    if (length > s.event_max)
        return Error{Errc::exhausted, "TRANSACTION_PAYLOAD: an event of " + std::to_string(length) +
                                          " bytes, above the limit of " + std::to_string(s.event_max)};
    TRY(fill(length));
    if (s.bytes.size() - s.given < length)
        return Error{Errc::corrupt, "TRANSACTION_PAYLOAD: its last event is cut"};
    const ByteSpan event = bytes_of(s.bytes).subspan(s.given, length);
    s.given += length;
    return event;
}

}  // namespace landfall::dbmove::mysql
