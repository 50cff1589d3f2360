// append_json_text: a text as JSON spells it, control characters as \u00XX.
//
// What stands beside it: wire/protocols has the form that AWS answers in (\n, \r, \t by their letters).
// Threads: any. Does not touch disk.
#pragma once

#include <string>
#include <string_view>

namespace landfall {

/// Appends `text`, which is UTF-8, with its quotes.
void append_json_text(std::string& out, std::string_view text);

}  // namespace landfall
