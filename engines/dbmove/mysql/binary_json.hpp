// MySQL's binary JSON as the text that MySQL prints.
//
// Invariants
//   1. Members come in the order in which they are stored, which is MySQL's own.
//   2. Depth is at most 100, MySQL's limit; text is bounded by a multiple of the document, whatever its
//      offsets say.
// Threads: any. Pure.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace landfall::dbmove::mysql {

/// Appends the document's text. Errc::corrupt.
[[nodiscard]] Status add_binary_json(ByteSpan document, std::string& out);

}  // namespace landfall::dbmove::mysql
