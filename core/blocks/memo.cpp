#include "core/blocks/memo.hpp"

#include <algorithm>
#include <limits>

namespace landfall::blocks {
namespace {

constexpr std::string_view kGeneration = "memo_generation";
constexpr std::size_t kHead = 8;
constexpr std::size_t kRange = 12;

std::string text_of_number(std::uint64_t number) {
    std::string out(8, '\0');
    store_le<std::uint64_t>(std::as_writable_bytes(std::span{out}), 0, number);
    return out;
}

std::uint64_t end_of(const FrameRange& range) { return std::uint64_t{range.first} + range.count; }

}  // namespace

void coalesce(FrameRanges& ranges) {
    std::sort(ranges.begin(), ranges.end());
    std::size_t kept = 0;
    for (const FrameRange& range : ranges) {
        FrameRange* const last = kept == 0 ? nullptr : &ranges[kept - 1];
        if (last == nullptr || last->pack != range.pack || end_of(*last) < range.first)
            ranges[kept++] = range;
        else
            last->count = static_cast<std::uint32_t>(std::max(end_of(*last), end_of(range)) - last->first);
    }
    ranges.resize(kept);
}

std::string encode(const Memo& memo) {
    std::string out(kHead + memo.frames.size() * kRange, '\0');
    const MutableByteSpan to = std::as_writable_bytes(std::span{out});
    store_le<std::uint64_t>(to, 0, memo.generation);
    std::size_t at = kHead;
    for (const FrameRange& range : memo.frames) {
        store_le<std::uint32_t>(to, at, range.pack);
        store_le<std::uint32_t>(to, at + 4, range.first);
        store_le<std::uint32_t>(to, at + 8, range.count);
        at += kRange;
    }
    return out;
}

std::optional<Memo> decode_memo(std::string_view text) {
    if (text.size() <= kHead || (text.size() - kHead) % kRange != 0) return std::nullopt;
    const ByteSpan in = bytes_of(text);
    Memo memo{.generation = load_le<std::uint64_t>(in, 0), .frames = {}};
    memo.frames.reserve((text.size() - kHead) / kRange);
    for (std::size_t at = kHead; at < text.size(); at += kRange) {
        const FrameRange range{load_le<std::uint32_t>(in, at), load_le<std::uint32_t>(in, at + 4),
                               load_le<std::uint32_t>(in, at + 8)};
        if (range.count == 0 || end_of(range) > std::numeric_limits<std::uint32_t>::max())
            return std::nullopt;
        memo.frames.push_back(range);
    }
    return memo;
}

std::optional<std::uint64_t> parse_generation(std::string_view text) {
    if (text.size() != 8) return std::nullopt;
    return load_le<std::uint64_t>(bytes_of(text));
}

Result<std::uint64_t> memo_generation(Index& index) {
    const auto text = TRY(index.get(Family::meta, kGeneration));
    if (!text) return std::uint64_t{0};
    const auto generation = parse_generation(*text);
    if (!generation) return Error{Errc::corrupt, "the index holds no count of its collections; rebuild it"};
    return *generation;
}

IndexChange generation_change(std::uint64_t generation) {
    return {Family::meta, std::string{kGeneration}, text_of_number(generation)};
}

IndexChange disturbance(PackNumber pack, std::uint64_t generation) {
    return {Family::meta, std::string{kDisturbed} + pack_key(pack), text_of_number(generation)};
}

IndexChange no_disturbance(PackNumber pack) {
    return {Family::meta, std::string{kDisturbed} + pack_key(pack), std::nullopt};
}

std::optional<PackNumber> parse_disturbed(std::string_view key) {
    if (!key.starts_with(kDisturbed)) return std::nullopt;
    return parse_pack_key(key.substr(kDisturbed.size()));
}

}  // namespace landfall::blocks
