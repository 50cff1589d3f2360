#include "services/sqs/model_handle.hpp"

#include <array>

#include "base/bytes.hpp"
#include "base/encoding.hpp"
#include "base/hash.hpp"

namespace landfall::sqs {
namespace {

constexpr std::size_t kChecked = 26;
constexpr std::size_t kSize = kChecked + 4;
constexpr std::byte kVersion{1};

std::uint32_t check_of(ByteSpan bytes) { return load_le<std::uint32_t>(sha256(bytes).span()); }

}  // namespace

std::string handle_of(const messages::Receipt& receipt) {
    std::array<std::byte, kSize> bytes{};
    bytes[0] = kVersion;
    store_le(bytes, 2, receipt.queue.value);
    store_le(bytes, 10, receipt.sequence.value);
    store_le(bytes, 18, receipt.lease);
    store_le(bytes, kChecked, check_of(ByteSpan{bytes}.first(kChecked)));
    return base64_encode(bytes);
}

std::optional<messages::Receipt> parse_handle(std::string_view handle) {
    if (handle.size() != (kSize + 2) / 3 * 4) return std::nullopt;
    const auto bytes = base64_decode(handle);
    if (!bytes.ok() || bytes->size() != kSize || bytes->front() != kVersion) return std::nullopt;
    const ByteSpan all{*bytes};
    if (load_le<std::uint32_t>(all, kChecked) != check_of(all.first(kChecked))) return std::nullopt;
    return messages::Receipt{.queue = {load_le<std::uint64_t>(all, 2)},
                             .sequence = {load_le<std::uint64_t>(all, 10)},
                             .lease = load_le<std::uint64_t>(all, 18)};
}

}  // namespace landfall::sqs
