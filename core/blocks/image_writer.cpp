#include <algorithm>
#include <bitset>
#include <map>
#include <mutex>
#include <unordered_map>

#include "core/blocks/engine.hpp"

namespace landfall::blocks {
namespace {

/// 512 leaves of 8 KiB cover 8 GiB of blocks written here and there.
constexpr std::size_t kLeavesKept = 512;

/// The blocks of one leaf that were written and are not stored in a node yet.
struct Leaf {
    ImageNode ids{};
    std::bitset<kFanOut> written;
};

class TreeImageWriter final : public ImageWriter {
public:
    TreeImageWriter(Store::Engine& engine, std::uint64_t lease, const Domain& domain, Bytes size,
                    const std::optional<TreeRoot>& base)
        : engine_{engine},
          lease_{lease},
          domain_{domain},
          size_{size},
          blocks_{blocks_for(size)},
          level_{image_level(blocks_)},
          base_{base.value_or(TreeRoot{.domain = domain.number, .kind = TreeKind::image})} {}

    Status write(BlockIndex first, ByteSpan data) override {
        TRY(usable());
        const std::uint64_t begin = first.value * kBlockSize.count;
        if (first.value >= blocks_.count || data.size() > size_.count - begin)
            return Error{Errc::invalid, "a write past the end of the image"};
        const bool at_end = begin + data.size() == size_.count;
        if (data.size() % kBlockSize.count != 0 && !at_end)
            return Error{Errc::invalid, "a write that is not of whole blocks"};
        BlockIndex at = first;
        for (; data.size() >= 2 * kBlockSize.count; at += BlockCount{2}) {
            const NewBlock one{data.first(kBlockSize.count)};
            const NewBlock two{data.subspan(kBlockSize.count, kBlockSize.count)};
            TRY(keep(put_two({at, one}, {at + BlockCount{1}, two})));
            data = data.subspan(2 * kBlockSize.count);
        }
        for (; !data.empty(); ++at) {
            const std::size_t n = std::min<std::size_t>(data.size(), kBlockSize.count);
            TRY(keep(write_block(at, data.first(n))));
            data = data.subspan(n);
        }
        return {};
    }

    Status write_zlib(std::span<const ZlibBlock> blocks) override {
        TRY(usable());
        for (const ZlibBlock& block : blocks) {
            if (block.plain.size() != kBlockSize.count || block.zlib.empty())
                return Error{Errc::invalid, "a compressed block that is not a whole block"};
            if (block.at.value >= size_.count / kBlockSize.count)
                return Error{Errc::invalid, "a write past the end of the image"};
        }
        const auto placed = [](const ZlibBlock& b) { return Placed{b.at, {b.plain, b.zlib}}; };
        for (; blocks.size() >= 2; blocks = blocks.subspan(2))
            TRY(keep(put_two(placed(blocks[0]), placed(blocks[1]))));
        if (!blocks.empty()) TRY(keep(put(placed(blocks[0]))));
        return {};
    }

    Status zero(BlockRun run) override {
        TRY(usable());
        if (run.first.value > blocks_.count || run.count.count > blocks_.count - run.first.value)
            return Error{Errc::invalid, "zeros past the end of the image"};
        const std::uint64_t end = run.first.value + run.count.count;
        for (std::uint64_t at = run.first.value; at < end;) {
            const std::uint64_t leaf_end = std::min((at / kFanOut + 1) * kFanOut, end);
            if (leaf_end - at == kFanOut) {
                TRY(keep(zero_leaf(at / kFanOut)));
            } else {
                for (; at < leaf_end; ++at) TRY(keep(set(BlockIndex{at}, BlockId{})));
            }
            at = leaf_end;
        }
        return {};
    }

    Result<TreeRoot> finish() override {
        TRY(usable());
        auto root = build();
        if (!root.ok()) {
            const Status kept = keep(root.error());
            return kept.error();
        }
        engine_.leases().add_made(lease_, *root);
        const std::lock_guard lock{mutex_};
        failed_ = Error{Errc::precondition, "the image is finished already"};
        return root;
    }

private:
    Status usable() {
        TRY(engine_.renew(lease_));
        const std::lock_guard lock{mutex_};
        if (failed_) return *failed_;
        return {};
    }

    Status keep(Status status) {
        if (status.ok()) return status;
        const std::lock_guard lock{mutex_};
        if (!failed_) failed_ = status.error();
        return *failed_;
    }

    Status write_block(BlockIndex at, ByteSpan plain) {
        std::vector<std::byte> padded;
        if (plain.size() < kBlockSize.count) {
            padded.assign(plain.begin(), plain.end());
            padded.resize(kBlockSize.count);
            plain = padded;
        }
        return put({at, {plain}});
    }

    struct Placed {
        BlockIndex at;
        NewBlock block;
    };

    Status put(const Placed& one) {
        return set(one.at, TRY(engine_.blocks().put(lease_, domain_, BlockType::content, one.block)));
    }

    Status put_two(const Placed& one, const Placed& two) {
        const TwoIds ids =
            TRY(engine_.blocks().put_two(lease_, domain_, BlockType::content, one.block, two.block));
        TRY(set(one.at, ids.first));
        return set(two.at, ids.second);
    }

    Status set(BlockIndex at, const BlockId& id) {
        const std::uint64_t number = at.value / kFanOut;
        std::optional<std::uint64_t> to_store;
        {
            const std::lock_guard lock{mutex_};
            Leaf& leaf = leaves_[number];
            leaf.ids[at.value % kFanOut] = id;
            leaf.written.set(at.value % kFanOut);
            if (leaf.written.all()) to_store = number;
            if (!to_store && leaves_.size() > kLeavesKept)
                to_store = leaves_.begin()->first != number ? leaves_.begin()->first
                                                            : std::next(leaves_.begin())->first;
        }
        return to_store ? store_leaf(*to_store) : Status{};
    }

    Status zero_leaf(std::uint64_t number) {
        const std::lock_guard turn{storing_};
        const std::lock_guard lock{mutex_};
        leaves_.erase(number);
        if (base_.level > 0 || !base_.id.is_zero() || stored_.contains(number)) stored_[number] = BlockId{};
        return {};
    }

    // One leaf at a time, taken out and stored in one turn: a block written meanwhile lands in a new Leaf,
    // which is stored, and merged, later.
    Status store_leaf(std::uint64_t number) {
        const std::lock_guard turn{storing_};
        Leaf leaf;
        std::optional<BlockId> before;
        {
            const std::lock_guard lock{mutex_};
            const auto it = leaves_.find(number);
            if (it == leaves_.end()) return {};
            leaf = it->second;
            leaves_.erase(it);
            if (const auto stored = stored_.find(number); stored != stored_.end()) before = stored->second;
        }
        ImageNode node = leaf.ids;
        if (!leaf.written.all()) {
            node = before ? TRY(engine_.trees().load_image(domain_.number, *before, 1))
                          : TRY(base_node(1, number));
            for (std::size_t i = 0; i < kFanOut; ++i)
                if (leaf.written[i]) node[i] = leaf.ids[i];
        }
        const BlockId id = TRY(engine_.trees().store(lease_, domain_, node, 1));
        const std::lock_guard lock{mutex_};
        stored_[number] = id;
        return {};
    }

    /// The base's node at a place, as if the base's tree were as high as this one's.
    Result<ImageNode> base_node(unsigned level, std::uint64_t number) {
        if (level > base_.level) {
            ImageNode node{};
            if (number == 0 && level == base_.level + 1U) node[0] = base_.id;
            return node;
        }
        if (level == base_.level) {
            if (number != 0) return ImageNode{};
            return engine_.trees().load_image(domain_.number, base_.id, level);
        }
        const ImageNode parent = TRY(base_node(level + 1, number / kFanOut));
        return engine_.trees().load_image(domain_.number, parent[number % kFanOut], level);
    }

    Result<TreeRoot> build() {
        // A base of a lower tree hangs at the left edge of this one, so the path down to it is made anew.
        if (base_.level < level_ && base_.level == 0 && !base_.id.is_zero()) {
            const std::lock_guard lock{mutex_};
            leaves_[0];
        }
        while (true) {
            std::uint64_t number = 0;
            {
                const std::lock_guard lock{mutex_};
                if (leaves_.empty()) break;
                number = leaves_.begin()->first;
            }
            TRY(store_leaf(number));
        }
        TreeRoot root{.domain = domain_.number,
                      .kind = TreeKind::image,
                      .level = static_cast<std::uint8_t>(level_),
                      .id = {},
                      .length = size_};
        if (level_ == 0) {
            root.id = TRY(only_block());
            return root;
        }
        std::map<std::uint64_t, BlockId> changed{stored_.begin(), stored_.end()};
        for (unsigned level = 2; level <= level_; ++level) {
            if (base_.level == level - 1) changed.try_emplace(0, base_.id);
            changed = TRY(build_row(level, changed));
        }
        if (const auto top = changed.find(0); top != changed.end())
            root.id = top->second;
        else
            root.id = base_.id;
        return root;
    }

    /// An image of at most one block has no nodes; its leaf was stored like any other, so it is read back.
    Result<BlockId> only_block() {
        const auto stored = stored_.find(0);
        if (stored == stored_.end()) return base_.id;
        return TRY(engine_.trees().load_image(domain_.number, stored->second, 1))[0];
    }

    /// The nodes of a row that have changed children below them.
    Result<std::map<std::uint64_t, BlockId>> build_row(unsigned level,
                                                       const std::map<std::uint64_t, BlockId>& below) {
        std::map<std::uint64_t, BlockId> row;
        for (auto it = below.begin(); it != below.end();) {
            const std::uint64_t number = it->first / kFanOut;
            ImageNode node = TRY(base_node(level, number));
            for (; it != below.end() && it->first / kFanOut == number; ++it)
                node[it->first % kFanOut] = it->second;
            row[number] = TRY(engine_.trees().store(lease_, domain_, node, level));
        }
        return row;
    }

    Store::Engine& engine_;
    const std::uint64_t lease_;
    const Domain& domain_;
    const Bytes size_;
    const BlockCount blocks_;
    const unsigned level_;
    const TreeRoot base_;

    std::mutex storing_;  ///< a turn: leaves are stored one at a time
    std::mutex mutex_;
    std::map<std::uint64_t, Leaf> leaves_;
    std::unordered_map<std::uint64_t, BlockId> stored_;
    std::optional<Error> failed_;
};

}  // namespace

Result<std::unique_ptr<ImageWriter>> make_image_writer(Store::Engine& engine, std::uint64_t lease,
                                                       const Domain& domain, Bytes size,
                                                       const std::optional<TreeRoot>& base) {
    if (blocks_for(size).count > blocks_below(kImageLevelMax - 1))
        return Error{Errc::invalid, "an image is at most 256 TiB"};
    if (base && (base->kind != TreeKind::image || base->domain != domain.number || base->length > size))
        return Error{Errc::invalid, "the base must be an image of the same domain and not longer"};
    return std::unique_ptr<ImageWriter>{std::make_unique<TreeImageWriter>(engine, lease, domain, size, base)};
}

}  // namespace landfall::blocks
