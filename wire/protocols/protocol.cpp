#include "wire/protocols/protocol.hpp"

#include "wire/model/validate.hpp"
#include "wire/protocols/json.hpp"
#include "wire/protocols/query.hpp"
#include "wire/protocols/rest.hpp"
#include "wire/protocols/text.hpp"
#include "wire/protocols/xml.hpp"

namespace landfall::wire {
namespace {

// Honest requests need a few bytes of slots a byte of text; these let 32 through.
constexpr std::size_t kArenaBase = 4U << 20;
constexpr std::size_t kArenaPerByte = 32;

bool is_form(Protocol protocol) { return protocol == Protocol::query || protocol == Protocol::ec2; }
bool is_rest(Protocol protocol) { return protocol == Protocol::rest_json || protocol == Protocol::rest_xml; }

Result<std::vector<FormField>> form_fields(const RequestHead& head, std::string_view body, Arena& arena) {
    auto fields = TRY(parse_form(body, arena));
    if (head.query.empty()) return fields;
    const auto more = TRY(parse_form(head.query, arena));
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
}

/// `fields`: of the protocols that send forms.
Status parse(const Model& model, const Operation& op, const RequestHead& head, std::string_view body,
             std::vector<FormField>& fields, BodyReader* reader, Record& record, Arena& arena) {
    const Structure& input = *model.input_of(op);
    if (model.protocol == Protocol::json) return read_json(body, model, input, record, arena);
    if (is_form(model.protocol)) return read_form(fields, model, input, record, arena);
    return read_rest(model, op, head, body, reader, record, arena);
}

/// EC2, S3 and SQS check lengths, ranges and enums inside the operations, with codes of their own.
Strictness strictness_of(const Model& model) {
    const bool own =
        model.protocol == Protocol::ec2 || model.protocol == Protocol::rest_xml || model.service == "sqs";
    return own ? Strictness::required_only : Strictness::all;
}

/// A QueueUrl that the request leaves out is its path.
void name_queue_by_path(const Model& model, const Structure& input, std::string_view path, Record& record) {
    if (model.service != "sqs" || !is_queue_path(path)) return;
    for (std::size_t i = 0; i < input.members.size(); ++i)
        if (input.members[i].name == "QueueUrl" && !record.slots()[i].present())
            record.slots()[i] = Slot::of_text(path);
}

ApiError error_of(const Model& model, const std::vector<Violation>& violations) {
    const Violation& first = violations.front();
    const bool by_parameter = strictness_of(model) == Strictness::required_only;
    if (by_parameter)
        return {common_code(CommonError::missing_argument),
                "The request must contain the parameter " +
                    (first.member.empty() ? first.path : first.member) + "."};
    const auto code = first.missing ? CommonError::missing_argument : CommonError::invalid_argument;
    std::string message = std::to_string(violations.size());
    message += violations.size() == 1 ? " validation error detected: " : " validation errors detected: ";
    for (const Violation& violation : violations) {
        if (&violation != &first) message += "; ";
        message += violation.message;
    }
    return {common_code(code), std::move(message)};
}

void write_enveloped(const Model& model, const Operation& op, const Record* output,
                     std::string_view request_id, HttpReply& reply) {
    const bool ec2 = model.protocol == Protocol::ec2;
    std::string& out = reply.body;
    out.append(ec2 ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" : "<?xml version=\"1.0\"?>\n<");
    out.append(op.name).append("Response");
    if (!model.xml_namespace.empty()) out.append(" xmlns=\"").append(model.xml_namespace).append("\"");
    out += '>';
    if (ec2) out.append("<requestId>").append(request_id).append("</requestId>");
    if (!ec2 && !op.result_wrapper.empty()) out.append("<").append(op.result_wrapper).append(">");
    if (output != nullptr) write_xml_members(out, model, *model.output_of(op), *output);
    // EC2 says that an operation without output worked.
    if (ec2 && output == nullptr) out.append("<return>true</return>");
    if (!ec2 && !op.result_wrapper.empty()) out.append("</").append(op.result_wrapper).append(">");
    if (!ec2)
        out.append("<ResponseMetadata><RequestId>")
            .append(request_id)
            .append("</RequestId></ResponseMetadata>");
    out.append("</").append(op.name).append("Response>");
    reply.headers.emplace_back("Content-Type", "text/xml;charset=UTF-8");
}

/// The Query face's answer as JSON, where the client says that it takes that: the same envelope, and the
/// names of the model.
void write_enveloped_json(const Model& model, const Operation& op, const Record* output,
                          std::string_view request_id, HttpReply& reply) {
    std::string& out = reply.body;
    out.append("{\"").append(op.name).append("Response\":{");
    if (!op.result_wrapper.empty()) {
        out.append("\"").append(op.result_wrapper).append("\":");
        if (output != nullptr)
            write_json(out, model, *model.output_of(op), *output, {.names = JsonNames::model});
        else
            out.append("{}");
        out += ',';
    }
    out.append("\"ResponseMetadata\":{\"RequestId\":\"").append(request_id).append("\"}}}");
    reply.headers.emplace_back("Content-Type", "application/json");
}

}  // namespace

bool in_query_mode(const RequestHead& head) { return head.header("x-amzn-query-mode") == "true"; }

bool takes_json_instead(const Model& model, const RequestHead& head) {
    if (model.protocol != Protocol::query || model.service != "sqs") return false;
    return head.header("accept").value_or("").find("application/json") != std::string_view::npos;
}

bool is_queue_path(std::string_view path) {
    constexpr std::size_t kAccountDigits = 12;
    if (path.size() < kAccountDigits + 3 || path[0] != '/' || path[kAccountDigits + 1] != '/') return false;
    const std::string_view account = path.substr(1, kAccountDigits);
    const std::string_view name = path.substr(kAccountDigits + 2);
    return account.find_first_not_of("0123456789") == std::string_view::npos &&
           name.find('/') == std::string_view::npos;
}

const Operation* route(const Model& model, const RequestHead& head, std::string_view form) {
    if (is_rest(model.protocol)) return route_rest(model, head);
    if (model.protocol == Protocol::json) {
        const std::string_view target = head.header("x-amz-target").value_or("");
        const std::size_t dot = target.rfind('.');
        if (dot == std::string_view::npos || target.substr(0, dot) != model.target_prefix) return nullptr;
        return model.find(target.substr(dot + 1));
    }
    Arena arena;
    std::string_view action = form_value(form, "Action", arena);
    if (action.empty()) action = form_value(head.query, "Action", arena);
    return model.find(action);
}

std::variant<Record*, ApiError> read_request(const Model& model, const Operation& op, const RequestHead& head,
                                             std::string_view body, BodyReader* reader, Arena& arena) {
    const Structure* input = model.input_of(op);
    if (input == nullptr) return static_cast<Record*>(nullptr);
    Record* record = make_record(arena, static_cast<std::uint32_t>(input->members.size()));
    arena.set_limit(kArenaBase + kArenaPerByte * (body.size() + head.query.size()));
    std::vector<FormField> fields;
    if (is_form(model.protocol)) {
        auto parsed = form_fields(head, body, arena);
        if (!parsed.ok())
            return ApiError{common_code(CommonError::malformed_query), parsed.error().message()};
        fields = std::move(parsed).value();
    }
    const Status status = parse(model, op, head, body, fields, reader, *record, arena);
    arena.set_limit(SIZE_MAX);
    if (status.is(Errc::exhausted))
        return ApiError{common_code(CommonError::too_large), status.error().message()};
    if (!status.ok()) return ApiError{common_code(CommonError::malformed), status.error().message()};
    name_queue_by_path(model, *input, head.path, *record);
    if (auto error = validated(model, *input, *record)) return std::move(*error);
    return record;
}

std::optional<ApiError> validated(const Model& model, const Structure& input, const Record& record) {
    const auto violations = validate(model, input, &record, strictness_of(model));
    if (violations.empty()) return std::nullopt;
    return error_of(model, violations);
}

void write_reply(const Model& model, const Operation& op, const Record* output, std::string_view request_id,
                 HttpReply& reply, QueryForm form) {
    if (reply.status == 0) reply.status = op.status;
    reply.headers.reserve(4);
    // Most answers are short: they need not grow byte by byte to it.
    reply.body.reserve(512);
    const bool s3 = model.protocol == Protocol::rest_xml;
    reply.headers.emplace_back(s3 ? "x-amz-request-id" : "x-amzn-RequestId", request_id);
    if (form == QueryForm::json) return write_enveloped_json(model, op, output, request_id, reply);
    switch (model.protocol) {
        case Protocol::json:
            if (output != nullptr) write_json(reply.body, model, *model.output_of(op), *output);
            // An operation without output answers an empty body, as AWS does: every SDK takes it for {}.
            reply.headers.emplace_back("Content-Type",
                                       "application/x-amz-json-" + std::string{model.json_version});
            break;
        case Protocol::query:
        case Protocol::ec2: write_enveloped(model, op, output, request_id, reply); break;
        case Protocol::rest_json:
        case Protocol::rest_xml:
            if (output != nullptr) write_rest(model, op, *output, reply);
            break;
    }
}

}  // namespace landfall::wire
