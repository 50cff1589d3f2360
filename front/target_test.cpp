#include "front/target.hpp"

#include <gtest/gtest.h>

namespace landfall::front {
namespace {

TEST(Target, origin_and_absolute_forms_are_split_and_nothing_is_decoded) {
    EXPECT_EQ(split_target("/a%2Fb?x=%20&y")->path, "/a%2Fb");
    EXPECT_EQ(split_target("/a%2Fb?x=%20&y")->query, "x=%20&y");
    EXPECT_EQ(split_target("/a?b?c")->query, "b?c");
    EXPECT_EQ(split_target("http://h:1/a?b")->path, "/a");
    EXPECT_EQ(split_target("HTTPS://h?b")->query, "b");
    EXPECT_EQ(split_target("http://h")->path, "/");
    EXPECT_EQ(split_target("/http://h/a")->path, "/http://h/a");
    EXPECT_FALSE(split_target("*"));
    EXPECT_FALSE(split_target("ftp://h/"));
    EXPECT_FALSE(split_target("h:443"));
}

TEST(HostNames, tell_buckets_from_services_addresses_and_accounts) {
    const HostNames names{{"localhost", "store.example"}};
    const auto bucket = [&](std::string_view host, HostNames::Scope scope = HostNames::Scope::unknown) {
        return names.virtual_bucket(host, scope);
    };
    EXPECT_EQ(bucket("b.s3.localhost:4566"), "b");
    EXPECT_EQ(bucket("b.s3.us-east-1.amazonaws.com"), "b");
    EXPECT_EQ(bucket("b.s3-eu-west-1.elsewhere"), "b");
    EXPECT_EQ(bucket("a.b.c.s3.localhost"), "a.b.c");
    EXPECT_EQ(bucket("x.s3.y.s3.localhost"), "x.s3.y");
    EXPECT_EQ(bucket("b.localhost:4566"), "b");
    EXPECT_EQ(bucket("a.b.store.example"), "a.b");
    EXPECT_EQ(bucket("B.STORE.EXAMPLE"), "B");
    EXPECT_EQ(bucket("000000000000.localhost:4566"), "");
    EXPECT_EQ(bucket("000000000000.b.localhost"), "b");
    EXPECT_EQ(bucket("sqs.us-east-1.localhost"), "");
    EXPECT_EQ(bucket("sqs.localhost", HostNames::Scope::s3), "sqs");
    for (const std::string_view host :
         {"localhost", "localhost:4566", "s3.localhost", "s3.us-east-1.localhost", "127.0.0.1:4566",
          "[::1]:4566", "10.0.0.1", "notlocalhost", "store.example", "", "s3"}) {
        EXPECT_EQ(bucket(host), "") << host;
        EXPECT_EQ(bucket(host, HostNames::Scope::s3), "") << host;
    }
}

}  // namespace
}  // namespace landfall::front
