#include "services/sns/model_json.hpp"

#include <cctype>
#include <charconv>
#include <cstdlib>

namespace landfall::sns {
namespace {

struct Place {
    std::size_t line = 1;
    std::size_t column = 1;
};

Place place_of(std::string_view text, std::uint32_t offset) {
    Place place;
    for (std::uint32_t i = 0; i < offset && i < text.size(); ++i) {
        const bool newline =
            text[i] == '\n' || (text[i] == '\r' && !(i + 1 < text.size() && text[i + 1] == '\n'));
        if (newline) {
            ++place.line;
            place.column = 1;
        } else {
            ++place.column;
        }
    }
    return place;
}

std::string line_and_column(std::string_view text, std::uint32_t offset) {
    const Place place = place_of(text, offset);
    return "line: " + std::to_string(place.line) + ", column: " + std::to_string(place.column);
}

/// Where the text itself cannot be read, the service does not repeat it.
constexpr std::string_view kRedacted =
    "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); ";

class JsonReader {
public:
    explicit JsonReader(std::string_view text) : text_{text} {}

    Judged<Json> whole() {
        skip_blanks();
        if (at_ == text_.size())
            return Fault{FaultCode::invalid_parameter, "No content to map due to end-of-input" + tail(at_)};
        Json value = TRY(read_value(0));
        skip_blanks();
        if (at_ != text_.size()) return fail(unexpected() + "was expecting end-of-input", at_);
        return value;
    }

private:
    [[nodiscard]] std::string tail(std::uint32_t offset) const {
        return "\n at " + std::string{kRedacted} + line_and_column(text_, offset) + "]";
    }
    [[nodiscard]] Fault fail(std::string text, std::uint32_t offset) const {
        return {FaultCode::invalid_parameter, std::move(text) + tail(offset)};
    }
    [[nodiscard]] bool ended() const { return at_ >= text_.size(); }
    [[nodiscard]] char peek() const { return ended() ? '\0' : text_[at_]; }
    void skip_blanks() {
        while (!ended() &&
               (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }
    /// "Unexpected character ('x' (code 120)): "
    [[nodiscard]] std::string unexpected() const {
        const auto code = static_cast<unsigned char>(peek());
        std::string shown = "Unexpected character (";
        if (code >= 0x20 && code < 0x7f)
            shown.append("'")
                .append(1, static_cast<char>(code))
                .append("' (code ")
                .append(std::to_string(code));
        else
            shown.append("(CTRL-CHAR, code ").append(std::to_string(code));
        return shown + ")): ";
    }
    [[nodiscard]] Fault end_of(std::string_view what, std::uint32_t opened) const {
        return fail("Unexpected end-of-input: expected close marker for " + std::string{what} +
                        " (start marker at " + std::string{kRedacted} + line_and_column(text_, opened) + "])",
                    at_);
    }

    Judged<Json> read_value(int depth) {
        if (depth > kJsonDepthMax)
            return fail("Document nesting depth (" + std::to_string(depth) +
                            ") exceeds the maximum allowed (" + std::to_string(kJsonDepthMax) + ")",
                        at_);
        switch (peek()) {
            case '{': return read_object(depth);
            case '[': return read_array(depth);
            case '"': return read_text();
            default: break;
        }
        if (peek() == '-' || (peek() >= '0' && peek() <= '9')) return read_number();
        return read_word();
    }

    Judged<Json> read_object(int depth) {
        Json object{.kind = Json::Kind::object, .begin = at_};
        ++at_;
        skip_blanks();
        while (peek() != '}' || ended()) {
            if (ended()) return end_of("Object", object.begin);
            if (!object.members.empty()) {
                if (peek() != ',')
                    return fail(unexpected() + "was expecting comma to separate Object entries", at_);
                ++at_;
                skip_blanks();
                if (ended()) return end_of("Object", object.begin);
            }
            if (peek() != '"')
                return fail(unexpected() + "was expecting double-quote to start field name", at_);
            object.members.push_back(TRY(read_member(depth)));
            skip_blanks();
        }
        object.end = ++at_;
        return object;
    }

    Judged<Json::Member> read_member(int depth) {
        Json name = TRY(read_text());
        skip_blanks();
        if (ended()) return fail("Unexpected end-of-input within/between Object entries", at_);
        if (peek() != ':')
            return fail(unexpected() + "was expecting a colon to separate field name and value", at_);
        ++at_;
        skip_blanks();
        Json value = TRY(read_value(depth + 1));
        return Json::Member{std::move(name.text), name.begin, name.end, std::move(value)};
    }

    Judged<Json> read_array(int depth) {
        Json array{.kind = Json::Kind::array, .begin = at_};
        ++at_;
        skip_blanks();
        while (peek() != ']' || ended()) {
            if (ended()) return end_of("Array", array.begin);
            if (!array.items.empty()) {
                if (peek() != ',')
                    return fail(unexpected() + "was expecting comma to separate Array entries", at_);
                ++at_;
                skip_blanks();
                if (ended()) return end_of("Array", array.begin);
            }
            array.items.push_back(TRY(read_value(depth + 1)));
            skip_blanks();
        }
        array.end = ++at_;
        return array;
    }

    Judged<Json> read_text() {
        Json value{.kind = Json::Kind::string, .begin = at_};
        ++at_;
        while (!ended() && text_[at_] != '"') {
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c < 0x20)
                return fail("Illegal unquoted character ((CTRL-CHAR, code " + std::to_string(c) +
                                ")): has to be escaped using backslash to be included in string value",
                            at_);
            if (c == '\\') {
                TRY(read_escape(value.text));
            } else {
                value.text.push_back(text_[at_++]);
            }
        }
        if (ended())
            return fail("Unexpected end-of-input: was expecting closing quote for a string value", at_);
        value.end = ++at_;
        return value;
    }

    Verdict read_escape(std::string& out) {
        ++at_;
        if (ended()) return fail("Unexpected end-of-input in character escape sequence", at_);
        const char c = text_[at_++];
        switch (c) {
            case '"':
            case '\\':
            case '/': out.push_back(c); return {};
            case 'b': out.push_back('\b'); return {};
            case 'f': out.push_back('\f'); return {};
            case 'n': out.push_back('\n'); return {};
            case 'r': out.push_back('\r'); return {};
            case 't': out.push_back('\t'); return {};
            case 'u': break;
            default:
                --at_;
                return fail("Unrecognized character escape '" + std::string{c} + "' (code " +
                                std::to_string(static_cast<unsigned char>(c)) + ")",
                            at_);
        }
        std::uint32_t code = TRY(read_hex());
        const bool high = code >= 0xd800 && code < 0xdc00;
        if (high && at_ + 1 < text_.size() && text_[at_] == '\\' && text_[at_ + 1] == 'u') {
            const std::uint32_t before = at_;
            at_ += 2;
            const std::uint32_t low = TRY(read_hex());
            if (low >= 0xdc00 && low < 0xe000)
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            else
                at_ = before;
        }
        // Half of a pair stands for no character.
        append_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
        return {};
    }

    Judged<std::uint32_t> read_hex() {
        std::uint32_t code = 0;
        for (int i = 0; i < 4; ++i) {
            const char c = peek();
            if (!std::isxdigit(static_cast<unsigned char>(c)))
                return fail(unexpected() + "expected a hex-digit for character escape sequence", at_);
            const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
            code = code * 16 + static_cast<std::uint32_t>(digit);
            ++at_;
        }
        return code;
    }

    static void append_utf8(std::string& out, std::uint32_t code) {
        if (code < 0x80) {
            out.push_back(static_cast<char>(code));
        } else if (code < 0x800) {
            out.push_back(static_cast<char>(0xc0 | (code >> 6)));
            out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
        } else if (code < 0x10000) {
            out.push_back(static_cast<char>(0xe0 | (code >> 12)));
            out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
            out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
        } else {
            out.push_back(static_cast<char>(0xf0 | (code >> 18)));
            out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3f)));
            out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
            out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
        }
    }

    bool digits() {
        const std::uint32_t first = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        return at_ > first;
    }

    Judged<Json> read_number() {
        Json value{.kind = Json::Kind::number, .begin = at_};
        if (peek() == '-') ++at_;
        const bool zero = peek() == '0';
        if (!digits())
            return fail(unexpected() + "expected digit (0-9) to follow minus sign, for valid numeric value",
                        at_);
        const std::uint32_t whole = at_ - value.begin - (text_[value.begin] == '-' ? 1U : 0U);
        if (zero && whole > 1)
            return fail("Invalid numeric value: Leading zeroes not allowed", value.begin + 1);
        if (peek() == '.') {
            ++at_;
            if (!digits()) return fail(unexpected() + "Decimal point not followed by a digit", at_);
        }
        if (peek() == 'e' || peek() == 'E') {
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            if (!digits()) return fail(unexpected() + "Exponent indicator not followed by a digit", at_);
        }
        value.end = at_;
        value.text = std::string{text_.substr(value.begin, value.end - value.begin)};
        // from_chars leaves the value alone where it does not fit; strtod has the infinities and zeros.
        value.number = std::strtod(value.text.c_str(), nullptr);
        return value;
    }

    Judged<Json> read_word() {
        const std::uint32_t first = at_;
        while (!ended() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_' ||
                            text_[at_] == '$'))
            ++at_;
        const std::string_view word = text_.substr(first, at_ - first);
        Json value{.begin = first, .end = at_};
        if (word == "null") return value;
        if (word == "true" || word == "false") {
            value.kind = Json::Kind::boolean;
            value.truth = word == "true";
            return value;
        }
        constexpr std::string_view kExpected =
            "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
        if (!word.empty())
            return fail("Unrecognized token '" + std::string{word.substr(0, 256)} + "': was expecting " +
                            std::string{kExpected},
                        at_);
        if (ended()) return fail("Unexpected end-of-input within/between Object entries", at_);
        return fail(unexpected() + "expected a valid value " + std::string{kExpected}, at_);
    }

    std::string_view text_;
    std::uint32_t at_ = 0;
};

}  // namespace

const Json* Json::find(std::string_view name) const {
    const Json* found = nullptr;
    for (const Member& member : members)
        if (member.name == name) found = &member.value;
    return found;
}

Judged<Json> parse_json(std::string_view text) {
    constexpr std::size_t kTextMax = 16U << 20;
    if (text.size() > kTextMax) return Fault{FaultCode::invalid_parameter, "the text is too long"};
    return JsonReader{text}.whole();
}

std::string json_place(std::string_view text, std::uint32_t offset) {
    constexpr std::size_t kShownMax = 500;
    std::string place = "\n at [Source: (String)\"" + std::string{text.substr(0, kShownMax)} + "\"";
    if (text.size() > kShownMax) place += "[truncated " + std::to_string(text.size() - kShownMax) + " chars]";
    return place + "; " + line_and_column(text, offset) + "]";
}

void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out.push_back('"');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            default:
                if (byte < 0x20) {
                    out += "\\u00";
                    out.push_back(kHex[byte >> 4]);
                    out.push_back(kHex[byte & 15]);
                } else {
                    out.push_back(c);
                }
        }
    }
    out.push_back('"');
}

}  // namespace landfall::sns
