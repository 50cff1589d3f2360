// What becomes of tables whose definitions change at the source, or which the target does not take, while all
// others go on.
#include <algorithm>

#include "engines/dbmove/postgres/definition_change.hpp"
#include "engines/dbmove/postgres/migration.hpp"
#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

Error not_followed(const TableName& table, const std::string& why) {
    return {Errc::precondition, "the definition of " + table.shown() + " has changed at the source: " + why};
}

const Table* of_the_same_oid(const Catalog& catalog, const Table& table) {
    const auto found = std::ranges::find(catalog.tables, table.oid, &Table::oid);
    return found == catalog.tables.end() ? nullptr : &*found;
}

}  // namespace

/// What comes next in the log has this shape. The source may have gone further already: then only its rows of
/// another moment can tell what they are.
Result<std::vector<std::string>> Migration::follow_definition(const Relation& relation) {
    const auto same = [&](const Table& table) {
        return table.digest.empty() ? table.oid == relation.id : table.name == relation.name;
    };
    Table& table = *std::ranges::find_if(catalog_.tables, same);
    const std::string what = difference(table, relation);
    if (what.empty() && table.name == relation.name && TRY(source_->shape_of(table)) == table.shape)
        return std::vector<std::string>{};
    if (plan_.definitions == Plan::Definitions::stop || !table.digest.empty())
        return not_followed(table.name, (what.empty() ? "its columns are others" : what) +
                                            "; changes of definitions are not followed");
    if (table.name != relation.name)
        return not_followed(table.name, "it is called " + relation.name.shown() +
                                            " there; tables that are renamed are not followed");
    if (!table.partition_of.empty())
        return not_followed(table.name, (what.empty() ? "its columns are others" : what) +
                                            "; those of partitions are not followed");
    const Catalog now = TRY(source_->definitions());
    const Table* const there = of_the_same_oid(now, table);
    if (there == nullptr || there->name != table.name)
        return not_followed(table.name, "it is not there any more");
    const DefinitionChange change{table, *there, now};
    std::string why = change.why_rows_are_needed();
    const bool gone_further = !difference(*there, relation).empty();
    // This is the shape that we know, told again: the log comes to the next one.
    if (what.empty() && gone_further && !change.columns_came_and_went()) return std::vector<std::string>{};
    if (gone_further) why = "it has changed again since";
    if (!why.empty()) {
        anew_[table.name] = why;
        return not_followed(table.name, why);
    }
    std::vector<std::string> statements = TRY(new_sequences(table, now));
    for (std::string& statement : change.statements(DefinitionChange::Rows::kept))
        statements.push_back(std::move(statement));
    report_.progress.notes.push_back(table.name.shown() +
                                     " changed at the source and followed: " + change.shown());
    compare_from_the_start();  // it reads the table's definition
    table = *there;
    statements.push_back(ledger().columns_statement(table));
    return statements;
}

/// What the comparison knows is of tables as they were.
void Migration::compare_from_the_start() {
    validation_.reset();
    looked_at_.reset();
    looks_ = 0;
    report_.progress.validated = false;
}

/// That the table's defaults may ask, and types that its columns may have.
Result<std::vector<std::string>> Migration::new_sequences(const Table& table, const Catalog& now) {
    std::vector<std::string> statements;
    for (const Type& type : now.types)
        if (std::ranges::find(catalog_.types, type.definition, &Type::definition) == catalog_.types.end()) {
            catalog_.types.push_back(type);
            statements.push_back("DO " + literal("BEGIN EXECUTE " + literal(type.definition) +
                                                 "; EXCEPTION WHEN duplicate_object THEN NULL; END"));
        }
    for (const Sequence& sequence : now.sequences) {
        if (sequence.owner != 0 && sequence.owner != table.oid) continue;
        if (std::ranges::find(catalog_.sequences, sequence.name, &Sequence::name) != catalog_.sequences.end())
            continue;
        catalog_.sequences.push_back(sequence);
        if (!sequence.of_identity) statements.push_back(create(sequence));
    }
    // One that is gone has no value to go on from.
    std::erase_if(catalog_.sequences, [&](const Sequence& sequence) {
        return std::ranges::find(now.sequences, sequence.name, &Sequence::name) == now.sequences.end();
    });
    return statements;
}

/// The table has its new shape, and no row: what it held is of another one.
Status Migration::make_anew(Table& table, const Catalog& now) {
    const Table* const there = of_the_same_oid(now, table);
    if (there == nullptr) return not_followed(table.name, "it is not there any more");
    TRY(empty(table));
    for (const std::string& statement : TRY(new_sequences(table, now))) TRY(target_->run(statement));
    const DefinitionChange change{table, *there, now};
    for (const std::string& statement : change.statements(DefinitionChange::Rows::gone)) {
        const Status made = target_->run(statement);
        if (!made.ok()) return not_followed(table.name, made.error().message());
    }
    table = *there;
    TRY(ledger().forget_rows(table.name));
    TRY(target_->run(ledger().columns_statement(table)));
    return {};
}

/// Which of the tables that are not loaded are others by now.
Status Migration::note_changed() {
    if (plan_.changes == Plan::Changes::none || plan_.definitions == Plan::Definitions::stop) return {};
    standing_ = TRY(ledger().read());
    const Catalog now = TRY(source_->definitions());
    for (const Table& table : catalog_.tables) {
        const auto state = standing_.tables.find(table.name);
        if (state == standing_.tables.end() || state->second.loaded || !state->second.suspended.empty() ||
            !table.digest.empty())
            continue;
        const Table* const there = of_the_same_oid(now, table);
        if (there != nullptr && (there->shape != table.shape || there->file != table.file))
            anew_[table.name] = "while it was loaded";
    }
    return {};
}

Status Migration::make_all_anew() {
    const Catalog now = TRY(source_->definitions());
    TRY(target_->run("BEGIN"));
    for (const auto& [name, why] : anew_) {
        report_.progress.notes.push_back(name.shown() +
                                         " was loaded anew, its definition has changed: " + why);
        TRY(make_anew(*std::ranges::find(catalog_.tables, name, &Table::name), now));
    }
    anew_.clear();
    TRY(ledger().move_to(Phase::loading));
    TRY(target_->run("COMMIT"));
    standing_ = TRY(ledger().read());
    return {};
}

/// It stays as it is, and all others go on without it.
Status Migration::suspend(const TableName& table, const std::string& why) {
    TRY(ledger().suspend(table, why));
    standing_ = TRY(ledger().read());
    report_.progress.notes.push_back(table.shown() + " is suspended: " + why);
    report_.progress.each[table].state = TableProgress::State::suspended;
    compare_from_the_start();
    return {};
}

Status Migration::suspend_failed() {
    for (const auto& [table, why] : failed_) TRY(suspend(table, why));
    failed_.clear();
    return {};
}

Status Migration::nothing_suspended() const {
    std::string names;
    for (const auto& [name, state] : standing_.tables)
        if (!state.suspended.empty())
            names += (names.empty() ? "" : "; ") + name.shown() + ": " + state.suspended;
    if (names.empty()) return {};
    return Error{Errc::precondition, "suspended tables are to be loaded anew first (--reload): " + names};
}

/// Tables whose rows are needed again are loaded beside nothing else; their changes go on from there.
Status Migration::load_anew(const std::atomic<bool>& stop) {
    compare_from_the_start();
    TRY(make_all_anew());
    Snapshot none;
    return load(none, stop);
}

}  // namespace landfall::dbmove::postgres
