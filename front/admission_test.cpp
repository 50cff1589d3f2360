#include "front/admission.hpp"

#include <gtest/gtest.h>

namespace landfall::front {
namespace {

TEST(Admission, the_limit_counts_what_is_in_hand_of_each_service) {
    Admission admission{{.each = 1, .of = {{"s3", 2}}}};
    Admission::Pass a = admission.enter("s3");
    Admission::Pass b = admission.enter("s3");
    EXPECT_TRUE(a);
    EXPECT_TRUE(b);
    EXPECT_FALSE(admission.enter("s3"));
    const Admission::Pass other = admission.enter("ec2");
    EXPECT_TRUE(other);
    EXPECT_FALSE(admission.enter("ec2"));
    { const Admission::Pass gone = std::move(a); }
    EXPECT_TRUE(admission.enter("s3"));
}

}  // namespace
}  // namespace landfall::front
