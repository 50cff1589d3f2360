// Declaration parts: what stays in DECLARE, what becomes an object of the schema, what goes.
#include "engines/convert/lower/code_lowering.hpp"

namespace landfall::convert {

/// Also puts an order into defaults that PostgreSQL asks for: behind a default only defaults.
void CodeLowering::parameters(List<Parameter*>& list) {
    bool defaults = false;
    std::uint32_t at = 0;
    for (Parameter* each : list) {
        if (routine_ != nullptr && depth_ == 0 && default_goes(package_, *routine_, at++))
            each->default_value = nullptr;
        declare(each->name.name, each, each->type);
        type(each->type, true);
        locals_.back().type = each->type;
        each->no_copy = false;
        value(each->default_value);
        if (each->default_value != nullptr && each->mode == Parameter::Mode::in) defaults = true;
        if (!defaults || each->default_value != nullptr) continue;
        if (routine_ != nullptr && routine_->what == Routine::What::function &&
            each->mode == Parameter::Mode::out)
            continue;
        if (each->mode == Parameter::Mode::out) each->mode = Parameter::Mode::in_out;
        each->default_value = make(each->span).null();
    }
}

void CodeLowering::declarations(Block& block) {
    List<Declaration*> kept;
    for (Declaration* each : block.declarations) {  // routines may be called before they are declared
        auto* routine = as<Routine>(static_cast<Node*>(each));
        if (routine == nullptr || routine->body == nullptr) continue;
        locals_.push_back({.name = routine->name.name, .declared = routine, .routine = depth_});
        locals_.back().renamed = make(each->span).keep(path_ + "$" + std::string{routine->name.name});
    }
    for (Declaration* each : block.declarations) {
        if (Declaration* stays = declaration(*each)) tree().add(kept, stays);
    }
    block.declarations = kept;
}

/// nullptr: it does not stay.
Declaration* CodeLowering::declaration(Declaration& declared) {
    switch (declared.kind) {
        case Kind::variable: variable(*as<Variable>(static_cast<Node*>(&declared))); return &declared;
        case Kind::cursor: {
            auto& made = *as<Cursor>(static_cast<Node*>(&declared));
            cursor(made);
            return made.query == nullptr ? nullptr : &declared;
        }
        case Kind::type_declaration: {
            auto& made = *as<TypeDeclaration>(static_cast<Node*>(&declared));
            locals_.push_back({.name = made.name.name, .declared = &made, .routine = depth_});
            hoist_type(made, make(made.span).keep(path_));
            return nullptr;
        }
        case Kind::exception_name:
            locals_.push_back({.name = declared.name.name, .declared = &declared, .routine = depth_});
            return nullptr;
        case Kind::pragma: pragma(*as<Pragma>(static_cast<Node*>(&declared))); return nullptr;
        case Kind::routine: {
            auto& made = *as<Routine>(static_cast<Node*>(&declared));
            if (made.body != nullptr) nested(made);
            return nullptr;
        }
        default: return &declared;
    }
}

void CodeLowering::variable(Variable& declared) {
    value(declared.value);
    declare(declared.name.name, &declared, declared.type);
    const Shape shape = locals_.back().shape;
    type(declared.type);
    locals_.back().type = declared.type;
    if (declared.value == nullptr && shape.what == Shape::What::map)
        declared.value = make(declared.span).splice("'{}'", {});
    if (declared.not_null && declared.value == nullptr) declared.not_null = false;
}

void CodeLowering::cursor(Cursor& declared) {
    locals_.push_back({.name = declared.name.name,
                       .declared = &declared,
                       .shape = {.what = Shape::What::cursor},
                       .routine = depth_});
    const std::size_t mark = locals_.size();
    List<Expr*> defaults;
    for (Parameter* each : declared.parameters) {
        declare(each->name.name, each, each->type);
        type(each->type, true);
        value(each->default_value);
        tree().add(defaults, std::exchange(each->default_value, nullptr));
        each->mode = Parameter::Mode::in;
    }
    cursor_defaults_[declared.name.name] = defaults;
    declared.returns = nullptr;
    value(declared.query);
    locals_.resize(mark);
}

void CodeLowering::pragma(const Pragma& declared) {
    if (declared.what == "EXCEPTION_INIT" && declared.arguments.size() == 2) {
        const auto* exception = as<Name>(declared.arguments[0]);
        const auto* negated = as<Unary>(declared.arguments[1]);
        const auto* number = as<Literal>(negated != nullptr ? negated->operand : declared.arguments[1]);
        if (exception == nullptr || number == nullptr || exception->parts.empty()) return;
        exception_states_.emplace_back(exception->parts.back().name, state_of_code(number->text));
    } else if (declared.what == "AUTONOMOUS_TRANSACTION") {
        autonomous_ = true;
        context_.add_finding(5663, Complexity::complex, declared.span,
                             "the autonomous transaction runs within that of its caller, which ends it");
    }
}

// --- nested routines: lambda lifting ---

namespace {

void collect_names(Node& node, std::set<Text>& used, std::set<Text>& own) {
    walk(node, [&](Node& each) {
        if (const auto* name = as<Name>(&each); name != nullptr && !name->parts.empty())
            used.insert(name->parts[0].name);
        if (const auto* parameter = as<Parameter>(&each)) own.insert(parameter->name.name);
        if (const auto* variable = as<Variable>(&each)) own.insert(variable->name.name);
        if (const auto* cursor = as<Cursor>(&each)) own.insert(cursor->name.name);
        if (const auto* loop = as<Loop>(&each)) own.insert(loop->variable.name);
        return true;
    });
}

Text root_name(const Node* target) {
    while (target != nullptr) {
        if (const auto* name = as<Name>(target)) return name->parts.empty() ? Text{} : name->parts[0].name;
        if (const auto* field = as<Field>(target))
            target = field->base;
        else if (const auto* call = as<Call>(target))
            target = call->callee;
        else
            return {};
    }
    return {};
}

/// Names that a body may write: targets, and whatever it hands to calls.
std::set<Text> written_names(Node& body) {
    std::set<Text> written;
    walk(body, [&](Node& each) {
        const auto add_all = [&](const List<Expr*>& targets) {
            for (const Expr* target : targets) written.insert(root_name(target));
        };
        if (const auto* assignment = as<Assignment>(&each)) written.insert(root_name(assignment->target));
        if (const auto* select = as<Select>(&each)) add_all(select->into);
        if (const auto* returning = as<Returning>(&each)) add_all(returning->into);
        if (const auto* fetch = as<Fetch>(&each)) add_all(fetch->into);
        if (const auto* dynamic = as<ExecuteImmediate>(&each)) add_all(dynamic->into);
        if (const auto* statement = as<CallStatement>(&each)) {
            written.insert(root_name(statement->call));
            if (const auto* call = as<Call>(statement->call)) {
                for (const Argument* argument : call->arguments) written.insert(root_name(argument->value));
            }
        }
        return true;
    });
    return written;
}

}  // namespace

/// The variables of the routines around that `routine` uses, by itself and by the nested routines it calls.
std::vector<Text> CodeLowering::captures(Routine& routine) {
    if (const auto known = captures_.find(&routine); known != captures_.end()) return known->second;
    std::set<Text> used, own, seen{routine.name.name};
    std::set<Text> written = written_names(routine);
    collect_names(routine, used, own);
    for (bool grows = true; grows;) {
        grows = false;
        for (const Text name : std::set<Text>{used}) {
            const Local* found = own.contains(name) ? nullptr : local(name);
            auto* called = found == nullptr ? nullptr : as<Routine>(found->declared);
            if (called == nullptr || called->body == nullptr || !seen.insert(name).second) continue;
            std::set<Text> theirs;
            collect_names(*called, used, theirs);
            written.merge(written_names(*called));
            grows = true;
        }
    }
    std::vector<Text> found;
    for (const Text name : used) {
        const Local* known = own.contains(name) ? nullptr : local(name);
        if (known == nullptr || known->routine > depth_) continue;
        const Kind kind = known->declared->kind;
        if (kind == Kind::variable || kind == Kind::parameter) found.push_back(name);
    }
    changes_[&routine] = written;
    captures_[&routine] = found;  // before the body is lowered: then its names are others
    return found;
}

/// A nested routine becomes one of the schema; what it uses of the routine around it becomes parameters.
void CodeLowering::nested(Routine& routine) {
    const Local* known = local(routine.name.name);
    if (known == nullptr) return;
    const Text lifted = known->renamed;
    const std::vector<Text> captured = captures(routine);
    const std::set<Text> written = changes_[&routine];
    Routine* inner = tree().make<Routine>(routine.span);
    *inner = routine;
    List<Parameter*> parameters_;
    for (const Text name : captured) {
        Parameter* made = tree().make<Parameter>(routine.span);
        made->name = {.name = name, .span = routine.span};
        made->type = clone_of(tree(), local(name)->type);
        if (made->type != nullptr && made->type->anchor == DataType::Anchor::rowtype)
            made->type->anchor = DataType::Anchor::none;
        if (written.contains(name)) made->mode = Parameter::Mode::in_out;
        tree().add(parameters_, made);
    }
    for (Parameter* each : routine.parameters) tree().add(parameters_, each);
    inner->parameters = parameters_;
    inner->name.name = lifted;
    CodeLowering below{context_, index_, package_};
    below.locals_ = locals_;
    below.captures_ = captures_;
    below.changes_ = changes_;
    below.exception_states_ = exception_states_;
    below.depth_ = depth_ + 1;
    below.trigger_ = nullptr;
    below.owner_ = owner_;
    CreateRoutine* made = below.routine(*inner, make(routine.span).name({home(), lifted}));
    for (Statement* each : below.emitted) emitted.push_back(each);
    emitted.push_back(made);
}

void CodeLowering::lifted_call(Call& call, const Local& nested) {
    const Make build = make(call.span);
    List<Argument*> all;
    for (const Text name : captures(*as<Routine>(nested.declared))) {
        auto* argument = tree().make<Argument>(call.span);
        argument->value = build.name({name});
        tree().add(all, argument);
    }
    for (Argument* each : call.arguments) tree().add(all, each);
    call.arguments = all;
    call.callee = build.name({home(), nested.renamed});
}

}  // namespace landfall::convert
