#include <gtest/gtest.h>

#include <array>

#include "core/access/call_facts.hpp"
#include "core/access/decide.hpp"
#include "core/access/pattern.hpp"
#include "core/access/policy.hpp"

namespace landfall::access {
namespace {

constexpr std::string_view kOwner = "000000000000";
constexpr std::string_view kOther = "111122223333";
constexpr std::string_view kQueue = "arn:aws:sqs:us-east-1:000000000000:orders";
constexpr std::string_view kSend = "sqs:SendMessage";
const Instant kNow = *parse_iso8601("2026-11-22T19:00:00Z");

Principal root(std::string_view account) {
    return Principal::of_arn(account, "arn:aws:iam::" + std::string{account} + ":root", account);
}
Principal user(std::string_view account, std::string_view name) {
    return Principal::of_arn(account, "arn:aws:iam::" + std::string{account} + ":user/" + std::string{name},
                             "AIDAJQABLZS4A3QDU576Q");
}
Principal session(std::string_view account) {
    return Principal::of_arn(account, "arn:aws:sts::" + std::string{account} + ":assumed-role/worker/s1",
                             "AROAJQABLZS4A3QDU576Q:s1");
}

Policy policy_of(std::string_view json) {
    auto policy = Policy::parse(json);
    if (!policy.ok()) ADD_FAILURE() << policy.error().message() << " in " << json;
    CHECK(policy.ok());
    return *std::move(policy);
}
Policy allow_to(std::string_view principal) {
    return policy_of(
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:*","Principal":)" +
        std::string{principal} + "}}");
}
bool allowed(const Principal& who, const Policy* policy, std::span<const Policy* const> own = {}) {
    return decide({who, kSend, kQueue, kOwner, {}, kNow}, policy, own).allowed();
}

TEST(Evaluate, the_table_of_who_is_allowed_by_whom) {
    struct Row {
        std::string_view principal;
        // Of a policy that allows it: own root, own user, own session, other root, other user, a service,
        // nobody.
        std::array<bool, 7> want;
    };
    const std::array<Row, 12> rows{{
        {R"("*")", {true, true, true, true, false, true, true}},
        {R"({"AWS":"*"})", {true, true, true, true, false, true, true}},
        {R"({"AWS":"000000000000"})", {true, false, false, false, false, false, false}},
        {R"({"AWS":"arn:aws:iam::000000000000:root"})", {true, false, false, false, false, false, false}},
        {R"({"AWS":"arn:aws:iam::000000000000:user/bob"})", {true, true, false, false, false, false, false}},
        {R"({"AWS":"AIDAJQABLZS4A3QDU576Q"})", {true, true, false, false, false, false, false}},
        {R"({"AWS":"arn:aws:iam::000000000000:role/worker"})",
         {true, false, true, false, false, false, false}},
        {R"({"AWS":"arn:aws:sts::000000000000:assumed-role/worker/s1"})",
         {true, false, true, false, false, false, false}},
        {R"({"AWS":"111122223333"})", {true, false, false, true, false, false, false}},
        {R"({"AWS":["arn:aws:iam::111122223333:user/bob"]})",
         {true, false, false, false, false, false, false}},
        {R"({"Service":"sns.amazonaws.com"})", {true, false, false, false, false, true, false}},
        {R"({"Service":"s3.amazonaws.com"})", {true, false, false, false, false, false, false}},
    }};
    const std::array<Principal, 7> callers{root(kOwner),
                                           user(kOwner, "bob"),
                                           session(kOwner),
                                           root(kOther),
                                           user(kOther, "bob"),
                                           Principal::service("sns.amazonaws.com"),
                                           {}};
    for (const Row& row : rows) {
        const Policy policy = allow_to(row.principal);
        for (std::size_t i = 0; i < callers.size(); ++i)
            EXPECT_EQ(allowed(callers[i], &policy), row.want[i]) << row.principal << " for caller " << i;
    }
}

TEST(Evaluate, across_accounts_it_takes_both_sides_and_within_one_either) {
    const Policy own =
        *Policy::parse(R"({"Statement":{"Effect":"Allow","Action":"sqs:Send*","Resource":"*"}})",
                       PolicyKind::attached_to_identity);
    const Policy none = *Policy::parse(R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})",
                                       PolicyKind::attached_to_identity);
    const Policy deny =
        *Policy::parse(R"({"Statement":{"Effect":"Deny","Action":"sqs:Send*","Resource":"*"}})",
                       PolicyKind::attached_to_identity);
    const std::array<const Policy*, 1> allows{&own};
    const std::array<const Policy*, 1> silent{&none};
    const std::array<const Policy*, 2> denies{&own, &deny};
    const Policy to_account = allow_to(R"({"AWS":"111122223333"})");
    const Policy to_user = allow_to(R"({"AWS":"arn:aws:iam::111122223333:user/bob"})");
    const Principal bob = user(kOther, "bob");
    EXPECT_FALSE(allowed(bob, nullptr, allows));
    EXPECT_FALSE(allowed(bob, &to_account, silent));
    EXPECT_FALSE(allowed(bob, &to_user, silent));
    EXPECT_TRUE(allowed(bob, &to_account, allows));
    EXPECT_TRUE(allowed(bob, &to_user, allows));
    EXPECT_FALSE(allowed(bob, &to_user, denies));
    const Principal alice = user(kOwner, "alice");
    EXPECT_TRUE(allowed(alice, nullptr, allows));
    EXPECT_FALSE(allowed(alice, nullptr, silent));
    EXPECT_FALSE(allowed(alice, nullptr, denies));
    const Policy to_alice = allow_to(R"({"AWS":"arn:aws:iam::000000000000:user/alice"})");
    EXPECT_TRUE(allowed(alice, &to_alice, silent));
    EXPECT_FALSE(allowed(alice, &to_alice, denies));
}

TEST(Evaluate, a_denial_beats_every_allow_and_binds_root_too) {
    const Policy policy = policy_of(R"({"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":"*","Action":"*"},
        {"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"sqs:SendMessage"}]})");
    EXPECT_TRUE(allowed(root(kOwner), &policy));
    EXPECT_TRUE(allowed({}, &policy));
    EXPECT_FALSE(allowed(root(kOther), &policy));
    EXPECT_FALSE(allowed(user(kOther, "bob"), &policy));  // an account's denial is its users' denial
    const Policy all = policy_of(R"({"Statement":{"Effect":"Deny","Principal":"*","Action":"sqs:*"}})");
    EXPECT_FALSE(allowed(root(kOwner), &all));
    EXPECT_FALSE(allowed(Principal::service("sns.amazonaws.com"), &all));
}

TEST(Evaluate, not_principal_excepts_by_name_from_a_denial_and_by_account_from_an_allow) {
    const auto with = [](std::string_view effect, std::string_view who) {
        return policy_of(R"({"Statement":{"Action":"sqs:*","Effect":")" + std::string{effect} +
                         R"(","NotPrincipal":{"AWS":")" + std::string{who} + R"("}}})");
    };
    const Policy deny = with("Deny", "arn:aws:iam::000000000000:user/bob");
    const auto said = [](const Principal& who, const Policy& policy) {
        return evaluate({who, kSend, kQueue, kOwner, {}, kNow}, policy);
    };
    EXPECT_EQ(said(user(kOwner, "bob"), deny), Verdict::nothing);
    EXPECT_EQ(said(user(kOwner, "alice"), deny), Verdict::deny);
    EXPECT_EQ(said({}, deny), Verdict::deny);
    EXPECT_EQ(said(user(kOwner, "bob"), with("Deny", "000000000000")), Verdict::deny);
    EXPECT_EQ(said(root(kOwner), with("Deny", "000000000000")), Verdict::nothing);
    EXPECT_EQ(said(user(kOwner, "bob"), with("Allow", "000000000000")), Verdict::nothing);
    EXPECT_EQ(said(root(kOther), with("Allow", "000000000000")), Verdict::allow);
}

struct Asked {
    std::string_view pattern;
    std::string_view text;
    bool want;
};

TEST(Evaluate, actions_match_without_regard_to_case_and_not_action_turns_it_over) {
    for (const auto& [pattern, action, want] :
         {Asked{"*", "sqs:SendMessage", true}, Asked{"SQS:sendmessage", "sqs:SendMessage", true},
          Asked{"sqs:Send*", "sqs:SendMessage", true}, Asked{"sqs:*Message", "sqs:SendMessage", true},
          Asked{"sqs:Send?essage", "sqs:SendMessage", true}, Asked{"sqs:Send", "sqs:SendMessage", false},
          Asked{"sns:*", "sqs:SendMessage", false}, Asked{"sqs:SendMessage?", "sqs:SendMessage", false}}) {
        for (const bool turned : {false, true}) {
            const Policy policy = policy_of(R"({"Statement":{"Effect":"Allow","Principal":"*",")" +
                                            std::string{turned ? "NotAction" : "Action"} + R"(":")" +
                                            std::string{pattern} + R"("}})");
            EXPECT_EQ(decide({Principal{}, action, kQueue, kOwner, {}, kNow}, &policy).allowed(),
                      want != turned)
                << pattern;
        }
    }
}

TEST(Evaluate, resources_are_patterns_over_the_whole_arn) {
    for (const auto& [pattern, arn, want] : {
             Asked{"*", "anything", true},
             Asked{"arn:aws:sqs:us-east-1:000000000000:orders", kQueue, true},
             Asked{"arn:aws:sqs:us-east-1:000000000000:Orders", kQueue, false},
             Asked{"arn:aws:sqs:*:000000000000:ord*", kQueue, true},
             Asked{"arn:aws:sqs:us-east-?:*:*", kQueue, true},
             Asked{"arn:aws:sqs", kQueue, true},
             Asked{"arn:aws:sqs:us-east-1", kQueue, true},
             Asked{"arn:aws:sqs:eu-west-1", kQueue, false},
             Asked{"arn:aws:sns", kQueue, false},
             Asked{"arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b:c", true},
             Asked{"arn:aws:s3:::b", "arn:aws:s3:::b/a", false},
             Asked{"arn:aws:s3:::b/?", "arn:aws:s3:::b/\xc3\xa4", true},
             Asked{"arn:aws:s3:::b/??", "arn:aws:s3:::b/\xc3\xa4", false},
             Asked{"arn:aws:s3:::b/a*b*c", "arn:aws:s3:::b/aXbbYc", true},
             Asked{"arn:aws:s3:::b/a*b*c", "arn:aws:s3:::b/aXbbYcd", false},
             Asked{"arn:aws:s3:::b/*****", "arn:aws:s3:::b/", true},
         })
        EXPECT_EQ(matches_resource(pattern, arn), want) << pattern << " of " << arn;
}

TEST(Evaluate, arns_in_conditions_are_compared_part_by_part) {
    for (const auto& [pattern, arn, want] : {
             Asked{"arn:aws:sns:*:*:t", "arn:aws:sns:us-east-1:000000000000:t", true},
             Asked{"arn:aws:sns:*:t", "arn:aws:sns:us-east-1:000000000000:t", false},
             Asked{"*", "arn:aws:sns:us-east-1:000000000000:t", true},
             Asked{"arn:aws:s3:*:*:b", "arn:aws:s3:::b", true},
             Asked{"arn:aws:s3:::", "arn:aws:s3:::b", false},
             Asked{"arn:aws:sns", "arn:aws:sns:us-east-1:000000000000:t", true},
             Asked{"arn:aws:sqs:*:*:a*", "arn:aws:sqs:us-east-1:000000000000:a:b", true},
             Asked{"arn:aws:sqs:us*:0", "text", false},
         })
        EXPECT_EQ(matches_arn(pattern, arn), want) << pattern << " of " << arn;
}

struct Tested {
    std::string_view condition;  ///< {"Operator":{"key":value}}
    std::vector<Fact> facts;
    bool want;
};

bool holds(const Tested& one) {
    const Policy policy = policy_of(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*",
        "Action":"*","Condition":)" +
                                    std::string{one.condition} + "}}");
    const Principal bob = user(kOwner, "bob");
    return evaluate({bob, kSend, kQueue, kOwner, one.facts, kNow}, policy) == Verdict::allow;
}

TEST(Conditions, text) {
    for (const Tested& one : std::initializer_list<Tested>{
             {R"({"StringEquals":{"k":"a"}})", {{"k", "a"}}, true},
             {R"({"StringEquals":{"k":"a"}})", {{"K", "a"}}, true},
             {R"({"StringEquals":{"k":"a"}})", {{"k", "A"}}, false},
             {R"({"StringEquals":{"k":"a*"}})", {{"k", "ab"}}, false},
             {R"({"StringEquals":{"k":["b","a"]}})", {{"k", "a"}}, true},
             {R"({"StringEquals":{"k":"a"}})", {}, false},
             {R"({"StringEquals":{"k":"a","l":"b"}})", {{"k", "a"}, {"l", "b"}}, true},
             {R"({"StringEquals":{"k":"a","l":"b"}})", {{"k", "a"}, {"l", "c"}}, false},
             {R"({"StringEquals":{"k":123456789012}})", {{"k", "123456789012"}}, true},
             {R"({"StringNotEquals":{"k":"a"}})", {{"k", "b"}}, true},
             {R"({"StringNotEquals":{"k":["a","b"]}})", {{"k", "b"}}, false},
             {R"({"StringNotEquals":{"k":"a"}})", {}, true},
             {R"({"StringEqualsIgnoreCase":{"k":"aB"}})", {{"k", "Ab"}}, true},
             {R"({"StringNotEqualsIgnoreCase":{"k":"aB"}})", {{"k", "Ab"}}, false},
             {R"({"StringLike":{"k":"a*c?"}})", {{"k", "abbcd"}}, true},
             {R"({"StringLike":{"k":"a*c?"}})", {{"k", "abbc"}}, false},
             {R"({"StringNotLike":{"k":"a*"}})", {{"k", "b"}}, true},
             {R"({"StringEqualsIfExists":{"k":"a"}})", {}, true},
             {R"({"StringEqualsIfExists":{"k":"a"}})", {{"k", "b"}}, false},
             {R"({"StringLike":{"k":["x","y*"]},"Null":{"l":"true"}})", {{"k", "yy"}}, true},
             {R"({"ArnEquals":{"k":"arn:aws:sns:*:*:t"}})", {{"k", "arn:aws:sns:a:b:t"}}, true},
             {R"({"ArnLike":{"k":"arn:aws:sns:*:*:t"}})", {{"k", "arn:aws:sns:a:b:u"}}, false},
             {R"({"ArnNotEquals":{"k":"arn:aws:sns:*:*:t"}})", {{"k", "arn:aws:sns:a:b:u"}}, true},
             {R"({"ArnNotLike":{"k":"arn:aws:sns:*:*:t"}})", {{"k", "arn:aws:sns:a:b:t"}}, false},
             {R"({"BinaryEquals":{"k":"QUI="}})", {{"k", "QUI="}}, true},
             {R"({"BinaryEquals":{"k":"QUI="}})", {{"k", "QUM="}}, false},
         })
        EXPECT_EQ(holds(one), one.want) << one.condition;
}

TEST(Conditions, numbers_dates_truths_addresses) {
    for (const Tested& one : std::initializer_list<Tested>{
             {R"({"NumericEquals":{"n":5}})", {{"n", "5.0"}}, true},
             {R"({"NumericNotEquals":{"n":"5"}})", {{"n", "6"}}, true},
             {R"({"NumericNotEquals":{"n":"5"}})", {{"n", "x"}}, true},
             {R"({"NumericLessThan":{"n":"5"}})", {{"n", "4.9"}}, true},
             {R"({"NumericLessThan":{"n":"5"}})", {{"n", "5"}}, false},
             {R"({"NumericLessThanEquals":{"n":"5"}})", {{"n", "5"}}, true},
             {R"({"NumericGreaterThan":{"n":"-5"}})", {{"n", "5"}}, true},
             {R"({"NumericGreaterThanEquals":{"n":"5"}})", {{"n", "4"}}, false},
             {R"({"NumericGreaterThanEquals":{"n":"5"}})", {{"n", "five"}}, false},
             {R"({"DateLessThan":{"aws:CurrentTime":"2026-11-22T19:00:01Z"}})", {}, true},
             {R"({"DateGreaterThan":{"aws:CurrentTime":"2026-11-22T19:00:00Z"}})", {}, false},
             {R"({"DateGreaterThanEquals":{"aws:CurrentTime":"2026-11-22T19:00:00Z"}})", {}, true},
             {R"({"DateLessThanEquals":{"aws:EpochTime":"1795374000"}})", {}, true},
             {R"({"DateEquals":{"aws:CurrentTime":"2026-11-22T20:00:00+01:00"}})", {}, true},
             {R"({"DateNotEquals":{"aws:CurrentTime":"2026-11-22"}})", {}, true},
             {R"({"Bool":{"b":"true"}})", {{"b", "True"}}, true},
             {R"({"Bool":{"b":false}})", {{"b", "true"}}, false},
             {R"({"Bool":{"b":"true"}})", {}, false},
             {R"({"IpAddress":{"a":"203.0.113.0/24"}})", {{"a", "203.0.113.9"}}, true},
             {R"({"IpAddress":{"a":"203.0.113.0/24"}})", {{"a", "203.0.114.9"}}, false},
             {R"({"IpAddress":{"a":"203.0.113.9"}})", {{"a", "::ffff:203.0.113.9"}}, true},
             {R"({"IpAddress":{"a":"0.0.0.0/0"}})", {{"a", "2001:db8::1"}}, false},
             {R"({"IpAddress":{"a":["10.0.0.0/8","2001:db8::/33"]}})", {{"a", "2001:db8:7fff::1"}}, true},
             {R"({"IpAddress":{"a":"2001:db8::/33"}})", {{"a", "2001:db8:8000::1"}}, false},
             {R"({"NotIpAddress":{"a":"10.0.0.0/8"}})", {{"a", "11.0.0.1"}}, true},
             {R"({"NotIpAddress":{"a":"10.0.0.0/8"}})", {{"a", "10.0.0.1"}}, false},
             {R"({"Null":{"k":"true"}})", {}, true},
             {R"({"Null":{"k":true}})", {{"k", "v"}}, false},
             {R"({"Null":{"k":"false"}})", {{"k", "v"}}, true},
         })
        EXPECT_EQ(holds(one), one.want) << one.condition;
}

TEST(Conditions, keys_with_many_values) {
    const std::vector<Fact> two{{"t", "a"}, {"t", "b"}};
    for (const Tested& one : std::initializer_list<Tested>{
             {R"({"ForAnyValue:StringEquals":{"t":["b","c"]}})", two, true},
             {R"({"ForAnyValue:StringEquals":{"t":["c"]}})", two, false},
             {R"({"ForAnyValue:StringEquals":{"t":["c"]}})", {}, false},
             {R"({"ForAnyValue:StringNotEquals":{"t":["a"]}})", two, true},
             {R"({"ForAnyValue:StringNotEquals":{"t":["a"]}})", {}, false},
             {R"({"ForAnyValue:StringNotEquals":{"t":["a","b"]}})", two, false},
             {R"({"ForAllValues:StringEquals":{"t":["a","b","c"]}})", two, true},
             {R"({"ForAllValues:StringEquals":{"t":["a"]}})", two, false},
             {R"({"ForAllValues:StringEquals":{"t":["a"]}})", {}, true},
             {R"({"ForAllValues:StringNotLike":{"t":["c*"]}})", two, true},
             {R"({"ForAllValues:StringNotLike":{"t":["a*"]}})", two, false},
             {R"({"StringNotEquals":{"t":["a"]}})", two, false},
         })
        EXPECT_EQ(holds(one), one.want) << one.condition;
}

TEST(Conditions, what_follows_from_the_caller) {
    for (const Tested& one : std::initializer_list<Tested>{
             {R"({"StringEquals":{"aws:PrincipalAccount":"000000000000"}})", {}, true},
             {R"({"StringEquals":{"AWS:SourceOwner":"000000000000"}})", {}, true},
             {R"({"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::*:user/bob"}})", {}, true},
             {R"({"StringEquals":{"aws:PrincipalType":"User"}})", {}, true},
             {R"({"StringEquals":{"aws:username":"bob"}})", {}, true},
             {R"({"StringEquals":{"aws:userid":"AIDAJQABLZS4A3QDU576Q"}})", {}, true},
             {R"({"Bool":{"aws:PrincipalIsAWSService":"false"}})", {}, true},
             {R"({"Null":{"aws:PrincipalServiceName":"true"}})", {}, true},
         })
        EXPECT_EQ(holds(one), one.want) << one.condition;
    const Principal worker = session(kOwner);
    EXPECT_EQ(worker.role_arn, "arn:aws:iam::000000000000:role/worker");
    const Policy policy = policy_of(R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"*",
        "Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::000000000000:role/worker"}}}})");
    EXPECT_TRUE(allowed(worker, &policy));
}

TEST(Variables, are_replaced_in_resources_and_text_of_the_new_version_only) {
    const Principal bob = user(kOwner, "bob");
    const auto verdict = [&](std::string_view version, std::string_view rest, std::string_view resource,
                             std::vector<Fact> facts = {}) {
        const Policy policy =
            policy_of(R"({"Version":")" + std::string{version} +
                      R"(","Statement":{"Principal":"*","Action":"*",)" + std::string{rest} + "}}");
        return evaluate({bob, kSend, resource, kOwner, facts, kNow}, policy);
    };
    constexpr std::string_view kNew = "2012-10-17";
    const auto home = R"("Effect":"Allow","Resource":"arn:aws:s3:::b/${aws:username}/*")";
    EXPECT_EQ(verdict(kNew, home, "arn:aws:s3:::b/bob/k"), Verdict::allow);
    EXPECT_EQ(verdict(kNew, home, "arn:aws:s3:::b/eve/k"), Verdict::nothing);
    EXPECT_EQ(verdict("2008-10-17", home, "arn:aws:s3:::b/bob/k"), Verdict::nothing);
    EXPECT_EQ(verdict("2008-10-17", home, "arn:aws:s3:::b/${aws:username}/k"), Verdict::allow);
    const auto star = R"("Effect":"Allow","Resource":"arn:aws:s3:::b/${*}${?}${$}")";
    EXPECT_EQ(verdict(kNew, star, "arn:aws:s3:::b/*?$"), Verdict::allow);
    EXPECT_EQ(verdict(kNew, star, "arn:aws:s3:::b/ab$"), Verdict::nothing);
    const auto fact = R"("Effect":"Allow","Resource":"arn:aws:s3:::b/${k}")";
    EXPECT_EQ(verdict(kNew, fact, "arn:aws:s3:::b/anything", {{"k", "*"}}), Verdict::nothing);
    EXPECT_EQ(verdict(kNew, fact, "arn:aws:s3:::b/*", {{"k", "*"}}), Verdict::allow);
    const auto fallback = R"("Effect":"Allow","Resource":"arn:aws:s3:::b/${k, 'none'}")";
    EXPECT_EQ(verdict(kNew, fallback, "arn:aws:s3:::b/none"), Verdict::allow);
    EXPECT_EQ(verdict(kNew, fallback, "arn:aws:s3:::b/v", {{"k", "v"}}), Verdict::allow);
    const auto equal = R"("Effect":"Allow","Condition":{"StringEquals":{"k":"x-${aws:username}"}})";
    EXPECT_EQ(verdict(kNew, equal, "r", {{"k", "x-bob"}}), Verdict::allow);
    const auto like = R"("Effect":"Allow","Condition":{"StringLike":{"k":"${l}?"}})";
    EXPECT_EQ(verdict(kNew, like, "r", {{"k", "*a"}, {"l", "*"}}), Verdict::allow);
    EXPECT_EQ(verdict(kNew, like, "r", {{"k", "aa"}, {"l", "*"}}), Verdict::nothing);
}

TEST(Variables, that_the_request_lacks_never_make_an_allow) {
    const auto verdict = [](std::string_view rest) {
        const Policy policy =
            policy_of(R"({"Version":"2012-10-17","Statement":{"Principal":"*","Action":"*",)" +
                      std::string{rest} + "}}");
        const std::array<Fact, 1> facts{{{"k", "v"}}};
        return evaluate({Principal{}, kSend, kQueue, kOwner, facts, kNow}, policy);
    };
    EXPECT_EQ(verdict(R"("Effect":"Allow","Resource":"arn:aws:sqs:us-east-1:000000000000:${no:such}*")"),
              Verdict::nothing);
    EXPECT_EQ(verdict(R"("Effect":"Allow","NotResource":"arn:aws:s3:::${no:such}")"), Verdict::nothing);
    EXPECT_EQ(verdict(R"("Effect":"Deny","NotResource":"arn:aws:s3:::${no:such}")"), Verdict::deny);
    EXPECT_EQ(verdict(R"("Effect":"Allow","Condition":{"StringNotEquals":{"k":"${no:such}"}})"),
              Verdict::nothing);
    EXPECT_EQ(verdict(R"("Effect":"Deny","Condition":{"StringNotEquals":{"k":"${no:such}"}})"),
              Verdict::deny);
}

struct FakeCall {
    enum class Transport { plain, tls };
    struct {
        std::string account{kOther}, arn{"arn:aws:iam::111122223333:root"}, user_id{kOther};
    } caller;
    Transport transport = Transport::tls;
    std::string source_ip = "192.0.2.7", user_agent, region = "us-east-1";
    Instant received = kNow;
};

TEST(CallFacts, tell_what_every_request_brings) {
    const FakeCall call;
    CallFacts caller{call};
    caller.with("sns:Protocol", "https").with("sns:Endpoint", "");
    const Policy policy = policy_of(R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},
        "Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:000000000000:orders","Condition":{
        "IpAddress":{"aws:SourceIp":"192.0.2.0/24"},"Bool":{"aws:SecureTransport":"true"},
        "StringEquals":{"SNS:Protocol":"https","aws:RequestedRegion":"us-east-1"},
        "Null":{"aws:UserAgent":"true","sns:Endpoint":"true"}}}})");
    EXPECT_TRUE(decide(caller.ask(kSend, kQueue, kOwner), &policy).allowed());
    EXPECT_FALSE(decide(caller.ask("sqs:ReceiveMessage", kQueue, kOwner), &policy).allowed());
}

TEST(CallFacts, a_topic_delivers_where_the_queue_takes_its_arn) {
    const Policy policy = policy_of(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",
        "Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*","Condition":{
        "ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:111122223333:t"},
        "StringEquals":{"aws:SourceAccount":"111122223333"}}}})");
    const CallFacts right{"sns.amazonaws.com", "arn:aws:sns:us-east-1:111122223333:t", kNow};
    const CallFacts wrong{"sns.amazonaws.com", "arn:aws:sns:us-east-1:111122223333:u", kNow};
    EXPECT_TRUE(decide(right.ask(kSend, kQueue, kOwner), &policy).allowed());
    EXPECT_FALSE(decide(wrong.ask(kSend, kQueue, kOwner), &policy).allowed());
    EXPECT_FALSE(decide(right.ask(kSend, kQueue, kOwner), nullptr).allowed());
    EXPECT_EQ(decide(right.ask(kSend, kQueue, kOwner), nullptr).reason,
              "Service: sns.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: "
              "arn:aws:sqs:us-east-1:000000000000:orders because no resource-based policy allows it");
}

}  // namespace
}  // namespace landfall::access
