// PL/SQL: what blocks declare, and the statements within.
#include "engines/convert/meaning/base_types.hpp"
#include "engines/convert/meaning/bind_walk.hpp"

namespace landfall::convert {
namespace {

using Family = TypeOf::Family;
using What = Symbol::What;

[[nodiscard]] What what_of(const Routine& routine) {
    if (routine.member != Routine::Member::none || routine.what == Routine::What::constructor)
        return What::method;
    return routine.what == Routine::What::function ? What::function : What::procedure;
}

}  // namespace

Symbol* Binder::declare(Symbol::What what, const Identifier& name, const TypeOf* type, const Node* declared) {
    Symbol made;
    made.what = what;
    made.name = name.name;
    made.type = type;
    made.declared = declared;
    made.routine = routine_;
    Symbol* symbol = make_symbol(made);
    blocks_.declare(symbol);
    return symbol;
}

void Binder::declarations(const List<Declaration*>& list) {
    for (Declaration* each : list) declaration(*each);
    for (Declaration* each : list) {
        if (auto* made = as<Routine>(static_cast<Node*>(each)); made != nullptr) routine_body(*made);
    }
}

void Binder::declaration(Declaration& declaration) {
    switch (declaration.kind) {
        case Kind::variable: {
            auto& variable = static_cast<Variable&>(declaration);
            expression(variable.value);
            const TypeOf* type = resolve(variable.type);
            declare(variable.constant ? What::constant : What::variable, variable.name, type, &variable);
            break;
        }
        case Kind::cursor: {
            auto& made = static_cast<Cursor&>(declaration);
            cursor(made, declare(What::cursor, made.name, nullptr, &made));
            break;
        }
        case Kind::exception_name: declare(What::exception, declaration.name, nullptr, &declaration); break;
        case Kind::pragma: pragma(static_cast<Pragma&>(declaration)); break;
        case Kind::type_declaration: {
            auto& made = static_cast<TypeDeclaration&>(declaration);
            TypeOf placeholder;
            placeholder.name = made.name.name;
            placeholder.declared = &made;
            TypeOf* type = tree_.make_value(placeholder);
            Symbol* symbol = declare(What::type, made.name, type, &made);
            symbol->type = declared_type(made, type);
            expression(made.limit);
            break;
        }
        case Kind::routine: declare_routine(static_cast<Routine&>(declaration)); break;
        default: break;
    }
}

void Binder::pragma(const Pragma& pragma) {
    if (pragma.what != "EXCEPTION_INIT" || pragma.arguments.empty()) return;
    if (auto* name = as<Name>(static_cast<Node*>(pragma.arguments[0])); name != nullptr) exception(*name);
}

void Binder::cursor(Cursor& cursor, Symbol* symbol) {
    blocks_.enter();
    for (Parameter* each : cursor.parameters) {
        expression(each->default_value);
        declare(What::parameter, each->name, resolve(each->type), each);
    }
    std::vector<QueryScope> hidden;
    queries_.swap(hidden);
    OutColumns out;
    if (cursor.query != nullptr) out = query(*cursor.query);
    queries_.swap(hidden);
    blocks_.leave();
    const TypeOf* row = resolve(cursor.returns);
    TypeOf made;
    made.family = Family::ref_cursor;
    made.declared = &cursor;
    made.name = cursor.name.name;
    made.element = row != nullptr ? row : cursor.query == nullptr ? nullptr : row_type(out, &cursor, {});
    symbol->type = tree_.make_value(made);
}

void Binder::signature(Routine& routine) {
    for (Parameter* each : routine.parameters) resolve(each->type);
    resolve(routine.returns);
}

void Binder::declare_routine(Routine& routine) {
    signature(routine);
    const TypeOf* type = routine.returns == nullptr ? nullptr : routine.returns->type;
    if (auto* list = blocks_.find(routine.name.name); list != nullptr && routine.body != nullptr) {
        // The definition of what was declared before: one symbol, which now has a body.
        for (BlockScopes::Declared& each : *list) {
            const auto* before = as<Routine>(each.symbol->declared);
            const bool same = each.scope == blocks_.present() && before != nullptr &&
                              before->body == nullptr && before->what == routine.what &&
                              before->parameters.size() == routine.parameters.size();
            if (!same) continue;
            Symbol made = *each.symbol;
            made.declared = &routine;
            made.type = type;
            each.symbol = make_symbol(made);
            return;
        }
    }
    declare(what_of(routine), routine.name, type, &routine);
}

void Binder::parameters(const Routine& routine) {
    for (Parameter* each : routine.parameters) {
        expression(each->default_value);
        declare(What::parameter, each->name, each->type == nullptr ? nullptr : each->type->type, each);
    }
}

void Binder::routine(Routine& made) {
    signature(made);
    routine_body(made);
}

void Binder::routine_body(Routine& routine) {
    const Routine* outer = routine_;
    // The routine's name names its scope: p.variable.
    Symbol named;
    named.what = What::label;
    named.name = routine.name.name;
    named.declared = &routine;
    blocks_.enter();
    blocks_.declare(make_symbol(named), blocks_.next());
    blocks_.enter();
    routine_ = &routine;
    const bool of_object =
        routine.member != Routine::Member::none || routine.what == Routine::What::constructor;
    const bool has_self = of_object && routine.member != Routine::Member::static_ && owner_ != nullptr &&
                          owner_->type != nullptr;
    if (has_self) {
        Identifier self;
        self.name = "self";
        declare(What::parameter, self, owner_->type, nullptr);
    }
    parameters(routine);
    if (routine.body != nullptr) block_parts(*routine.body);
    routine_ = outer;
    blocks_.leave();
    blocks_.leave();
}

void Binder::block(Block& block) {
    blocks_.enter();
    const std::uint32_t inner = blocks_.next();
    for (const Identifier& label : block.labels) {
        Symbol made;
        made.what = What::label;
        made.name = label.name;
        made.declared = &block;
        blocks_.declare(make_symbol(made), inner);
    }
    blocks_.enter();
    block_parts(block);
    blocks_.leave();
    blocks_.leave();
}

void Binder::block_parts(Block& block) {
    declarations(block.declarations);
    statements(block.body);
    handlers(block.handlers);
}

void Binder::handlers(const List<WhenException*>& handlers) {
    for (WhenException* each : handlers) {
        for (Name* name : each->exceptions) exception(*name);
        statements(each->body);
    }
}

void Binder::statements(const List<CodeStatement*>& list) {
    for (CodeStatement* each : list) code(*each);
}

void Binder::branches(const List<IfBranch*>& branches) {
    for (IfBranch* each : branches) {
        expression(each->condition);
        statements(each->body);
    }
}

void Binder::code(CodeStatement& statement) {
    switch (statement.kind) {
        case Kind::block: block(static_cast<Block&>(statement)); break;
        case Kind::assignment: {
            auto& assignment = static_cast<Assignment&>(statement);
            expression(assignment.target);
            expression(assignment.value);
            break;
        }
        case Kind::call_statement: call_statement(static_cast<CallStatement&>(statement)); break;
        case Kind::if_: branches(static_cast<If&>(statement).branches); break;
        case Kind::case_statement:
            expression(static_cast<CaseStatement&>(statement).operand);
            branches(static_cast<CaseStatement&>(statement).branches);
            break;
        case Kind::loop: loop(static_cast<Loop&>(statement)); break;
        case Kind::jump: expression(static_cast<Jump&>(statement).condition); break;
        case Kind::return_: expression(static_cast<Return&>(statement).value); break;
        case Kind::raise: {
            auto& raise = static_cast<Raise&>(statement);
            if (raise.exception != nullptr) exception(*raise.exception);
            break;
        }
        case Kind::sql_statement:
            if (static_cast<SqlStatement&>(statement).sql != nullptr)
                sql(*static_cast<SqlStatement&>(statement).sql);
            break;
        case Kind::for_all: for_all(static_cast<ForAll&>(statement)); break;
        default: code_of_cursors(statement); break;
    }
}

void Binder::code_of_cursors(CodeStatement& statement) {
    switch (statement.kind) {
        case Kind::open_cursor: {
            auto& open = static_cast<OpenCursor&>(statement);
            expression(open.cursor);
            arguments(open.arguments);
            if (open.query != nullptr) query(*open.query);
            expression(open.text);
            expressions(open.bindings);
            break;
        }
        case Kind::fetch: {
            auto& fetch = static_cast<Fetch&>(statement);
            expression(fetch.cursor);
            expressions(fetch.into);
            expression(fetch.limit);
            break;
        }
        case Kind::close_cursor: expression(static_cast<CloseCursor&>(statement).cursor); break;
        case Kind::execute_immediate: {
            auto& execute = static_cast<ExecuteImmediate&>(statement);
            expression(execute.text);
            expressions(execute.into);
            expressions(execute.bindings);
            expressions(execute.returning_into);
            break;
        }
        default: any_children(statement); break;
    }
}

void Binder::loop(Loop& loop) {
    expression(loop.condition);
    expression(loop.low);
    expression(loop.high);
    expression(loop.step);
    const TypeOf* row = nullptr;
    if (loop.query != nullptr) {
        row = row_type(query(*loop.query), &loop, {});
    } else if (loop.cursor != nullptr) {
        const TypeOf* type = expression(loop.cursor);
        const bool typed = type != nullptr && type->family == Family::ref_cursor;
        row = typed ? type->element : nullptr;
    }
    blocks_.enter();
    const std::uint32_t inner = blocks_.next();
    for (const Identifier& label : loop.labels) {
        Symbol made;
        made.what = What::label;
        made.name = label.name;
        made.declared = &loop;
        blocks_.declare(make_symbol(made), inner);
    }
    blocks_.enter();
    if (!loop.variable.empty()) {
        const bool record = loop.what == Loop::What::cursor || loop.what == Loop::What::query;
        declare(record ? What::loop_record : What::loop_variable, loop.variable,
                record ? row : basic(Family::integer), &loop);
    }
    statements(loop.body);
    blocks_.leave();
    blocks_.leave();
}

void Binder::for_all(ForAll& statement) {
    expression(statement.low);
    expression(statement.high);
    expression(statement.collection);
    blocks_.enter();
    declare(What::loop_variable, statement.variable, basic(Family::integer), &statement);
    if (statement.statement != nullptr) code(*statement.statement);
    blocks_.leave();
}

void Binder::call_statement(CallStatement& statement) {
    Node* node = statement.call;
    if (auto* plain = as<Name>(node); plain != nullptr) {
        name(*plain, Want::procedure, nullptr);
        return;
    }
    auto* made = as<Call>(node);
    auto* callee = made == nullptr ? nullptr : as<Name>(static_cast<Node*>(made->callee));
    if (callee == nullptr) {
        expression(statement.call);
        return;
    }
    arguments(made->arguments);
    name(*callee, Want::procedure, &made->arguments);
}

void Binder::sql(Node& node) {
    if (auto* made = as<Query>(&node); made != nullptr) {
        query(*made);
    } else {
        change(node);
    }
}

}  // namespace landfall::convert
