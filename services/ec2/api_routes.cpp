// What surrounds the default VPC: its main route table, its network ACL, its DHCP options, its group's rules.
#include "services/ec2/api.hpp"
#include "services/ec2/network.hpp"

namespace landfall::ec2 {
namespace {

Values just(std::string value) { return std::vector{std::move(value)}; }

Values ids_of(const std::vector<Subnet>& subnets) {
    std::vector<std::string> ids;
    for (const Subnet& subnet : subnets) ids.push_back(subnet.id);
    return ids;
}

/// These lists have one element: an id asked for is that one or does not exist.
template <class Ids>
std::optional<std::string_view> other_than(const Ids& asked, std::string_view only) {
    for (const std::string_view id : asked)
        if (id != only) return id;
    return std::nullopt;
}

void put_routes(api::out::RouteTable out, const DefaultNetwork& network) {
    auto local = out.add_routes();
    local.set_destination_cidr_block(network.vpc_cidr);
    local.set_gateway_id("local");
    local.set_origin("CreateRouteTable");
    local.set_state("active");
    auto outward = out.add_routes();
    outward.set_destination_cidr_block("0.0.0.0/0");
    outward.set_gateway_id(network.gateway_id);
    outward.set_origin("CreateRoute");
    outward.set_state("active");
}

Answer describe_route_tables(const CallContext& call, api::DescribeRouteTables::In in,
                             api::DescribeRouteTables::Out out) {
    auto selection = Selection::of(
        filters_in(in.filters()),
        {"association.gateway-id", "association.main", "association.route-table-association-id",
         "association.route-table-id", "association.subnet-id", "owner-id", "route-table-id",
         "route.destination-cidr-block", "route.gateway-id", "route.origin", "route.state", "vpc-id"});
    if (!selection.ok()) return told(selection.error());
    const DefaultNetwork network = default_network(call.account, call.region);
    if (const auto other = other_than(in.route_table_ids(), network.route_table_id))
        return ApiError{errors::kInvalidRouteTableIDNotFound,
                        "The routeTable ID '" + std::string{*other} + "' does not exist"};
    const std::string association = derived_id("rtbassoc-", network.route_table_id);
    out.start_route_tables();
    const auto attribute = [&](std::string_view name) -> Values {
        if (name.ends_with("route-table-id")) return just(network.route_table_id);
        if (name == "association.main") return just("true");
        if (name == "association.route-table-association-id") return just(association);
        if (name == "vpc-id") return just(network.vpc_id);
        if (name == "owner-id") return just(call.account);
        if (name == "route.destination-cidr-block")
            return std::vector{network.vpc_cidr, std::string{"0.0.0.0/0"}};
        if (name == "route.gateway-id") return std::vector{std::string{"local"}, network.gateway_id};
        if (name == "route.origin") return std::vector<std::string>{"CreateRouteTable", "CreateRoute"};
        if (name == "route.state") return just("active");
        return std::nullopt;  // no subnet and no gateway is associated but through the main table
    };
    if (!selection->accepts({}, attribute)) return Answer::success();
    auto table = out.add_route_tables();
    table.set_route_table_id(network.route_table_id);
    table.set_vpc_id(network.vpc_id);
    table.set_owner_id(call.account);
    table.start_propagating_vgws();
    table.start_tags();
    put_routes(table, network);
    auto main = table.add_associations();
    main.set_main(true);
    main.set_route_table_association_id(association);
    main.set_route_table_id(network.route_table_id);
    main.set_association_state().set_state("associated");
    return Answer::success();
}

enum class Way : std::uint8_t { in, out };

/// Rule 100 lets everything through, the last one nothing: what AWS's default ACL has.
void put_entries(api::out::NetworkAcl out, Way way) {
    constexpr std::int32_t kLast = 32'767;
    for (const std::int32_t number : {100, kLast}) {
        auto entry = out.add_entries();
        entry.set_rule_number(number);
        entry.set_cidr_block("0.0.0.0/0");
        entry.set_egress(way == Way::out);
        entry.set_protocol("-1");
        entry.set_rule_action(number == kLast ? "deny" : "allow");
    }
}

Answer describe_acls(const CallContext& call, api::DescribeNetworkAcls::In in,
                     api::DescribeNetworkAcls::Out out) {
    auto selection =
        Selection::of(filters_in(in.filters()),
                      {"association.association-id", "association.network-acl-id", "association.subnet-id",
                       "default", "network-acl-id", "owner-id", "vpc-id"});
    if (!selection.ok()) return told(selection.error());
    const DefaultNetwork network = default_network(call.account, call.region);
    if (const auto other = other_than(in.network_acl_ids(), network.acl_id))
        return ApiError{errors::kInvalidNetworkAclIDNotFound,
                        "The networkAcl ID '" + std::string{*other} + "' does not exist"};
    out.start_network_acls();
    const auto attribute = [&](std::string_view name) -> Values {
        if (name == "association.subnet-id") return ids_of(network.subnets);
        if (name == "association.association-id") {
            std::vector<std::string> ids;
            for (const Subnet& subnet : network.subnets) ids.push_back(derived_id("aclassoc-", subnet.id));
            return ids;
        }
        if (name == "default") return just("true");
        if (name == "owner-id") return just(call.account);
        return just(name == "vpc-id" ? network.vpc_id : network.acl_id);
    };
    if (!selection->accepts({}, attribute)) return Answer::success();
    auto acl = out.add_network_acls();
    acl.set_network_acl_id(network.acl_id);
    acl.set_vpc_id(network.vpc_id);
    acl.set_owner_id(call.account);
    acl.set_is_default(true);
    acl.start_tags();
    put_entries(acl, Way::out);
    put_entries(acl, Way::in);
    for (const Subnet& subnet : network.subnets) {
        auto association = acl.add_associations();
        association.set_network_acl_association_id(derived_id("aclassoc-", subnet.id));
        association.set_network_acl_id(network.acl_id);
        association.set_subnet_id(subnet.id);
    }
    return Answer::success();
}

std::string domain_name_of(const std::string& region) {
    return region == "us-east-1" ? "ec2.internal" : region + ".compute.internal";
}

Answer describe_dhcp(const CallContext& call, api::DescribeDhcpOptions::In in,
                     api::DescribeDhcpOptions::Out out) {
    auto selection = Selection::of(filters_in(in.filters()), {"dhcp-options-id", "key", "owner-id", "value"});
    if (!selection.ok()) return told(selection.error());
    const DefaultNetwork network = default_network(call.account, call.region);
    if (const auto other = other_than(in.dhcp_options_ids(), network.dhcp_options_id))
        return ApiError{errors::kInvalidDhcpOptionIDNotFound,
                        "The dhcpOption ID '" + std::string{*other} + "' does not exist"};
    const std::vector<std::pair<std::string, std::string>> options{
        {"domain-name", domain_name_of(call.region)}, {"domain-name-servers", "AmazonProvidedDNS"}};
    out.start_dhcp_options();
    const auto attribute = [&](std::string_view name) -> Values {
        if (name == "dhcp-options-id") return just(network.dhcp_options_id);
        if (name == "owner-id") return just(call.account);
        std::vector<std::string> values;
        for (const auto& [key, value] : options) values.push_back(name == "key" ? key : value);
        return values;
    };
    if (!selection->accepts({}, attribute)) return Answer::success();
    auto put = out.add_dhcp_options();
    put.set_dhcp_options_id(network.dhcp_options_id);
    put.set_owner_id(call.account);
    put.start_tags();
    for (const auto& [key, value] : options) {
        auto option = put.add_dhcp_configurations();
        option.set_key(key);
        option.add_values().set_value(value);
    }
    return Answer::success();
}

void put_rule(api::out::SecurityGroupRule out, const DefaultNetwork& network, const Scope& scope, Way way) {
    const std::string id = derived_id("sgr-", network.group_id + (way == Way::out ? "/out" : "/in"));
    out.set_security_group_rule_id(id);
    out.set_security_group_rule_arn(arn_of(scope, "security-group-rule", id));
    out.set_group_id(network.group_id);
    out.set_group_owner_id(scope.account);
    out.set_is_egress(way == Way::out);
    out.set_ip_protocol("-1");
    out.set_from_port(-1);
    out.set_to_port(-1);
    out.start_tags();
    if (way == Way::out) return out.set_cidr_ipv4("0.0.0.0/0");
    auto group = out.set_referenced_group_info();
    group.set_group_id(network.group_id);
    group.set_user_id(scope.account);
}

Answer describe_rules(const CallContext& call, api::DescribeSecurityGroupRules::In in,
                      api::DescribeSecurityGroupRules::Out out) {
    auto selection = Selection::of(filters_in(in.filters()), {"group-id", "security-group-rule-id"});
    if (!selection.ok()) return told(selection.error());
    const DefaultNetwork network = default_network(call.account, call.region);
    const std::vector<std::pair<std::string, Way>> rules{
        {derived_id("sgr-", network.group_id + "/in"), Way::in},
        {derived_id("sgr-", network.group_id + "/out"), Way::out}};
    const auto asked = in.security_group_rule_ids();
    for (const std::string_view id : asked)
        if (id != rules[0].first && id != rules[1].first)
            return ApiError{errors::kInvalidSecurityGroupRuleIdNotFound,
                            "The security group rule ID '" + std::string{id} + "' does not exist"};
    out.start_security_group_rules();
    for (const auto& [id, way] : rules) {
        if (!asked.empty() && std::find(asked.begin(), asked.end(), id) == asked.end()) continue;
        const auto attribute = [&, &known = id](std::string_view name) {
            return just(name == "group-id" ? network.group_id : known);
        };
        if (selection->accepts({}, attribute))
            put_rule(out.add_security_group_rules(), network, scope_of(call), way);
    }
    return Answer::success();
}

}  // namespace

void register_routes(Operations& operations) {
    operations.on<api::DescribeRouteTables>(describe_route_tables);
    operations.on<api::DescribeNetworkAcls>(describe_acls);
    operations.on<api::DescribeDhcpOptions>(describe_dhcp);
    operations.on<api::DescribeSecurityGroupRules>(describe_rules);
}

}  // namespace landfall::ec2
