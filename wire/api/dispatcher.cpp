#include "wire/api/dispatcher.hpp"

#include <algorithm>

#include "wire/model/catalogue.hpp"
#include "wire/protocols/errors.hpp"
#include "wire/protocols/json.hpp"
#include "wire/protocols/protocol.hpp"
#include "wire/protocols/query.hpp"
#include "wire/protocols/text.hpp"

namespace landfall::wire {
namespace {

bool is_form(Protocol protocol) { return protocol == Protocol::query || protocol == Protocol::ec2; }

/// "us-east-1", "localhost:4566", an address: no service is named by these.
std::string_view first_label(std::string_view host) { return host.substr(0, host.find_first_of(".:")); }

/// The head again, as views of `text` that the call owns. With a virtual bucket the path becomes path style.
struct KeptHead {
    KeptHead(const RequestHead& head, std::string& text) {
        std::size_t size =
            head.method.size() + head.path.size() + head.query.size() + head.virtual_bucket.size() + 1;
        for (const HeaderField& field : head.headers) size += field.name.size() + field.value.size();
        text.reserve(size);
        const auto keep = [&text](std::string_view piece) {
            const std::size_t at = text.size();
            text.append(piece);
            return std::string_view{text}.substr(at, piece.size());
        };
        kept.method = keep(head.method);
        const std::size_t path_at = text.size();
        if (!head.virtual_bucket.empty()) text.append("/").append(head.virtual_bucket);
        text.append(head.path);
        kept.path = std::string_view{text}.substr(path_at);
        kept.query = keep(head.query);
        fields.reserve(head.headers.size());
        for (const HeaderField& field : head.headers) {
            const std::string_view name = keep(field.name);
            fields.push_back({name, keep(field.value)});
        }
        kept.headers = fields;
    }
    RequestHead kept;
    std::vector<HeaderField> fields;
};

bool takes(const Model& model, const Operation& op, std::string_view key) {
    for (const QueryLiteral& literal : op.query)
        if (literal.key == key) return true;
    const Structure* const input = model.input_of(op);
    return input != nullptr &&
           std::any_of(input->members.begin(), input->members.end(), [&](const Member& member) {
               return member.location == Location::query &&
                      (member.in_name == key || model.shape_of(member).kind == Kind::map);
           });
}

bool names_an_operation(const Model& model, std::string_view key) {
    return std::any_of(model.operations.begin(), model.operations.end(), [&](const Operation& op) {
        return std::any_of(op.query.begin(), op.query.end(),
                           [&](const QueryLiteral& literal) { return literal.key == key; });
    });
}

bool names_action(const RequestHead& head, std::string_view form) {
    Arena arena;
    return !form_value(form, "Action", arena).empty() || !form_value(head.query, "Action", arena).empty();
}

/// As SQS tells it: see write_error.
ApiError no_operation() {
    ApiError error{.code = {.name = "UnknownOperationException"}, .message = "No operation is named."};
    error.http_status = 404;
    return error;
}

/// What SQS does not answer on the URL of a queue.
bool is_of_no_queue(const Operation& op) { return op.name == "CreateQueue" || op.name == "ListQueues"; }

std::vector<ExtraParameter> extras_of(const Model& model, const Operation& op, std::string_view query) {
    std::vector<ExtraParameter> extras;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const std::string_view key = pair.substr(0, pair.find('='));
        if (key.empty() || takes(model, op, key)) continue;
        const std::string_view value =
            pair.size() > key.size() ? pair.substr(key.size() + 1) : std::string_view{};
        extras.push_back({key, value, names_an_operation(model, key)});
    }
    return extras;
}

}  // namespace

Dispatcher::Dispatcher(const Catalogue& catalogue, const Registry& registry)
    : catalogue_{catalogue}, registry_{registry} {}
Dispatcher::~Dispatcher() = default;

const Face* Dispatcher::face(const RequestHead& head, std::string_view scope_service,
                             std::string_view form) const {
    const std::string_view target = head.header("x-amz-target").value_or("");
    const std::string_view prefix = target.substr(0, target.rfind('.'));
    const auto faces = catalogue_.faces();
    if (!scope_service.empty()) {
        // Only sqs has two faces: JSON names its target in a header, Query does not.
        for (const Face& face : faces)
            if (face.signing_name == scope_service &&
                (face.target_prefix.empty() || face.target_prefix == prefix))
                return &face;
        for (const Face& face : faces)
            if (face.signing_name == scope_service) return &face;
        return nullptr;
    }
    for (const Face& face : faces)
        if (!prefix.empty() && face.target_prefix == prefix) return &face;
    Arena arena;
    std::string_view action = form_value(form, "Action", arena);
    std::string_view version = form_value(form, "Version", arena);
    if (action.empty()) action = form_value(head.query, "Action", arena);
    if (version.empty()) version = form_value(head.query, "Version", arena);
    if (!action.empty())
        if (const Face* face = face_by_action(action, version, head.path)) return face;
    const std::string_view label = first_label(head.header("host").value_or(""));
    for (const Face& face : faces)
        if (face.signing_name == label && face.name == face.service) return &face;
    // What is left of unsigned requests is anonymous or presigned S3.
    return catalogue_.find("s3");
}

/// Of an unsigned form. Links that are sent to people (SNS's SubscribeURL) and posts to a queue's URL leave
/// the version out: those go to what serves them unsigned.
const Face* Dispatcher::face_by_action(std::string_view action, std::string_view version,
                                       std::string_view path) const {
    for (const Face& face : catalogue_.faces()) {
        if (!is_form(face.protocol)) continue;
        if (!version.empty() && face.api_version != version) continue;
        const bool queue = version.empty() && is_queue_path(path);
        if (queue && face.service != "sqs") continue;
        const Operation* operation = face.model().find(action);
        if (operation == nullptr) continue;
        if (!version.empty() || queue || serves_unsigned(face, *operation)) return &face;
    }
    return nullptr;
}

bool Dispatcher::needs_form(const Face& face) { return is_form(face.protocol); }

/// In AWS's words, with what was asked for: a misspelt name is found by reading it.
static ApiError unknown_operation(const Face& face, const RequestHead& head, std::string_view form) {
    constexpr std::size_t kActionShownMax = 100;
    if (is_form(face.protocol)) {
        Arena arena;
        std::string_view action = form_value(form, "Action", arena);
        if (action.empty()) action = form_value(head.query, "Action", arena);
        if (action.empty())
            return ApiError{
                {.name = "MissingAction"}, "The request must contain the parameter Action.", {}, 400};
        return ApiError{common_code(CommonError::unknown_operation),
                        "The action " + std::string{action.substr(0, kActionShownMax)} +
                            " is not valid for this web service."};
    }
    return ApiError{common_code(CommonError::unknown_operation),
                    "The service " + std::string{face.service} + " has no such operation."};
}

/// EC2 serves its newest version to clients of all older ones; the others know one.
static bool serves_version(const Face& face, std::string_view version) {
    if (face.protocol != Protocol::ec2) return version == face.api_version;
    constexpr std::string_view kOldest = "2006-06-26";
    return version.size() == kOldest.size() && version >= kOldest && version <= face.api_version;
}

/// Links that are sent to people (SNS's SubscribeURL) leave the version out.
static std::optional<ApiError> version_refused(const Face& face, const RequestHead& head,
                                               std::string_view form) {
    if (!is_form(face.protocol)) return std::nullopt;
    Arena arena;
    std::string_view version = form_value(form, "Version", arena);
    if (version.empty()) version = form_value(head.query, "Version", arena);
    if (version.empty() || serves_version(face, version)) return std::nullopt;
    constexpr std::size_t kVersionShownMax = 40;
    const std::string shown{version.substr(0, kVersionShownMax)};
    if (face.protocol == Protocol::ec2)
        return ApiError{{.name = "NoSuchVersion"},
                        "The requested version (" + shown + ") of service AmazonEC2 does not exist.",
                        {},
                        400};
    return ApiError{common_code(CommonError::unknown_operation),
                    "Could not find the operation for version " + shown + "."};
}

OrApiError<const Operation*> Dispatcher::route(const Face& face, const RequestHead& head,
                                               std::string_view form) const {
    const Operation* op = nullptr;
    if (head.virtual_bucket.empty()) {
        op = wire::route(face.model(), head, form);
    } else {
        std::string text;
        const KeptHead path_style{head, text};
        op = wire::route(face.model(), path_style.kept, form);
    }
    const bool queues = face.service == "sqs" && is_form(face.protocol);
    if (queues && op == nullptr && !names_action(head, form)) return no_operation();
    if (queues && op != nullptr && is_queue_path(head.path) && is_of_no_queue(*op))
        return ApiError{common_code(CommonError::unknown_operation),
                        "The action " + std::string{op->name} + " is not valid for this endpoint."};
    if (op == nullptr) return unknown_operation(face, head, form);
    if (auto refused = version_refused(face, head, form)) return std::move(*refused);
    return op;
}

std::string_view Dispatcher::service_of(const Face& face) { return face.signing_name; }
std::string_view Dispatcher::name_of(const Operation& operation) { return operation.name; }
std::string Dispatcher::action_of(const Face& face, const Operation& operation) {
    return std::string{face.signing_name} + ":" + std::string{operation.action};
}
bool Dispatcher::streams_request(const Operation& operation) { return operation.streams_request; }
bool Dispatcher::unsigned_allowed(const Operation& operation) { return operation.unsigned_allowed; }

bool Dispatcher::serves_unsigned(const Face& face, const Operation& operation) const {
    if (operation.unsigned_allowed) return true;
    const Registry::Entry* entry = registry_.find(face.service, operation.name);
    return entry != nullptr && entry->unsigned_requests == Registry::Unsigned::served;
}

OrApiError<std::unique_ptr<Call>> Dispatcher::open(const Face& face, const Operation& operation,
                                                   const RequestHead& head, std::string body,
                                                   std::unique_ptr<BodyReader> reader) const {
    auto call = std::make_unique<Call>();
    call->body = std::move(body);
    call->reader = std::move(reader);
    const KeptHead kept{head, call->head};
    if (auto error = fill(*call, face, operation, kept.kept, call->body)) return std::move(*error);
    return call;
}

OrApiError<std::unique_ptr<Call>> Dispatcher::open(const Face& face, const Operation& operation,
                                                   const RequestHead& head, LastingText body) const {
    CHECK(head.virtual_bucket.empty());
    auto call = std::make_unique<Call>();
    if (auto error = fill(*call, face, operation, head, body.text)) return std::move(*error);
    return call;
}

std::optional<ApiError> Dispatcher::fill(Call& call, const Face& face, const Operation& operation,
                                         const RequestHead& head, std::string_view body) const {
    call.face = &face;
    call.operation = &operation;
    call.head_request = head.method == "HEAD";
    call.context.path = head.path;
    const Model& model = face.model();
    if (takes_json_instead(model, head)) call.answers = Call::Answers::json;
    call.query_mode = in_query_mode(head);
    if (const Inspect* const inspect = registry_.inspector(face.service)) {
        const Arrival arrival{.operation = operation.name,
                              .method = head.method,
                              .extras = extras_of(model, operation, head.query),
                              .header = [&](std::string_view name) { return head.header(name); },
                              .body = body,
                              .streams = call.reader != nullptr};
        if (auto error = (*inspect)(arrival)) return std::move(*error);
    }
    auto input = read_request(model, operation, head, body, call.reader.get(), call.arena);
    if (auto* error = std::get_if<ApiError>(&input)) return std::move(*error);
    call.input = std::get<Record*>(input);
    if (const Structure* output = model.output_of(operation))
        call.output.root = make_record(call.arena, static_cast<std::uint32_t>(output->members.size()));
    return std::nullopt;
}

Runs Dispatcher::runs(const Call& call) const {
    const Registry::Entry* entry = registry_.find(call.face->service, call.operation->name);
    return entry == nullptr ? Runs::inline_ : entry->runs;
}

void Dispatcher::run(std::unique_ptr<Call> call) const {
    const Registry::Entry* entry = registry_.find(call->face->service, call->operation->name);
    Deferred deferred{std::move(call)};
    if (entry != nullptr) return entry->run(std::move(deferred));
    const std::string name{deferred.call().operation->name};
    deferred.complete(ApiError{common_code(CommonError::not_implemented),
                               "The operation " + name + " is not implemented."});
}

HttpReply Dispatcher::reply(Call& call) const {
    const QueryForm form = call.answers == Call::Answers::json ? QueryForm::json : QueryForm::xml;
    if (!call.answer.ok()) {
        HttpReply reply;
        const ErrorEnvelope envelope{.style = error_style_of(call.face->protocol),
                                     .model = &call.face->model(),
                                     .request_id = call.context.request_id,
                                     .host_id = call.context.request_id,
                                     .resource = call.context.path,
                                     .head_request = call.head_request,
                                     .query_mode = call.query_mode,
                                     .form = form};
        write_error(envelope, call.answer.error(), reply);
        return reply;
    }
    HttpReply reply{.status = call.output.status};
    reply.source = std::move(call.output.body);
    reply.source_length = call.output.body_length;
    write_reply(call.face->model(), *call.operation, call.output.root, call.context.request_id, reply, form);
    for (auto& header : call.output.headers) reply.headers.push_back(std::move(header));
    if (call.head_request || reply.status == 204 || reply.status == 304) {
        reply.head_only = true;
        reply.body.clear();
        reply.source.reset();
        if (!call.head_request) reply.announced_length.reset();
    } else {
        reply.announced_length.reset();
    }
    return reply;
}

HttpReply Dispatcher::error_reply(const ErrorScene& scene, const ApiError& error) const {
    ErrorEnvelope envelope{
        .style = ErrorStyle::json, .request_id = scene.request_id, .host_id = scene.host_id};
    if (scene.face != nullptr) {
        envelope.style = error_style_of(scene.face->protocol);
        envelope.model = &scene.face->model();
    } else if (scene.head != nullptr) {
        const bool target = scene.head->header("x-amz-target").has_value();
        const std::string_view type = scene.head->header("content-type").value_or("");
        if (type.starts_with("application/x-www-form-urlencoded"))
            envelope.style = ErrorStyle::query;
        else if (!target && !type.starts_with("application/json"))
            envelope.style = ErrorStyle::s3;
    }
    if (scene.head != nullptr) {
        envelope.resource = scene.head->path;
        envelope.head_request = scene.head->method == "HEAD";
        envelope.query_mode = in_query_mode(*scene.head);
        if (scene.face != nullptr && takes_json_instead(scene.face->model(), *scene.head))
            envelope.form = QueryForm::json;
    }
    HttpReply reply;
    write_error(envelope, error, reply);
    return reply;
}

std::string Dispatcher::audit_input(const Call& call) {
    const Model& model = call.face->model();
    std::string out;
    if (call.input == nullptr) return "{}";
    write_json(out, model, *model.input_of(*call.operation), *call.input, kAuditJson);
    return out;
}

std::string Dispatcher::code_of(const Face* face, const ApiError& error) {
    const ErrorStyle style = face != nullptr ? error_style_of(face->protocol) : ErrorStyle::json;
    return std::string{resolve_error(style, face != nullptr ? &face->model() : nullptr, error).code};
}

}  // namespace landfall::wire
