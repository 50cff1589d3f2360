// Bytes: a version byte 0x01, then the body: varint count of fields, then for each: varint length and bytes
// of the name, a type byte, and the value (docs/formats/state.md).
#include "core/state/record.hpp"

#include <bit>
#include <cstdio>
#include <limits>

namespace landfall::state {
namespace {

constexpr char kFormat = 1;
enum Type : std::uint8_t { kText = 1, kNumber, kFalse, kTrue, kReal, kRecord, kTexts, kRecords };

void put_varint(std::string& out, std::uint64_t v) {
    for (; v >= 0x80; v >>= 7) out.push_back(static_cast<char>(v | 0x80));
    out.push_back(static_cast<char>(v));
}

void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out.append(text);
}

Error corrupt(std::string_view what) { return {Errc::corrupt, "record: " + std::string{what}}; }

Result<std::uint64_t> take_varint(std::string_view& in) {
    std::uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (in.empty()) return corrupt("cut in a number");
        const auto byte = static_cast<std::uint8_t>(in.front());
        in.remove_prefix(1);
        if (shift == 63 && byte > 1) return corrupt("a number over 64 bits");
        v |= std::uint64_t{byte & 0x7fu} << shift;
        if (byte < 0x80) return v;
    }
    return corrupt("a number over 64 bits");
}

/// A count of things that take at least one byte each, so memory stays bounded by the input.
Result<std::size_t> take_count(std::string_view& in) {
    const std::uint64_t count = TRY(take_varint(in));
    if (count > in.size()) return corrupt("a count beyond the end");
    return static_cast<std::size_t>(count);
}

Result<std::string_view> take_text(std::string_view& in) {
    const std::size_t size = TRY(take_count(in));
    const std::string_view text = in.substr(0, size);
    in.remove_prefix(size);
    return text;
}

// Small numbers of either sign stay short.
std::uint64_t zigzag(std::int64_t v) {
    return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
std::int64_t unzigzag(std::uint64_t v) { return static_cast<std::int64_t>((v >> 1) ^ (~(v & 1) + 1)); }

void dump_text(std::string& out, std::string_view text) {
    out.push_back('"');
    for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte < 0x20 || byte == '"' || byte == '\\') {
            char escaped[8];
            (void)std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            out += escaped;
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

}  // namespace

bool operator==(const Record& a, const Record& b) { return a.fields_ == b.fields_; }

Record& Record::put(std::string_view name, Value value) {
    fields_.insert_or_assign(std::string{name}, std::move(value));
    return *this;
}
Record& Record::set(std::string_view name, std::string_view text) { return put(name, std::string{text}); }
Record& Record::set_flag(std::string_view name, bool flag) { return put(name, flag); }
Record& Record::set_number(std::string_view name, std::int64_t number) { return put(name, number); }
Record& Record::set_real(std::string_view name, double real) { return put(name, real); }
Record& Record::set(std::string_view name, Record record) {
    One one;
    one.record.push_back(std::move(record));
    return put(name, std::move(one));
}
Record& Record::set(std::string_view name, Texts texts) { return put(name, std::move(texts)); }
Record& Record::set(std::string_view name, Records records) { return put(name, std::move(records)); }
Record& Record::erase(std::string_view name) {
    if (const auto found = fields_.find(name); found != fields_.end()) fields_.erase(found);
    return *this;
}

template <class T>
const T& Record::none() {
    static const T nothing;
    return nothing;
}

template <class T>
const T* Record::find(std::string_view name) const {
    const auto found = fields_.find(name);
    return found == fields_.end() ? nullptr : std::get_if<T>(&found->second);
}

const std::string& Record::text(std::string_view name) const {
    const auto* text = find<std::string>(name);
    return text ? *text : none<std::string>();
}
std::int64_t Record::number(std::string_view name, std::int64_t absent) const {
    const auto* number = find<std::int64_t>(name);
    return number ? *number : absent;
}
bool Record::flag(std::string_view name) const {
    const auto* flag = find<bool>(name);
    return flag && *flag;
}
double Record::real(std::string_view name) const {
    const auto* real = find<double>(name);
    return real ? *real : 0;
}
const Record& Record::record(std::string_view name) const {
    const auto* one = find<One>(name);
    return one ? one->record.front() : none<Record>();
}
const Record::Texts& Record::texts(std::string_view name) const {
    const auto* texts = find<Texts>(name);
    return texts ? *texts : none<Texts>();
}
const Record::Records& Record::records(std::string_view name) const {
    const auto* records = find<Records>(name);
    return records ? *records : none<Records>();
}

Result<std::string> Record::need_text(std::string_view name) const {
    if (const auto* text = find<std::string>(name)) return *text;
    return corrupt("no text named " + std::string{name});
}
Result<std::int64_t> Record::need_number(std::string_view name) const {
    if (const auto* number = find<std::int64_t>(name)) return *number;
    return corrupt("no number named " + std::string{name});
}

void Record::encode_value(const Value& value, std::string& out) {
    const auto type = [&out](Type t) { out.push_back(static_cast<char>(t)); };
    if (const auto* text = std::get_if<std::string>(&value)) {
        type(kText), put_text(out, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
        type(kNumber), put_varint(out, zigzag(*number));
    } else if (const auto* flag = std::get_if<bool>(&value)) {
        type(*flag ? kTrue : kFalse);
    } else if (const auto* real = std::get_if<double>(&value)) {
        type(kReal);
        const auto bits = std::bit_cast<std::uint64_t>(*real);
        for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(bits >> shift));
    } else if (const auto* one = std::get_if<One>(&value)) {
        type(kRecord), one->record.front().encode_into(out);
    } else if (const auto* texts = std::get_if<Texts>(&value)) {
        type(kTexts), put_varint(out, texts->size());
        for (const std::string& each : *texts) put_text(out, each);
    } else if (const auto* records = std::get_if<Records>(&value)) {
        type(kRecords), put_varint(out, records->size());
        for (const Record& each : *records) each.encode_into(out);
    }
}

void Record::encode_into(std::string& out) const {
    put_varint(out, fields_.size());
    for (const auto& [name, value] : fields_) {
        put_text(out, name);
        encode_value(value, out);
    }
}

std::string Record::encode() const {
    std::string out(1, kFormat);
    encode_into(out);
    return out;
}

Result<Record::Value> Record::decode_value(std::uint8_t type, std::string_view& in, int depth) {
    switch (type) {
        case kText: return Value{std::string{TRY(take_text(in))}};
        case kNumber: return Value{unzigzag(TRY(take_varint(in)))};
        case kFalse: return Value{false};
        case kTrue: return Value{true};
        case kReal: {
            if (in.size() < 8) return corrupt("cut in a real number");
            const auto bits = load_le<std::uint64_t>(bytes_of(in));
            in.remove_prefix(8);
            return Value{std::bit_cast<double>(bits)};
        }
        case kRecord: {
            One one;
            one.record.push_back(TRY(decode_from(in, depth + 1)));
            return Value{std::move(one)};
        }
        case kTexts: {
            Texts texts(TRY(take_count(in)));
            for (std::string& each : texts) each = std::string{TRY(take_text(in))};
            return Value{std::move(texts)};
        }
        case kRecords: {
            const std::size_t count = TRY(take_count(in));
            Records records;
            for (std::size_t i = 0; i < count; ++i) records.push_back(TRY(decode_from(in, depth + 1)));
            return Value{std::move(records)};
        }
        default: return corrupt("a field of unknown type " + std::to_string(type));
    }
}

Result<Record> Record::decode_from(std::string_view& in, int depth) {
    if (depth > kDepthMax) return corrupt("nested too deep");
    Record record;
    const std::size_t count = TRY(take_count(in));
    std::string_view before;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view name = TRY(take_text(in));
        if (i > 0 && name <= before) return corrupt("fields out of order");
        before = name;
        if (in.empty()) return corrupt("cut before a value");
        const auto type = static_cast<std::uint8_t>(in.front());
        in.remove_prefix(1);
        record.fields_.emplace_hint(record.fields_.end(), name, TRY(decode_value(type, in, depth)));
    }
    return record;
}

Result<Record> Record::decode(std::string_view bytes) {
    if (bytes.empty()) return Record{};
    if (bytes.front() != kFormat) return corrupt("of another format");
    bytes.remove_prefix(1);
    Record record = TRY(decode_from(bytes, 0));
    if (!bytes.empty()) return corrupt("bytes after the end");
    return record;
}

void Record::dump_value(const Value& value, std::string& out) {
    const auto list = [&out](const auto& items, auto each) {
        out.push_back('[');
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (i > 0) out += ", ";
            each(items[i]);
        }
        out.push_back(']');
    };
    if (const auto* text = std::get_if<std::string>(&value)) dump_text(out, *text);
    if (const auto* number = std::get_if<std::int64_t>(&value)) out += std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&value)) out += *flag ? "true" : "false";
    if (const auto* real = std::get_if<double>(&value)) out += std::to_string(*real);
    if (const auto* one = std::get_if<One>(&value)) out += one->record.front().dump();
    if (const auto* texts = std::get_if<Texts>(&value)) {
        list(*texts, [&out](const std::string& each) { dump_text(out, each); });
    }
    if (const auto* records = std::get_if<Records>(&value)) {
        list(*records, [&out](const Record& each) { out += each.dump(); });
    }
}

std::string Record::dump() const {
    std::string out = "{";
    for (const auto& [name, value] : fields_) {
        if (out.size() > 1) out += ", ";
        dump_text(out, name);
        out += ": ";
        dump_value(value, out);
    }
    return out + "}";
}

}  // namespace landfall::state
