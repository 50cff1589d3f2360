// StateStore: what the server knows, durable: typed resources, their tags and look-ups, one event per change,
// client tokens, counters, settings and log lines. One process at a time; many threads.
//
// Invariants
//   1. commit() succeeds only after its changes are on stable storage; nobody sees them earlier.
//   2. A Tx is applied whole or not at all, also across kill -9 and power loss.
//   3. Every change writes its row, its version and exactly one event together; event numbers have no gaps.
//   4. A read that begins after a commit returned sees that commit (read your writes).
//   5. After a failed write or fsync every later commit is refused (io): the outcome of the failed one is
//      known only after the next open. A full disk is not such a failure: see commit.
//   6. A store of a newer format, or one that another process has open, is refused.
//
// Files: docs/formats/state.md. What may overlap: README.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/thread_starter.hpp"
#include "base/unique_function.hpp"
#include "core/state/resource.hpp"
#include "core/state/tx.hpp"

namespace landfall::state {

/// Questions. Every call reads disk or page cache (a get is 3-10 us), blocks its thread, and answers `io` or
/// `corrupt` where the files are bad.
class Reader {
public:
    virtual ~Reader() = default;
    /// not_found; also finds what is retired (look at Resource::retired).
    virtual Result<Resource> get(const Key& key) = 0;
    /// Live resources only. The id alone must be unique among the kind's; else the first created is found.
    virtual Result<std::optional<Resource>> find_by_id(std::string_view kind, std::string_view id) = 0;
    virtual Result<std::optional<Resource>> find_by_arn(std::string_view arn) = 0;
    /// Pages are stable: a resource that exists from the first page to the last is in exactly one of them.
    /// invalid: a limit outside 1..kPageMax, a foreign `after`, an empty kind where one is needed.
    virtual Result<Page> list(const Query& query) = 0;
    /// Who holds the name, if anybody.
    virtual Result<std::optional<Key>> holder(std::string_view space, std::string_view name) = 0;
    virtual Result<Recalled> recall(const OnceKey& once) = 0;
    virtual Result<std::uint64_t> counter(std::string_view name) = 0;
    virtual Result<std::optional<std::string>> setting(std::string_view name) = 0;
    virtual Result<std::vector<Event>> events(const EventQuery& query) = 0;
    virtual Result<EventSeq> last_event() = 0;
    /// Lines after number `after`, oldest first.
    virtual Result<std::vector<LogLine>> lines(std::string_view stream, std::uint64_t after,
                                               std::size_t limit) = 0;
};

struct StoreOptions {
    std::size_t readers = 8;                          ///< connections, hence snapshots at one time
    Duration reader_wait = std::chrono::seconds{10};  ///< for a free connection; then `unavailable`
    std::size_t queued_max = 16'384;                  ///< transactions waiting for the writer
    std::size_t queued_weight_max = 64 << 20;         ///< and their bytes
    std::uint64_t reserve_bytes = 4 << 20;            ///< kept aside so that deletes work on a full disk
    int log_pages = 1024;                             ///< of 4 KiB, before the log is moved into the database
    std::string vfs;  ///< SQLite's VFS by name, for tests of faults; empty: the system's
};

class EventListener {
public:
    virtual ~EventListener() = default;
    /// On the writer's thread, after the events are durable, in order, each once. Must not block and must not
    /// call commit(); the asynchronous submit() is allowed.
    virtual void on_events(std::span<const Event> events) = 0;
};

using Done = UniqueFunction<void(Result<Committed>)>;

/// Any thread may call everything but start, stop and the destructor.
class StateStore : public Reader {
public:
    /// Opens or makes the store in `directory` (made with mode 0700 where missing), upgrades an older format.
    /// Errors: unavailable (open elsewhere), precondition (newer format), corrupt, io, denied, exhausted.
    /// `clock` and `random` outlive the store.
    static Result<std::unique_ptr<StateStore>> open(const std::filesystem::path& directory, Clock& clock,
                                                    Random& random, StoreOptions options = {});

    /// Starts the one writer thread ("state.writer"). Reads work before; commits are `unavailable`.
    virtual void start(ThreadStarter& threads) = 0;
    /// Commits what is queued, joins the writer; later commits are refused with `cancelled`. Idempotent; the
    /// destructor does it.
    virtual void stop() = 0;

    /// Blocks until durable: about one fsync (3 ms), shared by all that wait at that time. An empty Tx
    /// succeeds at once. Errors: what the Tx's changes say; invalid (a Tx of more than kTxOpsMax changes);
    /// unavailable (queue full for 10 s); exhausted (disk full: nothing of it is stored; a Tx that only frees
    /// still works); io (poisoned); cancelled (stopped).
    Result<Committed> commit(Tx tx);
    /// The same without a thread: `done` is called exactly once, on the writer's thread (or on this one where
    /// the Tx is refused at once, e.g. a full queue). It must not block.
    void submit(Tx tx, Done done) { enqueue(std::move(tx), std::move(done), Duration::zero()); }

    /// A view of one moment that no later commit changes. Holds one of `readers` connections and keeps the
    /// log from being trimmed: make it short. For one thread at a time. unavailable: all are taken.
    virtual Result<std::unique_ptr<Reader>> snapshot() = 0;

    /// Waits until an event after `since` is durable, at most `wait`; answers the newest number (== since, or
    /// less, after a time-out).
    virtual Result<EventSeq> watch(EventSeq since, Duration wait) = 0;
    /// Borrowed until remove_listener, which returns only when no call is under way (unless it is called by
    /// the listener).
    virtual void add_listener(EventListener& listener) = 0;
    virtual void remove_listener(EventListener& listener) = 0;

    /// Tx::forget until nothing is left to forget; answers how many rows went.
    Result<std::uint64_t> trim(Instant before);
    /// A consistent copy into a file that must not exist, without stopping anybody (VACUUM INTO).
    virtual Status backup_to(const std::filesystem::path& file) = 0;
    /// SQLite's integrity check, that every event number is there, and that tags and look-ups agree with
    /// their resources. corrupt names the first finding.
    virtual Status verify() = 0;

    /// A random key of this store by name, made at the first call and kept in the settings. For tokens that
    /// must survive a restart but guard nothing else.
    Result<SecretBytes> token_key(std::string_view name);

protected:
    explicit StateStore(Random& random) : random_{random} {}
    /// CHECKs that this is not the writer's thread, which would wait for itself.
    virtual void check_may_block() const = 0;
    /// Hands a Tx to the writer; `wait` is how long to wait for room in the queue.
    virtual void enqueue(Tx tx, Done done, Duration wait) = 0;

private:
    Random& random_;
};

inline constexpr std::size_t kTxOpsMax = 1024;

}  // namespace landfall::state
