// The commands of `landfall`, each a function from parsed flags to an exit code: 0 done, 1 failed, 2 wrong
// usage.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "apps/landfall/settings.hpp"

namespace landfall::app {

/// Runs until SIGTERM or SIGINT. Prints "ready URL" on standard output once it answers.
int run_server(const Settings& settings);

int run_doctor(const Settings& settings, std::ostream& out);

/// Prints the exports that point the aws CLI at the server of this data directory: eval $(landfall env).
int run_env(const Settings& settings, std::ostream& out);

/// The block store of a server that is not running.
enum class StoreAction { stats, verify_metadata, verify_all, rebuild_index, collect_garbage };
int run_store(const Settings& settings, StoreAction action, std::ostream& out);

/// Asks a running server over its API; `endpoint` empty: the one of the settings.
struct ClientOptions {
    std::string endpoint;
    bool follow = false;
};
int run_status(const Settings& settings, const ClientOptions& options, std::ostream& out);
/// Has the running server do a task of upkeep ("scrub", "collect") and follows it to its end.
int run_upkeep(const Settings& settings, const ClientOptions& options, std::string_view task,
               std::ostream& out);
int run_jobs(const Settings& settings, const ClientOptions& options, std::ostream& out);

/// Accounts and access keys of a running server, asked as the root of the first account. What is printed
/// holds the Secret of a new key: the only time that it is told.
enum class AccessAction { list, add_account, add_key, disable_key, enable_key, remove_key };
struct AccessOptions {
    std::string subject;  ///< the account, or the key to change
    std::string name;     ///< of a new account, for people
    std::string
        profile_out;  ///< also written there, as an AWS shared-credentials file of mode 0600; not there yet
    std::string profile;  ///< its profile; empty: the account
};
int run_access(const Settings& settings, const ClientOptions& client, AccessAction action,
               const AccessOptions& options, std::ostream& out);

/// Queues of a running server, over its API.
enum class QueueAction { stats, peek, move };
struct QueueOptions {
    std::string endpoint;
    std::string queue;   ///< a name or an ARN; stats: a prefix of names, or empty
    std::string target;  ///< of a move: empty is each message's own source
    std::uint32_t rate = 0;
    std::uint32_t max = 10;
};
int run_queue(const Settings& settings, QueueAction action, const QueueOptions& options, std::ostream& out);

/// Which events of a running server go to which topics, over its API.
enum class NotifyAction { add, list, remove };
struct NotifyOptions {
    std::string endpoint;
    std::string topic;                ///< its ARN
    std::vector<std::string> events;  ///< patterns
    std::string id;                   ///< of the one to remove
};
int run_notify(const Settings& settings, NotifyAction action, const NotifyOptions& options,
               std::ostream& out);

/// A completion script for the shell: bash, zsh or fish.
int print_completion(const std::string& shell, std::ostream& out);

}  // namespace landfall::app
