#include "engines/convert/syntax/walk.hpp"

#include <array>

namespace landfall::convert {
namespace {

template <class... Nodes>
struct Kinds {};

using AllKinds =
    Kinds<Variable, Parameter, Cursor, ExceptionName, Pragma, RawDeclaration, TypeDeclaration, Routine,
          WhenException, Block, Assignment, CallStatement, IfBranch, If, CaseStatement, Loop, Jump,
          NullStatement, Return, Raise, SqlStatement, TransactionStatement, ExecuteImmediate, OpenCursor,
          Fetch, CloseCursor, ForAll, RawCode, SplicedCode, Literal, Name, Field, Attribute, Star,
          BindVariable, OuterMark, Argument, Call, Index, Unary, Binary, Quantified, Between, In, Like,
          IsTest, When, Case, DataType, Cast, Subquery, Tuple, Parenthesized, AtTimeZone, Spliced, RawExpr,
          OrderItem, Window, TableName, DerivedTable, TableFunction, Join, Pivot, SelectItem, Select,
          SetOperation, Values, With, Query, Returning, Insert, InsertBranch, MultiInsert, SetItem, Update,
          Delete, Merge, KeyColumn, Constraint, SequenceOptions, Column, Partition, Partitioning, CreateTable,
          TableChange, AlterTable, CreateIndex, CreateSequence, CreateView, CreateSynonym, CommentOn, Grant,
          Drop, OtherStatement, RawStatement, SplicedStatement, CreateRoutine, CreatePackage, CreateType,
          CreateTypeBody, TimingSection, CreateTrigger, AnonymousBlock, ScriptSql>;

using Visit = std::function<void(Node*&)>;

/// What children() of a node gives its slots to: a slot is a pointer to a node or a list of them.
class Slots {
public:
    explicit Slots(const Visit& visit) : visit_{visit} {}

    template <class... Slot>
    void operator()(Slot&... slots) const {
        (give(slots), ...);
    }

private:
    template <class T>
    void give(T*& slot) const {
        if (slot == nullptr) return;
        Node* node = slot;
        visit_(node);
        slot = static_cast<T*>(node);
    }
    template <class T>
    void give(List<T*>& list) const {
        for (T*& slot : list) give(slot);
    }
    template <class T>
    void give(List<T>&) const {}  // values, not nodes

    const Visit& visit_;
};

/// Gives every list of a copied node elements of its own, before the elements are cloned.
class OwnLists {
public:
    explicit OwnLists(Tree& tree) : tree_{tree} {}

    template <class... Slot>
    void operator()(Slot&... slots) const {
        (own(slots), ...);
    }

private:
    template <class T>
    void own(T*&) const {}
    template <class T>
    void own(List<T>& list) const {
        list = tree_.copy(list);
    }

    Tree& tree_;
};

template <class T>
void children_of(Node& node, const Visit& visit) {
    static_cast<T&>(node).children(Slots{visit});
}

template <class T>
Node* shallow_copy(Tree& tree, const Node& node) {
    T* copy = tree.make<T>(node.span);
    *copy = static_cast<const T&>(node);
    copy->children(OwnLists{tree});
    return copy;
}

struct PerKind {
    void (*children)(Node&, const Visit&) = nullptr;
    Node* (*copy)(Tree&, const Node&) = nullptr;
};

constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::script_sql) + 1;

template <class... Nodes>
constexpr std::array<PerKind, kKinds> table_of(Kinds<Nodes...>) {
    static_assert(sizeof...(Nodes) == kKinds, "a kind without its struct");
    std::array<PerKind, kKinds> table{};
    ((table[static_cast<std::size_t>(Nodes::kKind)] = {children_of<Nodes>, shallow_copy<Nodes>}), ...);
    return table;
}

constexpr std::array<PerKind, kKinds> kTable = table_of(AllKinds{});

const PerKind& of(const Node& node) { return kTable[static_cast<std::size_t>(node.kind)]; }

}  // namespace

void for_each_child(Node& node, const Visit& visit) { of(node).children(node, visit); }

// Each makes the function that goes down only once, not at every node.

void walk(Node& root, const std::function<bool(Node&)>& visit) {
    const Visit down = [&visit, &down](Node*& child) {
        if (visit(*child)) for_each_child(*child, down);
    };
    if (visit(root)) for_each_child(root, down);
}

void rewrite(Node*& root, const std::function<Node*(Node*)>& change) {
    const Visit down = [&change, &down](Node*& child) {
        for_each_child(*child, down);
        child = change(child);
    };
    down(root);
}

Node* clone(Tree& tree, const Node& node) {
    Node* copy = of(node).copy(tree, node);
    const Visit down = [&tree, &down](Node*& child) {
        child = of(*child).copy(tree, *child);
        for_each_child(*child, down);
    };
    for_each_child(*copy, down);
    return copy;
}

}  // namespace landfall::convert
