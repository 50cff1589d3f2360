#include "wire/api/view.hpp"

namespace landfall::wire {

const Slot ReadView::kAbsent{.integer = 0, .size = 0, .kind = SlotKind::absent};

std::optional<std::string_view> ReadView::text(std::uint32_t i) const {
    const Slot& slot = at(i);
    if (slot.kind != SlotKind::text) return std::nullopt;
    return slot.text();
}
std::optional<ByteSpan> ReadView::bytes(std::uint32_t i) const {
    const Slot& slot = at(i);
    if (slot.kind != SlotKind::text) return std::nullopt;
    return landfall::bytes_of(slot.text());
}
std::optional<std::int32_t> ReadView::int32(std::uint32_t i) const {
    const Slot& slot = at(i);
    if (slot.kind != SlotKind::integer) return std::nullopt;
    return static_cast<std::int32_t>(slot.integer);
}
std::optional<std::int64_t> ReadView::int64(std::uint32_t i) const {
    const Slot& slot = at(i);
    if (slot.kind != SlotKind::integer) return std::nullopt;
    return slot.integer;
}
std::optional<double> ReadView::number(std::uint32_t i) const {
    const Slot& slot = at(i);
    if (slot.kind != SlotKind::number) return std::nullopt;
    return slot.number;
}
std::optional<bool> ReadView::boolean(std::uint32_t i) const {
    const Slot& slot = at(i);
    if (slot.kind != SlotKind::boolean) return std::nullopt;
    return slot.boolean;
}
std::optional<Instant> ReadView::instant(std::uint32_t i) const {
    const Slot& slot = at(i);
    if (slot.kind != SlotKind::instant) return std::nullopt;
    return slot.instant();
}

std::string_view ReadView::text_of(std::uint32_t i) const { return read_slot<std::string_view>(at(i)); }
ByteSpan ReadView::bytes_of(std::uint32_t i) const { return read_slot<ByteSpan>(at(i)); }
std::int32_t ReadView::int32_of(std::uint32_t i) const { return read_slot<std::int32_t>(at(i)); }
std::int64_t ReadView::int64_of(std::uint32_t i) const { return read_slot<std::int64_t>(at(i)); }
double ReadView::number_of(std::uint32_t i) const { return read_slot<double>(at(i)); }
bool ReadView::boolean_of(std::uint32_t i) const { return read_slot<bool>(at(i)); }
Instant ReadView::instant_of(std::uint32_t i) const { return read_slot<Instant>(at(i)); }

BodyReader* ReadView::stream(std::uint32_t i) const {
    const Slot& slot = at(i);
    return slot.kind == SlotKind::stream ? slot.stream : nullptr;
}

void WriteView::put_text(std::uint32_t i, std::string_view value) {
    record_->at(i) = Slot::of_text(output_->arena.copy(value));
}
void WriteView::put_bytes(std::uint32_t i, ByteSpan value) { put_text(i, landfall::text_of(value)); }
void WriteView::put_integer(std::uint32_t i, std::int64_t value) { record_->at(i) = Slot::of_integer(value); }
void WriteView::put_number(std::uint32_t i, double value) { record_->at(i) = Slot::of_number(value); }
void WriteView::put_boolean(std::uint32_t i, bool value) { record_->at(i) = Slot::of_bool(value); }
void WriteView::put_instant(std::uint32_t i, Instant value) { record_->at(i) = Slot::of_instant(value); }

void WriteView::put_stream(std::unique_ptr<BodySource> body, Bytes length) {
    output_->body = std::move(body);
    output_->body_length = length;
}

Record* WriteView::nested(std::uint32_t i, std::uint32_t members) {
    Slot& slot = record_->at(i);
    if (slot.kind != SlotKind::record) slot = Slot::of_record(make_record(output_->arena, members));
    return slot.record;
}
Sequence* WriteView::list(std::uint32_t i) {
    Slot& slot = record_->at(i);
    if (slot.kind != SlotKind::list) slot = Slot::of_list(make_sequence(output_->arena));
    return slot.sequence;
}
Sequence* WriteView::map(std::uint32_t i) {
    Slot& slot = record_->at(i);
    if (slot.kind != SlotKind::map) slot = Slot::of_map(make_sequence(output_->arena));
    return slot.sequence;
}

void SequenceWriter::add(std::string_view value) {
    items_->push(output_->arena, Slot::of_text(output_->arena.copy(value)));
}
void SequenceWriter::add_bytes(ByteSpan value) { add(landfall::text_of(value)); }
void SequenceWriter::add_integer(std::int64_t value) {
    items_->push(output_->arena, Slot::of_integer(value));
}
void SequenceWriter::add_number(double value) { items_->push(output_->arena, Slot::of_number(value)); }
void SequenceWriter::add_boolean(bool value) { items_->push(output_->arena, Slot::of_bool(value)); }
void SequenceWriter::add_instant(Instant value) { items_->push(output_->arena, Slot::of_instant(value)); }
Record* SequenceWriter::add_record(std::uint32_t members) {
    return items_->push(output_->arena, Slot::of_record(make_record(output_->arena, members))).record;
}
Sequence* SequenceWriter::add_list() {
    return items_->push(output_->arena, Slot::of_list(make_sequence(output_->arena))).sequence;
}
Sequence* SequenceWriter::add_map() {
    return items_->push(output_->arena, Slot::of_map(make_sequence(output_->arena))).sequence;
}
SequenceWriter& SequenceWriter::key(std::string_view name) {
    add(name);
    return *this;
}

}  // namespace landfall::wire
