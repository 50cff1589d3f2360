#include "core/blocks/codec.hpp"

#include <zstd.h>

#include <algorithm>

namespace landfall::blocks {

struct CodecState::Contexts {
    struct Free {
        void operator()(ZSTD_CCtx* p) const { ZSTD_freeCCtx(p); }
        void operator()(ZSTD_DCtx* p) const { ZSTD_freeDCtx(p); }
    };
    std::unique_ptr<ZSTD_CCtx, Free> compress;
    std::unique_ptr<ZSTD_DCtx, Free> decompress;
};

CodecState::CodecState(int level) : contexts_{std::make_unique<Contexts>()}, level_{level} {}
CodecState::~CodecState() = default;

Result<CodecState::Packed> CodecState::pack(ByteSpan plain) {
    if (!contexts_->compress) contexts_->compress.reset(ZSTD_createCCtx());
    // Room for one byte less than what would be kept raw: zstd then gives up early by itself.
    const std::size_t worth = plain.size() - plain.size() / 16;
    if (packed_.size() < worth) packed_.resize(std::max<std::size_t>(worth, 64 * 1024));
    const std::size_t size = ZSTD_compressCCtx(contexts_->compress.get(), packed_.data(), worth, plain.data(),
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

bool CodecState::unpack(Codec codec, ByteSpan payload, MutableByteSpan to) {
    if (codec == Codec::raw) {
        if (payload.size() != to.size()) return false;
        std::copy(payload.begin(), payload.end(), to.begin());
        return true;
    }
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
