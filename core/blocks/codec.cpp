#include "core/blocks/codec.hpp"

#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>

namespace landfall::blocks {
namespace {

/// The smallest zlib stream: header, one empty block, checksum.
constexpr std::size_t kZlibMin = 8;

/// How long a payload may be for compression to be worth it: it saves a sixteenth.
std::size_t worth(std::size_t plain) { return plain - plain / 16; }

}  // namespace

struct CodecState::Contexts {
    struct Free {
        void operator()(ZSTD_CCtx* p) const { ZSTD_freeCCtx(p); }
        void operator()(ZSTD_DCtx* p) const { ZSTD_freeDCtx(p); }
        void operator()(libdeflate_decompressor* p) const { libdeflate_free_decompressor(p); }
    };
    std::unique_ptr<ZSTD_CCtx, Free> compress;
    std::unique_ptr<ZSTD_DCtx, Free> decompress;
    std::unique_ptr<libdeflate_decompressor, Free> inflate;
};

CodecState::CodecState(int level) : contexts_{std::make_unique<Contexts>()}, level_{level} {}
CodecState::~CodecState() = default;

Result<CodecState::Packed> CodecState::pack(ByteSpan plain) {
    if (!contexts_->compress) contexts_->compress.reset(ZSTD_createCCtx());
    // No room for what would be kept raw: zstd then gives up early by itself.
    const std::size_t room = worth(plain.size());
    if (packed_.size() < room) packed_.resize(std::max<std::size_t>(room, 64 * 1024));
    const std::size_t size = ZSTD_compressCCtx(contexts_->compress.get(), packed_.data(), room, plain.data(),
                                               plain.size(), level_);
    if (ZSTD_isError(size) != 0 || size == 0) return Packed{Codec::raw, plain};
    packed_[size / 2] ^= fault_for_tests;
    const ByteSpan payload{packed_.data(), size};
    if (check_.size() < plain.size()) check_.resize(std::max<std::size_t>(plain.size(), 64 * 1024));
    const MutableByteSpan again = MutableByteSpan{check_}.first(plain.size());
    if (!unpack(Codec::zstd, payload, again) || std::memcmp(again.data(), plain.data(), plain.size()) != 0)
        return Error{Errc::corrupt, "a block did not come back from its compressor; this machine is faulty"};
    return Packed{Codec::zstd, payload};
}

Result<CodecState::Packed> CodecState::pack_zlib(ByteSpan plain, ByteSpan zlib) {
    if (zlib.size() < kZlibMin || zlib.size() > worth(plain.size())) return pack(plain);
    // Ties the stream to these very bytes, at a fiftieth of what inflating it a second time costs.
    const std::uint32_t stated = load_be<std::uint32_t>(zlib, zlib.size() - 4);
    if (stated != libdeflate_adler32(1, plain.data(), plain.size()))
        return Error{Errc::corrupt, "a compressed block is not that of its bytes"};
    return Packed{Codec::zlib, zlib};
}

bool CodecState::inflate(ByteSpan zlib, MutableByteSpan to) {
    if (!contexts_->inflate) contexts_->inflate.reset(libdeflate_alloc_decompressor());
    if (!contexts_->inflate) return false;
    std::size_t used = 0;
    // Without a place for the length, anything but to.size() bytes is a failure.
    const libdeflate_result result = libdeflate_zlib_decompress_ex(
        contexts_->inflate.get(), zlib.data(), zlib.size(), to.data(), to.size(), &used, nullptr);
    return result == LIBDEFLATE_SUCCESS && used == zlib.size();
}

bool CodecState::unpack(Codec codec, ByteSpan payload, MutableByteSpan to) {
    if (codec == Codec::raw) {
        if (payload.size() != to.size()) return false;
        std::copy(payload.begin(), payload.end(), to.begin());
        return true;
    }
    if (codec == Codec::zlib) return inflate(payload, to);
    if (!contexts_->decompress) contexts_->decompress.reset(ZSTD_createDCtx());
    const std::size_t size = ZSTD_decompressDCtx(contexts_->decompress.get(), to.data(), to.size(),
                                                 payload.data(), payload.size());
    return ZSTD_isError(size) == 0 && size == to.size();
}

MutableByteSpan CodecState::frame_room(std::size_t size) {
    if (frame_.size() < size) frame_.resize(size);
    return MutableByteSpan{frame_}.first(size);
}

MutableByteSpan CodecState::payload_room(std::size_t size) {
    if (payload_.size() < size) payload_.resize(size);
    return MutableByteSpan{payload_}.first(size);
}

CodecLoan::~CodecLoan() {
    if (state_ != nullptr) owner_->give_back(std::move(state_));
}

CodecLoan Codecs::borrow() {
    std::unique_ptr<CodecState> state;
    std::byte fault{0};
    {
        const std::lock_guard lock{mutex_};
        fault = fault_;
        if (!idle_.empty()) {
            state = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (state == nullptr) state = std::make_unique<CodecState>(level_);
    state->fault_for_tests = fault;
    return CodecLoan{*this, std::move(state)};
}

void Codecs::give_back(std::unique_ptr<CodecState> state) {
    const std::lock_guard lock{mutex_};
    if (idle_.size() < kKept) idle_.push_back(std::move(state));
}

void Codecs::inject_fault(std::byte mask) {
    const std::lock_guard lock{mutex_};
    fault_ = mask;
}

}  // namespace landfall::blocks
