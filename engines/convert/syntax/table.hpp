// Tables with their columns, keys and partitions.
#pragma once

#include "engines/convert/syntax/row_change.hpp"

namespace landfall::convert {

/// A statement of a script. `object` of those that define something is schema and name.
struct Statement : Node {};

enum class RefAction : std::uint8_t { none, restrict, cascade, set_null, set_default };

struct KeyColumn : Node {
    static constexpr Kind kKind = Kind::key_column;
    Expr* value = nullptr;  ///< a Name for a plain column
    bool descending = false;
    OrderItem::Nulls nulls = OrderItem::Nulls::unsaid;
    Text prefix_length;   ///< MySQL: column(10)
    Text operator_class;  ///< PostgreSQL only
    template <class F>
    void children(F&& f) {
        f(value);
    }
};

struct Constraint : Node {
    static constexpr Kind kKind = Kind::constraint;
    enum class What : std::uint8_t { not_null, null, check, primary_key, unique, foreign_key, scope, rowid };
    What what = What::check;
    Identifier name;
    List<KeyColumn*> columns;  ///< empty for a constraint of a column
    Expr* condition = nullptr;
    Name* references = nullptr;
    List<Identifier> referenced;
    RefAction on_delete = RefAction::none;
    RefAction on_update = RefAction::none;
    bool deferrable = false, initially_deferred = false;
    bool disabled = false;       ///< DISABLE
    bool enabled = false;        ///< ENABLE was said
    bool dropped = false;        ///< a later statement of the scripts drops it; set before lowering
    bool not_validated = false;  ///< NOVALIDATE: PostgreSQL's NOT VALID
    Name* index_name = nullptr;  ///< USING INDEX name; what else stands behind it is storage and dropped
    Node* index = nullptr;       ///< USING INDEX (CREATE INDEX …): a CreateIndex
    template <class F>
    void children(F&& f) {
        f(columns, condition, references, index_name, index, referenced);
    }
};

struct SequenceOptions : Node {
    static constexpr Kind kKind = Kind::sequence_options;
    Text start, increment, minimum, maximum, cache;  ///< digits with sign; empty: unsaid
    bool no_minimum = false, no_maximum = false, no_cache = false;
    bool cycle = false, ordered = false;
    Text restart;                   ///< ALTER … RESTART WITH
    bool limit_from_table = false;  ///< START WITH LIMIT VALUE
};

struct Column : Node {
    static constexpr Kind kKind = Kind::column;
    Identifier name;
    DataType* type = nullptr;  ///< nullptr: virtual without a type, or a column of ALTER … MODIFY
    Expr* default_value = nullptr;
    bool default_on_null = false;
    Expr* generated = nullptr;  ///< virtual, or stored where `stored`
    bool stored = false;
    bool identity = false, identity_always = false, identity_on_null = false;
    SequenceOptions* identity_options = nullptr;
    bool invisible = false;
    bool auto_increment = false;  ///< MySQL
    Expr* on_update = nullptr;    ///< MySQL: ON UPDATE CURRENT_TIMESTAMP
    Text comment;                 ///< MySQL
    bool first = false;           ///< ALTER TABLE of MySQL: the column comes FIRST
    Identifier after;             ///< … or AFTER this one
    List<Constraint*> constraints;
    template <class F>
    void children(F&& f) {
        f(type, default_value, generated, identity_options, on_update, constraints);
    }
};

struct Partition : Node {
    static constexpr Kind kKind = Kind::partition;
    Identifier name;
    List<Expr*> values;  ///< LESS THAN (…), VALUES (…): a Name `maxvalue` or `default` stands for those
    List<Partition*> parts;  ///< subpartitions
    template <class F>
    void children(F&& f) {
        f(values, parts);
    }
};

struct Partitioning : Node {
    static constexpr Kind kKind = Kind::partitioning;
    enum class What : std::uint8_t { range, list, hash, reference, system };
    What what = What::range;
    List<Expr*> columns;
    Expr* interval = nullptr;
    Text hash_count;            ///< PARTITIONS n
    Name* reference = nullptr;  ///< BY REFERENCE (constraint)
    List<Partition*> parts;
    Partitioning* sub = nullptr;
    List<Partition*> sub_template;
    template <class F>
    void children(F&& f) {
        f(columns, interval, reference, parts, sub, sub_template);
    }
};

struct CreateTable : Statement {
    static constexpr Kind kKind = Kind::create_table;
    enum class What : std::uint8_t { heap, index_organized, external, cluster, object, xml };
    enum class OnCommit : std::uint8_t { unsaid, delete_rows, preserve_rows };
    What what = What::heap;
    Name* object = nullptr;
    bool temporary = false, private_temporary = false, if_not_exists = false;
    OnCommit on_commit = OnCommit::unsaid;
    List<Column*> columns;
    List<Constraint*> constraints;
    List<Node*> indexes;          ///< MySQL: KEY (…) within the table: CreateIndex
    Name* object_type = nullptr;  ///< OF type
    Query* as_query = nullptr;
    Partitioning* partitioning = nullptr;
    Name* partition_of = nullptr;  ///< PostgreSQL only, with bounds
    Partition* bounds = nullptr;
    Text unpartitioned_because;  ///< PostgreSQL cannot partition the table so; set before lowering
    bool read_only = false;
    Text comment;                           ///< MySQL
    Text auto_increment;                    ///< MySQL: the next value
    Text engine, character_set, collation;  ///< MySQL
    Name* like = nullptr;                   ///< MySQL: CREATE TABLE … LIKE
    List<Text> dropped;                     ///< storage clauses as written, for the report
    List<Text> external;                    ///< ORGANIZATION EXTERNAL as written: a finding
    template <class F>
    void children(F&& f) {
        f(object, columns, constraints, indexes, object_type, as_query, partitioning, partition_of, bounds,
          like, dropped, external);
    }
};

/// One change of ALTER TABLE.
struct TableChange : Node {
    static constexpr Kind kKind = Kind::table_change;
    enum class What : std::uint8_t {
        add_column,
        modify_column,
        drop_column,
        rename_column,
        add_constraint,
        drop_constraint,
        modify_constraint,
        enable_constraint,
        disable_constraint,
        rename_constraint,
        rename_table,
        drop_primary_key,
        drop_unique,
        storage,
        add_partition,
        set_unused,
        add_index,         ///< MySQL, and all that follow
        drop_index,        ///< and a unique key
        rename_index,      ///<
        change_column,     ///< old_name becomes column
        change_default,    ///< column's default_value; nullptr: it goes
        change_options,    ///< of `options`: comment, engine, the next AUTO_INCREMENT
        add_partitioning,  ///< of `options`
        remove_partitioning,
        drop_partition,
        other
    };
    What what = What::other;
    Column* column = nullptr;
    Constraint* constraint = nullptr;
    Identifier old_name, new_name;
    bool cascade = false;
    /// What the scripts as a whole make of the change; set before lowering.
    enum class Fate : std::uint8_t {
        stays,
        settled,             ///< done where the constraint is made
        stands_already,      ///< the column or constraint of that name stands: Oracle refuses it, too
        unknown_constraint,  ///< a script makes the table, but none this constraint
    };
    Fate fate = Fate::stays;
    Partition* partition = nullptr;
    Node* index = nullptr;    ///< a CreateIndex
    Node* options = nullptr;  ///< a CreateTable that has only these
    template <class F>
    void children(F&& f) {
        f(column, constraint, partition, index, options);
    }
};

struct AlterTable : Statement {
    static constexpr Kind kKind = Kind::alter_table;
    Name* object = nullptr;
    List<TableChange*> changes;
    template <class F>
    void children(F&& f) {
        f(object, changes);
    }
};

}  // namespace landfall::convert
