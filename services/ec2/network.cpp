#include "services/ec2/network.hpp"

#include <array>

#include "base/random.hpp"

namespace landfall::ec2 {
namespace {

/// FNV-1a: only to spread names evenly; nothing here is a secret.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

std::string derived_hex(std::string_view seed, std::size_t digits) {
    return SeededRandom{hash_of(seed)}.hex(digits);
}

}  // namespace

std::string derived_id(std::string_view prefix, std::string_view seed) {
    return std::string{prefix} + derived_hex(std::string{prefix} + std::string{seed}, 17);
}

std::string zone_id_prefix(std::string_view region) {
    // "us-east-1" -> "use1", "ap-southeast-2" -> "apse2", "eu-central-1" -> "euc1".
    std::string prefix;
    std::size_t part = 0;
    while (!region.empty()) {
        const std::size_t dash = std::min(region.find('-'), region.size());
        const std::string_view word = region.substr(0, dash);
        if (part == 0 || word.find_first_not_of("0123456789") == std::string_view::npos)
            prefix += word;
        else if (word.size() > 5 && (word.starts_with("north") || word.starts_with("south")))
            prefix += std::string{word[0]} + word[5];
        else
            prefix += word[0];
        ++part;
        region.remove_prefix(std::min(dash + 1, region.size()));
    }
    return prefix;
}

DefaultNetwork default_network(std::string_view account, std::string_view region) {
    const std::string seed = std::string{account} + "/" + std::string{region};
    DefaultNetwork network;
    network.vpc_id = derived_id("vpc-", seed);
    network.group_id = derived_id("sg-", seed);
    network.gateway_id = derived_id("igw-", seed);
    network.route_table_id = derived_id("rtb-", seed);
    network.acl_id = derived_id("acl-", seed);
    network.dhcp_options_id = derived_id("dopt-", seed);
    constexpr std::array<std::string_view, 3> kCidrs{"172.31.0.0/20", "172.31.16.0/20", "172.31.32.0/20"};
    for (std::size_t i = 0; i < kCidrs.size(); ++i) {
        const std::string zone = std::string{region} + static_cast<char>('a' + i);
        network.subnets.push_back({derived_id("subnet-", seed + zone), zone,
                                   zone_id_prefix(region) + "-az" + std::to_string(i + 1),
                                   std::string{kCidrs[i]}});
    }
    return network;
}

const Subnet& subnet_of(const DefaultNetwork& network, std::string_view subnet_id) {
    for (const Subnet& subnet : network.subnets)
        if (subnet.id == subnet_id) return subnet;
    return network.subnets.front();
}

std::string private_address(const Subnet& subnet, std::string_view instance_id) {
    // The subnets are /20: the third octet's low four bits and the fourth are the host's.
    const std::size_t second_dot = subnet.cidr.find('.', subnet.cidr.find('.') + 1);
    const auto base = static_cast<unsigned>(std::stoul(subnet.cidr.substr(second_dot + 1)));
    const std::uint64_t hash = hash_of(instance_id);
    const auto third = base + static_cast<unsigned>(hash % 16);
    const auto fourth = 4 + static_cast<unsigned>(hash / 16 % 251);
    return "172.31." + std::to_string(third) + "." + std::to_string(fourth);
}

std::string private_dns_name(std::string_view address, std::string_view region) {
    std::string name = "ip-";
    for (const char c : address) name += c == '.' ? '-' : c;
    if (region == "us-east-1") return name + ".ec2.internal";
    return name + "." + std::string{region} + ".compute.internal";
}

std::string mac_address(std::string_view instance_id) {
    const std::string hex = derived_hex(instance_id, 10);
    std::string mac = "02";
    for (std::size_t i = 0; i < hex.size(); i += 2) mac += ":" + hex.substr(i, 2);
    return mac;
}

}  // namespace landfall::ec2
