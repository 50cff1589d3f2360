// Reads botocore's service-2.json into a Model and resolves every wire name for its protocol.
#include <simdjson.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "wire/model/model.hpp"

namespace landfall::wire {

namespace dom = simdjson::dom;

namespace {

std::string_view text_at(dom::object object, std::string_view key) {
    std::string_view value;
    return object[key].get(value) == simdjson::SUCCESS ? value : std::string_view{};
}
bool flag_at(dom::object object, std::string_view key) {
    bool value = false;
    return object[key].get(value) == simdjson::SUCCESS && value;
}
bool object_at(dom::object object, std::string_view key, dom::object& out) {
    return object[key].get(out) == simdjson::SUCCESS;
}

Kind kind_of(std::string_view type) {
    static constexpr std::pair<std::string_view, Kind> kKinds[] = {
        {"string", Kind::text},       {"character", Kind::text},  {"structure", Kind::structure},
        {"list", Kind::list},         {"map", Kind::map},         {"integer", Kind::integer},
        {"long", Kind::long_integer}, {"boolean", Kind::boolean}, {"timestamp", Kind::timestamp},
        {"blob", Kind::blob},         {"double", Kind::number},   {"float", Kind::number}};
    for (const auto& [name, kind] : kKinds)
        if (name == type) return kind;
    return Kind::text;
}

TimeFormat time_of(std::string_view format) {
    if (format == "iso8601") return TimeFormat::iso8601;
    if (format == "rfc822") return TimeFormat::rfc822;
    if (format == "unixTimestamp") return TimeFormat::epoch;
    return TimeFormat::unset;
}

Location location_of(std::string_view name) {
    if (name == "header") return Location::header;
    if (name == "headers") return Location::headers;
    if (name == "uri") return Location::uri;
    if (name == "querystring") return Location::query;
    if (name == "statusCode") return Location::status;
    return Location::body;
}

}  // namespace

class ModelLoader {
public:
    explicit ModelLoader(Model& model) : model_{model}, arena_{model.arena_} {}

    Status load(std::string_view service, dom::object root, dom::object overlay) {
        model_.service = arena_.copy(service);
        overlay_ = overlay;
        dom::object metadata, shapes, operations;
        if (!object_at(root, "metadata", metadata) || !object_at(root, "shapes", shapes) ||
            !object_at(root, "operations", operations))
            return Error{Errc::invalid, "not a service model"};
        TRY(read_metadata(metadata));
        collect(shapes);
        std::uint32_t index = 0;
        for (const auto field : shapes) TRY(read_shape(index++, field.value.get_object()));
        TRY(read_operations(operations));
        read_codes();
        return {};
    }

private:
    std::string_view keep(std::string_view text) { return arena_.copy(text); }

    template <class T>
    std::span<T> array(std::size_t count) {
        T* items = arena_.template array<T>(count);
        for (std::size_t i = 0; i < count; ++i) new (items + i) T{};
        return {items, count};
    }

    Status read_metadata(dom::object metadata) {
        const std::string_view name = text_at(metadata, "protocol");
        if (name == "json")
            model_.protocol = Protocol::json;
        else if (name == "query")
            model_.protocol = Protocol::query;
        else if (name == "ec2")
            model_.protocol = Protocol::ec2;
        else if (name == "rest-json")
            model_.protocol = Protocol::rest_json;
        else if (name == "rest-xml")
            model_.protocol = Protocol::rest_xml;
        else
            return Error{Errc::invalid, "unknown protocol '" + std::string{name} + "'"};
        model_.json_version = keep(text_at(metadata, "jsonVersion"));
        model_.target_prefix = keep(text_at(metadata, "targetPrefix"));
        model_.api_version = keep(text_at(metadata, "apiVersion"));
        model_.xml_namespace = keep(text_at(metadata, "xmlNamespace"));
        model_.signing_name = keep(text_at(metadata, "signingName"));
        if (model_.signing_name.empty()) model_.signing_name = keep(text_at(metadata, "endpointPrefix"));
        dom::object ignored;
        model_.query_compatible = object_at(metadata, "awsQueryCompatible", ignored);
        return {};
    }

    void collect(dom::object shapes) {
        std::size_t count = 0;
        std::size_t structures = 0;
        for (const auto field : shapes) {
            dom::object shape = field.value.get_object();
            index_.emplace(field.key, static_cast<std::uint32_t>(count++));
            source_.push_back(shape);
            if (text_at(shape, "type") == "structure") ++structures;
        }
        shapes_ = array<Shape>(count);
        structures_ = array<Structure>(structures);
        model_.shapes = shapes_;
        model_.structures = structures_;
        count = 0;
        std::uint32_t next = 0;
        // Kinds first: names of members depend on the shapes that they point to.
        for (const auto field : shapes) {
            Shape& shape = shapes_[count];
            shape.name = keep(field.key);
            shape.kind = kind_of(text_at(source_[count], "type"));
            shape.flattened = flag_at(source_[count], "flattened");
            shape.time = time_of(text_at(source_[count], "timestampFormat"));
            if (shape.kind == Kind::structure) shape.structure = next++;
            ++count;
        }
    }

    Result<std::uint32_t> target(dom::object from) {
        const auto found = index_.find(text_at(from, "shape"));
        if (found == index_.end())
            return Error{Errc::invalid, "no shape '" + std::string{text_at(from, "shape")} + "'"};
        return found->second;
    }

    Status read_shape(std::uint32_t index, dom::object source) {
        Shape& shape = shapes_[index];
        shape.sensitive = flag_at(source, "sensitive");
        shape.streaming = flag_at(source, "streaming");
        shape.event_stream = flag_at(source, "eventstream");
        shape.is_union = flag_at(source, "union");
        shape.has_min = read_bound(source, "min", shape.min);
        shape.has_max = read_bound(source, "max", shape.max);
        read_values(source, shape);
        dom::object part;
        if (shape.kind == Kind::list && object_at(source, "member", part)) {
            shape.element.shape = TRY(target(part));
            shape.element.name = keep(text_at(part, "locationName"));
            if (shape.element.name.empty())
                shape.element.name = model_.protocol == Protocol::ec2 ? "item" : "member";
        }
        if (shape.kind == Kind::map && object_at(source, "key", part)) {
            shape.key.shape = TRY(target(part));
            shape.key.name = or_else(keep(text_at(part, "locationName")), "key");
        }
        if (shape.kind == Kind::map && object_at(source, "value", part)) {
            shape.element.shape = TRY(target(part));
            shape.element.name = or_else(keep(text_at(part, "locationName")), "value");
        }
        if (shape.kind == Kind::structure) TRY(read_structure(shape, source));
        return {};
    }

    static std::string_view or_else(std::string_view text, std::string_view otherwise) {
        return text.empty() ? otherwise : text;
    }

    static bool read_bound(dom::object source, std::string_view key, std::int64_t& into) {
        if (source[key].get(into) == simdjson::SUCCESS) return true;
        double number = 0;
        if (source[key].get(number) != simdjson::SUCCESS) return false;
        into = static_cast<std::int64_t>(number);
        return true;
    }

    void read_values(dom::object source, Shape& shape) {
        dom::array values;
        if (source["enum"].get(values) != simdjson::SUCCESS) return;
        const auto kept = array<std::string_view>(values.size());
        std::size_t n = 0;
        for (const dom::element value : values) {
            std::string_view text;
            if (value.get(text) == simdjson::SUCCESS) kept[n++] = keep(text);
        }
        std::sort(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(n));
        shape.values = kept.first(n);
    }

    Status read_structure(Shape& shape, dom::object source) {
        Structure& structure = structures_[shape.structure];
        structure.name = shape.name;
        structure.is_union = shape.is_union;
        dom::object members;
        if (!object_at(source, "members", members))
            return Error{Errc::invalid, "a structure without members"};
        const auto kept = array<Member>(members.size());
        std::size_t n = 0;
        for (const auto field : members) {
            dom::object traits = field.value.get_object();
            TRY(read_member(kept[n], field.key, traits));
            if (text_at(source, "payload") == field.key) structure.payload = static_cast<std::uint32_t>(n);
            ++n;
        }
        structure.members = kept;
        dom::array required;
        if (source["required"].get(required) == simdjson::SUCCESS) {
            for (const dom::element name : required)
                for (Member& member : kept)
                    if (name.get_string().value_unsafe() == member.name) member.required = true;
        }
        index_names(structure);
        if (flag_at(source, "exception")) read_exception(structure, source);
        return {};
    }

    void index_names(Structure& structure) {
        std::vector<NameIndex> names;
        for (std::uint32_t i = 0; i < structure.members.size(); ++i)
            names.push_back({structure.members[i].in_name, i});
        std::stable_sort(names.begin(), names.end(),
                         [](const NameIndex& a, const NameIndex& b) { return a.name < b.name; });
        const auto kept = array<NameIndex>(names.size());
        std::copy(names.begin(), names.end(), kept.begin());
        structure.by_in_name = kept;
    }

    Status read_member(Member& member, std::string_view name, dom::object traits) {
        member.name = keep(name);
        member.shape = TRY(target(traits));
        const Shape& shape = shapes_[member.shape];
        const dom::object source = source_[member.shape];
        member.location = location_of(text_at(traits, "location"));
        member.flattened = flag_at(traits, "flattened") || shape.flattened;
        member.time = time_of(text_at(traits, "timestampFormat"));
        if (member.time == TimeFormat::unset) member.time = shape.time;
        member.idempotency_token = flag_at(traits, "idempotencyToken");
        member.attribute = flag_at(traits, "xmlAttribute");
        dom::object space;
        if (object_at(traits, "xmlNamespace", space) || object_at(source, "xmlNamespace", space)) {
            member.xml_prefix = keep(text_at(space, "prefix"));
            member.xml_namespace = keep(text_at(space, "uri"));
        }
        // Of "xsi:type" the parser sees the local name; the writer needs the whole.
        name_member(member, shape, or_else(text_at(traits, "locationName"), text_at(source, "locationName")),
                    text_at(traits, "queryName"), source);
        return {};
    }

    void name_member(Member& member, const Shape& shape, std::string_view location_name,
                     std::string_view query_name, dom::object source) {
        const std::string_view wire = or_else(keep(location_name), member.name);
        member.out_name = wire;
        member.in_name = wire;
        if (model_.protocol == Protocol::json) member.out_name = member.in_name = member.name;
        if (model_.protocol == Protocol::ec2) {
            std::string capital{or_else(query_name, wire)};
            if (query_name.empty() && !capital.empty() && capital[0] >= 'a' && capital[0] <= 'z')
                capital[0] = static_cast<char>(capital[0] - 32);
            member.in_name = keep(capital);
        }
        const bool form_list = shape.kind == Kind::list && member.flattened &&
                               (model_.protocol == Protocol::query || model_.protocol == Protocol::rest_xml);
        if (form_list) {
            dom::object element;
            // A flattened list is named by its elements where they have a name (Query); by itself otherwise.
            if (model_.protocol == Protocol::query && object_at(source, "member", element)) {
                const std::string_view own = text_at(element, "locationName");
                if (!own.empty()) member.in_name = member.out_name = keep(own);
            }
        }
    }

    void read_exception(Structure& structure, dom::object source) {
        structure.exception = true;
        structure.server_fault = flag_at(source, "fault");
        structure.code = structure.name;
        dom::object error;
        if (object_at(source, "error", error)) {
            const std::string_view code = text_at(error, "code");
            if (!code.empty()) structure.code = keep(code);
            std::int64_t status = 0;
            if (error["httpStatusCode"].get(status) == simdjson::SUCCESS)
                structure.status = static_cast<int>(status);
        }
        dom::object statuses, codes;
        std::int64_t status = 0;
        if (object_at(overlay_, "statuses", statuses) &&
            statuses[structure.name].get(status) == simdjson::SUCCESS)
            structure.status = static_cast<int>(status);
        if (structure.status == 0) structure.status = structure.server_fault ? 500 : 400;
        if (structure.status >= 500) structure.server_fault = true;
        if (object_at(overlay_, "query_codes", codes))
            structure.query_code = keep(text_at(codes, structure.name));
        if (model_.protocol == Protocol::query && !structure.query_code.empty())
            structure.code = structure.query_code;
    }

    Status read_operations(dom::object source) {
        const auto operations = array<Operation>(source.size());
        std::uint32_t n = 0;
        for (const auto field : source) {
            Operation& op = operations[n];
            op.index = n++;
            op.name = keep(field.key);
            TRY(read_operation(op, field.value.get_object()));
        }
        std::sort(operations.begin(), operations.end(),
                  [](const Operation& a, const Operation& b) { return a.name < b.name; });
        model_.operations = operations;
        return {};
    }

    Status read_operation(Operation& op, dom::object source) {
        dom::object http, part;
        if (!object_at(source, "http", http)) return Error{Errc::invalid, "an operation without http"};
        op.method = keep(text_at(http, "method"));
        std::int64_t status = 0;
        if (http["responseCode"].get(status) == simdjson::SUCCESS) op.status = static_cast<int>(status);
        op.deprecated = flag_at(source, "deprecated");
        op.unsigned_allowed = text_at(source, "authtype") == "none";
        if (object_at(source, "input", part)) {
            op.input = shapes_[TRY(target(part))].structure;
            op.input_root = keep(text_at(part, "locationName"));
            op.streams_request = streams(op.input);
        }
        if (object_at(source, "output", part)) {
            op.output = shapes_[TRY(target(part))].structure;
            op.result_wrapper = keep(text_at(part, "resultWrapper"));
        }
        read_errors(op, source);
        read_uri(op, text_at(http, "requestUri"));
        lay_over(op);
        return {};
    }

    bool streams(std::uint32_t index) const {
        const Structure& structure = structures_[index];
        if (structure.payload == kNone) return false;
        const Shape& shape = shapes_[structure.members[structure.payload].shape];
        if (shape.kind != Kind::blob) return false;
        dom::object source = source_of(structure), members, member;
        return shape.streaming || (object_at(source, "members", members) &&
                                   object_at(members, structure.members[structure.payload].name, member) &&
                                   flag_at(member, "streaming"));
    }
    dom::object source_of(const Structure& structure) const {
        return source_[index_.find(structure.name)->second];
    }

    void read_errors(Operation& op, dom::object source) {
        dom::array errors;
        if (source["errors"].get(errors) != simdjson::SUCCESS) return;
        const auto kept = array<std::uint32_t>(errors.size());
        std::size_t n = 0;
        for (const dom::element error : errors) {
            const auto found = index_.find(text_at(error.get_object(), "shape"));
            if (found != index_.end()) kept[n++] = shapes_[found->second].structure;
        }
        op.errors = kept.first(n);
    }

    void read_uri(Operation& op, std::string_view uri) {
        const std::size_t mark = uri.find('?');
        std::vector<Segment> segments;
        std::string_view path = uri.substr(0, mark);
        while (!path.empty()) {
            if (path.front() == '/') {
                path.remove_prefix(1);
                continue;
            }
            const std::string_view piece = path.substr(0, path.find('/'));
            path.remove_prefix(piece.size());
            segments.push_back(segment_of(op, piece));
        }
        const auto kept = array<Segment>(segments.size());
        std::copy(segments.begin(), segments.end(), kept.begin());
        op.path = kept;
        if (mark == std::string_view::npos) return;
        std::vector<QueryLiteral> literals;
        std::string_view query = uri.substr(mark + 1);
        while (!query.empty()) {
            const std::string_view pair = query.substr(0, query.find('&'));
            query.remove_prefix(std::min(query.size(), pair.size() + 1));
            const std::size_t equals = pair.find('=');
            const bool valued = equals != std::string_view::npos;
            literals.push_back(
                {keep(pair.substr(0, equals)), valued ? keep(pair.substr(equals + 1)) : "", valued});
        }
        const auto literal_array = array<QueryLiteral>(literals.size());
        std::copy(literals.begin(), literals.end(), literal_array.begin());
        op.query = literal_array;
    }

    Segment segment_of(const Operation& op, std::string_view piece) {
        if (piece.size() < 3 || piece.front() != '{' || piece.back() != '}')
            return {.type = Segment::Type::literal, .text = keep(piece)};
        std::string_view label = piece.substr(1, piece.size() - 2);
        const bool greedy = label.back() == '+';
        if (greedy) label.remove_suffix(1);
        Segment segment{.type = greedy ? Segment::Type::greedy : Segment::Type::label, .text = keep(label)};
        if (op.input == kNone) return segment;
        const auto members = structures_[op.input].members;
        for (std::uint32_t i = 0; i < members.size(); ++i)
            if (members[i].location == Location::uri && members[i].out_name == label) segment.member = i;
        return segment;
    }

    void lay_over(Operation& op) {
        dom::object part;
        std::int64_t status = 0;
        if (object_at(overlay_, "success", part) && part[op.name].get(status) == simdjson::SUCCESS)
            op.status = static_cast<int>(status);
        op.action = op.name;
        if (object_at(overlay_, "actions", part) && !text_at(part, op.name).empty())
            op.action = keep(text_at(part, op.name));
        if (object_at(overlay_, "roots", part)) op.output_root = keep(text_at(part, op.name));
        dom::array unwrapped;
        if (overlay_["unwrapped"].get(unwrapped) != simdjson::SUCCESS) return;
        for (const dom::element name : unwrapped)
            if (name.get_string().value_unsafe() == op.name) op.unwrapped = true;
    }

    void read_codes() {
        dom::object errors;
        if (!object_at(overlay_, "errors", errors)) return;
        const auto codes = array<CodeStatus>(errors.size());
        std::size_t n = 0;
        for (const auto field : errors) {
            std::int64_t status = 0;
            if (field.value.get(status) == simdjson::SUCCESS)
                codes[n++] = {keep(field.key), static_cast<int>(status)};
        }
        std::sort(codes.begin(), codes.end(),
                  [](const CodeStatus& a, const CodeStatus& b) { return a.code < b.code; });
        model_.codes = codes.first(n);
    }

    Model& model_;
    Arena& arena_;
    dom::object overlay_;
    std::unordered_map<std::string_view, std::uint32_t> index_;
    std::vector<dom::object> source_;
    std::span<Shape> shapes_;
    std::span<Structure> structures_;
};

Result<std::unique_ptr<Model>> Model::load(std::string_view service, std::string_view model,
                                           std::string_view overlay) {
    dom::parser model_parser, overlay_parser;
    dom::object root, extra;
    auto error = model_parser.parse(model.data(), model.size()).get(root);
    if (error == simdjson::SUCCESS) error = overlay_parser.parse(overlay.data(), overlay.size()).get(extra);
    if (error != simdjson::SUCCESS)
        return Error{Errc::invalid, std::string{service} + ": " + simdjson::error_message(error)};
    auto loaded = std::make_unique<Model>();
    ModelLoader loader{*loaded};
    auto status = loader.load(service, root, extra);
    if (!status.ok()) return Error{Errc::invalid, std::string{service} + ": " + status.error().message()};
    return loaded;
}

}  // namespace landfall::wire
