// Regions, zones, instance types and the account's attributes: what is so without anything being stored.
#include "services/ec2/api.hpp"
#include "services/ec2/instance_types.hpp"
#include "services/ec2/network.hpp"

namespace landfall::ec2 {
namespace {

Answer describe_regions(const CallContext& call, api::DescribeRegions::In in, api::DescribeRegions::Out out) {
    out.start_regions();
    std::vector<std::string> regions{call.regions.begin(), call.regions.end()};
    const auto listed = [&regions](std::string_view name) {
        return std::find(regions.begin(), regions.end(), name) != regions.end();
    };
    if (!listed(call.region)) regions.push_back(call.region);
    const auto wanted = in.region_names();
    for (const std::string_view name : wanted)
        if (!listed(name))
            return ApiError{errors::kInvalidParameterValue, "Invalid region(s): [" + std::string{name} + "]"};
    auto selection = Selection::of(filters_in(in.filters()), {"endpoint", "opt-in-status", "region-name"});
    if (!selection.ok()) return told(selection.error());
    for (const std::string& one : regions) {
        if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), one) == wanted.end()) continue;
        const auto attribute = [&](std::string_view name) -> Values {
            if (name == "region-name") return std::vector{one};
            if (name == "endpoint") return std::vector{call.host};
            return std::vector<std::string>{"opt-in-not-required"};
        };
        if (!selection->accepts({}, attribute)) continue;
        auto region = out.add_regions();
        region.set_region_name(one);
        region.set_endpoint(call.host);
        region.set_opt_in_status("opt-in-not-required");
    }
    return Answer::success();
}

void put_zone(api::out::AvailabilityZone out, const Subnet& zone, const std::string& region) {
    out.set_zone_name(zone.zone);
    out.set_zone_id(zone.zone_id);
    out.set_region_name(region);
    out.set_group_name(region);
    out.set_network_border_group(region);
    out.set_opt_in_status("opt-in-not-required");
    out.set_zone_type("availability-zone");
    out.set_state("available");
}

Answer describe_zones(const CallContext& call, api::DescribeAvailabilityZones::In in,
                      api::DescribeAvailabilityZones::Out out) {
    auto selection =
        Selection::of(filters_in(in.filters()),
                      {"group-name", "opt-in-status", "region-name", "state", "zone-id", "zone-name",
                       "zone-type", "message", "parent-zone-id", "parent-zone-name"});
    if (!selection.ok()) return told(selection.error());
    out.start_availability_zones();
    const DefaultNetwork network = default_network(call.account, call.region);
    const auto named = [](const auto& names, std::string_view zone) {
        return names.empty() || std::find(names.begin(), names.end(), zone) != names.end();
    };
    for (const std::string_view name : in.zone_names()) {
        const auto same = [&](const Subnet& zone) { return zone.zone == name; };
        if (std::none_of(network.subnets.begin(), network.subnets.end(), same))
            return ApiError{errors::kInvalidParameterValue,
                            "Invalid availability zone: [" + std::string{name} + "]"};
    }
    for (const Subnet& zone : network.subnets) {
        const auto attribute = [&](std::string_view name) -> Values {
            if (name == "zone-name") return std::vector{zone.zone};
            if (name == "zone-id") return std::vector{zone.zone_id};
            if (name == "region-name" || name == "group-name") return std::vector{call.region};
            if (name == "state") return std::vector<std::string>{"available"};
            if (name == "zone-type") return std::vector<std::string>{"availability-zone"};
            if (name == "opt-in-status") return std::vector<std::string>{"opt-in-not-required"};
            return std::nullopt;
        };
        if (named(in.zone_names(), zone.zone) && named(in.zone_ids(), zone.zone_id) &&
            selection->accepts({}, attribute))
            put_zone(out.add_availability_zones(), zone, call.region);
    }
    return Answer::success();
}

void put_type(api::out::InstanceTypeInfo out, const InstanceType& type) {
    out.set_instance_type(type.name);
    out.set_current_generation(type.current_generation());
    out.set_bare_metal(false);
    out.set_burstable_performance_supported(type.burstable());
    out.set_hypervisor("nitro");
    out.set_free_tier_eligible(false);
    out.set_instance_storage_supported(false);
    out.set_hibernation_supported(false);
    out.set_dedicated_hosts_supported(false);
    out.set_auto_recovery_supported(false);
    out.add_supported_usage_classes("on-demand");
    out.add_supported_root_device_types("ebs");
    out.add_supported_virtualization_types("hvm");
    out.add_supported_boot_modes("legacy-bios");
    out.add_supported_boot_modes("uefi");
    out.set_processor_info().add_supported_architectures("x86_64");
    auto cpu = out.set_v_cpu_info();
    const std::uint32_t threads = type.threads_per_core();
    cpu.set_default_v_cpus(static_cast<std::int32_t>(type.vcpus));
    cpu.set_default_cores(static_cast<std::int32_t>(type.vcpus / threads));
    cpu.set_default_threads_per_core(static_cast<std::int32_t>(threads));
    out.set_memory_info().set_size_in_mi_b(type.memory_mib);
    auto ebs = out.set_ebs_info();
    ebs.set_ebs_optimized_support("default");
    ebs.set_encryption_support("supported");
    ebs.set_nvme_support("required");
    auto network = out.set_network_info();
    network.set_maximum_network_interfaces(1);
    network.set_ipv4_addresses_per_interface(1);
    network.set_ipv6_supported(false);
    network.set_ena_support("supported");
}

Values type_attribute(const InstanceType& type, std::string_view name) {
    if (name == "instance-type") return std::vector{std::string{type.name}};
    if (name == "vcpu-info.default-vcpus") return std::vector{std::to_string(type.vcpus)};
    if (name == "memory-info.size-in-mib") return std::vector{std::to_string(type.memory_mib)};
    if (name == "current-generation")
        return std::vector<std::string>{type.current_generation() ? "true" : "false"};
    if (name == "burstable-performance-supported")
        return std::vector<std::string>{type.burstable() ? "true" : "false"};
    if (name == "processor-info.supported-architecture") return std::vector<std::string>{"x86_64"};
    if (name == "supported-virtualization-type") return std::vector<std::string>{"hvm"};
    return std::vector<std::string>{"false"};  // bare-metal, free-tier-eligible, hibernation-supported
}

Answer describe_types(const CallContext&, api::DescribeInstanceTypes::In in,
                      api::DescribeInstanceTypes::Out out) {
    auto selection = Selection::of(
        filters_in(in.filters()),
        {"instance-type", "vcpu-info.default-vcpus", "memory-info.size-in-mib", "current-generation",
         "burstable-performance-supported", "processor-info.supported-architecture",
         "supported-virtualization-type", "bare-metal", "free-tier-eligible", "hibernation-supported"});
    if (!selection.ok()) return told(selection.error());
    out.start_instance_types();
    for (const std::string_view name : in.instance_types())
        if (find_instance_type(name) == nullptr)
            return ApiError{
                errors::kInvalidInstanceType,
                "The following supplied instance types do not exist: [" + std::string{name} + "]"};
    for (const InstanceType& type : instance_types()) {
        const auto names = in.instance_types();
        const bool asked = names.empty() || std::find(names.begin(), names.end(), type.name) != names.end();
        if (asked &&
            selection->accepts({}, [&](std::string_view name) { return type_attribute(type, name); }))
            put_type(out.add_instance_types(), type);
    }
    return Answer::success();
}

Answer describe_offerings(const CallContext& call, api::DescribeInstanceTypeOfferings::In in,
                          api::DescribeInstanceTypeOfferings::Out out) {
    auto selection = Selection::of(filters_in(in.filters()), {"instance-type", "location"});
    if (!selection.ok()) return told(selection.error());
    out.start_instance_type_offerings();
    const std::string by = std::string{in.location_type().value_or("region")};
    std::vector<std::string> places{call.region};
    if (by != "region") {
        places.clear();
        for (const Subnet& zone : default_network(call.account, call.region).subnets)
            places.push_back(by == "availability-zone" ? zone.zone : zone.zone_id);
    }
    for (const std::string& place : places)
        for (const InstanceType& type : instance_types()) {
            const auto attribute = [&](std::string_view name) -> Values {
                return std::vector{name == "location" ? place : std::string{type.name}};
            };
            if (!selection->accepts({}, attribute)) continue;
            auto offering = out.add_instance_type_offerings();
            offering.set_instance_type(type.name);
            offering.set_location_type(by);
            offering.set_location(place);
        }
    return Answer::success();
}

Answer describe_account(const CallContext& call, api::DescribeAccountAttributes::In in,
                        api::DescribeAccountAttributes::Out out) {
    const std::vector<std::pair<std::string, std::string>> attributes{
        {"supported-platforms", "VPC"}, {"default-vpc", default_network(call.account, call.region).vpc_id},
        {"max-instances", "1024"},      {"vpc-max-security-groups-per-interface", "5"},
        {"max-elastic-ips", "0"},       {"vpc-max-elastic-ips", "0"},
    };
    out.start_account_attributes();
    for (const auto& [name, value] : attributes) {
        const auto names = in.attribute_names();
        if (!names.empty() && std::find(names.begin(), names.end(), name) == names.end()) continue;
        auto attribute = out.add_account_attributes();
        attribute.set_attribute_name(name);
        attribute.add_attribute_values().set_attribute_value(value);
    }
    return Answer::success();
}

}  // namespace

void register_places(Operations& operations) {
    operations.on<api::DescribeRegions>(describe_regions);
    operations.on<api::DescribeAvailabilityZones>(describe_zones);
    operations.on<api::DescribeInstanceTypes>(describe_types);
    operations.on<api::DescribeInstanceTypeOfferings>(describe_offerings);
    operations.on<api::DescribeAccountAttributes>(describe_account);
}

}  // namespace landfall::ec2
