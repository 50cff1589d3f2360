#include "wire/protocols/text.hpp"
#include "wire/protocols/xml.hpp"

namespace landfall::wire {
namespace {

class XmlWriter {
public:
    XmlWriter(std::string& out, const Model& model) : out_{out}, model_{model} {}

    void members(const Structure& structure, const Record& record) {
        for (std::uint32_t i = 0; i < structure.members.size(); ++i) {
            const Member& member = structure.members[i];
            const Slot& slot = record.at(i);
            if (!slot.present() || member.location != Location::body || member.attribute) continue;
            this->member(member, member.out_name, slot, {});
        }
    }

    void member(const Member& member, std::string_view name, const Slot& slot, std::string_view attributes) {
        const Shape& shape = model_.shape_of(member);
        if (member.flattened && slot.kind == SlotKind::list) {
            for (const Slot& item : *slot.sequence)
                value(model_.shapes[shape.element.shape], name, item, member.time);
        } else if (member.flattened && slot.kind == SlotKind::map) {
            entries(shape, name, *slot.sequence);
        } else {
            value(shape, name, slot, member.time, attributes);
        }
    }

private:
    [[nodiscard]] TimeFormat time_of(TimeFormat own) const {
        if (own != TimeFormat::unset) return own;
        return model_.protocol == Protocol::query ? TimeFormat::iso8601 : TimeFormat::iso8601_millis;
    }
    void open(std::string_view name, std::string_view attributes) {
        out_.append("<").append(name);
        if (!attributes.empty()) out_.append(" ").append(attributes);
    }
    void close(std::string_view name) { out_.append("</").append(name).append(">"); }

    void value(const Shape& shape, std::string_view name, const Slot& slot, TimeFormat time,
               std::string_view attributes = {}) {
        open(name, attributes);
        if (slot.kind == SlotKind::record) own_attributes(model_.structure_of(shape), *slot.record);
        out_ += '>';
        switch (slot.kind) {
            case SlotKind::record: members(model_.structure_of(shape), *slot.record); break;
            case SlotKind::list:
                for (const Slot& item : *slot.sequence)
                    value(model_.shapes[shape.element.shape], shape.element.name, item, TimeFormat::unset);
                break;
            case SlotKind::map: entries(shape, "entry", *slot.sequence); break;
            case SlotKind::text:
                if (shape.kind == Kind::blob)
                    append_base64(out_, slot.text());
                else
                    append_xml_text(out_, slot.text());
                break;
            default: append_scalar(out_, slot, shape, time_of(time != TimeFormat::unset ? time : shape.time));
        }
        close(name);
    }

    void own_attributes(const Structure& structure, const Record& record) {
        for (std::uint32_t i = 0; i < structure.members.size(); ++i) {
            const Member& member = structure.members[i];
            if (!member.attribute || record.at(i).kind != SlotKind::text) continue;
            const std::string_view name = member.out_name;
            if (name.starts_with("xsi:")) out_ += " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
            out_.append(" ").append(name).append("=\"");
            append_xml_text(out_, record.at(i).text());
            out_ += '"';
        }
    }

    void entries(const Shape& map, std::string_view name, const Sequence& items) {
        for (std::uint32_t i = 0; i + 1 < items.size; i += 2) {
            open(name, {});
            out_ += '>';
            value(model_.shapes[map.key.shape], map.key.name, items.items[i], TimeFormat::unset);
            value(model_.shapes[map.element.shape], map.element.name, items.items[i + 1], TimeFormat::unset);
            close(name);
        }
    }

    std::string& out_;
    const Model& model_;
};

}  // namespace

void append_xml_text(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n';
        if (!control && c != '&' && c != '<' && c != '>' && c != '"') continue;
        out.append(text.substr(plain, i - plain));
        plain = i + 1;
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default:
                // A carriage return would be read back as a line feed; the others are at least visible.
                out += "&#x";
                if (c >= 16) out += kHex[static_cast<unsigned char>(c) >> 4];
                out += kHex[c & 15];
                out += ';';
        }
    }
    out.append(text.substr(plain));
}

void write_xml_members(std::string& out, const Model& model, const Structure& structure,
                       const Record& record) {
    XmlWriter{out, model}.members(structure, record);
}

void write_xml_element(std::string& out, const Model& model, const Member& member, std::string_view name,
                       const Slot& slot, std::string_view attributes) {
    XmlWriter{out, model}.member(member, name, slot, attributes);
}

}  // namespace landfall::wire
