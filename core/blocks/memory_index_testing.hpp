// MemoryIndexSource: indexes in memory that lose, at a power cut, any suffix of what was not synced. For
// tests.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/random.hpp"
#include "core/blocks/index.hpp"

namespace landfall::blocks {

class MemoryIndexSource final : public IndexSource {
public:
    using Tables = std::map<std::pair<Family, std::string>, std::string>;
    /// Outlives the Index objects that work on it, as a directory does.
    struct Place {
        std::mutex mutex;
        Tables visible;
        Tables durable;
        std::vector<IndexBatch> unsynced;
    };

    [[nodiscard]] Result<std::unique_ptr<Index>> open(const std::string& directory, Bytes memory) override;
    [[nodiscard]] Status destroy(const std::string& directory) override;

    /// Keeps a random number of the un-synced batches, in order, of every directory.
    void power_cut(Random& random);
    /// Keeps everything, as kill -9 does.
    void kill();
    /// What is in a directory now.
    [[nodiscard]] Tables tables(const std::string& directory);
    /// Replaces one value behind the owner's back; nullopt erases.
    void tamper(const std::string& directory, Family family, const std::string& key,
                std::optional<std::string> value);

private:
    std::map<std::string, std::unique_ptr<Place>> places_;
};

}  // namespace landfall::blocks
