// The default network: the VPC, subnets, group and gateway that the CLI's defaults and Terraform expect to
// find.
//
// Guests get QEMU's user network, each behind its own NAT; the VPC is the description of it that EC2's
// clients can read. Its ids are derived from the account and the region, so that nothing has to be stored and
// they never change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::ec2 {

struct Subnet {
    std::string id;
    std::string zone;     ///< us-east-1a
    std::string zone_id;  ///< use1-az1
    std::string cidr;
};

struct DefaultNetwork {
    std::string vpc_id;
    std::string vpc_cidr = "172.31.0.0/16";
    std::string group_id;
    std::string gateway_id;
    std::string route_table_id;
    std::string acl_id;
    std::string dhcp_options_id;
    std::vector<Subnet> subnets;  ///< one a zone, a b c
};

/// The subnet of that id; the first one where it is none of these.
[[nodiscard]] const Subnet& subnet_of(const DefaultNetwork& network, std::string_view subnet_id);

[[nodiscard]] DefaultNetwork default_network(std::string_view account, std::string_view region);

/// "use1" of "us-east-1", as AWS's zone ids begin.
[[nodiscard]] std::string zone_id_prefix(std::string_view region);

/// The addresses of a subnet that interfaces may have are numbered from 0: AWS keeps the first four and the
/// last of a /20.
inline constexpr std::uint32_t kHostsOfSubnet = 4096 - 5;
/// `number` < kHostsOfSubnet.
[[nodiscard]] std::string host_address(const Subnet& subnet, std::uint32_t number);
/// The number of an address in canonical form; nullopt where it is none that an interface of it may have.
[[nodiscard]] std::optional<std::uint32_t> host_number(const Subnet& subnet, std::string_view address);
/// Where the search for a free address begins for an instance: spread, so that addresses are not soon reused.
[[nodiscard]] std::uint32_t first_host(std::string_view instance_id);

/// "ip-172-31-0-9.ec2.internal", or "ip-….eu-west-1.compute.internal" outside us-east-1.
[[nodiscard]] std::string private_dns_name(std::string_view address, std::string_view region);

/// A locally administered unicast address (02:…) derived from the instance's id.
[[nodiscard]] std::string mac_address(std::string_view instance_id);

/// The prefix and 17 hexadecimal digits that are always the same for this seed: ids of what is not stored.
[[nodiscard]] std::string derived_id(std::string_view prefix, std::string_view seed);

}  // namespace landfall::ec2
