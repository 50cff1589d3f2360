// What DMS keeps for schema conversion: instance profiles, data providers, migration projects.
//
// Invariants
//   1. A data provider has the settings of its engine, and of no other; what they hold are names and numbers
//      of the settings' members, never a password.
//   2. A project names data providers and its instance profile by their ids: their names may change.
// Pure values; any thread.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "services/dms/model_names.hpp"

namespace landfall::dms {

struct InstanceProfile {
    static constexpr std::string_view kThing = "instance-profile";
    static constexpr std::string_view kWords = "Instance profile";
    Identity self;
    std::string name;
    std::string description;
    std::string availability_zone;
    std::string kms_key_arn;
    std::optional<bool> publicly_accessible;
    std::string network_type;  ///< IPV4, DUAL
    std::string subnet_group;
    std::vector<std::string> security_groups;
    Instant created;
    Tags tags;
    bool operator==(const InstanceProfile&) const = default;
};
[[nodiscard]] Verdict check(const InstanceProfile& profile);

/// The settings of one engine: the members that were given, by the model's names.
struct ProviderSettings {
    std::string kind;  ///< "OracleSettings"; empty: none were given
    std::map<std::string, std::string, std::less<>> texts;
    std::map<std::string, std::int64_t, std::less<>> numbers;
    std::map<std::string, bool, std::less<>> flags;
    bool operator==(const ProviderSettings&) const = default;

    /// Empty where it was not given.
    [[nodiscard]] std::string_view text(std::string_view name) const;
    /// The members of `given` replace those of the same name; the kind must be the same or none.
    void merge(const ProviderSettings& given);
};

struct DataProvider {
    static constexpr std::string_view kThing = "data-provider";
    static constexpr std::string_view kWords = "Data provider";
    Identity self;
    std::string name;
    std::string description;
    std::string engine;
    bool is_virtual = false;
    ProviderSettings settings;
    Instant created;
    Tags tags;
    bool operator==(const DataProvider&) const = default;

    /// What selection rules call it: ServerName, or where that is not given the provider's own name.
    [[nodiscard]] std::string_view server_name() const;
};
/// The member of DataProviderSettings that an engine has; empty: DMS knows no such engine.
[[nodiscard]] std::string_view settings_kind_of(std::string_view engine);
[[nodiscard]] Verdict check(const DataProvider& provider);

/// A side of a project. Secrets are named, never held.
struct Descriptor {
    std::string provider;  ///< its id
    std::string secret_id;
    std::string role_arn;
    bool operator==(const Descriptor&) const = default;
};

struct MigrationProject {
    static constexpr std::string_view kThing = "migration-project";
    static constexpr std::string_view kWords = "Migration project";
    Identity self;
    std::string name;
    std::string description;
    std::vector<Descriptor> sources;
    std::vector<Descriptor> targets;
    std::string instance_profile;      ///< its id
    std::string transformation_rules;  ///< JSON as it was given; may be empty
    std::string bucket_path;
    std::string bucket_role_arn;
    std::string configuration;  ///< JSON: what ModifyConversionConfiguration gave, merged; may be empty
    Instant created;
    Tags tags;
    bool operator==(const MigrationProject&) const = default;

    [[nodiscard]] bool uses_provider(std::string_view id) const;
};
[[nodiscard]] Verdict check(const MigrationProject& project);

}  // namespace landfall::dms
