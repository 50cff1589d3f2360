// Tables of words that are known when compiled: reserved words, operators, built-ins with a syntax of their
// own. A look-up costs one probe of the token's hash; the spelling decides.
#pragma once

#include <array>
#include <cstddef>

#include "engines/convert/syntax/token_cursor.hpp"

namespace landfall::convert {

template <class Value>
struct WordEntry {
    Word word;
    Value value;
};

template <class Value, std::size_t Count>
class WordMap {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): a table is written as its entries
    consteval WordMap(const WordEntry<Value> (&entries)[Count]) : entries_{std::to_array(entries)} {
        for (std::size_t i = 0; i < Count; ++i) {
            std::size_t at = entries_[i].word.hash % kSlots;
            while (slots_[at] != 0) at = (at + 1) % kSlots;
            slots_[at] = static_cast<std::uint16_t>(i + 1);
        }
    }

    /// What the table has for an unquoted word or a symbol; nullptr: nothing.
    [[nodiscard]] const Value* find(const TokenCursor& cursor, const Token& token) const {
        if (token.kind != TokenKind::word && token.kind != TokenKind::symbol) return nullptr;
        for (std::size_t at = token.hash % kSlots; slots_[at] != 0; at = (at + 1) % kSlots) {
            const WordEntry<Value>& entry = entries_[slots_[at] - 1U];
            if (entry.word.hash == token.hash && cursor.spells(token, entry.word)) return &entry.value;
        }
        return nullptr;
    }
    [[nodiscard]] bool has(const TokenCursor& cursor, const Token& token) const {
        return find(cursor, token) != nullptr;
    }

private:
    static constexpr std::size_t slots_for(std::size_t count) {
        std::size_t slots = 16;
        while (slots < count * 3) slots *= 2;
        return slots;
    }
    static constexpr std::size_t kSlots = slots_for(Count);

    std::array<WordEntry<Value>, Count> entries_;
    std::array<std::uint16_t, kSlots> slots_{};
};

}  // namespace landfall::convert
