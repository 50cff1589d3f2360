// One unit of code on its way to PL/pgSQL: one walk over its declarations and statements, with the names in
// sight at each place. Internal to lower/; implemented in code_*.cpp, a part of the language each.
//
// Invariants
//   1. The walk goes top down and in the order of the source: what a statement names is declared before.
//   2. `out` of a statement list receives everything that a statement becomes; helpers that must run before a
//      statement are put there before it.
//   3. Names that are not known stay as they are.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "engines/convert/lower/code_index.hpp"
#include "engines/convert/lower/code_locals.hpp"
#include "engines/convert/lower/lower.hpp"
#include "engines/convert/lower/make.hpp"
#include "engines/convert/meaning/binding.hpp"

namespace landfall::convert {

class CodeLowering {
public:
    CodeLowering(LowerContext& context, const CodeIndex& index, const PackageUnit* package);

    // --- code_units.cpp ---
    /// A routine of a schema or a package: `object` names it.
    [[nodiscard]] CreateRoutine* routine(Routine& source, Name* object);
    void anonymous(Block& block);
    void object_type(CreateType& made);

    // --- code_packages.cpp ---
    void package(const CreatePackage& unit);

    // --- code_triggers.cpp ---
    void trigger(CreateTrigger& source);

    /// The schema that the CREATE of the unit names: what stays in no package is made there.
    void owned_by(const Name& object) {
        if (object.parts.size() > 1) owner_ = object.parts[0].name;
    }

    std::vector<Statement*> emitted;  ///< in the order in which they load

private:
    using Body = List<CodeStatement*>;

    // --- code_units.cpp ---
    void body(Block& made);
    void declare_attributes(Block& body);
    void result_type(Routine& source);

    // --- code_packages.cpp ---
    void state(Span at);
    void accessors(Text variable_name, DataType* kept, Span at);
    void defaults_of_specification(Routine& routine);
    [[nodiscard]] std::vector<Declaration*> variables_of_package() const;

    // --- code_triggers.cpp ---
    void when_to_body(CreateTrigger& source);
    CreateRoutine* trigger_function(Block& code, Name* object);
    void finish_trigger(CreateTrigger& source, Name* object);
    void compound(CreateTrigger& source);
    void timing_section(const CreateTrigger& source, TimingSection& section, bool first);

    // --- code_types.cpp ---
    void type(DataType*& slot, bool parameter = false);
    Shape shape_of(const DataType* declared);
    Shape shape_of(const TypeDeclaration& declared);
    const TypeDeclaration* declared_type(const Name& name);
    DataType* type_of_declared(const TypeDeclaration& declared, Text package);
    void hoist_type(TypeDeclaration& declared, Text prefix);
    DataType* anchored_type(const DataType& anchored);
    DataType* element_type(const DataType* declared);

    // --- code_names.cpp ---
    const Local* local(Text name) const;
    [[nodiscard]] const CreateTable* table_of(const Name& name, std::uint32_t behind) const;
    void declare(Text name, Node* declared, DataType* type);
    const DataType* source_of(const Expr* value);
    const DataType* field_of(const DataType* of, Text field);
    const DataType* element_of(const DataType* of);
    Expr* lvalue(Expr* target);
    const PackageUnit* package_of_root(const Expr* target, Text& variable);
    void values(Node*& node);
    template <class T>
    void value(T*& slot) {
        if (slot == nullptr) return;
        Node* node = slot;
        values(node);
        slot = static_cast<T*>(node);
    }
    Node* name_value(Name& name);
    Node* call_value(Call& call);
    Node* error_stack(const Name& name);
    Node* field_value(Field& field);
    Expr* limit_of(const Expr* collection);
    Node* method_value(Expr* base, const Shape& shape, Text method, const List<Argument*>& arguments);
    Node* package_value(const PackageUnit& package, Text member, Span at);
    Node* fields(Node* base, const Name& name, std::uint32_t from);
    Node* local_value(Name& name, const Local& found);
    Node* nested_fields(Name& name, const Local& found);
    Node* special_value(Name& name);
    Node* updating(Call& call);
    Node* saved_errors(const Field& field);
    Node* deep_call_value(Call& call);
    Text name_of_member(const PackageUnit& package, const Routine& routine);
    std::string signature(const PackageUnit& package, const Routine& routine);
    Expr* as_parameter(Expr* value, TypeOf::Family given, const Parameter& parameter, const PackageUnit* of);
    static bool default_goes(const PackageUnit* package, const Routine& routine, std::uint32_t at);
    void assign_in_map(Expr* target, Expr* value, Span at, Body& out);
    Node* constructor_value(Call& call, Name& name);
    Node* element_value(Expr* collection, const Shape& shape, Expr* key);
    void tell_of_bounds(const Expr* key);
    bool may_be_column(Text name) const;
    [[nodiscard]] Shape shape_of_value(const Expr* value) { return shape_of(source_of(value)); }
    [[nodiscard]] Name* routine_name(const PackageUnit* package, const Routine& routine, Span at);
    struct Callee {
        const Routine* routine = nullptr;
        const PackageUnit* package = nullptr;
        const Local* local = nullptr;  ///< of a nested routine
    };
    Callee callee_of(const Expr* callee, const Call* call = nullptr, bool procedure = false);
    void arguments(Call& call, const Callee& callee);
    std::vector<std::pair<Expr*, Text>> given_back(Call& call, const Callee& callee);
    Node* answer_of(Call& call, const std::vector<std::pair<Expr*, Text>>& targets);
    std::map<Text, List<Expr*>> cursor_defaults_;  ///< of the parameters of cursors; nullptr: none
    bool makes_elements_ = false;  ///< the part of a collection that is read is about to be changed
    Body* before_ = nullptr;       ///< what must run before the present statement; nullptr: nothing can
    void plain_defaults(Call& call, const Callee& callee);
    void lifted_call(Call& call, const Local& nested);

    // --- code_declarations.cpp ---
    void parameters(List<Parameter*>& list);
    void declarations(Block& block);
    Declaration* declaration(Declaration& declared);
    void variable(Variable& declared);
    void cursor(Cursor& declared);
    void pragma(const Pragma& declared);
    void nested(Routine& routine);
    std::vector<Text> captures(Routine& routine);
    std::map<const Routine*, std::vector<Text>> captures_;
    std::map<const Routine*, std::set<Text>> changes_;  ///< of the captured ones those it changes

    // --- code_statements.cpp ---
    Body statements(const Body& list);
    void statement(CodeStatement* each, Body& out);
    void statement_of_kind(CodeStatement* each, Body& out);
    void block(Block& block);
    void assign(Expr* target, Expr* value, Span at, Body& out);
    void assignment(Assignment& each, Body& out);
    void call_statement(CallStatement& each, Body& out);
    Expr* with_root(Expr* target, const PackageUnit& package, Text variable, Text with);
    Call* map_within(Expr* target);
    bool collection_call(Name& base, const Shape& shape, Text method, Expr* first, Expr* second, Span at,
                         Body& out);
    void application_error(Expr* number, Expr* message, Span at, Body& out);
    Block* cursor_loop(Loop& each);
    bool pack_call(const CallStatement& each, const Name& name, Call* call, Body& out);
    std::vector<std::pair<Expr*, Text>> pack_arguments(const Name& name, Call& call, Call& made);
    DataType* plain_type(const PackageUnit& package, const Variable& declared);
    void hoist_subqueries(Call& call, const Callee& callee, Body& out);
    bool built_in_call(CallStatement& each, Body& out);
    void call_routine(CallStatement& each, Call& call, const Callee& callee, Body& out);
    void loop(Loop& each, Body& out);
    void return_(Return& each, Body& out);
    void raise(Raise& each, Body& out);
    void transaction(TransactionStatement& each, Body& out);
    Text temporary(std::string_view purpose, DataType* type);
    void take_out(CodeStatement& each, int code, std::string_view why, Body& out);

    // --- code_sql.cpp ---
    void sql_statement(SqlStatement& each, Body& out);
    void execute_immediate(ExecuteImmediate& each, Body& out);
    void for_all(ForAll& each, Body& out);
    void bulk_collect(SqlStatement& each, Query& query, Select& select, Body& out);
    void into_targets(List<Expr*>& into, Body& after);
    void count_rows(Body& out, Span at);
    Expr* with_parts(Text text, const std::vector<Expr*>& parts, Span at);
    Expr* text_just_assigned(const Expr* variable, const Body& out);
    bool known_text(Expr*& text, Span at, std::uint32_t binds);
    Expr* with_numbered_binds(Expr* text, std::uint32_t count);
    void saving_errors(Loop& loop, const ForAll& each, Body& out);
    void record_change(Node* sql);

    // --- code_cursors.cpp ---
    void open(OpenCursor& each, Body& out);
    void give_defaults(Text cursor, List<Argument*>& given);
    Expr* adopted(Expr* cursor);
    void with_defaults(Loop& each, Name& cursor);
    void fetch(Fetch& each, Body& out);
    Node* attribute_value(Attribute& attribute);
    void fetch_bulk(Fetch& each, Body& out);
    void adopt_cursor(const Cursor& declared, const PackageUnit& package);
    void note_fetch(const Expr* cursor, Body& out, Span at);
    [[nodiscard]] Name* cursor_variable(const Expr* cursor, std::string_view what, Span at);
    std::set<std::string> cursor_variables_;   ///< that the present routine declares
    std::set<std::string> cursor_attributes_;  ///< cursor%what that it asks for

    // --- code_handlers.cpp ---
    void handlers(Block& block);
    void keep_changes(Block& block);
    Body guarded(const Body& statements, const Block& of, Text label);
    bool guard_within(CodeStatement& each, const Block& of, Text label);
    Block* guard(const Body& group, const Block& of, Text label);
    void leave_transaction(Node& statement);
    static Text savepoint_of(const Block& block);
    void tell_other_handlers(const Block& block, Text savepoint);
    Body with_savepoints(const Body& list);
    Block* savepoint_region(const Body& list, std::uint32_t from, std::uint32_t to);
    Text savepoint_;                 ///< that the handlers of the present block roll back to
    std::set<const Node*> undoing_;  ///< blocks whose handlers mean to undo what the block did
    bool autonomous_ = false;        ///< PRAGMA AUTONOMOUS_TRANSACTION
    bool rolls_back_ = false;        ///< the autonomous transaction does

    // --- code_exceptions.cpp ---
    struct Condition {
        std::vector<Text> names;   ///< conditions of PostgreSQL's
        std::vector<Text> states;  ///< SQLSTATEs
        std::string message;       ///< SQLERRM of Oracle's
    };
    Condition condition_of(const Name& exception);
    std::string state_of(Text package, Text exception);
    static std::string state_of_code(Text digits);
    Raise* raise_state(Span at, Text state, Expr* message);

    Make make(Span at) { return Make{context_.tree, at}; }
    [[nodiscard]] Tree& tree() { return context_.tree; }
    /// The schema of what is lifted out of the present unit.
    [[nodiscard]] Text home() const { return package_ == nullptr ? owner_ : package_->name; }

    LowerContext& context_;
    const CodeIndex& index_;
    const PackageUnit* package_;
    Text owner_;
    std::vector<Local> locals_;
    std::vector<std::pair<Text, std::string>> exception_states_;  ///< EXCEPTION_INIT: name, SQLSTATE
    struct Frame {
        std::vector<const TableRef*> sources;
    };
    std::vector<Frame> frames_;   ///< the queries around the present place
    Routine* routine_ = nullptr;  ///< the present one, as what follows
    Block* top_ = nullptr;        ///< its block: temporaries are declared there
    std::string path_;            ///< its name, for what is lifted out of it
    unsigned depth_ = 0, types_open_ = 0;
    unsigned handlers_ = 0;  ///< how many handlers are around the present place
    unsigned temporaries_ = 0;
    bool told_of_bounds_ = false;
    List<Declaration*> temporaries_declared_;
    bool counts_rows_ = false;  ///< uses SQL%ROWCOUNT or its kin
    Text result_;               ///< the OUT parameter that holds the result of a function with OUT parameters
    Text trigger_return_;       ///< what RETURN becomes in a trigger's function
    const CreateTrigger* trigger_ = nullptr;
};

}  // namespace landfall::convert
