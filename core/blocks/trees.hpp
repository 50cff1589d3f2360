// Trees: nodes of trees, stored and loaded as blocks; the part that readers and writers share.
//
// Invariants
//   1. A node that load gives out is authenticated and parses at its level.
// Threads: any. Memory: the encoded nodes last used, at most kNodesKept (about 2 MiB).
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/blocks/block_io.hpp"
#include "core/blocks/node.hpp"

namespace landfall::blocks {

class Trees {
public:
    explicit Trees(BlockIo& blocks) : blocks_{blocks} {}

    /// A zero id loads a node of zeros.
    [[nodiscard]] Result<ImageNode> load_image(DomainNumber domain, const BlockId& id, unsigned level);
    [[nodiscard]] Result<StreamNode> load_stream(DomainNumber domain, const BlockId& id, unsigned level);
    /// A node of zeros is not stored; its id is zero.
    [[nodiscard]] Result<BlockId> store(std::uint64_t lease, const Domain& domain, const ImageNode& node,
                                        unsigned level);
    [[nodiscard]] Result<BlockId> store(std::uint64_t lease, const Domain& domain, const StreamNode& node,
                                        unsigned level);

private:
    // Shared by the cache and whoever decodes it meanwhile.
    using Encoded = std::shared_ptr<const std::vector<std::byte>>;
    [[nodiscard]] Result<Encoded> load(DomainNumber domain, const BlockId& id);

    static constexpr std::size_t kNodesKept = 256;
    BlockIo& blocks_;
    std::mutex mutex_;
    std::list<std::pair<BlockId, Encoded>> order_;
    std::unordered_map<BlockId, std::list<std::pair<BlockId, Encoded>>::iterator> kept_;
};

/// Builds the tree above a stream's children, which come in order.
class StreamTree {
public:
    StreamTree(Trees& trees, std::uint64_t lease, const Domain& domain)
        : trees_{trees}, lease_{lease}, domain_{domain} {}
    [[nodiscard]] Status add(const StreamChild& child) { return add_at(0, child); }
    /// invalid when the parts were composed of composed parts too often.
    [[nodiscard]] Result<TreeRoot> finish();

private:
    [[nodiscard]] Status add_at(std::size_t row, const StreamChild& child);
    [[nodiscard]] Result<StreamChild> close(const StreamNode& node);

    Trees& trees_;
    const std::uint64_t lease_;
    const Domain& domain_;
    std::vector<StreamNode> rows_;
    std::uint64_t length_ = 0;
};

}  // namespace landfall::blocks
