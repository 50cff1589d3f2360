#include "core/blocks/scrub.hpp"

#include <set>

namespace landfall::blocks {
namespace {

Result<bool> is_gone(BlockIo& blocks, PackNumber number) {
    const auto text = TRY(blocks.index().get(Family::pack, pack_key(number)));
    const auto record = text ? decode_pack_record(*text) : std::nullopt;
    return !record || record->state == PackState::deleting;
}

/// A medium that gives back some of the file: block by block, and what fails twice is bad.
Result<PackCheck> check_each(BlockIo& blocks, PackNumber number, const PackRecord& record, const Error& why) {
    const std::string name = text_of_uuid(record.uuid);
    PackCheck check;
    const auto listed = blocks.list_pack(record.uuid);
    if (!listed.ok()) {
        check.damage.push_back({name, ByteOffset{0}, {}, why.message()});
        return check;
    }
    std::vector<std::byte> plain;
    for (const FooterEntry& entry : listed->entries) {
        const BlockName block{record.domain, entry.type, entry.id};
        const Location at{number, entry.offset, entry.frame_length, entry.number};
        const auto now = TRY(blocks.locate(std::span{&entry.id, 1})).front();
        if (now != at) continue;
        plain.resize(entry.raw_length);
        Status read = blocks.get(block, plain);
        if (read.is(Errc::io)) read = blocks.get(block, plain);
        if (read.ok()) {
            ++check.blocks;
            continue;
        }
        check.damage.push_back({name, ByteOffset{entry.offset}, entry.id, read.error().message()});
        TRY(blocks.quarantine(entry.id, at));
    }
    return check;
}

}  // namespace

Result<PackCheck> check_pack(BlockIo& blocks, PackNumber number, const PackRecord& record) {
    auto walked = blocks.examine_pack(number, record, BlockIo::Depth::ids);
    if (walked.is(Errc::denied))
        return PackCheck{.found = PackCheck::Found::locked, .blocks = 0, .damage = {}};
    if (!walked.ok() && TRY(is_gone(blocks, number)))
        return PackCheck{.found = PackCheck::Found::gone, .blocks = 0, .damage = {}};
    if (walked.is(Errc::io)) return check_each(blocks, number, record, walked.error());
    if (!walked.ok() && !walked.is(Errc::corrupt) && !walked.is(Errc::not_found)) return walked.error();
    PackCheck check;
    if (!walked.ok()) {
        check.damage.push_back({text_of_uuid(record.uuid), ByteOffset{0}, {}, walked.error().message()});
        TRY(blocks.quarantine_absent(number, record, {}));
        return check;
    }
    check.blocks = walked->entries.size();
    check.damage = std::move(walked->damage);
    if (!check.damage.empty()) TRY(blocks.quarantine_absent(number, record, walked->entries));
    return check;
}

namespace {

/// Damage that still matters: of blocks that are in quarantine, here. What was healed since, or is named by
/// nothing any more, is only waiting for its pack to be collected.
Status keep_quarantined(BlockIo& blocks, PackNumber number, std::vector<Damage>& damage) {
    std::set<BlockId> held;
    const auto at = blocks.index().scan(Family::quarantine, "");
    for (; at->valid(); at->next()) {
        const auto id = parse_block_id(at->key());
        const auto place = decode_location(at->value());
        if (id && place && place->pack == number) held.insert(*id);
    }
    TRY(at->status());
    std::erase_if(
        damage, [&](const Damage& one) { return one.id.is_zero() ? held.empty() : !held.contains(one.id); });
    return {};
}

}  // namespace

Result<PackList> packs_behind(Index& index, PackNumber after, Bytes most) {
    PackList list;
    const auto at = index.scan(Family::pack, pack_key(after + 1));
    for (; at->valid() && (list.packs.empty() || list.bytes < most); at->next()) {
        const auto number = parse_pack_key(at->key());
        const auto record = decode_pack_record(at->value());
        if (!number || !record)
            return Error{Errc::corrupt, "the index holds a pack record that does not parse"};
        if (record->state == PackState::deleting) continue;
        list.packs.emplace_back(*number, *record);
        list.bytes += Bytes{record->length};
    }
    TRY(at->status());
    list.end = !at->valid();
    return list;
}

Result<ScrubReport> scrub_store(Store::Engine& engine, ScrubPosition after, Bytes most) {
    ScrubReport report{.last = after};
    const PackList list = TRY(packs_behind(engine.blocks().index(), after.pack, most));
    report.end = list.end;
    for (const auto& [number, record] : list.packs) {
        PackCheck check = TRY(check_pack(engine.blocks(), number, record));
        report.last = {number};
        if (check.found == PackCheck::Found::gone) continue;
        if (check.found == PackCheck::Found::locked) {
            ++report.packs_locked;
            continue;
        }
        ++report.packs;
        report.blocks += check.blocks;
        report.read += Bytes{record.length};
        if (!check.damage.empty()) TRY(keep_quarantined(engine.blocks(), number, check.damage));
        for (Damage& damage : check.damage) report.damage.push_back(std::move(damage));
    }
    return report;
}

}  // namespace landfall::blocks
