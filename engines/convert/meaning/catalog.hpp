// The catalog: everything that the scripts of a database declare, whatever their order.
//
// Invariants
//   1. The same statements give the same catalog in any order of the scripts; only of two definitions of one
//      name the later stands. ALTER TABLE is applied after all CREATEs; DROP is not (install scripts begin
//      with it). Specification and body of a package or a type are one entry.
//   2. entries() are ordered by schema, name; columns, members and keys as their statement has them.
//   3. An unqualified name of a script belongs to the schema that its CURRENT_SCHEMA names, else to
//      Settings::default_schema, which may be "".
//   4. Look-ups follow synonyms to their end; a circle of synonyms leads nowhere (nullptr), never round.
//   5. declare() leaves every type resolved: it sets DataType::type in what it was given, and binds the
//      queries of views and of packages' cursors. After it nothing of the catalog changes.
// Ownership: symbols and types live as long as the catalog; it points into the trees and scripts that it was
// made from, which must outlive it. Threads: immutable once declared; shared freely.
// Costs: find by name O(1) (hashed); by constraint the same; iteration O(n).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "engines/convert/converter.hpp"
#include "engines/convert/meaning/binding.hpp"

namespace landfall::convert {

struct Entry;

struct RelationColumn {
    Text name;
    const TypeOf* type = nullptr;      ///< nullptr: not known (a view over what is not declared)
    const Column* declared = nullptr;  ///< nullptr: of a view, of an object table, of CREATE TABLE AS
    bool not_null = false;             ///< NOT NULL, or of the primary key
    const Symbol* symbol = nullptr;
};

/// A primary key or a unique constraint.
struct Key {
    Text name;  ///< empty: the system's
    bool primary = false;
    std::vector<Text> columns;
    const Constraint* declared = nullptr;
};

struct ForeignKey {
    Text name;
    std::vector<Text> columns;
    const Entry* references = nullptr;  ///< nullptr: a table that no script declares
    /// The columns of the key that it refers to; those of the primary key where none are written.
    std::vector<Text> referenced;
    const Constraint* declared = nullptr;
};

/// Rows with columns: a table, a view, a materialized view.
struct Relation {
    std::vector<RelationColumn> columns;
    bool columns_known = true;  ///< false: what it selects from is not declared
    std::vector<Key> keys;
    std::vector<ForeignKey> foreign_keys;
    std::vector<const Entry*> referenced_by;  ///< tables with a foreign key to it, once each, in order
    std::vector<const CreateTrigger*> triggers;
    const TypeOf* row = nullptr;  ///< t%ROWTYPE

    [[nodiscard]] const RelationColumn* find(Text column) const;
    [[nodiscard]] const Key* primary_key() const;
};

/// What a package or a type declares, in order: specification first, then what only the body has. Overloads
/// stand beside each other in `find`.
struct Members {
    std::vector<const Symbol*> all;
    std::unordered_map<Text, std::vector<const Symbol*>> by_name;

    [[nodiscard]] std::span<const Symbol* const> find(Text name) const;
};

/// One thing with a name in a schema. symbol.what says what it is.
struct Entry {
    Symbol symbol;
    const Statement* declared = nullptr;  ///< CreateTable, CreateView, CreatePackage …: the specification
    const Statement* body = nullptr;      ///< of packages and types
    std::unique_ptr<Relation> relation;   ///< of tables and views
    std::unique_ptr<Members> members;     ///< of packages and object types (attributes are variables)
    const TypeOf* type = nullptr;         ///< of types
    /// Of types: those that are directly UNDER it.
    std::vector<const Entry*> subtypes;
    Text target_schema, target_name, target_link;  ///< of synonyms
    bool public_ = false;                          ///< of synonyms
};

/// PRAGMA EXCEPTION_INIT: the number of an exception of a package, -20001.
struct ExceptionNumber {
    const Symbol* exception = nullptr;
    int number = 0;
};

/// The statements of one script, as the parser gave them (one a statement of the script).
struct DeclaredScript {
    const Script* script = nullptr;
    const std::vector<Statement*>* statements = nullptr;
};

class Catalog {
public:
    Catalog();
    ~Catalog();
    Catalog(const Catalog&) = delete;
    Catalog& operator=(const Catalog&) = delete;

    /// Declares what the statements of all scripts define; once. Linear in their size. It never fails: what
    /// makes no sense (ALTER of what is not there) stays without effect.
    void declare(std::span<const DeclaredScript> scripts, const Settings& settings);

    /// In order of schema and name.
    [[nodiscard]] std::span<const Entry* const> entries() const { return ordered_; }

    /// What `name` means where `schema` is the current one (an empty `schema` of a qualified name is not
    /// possible: see below). Order: that schema; what no schema was said of; a public synonym; the only entry
    /// of that name in any schema. Synonyms are followed. nullptr: not declared.
    [[nodiscard]] const Entry* find(Text current_schema, Text name) const;
    /// schema.name, synonyms followed. Where no script declares anything in that schema, what no schema was
    /// said of is meant (scripts that qualify only sometimes).
    [[nodiscard]] const Entry* find_in(Text schema, Text name) const;
    /// A name as it is written, of one or two parts; nullptr for links and other counts of parts.
    [[nodiscard]] const Entry* find(Text current_schema, const Name& name) const;
    /// As find, but synonyms are not followed: what stands there itself.
    [[nodiscard]] const Entry* find_here(Text schema, Text name) const;
    /// As find(…, name), only tables and views.
    [[nodiscard]] const Entry* find_relation(Text current_schema, const Name& name) const;
    /// The table and key of a constraint by name; {nullptr, nullptr}: none. Names are unique in a schema.
    [[nodiscard]] std::pair<const Entry*, const Constraint*> find_constraint(Text schema, Text name) const;

    /// The schema that unqualified names of `statement` mean: that of the object which it defines.
    [[nodiscard]] Text schema_of(const Statement& statement) const;
    /// The entry that a CREATE of table, view, package, type, routine … made, bodies too; nullptr: none.
    [[nodiscard]] const Entry* entry_of(const Statement& statement) const;
    /// The definition of a routine that a specification declares (and the declaration of a definition);
    /// the routine itself where there is no other.
    [[nodiscard]] const Routine* definition_of(const Routine& declaration) const;
    [[nodiscard]] const Routine* declaration_of(const Routine& definition) const;
    /// The number of an exception of a package; 0: it has none.
    [[nodiscard]] int number_of(const Symbol& exception) const;
    /// The symbol of a member of a package or type by its node (Variable, Cursor, Routine, either of spec and
    /// body); nullptr: not one.
    [[nodiscard]] const Symbol* symbol_of(const Node& declared) const;
    /// A method by name up the supertypes; the first that declares it. Overloads: all of that type.
    [[nodiscard]] std::span<const Symbol* const> find_methods(const TypeOf& object, Text name) const;
    /// Whether any object type has methods: most schemas have none.
    [[nodiscard]] bool has_methods() const;
    /// The entry of a named type of the catalog (an object, collection); nullptr: not one.
    [[nodiscard]] const Entry* entry_of(const TypeOf& type) const;

private:
    friend class Declaring;
    friend class Binder;
    struct Store;
    std::unique_ptr<Store> store_;
    std::vector<const Entry*> ordered_;
};

}  // namespace landfall::convert
