// The default VPC and what belongs to it, as clients read it; nothing of it can be changed yet.
#include "services/ec2/api.hpp"
#include "services/ec2/network.hpp"

namespace landfall::ec2 {
namespace {

/// Ids asked for must be those that exist; empty asks for all.
template <class Ids>
const std::string_view* unknown_of(const Ids& asked, const std::vector<std::string>& existing,
                                   std::string_view& unknown) {
    for (const std::string_view id : asked) {
        if (std::find(existing.begin(), existing.end(), id) != existing.end()) continue;
        unknown = id;
        return &unknown;
    }
    return nullptr;
}

template <class Ids>
bool asked_for(const Ids& asked, std::string_view id) {
    return asked.empty() || std::find(asked.begin(), asked.end(), id) != asked.end();
}

Values just(std::string value) { return std::vector{std::move(value)}; }

Answer describe_vpcs(const CallContext& call, api::DescribeVpcs::In in, api::DescribeVpcs::Out out) {
    auto selection = Selection::of(filters_in(in.filters()),
                                   {"cidr", "cidr-block-association.cidr-block", "dhcp-options-id",
                                    "is-default", "isDefault", "owner-id", "state", "vpc-id"});
    if (!selection.ok()) return told(selection.error());
    const DefaultNetwork network = default_network(call.account, call.region);
    std::string_view unknown;
    if (unknown_of(in.vpc_ids(), {network.vpc_id}, unknown) != nullptr)
        return ApiError{errors::kInvalidVpcIDNotFound,
                        "The vpc ID '" + std::string{unknown} + "' does not exist"};
    out.start_vpcs();
    const auto attribute = [&](std::string_view name) {
        if (name == "vpc-id") return just(network.vpc_id);
        if (name == "dhcp-options-id") return just(network.dhcp_options_id);
        if (name == "owner-id") return just(call.account);
        if (name == "state") return just("available");
        if (name == "is-default" || name == "isDefault") return just("true");
        return just(network.vpc_cidr);
    };
    if (!selection->accepts({}, attribute)) return Answer::success();
    auto vpc = out.add_vpcs();
    vpc.set_vpc_id(network.vpc_id);
    vpc.set_cidr_block(network.vpc_cidr);
    vpc.set_dhcp_options_id(network.dhcp_options_id);
    vpc.set_instance_tenancy("default");
    vpc.set_is_default(true);
    vpc.set_owner_id(call.account);
    vpc.set_state("available");
    auto association = vpc.add_cidr_block_association_set();
    association.set_association_id(derived_id("vpc-cidr-assoc-", network.vpc_id));
    association.set_cidr_block(network.vpc_cidr);
    association.set_cidr_block_state().set_state("associated");
    return Answer::success();
}

/// Addresses that no interface holds.
std::int32_t free_addresses(const Ec2& ec2, const Scope& scope, const Subnet& subnet) {
    const auto held = ec2.records().children<Interface>(scope, subnet.id);
    const std::size_t count = held.ok() ? std::min<std::size_t>(held->size(), kHostsOfSubnet) : 0;
    return static_cast<std::int32_t>(kHostsOfSubnet - count);
}

void put_subnet(api::out::Subnet out, const Subnet& subnet, const DefaultNetwork& network,
                const Scope& scope) {
    out.set_subnet_id(subnet.id);
    out.set_subnet_arn(arn_of(scope, "subnet", subnet.id));
    out.set_vpc_id(network.vpc_id);
    out.set_owner_id(scope.account);
    out.set_cidr_block(subnet.cidr);
    out.set_availability_zone(subnet.zone);
    out.set_availability_zone_id(subnet.zone_id);
    out.set_default_for_az(true);
    out.set_map_public_ip_on_launch(false);  // no instance has a public address
    out.set_assign_ipv6_address_on_creation(false);
    out.set_ipv6_native(false);
    out.set_enable_dns64(false);
    out.set_state("available");
}

Answer describe_subnets(const Ec2& ec2, const CallContext& call, api::DescribeSubnets::In in,
                        api::DescribeSubnets::Out out) {
    auto selection =
        Selection::of(filters_in(in.filters()),
                      {"availability-zone", "availabilityZone", "availability-zone-id", "cidr-block", "cidr",
                       "default-for-az", "defaultForAz", "map-public-ip-on-launch", "owner-id", "state",
                       "subnet-id", "vpc-id", "subnet-arn"});
    if (!selection.ok()) return told(selection.error());
    const DefaultNetwork network = default_network(call.account, call.region);
    std::vector<std::string> ids;
    for (const Subnet& subnet : network.subnets) ids.push_back(subnet.id);
    std::string_view unknown;
    if (unknown_of(in.subnet_ids(), ids, unknown) != nullptr)
        return ApiError{errors::kInvalidSubnetIDNotFound,
                        "The subnet ID '" + std::string{unknown} + "' does not exist"};
    out.start_subnets();
    for (const Subnet& subnet : network.subnets) {
        const auto attribute = [&](std::string_view name) {
            if (name == "subnet-id") return just(subnet.id);
            if (name == "subnet-arn") return just(arn_of(scope_of(call), "subnet", subnet.id));
            if (name == "vpc-id") return just(network.vpc_id);
            if (name == "owner-id") return just(call.account);
            if (name == "state") return just("available");
            if (name.starts_with("cidr")) return just(subnet.cidr);
            if (name == "availability-zone-id") return just(subnet.zone_id);
            if (name.starts_with("availability")) return just(subnet.zone);
            return just(name == "map-public-ip-on-launch" ? "false" : "true");
        };
        if (!asked_for(in.subnet_ids(), subnet.id) || !selection->accepts({}, attribute)) continue;
        auto put = out.add_subnets();
        put_subnet(put, subnet, network, scope_of(call));
        put.set_available_ip_address_count(free_addresses(ec2, scope_of(call), subnet));
    }
    return Answer::success();
}

void put_default_group(api::out::SecurityGroup out, const DefaultNetwork& network, const Scope& scope) {
    out.set_group_id(network.group_id);
    out.set_group_name("default");
    out.set_description("default VPC security group");
    out.set_owner_id(scope.account);
    out.set_vpc_id(network.vpc_id);
    out.set_security_group_arn(arn_of(scope, "security-group", network.group_id));
    auto inside = out.add_ip_permissions();
    inside.set_ip_protocol("-1");
    auto pair = inside.add_user_id_group_pairs();
    pair.set_group_id(network.group_id);
    pair.set_user_id(scope.account);
    auto outward = out.add_ip_permissions_egress();
    outward.set_ip_protocol("-1");
    outward.add_ip_ranges().set_cidr_ip("0.0.0.0/0");
}

Answer describe_groups(const CallContext& call, api::DescribeSecurityGroups::In in,
                       api::DescribeSecurityGroups::Out out) {
    auto selection = Selection::of(filters_in(in.filters()),
                                   {"description", "group-id", "group-name", "owner-id", "vpc-id"});
    if (!selection.ok()) return told(selection.error());
    const DefaultNetwork network = default_network(call.account, call.region);
    std::string_view unknown;
    if (unknown_of(in.group_ids(), {network.group_id}, unknown) != nullptr ||
        unknown_of(in.group_names(), {"default"}, unknown) != nullptr)
        return ApiError{errors::kInvalidGroupNotFound,
                        "The security group '" + std::string{unknown} + "' does not exist"};
    out.start_security_groups();
    const auto attribute = [&](std::string_view name) {
        if (name == "group-id") return just(network.group_id);
        if (name == "group-name") return just("default");
        if (name == "owner-id") return just(call.account);
        if (name == "vpc-id") return just(network.vpc_id);
        return just("default VPC security group");
    };
    if (selection->accepts({}, attribute))
        put_default_group(out.add_security_groups(), network, scope_of(call));
    return Answer::success();
}

Answer describe_gateways(const CallContext& call, api::DescribeInternetGateways::In in,
                         api::DescribeInternetGateways::Out out) {
    auto selection = Selection::of(filters_in(in.filters()), {"attachment.state", "attachment.vpc-id",
                                                              "internet-gateway-id", "owner-id"});
    if (!selection.ok()) return told(selection.error());
    const DefaultNetwork network = default_network(call.account, call.region);
    std::string_view unknown;
    if (unknown_of(in.internet_gateway_ids(), {network.gateway_id}, unknown) != nullptr)
        return ApiError{errors::kInvalidInternetGatewayIDNotFound,
                        "The internetGateway ID '" + std::string{unknown} + "' does not exist"};
    out.start_internet_gateways();
    const auto attribute = [&](std::string_view name) {
        if (name == "internet-gateway-id") return just(network.gateway_id);
        if (name == "attachment.vpc-id") return just(network.vpc_id);
        if (name == "attachment.state") return just("available");
        return just(call.account);
    };
    if (!selection->accepts({}, attribute)) return Answer::success();
    auto gateway = out.add_internet_gateways();
    gateway.set_internet_gateway_id(network.gateway_id);
    gateway.set_owner_id(call.account);
    auto attachment = gateway.add_attachments();
    attachment.set_vpc_id(network.vpc_id);
    attachment.set_state("available");
    return Answer::success();
}

Answer describe_vpc_attribute(const CallContext& call, api::DescribeVpcAttribute::In in,
                              api::DescribeVpcAttribute::Out out) {
    const DefaultNetwork network = default_network(call.account, call.region);
    if (in.vpc_id() != network.vpc_id)
        return ApiError{errors::kInvalidVpcIDNotFound,
                        "The vpc ID '" + std::string{in.vpc_id()} + "' does not exist"};
    out.set_vpc_id(network.vpc_id);
    const std::string_view attribute = in.attribute();
    if (attribute == "enableDnsSupport") out.set_enable_dns_support().set_value(true);
    if (attribute == "enableDnsHostnames") out.set_enable_dns_hostnames().set_value(true);
    if (attribute == "enableNetworkAddressUsageMetrics")
        out.set_enable_network_address_usage_metrics().set_value(false);
    return Answer::success();
}

}  // namespace

void register_network(Operations& operations, Ec2& ec2) {
    operations.on<api::DescribeVpcs>(describe_vpcs);
    operations.on<api::DescribeSubnets>(
        [&ec2](const CallContext& call, api::DescribeSubnets::In in, api::DescribeSubnets::Out out) {
            return describe_subnets(ec2, call, in, out);
        });
    operations.on<api::DescribeSecurityGroups>(describe_groups);
    operations.on<api::DescribeInternetGateways>(describe_gateways);
    operations.on<api::DescribeVpcAttribute>(describe_vpc_attribute);
}

}  // namespace landfall::ec2
