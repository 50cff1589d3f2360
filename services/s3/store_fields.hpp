// The byte form that S3's records share: one byte of format, then fields of tag, length (LEB128) and bytes
// (docs/formats/s3-records.md). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace landfall::s3 {

inline constexpr std::uint8_t kRecordFormat = 1;

/// A field that holds its default is left out.
class FieldWriter {
public:
    FieldWriter() : out_(1, static_cast<char>(kRecordFormat)) {}

    void text(std::uint8_t tag, std::string_view value) {
        if (!value.empty()) present(tag, value);
    }
    /// Where a text that is there and empty differs from none.
    void present(std::uint8_t tag, std::string_view value) {
        out_ += static_cast<char>(tag);
        varint(out_, value.size());
        out_ += value;
    }
    void number(std::uint8_t tag, std::uint64_t value) {
        if (value == 0) return;
        std::string bytes;
        varint(bytes, value);
        text(tag, bytes);
    }
    [[nodiscard]] std::string take() { return std::move(out_); }

    static void varint(std::string& out, std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U) out += static_cast<char>(value | 0x80U);
        out += static_cast<char>(value);
    }

private:
    std::string out_;
};

[[nodiscard]] inline Error corrupt_record(std::string_view what) {
    return Error{Errc::corrupt, "an S3 record is damaged: " + std::string{what}};
}

/// Both take from the front of `from`.
[[nodiscard]] Result<std::uint64_t> take_varint(ByteSpan& from);
[[nodiscard]] Result<ByteSpan> take_bytes(ByteSpan& from);

struct Field {
    std::uint8_t tag;
    ByteSpan bytes;

    [[nodiscard]] std::string text() const { return std::string{text_of(bytes)}; }
    [[nodiscard]] Result<std::uint64_t> number() const;
    /// A number of an enumeration that begins at 0 and ends at `last`.
    template <class Enum>
    [[nodiscard]] Result<Enum> one_of(Enum last) const {
        const std::uint64_t value = TRY(number());
        if (value > static_cast<std::uint64_t>(last)) return corrupt_record("an unknown value");
        return static_cast<Enum>(value);
    }
};

/// Calls `take(field)` for each field; `take` skips the tags that it does not know.
template <class Take>
Status each_field(ByteSpan bytes, Take take) {
    if (bytes.empty() || static_cast<std::uint8_t>(bytes.front()) != kRecordFormat)
        return corrupt_record("unknown format");
    bytes = bytes.subspan(1);
    while (!bytes.empty()) {
        const auto tag = static_cast<std::uint8_t>(bytes.front());
        bytes = bytes.subspan(1);
        const auto content = TRY(take_bytes(bytes));
        const Field field{.tag = tag, .bytes = content};
        TRY(take(field));
    }
    return {};
}

}  // namespace landfall::s3
