#include <algorithm>
#include <span>
#include <string>

#include "wire/protocols/json.hpp"
#include "wire/protocols/query.hpp"
#include "wire/protocols/text.hpp"

namespace landfall::wire {
namespace {

using Fields = std::span<const FormField>;

/// Fields that share a prefix of `skip` bytes, and what follows it up to the next point.
struct Group {
    std::string_view segment;
    Fields fields;
};

class FormBinder {
public:
    FormBinder(const Model& model, Arena& arena) : model_{model}, arena_{arena} {}

    Status structure(Fields fields, std::size_t skip, const Structure& structure, Record& record) {
        Fields rest = fields;
        while (!rest.empty()) {
            const Group group = next_group(rest, skip);
            if (group.segment.empty()) continue;
            const std::uint32_t i = structure.find_in(group.segment);
            if (i == kNone) continue;
            TRY(value(group, skip + group.segment.size(), model_.shape_of(structure.members[i]),
                      record.slots()[i]));
        }
        return {};
    }

private:
    /// Takes the first group off `rest`. `skip` is the length of the prefix that all keys share, with its
    /// point.
    static Group next_group(Fields& rest, std::size_t skip) {
        const auto segment_of = [skip](const FormField& field) {
            if (field.key.size() <= skip) return std::string_view{};
            const std::string_view tail = field.key.substr(skip);
            return tail.substr(0, tail.find('.'));
        };
        const std::string_view segment = segment_of(rest.front());
        std::size_t n = 1;
        while (n < rest.size() && segment_of(rest[n]) == segment) ++n;
        const Group group{segment, rest.first(n)};
        rest = rest.subspan(n);
        return group;
    }

    /// The value whose key ends here, or nullptr: the group has deeper keys only.
    static const FormField* leaf(Fields fields, std::size_t length) {
        for (auto field = fields.rbegin(); field != fields.rend(); ++field)
            if (field->key.size() == length) return &*field;
        return nullptr;
    }

    Status value(const Group& group, std::size_t length, const Shape& shape, Slot& slot) {
        if (++depth_ > kDepthMax) return Error{Errc::invalid, "nested too deeply"};
        const Status status = inner(group, length, shape, slot);
        --depth_;
        return status;
    }

    Status inner(const Group& group, std::size_t length, const Shape& shape, Slot& slot) {
        switch (shape.kind) {
            case Kind::structure: {
                if (arena_.over_limit()) return grown_too_large();
                const Structure& structure = model_.structure_of(shape);
                Record* record = make_record(arena_, static_cast<std::uint32_t>(structure.members.size()));
                TRY(this->structure(group.fields, length + 1, structure, *record));
                return slot = Slot::of_record(record), Status{};
            }
            case Kind::list: return list(group.fields, length + 1, shape, slot);
            case Kind::map: return map(group.fields, length + 1, shape, slot);
            default: break;
        }
        const FormField* field = leaf(group.fields, length);
        if (field == nullptr) return {};
        const auto scalar = scalar_of(field->value, shape, arena_);
        if (!scalar)
            return Error{Errc::invalid, "'" + std::string{field->value} + "' is not a valid value of " +
                                            std::string{field->key}};
        return slot = *scalar, Status{};
    }

    /// The numbered groups behind `skip`, in the order of their numbers; a wrapper segment ("member") is seen
    /// through.
    Result<std::vector<Group>> numbered(Fields fields, std::size_t& skip) {
        std::vector<std::pair<std::int64_t, Group>> found;
        Fields rest = fields;
        while (!rest.empty()) {
            const Group group = next_group(rest, skip);
            if (group.segment.empty()) continue;
            const auto number = parse_integer(group.segment);
            if (number && *number >= 0) {
                found.emplace_back(*number, group);
                continue;
            }
            // "X.member.1": the numbers are one level deeper. Such keys are never mixed with bare numbers.
            std::size_t deeper = skip + group.segment.size() + 1;
            if (group.fields.front().key.size() <= deeper || ++depth_ > kDepthMax)
                return Error{Errc::invalid,
                             "a list item without a number in " + std::string{group.fields[0].key}};
            auto inside = numbered(group.fields, deeper);
            skip = deeper;
            return inside;
        }
        std::stable_sort(found.begin(), found.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        std::vector<Group> groups;
        groups.reserve(found.size());
        for (const auto& [number, group] : found) groups.push_back(group);
        return groups;
    }

    Status list(Fields fields, std::size_t skip, const Shape& shape, Slot& slot) {
        Sequence* items = make_sequence(arena_);
        slot = Slot::of_list(items);
        const int depth = depth_;
        const auto groups = TRY(numbered(fields, skip));
        depth_ = depth;
        for (const Group& group : groups) {
            Slot item{};
            TRY(value(group, skip + group.segment.size(), model_.shapes[shape.element.shape], item));
            if (item.present()) items->push(arena_, item);
        }
        return {};
    }

    Status map(Fields fields, std::size_t skip, const Shape& shape, Slot& slot) {
        Sequence* items = make_sequence(arena_);
        slot = Slot::of_map(items);
        const int depth = depth_;
        const auto groups = TRY(numbered(fields, skip));
        depth_ = depth;
        for (const Group& group : groups) {
            Slot key{};
            Slot content{};
            const std::size_t inside = skip + group.segment.size() + 1;
            Fields rest = group.fields;
            while (!rest.empty()) {
                const Group part = next_group(rest, inside);
                const std::size_t length = inside + part.segment.size();
                if (part.segment == shape.key.name)
                    TRY(value(part, length, model_.shapes[shape.key.shape], key));
                if (part.segment == shape.element.name)
                    TRY(value(part, length, model_.shapes[shape.element.shape], content));
            }
            if (key.kind != SlotKind::text || !content.present())
                return Error{Errc::invalid,
                             "a map entry without key or value: " + std::string{group.fields[0].key}};
            items->push(arena_, key);
            items->push(arena_, content);
        }
        return {};
    }

    const Model& model_;
    Arena& arena_;
    int depth_ = 0;
};

}  // namespace

Result<std::vector<FormField>> parse_form(std::string_view form, Arena& arena) {
    constexpr std::size_t kFieldsMax = 10'000;
    std::vector<FormField> fields;
    while (!form.empty()) {
        const std::string_view pair = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(form.size(), pair.size() + 1));
        if (pair.empty()) continue;
        if (fields.size() == kFieldsMax) return Error{Errc::invalid, "more than 10,000 parameters"};
        const std::size_t equals = pair.find('=');
        const auto key = percent_decoded(pair.substr(0, equals), Plus::space, arena);
        const auto value = percent_decoded(equals == std::string_view::npos ? "" : pair.substr(equals + 1),
                                           Plus::space, arena);
        if (!key || !value) return Error{Errc::invalid, "a malformed percent-escape"};
        if (!is_utf8(*key) || !is_utf8(*value)) return Error{Errc::invalid, "a parameter that is not UTF-8"};
        fields.push_back({*key, *value});
    }
    return fields;
}

std::string_view form_value(std::string_view form, std::string_view key, Arena& arena) {
    while (!form.empty()) {
        const std::string_view pair = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(form.size(), pair.size() + 1));
        if (!pair.starts_with(key) || pair.size() <= key.size() || pair[key.size()] != '=') continue;
        return percent_decoded(pair.substr(key.size() + 1), Plus::space, arena).value_or("");
    }
    return {};
}

Status read_form(std::vector<FormField>& fields, const Model& model, const Structure& structure,
                 Record& record, Arena& arena) {
    // The point sorts before everything else, so that all keys below one segment stand together.
    const auto rank = [](char c) { return c == '.' ? -1 : static_cast<int>(static_cast<unsigned char>(c)); };
    const auto before = [rank](const FormField& a, const FormField& b) {
        return std::lexicographical_compare(a.key.begin(), a.key.end(), b.key.begin(), b.key.end(),
                                            [rank](char x, char y) { return rank(x) < rank(y); });
    };
    std::stable_sort(fields.begin(), fields.end(), before);
    return FormBinder{model, arena}.structure(fields, 0, structure, record);
}

}  // namespace landfall::wire
