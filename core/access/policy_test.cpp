#include "core/access/policy.hpp"

#include <gtest/gtest.h>

#include "core/access/policy_edit.hpp"

namespace landfall::access {
namespace {

constexpr std::string_view kArn = "arn:aws:sqs:us-east-1:000000000000:q";

std::string one_statement(std::string_view inside) {
    return R"({"Version":"2012-10-17","Statement":{)" + std::string{inside} + "}}";
}

std::string refusal(std::string_view json, const PolicyLimits& limits = {}) {
    const auto policy = Policy::parse(json, limits);
    return policy.ok() ? "accepted" : policy.error().message();
}

TEST(Policy, every_element_is_read) {
    const auto policy = Policy::parse(R"({"Statement":[{"Sid":"a","Effect":"Allow","Principal":{
        "AWS":["111122223333","arn:aws:iam::444455556666:root","arn:aws:iam::444455556666:user/x/bob","*",
               "AIDAJQABLZS4A3QDU576Q"],
        "Service":"sns.amazonaws.com","Federated":"cognito-identity.amazonaws.com","CanonicalUser":"79a5"},
        "NotAction":["SQS:SendMessage","s3:*"],"NotResource":"arn:aws:s3:::b/*",
        "Condition":{"ForAnyValue:StringNotLikeIfExists":{"aws:TagKeys":["a*","b"]},
        "Bool":{"aws:SecureTransport":true},
        "NumericLessThan":{"x:y":3.5}}},
        {"Effect":"Deny","NotPrincipal":"*","Action":"*"}],"Id":"the-id","Version":"2012-10-17"})");
    ASSERT_TRUE(policy.ok()) << policy.error().message();
    EXPECT_EQ(policy->id(), "the-id");
    EXPECT_TRUE(policy->has_variables());
    ASSERT_EQ(policy->statements().size(), 2U);
    const PolicyStatement& first = policy->statements()[0];
    using Kind = PolicyPrincipal::Kind;
    const std::vector<PolicyPrincipal> principals{{Kind::account, "111122223333"},
                                                  {Kind::account, "444455556666"},
                                                  {Kind::identity, "arn:aws:iam::444455556666:user/x/bob"},
                                                  {Kind::everyone, ""},
                                                  {Kind::identity, "AIDAJQABLZS4A3QDU576Q"},
                                                  {Kind::service, "sns.amazonaws.com"},
                                                  {Kind::federated, "cognito-identity.amazonaws.com"},
                                                  {Kind::canonical_user, "79a5"}};
    EXPECT_EQ(first.principals.principals, principals);
    EXPECT_EQ(first.actions.polarity, Polarity::not_listed);
    EXPECT_EQ(first.actions.patterns, (std::vector<std::string>{"SQS:SendMessage", "s3:*"}));
    EXPECT_EQ(first.resources.polarity, Polarity::not_listed);
    ASSERT_EQ(first.conditions.size(), 3U);
    EXPECT_EQ(first.conditions[0].over, OverValues::any);
    EXPECT_TRUE(first.conditions[0].negated && first.conditions[0].if_exists);
    EXPECT_EQ(first.conditions[0].values.size(), 2U);
    EXPECT_TRUE(first.conditions[1].values[0].truth);
    EXPECT_EQ(first.conditions[2].values[0].number, 3.5);
    EXPECT_EQ(policy->statements()[1].principals.polarity, Polarity::not_listed);
    EXPECT_EQ(policy->find("a"), &first);
    EXPECT_EQ(policy->find("b"), nullptr);
    EXPECT_EQ(policy->find(""), nullptr);
}

struct Wrong {
    std::string_view json;
    std::string_view message;
};

TEST(Policy, a_document_that_is_none_is_refused_by_what_is_wrong) {
    for (const auto& [json, message] : {
             Wrong{"", "the policy is not JSON"},
             Wrong{"{", "the policy is not JSON"},
             Wrong{"[]", "the policy is not a JSON object"},
             Wrong{"{}", "the policy has no Statement"},
             Wrong{R"({"Statement":[]})", "Statement is empty"},
             Wrong{R"({"Statement":"x"})", "Statement 1: it is not an object"},
             Wrong{R"({"Statement":[],"Extra":1})", "there is no element \"Extra\" in a policy"},
             Wrong{R"({"Statement":[],"Statement":[]})", "\"Statement\" stands there twice"},
             Wrong{R"({"Version":"2020-01-01","Statement":[]})", "Version \"2020-01-01\" is neither"},
             Wrong{R"({"Version":1,"Statement":[]})", "Version is not a string"},
             Wrong{R"({"Id":{},"Statement":[]})", "Id is not a string"},
         }) {
        EXPECT_EQ(refusal(json).substr(0, message.size()), message) << json;
    }
}

TEST(Policy, a_statement_that_is_none_is_refused_by_its_number_and_element) {
    constexpr std::string_view kRest = R"("Effect":"Allow","Principal":"*","Action":"sqs:*")";
    const auto with = [&](std::string_view more) { return std::string{kRest} + "," + std::string{more}; };
    const std::vector<std::pair<std::string, std::string_view>> cases{
        {R"("Principal":"*","Action":"*")", "Effect is missing"},
        {R"("Effect":"allow","Principal":"*","Action":"*")", "Effect must be \"Allow\" or \"Deny\""},
        {R"("Effect":"Allow","Action":"*")", "it has neither Principal nor NotPrincipal"},
        {R"("Effect":"Allow","Principal":"*")", "it has neither Action nor NotAction"},
        {with(R"("NotAction":"*")"), "Action and NotAction exclude each other"},
        {with(R"("NotPrincipal":"*")"), "Principal and NotPrincipal exclude each other"},
        {with(R"("Resource":"*","NotResource":"*")"), "Resource and NotResource exclude each other"},
        {with(R"("Conditions":{})"), "there is no element \"Conditions\" in a statement"},
        {with(R"("Resource":[])"), "Resource is an empty list"},
        {with(R"("Resource":[1])"), "Resource has an item that is not a string"},
        {with(R"("Resource":{})"), "Resource is neither a string nor a list of strings"},
        {with(R"("Resource":"queue")"), "the resource \"queue\" is neither an ARN nor \"*\""},
        {with(R"("Resource":"arn:aws:s3:::${aws:username")"),
         "the variable in \"arn:aws:s3:::${aws:username\" has no"},
        {with(R"("Resource":"arn:aws:s3:::${}")"), "the variable in \"arn:aws:s3:::${}\" has no"},
        {R"("Effect":"Allow","Principal":"*","Action":"SendMessage")",
         "the action \"SendMessage\" names no service"},
        {R"("Effect":"Allow","Principal":"*","Action":"sqs:")", "the action \"sqs:\" is not"},
        {R"("Effect":"Allow","Principal":"*","Action":"sqs:Send Message")",
         "the action \"sqs:Send Message\" is not"},
        {R"("Effect":"Allow","Principal":"me","Action":"*")",
         "Principal \"me\" is neither \"*\" nor an object"},
        {R"("Effect":"Allow","Principal":{},"Action":"*")", "Principal is empty"},
        {R"("Effect":"Allow","Principal":{"AWS":[]},"Action":"*")", "AWS is an empty list"},
        {R"("Effect":"Allow","Principal":{"AWS":"bob"},"Action":"*")", "the principal \"bob\" is neither"},
        {R"("Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"*")",
         "the principal \"arn:aws:iam::1:root\""},
        {R"("Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/*"},"Action":"*")",
         "the principal"},
        {R"("Effect":"Allow","Principal":{"AWS":"arn:aws:s3::111122223333:user/b"},"Action":"*")",
         "the principal"},
        {R"("Effect":"Allow","Principal":{"Service":"sns"},"Action":"*")",
         "the service \"sns\" is not a name"},
        {R"("Effect":"Allow","Principal":{"User":"b"},"Action":"*")",
         "there is no type of principals \"User\""},
        {with(R"("Condition":[])"), "Condition is not an object"},
        {with(R"("Condition":{"StringEqual":{"a:b":"c"}})"),
         "there is no condition operator \"StringEqual\""},
        {with(R"("Condition":{"NullIfExists":{"a:b":"true"}})"),
         "there is no condition operator \"NullIfExists\""},
        {with(R"("Condition":{"StringEquals":"x"})"), "StringEquals is not an object"},
        {with(R"("Condition":{"StringEquals":{"":"x"}})"), "StringEquals has a key without a name"},
        {with(R"("Condition":{"StringEquals":{"a:b":[]}})"),
         "StringEquals of \"a:b\": the list of values is empty"},
        {with(R"("Condition":{"StringEquals":{"a:b":null}})"), "StringEquals of \"a:b\": a value is neither"},
        {with(R"("Condition":{"Bool":{"a:b":"yes"}})"),
         "Bool of \"a:b\": \"yes\" is not \"true\" or \"false\""},
        {with(R"("Condition":{"NumericEquals":{"a:b":"1x"}})"),
         "NumericEquals of \"a:b\": \"1x\" is not a number"},
        {with(R"("Condition":{"DateEquals":{"a:b":"soon"}})"),
         "DateEquals of \"a:b\": \"soon\" is not a date"},
        {with(R"("Condition":{"IpAddress":{"a:b":"10.0.0.0/33"}})"),
         "IpAddress of \"a:b\": \"10.0.0.0/33\" is not an"},
        {with(R"("Condition":{"IpAddress":{"a:b":"::/129"}})"), "IpAddress of \"a:b\": \"::/129\" is not an"},
        {with(R"("Condition":{"BinaryEquals":{"a:b":"%"}})"), "BinaryEquals of \"a:b\": \"%\" is not base64"},
    };
    for (const auto& [inside, message] : cases) {
        const std::string want = "Statement 1: " + std::string{message};
        EXPECT_EQ(refusal(one_statement(inside)).substr(0, want.size()), want) << inside;
    }
    EXPECT_EQ(refusal(R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Sid":"s"},
                         {"Effect":"Allow","Principal":"*","Action":"*","Sid":"s"}]})"),
              "Statement 2 (Sid \"s\"): an earlier statement has the same Sid");
}

TEST(Policy, an_identity_names_resources_and_no_principals) {
    const auto kind = PolicyKind::attached_to_identity;
    EXPECT_TRUE(Policy::parse(one_statement(R"("Effect":"Allow","Action":"*","Resource":"*")"), kind).ok());
    EXPECT_EQ(Policy::parse(one_statement(R"("Effect":"Allow","Action":"*")"), kind).error().message(),
              "Statement 1: it has neither Resource nor NotResource");
    EXPECT_EQ(
        Policy::parse(one_statement(R"("Effect":"Allow","Action":"*","Resource":"*","Principal":"*")"), kind)
            .error()
            .message(),
        "Statement 1: the policy of an identity names no principals");
}

TEST(Policy, limits_hold_at_their_edge) {
    const std::string policy =
        R"({"Statement":[{"Effect":"Allow","Principal":{"AWS":["111122223333","222233334444"]},
        "Action":["a:b","a:c"],"Condition":{"StringEquals":{"x":"1","y":"2"}}}]})";
    const PolicyLimits exact{.bytes = Bytes{policy.size()},
                             .statements = 1,
                             .principals = 2,
                             .conditions = 2,
                             .values = 6,
                             .depth = 6};
    EXPECT_EQ(refusal(policy, exact), "accepted");
    const auto less = [&](auto change) {
        PolicyLimits limits = exact;
        change(limits);
        const auto parsed = Policy::parse(policy, limits);
        EXPECT_TRUE(parsed.is(Errc::exhausted));
        return parsed.ok() ? std::string{} : parsed.error().message();
    };
    EXPECT_EQ(less([](PolicyLimits& l) { l.bytes.count -= 1; }),
              "the policy has " + std::to_string(policy.size()) + " bytes, more than " +
                  std::to_string(policy.size() - 1));
    EXPECT_EQ(less([](PolicyLimits& l) { l.statements = 0; }), "more than 0 statements");
    EXPECT_EQ(less([](PolicyLimits& l) { l.principals = 1; }), "Statement 1: more than 1 principals");
    EXPECT_EQ(less([](PolicyLimits& l) { l.conditions = 1; }), "Statement 1: more than 1 conditions");
    EXPECT_EQ(less([](PolicyLimits& l) { l.values = 5; }).substr(0, 12), "Statement 1:");
    EXPECT_EQ(less([](PolicyLimits& l) { l.depth = 3; }), "more than 3 levels of nesting");
    EXPECT_FALSE(Policy::parse(std::string(60'000, '[')).ok());
}

PermissionGrant grant(std::string_view sid) {
    return {.sid = sid,
            .accounts = {"111122223333"},
            .actions = {"SQS:SendMessage"},
            .resource = kArn,
            .policy_id = "q/SQSDefaultPolicy"};
}

TEST(PolicyEdit, the_first_permission_makes_the_policy_and_the_last_one_takes_it_away) {
    const auto made = with_permission("", grant("a\"b"));
    ASSERT_TRUE(made.ok()) << made.error().message();
    EXPECT_EQ(
        *made,
        R"({"Version":"2008-10-17","Id":"q/SQSDefaultPolicy","Statement":[{"Sid":"a\"b","Effect":"Allow",)"
        R"("Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"SQS:SendMessage",)"
        R"("Resource":"arn:aws:sqs:us-east-1:000000000000:q"}]})");
    EXPECT_TRUE(with_permission(*made, grant("a\"b")).is(Errc::already_exists));
    const auto two = with_permission(*made, grant("second"));
    ASSERT_TRUE(two.ok());
    EXPECT_EQ(Policy::parse(*two)->statements().size(), 2U);
    EXPECT_EQ(*without_permission(*two, "second"), *made);
    EXPECT_EQ(Policy::parse(*without_permission(*two, "a\"b"))->statements().front().sid, "second");
    EXPECT_EQ(*without_permission(*made, "a\"b"), "");
    EXPECT_TRUE(without_permission(*made, "x").is(Errc::not_found));
    EXPECT_TRUE(without_permission(*made, "").is(Errc::not_found));
    EXPECT_TRUE(without_permission("", "x").is(Errc::not_found));
}

TEST(PolicyEdit, the_rest_of_a_document_stays_as_it_was_written) {
    const std::string_view written =
        "{ \"Version\" : \"2012-10-17\" ,\n \"Statement\" : { \"Effect\" : \"Deny\" , "
        "\"Principal\" : \"*\" , \"Action\" : \"sqs:*\" , \"Sid\":\"} ]\\\"\"} , \"Id\" : \"x\" }";
    const auto edited = with_permission(written, grant("new"));
    ASSERT_TRUE(edited.ok()) << edited.error().message();
    const auto parsed = Policy::parse(*edited);
    ASSERT_TRUE(parsed.ok()) << *edited;
    ASSERT_EQ(parsed->statements().size(), 2U);
    EXPECT_EQ(parsed->statements()[0].sid, "} ]\"");
    EXPECT_EQ(parsed->statements()[1].sid, "new");
    EXPECT_EQ(*minified(*without_permission(*edited, "new")),
              R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sqs:*",)"
              R"("Sid":"} ]\""}],"Id":"x"})");
    EXPECT_TRUE(with_permission("{}", grant("new")).is(Errc::invalid));
    EXPECT_TRUE(minified("nothing").is(Errc::invalid));
}

TEST(PolicyEdit, lists_are_written_where_there_is_more_than_one) {
    PermissionGrant many = grant("l");
    many.accounts.push_back("222233334444");
    many.actions.push_back("SQS:ReceiveMessage");
    const auto policy = Policy::parse(*with_permission("", many));
    ASSERT_TRUE(policy.ok());
    EXPECT_EQ(policy->statements()[0].principals.principals.size(), 2U);
    EXPECT_EQ(policy->statements()[0].actions.patterns.size(), 2U);
    many.accounts = {"bob"};
    EXPECT_TRUE(with_permission("", many).is(Errc::invalid));
}

}  // namespace
}  // namespace landfall::access
