#include "engines/dbmove/postgres/change_statements.hpp"

#include <algorithm>

#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

constexpr std::size_t kShapesMax = 1000;
constexpr std::size_t kKeyShown = 200;
constexpr char kIsNull = 'n', kIsValue = 'v', kEnd = '\0';  // a value of PostgreSQL holds no zero byte

/// The row as the source names it.
const Row& named(const Message& message) {
    const bool after = message.kind == MessageKind::insert || message.has_before == Before::none;
    return after ? message.after : message.before;
}

/// Adds a parameter, answers "$7".
std::string place(ChangeStatement& made, bool former, std::size_t column) {
    made.parameters.push_back({former, column});
    return "$" + std::to_string(made.parameters.size());
}

/// GENERATED ALWAYS AS IDENTITY: no UPDATE may give it a value, so it must be the one that it is.
bool is_always_made(const Table& table, std::string_view column) {
    const Column* const known = table.column(column);
    return known != nullptr && known->made == Column::Made::identity_always;
}

}  // namespace

ChangeStatements::ChangeStatements(Relation relation, const Table& table, std::vector<std::size_t> key)
    : relation_{std::move(relation)}, table_{table}, key_{std::move(key)}, which_{key_} {
    whole_ = relation_.identity == Identity::whole_row && key_.empty();
    if (!key_.empty() && relation_.identity != Identity::by_index) return;
    which_.clear();
    for (std::size_t i = 0; i < relation_.columns.size(); ++i)
        if (whole_ || relation_.columns[i].in_key) which_.push_back(i);
}

bool ChangeStatements::names(std::size_t column) const {
    return std::ranges::find(which_, column) != which_.end();
}

bool ChangeStatements::stays(std::size_t column, const Message& message) const {
    return !whole_ && names(column) && message.after.at(column) == named(message).at(column);
}

Result<const ChangeStatement*> ChangeStatements::of(const Message& message, std::uint64_t& last_number) {
    TRY(take_shape(message));
    auto at = made_.find(shape_);
    if (at == made_.end()) {
        if (made_.size() == kShapesMax) made_.clear();
        at = made_.emplace(shape_, make(message)).first;
        at->second.number = ++last_number;
        at->second.name = "s" + std::to_string(last_number);
    }
    return &at->second;
}

/// All that the text depends on.
Status ChangeStatements::take_shape(const Message& message) {
    shape_.assign({static_cast<char>(message.kind), static_cast<char>(message.has_before)});
    if (message.kind == MessageKind::insert) return {};
    if (which_.empty())
        return Error{Errc::precondition,
                     relation_.name.shown() +
                         " has neither a key nor REPLICA IDENTITY FULL: its rows cannot be told apart"};
    const Row& row = named(message);
    if (row.size() != relation_.columns.size())
        return Error{Errc::corrupt, "a row of " + relation_.name.shown() + " has another number of columns"};
    for (const std::size_t i : which_) {
        const bool absent = row.at(i).state == Cell::State::absent;
        if (absent && !whole_)
            return Error{Errc::corrupt,
                         "the key of a row of " + relation_.name.shown() + " is not in the log"};
        shape_.push_back(absent ? 'a' : 'v');
    }
    for (std::size_t i = 0; message.kind == MessageKind::update && i < relation_.columns.size(); ++i) {
        if (message.after.at(i).state == Cell::State::absent)
            shape_.push_back('a');
        else
            shape_.push_back(stays(i, message) ? '=' : 'v');
    }
    return {};
}

ChangeStatement ChangeStatements::make(const Message& message) const {
    if (message.kind == MessageKind::insert) return insert();
    if (message.kind == MessageKind::remove) {
        ChangeStatement made;
        made.sql = "DELETE FROM " + quoted(relation_.name) + " WHERE " + condition(message, made);
        return made;
    }
    // The row must be there also where nothing but its key is to be set.
    ChangeStatement made = update(message, Keys::set_where_changed);
    return made.sql.empty() ? update(message, Keys::set) : made;
}

ChangeStatement ChangeStatements::insert() const {
    ChangeStatement made;
    std::string columns, places;
    for (std::size_t i = 0; i < relation_.columns.size(); ++i) {
        columns += (i == 0 ? "" : ", ") + quoted(relation_.columns[i].name);
        places += (i == 0 ? "" : ", ") + place(made, false, i);
    }
    made.sql = "INSERT INTO " + quoted(relation_.name) +
               (columns.empty() ? " DEFAULT VALUES"
                                : " (" + columns + ") OVERRIDING SYSTEM VALUE VALUES (" + places + ")");
    return made;
}

ChangeStatement ChangeStatements::update(const Message& message, Keys keys) const {
    ChangeStatement made;
    std::string set, kept;
    for (std::size_t i = 0; i < relation_.columns.size(); ++i) {
        if (message.after.at(i).state == Cell::State::absent) continue;
        if (keys == Keys::set_where_changed && stays(i, message)) continue;
        const std::string& name = relation_.columns[i].name;
        const std::string is = quoted(name) + " = " + place(made, false, i);
        if (is_always_made(table_, name))
            kept += " AND " + is;
        else
            set += (set.empty() ? "" : ", ") + is;
    }
    if (set.empty()) return {};
    made.sql =
        "UPDATE " + quoted(relation_.name) + " SET " + set + " WHERE " + condition(message, made) + kept;
    return made;
}

/// The text behind WHERE.
std::string ChangeStatements::condition(const Message& message, ChangeStatement& made) const {
    const bool former = message.has_before != Before::none;
    std::string text;
    for (const std::size_t i : which_) {
        // Of a whole row: stored apart and unchanged: the others must do.
        if (named(message).at(i).state == Cell::State::absent) continue;
        const RelationColumn& column = relation_.columns[i];
        const std::string parameter = place(made, former, i);
        text += text.empty() ? "" : " AND ";
        // Types such as json have no equality: of whole rows the printed values are compared.
        text += whole_ ? quoted(column.name) + "::text IS NOT DISTINCT FROM (" + parameter +
                             "::" + table_.column(column.name)->type + ")::text"
                       : quoted(column.name) + " = " + parameter;
    }
    if (!whole_) return text;
    // The same place is in each of several partitions.
    const std::string chosen = table_.routes_rows ? "tableoid, ctid" : "ctid";
    return (table_.routes_rows ? "(tableoid, ctid)" : "ctid") + std::string{" = (SELECT "} + chosen +
           " FROM " + quoted(relation_.name) + " WHERE " + text + " LIMIT 1)";
}

std::string ChangeStatements::key_of(const Message& message) const {
    std::string key;
    for (const std::size_t i : message.kind == MessageKind::insert ? key_ : which_) {
        const Cell cell = named(message).at(i);
        key.push_back(cell.state == Cell::State::value ? kIsValue : kIsNull);
        key.append(cell.text.substr(0, kKeyShown)).push_back(kEnd);
    }
    return key;
}

std::string ChangeStatements::shown(MessageKind kind, std::string_view key) const {
    std::string text;
    for (const std::size_t i : kind == MessageKind::insert ? key_ : which_) {
        if (key.empty()) break;
        const std::size_t end = std::min(key.find(kEnd), key.size() - 1);
        text += (text.empty() ? "" : ", ") + relation_.columns[i].name + " = ";
        text += key.front() == kIsValue ? "'" + std::string{key.substr(1, end - 1)} + "'" : "NULL";
        key.remove_prefix(end + 1);
    }
    return text;
}

}  // namespace landfall::dbmove::postgres
