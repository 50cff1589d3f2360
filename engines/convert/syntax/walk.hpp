// Walking trees: children of any node, whole subtrees, clones, rewriting in place.
//
// Passes are written with these: they say what they want of a kind and leave the rest to the walk. Children
// come in the order in which the source has them.
#pragma once

#include <functional>

#include "engines/convert/syntax/unit.hpp"

namespace landfall::convert {

/// Calls `visit` with each child slot that is not empty; the slot may be given another node of a kind that
/// fits there.
void for_each_child(Node& node, const std::function<void(Node*&)>& visit);

/// Every node below `node` and itself, parents first; a `visit` that answers false is not entered further.
void walk(Node& node, const std::function<bool(Node&)>& visit);

/// Replaces nodes, children first: `rewrite` answers what shall stand in place of the node, mostly the node
/// itself. `root` may be replaced, too. Not for deep nesting beyond the parser's own limit (kNestingMax).
void rewrite(Node*& root, const std::function<Node*(Node*)>& rewrite);

/// A deep copy in the same tree; bindings and types are shared.
[[nodiscard]] Node* clone(Tree& tree, const Node& node);
template <class T>
[[nodiscard]] T* clone_of(Tree& tree, const T* node) {
    return node == nullptr ? nullptr : static_cast<T*>(clone(tree, *node));
}

/// The deepest nesting of expressions, queries, blocks that is parsed; what is deeper is a finding.
inline constexpr unsigned kNestingMax = 1000;
/// The longest chain of operators (a || b || …), of set operations and of joins, which is a tree as tall.
inline constexpr unsigned kChainMax = 2000;

}  // namespace landfall::convert
