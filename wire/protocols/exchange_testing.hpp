// One request through a face of the embedded models, for the tests of this folder.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/model/catalogue.hpp"
#include "wire/models/embedded.hpp"
#include "wire/protocols/json.hpp"
#include "wire/protocols/protocol.hpp"

namespace landfall::wire {

struct TestRequest {
    std::string method = "POST";
    std::string path = "/";
    std::string query = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
};

class Exchange {
public:
    explicit Exchange(std::string_view face) : model_{catalogue_.find(face)->model()} {}

    /// "Operation {plain JSON of the input}", or "Operation: common error number, message", or "no route".
    std::string understood(const TestRequest& request) {
        fields_.clear();
        for (const auto& [name, value] : request.headers) fields_.push_back({name, value});
        const RequestHead head{
            .method = request.method, .path = request.path, .query = request.query, .headers = fields_};
        const Operation* op = route(model_, head, request.body);
        if (op == nullptr) return "no route";
        Arena arena;
        const auto input = read_request(model_, *op, head, request.body, nullptr, arena);
        std::string out{op->name};
        if (const auto* error = std::get_if<ApiError>(&input)) return out + ": " + error->message;
        const Record* record = std::get<Record*>(input);
        if (record == nullptr) return out;
        out += ' ';
        write_json(out, model_, *model_.input_of(*op), *record, kPlainJson);
        return out;
    }

    /// The reply to `operation` whose output is this plain JSON.
    HttpReply replied(std::string_view operation, std::string_view output) {
        const Operation& op = *model_.find(operation);
        HttpReply reply{.status = 0};
        Record* record = nullptr;
        Arena arena;
        if (const Structure* structure = model_.output_of(op)) {
            record = make_record(arena, static_cast<std::uint32_t>(structure->members.size()));
            read_json(output, model_, *structure, *record, arena, kPlainJson).value();
        }
        write_reply(model_, op, record, "rid", reply);
        return reply;
    }

    [[nodiscard]] const Model& model() const { return model_; }

private:
    Catalogue catalogue_{embedded_models()};
    const Model& model_;
    std::vector<HeaderField> fields_;
};

[[nodiscard]] inline std::string header_of(const HttpReply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers)
        if (key == name) return value;
    return "(none)";
}

}  // namespace landfall::wire
