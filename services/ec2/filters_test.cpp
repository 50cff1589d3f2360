#include "services/ec2/filters.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace landfall::ec2 {
namespace {

TEST(Wildcards, stars_question_marks_and_escapes) {
    EXPECT_TRUE(wildcard_matches("web-*", "web-1"));
    EXPECT_TRUE(wildcard_matches("*", ""));
    EXPECT_TRUE(wildcard_matches("a?c*e", "abcdde"));
    EXPECT_TRUE(wildcard_matches("a\\*b", "a*b"));
    EXPECT_FALSE(wildcard_matches("a\\*b", "axb"));
    EXPECT_FALSE(wildcard_matches("?", ""));
    EXPECT_FALSE(wildcard_matches("Web", "web"));
}

bool oracle(std::string_view p, std::string_view t) {
    if (p.empty()) return t.empty();
    if (p[0] == '*') return oracle(p.substr(1), t) || (!t.empty() && oracle(p, t.substr(1)));
    if (t.empty()) return false;
    if (p[0] == '\\' && p.size() > 1) return p[1] == t[0] && oracle(p.substr(2), t.substr(1));
    return (p[0] == '?' || p[0] == t[0]) && oracle(p.substr(1), t.substr(1));
}

TEST(Wildcards, agree_with_the_definition_on_random_patterns) {
    SeededRandom random{11};
    const auto text = [&](std::string_view letters, std::size_t most) {
        std::string made(random.below(most + 1), ' ');
        for (char& c : made) c = letters[random.below(letters.size())];
        return made;
    };
    for (int i = 0; i < 20000; ++i) {
        const std::string p = text("ab*?\\", 7);
        const std::string t = text("ab*", 8);
        ASSERT_EQ(wildcard_matches(p, t), oracle(p, t)) << p << " against " << t;
    }
}

TEST(Wildcards, a_hostile_pattern_stays_linear) {
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "a*";
    EXPECT_FALSE(wildcard_matches(pattern + "b", std::string(2000, 'a')));
}

TEST(Selection, filters_are_joined_by_and_their_values_by_or) {
    const auto selection =
        Selection::of({{"state", {"running", "stopped"}}, {"tag:Name", {"web-*"}}}, {"state"});
    ASSERT_TRUE(selection.ok());
    const auto state = [](std::string value) {
        return [value](std::string_view) { return std::optional{std::vector{value}}; };
    };
    EXPECT_TRUE(selection->accepts({{"Name", "web-1"}}, state("stopped")));
    EXPECT_FALSE(selection->accepts({{"Name", "db-1"}}, state("stopped")));
    EXPECT_FALSE(selection->accepts({{"Name", "web-1"}}, state("pending")));
    EXPECT_FALSE(selection->accepts({}, state("running")));
}

TEST(Selection, an_unknown_filter_is_refused_by_name) {
    const auto selection = Selection::of({{"colour", {"red"}}}, {"state"});
    ASSERT_TRUE(selection.is(Errc::invalid));
    EXPECT_EQ(selection.error().message(), "The filter 'colour' is invalid");
}

TEST(Selection, tag_key_and_tag_value_see_every_tag) {
    const auto selection = Selection::of({{"tag-key", {"Own?r"}}, {"tag-value", {"me"}}}, {});
    EXPECT_TRUE(selection->accepts({{"x", "y"}, {"Owner", "me"}}, nullptr));
    EXPECT_FALSE(selection->accepts({{"x", "me"}}, nullptr));
}

}  // namespace
}  // namespace landfall::ec2
