// DatabaseHost: the database servers of this machine, each a PostgreSQL or MariaDB of its own that outlives
// the program that started it.
//
// Invariants
//   1. A database is its folder, `root`/ID: record, configuration, data, socket, logs
//      (docs/formats/database.md). It exists from create() to remove(), also over kill -9 between any two
//      steps.
//   2. The record names a process before that process becomes the server, so that a restarted host finds
//      every running server again. A process is ours only if its pid, start time and boot are the record's.
//   3. Two servers never run on one folder; one host owns a root at a time (flock).
//   4. Each database has a user of its own, `first_uid` + its slot, and sees its own folder only, where this
//      process is root and may make namespaces; README.md has the table of what is enforced where.
//   5. No password is on a command line, in a record or in a log.
// Threads: any; calls for one database come one after another (the caller's care), but for running(), logs
// and read_log. Calls block: up to minutes where they say so.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/thread_starter.hpp"
#include "base/unique_function.hpp"
#include "engines/databases/administration.hpp"
#include "engines/databases/configuration.hpp"
#include "engines/databases/launch.hpp"
#include "engines/databases/process.hpp"
#include "engines/databases/product.hpp"

namespace landfall::databases {

struct HostSettings {
    std::string root;  ///< made with mode 0700 if its parent exists
    std::uint32_t first_uid = 786'432;
    std::uint32_t databases_max = 40;
};

/// A server ended that nobody had told to. On the watching thread; must be quick and not call the host.
using EndListener = UniqueFunction<void(const std::string& id)>;
/// Whether to give up waiting, asked every 50 ms.
using Impatience = UniqueFunction<bool()>;

struct LogFile {
    std::string name;  ///< "error/postgresql.log.2026-11-23-16"
    Bytes size;
    Instant written;
};

class DatabaseHost {
public:
    /// Finds the databases of `root` and takes running servers over. unavailable: another host owns root;
    /// corrupt: a record that does not parse (the message names the file; nothing is deleted).
    static Result<std::unique_ptr<DatabaseHost>> open(HostSettings settings);
    /// For open() alone.
    class Private {
        friend class DatabaseHost;
        Private() = default;
    };
    DatabaseHost(Private, HostSettings settings);
    ~DatabaseHost();

    /// The thread "databases": tells of ends. stop() joins it; the servers run on.
    void start(ThreadStarter& threads, EndListener listener);
    void stop();

    [[nodiscard]] const std::vector<Installed>& installed() const { return installed_; }
    [[nodiscard]] const Installed* find(Product product) const;
    /// What keeps databases from having users and sights of their own here; empty: nothing.
    [[nodiscard]] const std::string& not_confined() const { return not_confined_; }

    /// Why no database can be made here; empty: some can.
    [[nodiscard]] std::string why_unable() const;
    /// The folder, with a fresh data directory; seconds. What an earlier call left half-made is made anew.
    /// invalid (no such product here), exhausted (databases_max, disk), unavailable.
    Status create(const std::string& id, Product product);
    /// Writes the configuration and starts the server, then waits until it answers. Running already: waits
    /// for its answer. invalid: it ended by itself, with what it said; cancelled: `impatient`; unavailable:
    /// its port is taken.
    Status start_server(const std::string& id, const RunSpec& spec, Impatience impatient);
    /// Asks it to end; sessions are cut. Killed after `grace`. Not running: fine. Blocks up to that long.
    Status stop_server(const std::string& id, Duration grace);
    /// Kills it and removes the folder. Not being there is fine.
    Status remove(const std::string& id);
    /// New settings for a running server; those that need a restart wait for it.
    Status reload(const std::string& id, const RunSpec& spec);

    [[nodiscard]] bool exists(const std::string& id) const;
    [[nodiscard]] bool running(const std::string& id) const;
    /// For administration.hpp. not_found.
    [[nodiscard]] Result<AdminPlace> place_of(const std::string& id, std::uint16_t port) const;

    /// In the order of their names. not_found.
    [[nodiscard]] Result<std::vector<LogFile>> logs(const std::string& id) const;
    /// At most `limit` bytes from `from`. not_found.
    [[nodiscard]] Result<std::string> read_log(const std::string& id, const std::string& name,
                                               ByteOffset from, Bytes limit) const;
    /// Free for a server on that address now.
    [[nodiscard]] static bool port_is_free(const std::string& address, std::uint16_t port);
    /// Of the root's file system, for those who are not root.
    [[nodiscard]] Result<Bytes> free_space() const;

private:
    struct Database {
        Product product = Product::postgres;
        std::uint32_t slot = 0;
        bool made = false;
        std::optional<ProcessName> process;
        UniqueFd pidfd;
        bool watched = false;  ///< its end is news
    };

    Status load();
    Status adopt(const std::string& id);
    void find_confinement();
    [[nodiscard]] std::string folder_of(const std::string& id) const { return settings_.root + "/" + id; }
    [[nodiscard]] Surroundings surroundings_of(const std::string& id) const;
    [[nodiscard]] std::optional<std::uint32_t> uid_of(const Database& database) const;
    [[nodiscard]] Result<Database*> need(const std::string& id);
    [[nodiscard]] Result<std::uint32_t> free_slot() const;
    Status save(const std::string& id, const Database& database) const;
    Status make_folders(const std::string& id, const Database& database) const;
    Status write_configuration(const std::string& id, const Database& database, const RunSpec& spec) const;
    Result<Program> program_of(const std::string& id, const Database& database) const;
    Status launch_server(const std::string& id, Database& database);
    Status await_answer(const std::string& id, Database& database, std::uint16_t port, Impatience impatient);
    [[nodiscard]] Error why_ended(const std::string& id) const;
    void forget_process(const std::string& id, Database& database);
    void watch();
    void expire_logs() const;
    void wake() const;

    HostSettings settings_;
    std::vector<Installed> installed_;
    std::string not_confined_;
    bool own_users_ = false;
    std::string administrator_;
    UniqueFd owned_;
    UniqueFd wake_;
    /// Guards the table and each row's process; never held over a wait.
    mutable std::mutex mutex_;
    std::map<std::string, std::unique_ptr<Database>> databases_;
    EndListener listener_;
    bool stopping_ = false;
    std::thread watcher_;
};

}  // namespace landfall::databases
