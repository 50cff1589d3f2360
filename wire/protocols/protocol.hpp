// One request in, one reply out, whichever protocol: the face that wire/api uses.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "wire/api/error.hpp"
#include "wire/model/model.hpp"
#include "wire/model/slot.hpp"
#include "wire/protocols/http.hpp"

namespace landfall::wire {

/// The operation that a request names: by X-Amz-Target, by the form's Action, or by method and path. Null:
/// none.
[[nodiscard]] const Operation* route(const Model& model, const RequestHead& head, std::string_view form);

/// A parsed and validated input record (null where the operation has none), or the error to answer.
[[nodiscard]] std::variant<Record*, ApiError> read_request(const Model& model, const Operation& op,
                                                           const RequestHead& head, std::string_view body,
                                                           BodyReader* reader, Arena& arena);

/// The error to answer where `record` breaks a constraint that the service checks before its operations.
[[nodiscard]] std::optional<ApiError> validated(const Model& model, const Structure& input,
                                                const Record& record);

/// SQS's Query face answers in JSON where the client says that it takes it (Accept: application/json).
/// Of SQS's JSON face: the client wants statuses as the Query face has them.
[[nodiscard]] bool in_query_mode(const RequestHead& head);
[[nodiscard]] bool takes_json_instead(const Model& model, const RequestHead& head);

/// A successful reply. `output` is null where the operation has none. `reply.source` may be set already.
void write_reply(const Model& model, const Operation& op, const Record* output, std::string_view request_id,
                 HttpReply& reply, QueryForm form = QueryForm::xml);

}  // namespace landfall::wire
