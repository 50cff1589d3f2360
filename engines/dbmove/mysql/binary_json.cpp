#include "engines/dbmove/mysql/binary_json.hpp"

#include "base/encoding.hpp"
#include "engines/dbmove/mysql/cursor.hpp"
#include "engines/dbmove/mysql/table_map.hpp"
#include "engines/dbmove/mysql/value_text.hpp"

namespace landfall::dbmove::mysql {
namespace {

constexpr unsigned kDepthMax = 100;
/// No honest byte makes more text: a control character of a key is six, a small integer with its comma eight.
constexpr std::size_t kTextOfByte = 16;

enum class Kind : std::uint8_t {
    small_object = 0,
    large_object = 1,
    small_array = 2,
    large_array = 3,
    literal = 4,
    int16 = 5,
    uint16 = 6,
    int32 = 7,
    uint32 = 8,
    int64 = 9,
    uint64 = 10,
    float8 = 11,
    string = 12,
    opaque = 15,
};

Error corrupt(std::string_view what) { return Error{Errc::corrupt, "a JSON document: " + std::string{what}}; }

void add_quoted(std::string_view text, std::string& out) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20)
                    out.append("\\u00") +=
                        {kHex[static_cast<unsigned>(c) >> 4U], kHex[static_cast<unsigned>(c) & 15U]};
                else
                    out += c;
        }
    }
    out += '"';
}

/// A length in groups of seven bits, the lowest first.
std::uint64_t variable_length(Cursor& in) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        const std::uint8_t byte = in.u8();
        value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
        if ((byte & 0x80U) == 0) return value;
    }
    in.fail();
    return 0;
}

class Printer {
public:
    Printer(ByteSpan document, std::string& out)
        : out_{out}, text_max_{out.size() + document.size() * kTextOfByte + 64} {}

    Status value(Kind kind, ByteSpan bytes, unsigned depth) {
        if (out_.size() > text_max_) return corrupt("its parts overlap");
        switch (kind) {
            case Kind::small_object: return container(bytes, {.width = 2, .object = 1}, depth);
            case Kind::large_object: return container(bytes, {.width = 4, .object = 1}, depth);
            case Kind::small_array: return container(bytes, {.width = 2, .object = 0}, depth);
            case Kind::large_array: return container(bytes, {.width = 4, .object = 0}, depth);
            case Kind::string: {
                Cursor in{bytes};
                const std::string_view text = in.text(variable_length(in));
                TRY(in.status("a string of a JSON document"));
                add_quoted(text, out_);
                return {};
            }
            case Kind::opaque: return opaque(Cursor{bytes});
            default: return scalar(kind, Cursor{bytes});
        }
    }

private:
    struct Form {
        unsigned width;   ///< bytes of a count or an offset
        unsigned object;  ///< 1 or 0
    };

    Status scalar(Kind kind, Cursor in) {
        switch (kind) {
            case Kind::literal: {
                const std::uint8_t which = in.u8();
                if (which > 2) return corrupt("a literal of number " + std::to_string(which));
                out_ += which == 0 ? "null" : which == 1 ? "true" : "false";
                break;
            }
            case Kind::int16: out_ += std::to_string(static_cast<std::int16_t>(in.u16())); break;
            case Kind::uint16: out_ += std::to_string(in.u16()); break;
            case Kind::int32: out_ += std::to_string(static_cast<std::int32_t>(in.u32())); break;
            case Kind::uint32: out_ += std::to_string(in.u32()); break;
            case Kind::int64: out_ += std::to_string(static_cast<std::int64_t>(in.u64())); break;
            case Kind::uint64: out_ += std::to_string(in.u64()); break;
            case Kind::float8: {
                const std::size_t before = out_.size();
                add_double(std::bit_cast<double>(in.u64()), out_);
                // A double stays one when its text is read again.
                if (out_.find_first_of(".e", before) == std::string::npos) out_ += ".0";
                break;
            }
            default: return corrupt("a value of type " + std::to_string(static_cast<unsigned>(kind)));
        }
        return in.status("a value of a JSON document");
    }

    Status opaque(Cursor in) {
        const auto type = static_cast<ColumnType>(in.u8());
        const ByteSpan bytes = in.take(variable_length(in));
        TRY(in.status("a value of a JSON document"));
        Cursor value{bytes};
        bool good = true;
        if (type == ColumnType::decimal) {
            const unsigned precision = value.u8();
            const unsigned scale = value.u8();
            good = is_decimal_shape(precision, scale) && add_decimal(value, precision, scale, out_);
        } else if (type == ColumnType::old_time || type == ColumnType::date ||
                   type == ColumnType::old_datetime || type == ColumnType::old_timestamp) {
            const auto packed = static_cast<std::int64_t>(value.u64());
            out_ += '"';
            good = type == ColumnType::old_time ? add_packed_time(packed, out_)
                   : type == ColumnType::date   ? add_packed_date(packed, out_)
                                                : add_packed_datetime(packed, out_);
            out_ += '"';
        } else {
            out_ += "\"base64:type" + std::to_string(static_cast<unsigned>(type)) + ':' +
                    base64_encode(bytes) + '"';
            return {};
        }
        TRY(value.status("a value of a JSON document"));
        return good ? Status{}
                    : corrupt("a value is not of its type " + std::to_string(static_cast<unsigned>(type)));
    }

    /// Count, size, entries of keys (offset, length), entries of values (type, offset or the value itself).
    Status container(ByteSpan bytes, Form form, unsigned depth) {
        if (depth >= kDepthMax) return corrupt("it is deeper than 100");
        Cursor head{bytes};
        const std::uint64_t count = head.little(form.width);
        const std::uint64_t size = head.little(form.width);
        if (head.failed() || size > bytes.size()) return corrupt("it is cut");
        const ByteSpan all = bytes.first(static_cast<std::size_t>(size));
        const std::uint64_t keys = form.object != 0 ? count * (form.width + 2) : 0;
        const std::uint64_t entries = 2 * form.width + keys + count * (form.width + 1);
        if (entries > size) return corrupt("its entries do not fit in it");
        Cursor key{all.subspan(2 * form.width)};
        Cursor entry{all.subspan(2 * form.width + static_cast<std::size_t>(keys))};
        out_ += form.object != 0 ? '{' : '[';
        for (std::uint64_t i = 0; i < count; ++i) {
            if (i != 0) out_ += ", ";
            if (form.object != 0) {
                const std::uint64_t offset = key.little(form.width);
                const std::uint64_t length = key.u16();
                if (offset > size || length > size - offset) return corrupt("a key lies outside of it");
                add_quoted(
                    text_of(all.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length))),
                    out_);
                out_ += ": ";
            }
            TRY(member(all, entry, form.width, depth));
        }
        out_ += form.object != 0 ? '}' : ']';
        return {};
    }

    Status member(ByteSpan all, Cursor& entry, unsigned width, unsigned depth) {
        const auto kind = static_cast<Kind>(entry.u8());
        const ByteSpan held = entry.take(width);
        const bool small = kind == Kind::literal || kind == Kind::int16 || kind == Kind::uint16;
        if (small || (width == 4 && (kind == Kind::int32 || kind == Kind::uint32)))
            return value(kind, held, depth + 1);
        const std::uint64_t offset = Cursor{held}.little(width);
        if (offset > all.size()) return corrupt("a value lies outside of it");
        return value(kind, all.subspan(static_cast<std::size_t>(offset)), depth + 1);
    }

    std::string& out_;
    std::size_t text_max_;
};

}  // namespace

Status add_binary_json(ByteSpan document, std::string& out) {
    if (document.empty()) {  // what MySQL itself reads as null
        out += "null";
        return {};
    }
    return Printer{document, out}.value(static_cast<Kind>(document.front()), document.subspan(1), 0);
}

}  // namespace landfall::dbmove::mysql
