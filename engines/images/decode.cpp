#include "engines/images/decode.hpp"

#include <libdeflate.h>
#include <zstd.h>

#include <string>

namespace landfall::images {

struct Decoder::State {
    libdeflate_decompressor* deflate = libdeflate_alloc_decompressor();
    ZSTD_DCtx* zstd = ZSTD_createDCtx();
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        libdeflate_free_decompressor(deflate);
        ZSTD_freeDCtx(zstd);
    }
};

Decoder::Decoder() : state_{std::make_unique<State>()} {
    CHECK(state_->deflate != nullptr && state_->zstd != nullptr);
}
Decoder::~Decoder() = default;

namespace {

Error wrong_length(const ByteSource& source, const Extent& extent, std::size_t got) {
    return bad_input(source, extent.at,
                     "the compressed bytes of guest offset " + std::to_string(extent.guest.value) + " give " +
                         std::to_string(got) + " bytes instead of " + std::to_string(extent.decoded));
}

Status judge(const ByteSource& source, const Extent& extent, libdeflate_result verdict, std::size_t got) {
    if (verdict == LIBDEFLATE_INSUFFICIENT_SPACE) {
        return bad_input(source, extent.at,
                         "the compressed bytes of guest offset " + std::to_string(extent.guest.value) +
                             " give more than the " + std::to_string(extent.decoded) +
                             " bytes of their place");
    }
    if (verdict != LIBDEFLATE_SUCCESS) {
        return bad_input(
            source, extent.at,
            "the compressed bytes of guest offset " + std::to_string(extent.guest.value) + " are damaged");
    }
    if (got < extent.length.count) return wrong_length(source, extent, got);
    return {};
}

Result<ByteSpan> decode_grain(libdeflate_decompressor* deflate, const ByteSource& source,
                              const Extent& extent, ByteSpan stored, MutableByteSpan out) {
    constexpr std::size_t kMarker = 12;
    if (stored.size() < kMarker) return bad_input(source, extent.at, "the file ends inside a grain marker");
    const auto lba = load_le<std::uint64_t>(stored);
    const auto size = load_le<std::uint32_t>(stored, 8);
    if (lba != extent.guest.value / 512) {
        return bad_input(source, extent.at,
                         "the grain of sector " + std::to_string(extent.guest.value / 512) +
                             " is marked as that of sector " + std::to_string(lba));
    }
    if (size == 0 || size > stored.size() - kMarker) {
        return bad_input(source, extent.at + Bytes{8},
                         "the grain is marked as " + std::to_string(size) + " compressed bytes, at most " +
                             std::to_string(stored.size() - kMarker) + " can be here");
    }
    std::size_t used = 0;
    std::size_t got = 0;
    const libdeflate_result verdict = libdeflate_zlib_decompress_ex(deflate, stored.data() + kMarker, size,
                                                                    out.data(), out.size(), &used, &got);
    TRY(judge(source, extent, verdict, got));
    return got == out.size() ? stored.subspan(kMarker, used) : ByteSpan{};
}

Status decode_deflate(libdeflate_decompressor* deflate, const ByteSource& source, const Extent& extent,
                      ByteSpan stored, MutableByteSpan out) {
    std::size_t used = 0;
    std::size_t got = 0;
    const libdeflate_result verdict = libdeflate_deflate_decompress_ex(deflate, stored.data(), stored.size(),
                                                                       out.data(), out.size(), &used, &got);
    return judge(source, extent, verdict, got);
}

Status decode_zstd(ZSTD_DCtx* zstd, const ByteSource& source, const Extent& extent, ByteSpan stored,
                   MutableByteSpan out) {
    const std::size_t frame = ZSTD_findFrameCompressedSize(stored.data(), stored.size());
    const std::size_t got = ZSTD_isError(frame) != 0
                                ? frame
                                : ZSTD_decompressDCtx(zstd, out.data(), out.size(), stored.data(), frame);
    if (ZSTD_isError(got) != 0) {
        return bad_input(source, extent.at,
                         "the compressed bytes of guest offset " + std::to_string(extent.guest.value) +
                             " are damaged (" + ZSTD_getErrorName(got) + ")");
    }
    if (got < extent.length.count) return wrong_length(source, extent, got);
    return {};
}

}  // namespace

Result<ByteSpan> Decoder::decode(const ByteSource& source, const Extent& extent, ByteSpan stored,
                                 MutableByteSpan out) {
    CHECK(out.size() == extent.decoded && stored.size() == extent.stored.count);
    switch (extent.kind) {
        case ExtentKind::vmdk_grain: return decode_grain(state_->deflate, source, extent, stored, out);
        case ExtentKind::deflate:
            TRY(decode_deflate(state_->deflate, source, extent, stored, out));
            return ByteSpan{};
        case ExtentKind::zstd: TRY(decode_zstd(state_->zstd, source, extent, stored, out)); return ByteSpan{};
        case ExtentKind::hole:
        case ExtentKind::zero:
        case ExtentKind::plain: break;
    }
    check_failed("an extent without compressed bytes was given to the decoder", __FILE__, __LINE__);
}

}  // namespace landfall::images
