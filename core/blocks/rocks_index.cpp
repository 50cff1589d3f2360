#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <array>

#include "core/blocks/index.hpp"

namespace landfall::blocks {
namespace {

constexpr std::array<const char*, kFamilies> kNames{"default", "block", "pack", "quarantine", "ref", "memo"};

Error error_of(const rocksdb::Status& status) {
    const std::string message = "the index: " + status.ToString();
    if (status.IsCorruption()) return Error{Errc::corrupt, message};
    if (status.IsNoSpace()) return Error{Errc::exhausted, message};
    return Error{Errc::io, message};
}

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

class RocksCursor final : public IndexCursor {
public:
    explicit RocksCursor(std::unique_ptr<rocksdb::Iterator> at) : at_{std::move(at)} {}
    [[nodiscard]] bool valid() const override { return at_->Valid(); }
    [[nodiscard]] std::string_view key() const override { return at_->key().ToStringView(); }
    [[nodiscard]] std::string_view value() const override { return at_->value().ToStringView(); }
    void next() override { at_->Next(); }
    [[nodiscard]] Status status() const override {
        if (!at_->status().ok()) return error_of(at_->status());
        return {};
    }

private:
    std::unique_ptr<rocksdb::Iterator> at_;
};

class RocksIndex final : public Index {
public:
    RocksIndex(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> families)
        : db_{std::move(db)}, families_{std::move(families)} {}
    ~RocksIndex() override {
        for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
        // What close cannot flush is in the write-ahead log.
        static_cast<void>(db_->Close());
    }

    Result<std::optional<std::string>> get(Family family, std::string_view key) override {
        rocksdb::PinnableSlice value;
        const rocksdb::Status status = db_->Get({}, handle(family), slice(key), &value);
        if (status.IsNotFound()) return std::optional<std::string>{};
        if (!status.ok()) return error_of(status);
        return std::optional<std::string>{value.ToString()};
    }

    Result<std::vector<std::optional<std::string>>> get_many(
        Family family, std::span<const std::string_view> keys) override {
        std::vector<rocksdb::Slice> wanted;
        wanted.reserve(keys.size());
        for (const std::string_view key : keys) wanted.push_back(slice(key));
        std::vector<rocksdb::PinnableSlice> values(keys.size());
        std::vector<rocksdb::Status> statuses(keys.size());
        db_->MultiGet({}, handle(family), keys.size(), wanted.data(), values.data(), statuses.data());
        std::vector<std::optional<std::string>> found(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (statuses[i].ok())
                found[i] = values[i].ToString();
            else if (!statuses[i].IsNotFound())
                return error_of(statuses[i]);
        }
        return found;
    }

    Status write(const IndexBatch& batch, Durability durability) override {
        rocksdb::WriteBatch changes;
        for (const IndexChange& change : batch) {
            const rocksdb::Status status =
                change.value ? changes.Put(handle(change.family), slice(change.key), slice(*change.value))
                             : changes.Delete(handle(change.family), slice(change.key));
            if (!status.ok()) return error_of(status);
        }
        rocksdb::WriteOptions options;
        options.sync = durability == Durability::synced;
        rocksdb::Status status = db_->Write(options, &changes);
        // After a full disk RocksDB refuses writes until it is told that there is room again.
        if (!status.ok() && db_->Resume().ok()) status = db_->Write(options, &changes);
        if (!status.ok()) return error_of(status);
        return {};
    }

    std::unique_ptr<IndexCursor> scan(Family family, std::string_view from) override {
        rocksdb::ReadOptions options;
        options.fill_cache = false;
        std::unique_ptr<rocksdb::Iterator> at{db_->NewIterator(options, handle(family))};
        at->Seek(slice(from));
        return std::make_unique<RocksCursor>(std::move(at));
    }

private:
    [[nodiscard]] rocksdb::ColumnFamilyHandle* handle(Family family) const {
        return families_[static_cast<std::size_t>(family)];
    }

    std::unique_ptr<rocksdb::DB> db_;
    std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

rocksdb::BlockBasedTableOptions table_options(const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.filter_policy.reset(rocksdb::NewRibbonFilterPolicy(10));
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    table.block_size = 8 * 1024;
    table.format_version = 5;
    return table;
}

}  // namespace

Result<std::unique_ptr<Index>> RocksIndexSource::open(const std::string& directory, Bytes memory) {
    rocksdb::DBOptions options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    options.max_open_files = 64;
    options.max_background_jobs = 2;
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.keep_log_file_num = 2;
    options.max_total_wal_size = 64U << 20U;
    options.avoid_flush_during_recovery = true;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    // RocksDB shares its caches and buffers among column families by shared_ptr; the API leaves no choice.
    const auto cache = rocksdb::NewLRUCache(memory.count);
    options.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(memory.count / 2, cache);
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const char* name : kNames) {
        rocksdb::ColumnFamilyOptions family;
        family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(cache)));
        // Keys of blocks and values are random: compression would only cost.
        family.compression = rocksdb::kNoCompression;
        family.write_buffer_size = 4U << 20U;
        family.level_compaction_dynamic_level_bytes = true;
        families.emplace_back(name, family);
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(options, directory, families, &handles, &db);
    if (!status.ok()) return error_of(status);
    return std::unique_ptr<Index>{
        std::make_unique<RocksIndex>(std::unique_ptr<rocksdb::DB>{db}, std::move(handles))};
}

Status RocksIndexSource::destroy(const std::string& directory) {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const char* name : kNames) families.emplace_back(name, rocksdb::ColumnFamilyOptions{});
    const rocksdb::Status status = rocksdb::DestroyDB(directory, rocksdb::Options{}, families);
    if (!status.ok()) return error_of(status);
    return {};
}

}  // namespace landfall::blocks
