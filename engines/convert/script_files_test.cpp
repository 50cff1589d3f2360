#include "engines/convert/script_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace landfall::convert {
namespace {

using testing::ElementsAre;

TEST(ScriptFiles, are_known_by_their_suffixes_in_any_case) {
    EXPECT_TRUE(is_script_name("hr/emp.PKB"));
    EXPECT_TRUE(is_script_name("all.sql"));
    EXPECT_FALSE(is_script_name("notes.md"));
    EXPECT_FALSE(is_script_name("v1.sql/notes"));
    EXPECT_FALSE(is_script_name("sql"));
}

TEST(ScriptFiles, name_what_they_include_by_each_of_the_commands) {
    EXPECT_THAT(included_names("@a.sql\nselect '@b' from dual;\n  @@c 1 2\nSTART d\nset echo on\n"),
                ElementsAre("a.sql", "c", "d"));
}

TEST(ScriptFiles, begin_with_what_none_includes_and_with_the_first_of_a_circle) {
    EXPECT_THAT(outermost_scripts({{"all", {"a", "b"}}, {"a", {"a"}}, {"b", {}}, {"x", {"y"}}, {"y", {"x"}}}),
                ElementsAre("all", "x"));
}

}  // namespace
}  // namespace landfall::convert
