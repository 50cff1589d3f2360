// Codecs: compression states with their buffers, lent to threads; at most as many stay as were ever used at
// once, and no more than a few.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/bytes.hpp"
#include "core/blocks/frame.hpp"

namespace landfall::blocks {

/// One thread's compressor, decompressor and buffers.
class CodecState {
public:
    explicit CodecState(int level);
    ~CodecState();
    CodecState(const CodecState&) = delete;
    CodecState& operator=(const CodecState&) = delete;

    struct Packed {
        Codec codec = Codec::raw;
        ByteSpan payload;  ///< a view of `plain`, or of this state until its next use
    };
    /// zstd where it saves at least a sixteenth, else the bytes themselves. What was compressed is
    /// decompressed and compared: corrupt when it differs, which a faulty machine makes happen.
    [[nodiscard]] Result<Packed> pack(ByteSpan plain);
    /// `zlib` itself, which gave `plain` when the caller inflated it; pack(plain) where it saves too little.
    /// corrupt where its Adler-32 is not that of `plain`.
    [[nodiscard]] Result<Packed> pack_zlib(ByteSpan plain, ByteSpan zlib);
    /// False: `payload` is not `to.size()` bytes compressed.
    [[nodiscard]] bool unpack(Codec codec, ByteSpan payload, MutableByteSpan to);

    /// Room for a frame, and for the payload of one.
    [[nodiscard]] MutableByteSpan frame_room(std::size_t size);
    [[nodiscard]] MutableByteSpan payload_room(std::size_t size);

    /// Tests inject a fault between compression and comparison.
    std::byte fault_for_tests{0};

private:
    [[nodiscard]] bool inflate(ByteSpan zlib, MutableByteSpan to);

    struct Contexts;
    std::unique_ptr<Contexts> contexts_;
    int level_;
    std::vector<std::byte> packed_;
    std::vector<std::byte> check_;
    std::vector<std::byte> frame_;
    std::vector<std::byte> payload_;
};

class Codecs;

/// Returns its state when it goes.
class CodecLoan {
public:
    CodecLoan(Codecs& owner, std::unique_ptr<CodecState> state) : owner_{&owner}, state_{std::move(state)} {}
    CodecLoan(CodecLoan&&) noexcept = default;
    CodecLoan& operator=(CodecLoan&&) = delete;
    ~CodecLoan();
    CodecState* operator->() { return state_.get(); }

private:
    Codecs* owner_;
    std::unique_ptr<CodecState> state_;
};

/// Any thread may call.
class Codecs {
public:
    explicit Codecs(int level) : level_{level} {}
    [[nodiscard]] CodecLoan borrow();
    void give_back(std::unique_ptr<CodecState> state);
    void inject_fault(std::byte mask);

private:
    static constexpr std::size_t kKept = 4;
    const int level_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<CodecState>> idle_;
    std::byte fault_{0};
};

}  // namespace landfall::blocks
