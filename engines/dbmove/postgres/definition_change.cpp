#include "engines/dbmove/postgres/definition_change.hpp"

#include <algorithm>

#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

bool is_identity(const Column& column) {
    return column.made == Column::Made::identity_always || column.made == Column::Made::identity_by_default;
}

bool is_generated(const Column& column) { return column.made == Column::Made::generated; }

bool has_other_type(const Column& before, const Column& now) {
    return before.type != now.type || before.collation != now.collation;
}

std::string always_or_not(const Column& column) {
    return column.made == Column::Made::identity_always ? "ALWAYS" : "BY DEFAULT";
}

}  // namespace

std::string DefinitionChange::alter(const std::string& what) const {
    return "ALTER TABLE " + quoted(now_.name) + " " + what;
}

std::vector<DefinitionChange::Pair> DefinitionChange::pairs() const {
    std::vector<Pair> pairs;
    for (const Column& column : before_.columns) {
        const auto now = std::ranges::find(now_.columns, column.number, &Column::number);
        pairs.push_back({&column, now == now_.columns.end() ? nullptr : &*now});
    }
    for (const Column& column : now_.columns)
        if (std::ranges::find(before_.columns, column.number, &Column::number) == before_.columns.end())
            pairs.push_back({nullptr, &column});
    return pairs;
}

std::string DefinitionChange::why_rows_are_needed() const {
    const bool rewritten = before_.file != now_.file;
    for (const auto& [before, now] : pairs()) {
        if (now == nullptr || is_generated(*now)) continue;
        if (before != nullptr && is_generated(*before))
            return "the values of the column " + now->name + " are its own now";
        if (before != nullptr && rewritten && has_other_type(*before, *now))
            return "the column " + now->name + " is " + now->type + " now, not " + before->type;
        if (before != nullptr) continue;
        if (now->older_rows_have_value && !now->value_of_older_rows)
            return "rows have values of the new column " + now->name;
        if (!now->older_rows_have_value && rewritten)
            return "rows may have values of the new column " + now->name;
    }
    return columns_came_and_went() ? "columns came and went" : "";
}

/// The log names columns: a row may have the value of one that is gone for one that is called so now.
bool DefinitionChange::columns_came_and_went() const {
    int came = 0;
    bool went = false, values_came = false;
    for (const auto& [before, now] : pairs()) {
        came += before == nullptr ? 1 : 0;
        values_came = values_came || (before == nullptr && !is_generated(*now));
        went = went || (now == nullptr && !is_generated(*before));
    }
    return values_came && (went || now_.columns_ever - before_.columns_ever != came);
}

std::string DefinitionChange::shown() const {
    std::string text;
    for (const auto& [before, now] : pairs()) {
        std::string what;
        if (now == nullptr)
            what = "column " + before->name + " dropped";
        else if (before == nullptr)
            what = "column " + now->name + " added";
        else if (before->name != now->name)
            what = "column " + before->name + " renamed to " + now->name;
        else if (has_other_type(*before, *now))
            what = "column " + now->name + " is " + now->type + " now";
        if (!what.empty()) text += (text.empty() ? "" : ", ") + what;
    }
    return text;
}

/// Names may move in a circle: those that another column has still are reached by way of a name of ours.
void DefinitionChange::rename(std::vector<std::string>& out) const {
    std::vector<std::string> last;
    for (const auto& [before, now] : pairs()) {
        if (before == nullptr || now == nullptr || before->name == now->name) continue;
        const bool taken = before_.column(now->name) != nullptr;
        const std::string between = taken ? "landfall_" + std::to_string(now->number) : now->name;
        out.push_back(alter("RENAME COLUMN " + quoted(before->name) + " TO " + quoted(between)));
        if (taken) last.push_back(alter("RENAME COLUMN " + quoted(between) + " TO " + quoted(now->name)));
    }
    out.insert(out.end(), last.begin(), last.end());
}

void DefinitionChange::add(const Column& column, Rows rows, std::vector<std::string>& out) const {
    const std::string made = made_by(column, now_, there_);
    const std::string adding = "ADD COLUMN " + declared(column);
    if (rows == Rows::gone || is_generated(column)) {
        out.push_back(alter(adding + made + (column.not_null ? " NOT NULL" : "")));
        return;
    }
    const std::string name = quoted(column.name);
    const bool filled = column.value_of_older_rows.has_value();
    out.push_back(alter(adding + (filled ? " DEFAULT " + literal(*column.value_of_older_rows) : "") +
                        (filled && column.not_null ? " NOT NULL" : "")));
    if (filled) out.push_back(alter("ALTER COLUMN " + name + " DROP DEFAULT"));
    if (!is_identity(column) && !column.default_of.empty())
        out.push_back(alter("ALTER COLUMN " + name + " SET DEFAULT " + column.default_of));
}

void DefinitionChange::change_identity(const Pair& pair, std::vector<std::string>& out) const {
    const Column& now = *pair.now;
    const std::string column = "ALTER COLUMN " + quoted(now.name) + " ";
    if (pair.before->made == now.made) return;
    if (!is_identity(now) && is_identity(*pair.before)) out.push_back(alter(column + "DROP IDENTITY"));
    if (!is_identity(now)) return;
    if (is_identity(*pair.before)) {
        out.push_back(alter(column + "SET GENERATED " + always_or_not(now)));
        return;
    }
    out.push_back(alter(column + "SET NOT NULL"));
    out.push_back(alter(column + "ADD" + made_by(now, now_, there_)));
}

void DefinitionChange::change(const Pair& pair, Rows rows, std::vector<std::string>& out) const {
    const Column& before = *pair.before;
    const Column& now = *pair.now;
    const std::string name = quoted(now.name);
    const std::string column = "ALTER COLUMN " + name + " ";
    const bool other_type = has_other_type(before, now);
    const bool other_default = !is_generated(before) && before.default_of != now.default_of;
    if (other_default || (other_type && !before.default_of.empty() && !is_generated(before)))
        if (!is_identity(before)) out.push_back(alter(column + "DROP DEFAULT"));
    if (is_generated(before) && !is_generated(now)) out.push_back(alter(column + "DROP EXPRESSION"));
    if (other_type) {
        const std::string collation = now.collation.empty() ? "" : " COLLATE " + now.collation;
        const std::string nothing =
            rows == Rows::gone && !is_generated(now) ? " USING NULL::" + now.type : "";
        out.push_back(alter(column + "TYPE " + now.type + collation + nothing));
    }
    change_identity(pair, out);
    if (now.made == Column::Made::given && !now.default_of.empty() && (other_default || other_type))
        out.push_back(alter(column + "SET DEFAULT " + now.default_of));
    if (before.not_null && !now.not_null) out.push_back(alter(column + "DROP NOT NULL"));
    if (!before.not_null && now.not_null && rows == Rows::gone) out.push_back(alter(column + "SET NOT NULL"));
}

std::vector<std::string> DefinitionChange::statements(Rows rows) const {
    std::vector<std::string> out;
    // What is made of other columns goes before them, and comes behind them.
    for (const bool generated : {true, false})
        for (const auto& [before, now] : pairs())
            if (now == nullptr && is_generated(*before) == generated)
                out.push_back(alter("DROP COLUMN " + quoted(before->name)));
    rename(out);
    for (const auto& pair : pairs())
        if (pair.before != nullptr && pair.now != nullptr) change(pair, rows, out);
    for (const bool generated : {false, true})
        for (const auto& [before, now] : pairs())
            if (before == nullptr && is_generated(*now) == generated) add(*now, rows, out);
    return out;
}

}  // namespace landfall::dbmove::postgres
