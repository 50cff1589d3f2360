// Character sets of MariaDB and MySQL: from a column's bytes to UTF-8, as the server converts for a client.
//
// Invariants
//   1. What the server prints as '?' (a byte sequence that is no character of the set, or one without a place
//      in Unicode) is '?' here as well, and counted.
//   2. binary is never converted. Half a pair of surrogates in ucs2 is '?': the server prints bytes that are
//      not UTF-8.
// Threads: one owner; a decoder holds a conversion's state.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace landfall::dbmove::mysql {

struct HighHalf;
struct Difference;

/// The set of a collation by its number in logs, of either server; empty for an unknown one.
[[nodiscard]] std::string_view charset_of_collation(std::uint32_t collation);

class TextDecoder {
public:
    /// `charset` as CHARACTER_SET_NAME says it. Errc::invalid for one that is not known.
    [[nodiscard]] static Result<TextDecoder> open(std::string_view charset);
    TextDecoder(TextDecoder&&) noexcept;
    TextDecoder& operator=(TextDecoder&&) noexcept;
    ~TextDecoder();

    [[nodiscard]] bool is_binary() const { return way_ == Way::bytes; }
    /// Appends `bytes` as UTF-8.
    void decode(std::string_view bytes, std::string& out);
    /// Characters that became '?' so far.
    [[nodiscard]] std::uint64_t replaced() const { return replaced_; }

private:
    enum class Way : std::uint8_t { bytes, utf8, table, utf16_big, utf16_little, utf32, multibyte };
    struct Converter;
    using Table = std::array<std::string, 256>;
    explicit TextDecoder(Way way);
    void decode_table(std::string_view bytes, std::string& out);
    void decode_wide(std::string_view bytes, std::string& out);
    void decode_multibyte(std::string_view bytes, std::string& out);
    void fill_table(std::string_view charset, const HighHalf* high);
    void convert(std::string_view bytes, std::string& out);
    [[nodiscard]] const Difference* difference_of(std::string_view character) const;
    void replace(std::string& out);
    /// Appends the character; '?' where it is none.
    void add(std::uint32_t point, std::string& out);

    Way way_;
    std::string charset_;
    std::uint64_t replaced_ = 0;
    std::span<const Difference> differences_;
    std::unique_ptr<Table> table_;
    std::unique_ptr<Converter> converter_;
};

}  // namespace landfall::dbmove::mysql
