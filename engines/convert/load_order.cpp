#include "engines/convert/load_order.hpp"

#include <algorithm>

namespace landfall::convert {
namespace {

LoadStage stage_of(const AlterTable& alter) {
    const bool refers =
        std::any_of(alter.changes.begin(), alter.changes.end(), [](const TableChange* change) {
            return change->constraint != nullptr && change->constraint->what == Constraint::What::foreign_key;
        });
    if (refers) return LoadStage::foreign_keys;
    const bool keys = std::all_of(alter.changes.begin(), alter.changes.end(),
                                  [](const TableChange* change) { return change->constraint != nullptr; });
    return keys ? LoadStage::keys : LoadStage::partitions;
}

LoadStage stage_of(const SplicedStatement& statement) {
    const Text first = statement.pieces.empty() ? Text{} : statement.pieces[0];
    if (first.starts_with("CREATE SCHEMA") || first.starts_with("CREATE EXTENSION"))
        return LoadStage::schemas;
    if (first.starts_with("CREATE TABLE")) return LoadStage::tables;
    if (first.starts_with("CREATE TYPE") || first.starts_with("CREATE DOMAIN") ||
        first.starts_with("DROP TYPE") || first.starts_with("CREATE COLLATION"))
        return LoadStage::types;
    if (first.starts_with("CREATE OR REPLACE VIEW")) return LoadStage::views;
    if (first.starts_with("DO $synonym$")) return LoadStage::views;
    if (first.starts_with("DO $grant$ BEGIN IF EXISTS (SELECT FROM pg_roles")) return LoadStage::grants;
    if (first.starts_with("CREATE")) return LoadStage::routines;
    return LoadStage::blocks;
}

}  // namespace

LoadStage load_stage(const Statement& statement) {
    switch (statement.kind) {
        case Kind::create_type: return LoadStage::types;
        case Kind::create_sequence: return LoadStage::sequences;
        case Kind::create_table:
            return static_cast<const CreateTable&>(statement).partition_of != nullptr ? LoadStage::partitions
                                                                                      : LoadStage::tables;
        case Kind::alter_table: return stage_of(static_cast<const AlterTable&>(statement));
        case Kind::create_routine: return LoadStage::routines;
        case Kind::script_sql: return LoadStage::rows;
        case Kind::create_index: return LoadStage::indexes;
        case Kind::create_view: return LoadStage::views;
        case Kind::create_trigger: return LoadStage::triggers;
        case Kind::comment_on: return LoadStage::comments;
        case Kind::grant: return LoadStage::grants;
        case Kind::spliced_statement: return stage_of(static_cast<const SplicedStatement&>(statement));
        default: return LoadStage::blocks;
    }
}

}  // namespace landfall::convert
