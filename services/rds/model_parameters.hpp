// What RDS keeps of a DB parameter group, and how one becomes a server's settings.
//
// Invariants
//   1. A group holds values that its family's list allows; the list is the installed engine's own.
//   2. A parameter that a running server can take is applied at once where its method says so; everything
//      else awaits the instance's next reboot.
// Pure values; any thread. Source: the RDS user guide, "Parameter groups for Amazon RDS".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engines/databases/parameters.hpp"
#include "services/rds/model_instance.hpp"

namespace landfall::rds {

inline constexpr std::size_t kGroupsMax = 150;
/// The groups that are there without being made.
inline constexpr std::string_view kDefaultFront = "default.";
inline constexpr std::string_view kImmediate = "immediate", kPendingReboot = "pending-reboot";

struct Chosen {
    std::string value;
    std::string method;
    bool operator==(const Chosen&) const = default;
};

struct ParameterGroup {
    static constexpr std::string_view kThing = "pg";
    Identity self;
    std::string family;
    std::string description;
    std::map<std::string, Chosen, std::less<>> chosen;
    Tags tags;
    bool operator==(const ParameterGroup&) const = default;

    [[nodiscard]] bool is_default() const { return self.name.starts_with(kDefaultFront); }
    /// What a server that starts now runs with, under RDS's names.
    [[nodiscard]] Settings settings() const;
};

/// "postgres15", "mariadb10.11".
[[nodiscard]] std::string family_of(const databases::Installed& engine);

using Catalogue = std::vector<databases::Parameter>;
/// nullptr: the family has no such parameter.
[[nodiscard]] const databases::Parameter* find_parameter(const Catalogue& catalogue, std::string_view name);
/// The engine's list and what RDS adds to it (rds.logical_replication).
[[nodiscard]] Catalogue catalogue_of(std::string_view engine, Catalogue engines_own);
/// InvalidParameterValue, InvalidParameterCombination; in RDS's words.
[[nodiscard]] Verdict check_parameter(const Catalogue& catalogue, std::string_view name,
                                      const Chosen& chosen);

/// RDS's names, as the server's.
[[nodiscard]] Settings server_settings(const Settings& settings);
/// What a running server with `applied` has once the group's immediate changes are made.
[[nodiscard]] Settings with_live_changes(const Settings& applied, const ParameterGroup& group,
                                         const Catalogue& catalogue);

}  // namespace landfall::rds
