#include "services/ec2/network.hpp"

#include <array>
#include <charconv>

#include "base/random.hpp"
#include "base/result.hpp"

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

std::string host_address(const Subnet& subnet, std::uint32_t number) {
    CHECK(number < kHostsOfSubnet);
    // "172.31.16.0/20": the third octet's low four bits and the fourth are the host's.
    const std::size_t third_at = subnet.cidr.find('.', subnet.cidr.find('.') + 1) + 1;
    const auto base = static_cast<std::uint32_t>(std::stoul(subnet.cidr.substr(third_at)));
    const std::uint32_t host = number + 4;
    return subnet.cidr.substr(0, third_at) + std::to_string(base + host / 256) + '.' +
           std::to_string(host % 256);
}

std::optional<std::uint32_t> host_number(const Subnet& subnet, std::string_view address) {
    const std::size_t third_at = subnet.cidr.find('.', subnet.cidr.find('.') + 1) + 1;
    std::uint32_t third = 0;
    std::uint32_t fourth = 0;
    if (address.size() <= third_at) return std::nullopt;
    const char* const end = address.data() + address.size();
    const auto [dot, bad_third] = std::from_chars(address.data() + third_at, end, third);
    if (bad_third != std::errc{} || dot == end || *dot != '.') return std::nullopt;
    const auto [rest, bad_fourth] = std::from_chars(dot + 1, end, fourth);
    if (bad_fourth != std::errc{} || rest != end) return std::nullopt;
    const auto base = static_cast<std::uint32_t>(std::stoul(subnet.cidr.substr(third_at)));
    if (third < base || third >= base + 16 || fourth > 255) return std::nullopt;
    const std::uint32_t host = (third - base) * 256 + fourth;
    if (host < 4 || host - 4 >= kHostsOfSubnet) return std::nullopt;
    if (host_address(subnet, host - 4) != address) return std::nullopt;  // "172.031.…" and the like
    return host - 4;
}

std::uint32_t first_host(std::string_view instance_id) {
    return static_cast<std::uint32_t>(hash_of(instance_id) % kHostsOfSubnet);
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
