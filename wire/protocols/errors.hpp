// Errors on the wire: the code, status and envelope of each protocol.
#pragma once

#include <string>
#include <string_view>

#include "wire/api/error.hpp"
#include "wire/model/model.hpp"
#include "wire/protocols/http.hpp"

namespace landfall::wire {

/// The family that decides how an error looks; s3 is rest-xml with its own envelope.
enum class ErrorStyle : std::uint8_t { json, rest_json, query, ec2, s3 };
[[nodiscard]] ErrorStyle error_style_of(Protocol protocol);

struct WireError {
    std::string_view code;
    int status;
    bool server_fault;
    const Structure* shape;  ///< the modelled exception, or null
};

/// What `error` is called by this service. `model` may be null (the service is unknown).
[[nodiscard]] WireError resolve_error(ErrorStyle style, const Model* model, const ApiError& error);

struct ErrorEnvelope {
    ErrorStyle style;
    const Model* model = nullptr;
    std::string_view request_id;
    std::string_view host_id;
    std::string_view resource;  ///< S3: the path
    bool head_request = false;
    /// SQS's JSON face: the client asked for what the Query face answers (x-amzn-query-mode: true). Without
    /// it a refusal is 400, whatever the Query face's status is.
    bool query_mode = false;
    QueryForm form = QueryForm::xml;
};

/// Status, headers and body, request id included.
void write_error(const ErrorEnvelope& envelope, const ApiError& error, HttpReply& reply);

}  // namespace landfall::wire
