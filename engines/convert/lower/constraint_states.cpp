#include "engines/convert/lower/constraint_states.hpp"

#include <algorithm>

namespace landfall::convert {
namespace {

using What = TableChange::What;
using Fate = TableChange::Fate;

class States {
public:
    States(std::span<Statement* const> statements, KnownTables& tables)
        : statements_{statements}, tables_{tables} {
        for (std::size_t i = 0; i < statements.size(); ++i) note_drop(statements[i], i);
    }
    void settle() {
        for (std::size_t i = 0; i < statements_.size(); ++i) {
            const auto* altered = as<AlterTable>(statements_[i]);
            KnownTable* table = altered == nullptr ? nullptr : tables_.find(altered->object);
            if (table == nullptr) continue;
            for (TableChange* change : altered->changes) settle(*table, *change, i);
        }
    }

private:
    void note_drop(Statement* statement, std::size_t place) {
        const auto* drop = as<Drop>(statement);
        if (drop == nullptr || drop->what != "TABLE") return;
        if (const KnownTable* table = tables_.find(drop->object); table != nullptr && table->made_by < place)
            taken_away_.push_back(table);
    }
    [[nodiscard]] bool is_taken_away(const KnownTable& table) const {
        return std::find(taken_away_.begin(), taken_away_.end(), &table) != taken_away_.end();
    }

    void settle(KnownTable& table, TableChange& change, std::size_t place) {
        switch (change.what) {
            case What::enable_constraint:
            case What::disable_constraint:
            case What::modify_constraint:
                if (Constraint* found = find(table, change, place)) {
                    set_state(*found, *change.constraint);
                    change.fate = Fate::settled;
                }
                return;
            case What::drop_constraint:
            case What::drop_primary_key:
            case What::drop_unique:
                if (Constraint* found = find(table, change, place)) {
                    found->dropped = found->dropped || !is_taken_away(table);
                    change.fate = Fate::settled;
                } else if (place < table.made_by) {
                    change.fate = Fate::settled;  // of a table of that name before this one
                } else {
                    change.fate = Fate::unknown_constraint;
                }
                return;
            case What::rename_constraint:
                if (Constraint* found = find(table, change, place)) {
                    found->name = change.new_name;
                    change.fate = Fate::settled;
                }
                return;
            case What::add_constraint:
                if (change.constraint != nullptr && stands_already(table, *change.constraint)) {
                    change.constraint->dropped = true;
                    change.fate = Fate::stands_already;
                }
                return;
            default: return;
        }
    }
    /// Of that name, made earlier. One that is disabled makes way for it.
    static bool stands_already(const KnownTable& table, const Constraint& added) {
        for (const KnownConstraint& each : table.constraints) {
            if (each.constraint == &added) return false;
            if (each.constraint->disabled) continue;
            if (!each.constraint->dropped && !added.name.empty() &&
                each.constraint->name.name == added.name.name)
                return true;
        }
        return false;
    }

    static void set_state(Constraint& constraint, const Constraint& said) {
        if (said.disabled || said.enabled) constraint.disabled = said.disabled;
        if (said.disabled || said.enabled || said.not_validated)
            constraint.not_validated = said.not_validated;
    }

    /// The constraint that the change is about, made before it; nullptr: none.
    static Constraint* find(KnownTable& table, const TableChange& change, std::size_t place) {
        for (const KnownConstraint& each : table.constraints) {
            Constraint& constraint = *each.constraint;
            if (each.made_by <= place && !constraint.dropped && is_about(change, each)) return &constraint;
        }
        return nullptr;
    }
    static bool is_about(const TableChange& change, const KnownConstraint& known) {
        const Constraint& constraint = *known.constraint;
        if (!change.old_name.empty()) return constraint.name.name == change.old_name.name;
        const Constraint::What what = change.what == What::drop_primary_key ? Constraint::What::primary_key
                                      : change.constraint != nullptr        ? change.constraint->what
                                                                            : Constraint::What::unique;
        if (constraint.what != what) return false;
        return what == Constraint::What::primary_key || names_of(change.constraint->columns) == known.columns;
    }

    std::span<Statement* const> statements_;
    KnownTables& tables_;
    std::vector<const KnownTable*> taken_away_;
};

}  // namespace

void settle_constraint_states(std::span<Statement* const> statements, KnownTables& tables) {
    States{statements, tables}.settle();
}

}  // namespace landfall::convert
