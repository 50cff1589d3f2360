// INSERT, UPDATE, DELETE, MERGE, INSERT ALL.
#include <algorithm>

#include "engines/convert/lower/queries.hpp"

namespace landfall::convert {
namespace {

constexpr int kInsertPartition = 5024;
constexpr int kUpdateErrors = 5064;
constexpr int kUpdateQuery = 5065;
constexpr int kDeleteErrors = 5067;
constexpr int kDeleteQuery = 5068;
constexpr int kInsertErrors = 5070;
constexpr int kInsertQuery = 5071;
constexpr int kDeletePartition = 5098;
constexpr int kUpdatePartition = 5558;
constexpr int kMergeErrors = 5618;
constexpr int kSequenceOfMany = 9213;

void drop_errors(Text& log_errors, int code, Span at, QueryContext& context) {
    if (log_errors.empty()) return;
    context.lower.add_finding(code, Complexity::complex, at, log_errors);
    log_errors = {};
}

void drop_partition(TableRef* table, int code, QueryContext& context) {
    auto* name = as<TableName>(table);
    if (name == nullptr || name->partition.empty()) return;
    context.lower.add_finding(code, Complexity::medium, name->span, name->partition);
    name->partition = {};
}

/// The one table that a query shows rows of, without grouping: what changes of the query change.
Select* simple_select(TableRef* source) {
    const auto* derived = as<DerivedTable>(source);
    if (derived == nullptr || !derived->query->with.empty() || derived->query->fetch != nullptr)
        return nullptr;
    auto* select = as<Select>(derived->query->body);
    if (select == nullptr || select->from.size() != 1 || select->from[0]->kind != Kind::table_name)
        return nullptr;
    return select->distinct || has_aggregate(*select) || select->hierarchical ? nullptr : select;
}

/// The change of a query becomes one of its table, under the query's condition.
void change_table(TableRef*& table, Expr*& where, int code, QueryContext& context) {
    if (table->kind != Kind::derived_table) return;
    Select* select = simple_select(table);
    if (select == nullptr) {
        context.lower.add_finding(code, Complexity::complex, table->span, "a query of several tables");
        return;
    }
    auto* name = as<TableName>(select->from[0]);
    if (name->alias.empty()) name->alias = table->alias;
    where = Build{context.lower.tree, table->span}.both(select->where, where);
    table = name;
}

/// Names of columns to set have no qualifier in PostgreSQL.
void unqualified(List<SetItem*>& sets, Text table, Text alias, Tree& tree) {
    for (SetItem* item : sets) {
        for (Expr* target : item->targets) {
            auto* name = as<Name>(target);
            if (name == nullptr || name->parts.size() < 2) continue;
            const Text qualifier = name->parts[name->parts.size() - 2].name;
            if (qualifier != table && qualifier != alias) continue;
            name->parts = tree.list<Identifier>({name->parts.back()});
        }
    }
}

Text table_of(const TableRef& ref) {
    const auto* table = as<TableName>(&ref);
    return table == nullptr ? Text{} : table->name->parts.back().name;
}

/// What a condition says of the row as the update leaves it: columns that are set stand for their values.
Expr* as_updated(Expr* condition, const Merge& merge, Tree& tree) {
    const Text alias = qualifier_of(*merge.into);
    rewrite_expression(condition, [&](Expr* expr) -> Expr* {
        const auto* name = as<Name>(expr);
        if (name == nullptr || (name->parts.size() > 1 && qualifier_of(*name) != alias)) return expr;
        for (const SetItem* item : merge.sets) {
            const auto* target = item->targets.size() == 1 ? as<Name>(item->targets[0]) : nullptr;
            if (target == nullptr || target->parts.back().name != name->parts.back().name) continue;
            Parenthesized* value = tree.make<Parenthesized>(expr->span);
            value->inner = clone_of(tree, item->value);
            return value;
        }
        return expr;
    });
    return condition;
}

class MultiInserts {
public:
    MultiInserts(MultiInsert& insert, QueryContext& context, List<Text>& pieces, List<Node*>& operands)
        : insert_{insert},
          context_{context},
          tree_{context.lower.tree},
          pieces_{pieces},
          operands_{operands} {}

    /// WITH source AS (query), inserted_1 AS (INSERT … SELECT … FROM source WHERE …) INSERT …
    void lower() {
        std::vector<Insert*> inserts;
        for (InsertBranch* branch : insert_.branches) {
            Expr* condition = condition_of(*branch);
            for (Insert* each : branch->inserts) {
                fill(*each, condition == nullptr ? nullptr : clone_of(tree_, condition));
                inserts.push_back(each);
            }
        }
        piece("WITH " + source_ + " AS MATERIALIZED (");
        tree_.add(operands_, insert_.query);
        for (std::size_t i = 0; i < inserts.size(); ++i) {
            piece(i + 1 < inserts.size() ? (i == 0 ? "), " : "), ") + context_.fresh("inserted") + " AS ("
                                         : ") ");
            tree_.add(operands_, inserts[i]);
        }
        piece("");
    }

private:
    void piece(std::string_view text) { tree_.add(pieces_, tree_.keep(text)); }

    Expr* untrue(Expr* condition) {
        IsTest* test = tree_.make<IsTest>(condition->span);
        Parenthesized* inner = tree_.make<Parenthesized>(condition->span);
        inner->inner = clone_of(tree_, condition);
        test->what = IsTest::What::true_;
        test->negated = true;
        test->operand = inner;
        return test;
    }

    /// FIRST: and none of the branches before it; ELSE: none of all.
    Expr* condition_of(const InsertBranch& branch) {
        Expr* condition = branch.condition;
        if (branch.otherwise || insert_.first) {
            for (Expr* before : before_)
                condition = Build{tree_, branch.span}.both(condition, untrue(before));
        }
        if (branch.condition != nullptr) before_.push_back(branch.condition);
        return condition;
    }

    void fill(Insert& insert, Expr* condition) {
        const Build build{tree_, insert.span};
        Select* select = tree_.make<Select>(insert.span);
        const auto* values = insert.query == nullptr ? nullptr : as<Values>(insert.query->body);
        if (values == nullptr) {
            tree_.add(select->items, build.item(build.star()));
        } else {
            for (Expr* value : values->rows[0]->items) tree_.add(select->items, build.item(value));
        }
        tell_sequences(*select);
        TableName* source = tree_.make<TableName>(insert.span);
        source->name = build.name({source_});
        tree_.add(select->from, source);
        select->where = condition;
        insert.query = build.query(select);
    }

    void tell_sequences(Select& select) {
        for (const SelectItem* item : select.items) {
            walk_expression(*item->value, [this](Node& node) {
                const auto* name = as<Name>(&node);
                if (name != nullptr && name->parts.back().name == "nextval") {
                    context_.lower.add_finding(kSequenceOfMany, Complexity::medium, name->span,
                                               "NEXTVAL gives each branch its own number");
                }
                return true;
            });
        }
    }

    MultiInsert& insert_;
    QueryContext& context_;
    Tree& tree_;
    List<Text>& pieces_;
    List<Node*>& operands_;
    std::string source_ = context_.fresh("source");
    std::vector<Expr*> before_;
};

}  // namespace

void lower_insert(Insert& insert, QueryContext& context) {
    lower_hint(insert.hint, insert.span, context.lower);
    drop_errors(insert.log_errors, kInsertErrors, insert.span, context);
    drop_partition(insert.into, kInsertPartition, context);
    if (insert.into->kind != Kind::derived_table) return;
    Select* select = simple_select(insert.into);
    if (select == nullptr) {
        context.lower.add_finding(kInsertQuery, Complexity::complex, insert.into->span,
                                  "a query of several tables");
        return;
    }
    if (insert.columns.empty()) {
        for (const SelectItem* item : select->items) {
            if (const auto* name = as<Name>(item->value))
                context.lower.tree.add(insert.columns, name->parts.back());
        }
    }
    insert.into = select->from[0];
}

namespace {

bool sets_row_numbers(const Update& update) {
    return update.table->kind == Kind::table_name &&
           std::any_of(update.sets.begin(), update.sets.end(),
                       [](const SetItem* each) { return mentions(each->value, "rownum"); });
}

/// UPDATE t SET c = ROWNUM WHERE …: the rows are numbered by a query over the same rows.
void lower_numbered_update(Update& update, QueryContext& context) {
    Tree& tree = context.lower.tree;
    lower_row_numbers_of_change(update.table, update.where, context);
    const Build build{tree, update.span};
    const Text table = qualifier_of(*update.table);
    const std::string numbered = context.fresh("numbered");
    Call* number = build.call("row_number", {});
    number->over = tree.make<Window>(update.span);
    Select* select = tree.make<Select>(update.span);
    tree.add(select->items, build.item(build.name({"ctid"}), "row_place"));
    tree.add(select->items, build.item(number, "row_number"));
    tree.add(select->from, clone_of(tree, update.table));
    select->where = update.where;
    tree.add(update.from, static_cast<TableRef*>(build.derived(build.query(select), numbered)));
    update.where =
        build.binary(BinaryOp::equal, build.name({table, "ctid"}), build.name({numbered, "row_place"}));
    for (SetItem* item : update.sets) {
        rewrite_expression(item->value, [&](Expr* each) -> Expr* {
            return built_in_name(each) == "rownum" ? build.name({numbered, "row_number"}) : each;
        });
    }
}

}  // namespace

void lower_update(Update& update, QueryContext& context) {
    lower_hint(update.hint, update.span, context.lower);
    drop_errors(update.log_errors, kUpdateErrors, update.span, context);
    drop_partition(update.table, kUpdatePartition, context);
    change_table(update.table, update.where, kUpdateQuery, context);
    unqualified(update.sets, table_of(*update.table), update.table->alias.name, context.lower.tree);
    if (sets_row_numbers(update)) return lower_numbered_update(update, context);
    lower_row_numbers_of_change(update.table, update.where, context);
}

void lower_delete(Delete& change, QueryContext& context) {
    lower_hint(change.hint, change.span, context.lower);
    drop_errors(change.log_errors, kDeleteErrors, change.span, context);
    drop_partition(change.table, kDeletePartition, context);
    change_table(change.table, change.where, kDeleteQuery, context);
    lower_row_numbers_of_change(change.table, change.where, context);
}

void lower_merge(Merge& merge, QueryContext& context) {
    Tree& tree = context.lower.tree;
    lower_hint(merge.hint, merge.span, context.lower);
    drop_errors(merge.log_errors, kMergeErrors, merge.span, context);
    unqualified(merge.sets, table_of(*merge.into), merge.into->alias.name, tree);
    const Build build{tree, merge.span};
    if (merge.source->kind == Kind::derived_table && merge.source->alias.empty()) {
        merge.source->alias = build.identifier(context.fresh("sub"));
    }
    if (merge.delete_where == nullptr) return;
    Expr* updated = as_updated(merge.delete_where, merge, tree);
    Expr* also = merge.update_where == nullptr ? nullptr : clone_of(tree, merge.update_where);
    merge.delete_where = build.both(also, updated);
    merge.deletes = true;
}

void lower_multi_insert(MultiInsert& insert, QueryContext& context, List<Text>& pieces,
                        List<Node*>& operands) {
    MultiInserts{insert, context, pieces, operands}.lower();
}

}  // namespace landfall::convert
