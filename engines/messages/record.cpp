#include "engines/messages/record.hpp"

#include <algorithm>

#include "base/checksum.hpp"

namespace landfall::messages {
namespace {

constexpr std::uint32_t kFrameMagic = 0x514d464c;  // "LFMQ"

constexpr std::size_t padded(std::size_t n) { return (n + 7) & ~std::size_t{7}; }

/// Writes fields one behind the other.
class Pen {
public:
    explicit Pen(MutableByteSpan to, std::size_t at = 0) : to_{to}, at_{at} {}
    template <class T>
    Pen& put(T value) {
        store_le<T>(to_, at_, value);
        at_ += sizeof(T);
        return *this;
    }
    Pen& put(Millis at) { return put(static_cast<std::uint64_t>(at.value)); }
    Pen& put(QueuePlace place) { return put(place.queue.value).put(place.sequence.value); }
    Pen& text(std::string_view text) {
        if (!text.empty()) std::memcpy(to_.data() + at_, text.data(), text.size());
        at_ += text.size();
        return *this;
    }
    Pen& zeros_until(std::size_t end) {
        std::fill(to_.begin() + static_cast<std::ptrdiff_t>(at_),
                  to_.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0});
        at_ = end;
        return *this;
    }
    [[nodiscard]] std::size_t at() const { return at_; }

private:
    MutableByteSpan to_;
    std::size_t at_;
};

/// Reads fields one behind the other; the caller has checked that they are there.
class Eye {
public:
    explicit Eye(ByteSpan from, std::size_t at = 0) : from_{from}, at_{at} {}
    template <class T>
    T get() {
        const T value = load_le<T>(from_, at_);
        at_ += sizeof(T);
        return value;
    }
    Millis millis() { return Millis{static_cast<std::int64_t>(get<std::uint64_t>())}; }
    QueueId queue() { return QueueId{get<std::uint64_t>()}; }
    Sequence sequence() { return Sequence{get<std::uint64_t>()}; }
    QueuePlace place() {
        const QueueId q = queue();
        return QueuePlace{q, sequence()};
    }
    [[nodiscard]] std::size_t left() const { return from_.size() - at_; }

private:
    ByteSpan from_;
    std::size_t at_;
};

/// The sixteen bytes before everything else; the checksum comes last, over what is there by then.
void seal_head(MutableByteSpan record, RecordType type, std::size_t head_length) {
    Pen pen{record, 4};
    pen.put(static_cast<std::uint32_t>(record.size())).put(static_cast<std::uint32_t>(head_length));
    pen.put(static_cast<std::uint8_t>(type)).put(std::uint8_t{0}).put(std::uint16_t{0});
    store_le<std::uint32_t>(record, 0, Crc32c::of(ByteSpan{record}.subspan(4, head_length - 4)));
}

std::vector<std::byte> small_record(std::size_t payload) {
    return std::vector<std::byte>(padded(kRecordHeadSize + payload));
}

struct Lengths {
    std::size_t head;  ///< fixed part, group and dedup id, padded
    std::size_t slots;
    std::size_t text;
    std::size_t wrappings;
    [[nodiscard]] std::size_t record() const { return padded(head + slots + text + wrappings); }
};

Lengths lengths_of(const MessageRecord& record) {
    std::size_t wrappings = 0;
    for (const TargetSlot& slot : record.targets) wrappings += slot.wrapping.size();
    return {.head = padded(kMessageFixedSize + record.group.size() + record.dedup_id.size()),
            .slots = record.targets.size() * kSlotSize,
            .text = record.headers.size() + record.body.size(),
            .wrappings = wrappings};
}

void encode_slots(const MessageRecord& record, MutableByteSpan to, std::size_t slots, std::size_t wrappings) {
    std::uint32_t relative = 0;
    for (const TargetSlot& slot : record.targets) {
        const auto length = static_cast<std::uint32_t>(slot.wrapping.size());
        Pen pen{to, slots};
        const std::uint32_t crc =
            slot.wrapping.empty() ? 0 : Crc32c::of(slot.wrapping);  // that of nothing is 0
        pen.put(slot.place).put(slot.delay_ms).put(length).put(relative).put(crc);
        store_le<std::uint32_t>(to, slots + 32, Crc32c::of(ByteSpan{to}.subspan(slots, 32)));
        store_le<std::uint32_t>(to, slots + 36, 0);
        Pen{to, wrappings + relative}.text(slot.wrapping);
        slots += kSlotSize;
        relative += length;
    }
}

Error corrupt(const char* what) { return Error{Errc::corrupt, what}; }

}  // namespace

std::size_t encoded_size(const MessageRecord& record) { return lengths_of(record).record(); }

void encode(const MessageRecord& record, MutableByteSpan to) {
    const Lengths lengths = lengths_of(record);
    CHECK(to.size() == lengths.record());
    const std::size_t text = lengths.head + lengths.slots;
    Pen tail{to, text};
    tail.text(record.headers).text(record.body);
    encode_slots(record, to, lengths.head, tail.at());
    Pen{to, tail.at() + lengths.wrappings}.zeros_until(to.size());
    Pen pen{to, kRecordHeadSize};
    pen.put(Crc32c::of(ByteSpan{to}.subspan(text, lengths.text)));
    pen.put(static_cast<std::uint32_t>(record.body.size()));
    pen.put(static_cast<std::uint32_t>(record.headers.size()));
    pen.put(static_cast<std::uint32_t>(record.targets.size()));
    pen.put(static_cast<std::uint16_t>(record.group.size()));
    pen.put(static_cast<std::uint16_t>(record.dedup_id.size()));
    pen.put(record.receives).put(record.sent).put(record.stored);
    std::memcpy(to.data() + pen.at(), record.id.data(), record.id.size());
    Pen rest{to, pen.at() + record.id.size()};
    rest.put(record.origin).put(record.moved_from).put(record.dead_letter_source.value);
    rest.text(record.group).text(record.dedup_id).zeros_until(lengths.head);
    seal_head(to, RecordType::message, lengths.head);
}

std::vector<std::byte> encode(const RemoveRecord& record) {
    auto bytes = small_record(16 + record.sequences.size() * 8);
    Pen pen{bytes, kRecordHeadSize};
    pen.put(record.queue.value).put(static_cast<std::uint64_t>(record.sequences.size()));
    for (const Sequence sequence : record.sequences) pen.put(sequence.value);
    seal_head(bytes, RecordType::remove, bytes.size());
    return bytes;
}

static void put_leased(Pen& pen, const std::vector<Leased>& leased) {
    for (const Leased& one : leased)
        pen.put(one.sequence.value).put(one.first_received).put(std::uint64_t{one.receives});
}

std::vector<std::byte> encode(const LeaseRecord& record) {
    auto bytes = small_record(40 + record.leased.size() * 24);
    Pen pen{bytes, kRecordHeadSize};
    pen.put(record.queue.value).put(record.attempt).put(record.received).put(record.until);
    pen.put(static_cast<std::uint64_t>(record.leased.size()));
    put_leased(pen, record.leased);
    seal_head(bytes, RecordType::lease, bytes.size());
    return bytes;
}

std::vector<std::byte> encode(const VisibilityRecord& record) {
    auto bytes = small_record(24);
    Pen{bytes, kRecordHeadSize}.put(QueuePlace{record.queue, record.sequence}).put(record.until);
    seal_head(bytes, RecordType::visibility, bytes.size());
    return bytes;
}

std::vector<std::byte> encode(const CountsRecord& record) {
    auto bytes = small_record(16 + record.counted.size() * 24);
    Pen pen{bytes, kRecordHeadSize};
    pen.put(record.queue.value).put(static_cast<std::uint64_t>(record.counted.size()));
    put_leased(pen, record.counted);
    seal_head(bytes, RecordType::counts, bytes.size());
    return bytes;
}

std::vector<std::byte> encode(const PurgeRecord& record) {
    auto bytes = small_record(16);
    Pen{bytes, kRecordHeadSize}.put(QueuePlace{record.queue, record.upto});
    seal_head(bytes, RecordType::purge, bytes.size());
    return bytes;
}

std::vector<std::byte> encode(const ForgetRecord& record) {
    auto bytes = small_record(8);
    Pen{bytes, kRecordHeadSize}.put(record.queue.value);
    seal_head(bytes, RecordType::forget, bytes.size());
    return bytes;
}

Result<MessageParts> parts_of(ByteSpan fixed) {
    if (fixed.size() < kMessageFixedSize) return corrupt("a message's record is cut off");
    MessageParts parts;
    parts.length = load_le<std::uint32_t>(fixed, 4);
    parts.head_length = load_le<std::uint32_t>(fixed, 8);
    if (load_le<std::uint8_t>(fixed, 12) != static_cast<std::uint8_t>(RecordType::message))
        return corrupt("the record is no message");
    const std::size_t keys =
        std::size_t{load_le<std::uint16_t>(fixed, 32)} + load_le<std::uint16_t>(fixed, 34);
    parts.targets = load_le<std::uint32_t>(fixed, 28);
    parts.slots = padded(kMessageFixedSize + keys);
    parts.text = parts.slots + std::size_t{parts.targets} * kSlotSize;
    parts.text_length = std::size_t{load_le<std::uint32_t>(fixed, 20)} + load_le<std::uint32_t>(fixed, 24);
    parts.wrappings = parts.text + parts.text_length;
    if (parts.head_length != parts.slots || parts.wrappings > parts.length || parts.length > kRecordMax)
        return corrupt("the lengths in a message's record contradict each other");
    return parts;
}

namespace {

Result<TargetSlot> decode_slot(ByteSpan record, const MessageParts& parts, std::size_t ordinal) {
    const ByteSpan slot = record.subspan(parts.slots + ordinal * kSlotSize, kSlotSize);
    if (Crc32c::of(slot.first(32)) != load_le<std::uint32_t>(slot, 32))
        return corrupt("the checksum of a message's target is wrong");
    Eye eye{slot};
    TargetSlot out{.place = eye.place(), .delay_ms = eye.get<std::uint32_t>(), .wrapping = {}};
    const std::size_t length = eye.get<std::uint32_t>();
    const std::size_t at = parts.wrappings + eye.get<std::uint32_t>();
    if (at > parts.length || length > parts.length - at) return corrupt("a wrapping lies outside its record");
    out.wrapping = text_of(record.subspan(at, length));
    return out;
}

/// Everything but the targets.
MessageRecord decode_head(ByteSpan record, const MessageParts& parts) {
    MessageRecord out;
    Eye eye{record, 20};
    const std::size_t body_length = eye.get<std::uint32_t>();
    const std::size_t headers_length = eye.get<std::uint32_t>();
    static_cast<void>(eye.get<std::uint32_t>());
    const std::size_t group_length = eye.get<std::uint16_t>();
    const std::size_t dedup_length = eye.get<std::uint16_t>();
    out.receives = eye.get<std::uint32_t>();
    out.sent = eye.millis();
    out.stored = eye.millis();
    std::memcpy(out.id.data(), record.data() + 56, out.id.size());
    Eye rest{record, 72};
    out.origin = rest.place();
    out.moved_from = rest.place();
    out.dead_letter_source = rest.queue();
    out.group = text_of(record.subspan(kMessageFixedSize, group_length));
    out.dedup_id = text_of(record.subspan(kMessageFixedSize + group_length, dedup_length));
    out.headers = text_of(record.subspan(parts.text, headers_length));
    out.body = text_of(record.subspan(parts.text + headers_length, body_length));
    return out;
}

bool text_intact(ByteSpan record, const MessageParts& parts) {
    return Crc32c::of(record.subspan(parts.text, parts.text_length)) == load_le<std::uint32_t>(record, 16);
}
bool wrapping_intact(ByteSpan record, const MessageParts& parts, std::size_t ordinal,
                     std::string_view wrapping) {
    return Crc32c::of(wrapping) == load_le<std::uint32_t>(record, parts.slots + ordinal * kSlotSize + 28);
}

Result<Decoded> decode_message(ByteSpan record, Body body) {
    const MessageParts parts = TRY(parts_of(record));
    MessageRecord out = decode_head(record, parts);
    out.targets.reserve(parts.targets);
    bool intact = body == Body::leave || text_intact(record, parts);
    for (std::size_t i = 0; i < parts.targets; ++i) {
        out.targets.push_back(TRY(decode_slot(record, parts, i)));
        if (body == Body::verify)
            intact = intact && wrapping_intact(record, parts, i, out.targets[i].wrapping);
    }
    return Decoded{.record = std::move(out), .length = parts.length, .body_intact = intact};
}

/// The record's bytes, where its head is whole.
Result<ByteSpan> checked_head(ByteSpan from) {
    if (from.size() < kRecordHeadSize) return corrupt("a record is cut off");
    const std::size_t length = load_le<std::uint32_t>(from, 4);
    const std::size_t head = load_le<std::uint32_t>(from, 8);
    if (length % 8 != 0 || length < kRecordHeadSize || length > from.size() || head > length ||
        head < kRecordHeadSize || length > kRecordMax)
        return corrupt("a record's length is impossible");
    if (Crc32c::of(from.subspan(4, head - 4)) != load_le<std::uint32_t>(from, 0))
        return corrupt("the checksum of a record is wrong");
    return from.first(length);
}

Result<std::vector<Leased>> decode_leased(Eye& eye) {
    const std::uint64_t count = eye.get<std::uint64_t>();
    if (count > eye.left() / 24) return corrupt("a record names more receives than it holds");
    std::vector<Leased> leased(count);
    for (Leased& one : leased) {
        one.sequence = eye.sequence();
        one.first_received = eye.millis();
        one.receives = static_cast<std::uint32_t>(eye.get<std::uint64_t>());
    }
    return leased;
}

Result<Record> decode_small(RecordType type, ByteSpan record) {
    const std::size_t room = record.size() - kRecordHeadSize;
    Eye eye{record, kRecordHeadSize};
    const std::size_t needed = type == RecordType::lease        ? 40
                               : type == RecordType::visibility ? 24
                               : type == RecordType::forget     ? 8
                                                                : 16;
    if (room < needed) return corrupt("a record is too short for its type");
    const QueueId queue = eye.queue();
    switch (type) {
        case RecordType::remove: {
            const std::uint64_t count = eye.get<std::uint64_t>();
            if (count > eye.left() / 8) return corrupt("a record names more messages than it holds");
            RemoveRecord out{.queue = queue, .sequences = {}};
            out.sequences.reserve(count);
            for (std::uint64_t i = 0; i < count; ++i) out.sequences.push_back(eye.sequence());
            return Record{std::move(out)};
        }
        case RecordType::lease: {
            LeaseRecord out{.queue = queue};
            out.attempt = eye.get<std::uint64_t>();
            out.received = eye.millis();
            out.until = eye.millis();
            out.leased = TRY(decode_leased(eye));
            return Record{std::move(out)};
        }
        case RecordType::visibility: {
            const Sequence sequence = eye.sequence();
            return Record{VisibilityRecord{.queue = queue, .sequence = sequence, .until = eye.millis()}};
        }
        case RecordType::counts: {
            std::vector<Leased> counted = TRY(decode_leased(eye));
            return Record{CountsRecord{.queue = queue, .counted = std::move(counted)}};
        }
        case RecordType::purge: return Record{PurgeRecord{.queue = queue, .upto = eye.sequence()}};
        case RecordType::forget: return Record{ForgetRecord{.queue = queue}};
        case RecordType::message: break;
    }
    return corrupt("the record's type is unknown");
}

}  // namespace

Result<Decoded> decode(ByteSpan from, Body body) {
    const ByteSpan record = TRY(checked_head(from));
    const auto type = static_cast<RecordType>(load_le<std::uint8_t>(record, 12));
    if (type == RecordType::message) return decode_message(record, body);
    if (load_le<std::uint32_t>(record, 8) != record.size()) return corrupt("a record's length is impossible");
    return Decoded{.record = TRY(decode_small(type, record)), .length = record.size()};
}

Result<MessageRecord> decode_target(ByteSpan from, std::size_t ordinal) {
    const ByteSpan record = TRY(checked_head(from));
    const MessageParts parts = TRY(parts_of(record));
    if (ordinal >= parts.targets) return corrupt("a message has fewer targets than its index says");
    MessageRecord out = decode_head(record, parts);
    out.targets.push_back(TRY(decode_slot(record, parts, ordinal)));
    if (!text_intact(record, parts) || !wrapping_intact(record, parts, ordinal, out.targets[0].wrapping))
        return corrupt("the checksum of a message's text is wrong");
    return out;
}

void encode(Frame& frame, const KeyedHash& key, MutableByteSpan to) {
    Pen pen{to};
    pen.put(kFrameMagic).put(frame.length).put(frame.serial).put(frame.durable).put(frame.previous);
    pen.put(frame.epoch).put(frame.records_crc);
    frame.mac = key.of(ByteSpan{to}.first(40));
    pen.put(frame.mac);
}

std::size_t next_frame_mark(ByteSpan bytes, std::size_t from) {
    std::array<std::byte, 4> magic{};
    store_le<std::uint32_t>(magic, 0, kFrameMagic);
    for (std::size_t at = from; at + kFrameSize <= bytes.size(); at += 8)
        if (std::memcmp(bytes.data() + at, magic.data(), magic.size()) == 0) return at;
    return bytes.size();
}

std::optional<Frame> decode_frame(ByteSpan from, const KeyedHash& key) {
    if (from.size() < kFrameSize || load_le<std::uint32_t>(from, 0) != kFrameMagic) return std::nullopt;
    const std::uint64_t mac = load_le<std::uint64_t>(from, 40);
    if (key.of(from.first(40)) != mac) return std::nullopt;
    return Frame{.length = load_le<std::uint32_t>(from, 4),
                 .serial = load_le<std::uint64_t>(from, 8),
                 .durable = load_le<std::uint64_t>(from, 16),
                 .previous = load_le<std::uint64_t>(from, 24),
                 .epoch = load_le<std::uint32_t>(from, 32),
                 .records_crc = load_le<std::uint32_t>(from, 36),
                 .mac = mac};
}

}  // namespace landfall::messages
