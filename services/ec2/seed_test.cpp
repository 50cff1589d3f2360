#include "services/ec2/seed.hpp"

#include <gtest/gtest.h>

namespace landfall::ec2 {
namespace {

Instance instance() {
    Instance i;
    i.id = "i-0123456789abcdef0";
    i.private_address = "172.31.0.9";
    return i;
}

TEST(MetaData, the_host_name_is_of_the_instances_region) {
    EXPECT_EQ(meta_data(instance(), "us-east-1"),
              "instance-id: i-0123456789abcdef0\nlocal-hostname: ip-172-31-0-9.ec2.internal\n");
    EXPECT_EQ(meta_data(instance(), "eu-west-1"),
              "instance-id: i-0123456789abcdef0\nlocal-hostname: ip-172-31-0-9.eu-west-1.compute.internal\n");
}

TEST(MetaData, the_public_key_is_one_quoted_entry_whatever_its_name_is) {
    Instance i = instance();
    i.public_key = "ssh-ed25519 AAAA a\"b\\c: #\nusers: []";
    const std::string text = meta_data(i, "us-east-1");
    EXPECT_TRUE(text.ends_with("public-keys:\n  - \"ssh-ed25519 AAAA a\\\"b\\\\c: #\\x0ausers: []\"\n"))
        << text;
}

}  // namespace
}  // namespace landfall::ec2
