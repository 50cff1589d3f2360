// StoreKeys: the random keys of one message store, made once and kept in its directory.
//
// The file is not a secret against whoever can read the messages; it keeps clients from making up receipts
// and their texts from imitating the log's frames. Blocks. Errors: precondition (a newer format), corrupt,
// io.
#pragma once

#include <string>

#include "base/disk.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "engines/messages/keyed_hash.hpp"
#include "engines/messages/message.hpp"

namespace landfall::messages {

struct StoreKeys {
    KeyedHash frames{{}};
    KeyedHash receipts{{}};
    KeyedHash names{{}};  ///< of groups, dedup ids, attempt ids

    /// Never 0, which stands for none.
    [[nodiscard]] std::uint64_t name(std::string_view text) const {
        const std::uint64_t hash = names.of(text);
        return hash == 0 ? 1 : hash;
    }
    /// What a receipt carries: the receive's number in the low 20 bits, 44 bits that only this store can
    /// make.
    [[nodiscard]] std::uint64_t lease(QueueId queue, Sequence sequence, std::uint32_t receives) const {
        const std::uint64_t number = receives & 0xfffff;
        return (receipts.of({queue.value, sequence.value, number}) << 20) | number;
    }
};

[[nodiscard]] Result<StoreKeys> load_store_keys(Disk& disk, const std::string& directory, Random& random);

}  // namespace landfall::messages
