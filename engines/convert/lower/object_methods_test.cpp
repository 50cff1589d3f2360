// Methods of object types as routines.
#include <gtest/gtest.h>

#include "engines/convert/lower/passes.hpp"
#include "engines/convert/meaning/meaning_testing.hpp"

namespace landfall::convert {
namespace {

/// What the pass alone makes of the last statement, in the parts that matter here.
struct Lowered {
    testing::Bound code;
    std::vector<Statement*> made;
    std::vector<Finding> findings;

    explicit Lowered(const std::string& text) : code{text} {
        for (Statement* each : code.statements) {
            LowerContext context{.tree = code.tree,
                                 .script = code.script,
                                 .catalog = code.catalog,
                                 .settings = code.settings,
                                 .findings = findings};
            lower_methods(each, context);
            if (each != nullptr) made.push_back(each);
            made.insert(made.end(), context.after.begin(), context.after.end());
        }
    }
    [[nodiscard]] const Routine* routine(std::size_t i) const {
        const auto* created = i < made.size() ? as<CreateRoutine>(static_cast<Node*>(made[i])) : nullptr;
        return created == nullptr ? nullptr : created->routine;
    }
    /// Every callee and name of a statement, in the order of the tree.
    [[nodiscard]] std::string names(std::size_t i) const {
        std::string all;
        walk(*made[i], [&](Node& node) {
            const auto* name = as<Name>(&node);
            if (name == nullptr) return true;
            if (!all.empty()) all += ' ';
            for (std::uint32_t k = 0; k < name->parts.size(); ++k) {
                if (k > 0) all += '.';
                all += name->parts[k].name;
            }
            return true;
        });
        return all;
    }
};

constexpr const char* kPoint =
    "CREATE TYPE point AS OBJECT (x NUMBER, MEMBER FUNCTION twice RETURN NUMBER, MEMBER PROCEDURE move(d "
    "NUMBER), "
    "STATIC FUNCTION zero RETURN NUMBER, CONSTRUCTOR FUNCTION point RETURN SELF AS RESULT);\n/\n"
    "CREATE TYPE BODY point IS\n"
    " MEMBER FUNCTION twice RETURN NUMBER IS BEGIN RETURN x + self.x; END;\n"
    " MEMBER PROCEDURE move(d NUMBER) IS BEGIN x := twice() + d; END;\n"
    " STATIC FUNCTION zero RETURN NUMBER IS BEGIN RETURN 0; END;\n"
    " CONSTRUCTOR FUNCTION point RETURN SELF AS RESULT IS BEGIN self.x := 1; RETURN; END;\n"
    "END;\n/\n";

TEST(Methods, a_member_is_a_routine_that_takes_self) {
    const Lowered code{kPoint};
    ASSERT_EQ(code.made.size(), 5U);
    EXPECT_EQ(code.routine(1)->name.name, "point$twice");
    ASSERT_EQ(code.routine(1)->parameters.size(), 1U);
    EXPECT_EQ(code.routine(1)->parameters[0]->mode, Parameter::Mode::in);
    EXPECT_EQ(code.routine(2)->parameters[0]->mode, Parameter::Mode::in_out);
    EXPECT_TRUE(code.routine(3)->parameters.empty());
    EXPECT_NE(code.names(1).find("self.x self.x"), std::string::npos) << code.names(1);
    EXPECT_NE(code.names(2).find("self.x point$twice self d"), std::string::npos) << code.names(2);
}

TEST(Methods, a_constructor_answers_self) {
    const Lowered code{kPoint};
    const Routine* made = code.routine(4);
    ASSERT_NE(made, nullptr);
    EXPECT_EQ(made->name.name, "point$point");
    EXPECT_EQ(made->what, Routine::What::function);
    EXPECT_EQ(made->body->declarations[0]->name.name, "self");
    const auto* answer = as<Return>(static_cast<Node*>(made->body->body.back()));
    EXPECT_NE(answer->value, nullptr);
}

TEST(Methods, calls_pass_the_object_first) {
    const Lowered code{
        std::string{kPoint} +
        "CREATE PROCEDURE p IS o point := point(); n NUMBER; BEGIN n := o.twice; n := o.twice();\n"
        " o.move(2); n := point.zero(); END;\n/\n"};
    const std::string names = code.names(5);
    EXPECT_NE(names.find("point$point"), std::string::npos) << names;
    EXPECT_NE(names.find("n point$twice o n point$twice o point$move o n point$zero"), std::string::npos)
        << names;
}

TEST(Methods, a_subtype_holds_the_attributes_above_it_with_a_finding) {
    const Lowered code{
        "CREATE TYPE a AS OBJECT (x NUMBER) NOT FINAL;\n/\nCREATE TYPE b UNDER a (y DATE) NOT FINAL;\n/\n"
        "CREATE TYPE c UNDER b (z DATE);\n/\n"};
    const auto* last = as<CreateType>(static_cast<Node*>(code.made[2]));
    ASSERT_EQ(last->attributes.size(), 3U);
    EXPECT_EQ(last->attributes[0]->name.name, "x");
    EXPECT_EQ(last->supertype, nullptr);
    EXPECT_EQ(code.findings.size(), 2U);
}

}  // namespace
}  // namespace landfall::convert
