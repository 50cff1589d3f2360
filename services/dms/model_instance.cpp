#include "services/dms/model_instance.hpp"

#include <algorithm>
#include <array>

namespace landfall::dms {
namespace {

constexpr std::size_t kInstanceNameMax = 63;
constexpr std::size_t kResourceIdentifierMax = 31;

constexpr std::array kClasses{
    InstanceClass{"dms.t2.micro", 1, 1},          InstanceClass{"dms.t2.small", 1, 2},
    InstanceClass{"dms.t2.medium", 2, 4},         InstanceClass{"dms.t2.large", 2, 8},
    InstanceClass{"dms.t3.micro", 2, 1},          InstanceClass{"dms.t3.small", 2, 2},
    InstanceClass{"dms.t3.medium", 2, 4},         InstanceClass{"dms.t3.large", 2, 8},
    InstanceClass{"dms.c4.large", 2, 4},          InstanceClass{"dms.c4.xlarge", 4, 8},
    InstanceClass{"dms.c4.2xlarge", 8, 15},       InstanceClass{"dms.c4.4xlarge", 16, 30},
    InstanceClass{"dms.c5.large", 2, 4},          InstanceClass{"dms.c5.xlarge", 4, 8},
    InstanceClass{"dms.c5.2xlarge", 8, 16},       InstanceClass{"dms.c5.4xlarge", 16, 32},
    InstanceClass{"dms.c5.9xlarge", 36, 72},      InstanceClass{"dms.c5.12xlarge", 48, 96},
    InstanceClass{"dms.c5.18xlarge", 72, 144},    InstanceClass{"dms.c5.24xlarge", 96, 192},
    InstanceClass{"dms.c6i.large", 2, 4},         InstanceClass{"dms.c6i.xlarge", 4, 8},
    InstanceClass{"dms.c6i.2xlarge", 8, 16},      InstanceClass{"dms.c6i.4xlarge", 16, 32},
    InstanceClass{"dms.c6i.8xlarge", 32, 64},     InstanceClass{"dms.c6i.12xlarge", 48, 96},
    InstanceClass{"dms.c6i.16xlarge", 64, 128},   InstanceClass{"dms.c6i.24xlarge", 96, 192},
    InstanceClass{"dms.c6i.32xlarge", 128, 256},  InstanceClass{"dms.r4.large", 2, 15},
    InstanceClass{"dms.r4.xlarge", 4, 30},        InstanceClass{"dms.r4.2xlarge", 8, 61},
    InstanceClass{"dms.r4.4xlarge", 16, 122},     InstanceClass{"dms.r4.8xlarge", 32, 244},
    InstanceClass{"dms.r5.large", 2, 16},         InstanceClass{"dms.r5.xlarge", 4, 32},
    InstanceClass{"dms.r5.2xlarge", 8, 64},       InstanceClass{"dms.r5.4xlarge", 16, 128},
    InstanceClass{"dms.r5.8xlarge", 32, 256},     InstanceClass{"dms.r5.12xlarge", 48, 384},
    InstanceClass{"dms.r5.16xlarge", 64, 512},    InstanceClass{"dms.r5.24xlarge", 96, 768},
    InstanceClass{"dms.r6i.large", 2, 16},        InstanceClass{"dms.r6i.xlarge", 4, 32},
    InstanceClass{"dms.r6i.2xlarge", 8, 64},      InstanceClass{"dms.r6i.4xlarge", 16, 128},
    InstanceClass{"dms.r6i.8xlarge", 32, 256},    InstanceClass{"dms.r6i.12xlarge", 48, 384},
    InstanceClass{"dms.r6i.16xlarge", 64, 512},   InstanceClass{"dms.r6i.24xlarge", 96, 768},
    InstanceClass{"dms.r6i.32xlarge", 128, 1024},
};

bool is_day(std::string_view text) {
    constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    return std::ranges::find(kDays, text) != kDays.end();
}

/// "06:00"
bool is_time(std::string_view text) {
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    return text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4) &&
           text.substr(0, 2) < "24" && text[3] < '6';
}

/// "sun:06:00-sun:14:00"
bool is_window(std::string_view text) {
    const auto moment = [](std::string_view part) {
        return part.size() == 9 && is_day(part.substr(0, 3)) && part[3] == ':' && is_time(part.substr(4));
    };
    return text.size() == 19 && text[9] == '-' && moment(text.substr(0, 9)) && moment(text.substr(10));
}

}  // namespace

std::span<const InstanceClass> instance_classes() { return kClasses; }

const InstanceClass* find_class(std::string_view name) {
    const auto* const found = std::ranges::find(kClasses, name, &InstanceClass::name);
    return found == kClasses.end() ? nullptr : found;
}

void ReplicationInstance::apply(const InstanceChange& change) {
    instance_class = change.instance_class.value_or(instance_class);
    storage_gib = change.storage_gib.value_or(storage_gib);
    engine_version = change.engine_version.value_or(engine_version);
    multi_az = change.multi_az.value_or(multi_az);
}

Verdict check(const ReplicationInstance& instance) {
    TRY(check_name(instance.name, "ReplicationInstanceIdentifier"));
    if (instance.name.size() > kInstanceNameMax)
        return invalid_value("ReplicationInstanceIdentifier has at most 63 characters");
    ReplicationInstance after = instance;
    after.apply(instance.pending);
    if (find_class(after.instance_class) == nullptr)
        return invalid_value("ReplicationInstanceClass " + after.instance_class + " is none of DMS's");
    if (after.storage_gib < kStorageMin || after.storage_gib > kStorageMax)
        return invalid_value("AllocatedStorage must be 5 to 6144");
    if (std::ranges::find(kEngineVersions, after.engine_version) == std::end(kEngineVersions))
        return invalid_value("EngineVersion " + after.engine_version + " is not available");
    if (!is_window(instance.maintenance_window))
        return invalid_value("PreferredMaintenanceWindow must be like sun:06:00-sun:14:00");
    constexpr std::array<std::string_view, 3> kNetworks{"IPV4", "IPV6", "DUAL"};
    if (std::ranges::find(kNetworks, instance.network_type) == kNetworks.end())
        return invalid_value("NetworkType must be IPV4, IPV6 or DUAL");
    return {};
}

Verdict check(const SubnetGroup& group) {
    const bool plain =
        !group.name.empty() && group.name.size() <= 255 && std::ranges::all_of(group.name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
                   c == ' ';
        });
    if (!plain)
        return invalid_value(
            "ReplicationSubnetGroupIdentifier has 1 to 255 letters, digits, periods, underscores, hyphens "
            "and blanks");
    if (group.name == "default") return invalid_value("ReplicationSubnetGroupIdentifier must not be default");
    if (group.subnets.empty()) return invalid_value("SubnetIds must name a subnet");
    return {};
}

std::string lowered(std::string_view identifier) {
    std::string text{identifier};
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

Verdict check_resource_identifier(std::string_view identifier) {
    TRY(check_name(identifier, "ResourceIdentifier"));
    if (identifier.size() <= kResourceIdentifierMax) return {};
    return invalid_value("ResourceIdentifier has at most 31 characters");
}

}  // namespace landfall::dms
