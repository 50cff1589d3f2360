#include "wire/protocols/errors.hpp"

#include <array>

#include "wire/protocols/json.hpp"
#include "wire/protocols/text.hpp"
#include "wire/protocols/xml.hpp"

namespace landfall::wire {
namespace {

struct Spelling {
    std::string_view code;
    int status;
};

struct CommonRow {
    CommonError which;
    std::array<Spelling, 5> by_style;  ///< json, rest_json, query, ec2, s3
};

// Codes that SDKs and tools act on: throttling and expiry are retried by name, 501 is never retried.
constexpr CommonRow kCommon[] = {
    {CommonError::access_denied,
     {{{"AccessDeniedException", 400},
       {"AccessDeniedException", 403},
       {"AccessDenied", 403},
       {"UnauthorizedOperation", 403},
       {"AccessDenied", 403}}}},
    {CommonError::throttled,
     {{{"ThrottlingException", 400},
       {"ThrottlingException", 429},
       {"Throttling", 400},
       {"RequestLimitExceeded", 503},
       {"SlowDown", 503}}}},
    {CommonError::unavailable,
     {{{"ServiceUnavailable", 503},
       {"ServiceUnavailableException", 503},
       {"ServiceUnavailable", 503},
       {"Unavailable", 503},
       {"ServiceUnavailable", 503}}}},
    {CommonError::internal,
     {{{"InternalFailure", 500},
       {"InternalServerException", 500},
       {"InternalFailure", 500},
       {"InternalError", 500},
       {"InternalError", 500}}}},
    {CommonError::not_implemented,
     {{{"NotImplemented", 501},
       {"NotImplemented", 501},
       {"NotImplemented", 501},
       {"NotImplemented", 501},
       {"NotImplemented", 501}}}},
    {CommonError::unknown_operation,
     {{{"UnknownOperationException", 400},
       {"UnknownOperationException", 404},
       {"InvalidAction", 400},
       {"InvalidAction", 400},
       {"MethodNotAllowed", 405}}}},
    {CommonError::malformed,
     {{{"SerializationException", 400},
       {"SerializationException", 400},
       {"MalformedInput", 400},
       {"InvalidParameterValue", 400},
       {"MalformedXML", 400}}}},
    {CommonError::malformed_query,
     {{{"SerializationException", 400},
       {"SerializationException", 400},
       {"MalformedQueryString", 404},
       {"MalformedQueryString", 400},
       {"InvalidURI", 400}}}},
    {CommonError::invalid_argument,
     {{{"ValidationException", 400},
       {"ValidationException", 400},
       {"ValidationError", 400},
       {"InvalidParameterValue", 400},
       {"InvalidArgument", 400}}}},
    {CommonError::missing_argument,
     {{{"ValidationException", 400},
       {"ValidationException", 400},
       {"ValidationError", 400},
       {"MissingParameter", 400},
       {"MalformedXML", 400}}}},
    {CommonError::too_large,
     {{{"RequestTooLarge", 413},
       {"RequestTooLarge", 413},
       {"RequestTooLarge", 413},
       {"RequestTooLarge", 413},
       {"MaxMessageLengthExceeded", 400}}}},
    {CommonError::missing_signature,
     {{{"MissingAuthenticationTokenException", 400},
       {"MissingAuthenticationTokenException", 403},
       {"MissingAuthenticationToken", 403},
       {"AuthFailure", 401},
       {"AccessDenied", 403}}}},
    {CommonError::incomplete_signature,
     {{{"IncompleteSignatureException", 400},
       {"IncompleteSignatureException", 403},
       {"IncompleteSignature", 400},
       {"AuthFailure", 401},
       {"AuthorizationHeaderMalformed", 400}}}},
    {CommonError::wrong_signature,
     {{{"InvalidSignatureException", 400},
       {"InvalidSignatureException", 403},
       {"SignatureDoesNotMatch", 403},
       {"AuthFailure", 401},
       {"SignatureDoesNotMatch", 403}}}},
    {CommonError::unknown_key,
     {{{"UnrecognizedClientException", 400},
       {"UnrecognizedClientException", 403},
       {"InvalidClientTokenId", 403},
       {"AuthFailure", 401},
       {"InvalidAccessKeyId", 403}}}},
    {CommonError::expired_token,
     {{{"ExpiredTokenException", 400},
       {"ExpiredTokenException", 403},
       {"ExpiredToken", 403},
       {"ExpiredToken", 400},
       {"ExpiredToken", 400}}}},
    {CommonError::invalid_token,
     {{{"UnrecognizedClientException", 400},
       {"UnrecognizedClientException", 403},
       {"InvalidClientTokenId", 403},
       {"AuthFailure", 401},
       {"InvalidToken", 400}}}},
    {CommonError::clock_skew,
     {{{"InvalidSignatureException", 400},
       {"InvalidSignatureException", 403},
       {"SignatureDoesNotMatch", 403},
       {"AuthFailure", 401},
       {"RequestTimeTooSkewed", 403}}}},
    {CommonError::request_expired,
     {{{"InvalidSignatureException", 400},
       {"InvalidSignatureException", 403},
       {"RequestExpired", 400},
       {"RequestExpired", 400},
       {"AccessDenied", 403}}}},
    {CommonError::unsupported_media,
     {{{"UnsupportedMediaTypeException", 415},
       {"UnsupportedMediaTypeException", 415},
       {"UnsupportedMediaType", 415},
       {"UnsupportedMediaType", 415},
       {"InvalidRequest", 415}}}},
};

// SQS's JSON face names a few errors otherwise than its Query face did, and tells both names; texts differ as
// well. Recorded from the service.
struct TwoNames {
    std::string_view query;
    Spelling json;
};
constexpr TwoNames kSqsNames[] = {{"InvalidParameterValue", {"InvalidParameterValueException", 400}},
                                  {"MissingParameter", {"MissingRequiredParameterException", 400}},
                                  {"AccessDenied", {"AccessDeniedException", 403}}};
/// What the Query face of SQS answers where no operation is named at all: an element, without an envelope.
constexpr std::string_view kNoOperation = "UnknownOperationException";
constexpr std::string_view kNoQueue = "The specified queue does not exist.";
constexpr std::string_view kNoQueueInQuery = "The specified queue does not exist for this wsdl version.";

std::string_view query_name(const WireError& wire) {
    if (wire.shape != nullptr && !wire.shape->query_code.empty()) return wire.shape->query_code;
    for (const TwoNames& names : kSqsNames)
        if (names.json.code == wire.code) return names.query;
    return wire.code;
}

WireError with_json_name(WireError wire, const ApiError& error) {
    for (const TwoNames& names : kSqsNames) {
        if (names.query != wire.code && names.json.code != wire.code) continue;
        wire.code = names.json.code;
        wire.status = error.http_status != 0 ? error.http_status : names.json.status;
    }
    return wire;
}

Spelling common_spelling(ErrorStyle style, const Model* model, CommonError which) {
    // SQS names bad and missing arguments as EC2 does, on both of its faces.
    if (model != nullptr && model->service == "sqs") {
        if (which == CommonError::invalid_argument) return {"InvalidParameterValue", 400};
        if (which == CommonError::missing_argument) return {"MissingParameter", 400};
    }
    for (const CommonRow& row : kCommon)
        if (row.which == which) return row.by_style[static_cast<std::size_t>(style)];
    return {"InternalFailure", 500};
}

const Member* member_of(const Structure* shape, std::string_view name) {
    if (shape == nullptr) return nullptr;
    for (const Member& member : shape->members)
        if (same_name(member.name, name)) return &member;
    return nullptr;
}

void request_id_headers(const ErrorEnvelope& envelope, HttpReply& reply) {
    if (envelope.style == ErrorStyle::s3) {
        reply.headers.emplace_back("x-amz-request-id", envelope.request_id);
        if (!envelope.host_id.empty()) reply.headers.emplace_back("x-amz-id-2", envelope.host_id);
    } else {
        reply.headers.emplace_back("x-amzn-RequestId", envelope.request_id);
    }
}

void write_json_error(const ErrorEnvelope& envelope, const WireError& wire, const ApiError& error,
                      HttpReply& reply) {
    const bool rest = envelope.style == ErrorStyle::rest_json;
    reply.headers.emplace_back("x-amzn-errortype", wire.code);
    reply.body += '{';
    if (!rest) {
        reply.body += "\"__type\":";
        append_json_text(reply.body, wire.code);
        reply.body += ',';
    }
    const Member* message = member_of(wire.shape, "message");
    append_json_text(reply.body, message != nullptr ? message->out_name : "message");
    reply.body += ':';
    append_json_text(reply.body, error.message);
    for (const auto& [name, value] : error.members) {
        const Member* member = member_of(wire.shape, name);
        if (member != nullptr && member->location == Location::header) {
            reply.headers.emplace_back(member->out_name, value);
            continue;
        }
        const Kind kind = member != nullptr ? envelope.model->shape_of(*member).kind : Kind::text;
        const bool bare = kind == Kind::integer || kind == Kind::long_integer || kind == Kind::boolean ||
                          kind == Kind::number || kind == Kind::timestamp;
        reply.body += ',';
        append_json_text(reply.body, member != nullptr ? member->out_name : std::string_view{name});
        reply.body += ':';
        if (bare)
            reply.body += value;
        else
            append_json_text(reply.body, value);
    }
    reply.body += '}';
    if (rest) return reply.headers.emplace_back("Content-Type", "application/json"), void();
    std::string type = "application/x-amz-json-1.0";
    if (envelope.model != nullptr && envelope.model->json_version == "1.1") type.back() = '1';
    reply.headers.emplace_back("Content-Type", type);
    if (envelope.model == nullptr || !envelope.model->query_compatible) return;
    reply.headers.emplace_back("x-amzn-query-error",
                               std::string{query_name(wire)} + (wire.server_fault ? ";Receiver" : ";Sender"));
}

/// Of the Query face, for a client that takes JSON.
void write_query_error_as_json(const ErrorEnvelope& envelope, const WireError& wire, const ApiError& error,
                               HttpReply& reply) {
    reply.headers.emplace_back("Content-Type", "application/json");
    reply.body.append("{\"Error\":{\"Type\":\"").append(wire.server_fault ? "Receiver" : "Sender");
    reply.body.append("\",\"Code\":");
    append_json_text(reply.body, wire.code);
    reply.body.append(",\"Message\":");
    append_json_text(reply.body,
                     error.message == kNoQueue ? kNoQueueInQuery : std::string_view{error.message});
    reply.body.append(",\"Detail\":null},\"RequestId\":");
    append_json_text(reply.body, envelope.request_id);
    reply.body += '}';
}

void append_element(std::string& out, std::string_view name, std::string_view text) {
    out.append("<").append(name).append(">");
    append_xml_text(out, text);
    out.append("</").append(name).append(">");
}

void write_xml_error(const ErrorEnvelope& envelope, const WireError& wire, const ApiError& error,
                     HttpReply& reply) {
    std::string& out = reply.body;
    if (envelope.style == ErrorStyle::query && wire.code == kNoOperation) {
        reply.headers.emplace_back("Content-Type", "text/xml");
        out.append("<").append(kNoOperation).append("/>");
        return;
    }
    out += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    reply.headers.emplace_back(
        "Content-Type", envelope.style == ErrorStyle::s3 ? "application/xml" : "text/xml;charset=UTF-8");
    if (envelope.style == ErrorStyle::query) {
        out += "<ErrorResponse";
        if (envelope.model != nullptr && !envelope.model->xml_namespace.empty())
            out.append(" xmlns=\"").append(envelope.model->xml_namespace).append("\"");
        out += '>';
    }
    if (envelope.style == ErrorStyle::ec2) out += "<Response><Errors>";
    out += "<Error>";
    if (envelope.style == ErrorStyle::query)
        append_element(out, "Type", wire.server_fault ? "Receiver" : "Sender");
    append_element(out, "Code", wire.code);
    const bool no_queue = error.message == kNoQueue && envelope.style == ErrorStyle::query;
    append_element(out, "Message", no_queue ? kNoQueueInQuery : std::string_view{error.message});
    for (const auto& [name, value] : error.members) append_element(out, name, value);
    if (envelope.style == ErrorStyle::s3) {
        if (!envelope.resource.empty()) append_element(out, "Resource", envelope.resource);
        append_element(out, "RequestId", envelope.request_id);
        append_element(out, "HostId", envelope.host_id);
    }
    out += "</Error>";
    if (envelope.style == ErrorStyle::ec2) out += "</Errors>";
    if (envelope.style == ErrorStyle::query) {
        append_element(out, "RequestId", envelope.request_id);
        out += "</ErrorResponse>";
    } else if (envelope.style == ErrorStyle::ec2) {
        append_element(out, "RequestID", envelope.request_id);
        out += "</Response>";
    }
}

}  // namespace

ErrorStyle error_style_of(Protocol protocol) {
    switch (protocol) {
        case Protocol::json: return ErrorStyle::json;
        case Protocol::query: return ErrorStyle::query;
        case Protocol::ec2: return ErrorStyle::ec2;
        case Protocol::rest_json: return ErrorStyle::rest_json;
        case Protocol::rest_xml: return ErrorStyle::s3;
    }
    return ErrorStyle::json;
}

namespace {

WireError plainly_resolved(ErrorStyle style, const Model* model, const ApiError& error) {
    if (error.code.common != CommonError::none) {
        const Spelling spelling = common_spelling(style, model, error.code.common);
        const int status = error.http_status != 0 ? error.http_status : spelling.status;
        const Structure* shape = model != nullptr ? model->exception(spelling.code) : nullptr;
        return {spelling.code, status, status >= 500, shape};
    }
    const Structure* shape = model != nullptr ? model->exception(error.code.name) : nullptr;
    int status = shape != nullptr ? shape->status : 0;
    if (status == 0 && model != nullptr) status = model->status_of(error.code.name);
    if (status == 0) status = 400;
    // AWS's JSON protocols name an exception by its shape; the XML ones by its code.
    const bool by_shape = style == ErrorStyle::json || style == ErrorStyle::rest_json;
    const std::string_view code = shape != nullptr && !by_shape ? shape->code : error.code.name;
    const bool server = shape != nullptr ? shape->server_fault : status >= 500;
    return {code, error.http_status != 0 ? error.http_status : status, server, shape};
}

}  // namespace

WireError resolve_error(ErrorStyle style, const Model* model, const ApiError& error) {
    const WireError wire = plainly_resolved(style, model, error);
    const bool two_names = style == ErrorStyle::json && model != nullptr && model->query_compatible;
    return two_names ? with_json_name(wire, error) : wire;
}

void write_error(const ErrorEnvelope& envelope, const ApiError& error, HttpReply& reply) {
    WireError wire = resolve_error(envelope.style, envelope.model, error);
    const bool two_faces = envelope.model != nullptr && envelope.model->query_compatible;
    if (envelope.style == ErrorStyle::json && two_faces && !envelope.query_mode && wire.status > 400 &&
        wire.status < 500)
        wire.status = 400;
    reply.status = wire.status;
    reply.body.clear();
    request_id_headers(envelope, reply);
    for (const auto& header : error.headers) reply.headers.push_back(header);
    if (envelope.head_request || wire.status == 304) {
        reply.head_only = true;
        if (envelope.style == ErrorStyle::s3)
            for (const auto& [name, value] : error.members)
                if (same_name(name, "Region")) reply.headers.emplace_back("x-amz-bucket-region", value);
        return;
    }
    if (envelope.style == ErrorStyle::json || envelope.style == ErrorStyle::rest_json)
        write_json_error(envelope, wire, error, reply);
    else if (envelope.form == QueryForm::json)
        write_query_error_as_json(envelope, wire, error, reply);
    else
        write_xml_error(envelope, wire, error, reply);
}

}  // namespace landfall::wire
