// SqliteStore: the StateStore in one SQLite file: one writer, a pool of readers, one process.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/state/sqlite_reader.hpp"
#include "core/state/sqlite_writer.hpp"
#include "core/state/store.hpp"

namespace landfall::state {

/// A lock file held by flock(2): the kernel frees it when the process dies.
class FileLock {
public:
    /// unavailable: another handle has it.
    static Result<FileLock> take(const std::filesystem::path& file);
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&&) = delete;
    ~FileLock();

private:
    explicit FileLock(int fd) : fd_{fd} {}
    int fd_;
};

/// Read connections, opened when first needed, at most `count`.
class ReaderPool {
public:
    ReaderPool(std::string file, const StoreOptions& options) : file_{std::move(file)}, options_{options} {}

    class Lease {
    public:
        Lease(ReaderPool& pool, std::unique_ptr<Connection> db) : pool_{&pool}, db_{std::move(db)} {}
        Lease(Lease&&) = default;
        ~Lease() {
            if (db_) pool_->give_back(std::move(db_));
        }
        [[nodiscard]] Connection& operator*() const { return *db_; }

    private:
        ReaderPool* pool_;
        std::unique_ptr<Connection> db_;
    };
    /// unavailable: all are taken for `reader_wait`.
    Result<Lease> take();

private:
    void give_back(std::unique_ptr<Connection> db);

    const std::string file_;
    const StoreOptions options_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::size_t taken_ = 0;
};

class SqliteStore final : public StateStore {
public:
    static Result<std::unique_ptr<StateStore>> open(const std::filesystem::path& directory, Clock& clock,
                                                    Random& random, const StoreOptions& options);
    struct Parts {
        FileLock lock;
        std::unique_ptr<Connection> writer;
        EventSeq last;
        SpaceReserve reserve;
    };
    SqliteStore(std::filesystem::path file, Clock& clock, Random& random, const StoreOptions& options,
                Parts parts);
    ~SqliteStore() override;

    void start(ThreadStarter& threads) override { writer_.start(threads); }
    void stop() override;
    Result<std::unique_ptr<Reader>> snapshot() override;
    Result<EventSeq> watch(EventSeq since, Duration wait) override { return fanout_.watch(since, wait); }
    void add_listener(EventListener& listener) override { fanout_.add(listener); }
    void remove_listener(EventListener& listener) override { fanout_.remove(listener); }
    Status backup_to(const std::filesystem::path& file) override;
    Status verify() override;

    Result<Resource> get(const Key& key) override;
    Result<std::optional<Resource>> find_by_id(std::string_view kind, std::string_view id) override;
    Result<std::optional<Resource>> find_by_arn(std::string_view arn) override;
    Result<Page> list(const Query& query) override;
    Result<std::optional<Key>> holder(std::string_view space, std::string_view name) override;
    Result<Recalled> recall(const OnceKey& once) override;
    Result<std::uint64_t> counter(std::string_view name) override;
    Result<std::optional<std::string>> setting(std::string_view name) override;
    Result<std::vector<Event>> events(const EventQuery& query) override;
    Result<EventSeq> last_event() override;
    Result<std::vector<LogLine>> lines(std::string_view stream, std::uint64_t after,
                                       std::size_t limit) override;

protected:
    void check_may_block() const override;
    void enqueue(Tx tx, Done done, Duration wait) override;

private:
    const std::filesystem::path file_;
    const std::string vfs_;
    Clock& clock_;
    FileLock lock_;
    ReaderPool readers_;
    EventFanout fanout_;
    SqliteWriter writer_;
};

/// What StateStore::verify promises, on one connection; reads everything.
Status verify_rows(Connection& db);

}  // namespace landfall::state
