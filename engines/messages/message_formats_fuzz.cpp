// Every decoder of the message log: whatever the bytes are, an answer or an error, in bounded memory; and
// what is accepted encodes to the same bytes again.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/checksum.hpp"
#include "engines/messages/checkpoint.hpp"
#include "engines/messages/index_file.hpp"
#include "engines/messages/record.hpp"

namespace landfall::messages {
namespace {

std::vector<std::byte> again(const MessageRecord& record) {
    std::vector<std::byte> bytes(encoded_size(record));
    encode(record, bytes);
    return bytes;
}

void parse_record(ByteSpan bytes) {
    const auto left = decode(bytes, Body::leave);
    const auto verified = decode(bytes, Body::verify);
    CHECK(left.ok() == verified.ok());
    if (!left.ok()) return;
    CHECK(left->length <= bytes.size());
    const auto* const message = std::get_if<MessageRecord>(&verified->record);
    if (message == nullptr) return;
    for (std::size_t i = 0; i < std::min<std::size_t>(message->targets.size(), 4); ++i)
        if (const auto one = decode_target(bytes, i); one.ok()) CHECK(one->targets.size() == 1);
    if (verified->body_intact && message->targets.size() == 1) {
        const auto copy = again(*message);
        CHECK(decode(copy, Body::verify)->body_intact);
    }
}

/// Checksums stop nearly every mutation: here they are put right first.
void parse_repaired(ByteSpan bytes) {
    std::vector<std::byte> copy{bytes.begin(), bytes.end()};
    if (copy.size() < kRecordHeadSize) return;
    copy.resize((copy.size() + 7) & ~std::size_t{7});
    store_le<std::uint32_t>(copy, 4, static_cast<std::uint32_t>(copy.size()));
    const std::size_t head = load_le<std::uint32_t>(copy, 8);
    if (head >= kRecordHeadSize && head <= copy.size())
        store_le<std::uint32_t>(copy, 0, Crc32c::of(ByteSpan{copy}.subspan(4, head - 4)));
    const auto parts = parts_of(copy);
    for (std::size_t i = 0; parts.ok() && i < std::min<std::size_t>(parts->targets, 64); ++i) {
        const std::size_t slot = parts->slots + i * kSlotSize;
        store_le<std::uint32_t>(copy, slot + 32, Crc32c::of(ByteSpan{copy}.subspan(slot, 32)));
    }
    parse_record(copy);
}

}  // namespace
}  // namespace landfall::messages

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using namespace landfall;
    using namespace landfall::messages;
    const ByteSpan bytes = std::as_bytes(std::span{input, size});
    parse_record(bytes);
    parse_repaired(bytes);
    static_cast<void>(decode_frame(bytes, KeyedHash{{1, 2}}));
    static_cast<void>(decode_chunk({1, 0}, bytes));
    if (const auto checkpoint = decode_checkpoint(bytes); checkpoint.ok())
        CHECK(decode_checkpoint(encode(*checkpoint)).ok());
    return 0;
}
