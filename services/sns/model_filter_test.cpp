#include "services/sns/model_filter.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "services/sns/model_filter_index.hpp"

namespace landfall::sns {
namespace {

std::string refusal(std::string_view policy, FilterScope scope = FilterScope::body,
                    FilterCall call = FilterCall::set_attributes) {
    const auto parsed = FilterPolicy::parse(policy, scope, call);
    return parsed.ok() ? "" : parsed.error().message();
}

std::string placed(std::string_view text, std::string_view policy, int column) {
    return "Invalid parameter: FilterPolicy: " + std::string{text} + "\n at [Source: (String)\"" +
           std::string{policy} + "\"; line: 1, column: " + std::to_string(column) + "]";
}

TEST(FilterPolicy, refuses_with_the_services_texts_and_places) {
    struct Row {
        const char* policy;
        const char* text;
        int column;
    };
    // Recorded from the service.
    const Row rows[] = {
        {R"({"key":[{"numeric":[">=",1,">",2]}]})", "Bad numeric range operator: >", 31},
        {R"({"key":[{"numeric":[">",20,"test"]}]})", "Bad numeric range operator: test", 34},
        {R"({"key":[{"numeric":[">",20,30]}]})", "Bad value in numeric range: 30", 30},
        {R"({"key":[{"numeric":[">",3,"<",1]}]})", "Bottom must be less than top", 33},
        {R"({"key":[]})", "Empty arrays are not allowed", 10},
        {R"({"key":[{"numeric":[1,"<="]}]})", "Invalid member in numeric match: 1", 22},
        {R"({"key":[{"numeric":[]}]})", "Invalid member in numeric match: ]", 22},
        {R"({"key":[["value"]]})", "Match value must be String, number, true, false, or null", 10},
        {R"({"key":[{"suffix":"value","prefix":"value2"}]})", "Only one key allowed in match expression", 37},
        {R"({"key":[{"numeric":["<",100,">",10]}]})", "Too many elements in numeric expression", 30},
        {R"({"key":[{"numeric":[">",20,"<",30,"<",50]}]})", "Too many terms in numeric range expression", 36},
        {R"({"key":[{"wrong-operator":true}]})", "Unrecognized match type wrong-operator", 31},
        {R"({"key":[{"numeric":["operator"]}]})", "Unrecognized numeric range operator: operator", 32},
        {R"({"key":[{"anything-but":{"exists":false}}]})", "Unsupported anything-but pattern: exists", 40},
        {R"({"key":[{"anything-but":{"suffix":"test"}}]})", "Unsupported anything-but pattern: suffix", 36},
        {R"({"key":[{"anything-but":{"wrong-operator":null}}]})",
         "Unsupported anything-but pattern: wrong-operator", 47},
        {R"({"key":[{"numeric":[">",20,"<","30"]}]})", "Value of < must be numeric", 33},
        {R"({"key":[{"numeric":[">",20,"<="]}]})", "Value of <= must be numeric", 33},
        {R"({"key":[{"numeric":[">","20","<","30"]}]})", "Value of > must be numeric", 26},
        {R"({"key":[{"numeric":[">="]}]})", "Value of >= must be numeric", 26},
        {R"({"key":[{"numeric":["=","000"]}]})", "Value of equals must be numeric", 26},
        {R"({"key":{"not-an-operator":"value"}})", "\"not-an-operator\" must be an object or an array", 28},
        {R"({"key":{"suffix":"value","prefix":"value"}})", "\"suffix\" must be an object or an array", 19},
        {R"({"key":[{"exists":"no"}]})", "exists match pattern must be either true or false.", 20},
        {R"({"key":[{"exists":null}]})", "exists match pattern must be either true or false.", 23},
        {R"({"key":[{"anything-but":{"prefix":false}}]})", "prefix match pattern must be a string", 40},
        {R"({"key":[{"cidr":["bad-filter"]}]})", "prefix match pattern must be a string", 18},
        {R"({"key":[{"suffix":100}]})", "suffix match pattern must be a string", 22},
        {R"({"key":[{"suffix":["test","test2"]}]})", "suffix match pattern must be a string", 20},
        {R"({"key":[{"suffix":null}]})", "suffix match pattern must be a string", 23},
        {R"({"key_a":"value_one"})", "\"key_a\" must be an object or an array", 11},
    };
    for (const Row& row : rows) EXPECT_EQ(refusal(row.policy), placed(row.text, row.policy, row.column));
}

TEST(FilterPolicy, refuses_addresses_that_are_none) {
    EXPECT_EQ(refusal(R"({"key":[{"cidr":"bad-filter"}]})"),
              "Invalid parameter: FilterPolicy: Nonstandard IP address: bad-filter");
    EXPECT_EQ(refusal(R"({"key":[{"cidr":"xx.11.xx/8"}]})"),
              "Invalid parameter: FilterPolicy: Nonstandard IP address: xx.11.xx");
    EXPECT_EQ(refusal(R"({"key":[{"cidr":"10.0.0.0"}]})"),
              "Invalid parameter: FilterPolicy: Malformed CIDR, one '/' required");
    EXPECT_EQ(refusal(R"({"key":[{"cidr":"10.0.0.0/xx"}]})"),
              "Invalid parameter: FilterPolicy: Malformed CIDR, mask bits must be an integer");
}

TEST(FilterPolicy, names_the_operation_that_brought_it) {
    EXPECT_EQ(
        refusal(R"({"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]})", FilterScope::attributes,
                FilterCall::subscribe),
        "Invalid parameter: Attributes Reason: FilterPolicy: Filter policy can not have more than 5 keys");
    EXPECT_EQ(
        refusal(R"({"a":{"b":["x"]}})", FilterScope::attributes),
        "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy");
    EXPECT_EQ(
        refusal("invalid", FilterScope::attributes, FilterCall::subscribe),
        "Invalid parameter: Attributes Reason: FilterPolicy: failed to parse JSON. Unrecognized token "
        "'invalid': "
        "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: "
        "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 8]");
    EXPECT_EQ(
        refusal("{invalid}", FilterScope::attributes),
        "Invalid parameter: FilterPolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was "
        "expecting double-quote to start field name\n at [Source: REDACTED "
        "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]");
}

std::string values(int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += (i > 0 ? "," : "") + std::to_string(i);
    return "[" + out + "]";
}

TEST(FilterPolicy, combinations_multiply_over_keys_and_depth_and_add_over_alternatives) {
    EXPECT_EQ(refusal(R"({"a":)" + values(150) + "}"), "");
    EXPECT_EQ(refusal(R"({"a":)" + values(151) + "}"),
              "Invalid parameter: FilterPolicy: Filter policy is too complex");
    EXPECT_EQ(refusal(R"({"a":{"b":{"c":)" + values(4) + R"(}},"d":{"e":)" + values(3) + R"(},"f":)" +
                      values(2) + "}"),
              "");
    EXPECT_EQ(refusal(R"({"a":{"b":{"c":)" + values(4) + R"(}},"d":{"e":)" + values(3) + R"(},"f":)" +
                      values(3) + "}"),
              "Invalid parameter: FilterPolicy: Filter policy is too complex");
    EXPECT_EQ(refusal(R"({"$or":[{"a":)" + values(75) + R"(},{"b":)" + values(75) + "}]}"), "");
    EXPECT_NE(refusal(R"({"$or":[{"a":)" + values(75) + R"(},{"b":)" + values(76) + "}]}"), "");
}

TEST(FilterPolicy, numbers_are_bounded) {
    EXPECT_EQ(refusal(R"({"a":[1000000000,-1000000000.0]})"), "");
    EXPECT_NE(refusal(R"({"a":[1000000001]})"), "");
    EXPECT_NE(refusal(R"({"a":[{"numeric":["<",1e10]}]})"), "");
}

const std::vector<MessageAttribute> kAttributes{
    {"store", "String", "example_corp"},
    {"price", "Number", "210.75"},
    {"interests", "String.Array", R"(["rugby","tennis",null,true,7])"},
    {"ip", "String", "10.0.0.255"},
    {"ip6", "String", "2001:db8:1234:1a00::1"},
    {"blob", "Binary", "abc"},
    {"event", "String", "Order_Cancelled"},
};

bool by_attributes(std::string_view policy) {
    const auto parsed = FilterPolicy::parse(policy, FilterScope::attributes, FilterCall::subscribe);
    EXPECT_TRUE(parsed.ok()) << policy << parsed.error().message();
    FilterSubject subject{kAttributes, "text"};
    return parsed->matches(subject);
}

TEST(FilterPolicy, attributes_truth_table) {
    const std::pair<const char*, bool> rows[] = {
        {R"({"store":["example_corp"]})", true},
        {R"({"store":["other","example_corp"]})", true},
        {R"({"store":["other"]})", false},
        {R"({"store":["example_corp"],"price":[210.75]})", true},
        {R"({"store":["example_corp"],"price":[1]})", false},
        {R"({"price":["210.75"]})", false},
        {R"({"interests":["tennis"]})", true},
        {R"({"interests":[null]})", true},
        {R"({"interests":[true]})", true},
        {R"({"interests":[false]})", false},
        {R"({"interests":[7]})", true},
        {R"({"interests":["golf"]})", false},
        {R"({"interests":[{"anything-but":["golf"]}]})", true},
        {R"({"store":[{"prefix":"example"}]})", true},
        {R"({"store":[{"prefix":"xample"}]})", false},
        {R"({"store":[{"suffix":"corp"}]})", true},
        {R"({"store":[{"suffix":"cor"}]})", false},
        {R"({"event":[{"equals-ignore-case":"ORDER_cancelled"}]})", true},
        {R"({"event":[{"equals-ignore-case":"order"}]})", false},
        {R"({"store":[{"anything-but":"example_corp"}]})", false},
        {R"({"store":[{"anything-but":"else"}]})", true},
        {R"({"store":[{"anything-but":["else","example_corp"]}]})", false},
        {R"({"store":[{"anything-but":{"prefix":"exa"}}]})", false},
        {R"({"store":[{"anything-but":{"prefix":"el"}}]})", true},
        {R"({"price":[{"anything-but":[100,210.75]}]})", false},
        {R"({"price":[{"anything-but":[100]}]})", true},
        {R"({"missing":[{"anything-but":"x"}]})", false},
        {R"({"price":[{"numeric":["=",210.75]}]})", true},
        {R"({"price":[{"numeric":[">",210.75]}]})", false},
        {R"({"price":[{"numeric":[">=",210.75]}]})", true},
        {R"({"price":[{"numeric":["<",210.75]}]})", false},
        {R"({"price":[{"numeric":["<=",210.75]}]})", true},
        {R"({"price":[{"numeric":[">",0,"<=",300]}]})", true},
        {R"({"price":[{"numeric":[">",0,"<",210.75]}]})", false},
        {R"({"store":[{"numeric":[">",0]}]})", false},
        {R"({"store":[{"exists":true}]})", true},
        {R"({"missing":[{"exists":true}]})", false},
        {R"({"missing":[{"exists":false}]})", true},
        {R"({"store":[{"exists":false}]})", false},
        {R"({"blob":[{"exists":true}]})", false},
        {R"({"ip":[{"cidr":"10.0.0.0/24"}]})", true},
        {R"({"ip":[{"cidr":"10.0.0.0/25"}]})", false},
        {R"({"ip":[{"cidr":"0.0.0.0/0"}]})", true},
        {R"({"ip6":[{"cidr":"2001:db8:1234:1a00::/64"}]})", true},
        {R"({"ip6":[{"cidr":"2001:db8:1234:1b00::/64"}]})", false},
        {R"({"ip":[{"cidr":"2001:db8::/32"}]})", false},
        {R"({"event":[{"wildcard":"Order*led"}]})", true},
        {R"({"event":[{"wildcard":"*_*d"}]})", true},
        {R"({"event":[{"wildcard":"Order*x"}]})", false},
        {R"({"$or":[{"store":["no"]},{"price":[{"numeric":[">",200]}]}]})", true},
        {R"({"$or":[{"store":["no"]},{"price":[{"numeric":["<",200]}]}]})", false},
        {R"({"store":["example_corp"],"$or":[{"event":["x"]},{"event":[{"prefix":"Order"}]}]})", true},
        {"{}", true},
    };
    for (const auto& [policy, expected] : rows) EXPECT_EQ(by_attributes(policy), expected) << policy;
}

bool by_body(std::string_view policy, std::string_view body) {
    const auto parsed = FilterPolicy::parse(policy, FilterScope::body, FilterCall::subscribe);
    EXPECT_TRUE(parsed.ok()) << policy << parsed.error().message();
    FilterSubject subject{kAttributes, body};
    return parsed->matches(subject);
}

TEST(FilterPolicy, bodies_truth_table) {
    struct Row {
        const char* policy;
        const char* body;
        bool expected;
    };
    const Row rows[] = {
        {R"({"a":["x"]})", R"({"a":"x"})", true},
        {R"({"a":["x"]})", R"({"a":["y","x"]})", true},
        {R"({"a":["x"]})", R"({"a":[["y"],["x"]]})", true},
        {R"({"a":["x"]})", R"({"a":{"x":"x"}})", false},
        {R"({"a":["x"]})", "x", false},
        {R"({"a":["x"]})", R"(["a","x"])", false},
        {R"({"a":[null]})", R"({"a":null})", true},
        {R"({"a":[null]})", R"({})", false},
        {R"({"a":{"b":["x"]}})", R"({"a":{"b":"x"}})", true},
        {R"({"a":{"b":["x"]}})", R"({"a":[{"b":"y"},{"b":"x"}]})", true},
        {R"({"a":{"b":["x"],"c":[1]}})", R"({"a":[{"b":"x","c":2},{"b":"y","c":1}]})", false},
        {R"({"a":{"b":["x"],"c":[1]}})", R"({"a":[{"b":"x","c":2},{"b":"x","c":1}]})", true},
        {R"({"a":{"b":[{"exists":false}]}})", R"({"a":{"c":1}})", true},
        {R"({"a":{"b":[{"exists":false}]}})", R"({})", true},
        {R"({"a":{"b":[{"exists":true}]}})", R"({"a":{"b":null}})", true},
        {R"({"a":{"$or":[{"b":["x"]},{"c":[{"numeric":[">",1]}]}]}})", R"({"a":{"c":2}})", true},
        {R"({"a":{"$or":[{"b":["x"]},{"c":[{"numeric":[">",1]}]}]}})", R"({"a":{"c":1}})", false},
        {R"({"a":[1.5]})", R"({"a":15e-1})", true},
    };
    for (const Row& row : rows)
        EXPECT_EQ(by_body(row.policy, row.body), row.expected) << row.policy << row.body;
}

TEST(FilterIndex, a_thousand_exact_subscriptions_cost_one_evaluation) {
    std::vector<FilterPolicy> policies;
    for (int i = 0; i < 1000; ++i)
        policies.push_back(*FilterPolicy::parse(R"({"tenant":["t)" + std::to_string(i) + R"("]})",
                                                FilterScope::attributes, FilterCall::subscribe));
    FilterIndex index;
    for (std::uint32_t i = 0; i < policies.size(); ++i) index.add(i, &policies[i]);
    index.add(5000, nullptr);
    const std::vector<MessageAttribute> attributes{{"tenant", "String", "t700"}};
    FilterSubject subject{attributes, ""};
    const auto found = index.matches(subject);
    EXPECT_EQ(found.slots, (std::vector<FilterIndex::Slot>{700, 5000}));
    EXPECT_EQ(found.evaluations, 1U);
    index.remove(700);
    EXPECT_EQ(index.matches(subject).slots, (std::vector<FilterIndex::Slot>{5000}));
}

TEST(FilterIndex, agrees_with_asking_every_policy) {
    SeededRandom random{7};
    const char* shapes[] = {R"({"a":["%",3]})", R"({"a":[{"prefix":"%"}]})",
                            R"({"b":["%"],"a":[{"exists":true}]})", R"({"b":[{"anything-but":"%"}]})",
                            R"({"$or":[{"a":["%"]},{"b":["%"]}]})"};
    std::vector<FilterPolicy> policies;
    for (int i = 0; i < 200; ++i) {
        std::string text = shapes[random.below(5)];
        for (std::size_t at; (at = text.find('%')) != std::string::npos;)
            text.replace(at, 1, std::to_string(random.below(10)));
        policies.push_back(*FilterPolicy::parse(
            text, random.below(2) == 0 ? FilterScope::attributes : FilterScope::body, FilterCall::subscribe));
    }
    FilterIndex index;
    for (std::uint32_t i = 0; i < policies.size(); ++i) index.add(i, &policies[i]);
    for (int round = 0; round < 200; ++round) {
        const std::string a = std::to_string(random.below(10)), b = std::to_string(random.below(10));
        const std::vector<MessageAttribute> attributes{{"a", "String", a},
                                                       {"b", "String.Array", "[\"" + b + "\",\"1\"]"}};
        const std::string body = R"({"a":")" + b + R"(","b":[")" + a + R"(","2"]})";
        FilterSubject subject{attributes, body};
        std::vector<FilterIndex::Slot> expected;
        for (std::uint32_t i = 0; i < policies.size(); ++i)
            if (policies[i].matches(subject)) expected.push_back(i);
        ASSERT_EQ(index.matches(subject).slots, expected);
    }
}

}  // namespace
}  // namespace landfall::sns
