// One pack, read whole and compared with itself and the index: the step that verify and scrub are made of.
#pragma once

#include <vector>

#include "core/blocks/engine.hpp"

namespace landfall::blocks {

struct PackCheck {
    enum class Found {
        checked,
        gone,    ///< collected meanwhile
        locked,  ///< its domain's key is disabled now
    };
    Found found = Found::checked;
    std::uint64_t blocks = 0;  ///< that are good
    std::vector<Damage> damage;
};

/// Reads, authenticates, decompresses and identifies every frame; what is bad is quarantined. Where the file
/// cannot be read in one go, each block is read alone, so that one bad sector costs one block. Safe beside
/// everything: a block is quarantined only while the index still places it where the damage is. Errors: of
/// the index.
[[nodiscard]] Result<PackCheck> check_pack(BlockIo& blocks, PackNumber number, const PackRecord& record);

/// Packs of the index behind `after`, in order, as long as there is one and they have less than `most` bytes
/// together. Those that are being deleted are left out.
struct PackList {
    std::vector<std::pair<PackNumber, PackRecord>> packs;
    Bytes bytes;
    bool end = false;  ///< there are no more
};
[[nodiscard]] Result<PackList> packs_behind(Index& index, PackNumber after, Bytes most);

}  // namespace landfall::blocks
