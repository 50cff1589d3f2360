#include <cmath>
#include <cstring>
#include <string>

#include "base/plain_text.hpp"
#include "wire/protocols/json.hpp"
#include "wire/protocols/text.hpp"

namespace landfall::wire {
namespace {

class JsonReader {
public:
    JsonReader(std::string_view body, const Model& model, Arena& arena, JsonStyle style)
        : begin_{body.data()},
          at_{begin_},
          end_{begin_ + body.size()},
          model_{model},
          arena_{arena},
          style_{style} {}

    Status whole(const Structure& structure, Record& record) {
        skip_blanks();
        if (at_ == end_) return {};
        TRY(object_into(structure, record));
        skip_blanks();
        if (at_ != end_) return fail("text after the end of the document");
        return {};
    }

private:
    Status fail(std::string_view why) const {
        std::string message{why};
        if (!member_.empty()) message.append(" at member '").append(member_).append("'");
        message.append(member_.empty() ? " at byte " : ", byte ").append(std::to_string(at_ - begin_));
        return Error{Errc::invalid, std::move(message)};
    }
    Status wrong(std::string_view expected) const { return fail("expected " + std::string{expected}); }

    void skip_blanks() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    }
    [[nodiscard]] char peek() {
        skip_blanks();
        return at_ == end_ ? '\0' : *at_;
    }
    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    bool literal(std::string_view word) {
        if (static_cast<std::size_t>(end_ - at_) < word.size() ||
            std::memcmp(at_, word.data(), word.size()) != 0)
            return false;
        at_ += word.size();
        return true;
    }

    /// Calls each(key) for every member, which must consume the value.
    template <class Each>
    Status members(Each each) {
        if (!take('{')) return wrong("an object");
        if (++depth_ > kDepthMax) return fail("nested too deeply");
        if (!take('}')) {
            do {
                if (peek() != '"') return wrong("a member name");
                const std::string_view key = TRY(text());
                if (!take(':')) return wrong("':'");
                TRY(each(key));
            } while (take(','));
            if (!take('}')) return wrong("',' or '}'");
        }
        --depth_;
        return {};
    }
    template <class Each>
    Status items(Each each) {
        if (!take('[')) return wrong("a list");
        if (++depth_ > kDepthMax) return fail("nested too deeply");
        if (!take(']')) {
            do TRY(each());
            while (take(','));
            if (!take(']')) return wrong("',' or ']'");
        }
        --depth_;
        return {};
    }

    [[nodiscard]] std::uint32_t find(const Structure& structure, std::string_view key) const {
        if (style_.names == JsonNames::wire) {
            const std::uint32_t i = structure.find_in(key);
            return i != kNone && structure.members[i].location == Location::body ? i : kNone;
        }
        for (std::uint32_t i = 0; i < structure.members.size(); ++i)
            if (structure.members[i].name == key) return i;
        return kNone;
    }

    Status object_into(const Structure& structure, Record& record) {
        return members([&](std::string_view key) -> Status {
            const std::uint32_t i = find(structure, key);
            if (i == kNone) return skip_value();
            const Member& member = structure.members[i];
            member_ = member.name;
            return value_into(model_.shape_of(member), record.slots()[i]);
        });
    }

    Status value_into(const Shape& shape, Slot& slot) {
        if (peek() == 'n') {
            if (!literal("null")) return wrong("a value");
            return {};
        }
        switch (shape.kind) {
            case Kind::structure: {
                if (arena_.over_limit()) return grown_too_large();
                const Structure& structure = model_.structure_of(shape);
                Record* record = make_record(arena_, static_cast<std::uint32_t>(structure.members.size()));
                TRY(object_into(structure, *record));
                slot = Slot::of_record(record);
                return {};
            }
            case Kind::list: return list_into(model_.shapes[shape.element.shape], slot);
            case Kind::map: return map_into(shape, slot);
            default: return scalar_into(shape, slot);
        }
    }

    Status list_into(const Shape& element, Slot& slot) {
        Sequence* list = make_sequence(arena_);
        TRY(items([&]() -> Status {
            Slot item{};
            TRY(value_into(element, item));
            if (item.present()) list->push(arena_, item);
            return {};
        }));
        slot = Slot::of_list(list);
        return {};
    }

    Status map_into(const Shape& shape, Slot& slot) {
        Sequence* map = make_sequence(arena_);
        TRY(members([&](std::string_view key) -> Status {
            Slot value{};
            TRY(value_into(model_.shapes[shape.element.shape], value));
            if (!value.present()) return {};
            map->push(arena_, Slot::of_text(key));
            map->push(arena_, value);
            return {};
        }));
        slot = Slot::of_map(map);
        return {};
    }

    Status scalar_into(const Shape& shape, Slot& slot) {
        const char first = peek();
        if (shape.kind == Kind::boolean) {
            if (literal("true")) return slot = Slot::of_bool(true), Status{};
            if (literal("false")) return slot = Slot::of_bool(false), Status{};
            return wrong("a boolean");
        }
        const bool number = first == '-' || (first >= '0' && first <= '9');
        if (shape.kind == Kind::text || shape.kind == Kind::blob) {
            if (first != '"') return wrong("a string");
            const std::string_view value = TRY(text());
            const auto scalar = scalar_of(value, shape, arena_);
            if (!scalar) return wrong("base64");
            return slot = *scalar, Status{};
        }
        if (number) return number_into(shape, TRY(number_text()), slot);
        // Timestamps as text in any format, and NaN and infinities.
        if (first != '"' || shape.kind == Kind::integer || shape.kind == Kind::long_integer)
            return wrong("a number");
        const auto scalar = scalar_of(TRY(text()), shape, arena_);
        if (!scalar) return wrong(shape.kind == Kind::timestamp ? "a timestamp" : "a number");
        slot = *scalar;
        return {};
    }

    Status number_into(const Shape& shape, std::string_view digits, Slot& slot) {
        const auto scalar = scalar_of(digits, shape, arena_);
        if (scalar) return slot = *scalar, Status{};
        // 1.0 and 1e3 are integers too, as long as a double holds them exactly.
        const auto value = parse_number(digits);
        const bool whole = value && std::floor(*value) == *value;
        const double most = shape.kind == Kind::integer ? 2147483647.0 : 9007199254740992.0;
        if (!whole || *value > most || *value < -most) return wrong("an integer in range");
        slot = Slot::of_integer(static_cast<std::int64_t>(*value));
        return {};
    }

    /// RFC 8259 §6, exactly: no leading zeros, no bare point.
    Result<std::string_view> number_text() {
        const char* start = at_;
        const auto digits = [&] {
            const char* from = at_;
            while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
            return at_ - from;
        };
        if (at_ != end_ && *at_ == '-') ++at_;
        const bool zero = at_ != end_ && *at_ == '0';
        const auto whole = digits();
        bool good = whole > 0 && !(zero && whole > 1);
        if (at_ != end_ && *at_ == '.') ++at_, good = digits() > 0 && good;
        if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
            ++at_;
            if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
            good = digits() > 0 && good;
        }
        if (!good) return Error{Errc::invalid, "a malformed number"};
        return std::string_view{start, static_cast<std::size_t>(at_ - start)};
    }

    /// The string that begins at the quote. A view of the body unless it holds escapes.
    Result<std::string_view> text() {
        const char* start = ++at_;
        at_ += plain_length({at_, static_cast<std::size_t>(end_ - at_)});
        bool wide = false;
        while (at_ != end_ && *at_ != '"' && *at_ != '\\') {
            if (static_cast<unsigned char>(*at_) < 0x20)
                return Error{Errc::invalid, "a control character in a string"};
            wide = wide || static_cast<unsigned char>(*at_) >= 0x80;
            ++at_;
        }
        if (at_ == end_) return Error{Errc::invalid, "an unterminated string"};
        std::string_view plain{start, static_cast<std::size_t>(at_ - start)};
        if (*at_ == '\\') {
            plain = TRY(escaped_text(start));
            wide = true;
        } else {
            ++at_;
        }
        if (wide && !is_utf8(plain)) return Error{Errc::invalid, "a string that is not UTF-8"};
        return plain;
    }

    Result<std::string_view> escaped_text(const char* start) {
        const char* close = at_;
        while (close < end_ && *close != '"') close += *close == '\\' ? 2 : 1;
        if (close >= end_) return Error{Errc::invalid, "an unterminated string"};
        char* out = arena_.array<char>(static_cast<std::size_t>(close - start));
        char* to = out;
        std::memcpy(to, start, static_cast<std::size_t>(at_ - start));
        to += at_ - start;
        while (at_ != close) {
            const char c = *at_++;
            if (static_cast<unsigned char>(c) < 0x20)
                return Error{Errc::invalid, "a control character in a string"};
            if (c != '\\')
                *to++ = c;
            else
                TRY(unescape(to));
        }
        ++at_;
        return std::string_view{out, static_cast<std::size_t>(to - out)};
    }
    /// One escape, behind its backslash; writes at most 4 bytes, never more than it read.
    Status unescape(char*& to) {
        constexpr std::string_view kFrom = "\"\\/bfnrt";
        constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
        const char c = *at_++;
        const std::size_t simple = kFrom.find(c);
        if (simple != std::string_view::npos) return *to++ = kTo[simple], Status{};
        if (c != 'u') return fail("an unknown escape");
        std::uint32_t point = TRY(hex4());
        if (point >= 0xd800 && point < 0xdc00) {
            if (!literal("\\u")) return fail("a lone surrogate");
            const std::uint32_t low = TRY(hex4());
            if (low < 0xdc00 || low > 0xdfff) return fail("a lone surrogate");
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        }
        append_point(to, point);
        return {};
    }
    Result<std::uint32_t> hex4() {
        if (end_ - at_ < 4) return Error{Errc::invalid, "a cut escape"};
        std::uint32_t value = 0;
        for (int i = 0; i < 4; ++i) {
            const char c = *at_++;
            value <<= 4;
            if (c >= '0' && c <= '9')
                value += static_cast<std::uint32_t>(c - '0');
            else if (c >= 'a' && c <= 'f')
                value += static_cast<std::uint32_t>(c - 'a' + 10);
            else if (c >= 'A' && c <= 'F')
                value += static_cast<std::uint32_t>(c - 'A' + 10);
            else
                return Error{Errc::invalid, "a bad \\u escape"};
        }
        return value;
    }
    static void append_point(char*& to, std::uint32_t point) {
        const auto put = [&](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
        if (point < 0x80) return put(point);
        if (point < 0x800) return put(0xc0 | point >> 6), put(0x80 | (point & 63));
        if (point < 0x10000)
            return put(0xe0 | point >> 12), put(0x80 | (point >> 6 & 63)), put(0x80 | (point & 63));
        put(0xf0 | point >> 18), put(0x80 | (point >> 12 & 63)), put(0x80 | (point >> 6 & 63));
        put(0x80 | (point & 63));
    }

    /// Any valid value, kept nowhere.
    Status skip_value() {
        switch (peek()) {
            case '{': return members([&](std::string_view) { return skip_value(); });
            case '[': return items([&] { return skip_value(); });
            case '"': return text().ok() ? Status{} : fail("a malformed string");
            case 't': return literal("true") ? Status{} : wrong("a value");
            case 'f': return literal("false") ? Status{} : wrong("a value");
            case 'n': return literal("null") ? Status{} : wrong("a value");
            default: return number_text().ok() ? Status{} : wrong("a value");
        }
    }

    const char* const begin_;
    const char* at_;
    const char* end_;
    const Model& model_;
    Arena& arena_;
    JsonStyle style_;
    std::string_view member_;
    int depth_ = 0;
};

}  // namespace

Status read_json(std::string_view body, const Model& model, const Structure& structure, Record& record,
                 Arena& arena, JsonStyle style) {
    return JsonReader{body, model, arena, style}.whole(structure, record);
}

}  // namespace landfall::wire
