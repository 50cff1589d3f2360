#include <algorithm>
#include <new>
#include <string>

#include "wire/protocols/json.hpp"
#include "wire/protocols/text.hpp"
#include "wire/protocols/xml.hpp"

namespace landfall::wire {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

class XmlReader {
public:
    XmlReader(std::string_view body, Arena& arena) : body_{body}, arena_{arena} {}

    Result<XmlNode*> document() {
        if (!is_utf8(body_)) return Error{Errc::invalid, "the document is not UTF-8"};
        // XML 1.0 §2.2: no control character but these three, written as itself.
        const auto forbidden = [](char c) {
            return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
        };
        at_ = static_cast<std::size_t>(std::find_if(body_.begin(), body_.end(), forbidden) - body_.begin());
        if (at_ != body_.size()) return failed("a control character");
        at_ = 0;
        if (body_.starts_with("\xef\xbb\xbf")) at_ = 3;
        TRY(skip_prolog());
        if (!starts("<")) return failed("no root element");
        XmlNode* root = TRY(element());
        TRY(skip_prolog());
        if (at_ != body_.size()) return failed("text after the root element");
        return root;
    }

private:
    Error failed(std::string_view why) const {
        return Error{Errc::invalid, std::string{why} + " at offset " + std::to_string(at_)};
    }
    [[nodiscard]] bool starts(std::string_view with) const { return body_.substr(at_).starts_with(with); }
    bool take(std::string_view with) {
        if (!starts(with)) return false;
        at_ += with.size();
        return true;
    }
    void skip_blanks() {
        while (at_ < body_.size() && is_blank(body_[at_])) ++at_;
    }
    /// Everything up to and including `close`, which is the text.
    Result<std::string_view> until(std::string_view close) {
        const std::size_t end = body_.find(close, at_);
        if (end == std::string_view::npos) return failed("unterminated markup");
        const std::string_view inner = body_.substr(at_, end - at_);
        at_ = end + close.size();
        return inner;
    }
    /// Blanks, comments and processing instructions around the root.
    Status skip_prolog() {
        for (;;) {
            skip_blanks();
            if (take("<?")) {
                if (auto s = until("?>"); !s.ok()) return s.error();
            } else if (take("<!--")) {
                if (auto s = until("-->"); !s.ok()) return s.error();
            } else if (starts("<!")) {
                return failed("a document type declaration is not allowed");
            } else {
                return {};
            }
        }
    }
    Result<std::string_view> name() {
        const std::size_t start = at_;
        while (at_ < body_.size() && is_name(body_[at_])) ++at_;
        if (at_ == start) return failed("expected a name");
        return body_.substr(start, at_ - start);
    }
    static std::string_view local(std::string_view qualified) {
        const std::size_t colon = qualified.rfind(':');
        return colon == std::string_view::npos ? qualified : qualified.substr(colon + 1);
    }
    XmlNode* make() { return new (arena_.allocate(sizeof(XmlNode))) XmlNode{}; }

    Result<XmlNode*> element() {
        if (++depth_ > kDepthMax) return failed("nested too deeply");
        ++at_;
        XmlNode* node = make();
        const std::string_view qualified = TRY(name());
        node->name = local(qualified);
        TRY(attributes(*node));
        if (!take("/>")) {
            if (!take(">")) return failed("expected '>'");
            TRY(content(*node));
            if (TRY(name()) != qualified) return failed("a closing tag that does not match");
            skip_blanks();
            if (!take(">")) return failed("expected '>'");
        }
        --depth_;
        return node;
    }

    Status attributes(XmlNode& node) {
        XmlNode** last = &node.first_attribute;
        for (;;) {
            skip_blanks();
            if (at_ >= body_.size()) return failed("an unterminated tag");
            if (body_[at_] == '>' || body_[at_] == '/') return {};
            XmlNode* attribute = make();
            attribute->name = TRY(name());
            skip_blanks();
            if (!take("=")) return failed("expected '='");
            skip_blanks();
            const std::string_view quote = starts("'") ? "'" : "\"";
            if (!take(quote)) return failed("expected a quoted value");
            attribute->text = TRY(unescaped(TRY(until(quote))));
            *last = attribute;
            last = &attribute->next;
        }
    }

    /// Up to and including "</" of the closing tag.
    Status content(XmlNode& node) {
        XmlNode** last = &node.first_child;
        std::string joined;
        std::size_t pieces = 0;
        const auto add = [&](std::string_view piece) {
            if (piece.empty()) return;
            if (pieces++ == 0)
                node.text = piece;
            else
                joined = pieces == 2 ? std::string{node.text}.append(piece) : joined.append(piece);
        };
        while (!take("</")) {
            if (at_ >= body_.size()) return failed("an unterminated element");
            if (take("<!--")) {
                TRY(until("-->"));
            } else if (take("<![CDATA[")) {
                add(TRY(until("]]>")));
            } else if (take("<?")) {
                TRY(until("?>"));
            } else if (starts("<!")) {
                return failed("markup that is not allowed");
            } else if (starts("<")) {
                XmlNode* child = TRY(element());
                *last = child;
                last = &child->next;
            } else {
                const std::size_t end = std::min(body_.find('<', at_), body_.size());
                const std::string_view raw = body_.substr(at_, end - at_);
                at_ = end;
                add(TRY(unescaped(raw)));
            }
        }
        if (pieces > 1) node.text = arena_.copy(joined);
        return {};
    }

    Result<std::string_view> unescaped(std::string_view raw) {
        if (raw.find('&') == std::string_view::npos) return raw;
        char* out = arena_.array<char>(raw.size());
        char* to = out;
        for (std::size_t i = 0; i < raw.size();) {
            if (raw[i] != '&') {
                *to++ = raw[i++];
                continue;
            }
            const std::size_t end = raw.find(';', i);
            if (end == std::string_view::npos) return failed("an unterminated reference");
            TRY(reference(raw.substr(i + 1, end - i - 1), to));
            i = end + 1;
        }
        return std::string_view{out, static_cast<std::size_t>(to - out)};
    }

    Status reference(std::string_view name, char*& to) {
        if (name == "amp") return *to++ = '&', Status{};
        if (name == "lt") return *to++ = '<', Status{};
        if (name == "gt") return *to++ = '>', Status{};
        if (name == "quot") return *to++ = '"', Status{};
        if (name == "apos") return *to++ = '\'', Status{};
        if (!name.starts_with('#') || name.size() < 2 || name.size() > 8) return failed("an unknown entity");
        const bool hex = name[1] == 'x';
        std::uint32_t point = 0;
        const std::string_view digits = name.substr(hex ? 2 : 1);
        for (const char c : digits) {
            const char low = static_cast<char>(c | 0x20);
            if (c >= '0' && c <= '9')
                point = point * (hex ? 16 : 10) + static_cast<std::uint32_t>(c - '0');
            else if (hex && low >= 'a' && low <= 'f')
                point = point * 16 + static_cast<std::uint32_t>(low - 'a' + 10);
            else
                return failed("a malformed character reference");
        }
        if (digits.empty() || point == 0 || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
            return failed("a character reference outside of Unicode");
        append_point(to, point);
        return {};
    }
    // Shorter than the reference it replaces: "&#9;" is 4 bytes, and four bytes need "&#x10000;".
    static void append_point(char*& to, std::uint32_t p) {
        const auto put = [&](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
        if (p < 0x80) return put(p);
        if (p < 0x800) return put(0xc0 | p >> 6), put(0x80 | (p & 63));
        if (p < 0x10000) return put(0xe0 | p >> 12), put(0x80 | (p >> 6 & 63)), put(0x80 | (p & 63));
        put(0xf0 | p >> 18), put(0x80 | (p >> 12 & 63)), put(0x80 | (p >> 6 & 63)), put(0x80 | (p & 63));
    }

    std::string_view body_;
    Arena& arena_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

/// A parsed tree onto the model.
class XmlBinder {
public:
    XmlBinder(const Model& model, Arena& arena) : model_{model}, arena_{arena} {}

    Status structure(const XmlNode& node, const Structure& structure, Record& record) {
        for (const XmlNode* child = node.first_child; child != nullptr; child = child->next) {
            const std::uint32_t i = structure.find_in(child->name);
            if (i == kNone || structure.members[i].location != Location::body) continue;
            TRY(member(*child, structure.members[i], record.slots()[i]));
        }
        for (std::uint32_t i = 0; i < structure.members.size(); ++i) {
            if (!structure.members[i].attribute) continue;
            for (const XmlNode* a = node.first_attribute; a != nullptr; a = a->next)
                if (same_attribute(a->name, structure.members[i].out_name))
                    TRY(member(*a, structure.members[i], record.slots()[i]));
        }
        return {};
    }

private:
    static bool same_attribute(std::string_view sent, std::string_view modelled) {
        const auto local = [](std::string_view q) { return q.substr(q.rfind(':') + 1); };
        return local(sent) == local(modelled);
    }

    Status member(const XmlNode& node, const Member& member, Slot& slot) {
        const Shape& shape = model_.shape_of(member);
        if (shape.kind == Kind::list) {
            if (slot.kind != SlotKind::list) slot = Slot::of_list(make_sequence(arena_));
            if (member.flattened) return item(node, model_.shapes[shape.element.shape], *slot.sequence);
            return items(node, shape, *slot.sequence);
        }
        if (shape.kind == Kind::map) {
            if (slot.kind != SlotKind::map) slot = Slot::of_map(make_sequence(arena_));
            if (member.flattened) return entry(node, shape, *slot.sequence);
            return entries(node, shape, *slot.sequence);
        }
        return value(node, shape, slot);
    }

    Status value(const XmlNode& node, const Shape& shape, Slot& slot) {
        if (shape.kind == Kind::structure) {
            if (arena_.over_limit()) return grown_too_large();
            const Structure& inner = model_.structure_of(shape);
            Record* record = make_record(arena_, static_cast<std::uint32_t>(inner.members.size()));
            TRY(structure(node, inner, *record));
            return slot = Slot::of_record(record), Status{};
        }
        if (shape.kind == Kind::list) {
            slot = Slot::of_list(make_sequence(arena_));
            return items(node, shape, *slot.sequence);
        }
        if (shape.kind == Kind::map) {
            slot = Slot::of_map(make_sequence(arena_));
            return entries(node, shape, *slot.sequence);
        }
        const auto scalar = scalar_of(node.text, shape, arena_);
        if (!scalar) return Error{Errc::invalid, "a malformed value in <" + std::string{node.name} + ">"};
        return slot = *scalar, Status{};
    }

    Status items(const XmlNode& node, const Shape& list, Sequence& into) {
        for (const XmlNode* child = node.first_child; child != nullptr; child = child->next)
            TRY(item(*child, model_.shapes[list.element.shape], into));
        return {};
    }
    Status item(const XmlNode& node, const Shape& element, Sequence& into) {
        Slot slot{};
        TRY(value(node, element, slot));
        into.push(arena_, slot);
        return {};
    }
    Status entries(const XmlNode& node, const Shape& map, Sequence& into) {
        for (const XmlNode* child = node.first_child; child != nullptr; child = child->next)
            TRY(entry(*child, map, into));
        return {};
    }
    Status entry(const XmlNode& node, const Shape& map, Sequence& into) {
        const XmlNode* key = node.child(map.key.name);
        const XmlNode* content = node.child(map.element.name);
        if (key == nullptr || content == nullptr)
            return Error{Errc::invalid, "a map entry without key or value"};
        Slot slot{};
        TRY(value(*content, model_.shapes[map.element.shape], slot));
        into.push(arena_, Slot::of_text(key->text));
        into.push(arena_, slot);
        return {};
    }

    const Model& model_;
    Arena& arena_;
};

}  // namespace

const XmlNode* XmlNode::child(std::string_view wanted) const {
    for (const XmlNode* node = first_child; node != nullptr; node = node->next)
        if (node->name == wanted) return node;
    return nullptr;
}

Result<XmlNode*> parse_xml(std::string_view body, Arena& arena) { return XmlReader{body, arena}.document(); }

Status read_xml(const XmlNode& node, const Model& model, const Structure& structure, Record& record,
                Arena& arena) {
    return XmlBinder{model, arena}.structure(node, structure, record);
}

}  // namespace landfall::wire
