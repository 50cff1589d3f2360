#include "services/s3/store_fields.hpp"

namespace landfall::s3 {

Result<std::uint64_t> take_varint(ByteSpan& from) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (from.empty()) return corrupt_record("a number is cut off");
        const auto byte = static_cast<std::uint64_t>(from.front());
        from = from.subspan(1);
        value |= (byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0) return value;
    }
    return corrupt_record("a number is longer than 64 bits");
}

Result<ByteSpan> take_bytes(ByteSpan& from) {
    const std::uint64_t size = TRY(take_varint(from));
    if (size > from.size()) return corrupt_record("a field is cut off");
    const ByteSpan bytes = from.first(size);
    from = from.subspan(size);
    return bytes;
}

Result<std::uint64_t> Field::number() const {
    ByteSpan rest = bytes;
    const std::uint64_t value = TRY(take_varint(rest));
    if (!rest.empty()) return corrupt_record("a number has bytes behind it");
    return value;
}

}  // namespace landfall::s3
