// The record codec, and the tags and look-ups that are kept in records: whatever the bytes, a value or
// `corrupt`; and what is accepted has one canonical encoding, which decodes to the same.
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/state/record.hpp"
#include "core/state/sqlite_rows.hpp"

namespace landfall::state {
namespace {

void parse_record(std::string_view bytes) {
    const auto record = Record::decode(bytes);
    if (!record.ok()) {
        CHECK(record.error().code() == Errc::corrupt);
        return;
    }
    const std::string canonical = record->encode();
    CHECK(bytes.empty() || canonical.size() <= bytes.size());
    // By bytes: a real number may be NaN, which equals nothing.
    CHECK(Record::decode(canonical).value().encode() == canonical);
    static_cast<void>(record->dump());
    // Every getter answers, whatever the type of what is there.
    for (const std::string_view name : {"", "a", "size"}) {
        static_cast<void>(record->text(name).size() + record->texts(name).size() +
                          record->records(name).size());
        static_cast<void>(record->number(name));
        static_cast<void>(record->flag(name));
        static_cast<void>(record->real(name));
        static_cast<void>(record->record(name).empty());
    }
    Record changed = *record;
    CHECK(changed.set("a", "b").erase("size").text("a") == "b" && !changed.has("size"));
    CHECK(Record::decode(changed.encode()).ok());
}

void parse_pairs(std::string_view bytes) {
    if (const auto tags = decode_tags(bytes); tags.ok())
        CHECK(decode_tags(encode_tags(*tags)).value() == *tags);
    if (const auto index = decode_index(bytes); index.ok()) {
        CHECK(decode_index(encode_index(*index)).value() == *index);
    }
}

}  // namespace
}  // namespace landfall::state

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text = landfall::text_of(std::as_bytes(std::span{bytes, size}));
    landfall::state::parse_record(text);
    landfall::state::parse_pairs(text);
    return 0;
}
