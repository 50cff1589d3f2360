// Instances: makes, changes and ends DB instances; carries out what their statuses promise.
//
// Invariants
//   1. A status that passes has a job, committed with it; the job ends the status, also over kill -9.
//   2. Of one instance one job works at a time.
//   3. A database that ends unasked, or that is not there when this server starts, is started again, with
//      pauses that double; after kAttemptsMax tries the instance is `failed`, with the reason as an event.
//   4. A password is sealed from the request until the database has it.
// Threads: any. Calls read and write disk; jobs block on databases.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "core/jobs/jobs.hpp"
#include "engines/databases/host.hpp"
#include "services/rds/store.hpp"

namespace landfall::blocks {
class KeySource;
}

namespace landfall::rds {

inline constexpr std::string_view kInstanceJob = "rds.instance";

/// What a job is to do; the words are its parameter.
namespace task {
inline constexpr std::string_view kCreate = "create", kStart = "start", kStop = "stop", kReboot = "reboot",
                                  kModify = "modify", kRestart = "modify and restart", kDelete = "delete",
                                  kRecover = "recover", kApply = "apply parameters";
}

class Instances {
public:
    /// All outlive it; `host` is empty where there are no databases here.
    struct Parts {
        state::StateStore& store;
        jobs::Jobs& jobs;
        databases::DatabaseHost* const& host;
        blocks::KeySource& sealing;
        Clock& clock;
        Random& random;
        std::string bind_address;
        const std::map<std::string, Catalogue, std::less<>>& catalogues;  ///< by family
    };
    explicit Instances(const Parts& parts) : parts_{parts}, records_{parts.store} {}

    void register_jobs(jobs::Jobs& jobs);
    /// Those that should run and do not are started. After jobs.start().
    Status resume();
    /// The database of that resource id ended unasked.
    void ended(const std::string& resource_id);

    /// DBInstanceAlreadyExists, quotas, capacity, port in use. Fills in what only this side knows.
    Judged<DbInstance> create(const state::Cause& cause, DbInstance instance, const SecretString& password);
    /// DBInstanceNotFound.
    Judged<Stored<DbInstance>> find(const Scope& scope, std::string_view name) const;
    /// `change` (DbInstance& -> Verdict) alters it, and may give it a status that passes: then `task` ends
    /// it.
    template <class F>
    Judged<DbInstance> change(const state::Cause& cause, const Scope& scope, std::string_view name,
                              std::string_view task, F alter) {
        const std::scoped_lock lock{changing_};
        for (int tries = 0; tries < kTriesMax; ++tries) {
            Stored<DbInstance> stored = TRY(find(scope, name));
            TRY(alter(stored.value));
            state::Tx tx{cause};
            Records::put(tx, stored);
            if (!stored.value.at_rest()) add_job(tx, stored.value, task);
            const auto committed = parts_.store.commit(std::move(tx));
            if (committed.ok()) return std::move(stored.value);
            // Tags and jobs change without a turn.
            if (!committed.is(Errc::precondition)) return committed.error();
        }
        return Error{Errc::unavailable, "too many writers of one record"};
    }
    [[nodiscard]] Result<std::string> seal(const DbInstance& instance, const SecretString& password) const;
    /// InvalidParameterValue where it is another instance's, or in use on this machine.
    Verdict check_port(const DbInstance& instance, std::uint16_t port) const;

    // Parameter groups.
    /// nullptr: no engine of that family is installed.
    [[nodiscard]] const Catalogue* catalogue(std::string_view family) const;
    /// DBParameterGroupNotFound. The default groups are there without a record.
    Judged<Stored<ParameterGroup>> find_group(const Scope& scope, std::string_view name) const;
    Judged<std::vector<ParameterGroup>> groups(const Scope& scope) const;
    Verdict create_group(const state::Cause& cause, const ParameterGroup& group);
    Verdict remove_group(const state::Cause& cause, const Scope& scope, std::string_view name);
    /// `alter` (ParameterGroup& -> Verdict); databases that run take what they can at once.
    template <class F>
    Verdict change_group(const state::Cause& cause, const Scope& scope, std::string_view name, F alter) {
        const std::scoped_lock lock{changing_};
        Stored<ParameterGroup> stored = TRY(find_group(scope, name));
        if (stored.value.is_default())
            return invalid_value("The parameter group " + stored.value.self.name +
                                 " is a default group and cannot be modified");
        TRY(alter(stored.value));
        return store_group(cause, stored);
    }
    /// InvalidParameterCombination: the instance's group is of another family.
    Verdict check_group(const DbInstance& instance, const std::string& family) const;
    /// What a server that starts now would run with.
    [[nodiscard]] Result<Settings> settings_of(const DbInstance& instance) const;

    [[nodiscard]] const Records& records() const { return records_; }

private:
    static constexpr int kTriesMax = 100;

    /// Those of two weeks ago and more, in the accounts that have instances.
    Status forget_events() const;
    [[nodiscard]] ParameterGroup default_group(const Scope& scope, const std::string& family) const;
    Verdict store_group(const state::Cause& cause, const Stored<ParameterGroup>& stored);
    Status apply_live(DbInstance& instance) const;
    void add_job(state::Tx& tx, const DbInstance& instance, std::string_view task) const;
    jobs::StepResult work(jobs::JobContext& job);
    Result<state::Tx> perform(jobs::JobContext& job, const Identity& identity);
    void give_up(const jobs::Job& job, state::Tx& tx) const;
    Status carry_out(jobs::JobContext& job, DbInstance& instance, std::string_view task) const;
    Status run_server(jobs::JobContext& job, DbInstance& instance) const;
    Status give_password(DbInstance& instance) const;
    [[nodiscard]] databases::RunSpec run_spec_of(const DbInstance& instance) const;
    Status submit_recovery(const Stored<DbInstance>& stored, std::string_view passing) const;
    Judged<std::uint16_t> choose_port(const DbInstance& instance) const;
    Verdict check_room(const DbInstance& instance) const;

    Parts parts_;
    Records records_;
    std::mutex changing_;
    // Which instances a job works on.
    std::mutex busy_mutex_;
    std::condition_variable busy_changed_;
    std::set<std::string> busy_;
};

/// The lines of an account's events in a region.
[[nodiscard]] std::string event_stream(const Scope& scope);
struct RdsEvent {
    std::string source_type;  ///< "db-instance", "db-parameter-group"
    Identity source;
    std::string category;
    std::string message;
};
void add_event(state::Tx& tx, Instant at, const RdsEvent& event);
[[nodiscard]] RdsEvent event_of(const state::LogLine& line, const Scope& scope);

}  // namespace landfall::rds
