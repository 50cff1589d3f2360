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

TEST(DefaultNetwork, addresses_stay_inside_the_subnet_and_off_the_reserved_ones) {
    const Subnet subnet = default_network("000000000000", "us-east-1").subnets[2];
    for (int i = 0; i < 500; ++i) {
        const std::string address = private_address(subnet, "i-" + std::to_string(i));
        const std::size_t last = address.rfind('.');
        const int third = std::stoi(address.substr(7, last - 7));
        const int fourth = std::stoi(address.substr(last + 1));
        ASSERT_TRUE(third >= 32 && third < 48 && fourth >= 4 && fourth <= 254) << address;
    }
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
