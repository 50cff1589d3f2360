#include "services/dms/model_rules.hpp"

#include <gtest/gtest.h>

namespace landfall::dms {
namespace {

std::string rule(std::string_view action, std::string_view locator, std::string_view id = "1") {
    return R"({"rule-type":"selection","rule-id":")" + std::string{id} + R"(","rule-name":"n)" +
           std::string{id} + R"(","rule-action":")" + std::string{action} + R"(","object-locator":)" +
           std::string{locator} + "}";
}
std::string rules(const std::string& inner) { return R"({"rules":[)" + inner + "]}"; }

bool selects(const std::string& json, const Place& place) {
    const auto selection = parse_selection(json);
    EXPECT_TRUE(selection.ok()) << selection.error().message();
    return selection.ok() && selection->covers(place);
}

const Place kEmployees{"db", "HR", "Tables", "EMPLOYEES"};
const Place kView{"db", "HR", "Views", "EMPLOYEES"};
const Place kOther{"db", "SALES", "Tables", "ORDERS"};

TEST(SelectionRules, an_explicit_rule_covers_what_stands_below_it) {
    const std::string server = rules(rule("explicit", R"({"server-name":"DB"})"));
    EXPECT_TRUE(selects(server, kEmployees));
    EXPECT_TRUE(selects(server, kOther));
    const std::string schema = rules(rule("explicit", R"({"server-name":"db","schema-name":"hr"})"));
    EXPECT_TRUE(selects(schema, kEmployees));
    EXPECT_TRUE(selects(schema, {"db", "HR", "", ""}));
    EXPECT_FALSE(selects(schema, kOther));
    const std::string table =
        rules(rule("explicit", R"({"server-name":"db","schema-name":"HR","table-name":"EMPLOYEES"})"));
    EXPECT_TRUE(selects(table, kEmployees));
    EXPECT_FALSE(selects(table, kView));
    const std::string category =
        rules(rule("explicit", R"({"server-name":"db","schema-name":"HR","category-name":"Views"})"));
    EXPECT_TRUE(selects(category, kView));
    EXPECT_FALSE(selects(category, kEmployees));
    const std::string schemas = rules(rule("explicit", R"({"server-name":"db","category-name":"Schemas"})"));
    EXPECT_TRUE(selects(schemas, kOther));
}

TEST(SelectionRules, a_percent_sign_is_any_run_of_characters_but_in_explicit_rules) {
    const auto with = [](std::string_view action, std::string_view name) {
        return rules(rule(
            action, R"({"server-name":"db","schema-name":"%","table-name":")" + std::string{name} + "\"}"));
    };
    EXPECT_TRUE(selects(with("include", "EMP%"), kEmployees));
    EXPECT_TRUE(selects(with("include", "%LOY%S"), kEmployees));
    EXPECT_FALSE(selects(with("include", "%LOY%T"), kEmployees));
    EXPECT_FALSE(selects(with("explicit", "EMP%"), kEmployees));
    EXPECT_FALSE(selects(with("include", "%"), kView));
}

TEST(SelectionRules, what_is_excluded_is_never_selected) {
    const std::string json =
        rules(rule("include", R"({"server-name":"db"})") + "," +
              rule("exclude", R"({"server-name":"db","schema-name":"HR","table-name":"%"})", "2"));
    EXPECT_FALSE(selects(json, kEmployees));
    EXPECT_TRUE(selects(json, kView));
    EXPECT_FALSE(selects(rules(rule("exclude", R"({"server-name":"db","schema-name":"HR"})")), kOther));
}

TEST(SelectionRules, rules_made_of_a_place_select_it) {
    for (const Place& place : {kEmployees, kView, Place{"db", "HR", "", ""}, Place{"db", "", "", ""}}) {
        const auto one = parse_one_explicit(selection_of(place));
        ASSERT_TRUE(one.ok()) << one.error().message();
        EXPECT_EQ(one->place, place);
    }
    const auto schemas = parse_one_explicit(selection_of({"db", "", "", ""}, Below::schemas));
    ASSERT_TRUE(schemas.ok());
    EXPECT_TRUE(schemas->schemas);
    const auto both = parse_selection(selection_of(std::vector{kEmployees, kOther}));
    ASSERT_TRUE(both.ok());
    EXPECT_TRUE(both->covers(kOther));
}

TEST(SelectionRules, each_category_has_a_key_a_type_and_kinds_of_its_own) {
    for (const std::string_view kind :
         {"table", "view", "materialized view", "index", "sequence", "synonym", "type", "type body",
          "package", "package body", "function", "procedure", "trigger", "script", "database link"}) {
        const std::string_view category = category_of_kind(kind);
        ASSERT_FALSE(category.empty()) << kind;
        EXPECT_EQ(category_of_key(key_of_category(category)), category);
        EXPECT_FALSE(type_of_category(category).empty());
    }
    EXPECT_EQ(category_of_kind("foreign key"), "");
}

TEST(SelectionRules, a_bad_rule_is_named) {
    const std::string good = R"({"server-name":"db","schema-name":"HR"})";
    for (const std::string& bad :
         {std::string{"{"}, std::string{"[]"}, rules(""), rules("1"), rules(rule("explicit", "{}")),
          rules(rule("perhaps", good)), rules(rule("explicit", R"({"server-name":""})")),
          rules(rule("explicit", R"({"server-name":7})")), rules(rule("explicit", good, "x")),
          rules(rule("explicit", good) + "," + rule("explicit", good)),
          rules(rule("explicit", R"({"server-name":"db","schema-name":"HR","colour-name":"x"})")),
          rules(rule("explicit", R"({"server-name":"db","schema-name":"HR","category-name":"Birds"})")),
          rules(rule("explicit", R"({"server-name":"db","table-name":"T"})")),
          rules(rule("explicit",
                     R"({"server-name":"db","schema-name":"H","table-name":"T","view-name":"V"})"))}) {
        const auto selection = parse_selection(bad);
        ASSERT_FALSE(selection.ok()) << bad;
        EXPECT_EQ(selection.error().code(), FaultCode::invalid_value);
    }
    EXPECT_FALSE(parse_one_explicit(rules(rule("include", good))).ok());
    EXPECT_FALSE(parse_one_explicit(rules(rule("explicit", good) + "," + rule("explicit", good, "2"))).ok());
}

TEST(SelectionRules, deep_and_large_texts_end_in_a_sentence) {
    EXPECT_FALSE(parse_selection(std::string(100'000, '[')).ok());
    EXPECT_FALSE(parse_selection(std::string(2'000'000, ' ')).ok());
    EXPECT_FALSE(parse_selection(std::string{"\0\xff", 2}).ok());
}

TEST(TransformationRules, an_action_has_the_value_that_it_needs) {
    const auto with = [](std::string_view action, std::string_view more) {
        return R"({"rules":[{"rule-type":"transformation","rule-id":"1","rule-name":"a",)"
               R"("rule-target":"schema",)"
               R"("object-locator":{"schema-name":"%"},"rule-action":")" +
               std::string{action} + "\"" + std::string{more} + "}]}";
    };
    EXPECT_TRUE(parse_transformations(with("convert-lowercase", "")).ok());
    EXPECT_TRUE(parse_transformations(with("rename", R"(,"value":"x")")).ok());
    EXPECT_FALSE(parse_transformations(with("rename", "")).ok());
    EXPECT_FALSE(parse_transformations(with("replace-prefix", R"(,"value":"x")")).ok());
    EXPECT_FALSE(parse_transformations(with("change-data-type", "")).ok());
    EXPECT_FALSE(parse_transformations(with("sing", "")).ok());
}

}  // namespace
}  // namespace landfall::dms
