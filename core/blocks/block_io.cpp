#include "core/blocks/block_io.hpp"

#include <algorithm>

#include "core/blocks/memo.hpp"

namespace landfall::blocks {
namespace {

constexpr std::size_t kHandlesMax = 4096;
constexpr std::string_view kNextPack = "next_pack";

bool all_zero(ByteSpan bytes) {
    return bytes.empty() ||
           (bytes[0] == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace

BlockIo::BlockIo(Parts parts) : parts_{std::move(parts)}, codecs_{parts_.zstd_level} {}

Status BlockIo::load() {
    for (auto at = parts_.index.scan(Family::pack, ""); at->valid(); at->next())
        if (const auto number = parse_pack_key(at->key())) next_number_ = std::max(next_number_, *number + 1);
    if (const auto next = TRY(parts_.index.get(Family::meta, kNextPack)))
        if (const auto number = parse_pack_key(*next)) next_number_ = std::max(next_number_, *number);
    const auto at = parts_.index.scan(Family::quarantine, "");
    for (; at->valid(); at->next())
        if (const auto id = parse_block_id(at->key())) quarantined_.insert(*id);
    return at->status();
}

Result<std::optional<Location>> BlockIo::indexed(const BlockId& id) {
    const auto found = TRY(parts_.index.get(Family::block, view_of(id)));
    if (!found) return std::optional<Location>{};
    const auto location = decode_location(*found);
    if (!location) return Error{Errc::corrupt, "the index holds no place for block " + short_text(id)};
    return location;
}

Result<BlockId> BlockIo::put(std::uint64_t lease, const Domain& domain, BlockType type,
                             const NewBlock& block) {
    if (all_zero(block.plain)) return BlockId{};
    const BlockId id = domain.keys.id_of(type, block.plain);
    TRY(store(lease, domain, type, id, block));
    return id;
}

Result<TwoIds> BlockIo::put_two(std::uint64_t lease, const Domain& domain, BlockType type,
                                const NewBlock& first, const NewBlock& second) {
    if (all_zero(first.plain) || all_zero(second.plain)) {
        const BlockId one = TRY(put(lease, domain, type, first));
        const BlockId two = TRY(put(lease, domain, type, second));
        return TwoIds{one, two};
    }
    const TwoIds ids = domain.keys.ids_of(type, first.plain, second.plain);
    TRY(store(lease, domain, type, ids.first, first));
    TRY(store(lease, domain, type, ids.second, second));
    return ids;
}

/// Unless it is stored already.
Status BlockIo::store(std::uint64_t lease, const Domain& domain, BlockType type, const BlockId& id,
                      const NewBlock& block) {
    CHECK(block.plain.size() <= kBlockMax);
    while (const auto at = pending_.begin(id)) {
        if (parts_.leases.claim(lease, at->pack)) return {};
        // Its pack failed, after it was written and before it was noted here: there is no such block.
        pending_.settled(id, *at);
    }
    PendingClaim claim{pending_, id};
    if (const auto at = TRY(indexed(id)))
        if (parts_.leases.claim(lease, at->pack)) return {};
    CodecLoan codec = codecs_.borrow();
    auto packed = block.zlib.empty() ? codec->pack(block.plain) : codec->pack_zlib(block.plain, block.zlib);
    if (!packed.ok()) return std::move(packed).error().in("block " + short_text(id));
    const FrameHeader header{.type = type,
                             .codec = packed->codec,
                             .raw_length = static_cast<std::uint32_t>(block.plain.size()),
                             .id = id};
    claim.resolve(TRY(append(lease, domain, header, packed->payload)));
    return {};
}

BlockIo::Lane& BlockIo::lane(DomainNumber domain, BlockType type) {
    const std::lock_guard lock{mutex_};
    auto& found = lanes_[{domain, type}];
    if (!found) found = std::make_unique<Lane>();
    return *found;
}

Result<Location> BlockIo::append(std::uint64_t lease, const Domain& domain, FrameHeader header,
                                 ByteSpan payload) {
    Lane& mine = lane(domain.number, header.type);
    while (true) {
        const OpenPackPtr pack = TRY(lane_pack(mine, domain, header.type));
        // Claimed before anything is in it: a pack that fails fails this lease too.
        if (parts_.leases.claim(lease, pack->number())) {
            auto at = pack->append(header, payload);
            if (!at.ok()) {
                retire(pack, at.error());
                return std::move(at).error();
            }
            if (*at) return **at;
        }
        TRY(rotate(mine, pack, domain, header.type));
    }
}

Result<BlockIo::OpenPackPtr> BlockIo::lane_pack(Lane& lane, const Domain& domain, BlockType type) {
    {
        std::unique_lock lock{lane.mutex};
        lane.rotated.wait(lock, [&] { return !lane.rotating; });
        if (lane.current) return lane.current;
    }
    TRY(rotate(lane, nullptr, domain, type));
    const std::lock_guard lock{lane.mutex};
    if (lane.current) return lane.current;
    return Error{Errc::unavailable, "the open pack was given up; try again"};
}

// One thread replaces a full pack and then seals it, while the others go on with the new one.
Status BlockIo::rotate(Lane& lane, const OpenPackPtr& full, const Domain& domain, BlockType type) {
    {
        std::unique_lock lock{lane.mutex};
        lane.rotated.wait(lock, [&] { return !lane.rotating; });
        if (lane.current != full) return {};
        lane.rotating = true;
    }
    auto fresh = create_pack(domain, type);
    {
        const std::lock_guard lock{lane.mutex};
        lane.rotating = false;
        lane.current = fresh.ok() ? *fresh : nullptr;
        lane.rotated.notify_all();
    }
    if (full != nullptr) seal(full);
    if (!fresh.ok()) return std::move(fresh).error();
    return {};
}

Status BlockIo::check_space() {
    const SpaceStat space = TRY(parts_.disk.space(parts_.open_directory));
    if (space.available >= parts_.free_min + parts_.pack_size) return {};
    return Error{Errc::exhausted, "the disk is nearly full: " + std::to_string(space.available.count >> 20U) +
                                      " MiB left; deleting roots and collecting garbage makes room"};
}

Result<BlockIo::OpenPackPtr> BlockIo::create_pack(const Domain& domain, BlockType type) {
    TRY(check_space());
    PackHeader header{.uuid = {}, .domain = domain.number, .type = type};
    parts_.random.fill(header.uuid);
    const SecretBytes key = random_key(parts_.random);
    const auto wrapped = wrap_key(domain.keys.pack_wrap, parts_.random, key, wrap_context(header));
    std::copy(wrapped.begin(), wrapped.end(), header.wrapped_key.begin());
    PackNumber number = 0;
    {
        const std::lock_guard lock{mutex_};
        number = next_number_++;
    }
    const std::string path = parts_.open_directory + "/" + pack_file(header.uuid);
    const OpenPackPtr pack =
        TRY(OpenPack::create(parts_.disk, {header, number, path}, Aead{key}, parts_.pack_size));
    // Lazy, and still early enough: an entry that points into this pack is written behind this record.
    TRY(parts_.index.write({{Family::pack, pack_key(number), encode(pack->record())},
                            {Family::meta, std::string{kNextPack}, pack_key(number + 1)}},
                           Durability::lazy));
    const std::lock_guard lock{mutex_};
    open_[number] = pack;
    return pack;
}

void BlockIo::add_entries(IndexBatch& batch, PackNumber number, const std::vector<FooterEntry>& entries) {
    for (const FooterEntry& entry : entries) {
        const Location at{number, entry.offset, entry.frame_length, entry.number};
        batch.push_back({Family::block, std::string{view_of(entry.id)}, encode(at)});
        forget_quarantine(batch, entry.id);
    }
}

void BlockIo::forget_quarantine(IndexBatch& batch, const BlockId& id) {
    const std::lock_guard lock{mutex_};
    if (quarantined_.erase(id) != 0)
        batch.push_back({Family::quarantine, std::string{view_of(id)}, std::nullopt});
}

Status BlockIo::record_entries(const OpenPack& pack, const std::vector<FooterEntry>& entries) {
    IndexBatch batch;
    batch.reserve(entries.size() + 1);
    add_entries(batch, pack.number(), entries);
    batch.push_back({Family::pack, pack_key(pack.number()), encode(pack.record())});
    const std::lock_guard turn{index_turn_};
    return parts_.index.write(batch, Durability::lazy);
}

Status BlockIo::settle_pack(const OpenPackPtr& pack) {
    const std::lock_guard turn{pack->turn()};
    if (is_retired(pack->number())) return {};
    auto entries = pack->sync();
    if (!entries.ok()) {
        // The leases that wrote here fail by themselves; nobody else has lost anything.
        retire(pack, entries.error());
        return {};
    }
    if (entries->empty()) return {};
    Status recorded = record_entries(*pack, *entries);
    if (!recorded.ok()) {
        pack->put_back(std::move(*entries));
        return recorded;
    }
    for (const FooterEntry& entry : *entries)
        pending_.settled(entry.id, Location{pack->number(), entry.offset, entry.frame_length, entry.number});
    return {};
}

Status BlockIo::settle() {
    std::vector<OpenPackPtr> packs;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [number, pack] : open_) packs.push_back(pack);
    }
    Status first;
    for (const OpenPackPtr& pack : packs) {
        Status status = settle_pack(pack);
        if (first.ok()) first = std::move(status);
    }
    return first;
}

// A failure here costs nothing but a pack without its footer: its frames are durable and indexed, and the
// next start of the store seals it.
void BlockIo::seal(const OpenPackPtr& pack) {
    // It was full for one frame: who still holds it could append a smaller one behind what is settled here.
    pack->close();
    if (!settle_pack(pack).ok()) return;
    const std::lock_guard turn{pack->turn()};
    if (is_retired(pack->number())) return;
    const bool sealed = seal_settled(*pack).ok();
    const std::lock_guard lock{mutex_};
    if (sealed)
        open_.erase(pack->number());
    else
        retired_.insert(pack->number());
}

Status BlockIo::seal_settled(OpenPack& pack) {
    PackRecord record = pack.record();
    TRY(pack.finish());
    record.state = PackState::sealed;
    record.length += std::uint64_t{record.frames} * FooterEntry::kSize + FooterTrailer::kSize;
    TRY(parts_.index.write({{Family::pack, pack_key(pack.number()), encode(record)}}, Durability::synced));
    return parts_.backend.adopt(pack_file(pack.header().uuid), pack.path());
}

void BlockIo::retire(const OpenPackPtr& pack, const Error& why) {
    parts_.leases.fail_pack(pack->number(), why);
    pending_.drop_pack(pack->number());
    pack->drop_tail();
    {
        const std::lock_guard lock{mutex_};
        retired_.insert(pack->number());
    }
    Lane& its = lane(pack->header().domain, pack->header().type);
    const std::lock_guard lock{its.mutex};
    if (its.current == pack) its.current = nullptr;
}

bool BlockIo::is_retired(PackNumber number) const {
    const std::lock_guard lock{mutex_};
    return retired_.contains(number);
}

BlockIo::OpenPackPtr BlockIo::find_open(PackNumber number) const {
    const std::lock_guard lock{mutex_};
    const auto it = open_.find(number);
    return it == open_.end() ? nullptr : it->second;
}

std::set<PackNumber> BlockIo::open_packs() const {
    const std::lock_guard lock{mutex_};
    std::set<PackNumber> numbers;
    for (const auto& [number, pack] : open_) numbers.insert(number);
    return numbers;
}

std::size_t BlockIo::quarantined() const {
    const std::lock_guard lock{mutex_};
    return quarantined_.size();
}

Result<PackHandle> BlockIo::open_header(ByteSpan bytes) {
    const PackHeader header = TRY(decode_pack_header(bytes));
    const Domain* const domain = TRY(parts_.domains.get(header.domain));
    SecretBytes key = TRY(unwrap_key(domain->keys.pack_wrap, header.wrapped_key, wrap_context(header)));
    return PackHandle{header.uuid, header.domain, header.type, Aead{std::move(key)}};
}

Result<BlockIo::HandlePtr> BlockIo::handle(PackNumber number) {
    {
        const std::lock_guard lock{mutex_};
        if (const auto it = handles_.find(number); it != handles_.end()) return it->second;
    }
    const auto text = TRY(parts_.index.get(Family::pack, pack_key(number)));
    const auto record = text ? decode_pack_record(*text) : std::nullopt;
    if (!record) return Error{Errc::not_found, "the index has no pack " + std::to_string(number)};
    std::array<std::byte, PackHeader::kSize> bytes{};
    TRY(parts_.backend.get(pack_file(record->uuid), ByteOffset{0}, bytes));
    auto opened = open_header(bytes);
    if (!opened.ok()) return std::move(opened).error().in("pack " + text_of_uuid(record->uuid));
    if (opened->uuid != record->uuid)
        return Error{Errc::corrupt, "pack " + text_of_uuid(record->uuid) + " holds another pack"};
    auto shared = std::make_shared<const PackHandle>(std::move(*opened));
    const std::lock_guard lock{mutex_};
    if (handles_.size() >= kHandlesMax) handles_.clear();
    handles_[number] = shared;
    return HandlePtr{shared};
}

Error BlockIo::bad_block(const BlockName& name, const Location& at, std::string_view what) {
    std::string pack = std::to_string(at.pack);
    if (const OpenPackPtr open = find_open(at.pack))
        pack = text_of_uuid(open->header().uuid);
    else if (const auto sealed = handle(at.pack); sealed.ok())
        pack = text_of_uuid((*sealed)->uuid);
    return Error{Errc::corrupt, "pack " + pack + " at offset " + std::to_string(at.offset) + ", block " +
                                    short_text(name.id) + ": " + std::string{what}};
}

/// Decodes the frame at a place; returns the plaintext's length, which must fit.
Result<std::size_t> BlockIo::decode_at(const BlockName& name, const Location& at, CodecLoan& codec,
                                       MutableByteSpan to) {
    const MutableByteSpan frame = codec->frame_room(at.frame_length);
    const OpenPackPtr open = find_open(at.pack);
    HandlePtr sealed;
    if (open) {
        TRY(open->read(at.offset, frame));
    } else {
        sealed = TRY(handle(at.pack));
        const Bytes got = TRY(parts_.backend.get(pack_file(sealed->uuid), ByteOffset{at.offset}, frame));
        if (got.count != frame.size()) return bad_block(name, at, "the pack is too short");
    }
    const auto header = decode_frame_header(frame);
    if (!header || header->frame_length() != frame.size())
        return bad_block(name, at, "the frame's header is damaged");
    if (header->id != name.id || header->type != name.type)
        return bad_block(name, at, "another block is there");
    if (header->raw_length > to.size()) return bad_block(name, at, "the block is longer than its tree says");
    const MutableByteSpan payload = codec->payload_room(header->payload_length);
    const Aead& key = open ? open->key() : sealed->key;
    const ByteSpan cipher = ByteSpan{frame}.subspan(FrameHeader::kSize);
    if (!key.open(nonce_of(header->number), ByteSpan{frame}.first(kFrameAssociated), cipher, payload))
        return bad_block(name, at, "the block is damaged: its authentication tag does not match");
    if (!codec->unpack(header->codec, payload, to.first(header->raw_length)))
        return bad_block(name, at, "the block does not decompress");
    return std::size_t{header->raw_length};
}

/// Looks the block up and decodes it. A collection may move it in between, and a disk may stutter: a failure
/// is believed when the same place fails twice.
Result<std::size_t> BlockIo::get_into(const BlockName& name, MutableByteSpan to) {
    CodecLoan codec = codecs_.borrow();
    std::optional<Location> failed;
    while (true) {
        std::optional<Location> at = pending_.find(name.id);
        if (!at) at = TRY(indexed(name.id));
        if (!at) return Error{Errc::corrupt, "block " + short_text(name.id) + " is missing from the store"};
        auto length = decode_at(name, *at, codec, to);
        if (length.ok()) return length;
        const bool moved_or_bad = length.is(Errc::corrupt) || length.is(Errc::not_found);
        if (!moved_or_bad) return length;
        if (failed == at) {
            TRY(quarantine(name.id, *at));
            if (length.is(Errc::corrupt)) return length;
            return bad_block(name, *at, length.error().message());
        }
        failed = at;
    }
}

Status BlockIo::get(const BlockName& name, MutableByteSpan to) {
    if (name.id.is_zero()) {
        std::fill(to.begin(), to.end(), std::byte{0});
        return {};
    }
    const std::size_t length = TRY(get_into(name, to));
    if (length != to.size())
        return Error{Errc::corrupt, "block " + short_text(name.id) + " is shorter than its tree says"};
    return {};
}

Result<std::vector<std::byte>> BlockIo::get(const BlockName& name) {
    std::vector<std::byte> bytes(kBlockMax);
    bytes.resize(TRY(get_into(name, bytes)));
    return bytes;
}

Status BlockIo::get_at(const BlockName& name, const Location& at, MutableByteSpan to) {
    {
        CodecLoan codec = codecs_.borrow();
        const auto length = decode_at(name, at, codec, to);
        if (length.ok() && *length == to.size()) return {};
    }
    return get(name, to);
}

Result<std::vector<std::optional<Location>>> BlockIo::locate(std::span<const BlockId> ids) {
    std::vector<std::optional<Location>> places(ids.size());
    std::vector<std::string_view> keys;
    std::vector<std::size_t> asked;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (ids[i].is_zero() || (places[i] = pending_.find(ids[i]))) continue;
        keys.push_back(view_of(ids[i]));
        asked.push_back(i);
    }
    if (keys.empty()) return places;
    const auto found = TRY(parts_.index.get_many(Family::block, keys));
    for (std::size_t i = 0; i < asked.size(); ++i)
        if (found[i]) places[asked[i]] = decode_location(*found[i]);
    return places;
}

// In the index's turn, so that a quarantine is noted at a generation that began before it took the block's
// place.
Result<std::uint64_t> BlockIo::next_generation() {
    const std::lock_guard turn{index_turn_};
    const std::uint64_t next = TRY(memo_generation(parts_.index)) + 1;
    TRY(parts_.index.write({generation_change(next)}, Durability::lazy));
    return next;
}

Status BlockIo::quarantine(const BlockId& id, const Location& at) {
    const std::lock_guard turn{index_turn_};
    const auto now = TRY(indexed(id));
    if (now != at) return {};
    const std::string key{view_of(id)};
    const auto generation = TRY(memo_generation(parts_.index));
    TRY(parts_.index.write({{Family::block, key, std::nullopt},
                            {Family::quarantine, key, encode(at)},
                            disturbance(at.pack, generation)},
                           Durability::synced));
    const std::lock_guard lock{mutex_};
    quarantined_.insert(id);
    return {};
}

}  // namespace landfall::blocks
