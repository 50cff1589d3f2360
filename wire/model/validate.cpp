#include "wire/model/validate.hpp"

#include <algorithm>

namespace landfall::wire {
namespace {

constexpr std::size_t kViolationsMax = 10;

// Where we are, as a chain on the stack: a path is spelt only when something is wrong.
struct Place {
    const Place* outer;
    std::string_view member;   ///< empty for list items and map entries
    std::string_view segment;  ///< "member", "key", "value"
    std::uint32_t index;       ///< 1-based, of list items
};

std::string spell(const Place& place) {
    std::string path = place.outer != nullptr ? spell(*place.outer) : std::string{};
    if (!place.member.empty()) {
        if (!path.empty()) path += '.';
        path += place.member;
        char& first = path[path.size() - place.member.size()];
        if (first >= 'A' && first <= 'Z') first = static_cast<char>(first + 32);
    } else if (place.index > 0) {
        path.append(".").append(std::to_string(place.index)).append(".").append(place.segment);
    } else {
        path.append(".").append(place.segment);
    }
    return path;
}

std::int64_t characters(std::string_view text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
}

class Validator {
public:
    Validator(const Model& model, Strictness strictness) : model_{model}, strictness_{strictness} {}

    void structure(const Structure& structure, const Record* record, const Place* outer) {
        for (std::uint32_t i = 0; i < structure.members.size(); ++i) {
            const Member& member = structure.members[i];
            const bool present = record != nullptr && record->slots()[i].present();
            if (!present && !member.required) continue;
            const Place place{outer, member.name, {}, 0};
            if (!present)
                add(place, true, "Value null", "Member must not be null");
            else
                value(model_.shape_of(member), record->slots()[i], place);
        }
    }

    std::vector<Violation> found;

private:
    void add(const Place& place, bool missing, std::string value, std::string_view constraint) {
        if (found.size() >= kViolationsMax) return;
        std::string path = spell(place);
        value.append(" at '").append(path).append("' failed to satisfy constraint: ").append(constraint);
        found.push_back({missing, std::move(path), std::string{place.member}, std::move(value)});
    }

    void value(const Shape& shape, const Slot& slot, const Place& place) {
        switch (slot.kind) {
            case SlotKind::record: return structure(model_.structure_of(shape), slot.record, &place);
            case SlotKind::list: return list(shape, *slot.sequence, place);
            case SlotKind::map: return map(shape, *slot.sequence, place);
            default: break;
        }
        if (strictness_ == Strictness::required_only) return;
        if (slot.kind == SlotKind::text) return text(shape, slot.text(), place);
        if (slot.kind == SlotKind::integer) return integer(shape, slot.integer, place);
    }

    void list(const Shape& shape, const Sequence& items, const Place& place) {
        length(shape, items.size, "[list]", place);
        for (std::uint32_t i = 0; i < items.size; ++i)
            value(model_.shapes[shape.element.shape], items.items[i], Place{&place, {}, "member", i + 1});
    }
    void map(const Shape& shape, const Sequence& items, const Place& place) {
        length(shape, items.size / 2, "[map]", place);
        for (std::uint32_t i = 0; i + 1 < items.size; i += 2) {
            value(model_.shapes[shape.key.shape], items.items[i], Place{&place, {}, "key", 0});
            value(model_.shapes[shape.element.shape], items.items[i + 1], Place{&place, {}, "value", 0});
        }
    }
    void text(const Shape& shape, std::string_view text, const Place& place) {
        const std::int64_t size =
            shape.kind == Kind::text ? characters(text) : static_cast<std::int64_t>(text.size());
        const bool hidden = shape.sensitive || shape.kind == Kind::blob;
        length(shape, size, hidden ? std::string_view{"***"} : text, place);
        if (!shape.values.empty() && !std::binary_search(shape.values.begin(), shape.values.end(), text))
            add(place, false, quoted(text, hidden), "Member must satisfy enum value set: " + listed(shape));
    }
    void integer(const Shape& shape, std::int64_t number, const Place& place) {
        const std::string shown = std::to_string(number);
        if (shape.has_min && number < shape.min)
            add(place, false, quoted(shown, false),
                "Member must have value greater than or equal to " + std::to_string(shape.min));
        if (shape.has_max && number > shape.max)
            add(place, false, quoted(shown, false),
                "Member must have value less than or equal to " + std::to_string(shape.max));
    }
    void length(const Shape& shape, std::int64_t size, std::string_view shown, const Place& place) {
        if (strictness_ == Strictness::required_only) return;
        if (shape.has_min && size < shape.min)
            add(place, false, quoted(shown, false),
                "Member must have length greater than or equal to " + std::to_string(shape.min));
        if (shape.has_max && size > shape.max)
            add(place, false, quoted(shown, false),
                "Member must have length less than or equal to " + std::to_string(shape.max));
    }

    static std::string quoted(std::string_view text, bool hidden) {
        constexpr std::size_t kShownMax = 256;
        if (hidden) text = "***";
        return "Value '" + std::string{text.substr(0, kShownMax)} + "'";
    }
    static std::string listed(const Shape& shape) {
        std::string all = "[";
        for (const std::string_view value : shape.values)
            all.append(all.size() > 1 ? ", " : "").append(value);
        return all + "]";
    }

    const Model& model_;
    Strictness strictness_;
};

}  // namespace

std::vector<Violation> validate(const Model& model, const Structure& structure, const Record* record,
                                Strictness strictness) {
    Validator validator{model, strictness};
    validator.structure(structure, record, nullptr);
    return std::move(validator.found);
}

}  // namespace landfall::wire
