#include "wire/protocols/json.hpp"
#include "wire/protocols/rest.hpp"
#include "wire/protocols/text.hpp"
#include "wire/protocols/xml.hpp"

namespace landfall::wire {
namespace {

constexpr std::string_view kS3Namespace = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
constexpr std::string_view kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

class RestWriter {
public:
    RestWriter(const Model& model, const Operation& op, const Record& record, HttpReply& reply)
        : model_{model}, op_{op}, output_{*model.output_of(op)}, record_{record}, reply_{reply} {}

    void write() {
        for (std::uint32_t i = 0; i < output_.members.size(); ++i) {
            const Member& member = output_.members[i];
            const Slot& slot = record_.at(i);
            if (!slot.present()) continue;
            if (member.location == Location::header) header(member, slot);
            if (member.location == Location::headers) prefixed(member, *slot.sequence);
            if (member.location == Location::status) reply_.status = static_cast<int>(slot.integer);
        }
        if (output_.payload != kNone)
            payload();
        else
            document();
    }

private:
    void header(const Member& member, const Slot& slot) {
        const Shape& shape = model_.shape_of(member);
        // The framing is the front's; what a service says of it is the length to announce where no body is
        // sent.
        if (same_name(member.out_name, "Content-Length")) {
            reply_.announced_length = Bytes{static_cast<std::uint64_t>(slot.integer)};
            return;
        }
        std::string value;
        const TimeFormat time = member.time == TimeFormat::unset ? TimeFormat::rfc822 : member.time;
        if (slot.kind == SlotKind::list) {
            const Shape& element = model_.shapes[shape.element.shape];
            for (const Slot& item : *slot.sequence) {
                if (!value.empty()) value += ", ";
                listed(value, item, element, time);
            }
        } else {
            append_scalar(value, slot, shape, time);
        }
        reply_.headers.emplace_back(member.out_name, std::move(value));
    }
    static void listed(std::string& value, const Slot& item, const Shape& element, TimeFormat time) {
        const bool quoted =
            item.kind == SlotKind::text && item.text().find_first_of("\",") != std::string_view::npos;
        if (!quoted) return append_scalar(value, item, element, time);
        value += '"';
        for (const char c : item.text()) {
            if (c == '"' || c == '\\') value += '\\';
            value += c;
        }
        value += '"';
    }
    void prefixed(const Member& member, const Sequence& map) {
        for (std::uint32_t i = 0; i + 1 < map.size; i += 2)
            reply_.headers.emplace_back(std::string{member.out_name}.append(map.items[i].text()),
                                        std::string{map.items[i + 1].text()});
    }
    void content_type(std::string_view type) {
        for (const auto& [name, value] : reply_.headers)
            if (same_name(name, "Content-Type")) return;
        reply_.headers.emplace_back("Content-Type", type);
    }

    void payload() {
        const Member& member = output_.members[output_.payload];
        const Shape& shape = model_.shape_of(member);
        const Slot& slot = record_.at(output_.payload);
        if (shape.kind == Kind::blob || shape.kind == Kind::text) {
            if (slot.kind == SlotKind::text) reply_.body = slot.text();
            if (slot.kind == SlotKind::text || reply_.source)
                content_type(shape.kind == Kind::blob ? "application/octet-stream" : "application/json");
            return;
        }
        if (slot.kind != SlotKind::record) return;
        const Structure& inner = model_.structure_of(shape);
        if (model_.protocol == Protocol::rest_json) {
            content_type("application/json");
            return write_json(reply_.body, model_, inner, *slot.record);
        }
        xml(op_.output_root.empty() ? inner.name : op_.output_root, inner, *slot.record);
    }

    void document() {
        if (model_.protocol == Protocol::rest_json) {
            if (reply_.status == 204) return;
            content_type("application/json");
            return write_json(reply_.body, model_, output_, record_);
        }
        if (op_.unwrapped) return unwrapped();
        bool any = !op_.output_root.empty();
        for (std::uint32_t i = 0; i < output_.members.size() && !any; ++i)
            any = output_.members[i].location == Location::body && record_.at(i).present();
        if (any) xml(op_.output_root.empty() ? output_.name : op_.output_root, output_, record_);
    }

    void xml(std::string_view root, const Structure& structure, const Record& record) {
        content_type("application/xml");
        reply_.body.append(kXmlHead).append("<").append(root);
        if (model_.service == "s3") reply_.body.append(" ").append(kS3Namespace);
        reply_.body += '>';
        write_xml_members(reply_.body, model_, structure, record);
        reply_.body.append("</").append(root).append(">");
    }

    /// <LocationConstraint xmlns=…>eu-west-1</LocationConstraint>: the one member is the root.
    void unwrapped() {
        content_type("application/xml");
        reply_.body.append(kXmlHead);
        static constexpr Slot kEmpty{.chars = "", .size = 0, .kind = SlotKind::text};
        const Slot& slot = record_.at(0);
        write_xml_element(reply_.body, model_, output_.members[0], op_.output_root,
                          slot.present() ? slot : kEmpty, kS3Namespace);
    }

    const Model& model_;
    const Operation& op_;
    const Structure& output_;
    const Record& record_;
    HttpReply& reply_;
};

}  // namespace

void write_rest(const Model& model, const Operation& op, const Record& record, HttpReply& reply) {
    RestWriter{model, op, record, reply}.write();
}

}  // namespace landfall::wire
