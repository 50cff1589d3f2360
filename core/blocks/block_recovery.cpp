// The parts of BlockIo that walk whole packs: recovery after a crash, rebuild, collection.
#include <algorithm>

#include "core/blocks/block_io.hpp"
#include "core/blocks/memo.hpp"

namespace landfall::blocks {
namespace {

/// A window over a pack, so that a walk reads MiBs and not frames.
class Window {
public:
    Window(const BlockIo::ReadPack& read, std::uint64_t size) : read_{read}, size_{size} {}

    /// The bytes at [at, at + length), or fewer at the pack's end.
    Result<ByteSpan> bytes(std::uint64_t at, std::size_t length) {
        length = static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ > at ? size_ - at : 0));
        if (at < begin_ || at + length > begin_ + held_) {
            buffer_.resize(std::max(kWindow, length));
            begin_ = at;
            held_ = 0;
            held_ = TRY(read_(ByteOffset{at}, buffer_)).count;
            length = std::min(length, static_cast<std::size_t>(held_));
        }
        return ByteSpan{buffer_}.subspan(at - begin_, length);
    }

private:
    static constexpr std::size_t kWindow = 1024 * 1024;
    const BlockIo::ReadPack& read_;
    const std::uint64_t size_;
    std::vector<std::byte> buffer_;
    std::uint64_t begin_ = 0;
    std::uint64_t held_ = 0;
};

struct WalkedFrame {
    FrameHeader header;
    ByteSpan frame;
};

/// The frame at an offset, if a whole one with an intact header is there.
Result<std::optional<WalkedFrame>> frame_at(Window& window, std::uint64_t at) {
    const ByteSpan head = TRY(window.bytes(at, FrameHeader::kSize));
    const auto header = decode_frame_header(head);
    if (!header) return std::optional<WalkedFrame>{};
    const ByteSpan frame = TRY(window.bytes(at, header->frame_length()));
    if (frame.size() != header->frame_length()) return std::optional<WalkedFrame>{};
    return std::optional{WalkedFrame{*header, frame}};
}

/// The next offset behind `at` where an intact frame header stands, or the end.
Result<std::uint64_t> next_header(Window& window, std::uint64_t at, std::uint64_t end) {
    for (++at; at + FrameHeader::kSize <= end; ++at) {
        const ByteSpan chunk = TRY(window.bytes(at, 64 * 1024));
        for (std::size_t i = 0; i + FrameHeader::kSize <= chunk.size(); ++i)
            if (chunk[i] == std::byte{'L'} && decode_frame_header(chunk.subspan(i))) return at + i;
        if (chunk.size() < FrameHeader::kSize) return end;
        at += chunk.size() - FrameHeader::kSize;
    }
    return end;
}

std::string_view check_frame(const PackHandle& pack, const WalkedFrame& found, const DomainKeys* keys,
                             CodecLoan& codec) {
    const MutableByteSpan payload = codec->payload_room(found.header.payload_length);
    if (found.header.type != pack.type) return "a frame of another type than its pack's";
    if (!pack.key.open(nonce_of(found.header.number), found.frame.first(kFrameAssociated),
                       found.frame.subspan(FrameHeader::kSize), payload))
        return "the block is damaged: its authentication tag does not match";
    if (keys == nullptr) return "";
    std::vector<std::byte> plain(found.header.raw_length);
    if (!codec->unpack(found.header.codec, payload, plain)) return "the block does not decompress";
    if (keys->id_of(found.header.type, plain) != found.header.id)
        return "the block's id is not that of its content";
    return "";
}

}  // namespace

Result<BlockIo::Walked> BlockIo::walk_pack(const std::string& name, const ReadPack& read, Bytes size,
                                           Depth depth) {
    Window window{read, size.count};
    const ByteSpan head = TRY(window.bytes(0, PackHeader::kSize));
    auto opened = open_header(head);
    if (!opened.ok()) return std::move(opened).error().in("pack " + name);
    const Domain* const domain = TRY(parts_.domains.get(opened->domain));
    const DomainKeys* const keys = depth == Depth::ids ? &domain->keys : nullptr;
    CodecLoan codec = codecs_.borrow();
    Walked walked{.entries = {}, .damage = {}, .end = PackHeader::kSize};
    const auto end_of_frames = [&]() -> Result<std::uint64_t> {
        if (size.count < PackHeader::kSize + FooterTrailer::kSize) return size.count;
        const ByteSpan tail = TRY(window.bytes(size.count - FooterTrailer::kSize, FooterTrailer::kSize));
        const auto trailer = decode_footer_trailer(tail, size.count);
        return trailer ? std::uint64_t{trailer->begin} : size.count;
    };
    const std::uint64_t end = TRY(end_of_frames());
    for (std::uint64_t at = PackHeader::kSize; at < end;) {
        const auto found = TRY(frame_at(window, at));
        if (!found) {
            walked.damage.push_back({name, ByteOffset{at}, {}, "no frame where one must be"});
            at = TRY(next_header(window, at, end));
            continue;
        }
        const std::string_view wrong = check_frame(*opened, *found, keys, codec);
        const auto length = static_cast<std::uint32_t>(found->frame.size());
        if (wrong.empty()) {
            walked.entries.push_back({found->header.id, static_cast<std::uint32_t>(at), length,
                                      found->header.number, found->header.raw_length, found->header.type});
            walked.end = at + length;
        } else {
            walked.damage.push_back({name, ByteOffset{at}, found->header.id, std::string{wrong}});
        }
        at += length;
    }
    return walked;
}

Result<BlockIo::Walked> BlockIo::list_pack(const PackUuid& uuid) {
    const std::string file = pack_file(uuid);
    const Bytes size = TRY(parts_.backend.stat(file));
    const ReadPack read = [&](ByteOffset at, MutableByteSpan to) { return parts_.backend.get(file, at, to); };
    if (size.count >= PackHeader::kSize + FooterTrailer::kSize) {
        std::array<std::byte, FooterTrailer::kSize> tail{};
        TRY(read(ByteOffset{size.count - tail.size()}, tail));
        if (const auto trailer = decode_footer_trailer(tail, size.count)) {
            std::vector<std::byte> footer(size.count - trailer->begin);
            TRY(read(ByteOffset{trailer->begin}, footer));
            auto entries = decode_footer(footer);
            if (entries.ok())
                return Walked{.entries = std::move(*entries), .damage = {}, .end = trailer->begin};
        }
    }
    Walked walked = TRY(walk_pack(text_of_uuid(uuid), read, size, Depth::authenticate));
    walked.damage.push_back({text_of_uuid(uuid), ByteOffset{walked.end}, {}, "the pack's footer is damaged"});
    return walked;
}

Result<PackNumber> BlockIo::number_for(const PackUuid& uuid) {
    for (auto at = parts_.index.scan(Family::pack, ""); at->valid(); at->next()) {
        const auto record = decode_pack_record(at->value());
        const auto number = parse_pack_key(at->key());
        if (record && number && record->uuid == uuid) return *number;
    }
    const std::lock_guard lock{mutex_};
    return next_number_++;
}

/// Indexes what was found in a pack, and records the pack as sealed. A block that is indexed elsewhere stays
/// there.
Status BlockIo::adopt_recovered(const std::string& path, const PackHeader& header, const Walked& walked) {
    const PackNumber number = TRY(number_for(header.uuid));
    PackRecord record{
        .uuid = header.uuid,
        .domain = header.domain,
        .type = header.type,
        .state = PackState::sealed,
        .frames = 0,
        .length = walked.end + walked.entries.size() * FooterEntry::kSize + FooterTrailer::kSize,
        .raw = 0};
    std::vector<FooterEntry> mine;
    for (const FooterEntry& entry : walked.entries) {
        // A rebuilt index may hold a pack whose lost frames left gaps in the numbers.
        record.frames = std::max(record.frames, entry.number + 1);
        record.raw += entry.raw_length;
        const auto at = TRY(indexed(entry.id));
        if (!at || at->pack == number) mine.push_back(entry);
    }
    IndexBatch batch;
    add_entries(batch, number, mine);
    batch.push_back({Family::pack, pack_key(number), encode(record)});
    batch.push_back({Family::meta, "next_pack", pack_key(number + 1)});
    {
        const std::lock_guard lock{mutex_};
        batch.back().value = pack_key(next_number_);
    }
    TRY(parts_.index.write(batch, Durability::synced));
    if (path.empty()) return {};
    return parts_.backend.adopt(pack_file(header.uuid), path);
}

// A pack's header is durable before its first frame is: without one nothing in here was promised to anyone.
// Unless the index knows of frames: then it is damage, and the file is kept for whoever investigates.
Status BlockIo::drop_headless(const std::string& file) {
    const std::string path = parts_.open_directory + "/" + file;
    for (auto at = parts_.index.scan(Family::pack, ""); at->valid(); at->next()) {
        const auto record = decode_pack_record(at->value());
        if (record && pack_file(record->uuid) == file && record->frames > 0)
            return parts_.disk.rename(path, path + ".damaged");
    }
    return parts_.disk.unlink(path);
}

Status BlockIo::recover_open_pack(const std::string& file) {
    const std::string path = parts_.open_directory + "/" + file;
    if (parts_.backend.stat(file).ok()) return parts_.disk.unlink(path);
    const auto pack = TRY(parts_.disk.open(path, OpenMode::read_write));
    const Bytes size = TRY(pack->size());
    std::array<std::byte, PackHeader::kSize> head{};
    const Bytes got = TRY(pack->read_at(ByteOffset{0}, head));
    const auto header = decode_pack_header(ByteSpan{head}.first(got.count));
    if (!header.ok()) return drop_headless(file);
    const ReadPack read = [&](ByteOffset at, MutableByteSpan to) { return pack->read_at(at, to); };
    const std::string name = text_of_uuid(header->uuid);
    const Walked walked = TRY(walk_pack(name, read, size, Depth::authenticate));
    if (walked.entries.empty()) {
        const PackNumber number = TRY(number_for(header->uuid));
        TRY(parts_.index.write({{Family::pack, pack_key(number), std::nullopt}}, Durability::synced));
        return parts_.disk.unlink(path);
    }
    TRY(pack->truncate(Bytes{walked.end}));
    TRY(pack->write_at(ByteOffset{walked.end},
                       encode_footer(walked.entries, static_cast<std::uint32_t>(walked.end))));
    TRY(pack->sync());
    return adopt_recovered(path, *header, walked);
}

Result<BlockIo::Walked> BlockIo::index_sealed_pack(const PackUuid& uuid) {
    std::array<std::byte, PackHeader::kSize> head{};
    TRY(parts_.backend.get(pack_file(uuid), ByteOffset{0}, head));
    const PackHeader header = TRY(decode_pack_header(head));
    Walked walked = TRY(list_pack(uuid));
    TRY(adopt_recovered("", header, walked));
    return walked;
}

Result<BlockIo::Walked> BlockIo::examine_pack(PackNumber number, const PackRecord& record,
                                              std::optional<Depth> frames) {
    const std::string name = text_of_uuid(record.uuid);
    if (const OpenPackPtr open = find_open(number)) {
        const ReadPack read = [&](ByteOffset at, MutableByteSpan to) -> Result<Bytes> {
            const std::uint64_t length = open->record().length;
            const auto n = static_cast<std::size_t>(
                std::min<std::uint64_t>(to.size(), length > at.value ? length - at.value : 0));
            TRY(open->read(static_cast<std::uint32_t>(at.value), to.first(n)));
            return Bytes{n};
        };
        return walk_pack(name, read, Bytes{open->record().length}, frames.value_or(Depth::authenticate));
    }
    const std::string file = pack_file(record.uuid);
    const Bytes size = TRY(parts_.backend.stat(file));
    const ReadPack read = [&](ByteOffset at, MutableByteSpan to) { return parts_.backend.get(file, at, to); };
    std::array<std::byte, PackHeader::kSize> head{};
    TRY(read(ByteOffset{0}, head));
    auto opened = open_header(head);
    if (!opened.ok()) return std::move(opened).error();
    if (opened->uuid != record.uuid) return Error{Errc::corrupt, "the file holds another pack"};
    Walked listed = TRY(list_pack(record.uuid));
    if (size.count != record.length)
        listed.damage.push_back(
            {name, ByteOffset{size.count}, {}, "the pack has not the length that it had"});
    if (!frames || !listed.damage.empty()) return listed;
    Walked walked = TRY(walk_pack(name, read, size, *frames));
    // A crash leaves torn frames between whole ones, which nobody was told of: recovery lists the whole ones.
    std::erase_if(walked.damage, [&listed](const Damage& damage) {
        return std::none_of(
            listed.entries.begin(), listed.entries.end(),
            [&damage](const FooterEntry& entry) { return entry.offset == damage.offset.value; });
    });
    if (walked.damage.empty() && walked.entries.size() != listed.entries.size())
        walked.damage.push_back(
            {name, ByteOffset{walked.end}, {}, "the footer lists other frames than there are"});
    return walked;
}

/// The ids that the index places in a pack: by its footer, or where that is lost, by a walk of the whole
/// index.
Result<std::vector<BlockId>> BlockIo::ids_in(PackNumber number, const PackRecord& record) {
    std::vector<BlockId> ids;
    const auto listed =
        find_open(number) ? Result<Walked>{Error{Errc::not_found, ""}} : list_pack(record.uuid);
    if (listed.ok() && listed->damage.empty()) {
        for (const FooterEntry& entry : listed->entries) ids.push_back(entry.id);
        return ids;
    }
    const auto at = parts_.index.scan(Family::block, "");
    for (; at->valid(); at->next()) {
        const auto location = decode_location(at->value());
        const auto id = parse_block_id(at->key());
        if (location && id && location->pack == number) ids.push_back(*id);
    }
    TRY(at->status());
    return ids;
}

Status BlockIo::quarantine_absent(PackNumber number, const PackRecord& record,
                                  const std::vector<FooterEntry>& good) {
    std::set<std::uint32_t> good_offsets;
    for (const FooterEntry& entry : good) good_offsets.insert(entry.offset);
    for (const BlockId& id : TRY(ids_in(number, record))) {
        const auto at = TRY(indexed(id));
        if (at && at->pack == number && !good_offsets.contains(at->offset)) TRY(quarantine(id, *at));
    }
    return {};
}

Status BlockIo::move_block(std::uint64_t lease, const BlockName& name, const Location& from) {
    if (pending_.begin(name.id)) return {};
    PendingClaim claim{pending_, name.id};
    if (TRY(indexed(name.id)) != from) return {};
    const Domain* const domain = TRY(parts_.domains.get(name.domain));
    std::vector<std::byte> plain(kBlockMax);
    CodecLoan codec = codecs_.borrow();
    plain.resize(TRY(decode_at(name, from, codec, plain)));
    const auto packed = TRY(codec->pack(plain));
    const FrameHeader header{.type = name.type,
                             .codec = packed.codec,
                             .raw_length = static_cast<std::uint32_t>(plain.size()),
                             .id = name.id};
    claim.resolve(TRY(append(lease, *domain, header, packed.payload)));
    return {};
}

Status BlockIo::delete_pack(PackNumber number, const std::function<bool(const Location&)>& is_live) {
    const auto text = TRY(parts_.index.get(Family::pack, pack_key(number)));
    auto record = text ? decode_pack_record(*text) : std::nullopt;
    if (!record) return {};
    auto walked = list_pack(record->uuid);
    {
        const std::lock_guard turn{index_turn_};
        IndexBatch batch;
        const std::vector<FooterEntry> entries = walked.ok() ? walked->entries : std::vector<FooterEntry>{};
        for (const FooterEntry& entry : entries) {
            const auto at = TRY(indexed(entry.id));
            if (!at || at->pack != number) continue;
            if (is_live(*at))
                return Error{Errc::precondition, "pack " + text_of_uuid(record->uuid) +
                                                     " still holds block " + short_text(entry.id)};
            batch.push_back({Family::block, std::string{view_of(entry.id)}, std::nullopt});
            if (record->type == BlockType::node)
                batch.push_back({Family::memo, std::string{view_of(entry.id)}, std::nullopt});
        }
        for (auto it = parts_.index.scan(Family::quarantine, ""); it->valid(); it->next()) {
            const auto at = decode_location(it->value());
            const auto id = parse_block_id(it->key());
            if (!at || !id || at->pack != number) continue;
            if (is_live(*at))
                return Error{Errc::precondition, "pack " + text_of_uuid(record->uuid) +
                                                     " holds the quarantined block " + short_text(*id)};
            forget_quarantine(batch, *id);
        }
        record->state = PackState::deleting;
        batch.push_back({Family::pack, pack_key(number), encode(*record)});
        TRY(parts_.index.write(batch, Durability::synced));
    }
    TRY(parts_.backend.remove(pack_file(record->uuid)));
    {
        const std::lock_guard lock{mutex_};
        handles_.erase(number);
    }
    return parts_.index.write({{Family::pack, pack_key(number), std::nullopt}, no_disturbance(number)},
                              Durability::lazy);
}

// The record of a pack that never got its first durable frame may outlive the name of its file.
Status BlockIo::forget_lost_open_packs() {
    IndexBatch batch;
    auto at = parts_.index.scan(Family::pack, "");
    for (; at->valid(); at->next()) {
        const auto record = decode_pack_record(at->value());
        if (!record || record->state != PackState::open || record->frames > 0) continue;
        if (parts_.disk.stat(parts_.open_directory + "/" + pack_file(record->uuid)).is(Errc::not_found))
            batch.push_back({Family::pack, std::string{at->key()}, std::nullopt});
    }
    TRY(at->status());
    return batch.empty() ? Status{} : parts_.index.write(batch, Durability::lazy);
}

Status BlockIo::finish_deletes() {
    std::vector<std::pair<PackNumber, PackUuid>> left;
    for (auto at = parts_.index.scan(Family::pack, ""); at->valid(); at->next()) {
        const auto record = decode_pack_record(at->value());
        const auto number = parse_pack_key(at->key());
        if (record && number && record->state == PackState::deleting)
            left.emplace_back(*number, record->uuid);
    }
    for (const auto& [number, uuid] : left) {
        TRY(parts_.backend.remove(pack_file(uuid)));
        TRY(parts_.index.write({{Family::pack, pack_key(number), std::nullopt}, no_disturbance(number)},
                               Durability::lazy));
    }
    return {};
}

}  // namespace landfall::blocks
