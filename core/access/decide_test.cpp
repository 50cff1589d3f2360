#include "core/access/decide.hpp"

#include <gtest/gtest.h>

namespace landfall::access {
namespace {

const Principal kRoot{.kind = Principal::Kind::root,
                      .account = "000000000000",
                      .arn = "arn:aws:iam::000000000000:root",
                      .user_id = "000000000000"};

bool allowed(const Principal& who, std::string_view action, std::string_view resource,
             std::string_view owner = {}) {
    return decide({.principal = who, .action = action, .resource = resource, .owner = owner, .context = {}})
        .allowed();
}

TEST(Decide, nobody_may_do_nothing) {
    EXPECT_FALSE(allowed({}, "s3:GetObject", "arn:aws:s3:::b/k"));
    EXPECT_FALSE(allowed({}, "sts:GetCallerIdentity", "*"));
    EXPECT_FALSE(allowed({}, "", ""));
}

TEST(Decide, root_may_do_everything_in_its_account_and_nothing_in_another) {
    EXPECT_TRUE(allowed(kRoot, "sqs:SendMessage", "arn:aws:sqs:us-east-1:000000000000:q"));
    EXPECT_FALSE(allowed(kRoot, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:q"));
    EXPECT_TRUE(allowed(kRoot, "s3:GetObject", "arn:aws:s3:::b/k"));
    EXPECT_FALSE(allowed(kRoot, "s3:GetObject", "arn:aws:s3:::b/k", "111111111111"));
    EXPECT_TRUE(allowed(kRoot, "ec2:DescribeImages", "*"));
    EXPECT_TRUE(allowed(kRoot, "sts:GetCallerIdentity", "*", "111111111111"));
}

TEST(Decide, a_denial_names_who_what_and_why) {
    const Decision decision = decide({.principal = kRoot,
                                      .action = "s3:GetObject",
                                      .resource = "arn:aws:s3:::b/k",
                                      .owner = "111111111111",
                                      .context = {}});
    EXPECT_EQ(decision.reason,
              "User: arn:aws:iam::000000000000:root is not authorized to perform: s3:GetObject on resource: "
              "arn:aws:s3:::b/k because no resource-based policy allows it");
}

TEST(Decide, the_account_of_an_arn_is_its_fifth_part) {
    EXPECT_EQ(account_of_arn("arn:aws:sqs:us-east-1:000000000000:q:x"), "000000000000");
    EXPECT_EQ(account_of_arn("arn:aws:s3:::b"), "");
    for (const std::string_view text :
         {"", "*", "arn:", "arn:a:b:c:d", "urn:aws:sqs:us-east-1:000000000000:q"})
        EXPECT_EQ(account_of_arn(text), "") << text;
}

}  // namespace
}  // namespace landfall::access
