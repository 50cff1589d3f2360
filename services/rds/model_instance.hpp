// What RDS keeps of a DB instance, and of the classes that bound one.
//
// Invariants
//   1. A status that passes (creating, starting, stopping, rebooting, modifying, deleting, …) has a job that
//      ends it; what an instance may be asked for depends on its status alone.
//   2. `sealed_password` is there only until the database has it.
//   3. `applied` are the settings that the server runs with: parameters that differ from them await a reboot.
// Pure values; any thread. Source of the classes: the RDS user guide, "Hardware specifications for DB
// instance classes"; what follows from their memory is in engines/databases/README.md.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "services/rds/model_names.hpp"

namespace landfall::rds {

struct InstanceClass {
    std::string_view name;
    int cpus = 0;
    int memory_mib = 0;
    [[nodiscard]] Bytes memory() const { return Bytes{static_cast<std::uint64_t>(memory_mib) << 20}; }
};
[[nodiscard]] std::span<const InstanceClass> instance_classes();
/// nullptr: there is no such class.
[[nodiscard]] const InstanceClass* find_class(std::string_view name);

// Statuses, as the API writes them.
namespace status {
inline constexpr std::string_view kCreating = "creating", kAvailable = "available", kModifying = "modifying",
                                  kResetting = "resetting-master-credentials", kRebooting = "rebooting",
                                  kStarting = "starting", kStopping = "stopping", kStopped = "stopped",
                                  kDeleting = "deleting", kFailed = "failed",
                                  kBadParameters = "incompatible-parameters";
}

inline constexpr int kStorageMin = 5, kStorageMax = 65'536;
inline constexpr int kPortMin = 1150, kPortMax = 65'535;
/// An account's, in all regions together.
inline constexpr std::size_t kInstancesMax = 40;

using Settings = std::map<std::string, std::string, std::less<>>;

struct DbInstance {
    static constexpr std::string_view kThing = "db";
    Identity self;
    std::string status{status::kCreating};
    std::string reason;       ///< of a failure, for a person
    std::string resource_id;  ///< "db-" and 26 letters and digits; never again another's
    std::string engine;
    std::string version;
    std::string instance_class;
    std::string pending_class;  ///< from the next reboot on
    int storage_gib = 0;
    std::string storage_type;
    std::string user;
    std::string sealed_password;
    std::string database;
    std::uint16_t port = 0;
    std::string parameter_group;
    Settings applied;
    std::string availability_zone;
    std::string maintenance_window;
    std::string backup_window;
    std::string subnet_group;
    std::string ca;
    std::vector<std::string> security_groups;
    bool protected_from_deletion = false;
    bool publicly_accessible = false;
    bool upgrades_itself = true;
    bool copies_tags = false;
    Instant created;
    Tags tags;
    bool operator==(const DbInstance&) const = default;

    /// It stays as it is until somebody asks for a change.
    [[nodiscard]] bool at_rest() const;
    /// Its server is meant to run.
    [[nodiscard]] bool should_run() const;
};
/// InvalidDBInstanceState unless the status is among `allowed`.
[[nodiscard]] Verdict need_status(const DbInstance& instance, std::initializer_list<std::string_view> allowed,
                                  std::string_view refusal);

}  // namespace landfall::rds
