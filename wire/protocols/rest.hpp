// REST bindings: method, path, query and headers ⇄ slots; JSON or XML in the body.
//
// Invariants
//   1. The path is split before it is decoded, so "%2F" stays inside its label. A label is never empty. A
//      trailing '/' is ignored, except inside a greedy label.
//   2. More specific wins: literal over label over greedy, then more query literals, then required query and
//      header members that are present, then what is not deprecated.
#pragma once

#include <string_view>

#include "wire/api/error.hpp"
#include "wire/model/model.hpp"
#include "wire/model/slot.hpp"
#include "wire/protocols/http.hpp"

namespace landfall::wire {

/// nullptr where no operation has that method and path.
[[nodiscard]] const Operation* route_rest(const Model& model, const RequestHead& head);

/// Labels, query, headers and body into `record`. `head` and `body` outlive the record. With `reader` the
/// payload is a stream. invalid: the message says what is malformed.
[[nodiscard]] Status read_rest(const Model& model, const Operation& op, const RequestHead& head,
                               std::string_view body, BodyReader* reader, Record& record, Arena& arena);

/// Status, modelled headers and body.
void write_rest(const Model& model, const Operation& op, const Record& record, HttpReply& reply);

}  // namespace landfall::wire
