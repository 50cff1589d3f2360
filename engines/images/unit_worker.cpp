#include "engines/images/unit_worker.hpp"

#include <algorithm>
#include <cstring>

namespace landfall::images {

/// The guest bytes of the unit, [begin, end), cut at the disk's end; blocks counts the last one whole.
struct UnitWorker::Span {
    std::uint64_t begin;
    std::uint64_t end;
    std::size_t blocks;
};

namespace {

constexpr std::size_t kBlock = kBlockSize.count;

bool all_zero(ByteSpan bytes) {
    // Comparing a run with itself moved by 16 uses the C library's widest loads.
    constexpr std::array<std::byte, 16> kZeros{};
    return std::memcmp(bytes.data(), kZeros.data(), 16) == 0 &&
           std::memcmp(bytes.data(), bytes.data() + 16, bytes.size() - 16) == 0;
}

/// The part of [at, at + size) that a run holds, if it holds the byte at `at`.
ByteSpan held_from(const Resident::Run& run, std::uint64_t at, std::size_t size) {
    if (at < run.begin || at - run.begin >= run.bytes.size()) return {};
    const std::size_t from = static_cast<std::size_t>(at - run.begin);
    return run.bytes.subspan(from, std::min(size, run.bytes.size() - from));
}

ByteSpan held_whole(const Resident& resident, std::uint16_t source, std::uint64_t at, std::size_t size) {
    if (resident.source != source) return {};
    for (const Resident::Run& run : resident.runs) {
        const ByteSpan held = held_from(run, at, size);
        if (held.size() == size) return held;
    }
    return {};
}

}  // namespace

Status UnitWorker::work(DiskPart part, const Plan& plan, const Unit& unit, const Resident& resident) {
    const std::uint64_t begin = part.begin.value + unit.number * image_.unit().count;
    const std::uint64_t end = std::min(begin + image_.unit().count, image_.virtual_size().count);
    const Span span{begin, end, static_cast<std::size_t>((end - begin + kBlock - 1) / kBlock)};

    const Extent& first = plan.extents[unit.first_extent];
    const bool whole = first.kind == ExtentKind::plain && first.guest.value <= begin &&
                       first.guest.value + first.length.count >= end && (end - begin) % kBlock == 0;
    if (whole) {
        const ByteSpan held = held_whole(resident, first.source, first.at.value + (begin - first.guest.value),
                                         static_cast<std::size_t>(end - begin));
        const bool aligned = reinterpret_cast<std::uintptr_t>(held.data()) % PageBuffer::kPage == 0;
        if (!held.empty() && aligned) {
            touched_ = ~std::uint32_t{0};
            zlib_.fill({});
            return emit(span, held);
        }
    }
    TRY(fill(plan, unit, span, resident));
    return emit(span, buffer_.bytes().first(span.blocks * kBlock));
}

/// Fills every block that an extent with bytes touches; the others are left as they are and never emitted.
Status UnitWorker::fill(const Plan& plan, const Unit& unit, const Span& span, const Resident& resident) {
    touched_ = 0;
    zlib_.fill({});
    const auto overlapping = [&](auto&& each) -> Status {
        for (std::size_t i = unit.first_extent; i < plan.extents.size(); ++i) {
            const Extent& e = plan.extents[i];
            if (e.guest.value >= span.end) break;
            const std::uint64_t from = std::max(e.guest.value, span.begin) - span.begin;
            const std::uint64_t to = std::min(e.guest.value + e.length.count, span.end) - span.begin;
            TRY(each(e, static_cast<std::size_t>(from), static_cast<std::size_t>(to)));
        }
        return {};
    };
    TRY(overlapping([&](const Extent& e, std::size_t from, std::size_t to) -> Status {
        if (!e.has_bytes()) return {};
        for (std::size_t b = from / kBlock; b * kBlock < to; ++b) touched_ |= 1u << b;
        return {};
    }));
    const MutableByteSpan out = buffer_.bytes();
    const auto clear_touched = [&](std::size_t from, std::size_t to) {
        for (std::size_t b = from / kBlock; b * kBlock < to; ++b) {
            if ((touched_ >> b & 1u) == 0) continue;
            const std::size_t lo = std::max(from, b * kBlock);
            std::memset(out.data() + lo, 0, std::min(to, (b + 1) * kBlock) - lo);
        }
    };
    TRY(overlapping([&](const Extent& e, std::size_t from, std::size_t to) -> Status {
        if (e.has_bytes()) return add_extent(e, span, resident);
        clear_touched(from, to);
        return {};
    }));
    clear_touched(static_cast<std::size_t>(span.end - span.begin), span.blocks * kBlock);
    return {};
}

Status UnitWorker::add_extent(const Extent& extent, const Span& span, const Resident& resident) {
    const std::uint64_t from = std::max(extent.guest.value, span.begin);
    const std::uint64_t to = std::min(extent.guest.value + extent.length.count, span.end);
    const MutableByteSpan out = buffer_.bytes().subspan(static_cast<std::size_t>(from - span.begin));
    if (extent.kind == ExtentKind::plain) {
        return fetch(extent.source, extent.at.value + (from - extent.guest.value),
                     out.first(static_cast<std::size_t>(to - from)), resident);
    }
    CHECK(from == extent.guest.value && extent.decoded <= out.size());
    const ByteSpan stored = TRY(stored_bytes(extent, resident));
    const ByteSpan zlib =
        TRY(decoder_.decode(*image_.sources()[extent.source], extent, stored, out.first(extent.decoded)));
    // What was read singly is gone with the next extent.
    const bool stays = stored.data() != scratch_.data();
    if (extent.decoded == kBlock && (from - span.begin) % kBlock == 0 && stays)
        zlib_[(from - span.begin) / kBlock] = zlib;
    return {};
}

Result<ByteSpan> UnitWorker::stored_bytes(const Extent& extent, const Resident& resident) {
    const std::size_t size = static_cast<std::size_t>(extent.stored.count);
    const ByteSpan held = held_whole(resident, extent.source, extent.at.value, size);
    if (!held.empty()) return held;
    if (scratch_.size() < size) scratch_.resize(size);
    const MutableByteSpan out = MutableByteSpan{scratch_}.first(size);
    TRY(fetch(extent.source, extent.at.value, out, resident));
    return ByteSpan{out};
}

Status UnitWorker::fetch(std::uint16_t source, std::uint64_t at, MutableByteSpan out,
                         const Resident& resident) {
    while (!out.empty()) {
        ByteSpan held;
        for (const Resident::Run& run : resident.runs) {
            if (resident.source == source && held.empty()) held = held_from(run, at, out.size());
        }
        if (held.empty()) {
            tally_.read_again += out.size();
            return read_exactly(*image_.sources()[source], ByteOffset{at}, out, "the bytes of a cluster");
        }
        std::memcpy(out.data(), held.data(), held.size());
        out = out.subspan(held.size());
        at += held.size();
    }
    return {};
}

Status UnitWorker::emit(const Span& span, ByteSpan bytes) {
    const std::uint64_t first_block = span.begin / kBlock;
    std::array<ZlibBlock, kUnitBlocksMax> compressed;
    std::size_t compressed_count = 0;
    std::size_t run = 0;  // blocks of the run that ends before b
    for (std::size_t b = 0; b <= span.blocks; ++b) {
        const bool touched = b < span.blocks && (touched_ >> b & 1u) != 0;
        const bool put = touched && !all_zero(bytes.subspan(b * kBlock, kBlock));
        if (touched && !put) ++tally_.blocks_zero;
        if (put) ++tally_.blocks_put;
        if (put && zlib_[b].empty()) {
            ++run;
            continue;
        }
        if (put) {
            const ByteSpan plain = bytes.subspan(b * kBlock, kBlock);
            compressed[compressed_count++] = {BlockIndex{first_block + b}, plain, zlib_[b]};
        }
        if (run == 0) continue;
        const std::size_t start = b - run;
        TRY(sink_.put(BlockIndex{first_block + start}, bytes.subspan(start * kBlock, run * kBlock)));
        run = 0;
    }
    if (compressed_count == 0) return {};
    return sink_.put_zlib(std::span{compressed}.first(compressed_count));
}

}  // namespace landfall::images
