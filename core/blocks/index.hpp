// Index: the ordered key-value store under the block store. A cache: all of it is rebuilt from packs and root
// log.
//
// Invariants (index_test.cpp is the conformance suite, run by RocksDB and by the fake)
//   1. write() applies all of a batch or none, in every family together.
//   2. After a crash the batches that survive are a prefix of those written, at least up to the last `synced`
//      one.
//   3. A cursor sees the index as it was when the cursor was made.
// Threads: any. Reads may touch disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"

namespace landfall::blocks {

enum class Family : std::uint8_t { meta, block, pack, quarantine, ref, memo };
inline constexpr std::size_t kFamilies = 6;

enum class Durability : std::uint8_t { lazy, synced };

struct IndexChange {
    Family family;
    std::string key;
    std::optional<std::string> value;  ///< nullopt erases
};
using IndexBatch = std::vector<IndexChange>;

/// Keys in byte order.
class IndexCursor {
public:
    virtual ~IndexCursor() = default;
    [[nodiscard]] virtual bool valid() const = 0;
    /// Views stay until next().
    [[nodiscard]] virtual std::string_view key() const = 0;
    [[nodiscard]] virtual std::string_view value() const = 0;
    virtual void next() = 0;
    /// An error that ended the walk early.
    [[nodiscard]] virtual Status status() const = 0;
};

class Index {
public:
    virtual ~Index() = default;
    [[nodiscard]] virtual Result<std::optional<std::string>> get(Family family, std::string_view key) = 0;
    /// One answer a key, in their order.
    [[nodiscard]] virtual Result<std::vector<std::optional<std::string>>> get_many(
        Family family, std::span<const std::string_view> keys) = 0;
    [[nodiscard]] virtual Status write(const IndexBatch& batch, Durability durability) = 0;
    /// Starts at the first key >= from.
    [[nodiscard]] virtual std::unique_ptr<IndexCursor> scan(Family family, std::string_view from) = 0;
};

/// Where indexes come from.
class IndexSource {
public:
    virtual ~IndexSource() = default;
    /// Opens, or makes an empty one. corrupt: it must be destroyed and rebuilt.
    [[nodiscard]] virtual Result<std::unique_ptr<Index>> open(const std::string& directory, Bytes memory) = 0;
    [[nodiscard]] virtual Status destroy(const std::string& directory) = 0;
};

/// RocksDB in a directory of the local file system. Block keys carry a ribbon filter (10 bits); write buffers
/// and block cache together stay within `memory`.
class RocksIndexSource final : public IndexSource {
public:
    [[nodiscard]] Result<std::unique_ptr<Index>> open(const std::string& directory, Bytes memory) override;
    [[nodiscard]] Status destroy(const std::string& directory) override;
};

}  // namespace landfall::blocks
