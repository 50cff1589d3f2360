// What DMS keeps of replication instances: pools of workers, and the subnet groups that they name.
//
// Invariants
//   1. An instance's class bounds what its tasks use: workers by its CPUs, tasks at one time by its memory.
//   2. What a change asks for and is not done yet is in `pending`; a reboot does it.
// Pure values; any thread. Source of the classes: the DMS user guide, "Choosing the right replication
// instance".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "services/dms/model_names.hpp"

namespace landfall::dms {

struct InstanceClass {
    std::string_view name;
    int cpus = 0;
    int memory_gib = 0;

    /// Sessions a side that one task loads with.
    [[nodiscard]] unsigned workers() const { return static_cast<unsigned>(2 * cpus); }
    /// Of 512 MiB each.
    [[nodiscard]] std::size_t tasks() const { return static_cast<std::size_t>(2 * memory_gib); }
};
[[nodiscard]] std::span<const InstanceClass> instance_classes();
/// nullptr: DMS has no such class.
[[nodiscard]] const InstanceClass* find_class(std::string_view name);

inline constexpr std::string_view kEngineVersions[] = {"3.4.7", "3.5.1", "3.5.2", "3.5.3", "3.5.4"};
inline constexpr std::string_view kEngineVersion = "3.5.4";
inline constexpr int kStorageMin = 5, kStorageMax = 6144, kStorageDefault = 50;

// Statuses, as the API writes them.
namespace status {
inline constexpr std::string_view kCreating = "creating", kAvailable = "available", kModifying = "modifying",
                                  kRebooting = "rebooting", kDeleting = "deleting", kActive = "active",
                                  kReady = "ready", kStarting = "starting", kRunning = "running",
                                  kStopping = "stopping", kStopped = "stopped", kFailed = "failed",
                                  kMoving = "moving", kTesting = "testing", kSuccessful = "successful",
                                  kRefreshing = "refreshing";
}

struct InstanceChange {
    std::optional<std::string> instance_class;
    std::optional<int> storage_gib;
    std::optional<std::string> engine_version;
    std::optional<bool> multi_az;
    bool operator==(const InstanceChange&) const = default;
    [[nodiscard]] bool empty() const { return *this == InstanceChange{}; }
};

struct ReplicationInstance {
    static constexpr std::string_view kThing = "rep";
    static constexpr std::string_view kWords = "Replication instance";
    Identity self;
    std::string name;  ///< its identifier
    std::string status{status::kCreating};
    std::string instance_class;
    int storage_gib = kStorageDefault;
    std::string engine_version{kEngineVersion};
    bool multi_az = false;
    InstanceChange pending;
    std::string availability_zone;
    std::string maintenance_window;
    std::string kms_key;
    std::string subnet_group;
    std::string dns_servers;
    std::string network_type;
    bool upgrades_itself = true;
    bool publicly_accessible = true;
    std::vector<std::string> security_groups;
    Instant created;
    Tags tags;
    bool operator==(const ReplicationInstance&) const = default;

    void apply(const InstanceChange& change);
};
[[nodiscard]] Verdict check(const ReplicationInstance& instance);

struct SubnetGroup {
    static constexpr std::string_view kThing = "subgrp";
    static constexpr std::string_view kWords = "Replication subnet group";
    Identity self;  ///< its id is its name
    std::string name;
    std::string description;
    std::vector<std::string> subnets;
    Instant created;
    Tags tags;
    bool operator==(const SubnetGroup&) const = default;
};
[[nodiscard]] Verdict check(const SubnetGroup& group);

/// Identifiers are kept in small letters.
[[nodiscard]] std::string lowered(std::string_view identifier);
/// A caller's ResourceIdentifier, which becomes the last part of the ARN: 1 to 31 letters, digits, hyphens.
[[nodiscard]] Verdict check_resource_identifier(std::string_view identifier);

}  // namespace landfall::dms
