#include <gtest/gtest.h>

#include "core/blocks/memory_index_testing.hpp"

namespace landfall::blocks {
namespace {

void apply_batch(MemoryIndexSource::Tables& tables, const IndexBatch& batch) {
    for (const IndexChange& change : batch) {
        if (change.value)
            tables[{change.family, change.key}] = *change.value;
        else
            tables.erase({change.family, change.key});
    }
}

class MemoryCursor final : public IndexCursor {
public:
    explicit MemoryCursor(std::vector<std::pair<std::string, std::string>> rows) : rows_{std::move(rows)} {}
    [[nodiscard]] bool valid() const override { return at_ < rows_.size(); }
    [[nodiscard]] std::string_view key() const override { return rows_[at_].first; }
    [[nodiscard]] std::string_view value() const override { return rows_[at_].second; }
    void next() override { ++at_; }
    [[nodiscard]] Status status() const override { return {}; }

private:
    std::vector<std::pair<std::string, std::string>> rows_;
    std::size_t at_ = 0;
};

class MemoryIndex final : public Index {
public:
    explicit MemoryIndex(MemoryIndexSource::Place& place) : place_{place} {}

    Result<std::optional<std::string>> get(Family family, std::string_view key) override {
        const std::lock_guard lock{place_.mutex};
        const auto it = place_.visible.find({family, std::string{key}});
        if (it == place_.visible.end()) return std::optional<std::string>{};
        return std::optional<std::string>{it->second};
    }
    Result<std::vector<std::optional<std::string>>> get_many(
        Family family, std::span<const std::string_view> keys) override {
        std::vector<std::optional<std::string>> found;
        for (const std::string_view key : keys) found.push_back(TRY(get(family, key)));
        return found;
    }
    Status write(const IndexBatch& batch, Durability durability) override {
        const std::lock_guard lock{place_.mutex};
        apply_batch(place_.visible, batch);
        place_.unsynced.push_back(batch);
        if (durability == Durability::lazy) return {};
        place_.durable = place_.visible;
        place_.unsynced.clear();
        return {};
    }
    std::unique_ptr<IndexCursor> scan(Family family, std::string_view from) override {
        const std::lock_guard lock{place_.mutex};
        std::vector<std::pair<std::string, std::string>> rows;
        for (auto it = place_.visible.lower_bound({family, std::string{from}});
             it != place_.visible.end() && it->first.first == family; ++it)
            rows.emplace_back(it->first.second, it->second);
        return std::make_unique<MemoryCursor>(std::move(rows));
    }

private:
    MemoryIndexSource::Place& place_;
};

}  // namespace

Result<std::unique_ptr<Index>> MemoryIndexSource::open(const std::string& directory, Bytes) {
    auto& place = places_[directory];
    if (!place) place = std::make_unique<Place>();
    return std::unique_ptr<Index>{std::make_unique<MemoryIndex>(*place)};
}

Status MemoryIndexSource::destroy(const std::string& directory) {
    places_.erase(directory);
    return {};
}

void MemoryIndexSource::power_cut(Random& random) {
    for (auto& [directory, place] : places_) {
        const std::uint64_t kept = random.below(place->unsynced.size() + 1);
        for (std::size_t i = 0; i < kept; ++i) apply_batch(place->durable, place->unsynced[i]);
        place->unsynced.clear();
        place->visible = place->durable;
    }
}

void MemoryIndexSource::kill() {
    for (auto& [directory, place] : places_) {
        place->durable = place->visible;
        place->unsynced.clear();
    }
}

MemoryIndexSource::Tables MemoryIndexSource::tables(const std::string& directory) {
    const auto it = places_.find(directory);
    return it == places_.end() ? Tables{} : it->second->visible;
}

void MemoryIndexSource::tamper(const std::string& directory, Family family, const std::string& key,
                               std::optional<std::string> value) {
    const IndexBatch batch{{family, key, std::move(value)}};
    apply_batch(places_[directory]->visible, batch);
    apply_batch(places_[directory]->durable, batch);
}

}  // namespace landfall::blocks
