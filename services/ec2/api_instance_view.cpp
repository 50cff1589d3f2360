#include "services/ec2/api_instance_view.hpp"

#include "services/ec2/instance_types.hpp"
#include "services/ec2/network.hpp"

namespace landfall::ec2 {
namespace {

template <class Out>
void put_groups(Out add_group, const Instance& instance) {
    for (const std::string& id : instance.group_ids) {
        auto group = add_group();
        group.set_group_id(id);
        group.set_group_name("default");
    }
}

void put_interface(api::out::InstanceNetworkInterface out, const Instance& instance, const Scope& scope,
                   const DefaultNetwork& network, std::string_view dns_name) {
    out.set_network_interface_id(instance.interface_id);
    out.set_subnet_id(instance.subnet_id);
    out.set_vpc_id(network.vpc_id);
    out.set_owner_id(scope.account);
    out.set_mac_address(instance.mac_address);
    out.set_private_ip_address(instance.private_address);
    out.set_private_dns_name(dns_name);
    out.set_source_dest_check(true);
    out.set_interface_type("interface");
    out.set_status("in-use");
    auto attachment = out.set_attachment();
    attachment.set_attachment_id(derived_id("eni-attach-", instance.id));
    attachment.set_attach_time(instance.launched);
    attachment.set_delete_on_termination(true);
    attachment.set_device_index(0);
    attachment.set_status("attached");
    auto address = out.add_private_ip_addresses();
    address.set_primary(true);
    address.set_private_ip_address(instance.private_address);
    address.set_private_dns_name(dns_name);
    put_groups([&] { return out.add_groups(); }, instance);
}

void put_state(api::out::Instance out, const Instance& instance) {
    auto state = out.set_state();
    state.set_code(static_cast<std::int32_t>(instance.state));
    state.set_name(name_of(instance.state));
    out.set_state_transition_reason(instance.transition);
    if (instance.reason_code.empty()) return;
    auto reason = out.set_state_reason();
    reason.set_code(instance.reason_code);
    reason.set_message(instance.reason);
}

void put_hardware(api::out::Instance out, const Instance& instance) {
    out.set_instance_type(instance.type);
    out.set_architecture(instance.architecture);
    out.set_hypervisor("xen");
    out.set_virtualization_type("hvm");
    out.set_ebs_optimized(false);
    out.set_ena_support(true);
    out.set_boot_mode(name_of(instance.boot_mode));
    out.set_current_instance_boot_mode(instance.boot_mode == BootMode::legacy_bios ? "legacy-bios" : "uefi");
    if (const InstanceType* type = find_instance_type(instance.type)) {
        auto cpu = out.set_cpu_options();
        cpu.set_core_count(static_cast<std::int32_t>(type->vcpus / type->threads_per_core()));
        cpu.set_threads_per_core(static_cast<std::int32_t>(type->threads_per_core()));
    }
    out.set_root_device_type("ebs");
    out.set_root_device_name(instance.root_device_name);
    out.start_block_device_mappings();
    for (const BlockDevice& device : instance.devices) {
        if (instance.state == InstanceState::terminated) break;
        auto mapping = out.add_block_device_mappings();
        mapping.set_device_name(device.device_name);
        auto ebs = mapping.set_ebs();
        ebs.set_volume_id(device.volume_id);
        ebs.set_status("attached");
        ebs.set_attach_time(device.attached);
        ebs.set_delete_on_termination(device.delete_on_termination);
    }
}

void put_network(api::out::Instance out, const Instance& instance, const Scope& scope) {
    const DefaultNetwork network = default_network(scope.account, scope.region);
    const Subnet& subnet = subnet_of(network, instance.subnet_id);
    auto placement = out.set_placement();
    placement.set_availability_zone(subnet.zone);
    placement.set_availability_zone_id(subnet.zone_id);
    placement.set_group_name("");
    placement.set_tenancy("default");
    const bool gone = instance.state == InstanceState::terminated;
    const std::string dns_name = gone ? "" : private_dns_name(instance.private_address, scope.region);
    out.set_private_dns_name(dns_name);
    out.set_public_dns_name("");
    out.start_network_interfaces();
    out.start_security_groups();
    if (gone) return;
    out.set_private_ip_address(instance.private_address);
    out.set_subnet_id(instance.subnet_id);
    out.set_vpc_id(network.vpc_id);
    out.set_source_dest_check(true);
    put_groups([&] { return out.add_security_groups(); }, instance);
    put_interface(out.add_network_interfaces(), instance, scope, network, dns_name);
}

}  // namespace

void put_instance(api::out::Instance out, const Instance& instance, const Scope& scope) {
    out.set_instance_id(instance.id);
    out.set_image_id(instance.image_id);
    out.set_ami_launch_index(static_cast<std::int32_t>(instance.launch_index));
    out.set_client_token(instance.client_token);
    if (!instance.key_name.empty()) out.set_key_name(instance.key_name);
    out.set_launch_time(instance.launched);
    out.start_product_codes();
    out.set_monitoring().set_state("disabled");
    out.set_platform_details("Linux/UNIX");
    out.set_usage_operation("RunInstances");
    put_state(out, instance);
    put_hardware(out, instance);
    put_network(out, instance, scope);
    auto metadata = out.set_metadata_options();
    metadata.set_state("applied");
    metadata.set_http_tokens("optional");
    metadata.set_http_endpoint("enabled");
    metadata.set_http_put_response_hop_limit(1);
    out.set_enclave_options().set_enabled(false);
    out.set_hibernation_options().set_configured(false);
    Tags tags = instance.tags;
    // Where the guest's SSH is reached: a fact of this host, shown as a tag because EC2 has no member for it.
    if (instance.ssh_port != 0)
        tags.push_back({"landfall:ssh", "127.0.0.1:" + std::to_string(instance.ssh_port)});
    put_tags(out, tags);
}

}  // namespace landfall::ec2
