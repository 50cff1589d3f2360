#include <algorithm>
#include <string>
#include <vector>

#include "wire/protocols/json.hpp"
#include "wire/protocols/query.hpp"
#include "wire/protocols/rest.hpp"
#include "wire/protocols/text.hpp"
#include "wire/protocols/xml.hpp"

namespace landfall::wire {
namespace {

class RestReader {
public:
    RestReader(const Model& model, const Operation& op, const RequestHead& head, Record& record, Arena& arena)
        : model_{model}, op_{op}, head_{head}, input_{*model.input_of(op)}, record_{record}, arena_{arena} {}

    Status read(std::string_view body, BodyReader* reader) {
        TRY(labels());
        TRY(query());
        for (std::uint32_t i = 0; i < input_.members.size(); ++i) {
            if (input_.members[i].location == Location::header)
                TRY(header(input_.members[i], record_.slots()[i]));
            if (input_.members[i].location == Location::headers)
                prefixed(input_.members[i], record_.slots()[i]);
        }
        return payload(body, reader);
    }

private:
    static Error bad(const Member& member) {
        return Error{Errc::invalid, "malformed value of '" + std::string{member.name} + "'"};
    }

    Status labels() {
        std::string_view path = head_.path;
        if (path.starts_with('/')) path.remove_prefix(1);
        for (const Segment& segment : op_.path) {
            const bool greedy = segment.type == Segment::Type::greedy;
            const std::string_view piece = greedy ? path : path.substr(0, path.find('/'));
            path.remove_prefix(std::min(path.size(), piece.size() + 1));
            if (segment.member == kNone) continue;
            const Member& member = input_.members[segment.member];
            const auto decoded = percent_decoded(piece, Plus::literal, arena_);
            if (!decoded || !is_utf8(*decoded)) return bad(member);
            TRY(scalar(member, model_.shape_of(member), *decoded, record_.slots()[segment.member]));
        }
        return {};
    }

    Status scalar(const Member& member, const Shape& shape, std::string_view text, Slot& slot) {
        const auto value = scalar_of(text, shape, arena_);
        if (!value) return bad(member);
        return slot = *value, Status{};
    }

    Status query() {
        if (head_.query.empty()) return {};
        const auto fields = TRY(parse_form(head_.query, arena_));
        std::uint32_t rest = kNone;
        for (std::uint32_t i = 0; i < input_.members.size(); ++i) {
            const Member& member = input_.members[i];
            if (member.location != Location::query) continue;
            if (model_.shape_of(member).kind == Kind::map)
                rest = i;
            else
                TRY(named(member, fields, record_.slots()[i]));
        }
        if (rest != kNone) TRY(unnamed(input_.members[rest], fields, record_.slots()[rest]));
        return {};
    }

    Status named(const Member& member, const std::vector<FormField>& fields, Slot& slot) {
        const Shape& shape = model_.shape_of(member);
        for (const FormField& field : fields) {
            if (field.key != member.in_name) continue;
            if (shape.kind != Kind::list) {
                // "?marker=" is an empty string; an empty number or time is one that was not sent.
                if (field.value.empty() && shape.kind != Kind::text) continue;
                TRY(scalar(member, shape, field.value, slot));
                continue;
            }
            if (slot.kind != SlotKind::list) slot = Slot::of_list(make_sequence(arena_));
            Slot item{};
            TRY(scalar(member, model_.shapes[shape.element.shape], field.value, item));
            slot.sequence->push(arena_, item);
        }
        return {};
    }

    /// A map in the query takes every parameter that no literal and no other member names.
    Status unnamed(const Member& member, const std::vector<FormField>& fields, Slot& slot) {
        const Shape& value = model_.shapes[model_.shape_of(member).element.shape];
        Sequence* map = make_sequence(arena_);
        for (const FormField& field : fields) {
            if (is_named(field.key)) continue;
            Slot item{};
            if (value.kind == Kind::list) {
                item = Slot::of_list(list_of(*map, field.key));
                item.sequence->push(arena_, Slot::of_text(field.value));
                if (item.sequence->size > 1) continue;
            } else {
                TRY(scalar(member, value, field.value, item));
            }
            map->push(arena_, Slot::of_text(field.key));
            map->push(arena_, item);
        }
        if (map->size > 0) slot = Slot::of_map(map);
        return {};
    }
    Sequence* list_of(const Sequence& map, std::string_view key) {
        for (std::uint32_t i = 0; i + 1 < map.size; i += 2)
            if (map.items[i].text() == key) return map.items[i + 1].sequence;
        return make_sequence(arena_);
    }
    [[nodiscard]] bool is_named(std::string_view key) const {
        for (const QueryLiteral& literal : op_.query)
            if (literal.key == key) return true;
        for (const Member& member : input_.members)
            if (member.location == Location::query && member.in_name == key &&
                model_.shape_of(member).kind != Kind::map)
                return true;
        return false;
    }

    Status header(const Member& member, Slot& slot) {
        const auto sent = head_.header(member.in_name);
        if (!sent) return {};
        const Shape& shape = model_.shape_of(member);
        if (shape.kind != Kind::list) {
            if (sent->empty() && shape.kind != Kind::text) return {};
            return scalar(member, shape, *sent, slot);
        }
        Sequence* items = make_sequence(arena_);
        for (const HeaderField& field : head_.headers)
            if (same_name(field.name, member.in_name)) TRY(listed(member, field.value, *items));
        return slot = Slot::of_list(items), Status{};
    }

    /// "a, b", with RFC 9110 quoted strings; HTTP dates hold a comma of their own.
    Status listed(const Member& member, std::string_view value, Sequence& items) {
        const Shape& element = model_.shapes[model_.shape_of(member).element.shape];
        while (!(value = trimmed(value)).empty()) {
            std::string_view piece;
            if (value.front() == '"') {
                std::size_t end = 1;
                while (end < value.size() && value[end] != '"') end += value[end] == '\\' ? 2 : 1;
                if (end >= value.size()) return bad(member);
                piece = unquoted(value.substr(1, end - 1));
                value.remove_prefix(end + 1);
                value = trimmed(value);
            } else {
                std::size_t end = value.find(',');
                if (element.kind == Kind::timestamp && end != std::string_view::npos)
                    end = value.find(',', end + 1);
                piece = trimmed(value.substr(0, end));
                value.remove_prefix(std::min(value.size(), piece.size()));
                value = trimmed(value);
            }
            Slot item{};
            TRY(scalar(member, element, piece, item));
            items.push(arena_, item);
            if (value.starts_with(','))
                value.remove_prefix(1);
            else if (!value.empty())
                return bad(member);
        }
        return {};
    }
    std::string_view unquoted(std::string_view text) {
        if (text.find('\\') == std::string_view::npos) return text;
        std::string plain;
        for (std::size_t i = 0; i < text.size(); ++i)
            plain += text[i] == '\\' && i + 1 < text.size() ? text[++i] : text[i];
        return arena_.copy(plain);
    }

    void prefixed(const Member& member, Slot& slot) {
        Sequence* map = make_sequence(arena_);
        for (const HeaderField& field : head_.headers) {
            const std::string_view prefix = field.name.substr(0, member.in_name.size());
            if (field.name.size() <= member.in_name.size() || !same_name(prefix, member.in_name)) continue;
            std::string name{field.name.substr(member.in_name.size())};
            for (char& c : name)
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
            map->push(arena_, Slot::of_text(arena_.copy(name)));
            map->push(arena_, Slot::of_text(field.value));
        }
        if (map->size > 0) slot = Slot::of_map(map);
    }

    Status payload(std::string_view body, BodyReader* reader) {
        if (input_.payload == kNone) return document(body, input_, record_);
        const Member& member = input_.members[input_.payload];
        const Shape& shape = model_.shape_of(member);
        Slot& slot = record_.slots()[input_.payload];
        if (shape.kind == Kind::blob || shape.kind == Kind::text) {
            if (reader != nullptr)
                slot = Slot::of_stream(reader);
            else if (!body.empty() || member.required)
                slot = Slot::of_text(body);
            return {};
        }
        if (trimmed(body).empty()) return {};
        if (shape.kind != Kind::structure) return Error{Errc::invalid, "this kind of body is not supported"};
        const Structure& inner = model_.structure_of(shape);
        Record* record = make_record(arena_, static_cast<std::uint32_t>(inner.members.size()));
        TRY(document(body, inner, *record, member.out_name));
        return slot = Slot::of_record(record), Status{};
    }

    Status document(std::string_view body, const Structure& structure, Record& record,
                    std::string_view root = {}) {
        if (model_.protocol == Protocol::rest_json) return read_json(body, model_, structure, record, arena_);
        const bool expected = std::any_of(structure.members.begin(), structure.members.end(),
                                          [](const Member& m) { return m.location == Location::body; });
        if (!expected || trimmed(body).empty()) return {};
        const XmlNode* node = TRY(parse_xml(body, arena_));
        if (!root.empty() && node->name != root && node->name != structure.name)
            return Error{Errc::invalid, "the root element is not <" + std::string{root} + ">"};
        return read_xml(*node, model_, structure, record, arena_);
    }

    const Model& model_;
    const Operation& op_;
    const RequestHead& head_;
    const Structure& input_;
    Record& record_;
    Arena& arena_;
};

}  // namespace

Status read_rest(const Model& model, const Operation& op, const RequestHead& head, std::string_view body,
                 BodyReader* reader, Record& record, Arena& arena) {
    return RestReader{model, op, head, record, arena}.read(body, reader);
}

}  // namespace landfall::wire
