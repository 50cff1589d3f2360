#include "core/state/sqlite_rows.hpp"

#include "core/state/record.hpp"

namespace landfall::state {
namespace {

constexpr std::string_view kPairs = "p";

Change change_of(std::string_view name) {
    for (const Change change : {Change::created, Change::updated, Change::retired, Change::erased}) {
        if (name_of(change) == name) return change;
    }
    return Change::noted;
}

std::string encode_pairs(Record::Texts texts) {
    if (texts.empty()) return {};
    Record record;
    record.set(kPairs, std::move(texts));
    return record.encode();
}

Result<Record::Texts> decode_pairs(std::string_view bytes) {
    const Record record = TRY(Record::decode(bytes));
    Record::Texts texts = record.texts(kPairs);
    if (texts.size() % 2 != 0) return Error{Errc::corrupt, "a row's pairs are odd in number"};
    return texts;
}

}  // namespace

std::string encode_tags(const std::vector<Tag>& tags) {
    Record::Texts texts;
    for (const Tag& tag : tags) texts.insert(texts.end(), {tag.key, tag.value});
    return encode_pairs(std::move(texts));
}

std::string encode_index(const std::vector<IndexKey>& index) {
    Record::Texts texts;
    for (const IndexKey& key : index) texts.insert(texts.end(), {key.name, key.value});
    return encode_pairs(std::move(texts));
}

Result<std::vector<Tag>> decode_tags(std::string_view bytes) {
    Record::Texts texts = TRY(decode_pairs(bytes));
    std::vector<Tag> tags;
    for (std::size_t i = 0; i < texts.size(); i += 2) {
        tags.push_back({.key = std::move(texts[i]), .value = std::move(texts[i + 1])});
    }
    return tags;
}

Result<std::vector<IndexKey>> decode_index(std::string_view bytes) {
    Record::Texts texts = TRY(decode_pairs(bytes));
    std::vector<IndexKey> index;
    for (std::size_t i = 0; i < texts.size(); i += 2) {
        index.push_back({.name = std::move(texts[i]), .value = std::move(texts[i + 1])});
    }
    return index;
}

Result<Resource> resource_of(const Run& row) {
    Resource r;
    r.key = {.kind = row.text(1), .account = row.text(2), .region = row.text(3), .id = row.text(4)};
    r.arn = row.text(5);
    r.parent = row.text(6);
    r.state = row.text(7);
    r.version = Version{row.count(8)};
    r.created = Instant{row.number(9)};
    r.updated = Instant{row.number(10)};
    if (!row.is_null(11)) r.retired = Instant{row.number(11)};
    r.tags = TRY(decode_tags(row.text(12)));
    r.index = TRY(decode_index(row.text(13)));
    r.doc = row.text(14);
    r.progress = row.text(15);
    return r;
}

Event event_of(const Run& row) {
    Event e;
    e.seq = EventSeq{row.count(0)};
    e.at = Instant{row.number(1)};
    e.change = change_of(row.text(2));
    e.key = {.kind = row.text(3), .account = row.text(4), .region = row.text(5), .id = row.text(6)};
    e.version = Version{row.count(7)};
    e.from_state = row.text(8);
    e.to_state = row.text(9);
    e.error = row.text(10);
    e.cause = {.actor = row.text(11),
               .key_id = row.text(12),
               .source_ip = row.text(13),
               .request_id = row.text(14),
               .service = row.text(15),
               .operation = row.text(16),
               .params = row.text(17)};
    return e;
}

}  // namespace landfall::state
