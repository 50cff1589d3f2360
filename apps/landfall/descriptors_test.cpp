#include "apps/landfall/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

namespace landfall::app {
namespace {

TEST(Descriptors, connections_leave_what_stores_need) {
    EXPECT_EQ(connections_within(1'048'576, 20'000), 20'000U);
    EXPECT_EQ(connections_within(20'000, 20'000), 15'904U);
    EXPECT_EQ(connections_within(1'024, 20'000), 512U);
    EXPECT_EQ(connections_within(1'024, 16), 16U);
}

TEST(Descriptors, the_soft_limit_becomes_the_hard_one) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit low = before;
    low.rlim_cur = std::min<rlim_t>(256, before.rlim_max);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    EXPECT_EQ(raise_descriptor_limit(), before.rlim_max);
    rlimit after{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
    EXPECT_EQ(after.rlim_cur, before.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace landfall::app
