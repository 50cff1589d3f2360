// Network interfaces, as they are read: one an instance, made and deleted with it.
#include "services/ec2/api_listing.hpp"

namespace landfall::ec2 {
namespace {

void put_attachment(api::out::NetworkInterfaceAttachment out, const Interface& interface,
                    const Scope& scope) {
    out.set_attachment_id(derived_id("eni-attach-", interface.instance_id));
    out.set_attach_time(interface.created);
    out.set_delete_on_termination(true);
    out.set_device_index(0);
    out.set_network_card_index(0);
    out.set_instance_id(interface.instance_id);
    out.set_instance_owner_id(scope.account);
    out.set_status("attached");
}

void put_interface(api::out::NetworkInterface out, const Stored<Interface>& stored) {
    const Interface& interface = stored.value;
    const Scope& scope = stored.scope;
    const DefaultNetwork network = default_network(scope.account, scope.region);
    const Subnet& subnet = subnet_of(network, interface.subnet_id);
    const std::string name = private_dns_name(interface.address, scope.region);
    out.set_network_interface_id(interface.id);
    out.set_description(interface.description);
    out.set_interface_type("interface");
    out.set_status("in-use");
    out.set_owner_id(scope.account);
    out.set_requester_managed(false);
    out.set_source_dest_check(true);
    out.set_availability_zone(subnet.zone);
    out.set_availability_zone_id(subnet.zone_id);
    out.set_subnet_id(interface.subnet_id);
    out.set_vpc_id(network.vpc_id);
    out.set_mac_address(interface.mac_address);
    out.set_private_ip_address(interface.address);
    out.set_private_dns_name(name);
    auto address = out.add_private_ip_addresses();
    address.set_primary(true);
    address.set_private_ip_address(interface.address);
    address.set_private_dns_name(name);
    out.start_ipv6_addresses();
    out.start_groups();
    for (const std::string& id : interface.group_ids) {
        auto group = out.add_groups();
        group.set_group_id(id);
        group.set_group_name("default");
    }
    put_attachment(out.set_attachment(), interface, scope);
    out.start_tag_set();
    for (const Tag& tag : interface.tags) {
        auto put = out.add_tag_set();
        put.set_key(tag.key);
        put.set_value(tag.value);
    }
}

Answer describe_interfaces(Ec2& ec2, const CallContext& call, api::DescribeNetworkInterfaces::In in,
                           api::DescribeNetworkInterfaces::Out out) {
    auto found = describe(ec2, call, in, in.network_interface_ids(),
                          About<Interface>{.operation = "DescribeNetworkInterfaces"});
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& listing = std::get<Listing<Interface>>(found);
    out.start_network_interfaces();
    for (const Stored<Interface>& interface : listing.items)
        put_interface(out.add_network_interfaces(), interface);
    if (!listing.next_token.empty()) out.set_next_token(listing.next_token);
    return Answer::success();
}

}  // namespace

void register_interfaces(Operations& operations, Ec2& ec2) {
    operations.on<api::DescribeNetworkInterfaces>(
        [&ec2](const CallContext& call, api::DescribeNetworkInterfaces::In in,
               api::DescribeNetworkInterfaces::Out out) { return describe_interfaces(ec2, call, in, out); });
}

}  // namespace landfall::ec2
