#include <cmath>

#include "base/plain_text.hpp"
#include "wire/protocols/json.hpp"
#include "wire/protocols/text.hpp"

namespace landfall::wire {
namespace {

class JsonWriter {
public:
    JsonWriter(std::string& out, const Model& model, JsonStyle style)
        : out_{out}, model_{model}, style_{style} {}

    void structure(const Structure& structure, const Record& record) {
        out_ += '{';
        bool first = true;
        for (std::uint32_t i = 0; i < structure.members.size(); ++i) {
            const Member& member = structure.members[i];
            const Slot& slot = record.at(i);
            const bool here = style_.names == JsonNames::model || member.location == Location::body;
            if (!slot.present() || !here) continue;
            if (!first) out_ += ',';
            first = false;
            append_json_text(out_, style_.names == JsonNames::model ? member.name : member.out_name);
            out_ += ':';
            const bool own = style_.names == JsonNames::wire && member.time != TimeFormat::unset;
            value(model_.shape_of(member), slot, own ? member.time : style_.time);
        }
        out_ += '}';
    }

private:
    void value(const Shape& shape, const Slot& slot, TimeFormat time) {
        if (style_.secrets == JsonSecrets::hidden && shape.sensitive) return void(out_ += "\"***\"");
        switch (slot.kind) {
            case SlotKind::record: return structure(model_.structure_of(shape), *slot.record);
            case SlotKind::list: return list(model_.shapes[shape.element.shape], *slot.sequence, time);
            case SlotKind::map: return map(model_.shapes[shape.element.shape], *slot.sequence, time);
            case SlotKind::boolean:
            case SlotKind::integer: return append_scalar(out_, slot, shape, time);
            case SlotKind::number: return number(slot.number);
            case SlotKind::instant: return instant(slot.instant(), time);
            case SlotKind::text: return text(shape, slot);
            default: out_ += "null";
        }
    }
    void list(const Shape& element, const Sequence& items, TimeFormat time) {
        out_ += '[';
        for (std::uint32_t i = 0; i < items.size; ++i) {
            if (i > 0) out_ += ',';
            value(element, items.items[i], time);
        }
        out_ += ']';
    }
    void map(const Shape& element, const Sequence& items, TimeFormat time) {
        out_ += '{';
        for (std::uint32_t i = 0; i + 1 < items.size; i += 2) {
            if (i > 0) out_ += ',';
            append_json_text(out_, items.items[i].text());
            out_ += ':';
            value(element, items.items[i + 1], time);
        }
        out_ += '}';
    }
    void number(double value) {
        const bool quoted = std::isnan(value) || std::isinf(value);
        if (quoted) out_ += '"';
        append_number(out_, value);
        if (quoted) out_ += '"';
    }
    void instant(Instant at, TimeFormat time) {
        if (time == TimeFormat::epoch) return append_instant(out_, at, time);
        out_ += '"';
        append_instant(out_, at, time);
        out_ += '"';
    }
    void text(const Shape& shape, const Slot& slot) {
        if (style_.secrets == JsonSecrets::hidden && slot.size > kShownMax) return cut(shape, slot.text());
        if (shape.kind != Kind::blob) return append_json_text(out_, slot.text());
        out_ += '"';
        append_base64(out_, slot.text());
        out_ += '"';
    }

    void cut(const Shape& shape, std::string_view text) {
        std::string shown;
        if (shape.kind != Kind::blob) {
            std::size_t end = kShownMax;
            while (end > 0 && (text[end] & 0xc0) == 0x80) --end;  // never inside a character
            shown = text.substr(0, end);
        }
        append_json_text(out_, shown + "… (" + std::to_string(text.size()) + " bytes)");
    }

    std::string& out_;
    const Model& model_;
    JsonStyle style_;
};

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    std::size_t plain = 0;
    for (std::size_t i = plain_length(text); i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text.substr(plain, i - plain));
        plain = i + 1;
        out += '\\';
        switch (c) {
            case '"':
            case '\\': out += c; break;
            case '\n': out += 'n'; break;
            case '\r': out += 'r'; break;
            case '\t': out += 't'; break;
            default:
                out += "u00";
                out += kHex[static_cast<unsigned char>(c) >> 4];
                out += kHex[c & 15];
        }
    }
    out.append(text.substr(plain));
    out += '"';
}

void write_json(std::string& out, const Model& model, const Structure& structure, const Record& record,
                JsonStyle style) {
    JsonWriter{out, model, style}.structure(structure, record);
}

}  // namespace landfall::wire
