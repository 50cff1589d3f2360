#include "engines/convert/passing_code.hpp"

#include <gmock/gmock.h>

#include "engines/convert/converter.hpp"
#include "engines/convert/syntax/parser.hpp"

namespace landfall::convert {
namespace {

using testing::ElementsAre;

constexpr const char* kRoutine =
    "CREATE PROCEDURE p (a NUMBER) IS\n  b NUMBER;\nBEGIN\n  b := a + 1;\nEND;\n/\n";

struct Parses {
    explicit Parses(std::string text)
        : script{read_script(std::move(text), "test", {}, nullptr)},
          statements{parse_oracle(script, tree).statements} {}

    Script script;
    Tree tree;
    std::vector<Statement*> statements;
};

TEST(PassingCode, is_that_of_routines_that_stand_alone_and_of_blocks) {
    const Parses parses{std::string{kRoutine} + "BEGIN\n  p(1);\nEND;\n/\n" +
                        "CREATE PACKAGE q IS\n  x NUMBER;\nEND;\n/\n"};
    ASSERT_EQ(parses.statements.size(), 3U);
    std::vector<bool> passing;
    for (const Statement* each : parses.statements) passing.push_back(is_passing(*each, {}));
    EXPECT_THAT(passing, ElementsAre(true, true, false));
}

TEST(PassingCode, is_not_that_of_what_a_synonym_means) {
    const Parses parses{std::string{kRoutine} + "CREATE SYNONYM s FOR p;\n"};
    ASSERT_EQ(parses.statements.size(), 2U);
    const std::set<Text> targets = synonym_targets(parses.statements);
    EXPECT_THAT(targets, ElementsAre("p"));
    EXPECT_FALSE(is_passing(*parses.statements[0], targets));
}

TEST(PassingCode, leaves_the_head_as_it_was_declared_and_no_body) {
    Parses parses{kRoutine};
    auto* create = as<CreateRoutine>(static_cast<Node*>(parses.statements.at(0)));
    ASSERT_NE(create, nullptr);
    Routine* routine = create->routine;
    {
        PassingCode code{*create, parses.tree};
        // As passes do: heads change in place, and routines are replaced.
        create->object = nullptr;
        routine->parameters[0]->type = code.tree().make<DataType>(create->span);
        create->routine = code.tree().make<Routine>(create->span);
    }
    ASSERT_NE(create->object, nullptr);
    EXPECT_EQ(create->object->parts.back().name, "p");
    EXPECT_EQ(create->routine, routine);
    EXPECT_EQ(routine->body, nullptr);
    ASSERT_EQ(routine->parameters.size(), 1U);
    ASSERT_NE(routine->parameters[0]->type, nullptr);
    EXPECT_EQ(routine->parameters[0]->name.name, "a");
}

TEST(PassingCode, is_called_by_later_statements_as_if_it_stood) {
    const std::string later = "CREATE PROCEDURE q IS\n  c NUMBER;\nBEGIN\n  c := f(z => 2);\nEND;\n/\n";
    const std::string function =
        "CREATE FUNCTION f (y NUMBER DEFAULT 1, z NUMBER) RETURN NUMBER IS\nBEGIN\n  RETURN y + "
        "z;\nEND;\n/\n";
    const Settings settings;
    const Conversion one = convert_oracle({{"a.sql", function + later}}, settings, nullptr);
    const Conversion other = convert_oracle({{"a.sql", later + function}}, settings, nullptr);
    ASSERT_EQ(one.objects.size(), 2U);
    ASSERT_EQ(other.objects.size(), 2U);
    EXPECT_EQ(one.objects[1].sql, other.objects[0].sql);
    EXPECT_EQ(one.objects[0].sql, other.objects[1].sql);
}

}  // namespace
}  // namespace landfall::convert
