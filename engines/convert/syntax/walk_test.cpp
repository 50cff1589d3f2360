#include "engines/convert/syntax/walk.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace landfall::convert {
namespace {

Name* named(Tree& tree, Text name) {
    Name* made = tree.make<Name>({});
    made->parts = tree.list<Identifier>({{.name = name}});
    return made;
}

/// f(a, b) + a
Binary* sum(Tree& tree) {
    Call* call = tree.make<Call>({});
    call->callee = named(tree, "f");
    for (const Text name : {"a", "b"}) {
        Argument* argument = tree.make<Argument>({});
        argument->value = named(tree, name);
        tree.add(call->arguments, argument);
    }
    Binary* made = tree.make<Binary>({});
    made->op = BinaryOp::add;
    made->left = call;
    made->right = named(tree, "a");
    return made;
}

std::string names_in(Node& node) {
    std::string names;
    walk(node, [&names](Node& each) {
        if (const auto* name = as<Name>(&each)) names.append(name->parts.front().name).append(" ");
        return true;
    });
    return names;
}

TEST(Walk, comes_to_children_in_the_order_of_the_source) {
    Tree tree;
    EXPECT_EQ(names_in(*sum(tree)), "f a b a ");
}

TEST(Walk, a_clone_shares_no_list_with_its_original) {
    Tree tree;
    Binary* original = sum(tree);
    Binary* copy = clone_of(tree, original);
    as<Name>(as<Call>(copy->left)->arguments[0]->value)->parts[0].name = "changed";
    EXPECT_EQ(names_in(*original), "f a b a ");
    EXPECT_EQ(names_in(*copy), "f changed b a ");
}

TEST(Walk, a_rewritten_node_stands_in_the_place_of_the_old_one) {
    Tree tree;
    Node* root = sum(tree);
    rewrite(root, [&tree](Node* node) -> Node* {
        const auto* name = as<Name>(node);
        if (name == nullptr || name->parts[0].name != "a") return node;
        Literal* literal = tree.make<Literal>(node->span);
        literal->what = Literal::What::number;
        literal->text = "1";
        return literal;
    });
    EXPECT_EQ(names_in(*root), "f b ");
    EXPECT_NE(as<Literal>(as<Binary>(root)->right), nullptr);
}

TEST(Tree, a_list_keeps_its_order_when_something_is_put_between) {
    Tree tree;
    List<int> list = tree.list({1, 2, 4, 5});
    tree.insert(list, 2, 3);
    EXPECT_EQ(std::vector<int>(list.begin(), list.end()), (std::vector{1, 2, 3, 4, 5}));
}

}  // namespace
}  // namespace landfall::convert
