// The walk that binds: one class, its methods in the files that the comments name. Internal to meaning/.
//
// It runs in two ways: for bind(), over a catalog that is complete; and while a catalog is declared, over one
// entry, completing what that entry leans on (invariant: an entry that is being completed is not entered
// again, its types are then not known).
#pragma once

#include <optional>

#include "engines/convert/meaning/binder.hpp"
#include "engines/convert/meaning/built_ins.hpp"
#include "engines/convert/meaning/scopes.hpp"
#include "engines/convert/meaning/store.hpp"

namespace landfall::convert {

class Binder {
public:
    /// `schema`: of unqualified names; `owner`: the package or type within which names are read.
    Binder(const Catalog& catalog, Tree& tree, Text schema, const Entry* owner)
        : catalog_{catalog}, store_{*catalog.store_}, tree_{tree}, schema_{schema}, owner_{owner} {}

    // --- bind_statements.cpp ---
    void statement(Statement& statement);

    // --- bind_types.cpp ---
    const TypeOf* resolve(DataType* type);
    /// The type that a TYPE or SUBTYPE declares, and that of CREATE TYPE.
    const TypeOf* declared_type(const TypeDeclaration& declaration, TypeOf* made);
    void complete(Entry& entry);
    const TypeOf* row_type(const OutColumns& out, const Node* declared, Text name);
    /// The type of a symbol, completed first where the catalog is being declared.
    const TypeOf* type_of(const Symbol& symbol);

    // --- bind_queries.cpp ---
    OutColumns query(Query& query);

    // --- bind_code.cpp ---
    void declarations(const List<Declaration*>& list);
    void cursor(Cursor& cursor, Symbol* symbol);
    void routine(Routine& routine);
    void signature(Routine& routine);

    // --- bind_expressions.cpp ---
    const TypeOf* expression(Expr* expr);

private:
    /// What a name is asked to be.
    enum class Want : std::uint8_t { value, callable, procedure, exception, cursor };
    struct Found {
        const Symbol* symbol = nullptr;
        std::uint8_t consumed = 0;
        bool next = false, current = false;
    };
    struct Wanted {
        const Name& name;
        Want want;
        const List<Argument*>* arguments;
    };

    // bind_statements.cpp
    void table_parts(CreateTable& table);
    void alter_table(AlterTable& alter);
    void index(CreateIndex& index);
    void package(CreatePackage& package);
    void type_definition(CreateType& type);
    void trigger(CreateTrigger& trigger);
    void trigger_rows(const CreateTrigger& trigger);
    void constraint(Constraint& constraint);
    void columns_of_table(const List<Column*>& columns);
    void partitioning(Partitioning& partitioning);
    void any_children(Node& node);
    void any(Node& node);

    // bind_types.cpp
    const TypeOf* named_type(DataType& type);
    const TypeOf* anchored(DataType& type);
    const TypeOf* type_of_parts(const List<Identifier>& parts);
    const TypeOf* built_in(DataType& type, TypeOf::Family family);
    const Symbol* type_symbol(const List<Identifier>& parts);
    void complete_table(Entry& entry);
    void complete_view(Entry& entry);
    void complete_type(Entry& entry);
    const TypeOf* complete_member(Symbol& symbol, Entry& owner);
    const TypeOf* row_of(const Entry& entry);

    // bind_names.cpp
    const TypeOf* name(Name& name, Want want, const List<Argument*>* arguments);
    Found find(const Wanted& wanted);
    Found in_queries(const Wanted& wanted);
    Found in_query(const QueryScope& scope, const Wanted& wanted);
    Found in_source(const Source& source, const Wanted& wanted);
    Found in_blocks(const Wanted& wanted);
    Found in_owner(const Wanted& wanted);
    Found in_members(const Members& members, std::uint8_t at, const Wanted& wanted);
    Found in_schema(const Wanted& wanted);
    Found in_entry(const Entry& entry, std::uint8_t consumed, const Wanted& wanted);
    Found among_built_ins(const Wanted& wanted);
    Found unknown_column(const Wanted& wanted);
    const Symbol* choose(std::span<const Symbol* const> overloads, const Wanted& wanted);
    const Symbol* column_symbol(const OutColumn& column);
    const TypeOf* follow(const TypeOf* type, Text part, const List<Argument*>* arguments);
    void exception(Name& name);
    void relation_name(Name& name);
    const Symbol* built_in_symbol(Text package, Text name, Symbol::What what, const TypeOf* type);

    // bind_expressions.cpp
    const TypeOf* type_of_expression(Expr* expr);
    const TypeOf* of_operators(Expr* expr);
    const TypeOf* of_rest(Expr* expr);
    const TypeOf* literal(const Literal& literal);
    const TypeOf* call(Call& call);
    const TypeOf* call_of(const TypeOf* callee, Call& call);
    const TypeOf* built_in_call(const BuiltIn& built_in, const Call& call);
    const TypeOf* field(Field& field, const List<Argument*>* arguments);
    const TypeOf* attribute(Attribute& attribute);
    const TypeOf* bind_variable(const BindVariable& bind);
    const TypeOf* case_of(Case& expr);
    const TypeOf* subquery(Subquery& expr);
    const TypeOf* spliced(Spliced& expr);
    void arguments(const List<Argument*>& arguments);
    void expressions(const List<Expr*>& list);
    void window(Window* window);
    void order(const List<OrderItem*>& items);

    // bind_queries.cpp
    OutColumns body(QueryBody& body, Query* whole);
    OutColumns select(Select& select, Query* whole);
    OutColumns select_items(Select& select);
    void common_tables(const List<With*>& with);
    void end_of_query(Query& query);
    void source(TableRef* ref, bool of_change);
    void add_source(TableRef& ref, Text name, OutColumns out);
    OutColumns table_name(TableName& ref, Text& schema);
    OutColumns table_function(TableFunction& ref);
    void pivot(Pivot& pivot);
    OutColumns columns_of(const Entry& entry);
    OutColumn out_column(SelectItem& item);
    void targets(const List<Expr*>& into);
    void change(Node& node);
    void insert(Insert& insert);
    void update(Update& update);
    void delete_(Delete& change);
    void merge(Merge& merge);
    void returning(Returning* returning);
    void set_items(const List<SetItem*>& sets);

    // bind_code.cpp
    void declaration(Declaration& declaration);
    void routine_body(Routine& routine);
    void declare_routine(Routine& routine);
    void parameters(const Routine& routine);
    void block(Block& block);
    void block_parts(Block& block);
    void handlers(const List<WhenException*>& handlers);
    void statements(const List<CodeStatement*>& list);
    void code(CodeStatement& statement);
    void code_of_cursors(CodeStatement& statement);
    void branches(const List<IfBranch*>& branches);
    void loop(Loop& loop);
    void for_all(ForAll& statement);
    void call_statement(CallStatement& statement);
    void sql(Node& node);
    void pragma(const Pragma& pragma);
    Symbol* declare(Symbol::What what, const Identifier& name, const TypeOf* type, const Node* declared);

    Symbol* make_symbol(const Symbol& symbol) { return tree_.make_value(symbol); }

    const Catalog& catalog_;
    Catalog::Store& store_;
    Tree& tree_;
    Text schema_;
    const Entry* owner_;
    const Routine* routine_ = nullptr;
    BlockScopes blocks_;
    std::vector<QueryScope> queries_;
    std::vector<CommonTable> common_;
    const TypeOf* trigger_row_ = nullptr;
    Text trigger_new_ = "new", trigger_old_ = "old", trigger_parent_ = "parent";
    std::unordered_map<std::string, const Symbol*> built_ins_;
    int depth_of_anchors_ = 0;
};

/// The one of `overloads` that takes the arguments best; nullptr: none takes them. `procedures`: 1 only, 0
/// none, -1 either. (calls.cpp)
enum class Callable : std::uint8_t { any, functions, procedures };
[[nodiscard]] const Symbol* choose_overload(std::span<const Symbol* const> overloads,
                                            const List<Argument*>* arguments, Callable callable);

}  // namespace landfall::convert
