// Partitions of MySQL in the terms of PostgreSQL: by columns, not by functions of them.
#include <algorithm>

#include "engines/convert/lower/mysql_parts.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

using Tell = std::function<void(Complexity, Span, std::string)>;

Text last_of(const Name* name) {
    return name == nullptr || name->parts.empty() ? Text{} : name->parts.back().name;
}

const Call* call_of(const Expr* value, Text function, std::uint32_t arguments) {
    const auto* call = as<Call>(value);
    const auto* name = call == nullptr ? nullptr : as<Name>(call->callee);
    return name != nullptr && last_of(name) == function && call->arguments.size() == arguments ? call
                                                                                               : nullptr;
}

bool is_maxvalue(const Expr* value) { return last_of(as<Name>(value)) == "maxvalue"; }

/// The string within TO_DAYS('2024-01-01'), UNIX_TIMESTAMP('…').
Literal* moment_in(const Expr* value, Text function) {
    const Call* call = call_of(value, function, 1);
    auto* literal = call == nullptr ? nullptr : as<Literal>(call->arguments[0]->value);
    return literal != nullptr && literal->what == Literal::What::string ? literal : nullptr;
}

class Fitting {
public:
    Fitting(CreateTable& table, Tree& tree, const Tell& tell) : table_{table}, tree_{tree}, tell_{tell} {}

    void fit() {
        Partitioning& by = *table_.partitioning;
        if (by.what == Partitioning::What::system) return give_up("partitions of system versioning");
        if (by.columns.empty()) by.columns = primary_key();
        if (by.columns.size() == 1) unwrap(by);
        for (Expr* column : by.columns)
            if (as<Name>(column) == nullptr) return give_up("the partitions are made by an expression");
        if (by.what == Partitioning::What::hash) {
            tell_(Complexity::info, by.span, "rows are spread over the partitions by another function");
        } else if (by.parts.empty()) {
            return give_up("there are no partitions");
        }
        if (by.sub != nullptr) {
            tell_(Complexity::simple, by.sub->span, "partitions have no partitions of their own");
            by.sub = nullptr;
        }
        if (!keys_have_columns(by)) give_up("a key lacks a column of the partitioning");
    }

private:
    void give_up(std::string why) {
        tell_(Complexity::medium, table_.partitioning->span, "the table is not partitioned: " + why);
        table_.partitioning = nullptr;
    }
    List<Expr*> primary_key() {
        List<Expr*> columns;
        for (const Constraint* each : table_.constraints)
            if (each->what == Constraint::What::primary_key)
                for (const KeyColumn* part : each->columns)
                    tree_.add(columns, static_cast<Expr*>(clone(tree_, *part->value)));
        for (const Column* column : table_.columns)
            for (const Constraint* each : column->constraints)
                if (each->what == Constraint::What::primary_key)
                    tree_.add(columns, Make{tree_, column->span}.name({column->name.name}));
        return columns;
    }
    /// YEAR(d), TO_DAYS(d), UNIX_TIMESTAMP(t) rise with their columns: bounds of the column say the same.
    void unwrap(Partitioning& by) {
        if (by.what != Partitioning::What::range) return;
        const auto rewrite = [&](Text function, const auto& bound) {
            const Call* call = call_of(by.columns[0], function, 1);
            if (call == nullptr || as<Name>(call->arguments[0]->value) == nullptr) return false;
            std::vector<Expr*> bounds;
            for (const Partition* part : by.parts) {
                if (part->values.size() != 1) return false;
                Expr* value = is_maxvalue(part->values[0]) ? part->values[0] : bound(part->values[0]);
                if (value == nullptr) return false;
                bounds.push_back(value);
            }
            for (std::uint32_t i = 0; i < by.parts.size(); ++i)
                by.parts[i]->values = tree_.list<Expr*>({bounds[i]});
            by.columns = tree_.list<Expr*>({call->arguments[0]->value});
            return true;
        };
        const auto year = [&](Expr* value) -> Expr* {
            const auto* number = as<Literal>(value);
            if (number == nullptr || number->what != Literal::What::number || number->text.size() != 4)
                return nullptr;
            return Make{tree_, value->span}.text(std::string{number->text} + "-01-01");
        };
        const auto of = [](Text function) {
            return [function](Expr* value) -> Expr* { return moment_in(value, function); };
        };
        static_cast<void>(rewrite("year", year) || rewrite("to_days", of("to_days")) ||
                          rewrite("unix_timestamp", of("unix_timestamp")));
    }
    [[nodiscard]] bool has_columns(const Partitioning& by, const std::vector<std::string>& key) const {
        return std::all_of(by.columns.begin(), by.columns.end(), [&](const Expr* column) {
            return std::find(key.begin(), key.end(), in_lower_case(last_of(as<Name>(column)))) != key.end();
        });
    }
    [[nodiscard]] bool keys_have_columns(const Partitioning& by) const {
        const auto names = [](const List<KeyColumn*>& parts) {
            std::vector<std::string> made;
            for (const KeyColumn* part : parts)
                made.push_back(part->prefix_length.empty() ? in_lower_case(last_of(as<Name>(part->value)))
                                                           : std::string{});
            return made;
        };
        const auto key = [](const Constraint* each) {
            return each->what == Constraint::What::primary_key || each->what == Constraint::What::unique;
        };
        for (const Constraint* each : table_.constraints)
            if (key(each) && !has_columns(by, names(each->columns))) return false;
        for (const Column* column : table_.columns)
            for (const Constraint* each : column->constraints)
                if (key(each) && !has_columns(by, {in_lower_case(column->name.name)})) return false;
        return std::all_of(table_.indexes.begin(), table_.indexes.end(), [&](const Node* node) {
            const auto* index = as<CreateIndex>(node);
            return index == nullptr || !index->unique || has_columns(by, names(index->columns));
        });
    }

    CreateTable& table_;
    Tree& tree_;
    const Tell& tell_;
};

}  // namespace

void fit_mysql_partitions(CreateTable& table, Tree& tree, const Tell& tell) {
    Fitting{table, tree, tell}.fit();
}

}  // namespace landfall::convert
