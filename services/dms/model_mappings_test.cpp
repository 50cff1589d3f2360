#include "services/dms/model_mappings.hpp"

#include <gtest/gtest.h>

#include "services/dms/model_task_settings.hpp"

namespace landfall::dms {
namespace {

std::string selection(std::string_view schema, std::string_view table, std::string_view action, int id) {
    return R"({"rule-type":"selection","rule-id":")" + std::to_string(id) +
           R"(","rule-name":"n","rule-action":")" + std::string{action} +
           R"(","object-locator":{"schema-name":")" + std::string{schema} + R"(","table-name":")" +
           std::string{table} + R"("}})";
}

TEST(MappingPatterns, wildcards_are_those_of_dms) {
    for (const auto& [pattern, name] : {std::pair{"%", ""},
                                        {"%", "anything"},
                                        {"a%", "a"},
                                        {"a%z", "abcz"},
                                        {"_", "x"},
                                        {"_", "ü"},
                                        {"a_c", "aüc"},
                                        {"[ab]x", "bx"},
                                        {"[a-d]%", "cat"},
                                        {"a[_]b", "a_b"},
                                        {"100[%]", "100%"},
                                        {"[", "["},
                                        {"%ab%ab", "abxabab"}})
        EXPECT_TRUE(matches_pattern(pattern, name)) << pattern << " " << name;
    for (const auto& [pattern, name] : {std::pair{"", "a"},
                                        {"a", ""},
                                        {"A", "a"},
                                        {"_", ""},
                                        {"_", "ab"},
                                        {"[ab]", "c"},
                                        {"[a-d]", "e"},
                                        {"a[_]b", "axb"},
                                        {"a%z", "az1"}})
        EXPECT_FALSE(matches_pattern(pattern, name)) << pattern << " " << name;
}

TEST(TableMappings, what_a_rule_excludes_no_other_includes) {
    const auto mappings = TableMappings::parse("{\"rules\":[" + selection("app", "%", "include", 1) + "," +
                                               selection("%", "log%", "exclude", 2) + "," +
                                               selection("x_y", "t", "explicit", 3) + "]}");
    ASSERT_TRUE(mappings.ok()) << mappings.error().message();
    EXPECT_TRUE(mappings->selects("app", "orders"));
    EXPECT_FALSE(mappings->selects("app", "logs"));
    EXPECT_TRUE(mappings->selects("x_y", "t"));
    EXPECT_FALSE(mappings->selects("xay", "t"));
    EXPECT_FALSE(mappings->selects("App", "orders"));
}

TEST(TaskSettings, merged_again_they_are_the_same) {
    const auto once = merged_task_settings({}, R"({"FullLoadSettings":{"MaxFullLoadSubTasks":3}})");
    ASSERT_TRUE(once.ok());
    EXPECT_EQ(merged_task_settings({}, *once).value(), *once);
    EXPECT_EQ(merged_task_settings(*once, *once).value(), *once);
    EXPECT_EQ(read_task_settings(*once).sub_tasks, 3U);
    EXPECT_EQ(
        read_task_settings(merged_task_settings(*once, R"({"FullLoadSettings":null})").value()).sub_tasks,
        3U);
}

TEST(TaskSettings, what_could_not_be_read_again_is_refused) {
    const std::string long_text((std::size_t{1} << 20U) - 100, 'x');
    EXPECT_FALSE(merged_task_settings({}, R"({"TTSettings":{"a":")" + long_text + R"("}})").ok());
}

TEST(TaskSettings, sections_that_are_absent_hold_what_they_are_given) {
    const auto merged = merged_task_settings({}, R"({"BeforeImageSettings":{"EnableBeforeImage":false}})");
    ASSERT_TRUE(merged.ok());
    EXPECT_NE(merged->find("EnableBeforeImage"), std::string::npos);
    EXPECT_EQ(merged_task_settings({}, *merged).value(), *merged);
    EXPECT_FALSE(merged_task_settings({}, R"({"FullLoadSettings":7})").ok());
    EXPECT_FALSE(merged_task_settings({}, "[]").ok());
}

}  // namespace
}  // namespace landfall::dms
