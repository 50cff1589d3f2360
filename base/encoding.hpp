// Text forms of bytes: hexadecimal, base64 (RFC 4648 §4) and the percent-encoding that AWS signs with.
//
// Invariants
//   1. Decoders are strict: what an encoder could not have written is Errc::invalid, naming the position.
//      Base64 needs its padding, and the bits that padding leaves over must be zero.
//   2. uri_encode leaves A-Z a-z 0-9 - _ . ~ alone and writes every other byte as %XX in upper case (SigV4's
//      UriEncode).
// Threads: any. Does not touch disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace landfall {

/// Lower case.
[[nodiscard]] std::string hex_encode(ByteSpan bytes);
/// Into text of twice the size.
void hex_encode_into(ByteSpan bytes, std::span<char> out);
/// Either case; an even number of digits.
[[nodiscard]] Result<std::vector<std::byte>> hex_decode(std::string_view text);
/// The value of one hexadecimal digit of either case, or -1.
[[nodiscard]] int hex_digit(char c);

[[nodiscard]] std::string base64_encode(ByteSpan bytes);
[[nodiscard]] Result<std::vector<std::byte>> base64_decode(std::string_view text);

enum class Slash : std::uint8_t { encoded, kept };
[[nodiscard]] std::string uri_encode(std::string_view text, Slash slash = Slash::encoded);
/// Appends to `out`: the form that hot paths use.
void uri_encode_to(std::string& out, std::string_view text, Slash slash = Slash::encoded);

/// What '+' stands for: itself in paths and signed queries, a space in forms.
enum class Plus : std::uint8_t { literal, space };
/// Errc::invalid on '%' without two hexadecimal digits. Any byte may come out, NUL too.
[[nodiscard]] Result<std::string> uri_decode(std::string_view text, Plus plus = Plus::literal);

}  // namespace landfall
