#include "core/blocks/reader.hpp"

#include <algorithm>
#include <mutex>

#include "core/blocks/engine.hpp"

namespace landfall::blocks {
namespace {

/// Blocks decoded by one task.
constexpr std::size_t kBatch = 8;

/// A part of the answer: some bytes of one block.
struct Piece {
    BlockId id;
    std::size_t block_length = 0;
    std::size_t skip = 0;
    MutableByteSpan to;
};

class TreeReader final : public Reader {
public:
    TreeReader(Store::Engine& engine, Lease lease, const TreeRoot& root)
        : engine_{engine}, lease_{std::move(lease)}, root_{root} {}

    [[nodiscard]] const TreeRoot& root() const override { return root_; }

    Status read(ByteOffset from, MutableByteSpan to) override {
        TRY(lease_.renew());
        if (from.value > root_.length.count || to.size() > root_.length.count - from.value)
            return Error{Errc::invalid, "a read past the end"};
        // In windows, so that the list of pieces stays small however much is asked for.
        constexpr std::size_t kWindow = 8 * 1024 * 1024;
        while (!to.empty()) {
            const MutableByteSpan window = to.first(std::min(to.size(), kWindow));
            std::vector<Piece> pieces;
            if (root_.kind == TreeKind::image)
                TRY(gather_image(from, window, pieces));
            else
                TRY(gather_stream({root_.id, root_.length.count, root_.level}, from.value, window, pieces));
            TRY(fetch(pieces));
            from += Bytes{window.size()};
            to = to.subspan(window.size());
        }
        return {};
    }

    Result<std::vector<BlockRun>> allocated(BlockIndex from, std::size_t limit) override {
        TRY(lease_.renew());
        if (root_.kind != TreeKind::image) return Error{Errc::invalid, "only images have blocks"};
        const TreeRoot nothing{.domain = root_.domain, .kind = TreeKind::image};
        return diff_images(engine_.trees(), nothing, root_, from, limit);
    }

private:
    Status gather_image(ByteOffset from, MutableByteSpan to, std::vector<Piece>& pieces) {
        while (!to.empty()) {
            const BlockIndex block = block_at(from);
            const std::size_t skip = (from - offset_of(block)).count;
            const std::size_t n = std::min<std::size_t>(to.size(), kBlockSize.count - skip);
            pieces.push_back({TRY(image_block(block)), kBlockSize.count, skip, to.first(n)});
            from += Bytes{n};
            to = to.subspan(n);
        }
        return {};
    }

    Result<BlockId> image_block(BlockIndex block) {
        if (root_.level == 0) return root_.id;
        const std::uint64_t number = block.value / kFanOut;
        {
            const std::lock_guard lock{mutex_};
            if (leaf_number_ == number) return leaf_[block.value % kFanOut];
        }
        BlockId id = root_.id;
        ImageNode node{};
        for (unsigned level = root_.level; level >= 1; --level) {
            node = TRY(engine_.trees().load_image(root_.domain, id, level));
            id = node[block.value / blocks_below(level - 1) % kFanOut];
        }
        const std::lock_guard lock{mutex_};
        leaf_number_ = number;
        leaf_ = node;
        return id;
    }

    // Recursion ends: a child's level is below its node's, which decoding has checked.
    Status gather_stream(const StreamChild& child, std::uint64_t from, MutableByteSpan to,
                         std::vector<Piece>& pieces) {
        if (to.empty()) return {};
        if (child.level == 0) {
            pieces.push_back(
                {child.id, static_cast<std::size_t>(child.length), static_cast<std::size_t>(from), to});
            return {};
        }
        const StreamNode node = TRY(engine_.trees().load_stream(root_.domain, child.id, child.level));
        for (const StreamChild& next : node) {
            if (from >= next.length) {
                from -= next.length;
                continue;
            }
            const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(to.size(), next.length - from));
            TRY(gather_stream(next, from, to.first(n), pieces));
            to = to.subspan(n);
            from = 0;
            if (to.empty()) return {};
        }
        return Error{Errc::corrupt, "node " + short_text(child.id) + " is shorter than its tree says"};
    }

    Status fetch(std::vector<Piece>& pieces) {
        std::vector<BlockId> ids;
        ids.reserve(pieces.size());
        for (const Piece& piece : pieces) ids.push_back(piece.id);
        const auto places = TRY(engine_.blocks().locate(ids));
        if (pieces.size() <= 2) {
            for (std::size_t i = 0; i < pieces.size(); ++i) TRY(fetch_piece(pieces[i], places[i]));
            return {};
        }
        std::mutex mutex;
        std::optional<Error> failed;
        {
            TaskGroup group{engine_.workers(), 2 * engine_.workers().count()};
            for (std::size_t i = 0; i < pieces.size(); i += kBatch)
                group.run([&, i] {
                    for (std::size_t k = i; k < std::min(i + kBatch, pieces.size()); ++k) {
                        Status status = fetch_piece(pieces[k], places[k]);
                        if (status.ok()) continue;
                        const std::lock_guard lock{mutex};
                        if (!failed) failed = std::move(status).error();
                        return;
                    }
                });
        }
        if (failed) return *failed;
        return {};
    }

    Status fetch_piece(const Piece& piece, const std::optional<Location>& at) {
        if (piece.id.is_zero()) {
            std::fill(piece.to.begin(), piece.to.end(), std::byte{0});
            return {};
        }
        if (piece.to.size() == piece.block_length) return fetch_block(piece.id, at, piece.to);
        if (piece.block_length > kBlockMax) return Error{Errc::corrupt, "a chunk longer than any chunk is"};
        {
            const std::lock_guard lock{mutex_};
            if (part_id_ == piece.id) return copy_part(piece);
        }
        std::vector<std::byte> block(piece.block_length);
        TRY(fetch_block(piece.id, at, block));
        const std::lock_guard lock{mutex_};
        part_id_ = piece.id;
        part_ = std::move(block);
        return copy_part(piece);
    }

    // The mutex is held. Small reads in a row mostly hit one block.
    Status copy_part(const Piece& piece) {
        if (piece.skip + piece.to.size() > part_.size())
            return Error{Errc::corrupt, "a chunk of two lengths"};
        std::copy_n(part_.begin() + static_cast<std::ptrdiff_t>(piece.skip), piece.to.size(),
                    piece.to.begin());
        return {};
    }

    Status fetch_block(const BlockId& id, const std::optional<Location>& at, MutableByteSpan to) {
        const BlockName name{root_.domain, BlockType::content, id};
        return at ? engine_.blocks().get_at(name, *at, to) : engine_.blocks().get(name, to);
    }

    Store::Engine& engine_;
    const Lease lease_;
    const TreeRoot root_;

    std::mutex mutex_;
    std::optional<std::uint64_t> leaf_number_;
    ImageNode leaf_{};
    std::optional<BlockId> part_id_;
    std::vector<std::byte> part_;
};

/// Walks two trees side by side and skips what they share.
class ImageDiff {
public:
    ImageDiff(Trees& trees, DomainNumber domain, BlockIndex from, std::size_t limit)
        : trees_{trees}, domain_{domain}, from_{from.value}, limit_{limit} {}

    Status walk(unsigned level, std::uint64_t first, const BlockId& before, const BlockId& after) {
        if (before == after || full_ || first + blocks_below(level) <= from_) return {};
        if (level == 0) {
            add(first);
            return {};
        }
        const ImageNode a = TRY(trees_.load_image(domain_, before, level));
        const ImageNode b = TRY(trees_.load_image(domain_, after, level));
        for (std::size_t i = 0; i < kFanOut; ++i)
            TRY(walk(level - 1, first + i * blocks_below(level - 1), a[i], b[i]));
        return {};
    }

    /// Descends on the left edge of the higher tree until both are of one height.
    Status walk_uneven(unsigned level, unsigned low_level, const BlockId& low, const BlockId& high) {
        if (level == low_level) return walk(level, 0, low, high);
        const ImageNode node = TRY(trees_.load_image(domain_, high, level));
        TRY(walk_uneven(level - 1, low_level, low, node[0]));
        for (std::size_t i = 1; i < kFanOut; ++i)
            TRY(walk(level - 1, i * blocks_below(level - 1), BlockId{}, node[i]));
        return {};
    }

    std::vector<BlockRun> take() { return std::move(runs_); }

private:
    void add(std::uint64_t block) {
        if (!runs_.empty() && runs_.back().first.value + runs_.back().count.count == block) {
            runs_.back().count += BlockCount{1};
        } else if (runs_.size() == limit_) {
            full_ = true;
        } else {
            runs_.push_back({BlockIndex{block}, BlockCount{1}});
        }
    }

    Trees& trees_;
    const DomainNumber domain_;
    const std::uint64_t from_;
    const std::size_t limit_;
    bool full_ = false;
    std::vector<BlockRun> runs_;
};

}  // namespace

std::unique_ptr<Reader> make_reader(Store::Engine& engine, Lease lease, const TreeRoot& root) {
    return std::make_unique<TreeReader>(engine, std::move(lease), root);
}

Result<std::vector<BlockRun>> diff_images(Trees& trees, const TreeRoot& before, const TreeRoot& after,
                                          BlockIndex from, std::size_t limit) {
    ImageDiff diff{trees, after.domain, from, std::max<std::size_t>(limit, 1)};
    if (before.level <= after.level)
        TRY(diff.walk_uneven(after.level, before.level, before.id, after.id));
    else
        TRY(diff.walk_uneven(before.level, after.level, after.id, before.id));
    return diff.take();
}

}  // namespace landfall::blocks
