#include "services/dms/model_json.hpp"

#include <simdjson.h>

#include "base/json_text.hpp"

namespace landfall::dms {
namespace {

namespace dom = simdjson::dom;

Json tree_of(dom::element element);

Json array_of(dom::array array) {
    Json json = Json::array();
    for (const dom::element item : array) json.items.push_back(tree_of(item));
    return json;
}

Json object_of(dom::object object) {
    Json json = Json::object();
    for (const dom::key_value_pair member : object) json.set(member.key, tree_of(member.value));
    return json;
}

Json tree_of(dom::element element) {
    switch (element.type()) {
        case dom::element_type::ARRAY: return array_of(element.get_array().value_unsafe());
        case dom::element_type::OBJECT: return object_of(element.get_object().value_unsafe());
        case dom::element_type::STRING: return Json::string(element.get_string().value_unsafe());
        case dom::element_type::BOOL:
            return {Json::Kind::boolean, element.get_bool().value_unsafe() ? "true" : "false", {}, {}};
        case dom::element_type::NULL_VALUE: return {};
        default: return {Json::Kind::number, simdjson::minify(element), {}, {}};
    }
}

void put(std::string& out, const Json& json) {
    switch (json.kind) {
        case Json::Kind::null: out += "null"; return;
        case Json::Kind::boolean:
        case Json::Kind::number: out += json.text; return;
        case Json::Kind::string: append_json_text(out, json.text); return;
        case Json::Kind::array:
            out += '[';
            for (std::size_t i = 0; i < json.items.size(); ++i) {
                if (i > 0) out += ',';
                put(out, json.items[i]);
            }
            out += ']';
            return;
        case Json::Kind::object:
            out += '{';
            for (std::size_t i = 0; i < json.members.size(); ++i) {
                if (i > 0) out += ',';
                append_json_text(out, json.members[i].first);
                out += ':';
                put(out, json.members[i].second);
            }
            out += '}';
            return;
    }
}

}  // namespace

const Json* Json::find(std::string_view name) const {
    for (const auto& [key, value] : members)
        if (key == name) return &value;
    return nullptr;
}

Json* Json::find(std::string_view name) {
    for (auto& [key, value] : members)
        if (key == name) return &value;
    return nullptr;
}

std::string_view Json::text_of(std::string_view name) const {
    const Json* const member = find(name);
    return member == nullptr ? std::string_view{} : std::string_view{member->text};
}

void Json::set(std::string_view name, Json value) {
    if (Json* const member = find(name))
        *member = std::move(value);
    else
        members.emplace_back(std::string{name}, std::move(value));
}

Result<Json> parse_json(std::string_view text) {
    if (text.size() > kJsonTextMax) return Error{Errc::invalid, "the JSON text is larger than 1 MiB"};
    dom::parser parser;
    if (parser.allocate(text.size(), kJsonDepthMax) != simdjson::SUCCESS)
        return Error{Errc::exhausted, "no memory for a JSON text"};
    dom::element root;
    const auto error = parser.parse(text.data(), text.size()).get(root);
    if (error != simdjson::SUCCESS)
        return Error{Errc::invalid, std::string{"it is no JSON: "} + simdjson::error_message(error)};
    return tree_of(root);
}

std::string dump(const Json& json) {
    std::string out;
    put(out, json);
    return out;
}

}  // namespace landfall::dms
