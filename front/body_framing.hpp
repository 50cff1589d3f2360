// BodyFraming: where a request's body ends, in any pieces: by its Content-Length, or by the chunked coding
// (RFC 9112 §6, §7.1). Pure.
//
// Invariants
//   1. Every byte is taken as soon as it is there, so the same bytes have the same outcome however they were
//      cut.
//   2. What two parsers could read differently is refused: a bare LF or CR, blanks around a chunk's size, a
//      size of more than 16 digits, control characters in extensions and trailers, a trailer that would
//      change the framing or the routing (RFC 9110 §6.5.1).
//   3. A size line with its extensions, and the trailer section, are at most kChunkLineMax each.
//
// Thread-compatible: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/units.hpp"

namespace landfall::front {

/// A chunk's size line with its extensions, or a chunked body's trailer section.
inline constexpr Bytes kChunkLineMax = 8_KiB;

class BodyFraming {
public:
    void begin_length(std::uint64_t length);
    void begin_chunked();

    struct Step {
        enum class Kind : std::uint8_t { need_more, piece, end, refused } kind;
        std::size_t consumed = 0;   ///< of `available`; framing as well as body
        std::string_view piece{};   ///< a view of `available`
        std::string_view reason{};  ///< static storage, where refused
    };
    /// `available` starts where the last step's `consumed` ended. After `end` or `refused`: until the next
    /// begin.
    [[nodiscard]] Step next(std::string_view available);
    [[nodiscard]] bool ended() const { return state_ == State::ended; }

private:
    enum class State : std::uint8_t {
        counted,  ///< the rest of a body of known length
        size_first,
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_first,
        trailer_name,
        trailer_value,
        trailer_lf,
        last_lf,
        ended,
    };
    /// One byte of framing. The reason of a refusal, or empty.
    [[nodiscard]] std::string_view take(char c);
    [[nodiscard]] std::string_view take_size(char c);
    [[nodiscard]] std::string_view take_trailer(char c);
    [[nodiscard]] bool names_framing() const;

    State state_ = State::ended;
    std::uint64_t left_ = 0;  ///< of the body, or of the chunk
    std::uint64_t line_ = 0;  ///< bytes of the size line, or of the trailer section
    std::uint8_t digits_ = 0;
    std::uint8_t name_size_ = 0;  ///< of the trailer's name; stops at the end of name_
    std::array<char, 24> name_{};
};

}  // namespace landfall::front
