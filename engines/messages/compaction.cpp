#include "engines/messages/compaction.hpp"

#include <algorithm>

#include "base/checksum.hpp"
#include "engines/messages/index_file.hpp"
#include "engines/messages/record.hpp"

namespace landfall::messages {
namespace {

/// Appends the record of the survivors [first, last), which all have the same offset; false when it is
/// damaged.
bool copy_record(ByteSpan old, std::vector<Survivor>::iterator first, std::vector<Survivor>::iterator last,
                 std::vector<std::byte>& bytes) {
    if (first->entry.offset > old.size() || first->entry.length > old.size() - first->entry.offset)
        return false;
    const auto decoded = decode(old.subspan(first->entry.offset, first->entry.length), Body::verify);
    if (!decoded.ok() || !decoded->body_intact) return false;
    const auto* const found = std::get_if<MessageRecord>(&decoded->record);
    if (found == nullptr) return false;
    MessageRecord record = *found;
    record.targets.clear();
    // What the record did besides was done when it was new.
    record.origin = record.moved_from = {};
    for (auto it = first; it != last; ++it) {
        if (it->entry.ordinal >= found->targets.size()) return false;
        const TargetSlot& slot = found->targets[it->entry.ordinal];
        if (slot.place != QueuePlace{it->queue, it->entry.sequence}) return false;
        record.targets.push_back(slot);
    }
    const std::size_t at = bytes.size();
    const std::size_t length = encoded_size(record);
    bytes.resize(at + length);
    encode(record, MutableByteSpan{bytes}.subspan(at));
    std::uint32_t ordinal = 0;
    for (auto it = first; it != last; ++it) {
        it->entry.offset = static_cast<std::uint32_t>(at);
        it->entry.length = static_cast<std::uint32_t>(length);
        it->entry.ordinal = ordinal++;
    }
    return true;
}

}  // namespace

Result<Compacted> compact_segment(LogDevice& device, const KeyedHash& key, const SegmentName& from,
                                  std::vector<Survivor> survivors) {
    std::vector<std::byte> old(TRY(device.size(from)).count);
    old.resize(TRY(device.read(from, ByteOffset{0}, old)).count);
    std::sort(survivors.begin(), survivors.end(), [](const Survivor& a, const Survivor& b) {
        return std::pair{a.entry.offset, a.entry.ordinal} < std::pair{b.entry.offset, b.entry.ordinal};
    });
    Compacted out{.name = {from.number, from.generation + 1}};
    std::vector<std::byte> bytes(kFrameSize);
    for (auto first = survivors.begin(); first != survivors.end();) {
        const auto last = std::find_if(first, survivors.end(), [&](const Survivor& one) {
            return one.entry.offset != first->entry.offset;
        });
        if (copy_record(old, first, last, bytes))
            for (auto it = first; it != last; ++it) out.runs[it->queue.value].entries.push_back(it->entry);
        first = last;
    }
    const ByteSpan records = ByteSpan{bytes}.subspan(kFrameSize);
    Frame frame{.length = static_cast<std::uint32_t>(records.size()), .records_crc = Crc32c::of(records)};
    encode(frame, key, MutableByteSpan{bytes}.first(kFrameSize));
    std::vector<Entry> entries;
    for (auto& [id, run] : out.runs) {
        std::sort(run.entries.begin(), run.entries.end(),
                  [](const Entry& a, const Entry& b) { return a.sequence < b.sequence; });
        run.base = entries.size();
        entries.insert(entries.end(), run.entries.begin(), run.entries.end());
    }
    out.total = entries.size();
    out.end = bytes.size();
    TRY(device.put_segment(out.name, bytes));
    TRY(device.put_index(out.name, encode_index(out.name, entries)));
    return out;
}

}  // namespace landfall::messages
