// Tables: types, keys, generated columns, partitions; what PostgreSQL wants in statements of its own.
#include <algorithm>

#include "engines/convert/lower/known_tables.hpp"
#include "engines/convert/lower/make.hpp"
#include "engines/convert/lower/passes.hpp"
#include "engines/convert/lower/types.hpp"
#include "engines/convert/meaning/catalog.hpp"

namespace landfall::convert {
namespace {

constexpr int kObjectTable = 5196, kTemporary = 5198, kCluster = 5199, kExternal = 5200,
              kPartitionType = 5201;
constexpr int kVirtualColumn = 5554, kIndexOrganized = 5581;
constexpr int kDefaultOnNull = 9030, kDisabled = 9031, kIndexOfKey = 9034, kKeysSpanPartitions = 9035,
              kNoCounterpart = 9033, kSuperseded = 9036, kWidened = 9037, kZone = 9042;

class TableLowering {
public:
    explicit TableLowering(LowerContext& context) : context_{context} {}

    void create(CreateTable*& table) {
        kind(*table);
        for (Column* column : table->columns) lower_column(*table->object, *column);
        tell_types(*table);
        List<Constraint*> kept;
        for (Constraint* constraint : table->constraints)
            if (keep(*table->object, *constraint)) context_.tree.add(kept, constraint);
        table->constraints = kept;
        if (table->partitioning != nullptr) partitions(*table);
    }

    /// Each change by itself, so that what PostgreSQL lacks does not take the rest with it.
    void alter(Statement*& statement, const AlterTable& whole) {
        for (TableChange* change : whole.changes) {
            if (!keep(*whole.object, *change)) continue;
            AlterTable* single = context_.tree.make<AlterTable>(change->span);
            single->object = clone_of(context_.tree, whole.object);
            single->changes = context_.tree.list<TableChange*>({change});
            context_.after.push_back(single);
        }
        statement = nullptr;
    }

private:
    void tell(int code, Complexity complexity, const Node& at, std::string_view detail) {
        context_.add_finding(code, complexity, at.span, detail);
    }

    void kind(CreateTable& table) {
        using What = CreateTable::What;
        if (table.what == What::external)
            tell(kExternal, Complexity::complex, table, "the table is an ordinary one and empty");
        if (table.what == What::cluster)
            tell(kCluster, Complexity::simple, table, "the table is no part of a cluster");
        if (table.what == What::index_organized)
            tell(kIndexOrganized, Complexity::info, table, "rows are not kept in the order of the key");
        if (table.what == What::object)
            tell(kObjectTable, Complexity::medium, table, "rows have no object identity");
        const bool plain = table.what == What::external || table.what == What::cluster ||
                           table.what == What::index_organized;
        if (plain) table.what = What::heap;
        if (!table.temporary) return;
        tell(kTemporary, Complexity::medium, table,
             "PostgreSQL's temporary tables end with the session: make it at the beginning of each");
        // They are in a schema of their own.
        if (table.object->parts.size() > 1)
            table.object->parts = context_.tree.list<Identifier>({table.object->parts.back()});
        if (table.on_commit == CreateTable::OnCommit::unsaid)
            table.on_commit = CreateTable::OnCommit::delete_rows;
    }

    /// Of types that Oracle brings: geometries, media.
    static bool is_oracle_schema(Text schema) {
        return schema == "mdsys" || schema == "ordsys" || schema == "sys" || schema == "xdb" ||
               schema == "public";
    }
    [[nodiscard]] std::string qualified_text(const Name& name) const {
        return std::string{name.parts[0].name} + "." + std::string{name.parts[1].name};
    }
    void lower_type(Column& column) {
        if (column.type == nullptr) {
            if (column.generated == nullptr) return;
            // A virtual column has the type of its expression, which nobody says.
            column.type = context_.tree.make<DataType>(column.span);
            const auto* sum = as<Binary>(column.generated);
            const bool text = sum == nullptr || sum->op == BinaryOp::concat;
            column.type->name = Make{context_.tree, column.span}.name({text ? "text" : "numeric"});
            column.type->lowered = true;
            tell(kVirtualColumn, Complexity::simple, column, "its type was not said: check it");
            return;
        }
        const bool with_digits = !column.type->arguments.empty();
        if (column.type->zone == DataType::Zone::with)
            (zoned_ += zoned_.empty() ? "" : ", ") += column.name.name;
        static_cast<void>(
            lower_builtin_type(*column.type, TypeUse::column, context_.settings, context_.tree));
        if (with_digits && is_integer_type(*column.type))
            (widened_ += widened_.empty() ? "" : ", ") += column.name.name;
        if (!column.identity) return;
        column.type->name = Make{context_.tree, column.type->span}.name({"bigint"});
        column.type->arguments.clear();
        column.type->lowered = true;
    }
    /// MODIFY (c PRIMARY KEY): PostgreSQL changes a column's NOT NULL only, other constraints are added.
    void separate_constraints(const Name& table, Column& column) {
        List<Constraint*> kept;
        for (Constraint* constraint : column.constraints) {
            const bool of_column =
                constraint->what == Constraint::What::not_null || constraint->what == Constraint::What::null;
            if (of_column)
                context_.tree.add(kept, constraint);
            else if (can_be(*constraint))
                add_later(table, at_columns(*constraint, column));
        }
        column.constraints = kept;
    }
    Constraint& at_columns(Constraint& constraint, const Column& column) {
        if (constraint.what != Constraint::What::check && constraint.columns.empty())
            constraint.columns = context_.tree.list<KeyColumn*>({key_column(column)});
        return constraint;
    }
    static bool is_integer_type(const DataType& type) {
        const Text name = last_part(type.name);
        return name == "smallint" || name == "integer" || name == "bigint";
    }
    /// Once a table, not once a column: nearly every table has some.
    void tell_types(const CreateTable& table) {
        if (!widened_.empty())
            tell(kWidened, Complexity::info, table, "more digits than p are let in: " + widened_);
        widened_.clear();
        if (!zoned_.empty()) tell(kZone, Complexity::simple, table, "the zone is not kept of: " + zoned_);
        zoned_.clear();
    }
    void lower_column(const Name& table, Column& column) {
        lower_type(column);
        if (column.generated != nullptr && !column.stored) {
            column.stored = true;
            tell(kVirtualColumn, Complexity::info, column, "the column is stored");
        }
        if (column.default_on_null)
            tell(kDefaultOnNull, Complexity::medium, column,
                 "a NULL that is said is not replaced by the default");
        List<Constraint*> kept;
        for (Constraint* constraint : column.constraints) {
            if (constraint->what == Constraint::What::foreign_key) at_columns(*constraint, column);
            if (keep(table, *constraint)) context_.tree.add(kept, constraint);
        }
        column.constraints = kept;
    }
    KeyColumn* key_column(const Column& column) {
        KeyColumn* made = context_.tree.make<KeyColumn>(column.name.span);
        Name* name = context_.tree.make<Name>(column.name.span);
        name->parts = context_.tree.list<Identifier>({column.name});
        made->value = name;
        return made;
    }

    /// True where the constraint stays within its table. Foreign keys wait for all tables, others for rows.
    bool keep(const Name& table, Constraint& constraint) {
        if (!can_be(constraint)) return false;
        validate_of_partitions(table, constraint);
        const bool waits = constraint.what == Constraint::What::foreign_key || constraint.not_validated ||
                           (is_key(constraint) && context_.settings.keys == Settings::Keys::apart);
        if (waits) add_later(table, constraint);
        return !waits;
    }
    static bool is_key(const Constraint& constraint) {
        return constraint.what == Constraint::What::primary_key ||
               constraint.what == Constraint::What::unique;
    }
    void add_later(const Name& table, Constraint& constraint) {
        TableChange* change = context_.tree.make<TableChange>(constraint.span);
        change->what = TableChange::What::add_constraint;
        change->constraint = &constraint;
        AlterTable* alter = context_.tree.make<AlterTable>(constraint.span);
        alter->object = clone_of(context_.tree, &table);
        alter->changes = context_.tree.list<TableChange*>({change});
        context_.after.push_back(alter);
    }
    /// PostgreSQL has no foreign key of a partitioned table that is NOT VALID.
    void validate_of_partitions(const Name& table, Constraint& constraint) {
        if (constraint.what != Constraint::What::foreign_key || !constraint.not_validated) return;
        const Entry* entry = context_.catalog.find_relation({}, table);
        const auto* made = entry == nullptr ? nullptr : as<CreateTable>(entry->declared);
        if (made == nullptr || made->partitioning == nullptr) return;
        constraint.not_validated = false;
        tell(kDisabled, Complexity::simple, constraint, "rows that are there must keep it, too");
    }
    bool can_be(Constraint& constraint) {
        using What = Constraint::What;
        if (constraint.what == What::null) return false;
        if (constraint.what == What::scope || constraint.what == What::rowid) {
            tell(kNoCounterpart, Complexity::simple, constraint, "the constraint of a reference");
            return false;
        }
        if (constraint.dropped) {
            tell(kSuperseded, Complexity::info, constraint, "a later statement drops the constraint");
            return false;
        }
        if (constraint.disabled) {
            tell(kDisabled, Complexity::simple, constraint, "a disabled constraint is not made");
            return false;
        }
        const bool key = is_key(constraint);
        if (constraint.index != nullptr)
            tell(kIndexOfKey, Complexity::info, *constraint.index,
                 "the key makes its index, which has the name of the constraint");
        if (constraint.not_validated && (key || constraint.what == What::not_null)) {
            constraint.not_validated = false;
            tell(kDisabled, Complexity::simple, constraint, "rows that are there must keep it, too");
        }
        if (constraint.deferrable && (constraint.what == What::check || constraint.what == What::not_null)) {
            constraint.deferrable = constraint.initially_deferred = false;
            tell(kDisabled, Complexity::simple, constraint,
                 "it is checked at once, not at the end of the transaction");
        }
        return true;
    }

    bool keep(const Name& table, TableChange& change) {
        using What = TableChange::What;
        using Fate = TableChange::Fate;
        if (change.fate == Fate::settled || change.fate == Fate::stands_already) {
            tell(kSuperseded, Complexity::info, change,
                 change.fate == Fate::settled ? "the constraint is made so at once"
                                              : "one of that name stands already");
            return false;
        }
        if (change.fate == Fate::unknown_constraint) {
            tell(kNoCounterpart, Complexity::medium, change, "no script makes the constraint before");
            return false;
        }
        switch (change.what) {
            case What::add_column:
                if (change.column != nullptr) lower_column(table, *change.column);
                return true;
            case What::modify_column: return change.column != nullptr && keep_modified(table, *change.column);
            case What::add_constraint:
                if (change.constraint == nullptr || !can_be(*change.constraint)) return false;
                validate_of_partitions(table, *change.constraint);
                return true;
            case What::drop_column:
            case What::drop_constraint:
            case What::set_unused:
            case What::rename_column:
            case What::rename_constraint:
            case What::rename_table: return true;
            case What::modify_constraint:
            case What::enable_constraint:
            case What::disable_constraint:
            case What::drop_primary_key:
            case What::drop_unique:
                tell(kNoCounterpart, Complexity::medium, change, "no script makes the constraint before");
                return false;
            default:
                tell(kNoCounterpart, Complexity::info, change, "a change of storage or state");
                return false;
        }
    }

    /// True where something of the change is left.
    bool keep_modified(const Name& table, Column& column) {
        if (!column.constraints.empty()) {
            separate_constraints(table, column);
            if (column.constraints.empty() && column.type == nullptr && column.default_value == nullptr)
                return false;
        }
        if (column.type != nullptr) lower_type(column);
        return true;
    }

    // --- partitions ---
    void partitions(CreateTable& table) {
        Partitioning& by = *table.partitioning;
        using What = Partitioning::What;
        const bool known = by.what == What::range || by.what == What::list || by.what == What::hash;
        if (!known || !table.unpartitioned_because.empty()) {
            tell(known ? kKeysSpanPartitions : kPartitionType, Complexity::medium, by,
                 "the table is not partitioned" +
                     (known ? ": " + std::string{table.unpartitioned_because} : std::string{}));
            table.partitioning = nullptr;
            return;
        }
        if (by.interval != nullptr)
            tell(kPartitionType, Complexity::medium, by,
                 "partitions of intervals to come are not made by themselves");
        if (by.sub != nullptr)
            tell(kPartitionType, Complexity::medium, by, "partitions have no partitions of their own");
        if (by.what == What::hash) return hash_partitions(table);
        const List<Expr*>* before = nullptr;
        std::uint32_t number = 0;
        for (Partition* part : by.parts) {
            ++number;
            add_partition(table, *part, number, by.what == What::range ? range(before, *part) : list(*part));
            before = &part->values;
        }
        // Rows of intervals to come need a place.
        if (by.interval != nullptr) {
            Partition* rest = context_.tree.make<Partition>(by.span);
            rest->name.name = context_.tree.keep(std::string{table.object->parts.back().name} + "_default");
            add_partition(table, *rest, 0, Make{context_.tree, by.span}.splice("DEFAULT", {}));
        }
    }
    void add_partition(const CreateTable& table, Partition& part, std::uint32_t number, Spliced* bounds) {
        CreateTable* made = context_.tree.make<CreateTable>(part.span);
        made->object = clone_of(context_.tree, table.object);
        made->partition_of = clone_of(context_.tree, table.object);
        const Text base = table.object->parts.back().name;
        // Names of partitions are unique within a table only.
        made->object->parts.back().name = context_.tree.keep(
            part.name.name == ""               ? std::string{base} + "_p" + std::to_string(number)
            : part.name.name.starts_with(base) ? std::string{part.name.name}
                                               : std::string{base} + "_" + std::string{part.name.name});
        made->bounds = context_.tree.make<Partition>(part.span);
        made->bounds->values = context_.tree.list<Expr*>({bounds});
        context_.after.push_back(made);
    }
    static bool is_word(const Expr* value, Text word) {
        const auto* name = as<Name>(value);
        return name != nullptr && name->parts.size() == 1 && name->parts[0].name == word;
    }
    Expr* bound(const Expr* value) {
        if (is_word(value, "maxvalue")) return Make{context_.tree, value->span}.splice("MAXVALUE", {});
        return clone_of(context_.tree, value);
    }
    Spliced* range(const List<Expr*>* before, const Partition& part) {
        std::string pattern = "FROM (";
        std::vector<Node*> operands;
        for (std::uint32_t i = 0; i < part.values.size(); ++i) {
            pattern += i > 0 ? ", " : "";
            if (before == nullptr || i >= before->size()) {
                pattern += "MINVALUE";
                continue;
            }
            pattern += "@";
            operands.push_back(bound((*before)[i]));
        }
        pattern += ") TO (";
        for (std::uint32_t i = 0; i < part.values.size(); ++i) {
            pattern += i > 0 ? ", @" : "@";
            operands.push_back(bound(part.values[i]));
        }
        return Make{context_.tree, part.span}.splice(pattern + ")", operands);
    }
    Spliced* list(const Partition& part) {
        const Make make{context_.tree, part.span};
        if (part.values.size() == 1 && is_word(part.values[0], "default")) return make.splice("DEFAULT", {});
        std::string pattern = "IN (";
        std::vector<Node*> operands;
        for (const Expr* value : part.values) {
            pattern += operands.empty() ? "@" : ", @";
            operands.push_back(clone_of(context_.tree, value));
        }
        return make.splice(pattern + ")", operands);
    }
    void hash_partitions(const CreateTable& table) {
        const Partitioning& by = *table.partitioning;
        std::uint32_t count = by.parts.size();
        if (count == 0)
            count = static_cast<std::uint32_t>(std::max(1, std::atoi(std::string{by.hash_count}.c_str())));
        constexpr std::uint32_t kPartsMax = 1024;
        count = std::min(count, kPartsMax);
        for (std::uint32_t i = 0; i < count; ++i) {
            Partition* part = i < by.parts.size() ? by.parts[i] : context_.tree.make<Partition>(by.span);
            const std::string bounds =
                "WITH (MODULUS " + std::to_string(count) + ", REMAINDER " + std::to_string(i) + ")";
            add_partition(table, *part, i + 1,
                          Make{context_.tree, by.span}.splice(context_.tree.keep(bounds), {}));
        }
    }

    LowerContext& context_;
    std::string widened_;  ///< columns of the present table whose NUMBER(p) is an integer type now
    std::string zoned_;    ///< columns of the present table of TIMESTAMP WITH TIME ZONE
};

}  // namespace

void lower_tables(Statement*& statement, LowerContext& context) {
    if (auto* table = as<CreateTable>(statement); table != nullptr && table->partition_of == nullptr) {
        TableLowering{context}.create(table);
    } else if (auto* alter = as<AlterTable>(statement)) {
        TableLowering{context}.alter(statement, *alter);
    }
}

}  // namespace landfall::convert
