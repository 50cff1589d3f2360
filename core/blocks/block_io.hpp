// BlockIo: blocks in, blocks out. Packs, index and pending table behind put() and get().
//
// Invariants
//   1. put() answers an id whose block is stored, or is in an open pack; settle() makes all of the latter
//      durable and then records them in the index. So no index entry ever points outside durable bytes.
//   2. Every block that put() answers for is in a pack that the lease has claimed: a pack that lost bytes
//      fails the lease, a pack that is being collected is not used.
//   3. The index entries of a sealed pack are durable before its file leaves the directory of open packs.
//   4. get() gives out authenticated bytes of the right type, id and length, or corrupt; a block that is bad
//      twice in a row is quarantined, and the next put() of its content stores it anew.
// Threads: any. Locks are held for memory operations only, but for two turns: a pack's (sync and what
// follows) and the index's (read, compare, write).
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/blocks/backend.hpp"
#include "core/blocks/codec.hpp"
#include "core/blocks/domains.hpp"
#include "core/blocks/index.hpp"
#include "core/blocks/lease_table.hpp"
#include "core/blocks/open_pack.hpp"
#include "core/blocks/pending.hpp"
#include "core/blocks/report.hpp"

namespace landfall::blocks {

/// A sealed pack, as readers need it.
struct PackHandle {
    PackUuid uuid{};
    DomainNumber domain;
    BlockType type = BlockType::content;
    Aead key;
};

/// What is to be stored.
struct NewBlock {
    ByteSpan plain;
    /// Not empty: an RFC 1950 stream that gave `plain`, kept instead of compressing it anew.
    ByteSpan zlib = {};
};
using TwoIds = DomainKeys::TwoIds;

struct BlockName {
    DomainNumber domain;
    BlockType type = BlockType::content;
    BlockId id;
};

class BlockIo {
public:
    struct Parts {
        Disk& disk;
        Random& random;
        Domains& domains;
        Index& index;
        Backend& backend;
        LeaseTable& leases;
        std::string open_directory;
        Bytes pack_size;
        Bytes free_min;
        int zstd_level = -1;
    };
    explicit BlockIo(Parts parts);

    /// Reads what it must remember: the next pack number, the quarantined ids.
    [[nodiscard]] Status load();

    [[nodiscard]] Result<BlockId> put(std::uint64_t lease, const Domain& domain, BlockType type,
                                      const NewBlock& block);
    /// Two at once: their ids cost little more than one.
    [[nodiscard]] Result<TwoIds> put_two(std::uint64_t lease, const Domain& domain, BlockType type,
                                         const NewBlock& first, const NewBlock& second);
    /// `to` has the block's length; a zero id gives zeros.
    [[nodiscard]] Status get(const BlockName& name, MutableByteSpan to);
    /// A block of unknown length up to kBlockMax: nodes.
    [[nodiscard]] Result<std::vector<std::byte>> get(const BlockName& name);
    /// The same as get(), from a place that the caller has looked up.
    [[nodiscard]] Status get_at(const BlockName& name, const Location& at, MutableByteSpan to);
    /// Places of many blocks, nullopt where the store has none; zero ids have none.
    [[nodiscard]] Result<std::vector<std::optional<Location>>> locate(std::span<const BlockId> ids);

    /// Everything that put() answered for before this call is durable and in the index, but for packs that
    /// failed: the leases that depend on those know. An error: the index could not be written.
    [[nodiscard]] Status settle();

    // For the collection.
    /// Stores a live frame of a condemned pack elsewhere, unless the block lives elsewhere already.
    [[nodiscard]] Status move_block(std::uint64_t lease, const BlockName& name, const Location& from);
    /// Removes the index entries of a condemned pack and then its file. precondition: a live block is still
    /// in it.
    [[nodiscard]] Status delete_pack(PackNumber number, const std::function<bool(const Location&)>& is_live);
    [[nodiscard]] Status finish_deletes();
    /// Begins a generation of memos (memo.hpp).
    [[nodiscard]] Result<std::uint64_t> next_generation();
    [[nodiscard]] Status forget_lost_open_packs();

    // For recovery, rebuild and verification.
    struct Walked {
        std::vector<FooterEntry> entries;
        std::vector<Damage> damage;
        std::uint64_t end = 0;  ///< behind the last valid frame
    };
    using ReadPack = std::function<Result<Bytes>(ByteOffset, MutableByteSpan)>;
    /// Walks frames from the header on; each frame is authenticated, and where `ids` are asked for,
    /// decompressed and its id computed again.
    enum class Depth { authenticate, ids };
    [[nodiscard]] Result<Walked> walk_pack(const std::string& name, const ReadPack& read, Bytes size,
                                           Depth depth);
    [[nodiscard]] Result<PackHandle> open_header(ByteSpan header);
    /// What a pack's footer says, or what its frames say where the footer is damaged.
    [[nodiscard]] Result<Walked> list_pack(const PackUuid& uuid);
    /// Seals what a crash left of an open pack: cuts the tail off, indexes, adopts.
    [[nodiscard]] Status recover_open_pack(const std::string& file);
    /// Adds a sealed pack of the backend to the index.
    [[nodiscard]] Result<Walked> index_sealed_pack(const PackUuid& uuid);
    [[nodiscard]] Status quarantine(const BlockId& id, const Location& at);
    /// Header, footer and length of a pack; with Depth::ids every frame as well. Findings are damage, not
    /// errors.
    [[nodiscard]] Result<Walked> examine_pack(PackNumber number, const PackRecord& record,
                                              std::optional<Depth> frames);
    /// Quarantines every block that the index places in this pack and that is not among the entries found
    /// good.
    [[nodiscard]] Status quarantine_absent(PackNumber number, const PackRecord& record,
                                           const std::vector<FooterEntry>& good);

    [[nodiscard]] std::set<PackNumber> open_packs() const;
    [[nodiscard]] std::size_t quarantined() const;
    [[nodiscard]] Index& index() { return parts_.index; }
    [[nodiscard]] Backend& backend() { return parts_.backend; }
    [[nodiscard]] Codecs& codecs() { return codecs_; }
    [[nodiscard]] Domains& domains() { return parts_.domains; }

private:
    // Readers and committers go on using a pack while the thread that filled it replaces and seals it.
    using OpenPackPtr = std::shared_ptr<OpenPack>;
    struct Lane {
        std::mutex mutex;
        std::condition_variable rotated;
        OpenPackPtr current;
        bool rotating = false;
    };
    using HandlePtr = std::shared_ptr<const PackHandle>;  // readers outlive the cache's eviction

    [[nodiscard]] Status store(std::uint64_t lease, const Domain& domain, BlockType type, const BlockId& id,
                               const NewBlock& block);
    [[nodiscard]] Lane& lane(DomainNumber domain, BlockType type);
    [[nodiscard]] Result<OpenPackPtr> lane_pack(Lane& lane, const Domain& domain, BlockType type);
    [[nodiscard]] Status rotate(Lane& lane, const OpenPackPtr& full, const Domain& domain, BlockType type);
    [[nodiscard]] Result<OpenPackPtr> create_pack(const Domain& domain, BlockType type);
    [[nodiscard]] Result<Location> append(std::uint64_t lease, const Domain& domain, FrameHeader header,
                                          ByteSpan payload);
    [[nodiscard]] Status check_space();
    [[nodiscard]] Status settle_pack(const OpenPackPtr& pack);
    [[nodiscard]] Status record_entries(const OpenPack& pack, const std::vector<FooterEntry>& entries);
    void seal(const OpenPackPtr& pack);
    [[nodiscard]] Status seal_settled(OpenPack& pack);
    void retire(const OpenPackPtr& pack, const Error& why);
    [[nodiscard]] bool is_retired(PackNumber number) const;
    [[nodiscard]] OpenPackPtr find_open(PackNumber number) const;
    [[nodiscard]] Result<std::optional<Location>> indexed(const BlockId& id);
    [[nodiscard]] Result<HandlePtr> handle(PackNumber number);
    [[nodiscard]] Status read_frame(const BlockName& name, const Location& at, MutableByteSpan frame);
    [[nodiscard]] Result<std::size_t> get_into(const BlockName& name, MutableByteSpan to);
    [[nodiscard]] Result<std::size_t> decode_at(const BlockName& name, const Location& at, CodecLoan& codec,
                                                MutableByteSpan to);
    [[nodiscard]] Error bad_block(const BlockName& name, const Location& at, std::string_view what);
    [[nodiscard]] Status adopt_recovered(const std::string& path, const PackHeader& header,
                                         const Walked& walked);
    [[nodiscard]] Result<std::vector<BlockId>> ids_in(PackNumber number, const PackRecord& record);
    [[nodiscard]] Status drop_headless(const std::string& file);
    [[nodiscard]] Result<PackNumber> number_for(const PackUuid& uuid);
    void add_entries(IndexBatch& batch, PackNumber number, const std::vector<FooterEntry>& entries);
    void forget_quarantine(IndexBatch& batch, const BlockId& id);

    Parts parts_;
    PendingBlocks pending_;
    Codecs codecs_;

    mutable std::mutex mutex_;
    std::map<std::pair<DomainNumber, BlockType>, std::unique_ptr<Lane>> lanes_;
    std::map<PackNumber, OpenPackPtr> open_;
    std::set<PackNumber>
        retired_;  ///< open packs that take and settle nothing more; the next start seals them
    std::unordered_map<PackNumber, HandlePtr> handles_;
    std::set<BlockId> quarantined_;
    PackNumber next_number_ = 1;

    std::mutex index_turn_;
};

}  // namespace landfall::blocks
