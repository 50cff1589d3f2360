// Names of what RDS keeps: ARNs, identifiers, users, passwords, tags.
//
// Pure functions; any thread; no disk. Texts of refusals are RDS's own.
// Sources: the API reference of RDS, CreateDBInstance and CreateDBParameterGroup; "Constraints for the master
// password" in the user guide.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/rds/model_fault.hpp"

namespace landfall::rds {

/// Whose, and where.
struct Scope {
    std::string account;
    std::string region;
    auto operator<=>(const Scope&) const = default;
};
/// What an ARN names. `thing` is its word there: "db", "pg".
struct Identity {
    Scope scope;
    std::string name;  ///< in small letters
    auto operator<=>(const Identity&) const = default;
};
[[nodiscard]] std::string arn_of(const Identity& identity, std::string_view thing);
struct NamedThing {
    std::string thing;
    Identity identity;
};
/// nullopt: no ARN of RDS.
[[nodiscard]] std::optional<NamedThing> parse_arn(std::string_view arn);

[[nodiscard]] std::string lowered(std::string_view text);
/// 1 to `max` letters, digits and hyphens, a letter first, no hyphen last or doubled.
[[nodiscard]] Verdict check_identifier(std::string_view name, std::string_view parameter, std::size_t max);
[[nodiscard]] Verdict check_master_user(std::string_view engine, std::string_view user);
[[nodiscard]] Verdict check_master_password(std::string_view engine, std::string_view password);
[[nodiscard]] Verdict check_database_name(std::string_view engine, std::string_view name);

using Tags = std::vector<std::pair<std::string, std::string>>;
inline constexpr std::size_t kTagsMax = 50;
[[nodiscard]] Verdict check_tags(const Tags& tags);

}  // namespace landfall::rds
