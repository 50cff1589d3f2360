// Scalars as text: percent, base64, numbers, booleans, timestamps; each direction once, for every protocol.
//
// Invariants
//   1. Decoders take untrusted text and return nullopt for what is not exactly the format.
//   2. Encoders append to a string and cannot fail.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "wire/model/arena.hpp"
#include "wire/model/model.hpp"
#include "wire/model/slot.hpp"

namespace landfall::wire {

[[nodiscard]] bool same_name(std::string_view a, std::string_view b);  ///< ASCII, without case
[[nodiscard]] std::string_view trimmed(std::string_view text);         ///< without blanks at both ends

enum class Plus : std::uint8_t { literal, space };
/// Decodes %XX (and '+' of forms). nullopt for a bad escape. Copies only where something was escaped.
[[nodiscard]] std::optional<std::string_view> percent_decoded(std::string_view text, Plus plus, Arena& arena);
void append_percent_encoded(std::string& out, std::string_view text);

[[nodiscard]] std::optional<std::string_view> base64_decoded(std::string_view text, Arena& arena);
void append_base64(std::string& out, std::string_view bytes);

[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
/// Decimal text, "NaN", "Infinity", "-Infinity".
[[nodiscard]] std::optional<double> parse_number(std::string_view text);
void append_integer(std::string& out, std::int64_t value);
/// The shortest text that reads back the same.
void append_number(std::string& out, double value);

/// Any of the three formats, whatever was expected: clients differ.
[[nodiscard]] std::optional<Instant> parse_instant(std::string_view text);
/// epoch: seconds, with milliseconds only where there are any. iso8601: likewise. rfc822: whole seconds.
void append_instant(std::string& out, Instant value, TimeFormat format);

/// UTF-8 without overlong forms, surrogates or anything over U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

/// A scalar (not list, map or structure) of `shape` from text that is already unescaped. Text is not copied;
/// blobs are base64.
[[nodiscard]] std::optional<Slot> scalar_of(std::string_view text, const Shape& shape, Arena& arena);
/// The text of a scalar slot. `time` says how instants are written.
void append_scalar(std::string& out, const Slot& slot, const Shape& shape, TimeFormat time);

}  // namespace landfall::wire
