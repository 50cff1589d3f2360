#include "core/blocks/records.hpp"

#include <algorithm>

namespace landfall::blocks {
namespace {

MutableByteSpan bytes_in(std::string& text) { return std::as_writable_bytes(std::span{text}); }

}  // namespace

std::string encode(const Location& location) {
    std::string out(16, '\0');
    store_le<std::uint32_t>(bytes_in(out), 0, location.pack);
    store_le<std::uint32_t>(bytes_in(out), 4, location.offset);
    store_le<std::uint32_t>(bytes_in(out), 8, location.frame_length);
    store_le<std::uint32_t>(bytes_in(out), 12, location.number);
    return out;
}

std::optional<Location> decode_location(std::string_view text) {
    if (text.size() != 16) return std::nullopt;
    const ByteSpan in = bytes_of(text);
    const Location location{load_le<std::uint32_t>(in, 0), load_le<std::uint32_t>(in, 4),
                            load_le<std::uint32_t>(in, 8), load_le<std::uint32_t>(in, 12)};
    if (location.frame_length <= FrameHeader::kOverhead ||
        location.frame_length > FrameHeader::kOverhead + kBlockMax)
        return std::nullopt;
    return location;
}

std::string encode(const PackRecord& record) {
    std::string out(44, '\0');
    std::copy(record.uuid.begin(), record.uuid.end(), bytes_in(out).begin());
    store_le<std::uint32_t>(bytes_in(out), 16, record.domain.value);
    out[20] = static_cast<char>(record.type);
    out[21] = static_cast<char>(record.state);
    store_le<std::uint32_t>(bytes_in(out), 24, record.frames);
    store_le<std::uint64_t>(bytes_in(out), 28, record.length);
    store_le<std::uint64_t>(bytes_in(out), 36, record.raw);
    return out;
}

std::optional<PackRecord> decode_pack_record(std::string_view text) {
    if (text.size() != 44) return std::nullopt;
    const ByteSpan in = bytes_of(text);
    const auto type = std::to_integer<unsigned>(in[20]);
    const auto state = std::to_integer<unsigned>(in[21]);
    if (type < 1 || type > 2 || state < 1 || state > 3) return std::nullopt;
    PackRecord record{.uuid = {},
                      .domain = DomainNumber{load_le<std::uint32_t>(in, 16)},
                      .type = static_cast<BlockType>(type),
                      .state = static_cast<PackState>(state),
                      .frames = load_le<std::uint32_t>(in, 24),
                      .length = load_le<std::uint64_t>(in, 28),
                      .raw = load_le<std::uint64_t>(in, 36)};
    std::copy_n(in.begin(), record.uuid.size(), record.uuid.begin());
    return record;
}

std::string pack_key(PackNumber number) {
    std::string out(4, '\0');
    store_be<std::uint32_t>(bytes_in(out), 0, number);
    return out;
}

std::optional<PackNumber> parse_pack_key(std::string_view key) {
    if (key.size() != 4) return std::nullopt;
    return load_be<std::uint32_t>(bytes_of(key));
}

std::string pack_file(const PackUuid& uuid) { return text_of_uuid(uuid) + ".pack"; }

std::string ref_key(const RefKey& key) { return key.kind + '\0' + key.name; }

std::optional<RefKey> parse_ref_key(std::string_view key) {
    const std::size_t nul = key.find('\0');
    if (nul == std::string_view::npos) return std::nullopt;
    return RefKey{std::string{key.substr(0, nul)}, std::string{key.substr(nul + 1)}};
}

std::string encode(const RefRecord& record) {
    std::string out(8, '\0');
    store_le<std::uint64_t>(bytes_in(out), 0, record.version);
    const auto root = encode(record.root);
    out.append(text_of(root));
    return out;
}

std::optional<RefRecord> decode_ref_record(std::string_view text) {
    if (text.size() != 56) return std::nullopt;
    const auto root = decode_tree_root(bytes_of(text.substr(8)));
    if (!root) return std::nullopt;
    return RefRecord{.version = load_le<std::uint64_t>(bytes_of(text)), .root = *root};
}

std::optional<BlockId> parse_block_id(std::string_view key) {
    BlockId id;
    if (key.size() != id.bytes.size()) return std::nullopt;
    const ByteSpan in = bytes_of(key);
    std::copy(in.begin(), in.end(), id.bytes.begin());
    return id;
}

}  // namespace landfall::blocks
