#include "services/ec2/network.hpp"

#include <gtest/gtest.h>

#include <set>

namespace landfall::ec2 {
namespace {

TEST(DefaultNetwork, is_the_same_at_every_start_and_another_for_every_account_and_region) {
    const DefaultNetwork first = default_network("000000000000", "us-east-1");
    EXPECT_EQ(first.vpc_id, default_network("000000000000", "us-east-1").vpc_id);
    EXPECT_NE(first.vpc_id, default_network("000000000000", "eu-west-1").vpc_id);
    EXPECT_NE(first.vpc_id, default_network("111122223333", "us-east-1").vpc_id);
    EXPECT_EQ(first.vpc_id.size(), 21U);
    ASSERT_EQ(first.subnets.size(), 3U);
    EXPECT_EQ(first.subnets[1].zone, "us-east-1b");
    EXPECT_EQ(first.subnets[1].zone_id, "use1-az2");
}

TEST(DefaultNetwork, zone_ids_begin_as_awss_do) {
    EXPECT_EQ(zone_id_prefix("us-east-1"), "use1");
    EXPECT_EQ(zone_id_prefix("ap-southeast-2"), "apse2");
    EXPECT_EQ(zone_id_prefix("eu-central-1"), "euc1");
    EXPECT_EQ(zone_id_prefix("us-gov-west-1"), "usgw1");
}

TEST(DefaultNetwork, every_address_of_a_subnet_has_one_number) {
    const Subnet subnet = default_network("000000000000", "us-east-1").subnets[2];
    std::set<std::string> seen;
    for (std::uint32_t number = 0; number < kHostsOfSubnet; ++number) {
        const std::string address = host_address(subnet, number);
        ASSERT_TRUE(seen.insert(address).second) << address;
        ASSERT_EQ(host_number(subnet, address), number) << address;
    }
    EXPECT_EQ(*seen.begin(), "172.31.32.10");
    EXPECT_EQ(host_address(subnet, 0), "172.31.32.4");
    EXPECT_EQ(host_address(subnet, kHostsOfSubnet - 1), "172.31.47.254");
}

TEST(DefaultNetwork, what_is_no_address_of_the_subnet_has_no_number) {
    const Subnet subnet = default_network("000000000000", "us-east-1").subnets[1];
    for (const std::string_view bad :
         {"", "172.31.16", "172.31.16.", "172.31.16.3", "172.31.31.255", "172.31.15.9", "172.31.32.9",
          "172.31.16.256", "172.31.16.9 ", "172.31.016.9", "10.99.16.9", "172.31.16.9.1", "172.31.-1.9"})
        EXPECT_EQ(host_number(subnet, bad), std::nullopt) << bad;
}

TEST(DefaultNetwork, the_search_for_an_address_begins_inside_the_subnet) {
    for (int i = 0; i < 500; ++i) ASSERT_LT(first_host("i-" + std::to_string(i)), kHostsOfSubnet);
}

TEST(DefaultNetwork, names_and_hardware_addresses) {
    EXPECT_EQ(private_dns_name("172.31.0.9", "us-east-1"), "ip-172-31-0-9.ec2.internal");
    EXPECT_EQ(private_dns_name("172.31.0.9", "eu-west-1"), "ip-172-31-0-9.eu-west-1.compute.internal");
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) seen.insert(mac_address("i-" + std::to_string(i)));
    EXPECT_EQ(seen.size(), 200U);
    EXPECT_TRUE(seen.begin()->starts_with("02:"));
}

}  // namespace
}  // namespace landfall::ec2
