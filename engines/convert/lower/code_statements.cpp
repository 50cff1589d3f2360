// Statements: blocks, assignments, calls, loops, RETURN, transactions.
#include "engines/convert/lower/code_lowering.hpp"

#include <array>

#include "engines/convert/lower/supplied_packages.hpp"

namespace landfall::convert {

List<CodeStatement*> CodeLowering::statements(const Body& list) {
    Body out;
    for (CodeStatement* each : with_savepoints(list)) statement(each, out);
    return out;
}

/// The statement stays in the source as a comment, with a finding.
void CodeLowering::take_out(CodeStatement& each, int code, std::string_view why, Body& out) {
    auto* raw = tree().make<RawCode>(each.span);
    raw->text = each.span.of(context_.script.text);
    raw->labels = each.labels;
    context_.add_finding(code, Complexity::complex, each.span, why);
    tree().add(out, raw);
}

Text CodeLowering::temporary(std::string_view purpose, DataType* type) {
    const Text name = make({}).keep(std::string{purpose} + "$" + std::to_string(++temporaries_));
    if (top_ != nullptr) tree().add(temporaries_declared_, make({}).variable(name, type, nullptr));
    return name;
}

/// What a value needs done first stands before the statement: not where a value is asked for again, or only
/// if something else holds.
void CodeLowering::statement(CodeStatement* each, Body& out) {
    const bool once = each->kind == Kind::assignment || each->kind == Kind::call_statement ||
                      each->kind == Kind::return_ || each->kind == Kind::if_ ||
                      each->kind == Kind::case_statement;
    Body* const outer = std::exchange(before_, once ? &out : nullptr);
    statement_of_kind(each, out);
    before_ = outer;
}

void CodeLowering::statement_of_kind(CodeStatement* each, Body& out) {
    Node* node = each;
    switch (each->kind) {
        case Kind::block: block(*as<Block>(node)); break;
        case Kind::assignment: return assignment(*as<Assignment>(node), out);
        case Kind::call_statement: return call_statement(*as<CallStatement>(node), out);
        case Kind::if_:
            for (IfBranch* branch : as<If>(node)->branches) {
                value(branch->condition);
                before_ = nullptr;
                branch->body = statements(branch->body);
            }
            break;
        case Kind::case_statement: {
            auto& made = *as<CaseStatement>(node);
            value(made.operand);
            before_ = nullptr;
            for (IfBranch* branch : made.branches) {
                value(branch->condition);
                branch->body = statements(branch->body);
            }
            break;
        }
        case Kind::loop: return loop(*as<Loop>(node), out);
        case Kind::jump: {
            auto& jump = *as<Jump>(node);
            if (jump.what == Jump::What::goto_) return take_out(*each, 5335, "GOTO", out);
            value(jump.condition);
            break;
        }
        case Kind::return_: return return_(*as<Return>(node), out);
        case Kind::raise: return raise(*as<Raise>(node), out);
        case Kind::sql_statement: return sql_statement(*as<SqlStatement>(node), out);
        case Kind::spliced_code:
            if (counts_rows_ && as<SplicedCode>(node)->pieces[0].starts_with("WITH ")) {
                context_.add_finding(9217, Complexity::medium, node->span,
                                     "only the rows of the last table are counted");
                values(node);
                tree().add(out, static_cast<CodeStatement*>(node));
                return count_rows(out, node->span);
            }
            break;
        case Kind::transaction_statement: return transaction(*as<TransactionStatement>(node), out);
        case Kind::execute_immediate: return execute_immediate(*as<ExecuteImmediate>(node), out);
        case Kind::open_cursor: return open(*as<OpenCursor>(node), out);
        case Kind::fetch: return fetch(*as<Fetch>(node), out);
        case Kind::close_cursor: {
            auto& close = *as<CloseCursor>(node);
            close.cursor = adopted(close.cursor);
            value(close.cursor);
            break;
        }
        case Kind::for_all: return for_all(*as<ForAll>(node), out);
        default: break;
    }
    tree().add(out, each);
}

void CodeLowering::block(Block& block) {
    const std::size_t mark = locals_.size();
    const List<Declaration*> outer = temporaries_declared_;
    temporaries_declared_ = {};
    Block* outer_top = std::exchange(top_, &block);
    declarations(block);
    const Text own = savepoint_of(block);
    if (!own.empty()) tell_other_handlers(block, own);
    const Text outer_savepoint = own.empty() ? savepoint_ : std::exchange(savepoint_, own);
    block.body = statements(block.body);
    handlers(block);
    savepoint_ = outer_savepoint;
    for (Declaration* each : temporaries_declared_) tree().add(block.declarations, each);
    block.has_declare = !block.declarations.empty();
    temporaries_declared_ = outer;
    top_ = outer_top;
    locals_.resize(mark);
}

// --- assignments ---

Expr* CodeLowering::lvalue(Expr* target) {
    if (auto* field = as<Field>(target)) {
        if (field->base->kind == Kind::bind_variable) return static_cast<Expr*>(field_value(*field));
        field->base = lvalue(field->base);
        return field;
    }
    if (auto* call = as<Call>(target)) {
        const Shape shape = shape_of_value(call->callee);
        if (shape.what != Shape::What::array || call->arguments.size() != 1) return target;
        auto* index = tree().make<Index>(target->span);
        value(call->arguments[0]->value);
        index->base = lvalue(call->callee);
        tree().add(index->subscripts, call->arguments[0]->value);
        return index;
    }
    if (auto* name = as<Name>(target)) {
        if (const Local* found = local(name->parts[0].name))
            return static_cast<Expr*>(local_value(*name, *found));
        if (trigger_ != nullptr && name->parts.size() > 1) {
            if (Node* special = special_value(*name)) return static_cast<Expr*>(special);
        }
    }
    return target;
}

/// The package whose variable `target` is a part of; nullptr: it is none.
const PackageUnit* CodeLowering::package_of_root(const Expr* target, Text& variable) {
    while (true) {
        if (const auto* field = as<Field>(target))
            target = field->base;
        else if (const auto* call = as<Call>(target))
            target = call->callee;
        else
            break;
    }
    const auto* name = as<Name>(target);
    if (name == nullptr || name->parts.empty() || local(name->parts[0].name) != nullptr) return nullptr;
    if (package_ != nullptr && as<Variable>(package_->member(name->parts[0].name)) != nullptr) {
        variable = name->parts[0].name;
        return package_;
    }
    for (std::uint32_t i = 0; i + 1 < name->parts.size(); ++i) {
        const PackageUnit* package = index_.package(name->parts[i].name);
        if (package == nullptr || as<Variable>(package->member(name->parts[i + 1].name)) == nullptr) continue;
        variable = name->parts[i + 1].name;
        return package;
    }
    return nullptr;
}

/// `with` takes the place of the package's variable at the root of `target`.
Expr* CodeLowering::with_root(Expr* target, const PackageUnit& package, Text variable, Text with) {
    if (auto* field = as<Field>(target)) {
        field->base = with_root(field->base, package, variable, with);
        return field;
    }
    if (auto* call = as<Call>(target)) {
        call->callee = with_root(call->callee, package, variable, with);
        return call;
    }
    auto& name = *as<Name>(target);
    Name* made = make(target->span).name({with});
    std::uint32_t at = 0;
    while (at < name.parts.size() && name.parts[at].name != variable) ++at;
    for (++at; at < name.parts.size(); ++at) tree().add(made->parts, name.parts[at]);
    (void)package;
    return made;
}

/// Is there a map on the way to what `target` names?
Call* CodeLowering::map_within(Expr* target) {
    while (target != nullptr) {
        if (auto* field = as<Field>(target)) {
            target = field->base;
        } else if (auto* call = as<Call>(target)) {
            if (shape_of_value(call->callee).what == Shape::What::map) return call;
            target = call->callee;
        } else {
            return nullptr;
        }
    }
    return nullptr;
}

/// The type of a package's variable as SQL names it.
DataType* CodeLowering::plain_type(const PackageUnit& package, const Variable& declared) {
    DataType* kept = clone_of(tree(), declared.type);
    const PackageUnit* own = std::exchange(package_, &package);
    type(kept);
    package_ = own;
    if (kept->anchor == DataType::Anchor::rowtype) kept->anchor = DataType::Anchor::none;
    return kept;
}

namespace {

/// A variable of one of Oracle's packages: the runtime pack lacks it, and the expression's pass has put the
/// call that fails in its place; nullptr: it is none.
Expr* unsupported_root(Expr* target) {
    while (target != nullptr) {
        if (auto* field = as<Field>(target))
            target = field->base;
        else if (auto* call = as<Call>(target))
            target = call->callee;
        else
            break;
    }
    const auto* spliced = as<Spliced>(target);
    const bool fails = spliced != nullptr && !spliced->pieces.empty() &&
                       spliced->pieces[0].starts_with("oracle_ext.unsupported(");
    return fails ? target : nullptr;
}

}  // namespace

/// `value_` is lowered, `target` is not.
void CodeLowering::assign(Expr* target, Expr* value_, Span at, Body& out) {
    const Make build = make(at);
    if (Expr* fails = unsupported_root(target)) {
        tree().add(out, build.code("PERFORM @", {fails}));
        return;
    }
    Text variable_name;
    if (const PackageUnit* package = package_of_root(target, variable_name)) {
        const auto* declared = as<Variable>(package->member(variable_name));
        const Text setter = build.keep(std::string{variable_name} + "$set");
        const auto* name = as<Name>(target);
        if (name != nullptr && name->parts.back().name == variable_name) {
            const auto* literal = as<Literal>(value_);
            if (literal == nullptr || literal->what == Literal::What::number)
                value_ = build.splice("(@)::@", {value_, plain_type(*package, *declared)});
            tree().add(out, build.call_statement(build.call(build.name({package->name, setter}), {value_}),
                                                 CallStatement::How::perform));
            return;
        }
        DataType* kept = clone_of(tree(), declared->type);
        const PackageUnit* own = std::exchange(package_, package);
        const Shape shape = shape_of(declared->type);
        const DataType* source = clone_of(tree(), declared->type);
        type(kept);
        package_ = own;
        const Text held = temporary(variable_name, kept);
        locals_.push_back({.name = held,
                           .declared = build.variable(held, kept, nullptr),
                           .type = kept,
                           .source = source,
                           .shape = shape});
        tree().add(out, build.assign(build.name({held}),
                                     static_cast<Expr*>(package_value(*package, variable_name, at))));
        assign(with_root(target, *package, variable_name, held), value_, at, out);
        tree().add(out,
                   build.call_statement(build.call(build.name({package->name, setter}), {build.name({held})}),
                                        CallStatement::How::perform));
        return;
    }
    if (map_within(target) != nullptr) return assign_in_map(target, value_, at, out);
    tree().add(out, build.assign(lvalue(target), value_));
}

/// Of what lies within a map: the part around is read, changed and put back, from the inside out.
void CodeLowering::assign_in_map(Expr* target, Expr* value_, Span at, Body& out) {
    const Make build = make(at);
    auto* field = as<Field>(target);
    auto* call = as<Call>(target);
    Expr* around = field != nullptr ? field->base : call != nullptr ? call->callee : nullptr;
    if (around == nullptr || (call != nullptr && call->arguments.size() != 1)) {
        tree().add(out, build.assign(target, value_));
        return;
    }
    const Shape shape = shape_of_value(around);
    Expr* held = nullptr;
    const bool within = map_within(around) != nullptr;
    if (within) {
        DataType* kept = clone_of(tree(), source_of(around));
        type(kept);
        if (kept != nullptr && kept->anchor == DataType::Anchor::rowtype)
            kept->anchor = DataType::Anchor::none;
        const Text name = temporary("element", kept == nullptr ? build.type("jsonb") : kept);
        Expr* read = clone_of(tree(), around);
        const bool reads = std::exchange(makes_elements_, true);
        value(read);
        makes_elements_ = reads;
        tree().add(out, build.assign(build.name({name}), read));
        held = build.name({name});
    } else {
        held = lvalue(clone_of(tree(), around));
    }
    if (field != nullptr) {
        auto* part = tree().make<Field>(at);
        part->base = held;
        part->field = field->field;
        tree().add(out, build.assign(part, value_));
    } else {
        Expr* key = clone_of(tree(), call->arguments[0]->value);
        value(key);
        if (shape.what == Shape::What::map) {
            DataType* element =
                shape.element == nullptr ? build.type("text") : clone_of(tree(), shape.element);
            Expr* set = build.splice(
                "jsonb_set(coalesce(@, '{}'), ARRAY[(@)::text], coalesce(to_jsonb((@)::@), 'null'))",
                {clone_of(tree(), held), key, value_, element});
            tree().add(out, build.assign(held, set));
        } else {
            auto* index = tree().make<Index>(at);
            index->base = held;
            tree().add(index->subscripts, key);
            tree().add(out, build.assign(index, value_));
        }
    }
    if (within) assign(around, clone_of(tree(), held), at, out);
}

void CodeLowering::assignment(Assignment& each, Body& out) {
    const std::uint32_t before = out.size();
    value(each.value);
    assign(each.target, each.value, each.span, out);
    if (!each.labels.empty() && before < out.size()) out[before]->labels = each.labels;
}

// --- calls ---

void CodeLowering::call_statement(CallStatement& each, Body& out) {
    if (built_in_call(each, out)) return;
    auto* call = as<Call>(each.call);
    if (call == nullptr) {
        call = make(each.span).call(each.call, {});
        each.call = call;
    }
    const Callee callee = callee_of(call->callee, call, true);
    if (callee.routine != nullptr) return call_routine(each, *call, callee, out);
    for (Argument* argument : call->arguments) value(argument->value);
    each.how = CallStatement::How::call;
    tree().add(out, &each);
}

namespace {

/// Among numbers PostgreSQL converts to the wider by itself; 0: no number.
int width_of_number(Text type) {
    constexpr std::array<Text, 5> kByWidth{"smallint", "integer", "bigint", "numeric", "double precision"};
    const auto* const found = std::find(kByWidth.begin(), kByWidth.end(), type);
    return found == kByWidth.end() ? 0 : static_cast<int>(found - kByWidth.begin()) + 1;
}

/// Whether PostgreSQL finds a procedure whose parameter comes out, or in and out, with such a variable.
bool takes_argument(const DataType* parameter, const DataType* variable) {
    const auto is_plain = [](const DataType* type) {
        return type != nullptr && type->anchor == DataType::Anchor::none && type->dimensions == 0 &&
               type->name != nullptr && type->name->parts.size() == 1;
    };
    if (!is_plain(parameter) || !is_plain(variable)) return true;
    const int wanted = width_of_number(parameter->name->parts[0].name);
    const int given = width_of_number(variable->name->parts[0].name);
    return given <= wanted && (given > 0) == (wanted > 0);
}

}  // namespace

/// OUT arguments that are no plain variables, or of a type that PostgreSQL does not convert by itself, go by
/// way of temporaries.
void CodeLowering::call_routine(CallStatement& each, Call& call, const Callee& callee, Body& out) {
    each.how = callee.routine->what == Routine::What::procedure ? CallStatement::How::call
                                                                : CallStatement::How::perform;
    std::vector<std::pair<Expr*, Text>> back;
    std::uint32_t position = 0;
    for (Argument* argument : call.arguments) {
        const Parameter* parameter = nullptr;
        for (std::uint32_t i = 0; i < callee.routine->parameters.size(); ++i) {
            const Parameter* candidate = callee.routine->parameters[i];
            if (argument->name.empty() ? i == position : candidate->name.name == argument->name.name)
                parameter = candidate;
        }
        ++position;
        if (parameter == nullptr || parameter->mode == Parameter::Mode::in) continue;
        if (as<Spliced>(argument->value) != nullptr) continue;  // $1 of dynamic SQL
        const auto* name = as<Name>(argument->value);
        const Local* found =
            name != nullptr && name->parts.size() == 1 ? local(name->parts[0].name) : nullptr;
        DataType* kept = clone_of(tree(), parameter->type);
        const PackageUnit* own = std::exchange(package_, callee.package);
        type(kept);
        package_ = own;
        if (found != nullptr && takes_argument(kept, found->type)) continue;
        const Text held = temporary("argument", kept);
        if (parameter->mode == Parameter::Mode::in_out) {
            Expr* given = clone_of(tree(), argument->value);
            value(given);
            tree().add(out, make(each.span).assign(make(each.span).name({held}), given));
        }
        back.emplace_back(argument->value, held);
        argument->value = make(each.span).name({held});
        locals_.push_back(
            {.name = held, .declared = make(each.span).variable(held, kept, nullptr), .type = kept});
    }
    arguments(call, callee);
    if (each.how == CallStatement::How::call) hoist_subqueries(call, callee, out);
    tree().add(out, &each);
    for (const auto& [target, held] : back) assign(target, make(each.span).name({held}), each.span, out);
}

/// PostgreSQL takes no subquery in an argument of CALL.
void CodeLowering::hoist_subqueries(Call& call, const Callee& callee, Body& out) {
    for (std::uint32_t i = 0; i < call.arguments.size(); ++i) {
        Argument* argument = call.arguments[i];
        bool queries = false;
        walk(*argument->value, [&queries](Node& node) {
            if (node.kind == Kind::query) queries = true;
            if (const auto* spliced = as<Spliced>(&node)) {
                for (const Text piece : spliced->pieces)
                    queries = queries || piece.find("SELECT") != Text::npos;
            }
            return !queries;
        });
        if (!queries) continue;
        const Parameter* parameter = nullptr;
        const std::uint32_t lifted =
            call.arguments.size() >= callee.routine->parameters.size() && callee.local != nullptr
                ? call.arguments.size() - callee.routine->parameters.size()
                : 0;
        for (std::uint32_t k = 0; k < callee.routine->parameters.size(); ++k) {
            const Parameter* candidate = callee.routine->parameters[k];
            if (argument->name.empty() ? k + lifted == i : candidate->name.name == argument->name.name)
                parameter = candidate;
        }
        DataType* kept =
            parameter == nullptr ? make(call.span).type("text") : clone_of(tree(), parameter->type);
        const PackageUnit* own = std::exchange(package_, callee.package);
        type(kept, true);
        package_ = own;
        const Text held = temporary("argument", kept);
        tree().add(out, make(call.span).assign(make(call.span).name({held}), argument->value));
        argument->value = make(call.span).name({held});
    }
}

/// Methods of collections, RAISE_APPLICATION_ERROR, DBMS_OUTPUT; false: none of these.
bool CodeLowering::built_in_call(CallStatement& each, Body& out) {
    auto* call = as<Call>(each.call);
    auto* name = as<Name>(call == nullptr ? each.call : call->callee);
    if (name == nullptr || name->parts.empty()) return false;
    const auto argument = [&](std::uint32_t i) -> Expr* {
        return call != nullptr && i < call->arguments.size() ? call->arguments[i]->value : nullptr;
    };
    const Text last = name->parts.back().name;
    if (name->parts.size() == 1 && last == "raise_application_error" && argument(1) != nullptr) {
        application_error(argument(0), argument(1), each.span, out);
        return true;
    }
    if (name->parts.size() >= 2 && pack_call(each, *name, call, out)) return true;
    if (name->parts.size() < 2) return false;
    Name* base = tree().make<Name>(name->span);
    for (std::uint32_t i = 0; i + 1 < name->parts.size(); ++i) tree().add(base->parts, name->parts[i]);
    const Shape shape = shape_of_value(base);
    if (shape.what != Shape::What::array && shape.what != Shape::What::map) return false;
    return collection_call(*base, shape, last, argument(0), argument(1), each.span, out);
}

/// A procedure of one of Oracle's own packages: a function of the runtime pack, whose results are what the
/// procedure's OUT and IN OUT parameters get; false: none of these.
bool CodeLowering::pack_call(const CallStatement& each, const Name& name, Call* call, Body& out) {
    const Make build = make(each.span);
    const Text package = name.parts[name.parts.size() - 2].name;
    const bool of_pack = package == "oracle_ext";
    const std::string member =
        of_pack ? std::string{name.parts.back().name} : supplied_member(name, context_.catalog);
    if (member.empty()) return false;
    const bool known = of_pack || pack_has(member);
    Call* made = known ? build.call(build.name({"oracle_ext", build.keep(member)}), {})
                       : unsupported_call(name, context_);
    std::vector<std::pair<Expr*, Text>> targets;
    if (known && call != nullptr) targets = pack_arguments(name, *call, *made);
    if (targets.size() == 1) {
        assign(targets[0].first, made, each.span, out);
    } else if (targets.size() > 1) {
        const Text held = temporary("given", build.type("record"));
        tree().add(out, build.code("SELECT * INTO @ FROM @", {build.name({held}), made}));
        for (const auto& [target, field] : targets) assign(target, build.name({held, field}), each.span, out);
    } else {
        CallStatement* performed = build.call_statement(made, CallStatement::How::perform);
        performed->labels = each.labels;
        tree().add(out, performed);
    }
    return true;
}

/// Gives `made` the arguments that go in; what comes out, with the name of each result.
std::vector<std::pair<Expr*, Text>> CodeLowering::pack_arguments(const Name& name, Call& call, Call& made) {
    std::vector<std::pair<Expr*, Text>> targets;
    const PackageUnit* package = index_.package(name.parts[name.parts.size() - 2].name);
    const Routine* routine =
        package == nullptr || !package->supplied ? nullptr : package->routine(name.parts.back().name);
    std::uint32_t position = 0;
    for (Argument* argument : call.arguments) {
        const Parameter* parameter = nullptr;
        for (std::uint32_t i = 0; routine != nullptr && i < routine->parameters.size(); ++i) {
            const Parameter* candidate = routine->parameters[i];
            if (argument->name.empty() ? i == position : candidate->name.name == argument->name.name)
                parameter = candidate;
        }
        ++position;
        const auto mode = parameter == nullptr ? Parameter::Mode::in : parameter->mode;
        if (mode != Parameter::Mode::in)
            targets.emplace_back(clone_of(tree(), argument->value), parameter->name.name);
        if (mode == Parameter::Mode::out) continue;
        value(argument->value);
        tree().add(made.arguments, argument);
    }
    return targets;
}

/// EXTEND, TRIM, DELETE as an assignment to the collection; false: no such method.
bool CodeLowering::collection_call(Name& base, const Shape& shape, Text method, Expr* first, Expr* second,
                                   Span at, Body& out) {
    const Make build = make(at);
    Expr* read = clone_of(tree(), &base);
    value(read);
    value(first);
    value(second);
    Spliced* made = nullptr;
    if (shape.what == Shape::What::map) {
        if (method != "delete") return false;
        if (first == nullptr)
            made = build.splice("'{}'::jsonb", {});
        else if (second == nullptr)
            made = build.splice("@ - (@)::text", {read, first});
        else
            made = build.splice(
                "(SELECT coalesce(jsonb_object_agg(map$.key$, map$.value$), '{}') FROM jsonb_each(@) AS map$ "
                "(key$, value$) "
                "WHERE NOT " +
                    std::string{shape.text_key ? "map$.key$" : "map$.key$::bigint"} + " BETWEEN @ AND @)",
                {read, first, second});
    } else if (method == "delete") {
        if (first == nullptr) {
            made = build.splice("'{}'", {});
        } else {
            context_.add_finding(9106, Complexity::complex, at,
                                 "DELETE of an element leaves NULL in its place");
            auto* index = tree().make<Index>(at);
            index->base = read;
            tree().add(index->subscripts, first);
            tree().add(out, build.assign(index, build.null()));
            return true;
        }
    } else if (method == "extend") {
        if (second != nullptr) {
            made = build.splice("@ || array_fill((@)[@], ARRAY[(@)::integer])",
                                {read, clone_of(tree(), read), second, first});
        } else {
            made = build.splice("@ || array_fill(NULL::@, ARRAY[(@)::integer])",
                                {read, clone_of(tree(), shape.element),
                                 first == nullptr ? static_cast<Node*>(build.number("1")) : first});
        }
    } else if (method == "trim") {
        made = build.splice("trim_array(@, (@)::integer)",
                            {read, first == nullptr ? static_cast<Node*>(build.number("1")) : first});
    } else {
        return false;
    }
    assign(clone_of(tree(), &base), made, at, out);
    return true;
}

// --- loops and ends ---

void CodeLowering::loop(Loop& each, Body& out) {
    value(each.condition);
    value(each.low);
    value(each.high);
    value(each.step);
    if (each.what == Loop::What::numeric && each.reverse) std::swap(each.low, each.high);
    const std::size_t mark = locals_.size();
    Block* around = nullptr;
    if (each.what == Loop::What::query || each.what == Loop::What::cursor) {
        if (each.query != nullptr) value(each.query);
        if (each.cursor != nullptr) around = cursor_loop(each);
        if (around == nullptr && each.what == Loop::What::query) {
            around = tree().make<Block>(each.span);
            tree().add(around->declarations,
                       make(each.span).variable(each.variable.name, make(each.span).type("record"), nullptr));
            around->has_declare = true;
        }
    }
    auto* variable_ = make(each.span).variable(each.variable.name, nullptr, nullptr);
    if (!each.variable.empty())
        locals_.push_back({.name = each.variable.name, .declared = variable_, .routine = depth_ + 1});
    each.body = statements(each.body);
    locals_.resize(mark);
    if (around == nullptr) {
        tree().add(out, &each);
        return;
    }
    tree().add(around->body, &each);
    tree().add(out, around);
}

/// FOR r IN c(1): a cursor of this routine stays; a package's gives its query a place in a block around.
Block* CodeLowering::cursor_loop(Loop& each) {
    auto* call = as<Call>(each.cursor);
    auto* name = as<Name>(call == nullptr ? each.cursor : call->callee);
    if (call != nullptr) {
        for (Argument* argument : call->arguments) value(argument->value);
    }
    if (name == nullptr) return nullptr;
    const Local* found = name->parts.size() == 1 ? local(name->parts[0].name) : nullptr;
    const PackageUnit* package = package_;
    if (found == nullptr && name->parts.size() > 1)
        package = index_.package(name->parts[name->parts.size() - 2].name);
    const auto* outer = found != nullptr && found->routine < depth_
                            ? as<Cursor>(static_cast<const Node*>(found->declared))
                            : nullptr;
    const Cursor* declared = outer != nullptr ? outer
                             : found == nullptr && package != nullptr
                                 ? as<Cursor>(package->member(name->parts.back().name))
                                 : nullptr;
    if (declared == nullptr || declared->query == nullptr) {
        with_defaults(each, *name);
        return nullptr;
    }
    Cursor* copy = clone_of(tree(), declared);
    auto* around = tree().make<Block>(each.span);
    around->has_declare = true;
    if (outer == nullptr) {
        const PackageUnit* own = std::exchange(package_, package);
        cursor(*copy);
        package_ = own;
    }
    tree().add(around->declarations, copy);
    Name* plain = make(each.span).name({copy->name.name});
    if (call != nullptr)
        call->callee = plain;
    else
        each.cursor = plain;
    with_defaults(each, *plain);
    return around;
}

/// FOR r IN c: the defaults of c's parameters.
void CodeLowering::with_defaults(Loop& each, Name& cursor) {
    auto* call = as<Call>(each.cursor);
    if (call != nullptr) return give_defaults(cursor.parts.back().name, call->arguments);
    List<Argument*> arguments;
    give_defaults(cursor.parts.back().name, arguments);
    if (arguments.empty()) return;
    call = tree().make<Call>(each.span);
    call->callee = &cursor;
    call->arguments = arguments;
    each.cursor = call;
}

void CodeLowering::return_(Return& each, Body& out) {
    value(each.value);
    if (!trigger_return_.empty()) {
        tree().add(out, make(each.span).code("RETURN " + std::string{trigger_return_}, {}));
        return;
    }
    if (!result_.empty() && each.value != nullptr && !each.next) {
        tree().add(out, make(each.span).assign(make(each.span).name({result_}), each.value));
        each.value = nullptr;
    }
    tree().add(out, &each);
}

void CodeLowering::transaction(TransactionStatement& each, Body& out) {
    using What = TransactionStatement::What;
    const Make build = make(each.span);
    switch (each.what) {
        case What::lock_table: {
            std::string text{each.rest};
            if (const auto wait = text.find(" WAIT"); wait != std::string::npos) text.resize(wait);
            tree().add(out, build.code("LOCK TABLE " + text, {}));
            return;
        }
        case What::savepoint:
            if (each.name.name != savepoint_ || savepoint_.empty())
                return take_out(each, 5611, "savepoints have no form in PL/pgSQL", out);
            tree().add(out, &each);
            return;
        case What::rollback_to:
            if (each.name.name == savepoint_ && !savepoint_.empty() && handlers_ > 0) return;
            return take_out(each, 5611, "savepoints have no form in PL/pgSQL", out);
        case What::set_transaction: return take_out(each, 5350, "SET TRANSACTION within code", out);
        case What::commit:
        case What::rollback: break;
    }
    if (autonomous_) {  // it would end the transaction of the caller
        rolls_back_ = rolls_back_ || each.what == What::rollback;
        auto* raw = tree().make<RawCode>(each.span);
        raw->text = each.span.of(context_.script.text);
        raw->labels = each.labels;
        tree().add(out, raw);
        return;
    }
    const bool function =
        routine_ == nullptr || routine_->what != Routine::What::procedure || trigger_ != nullptr;
    if (function) return take_out(each, 5350, "a function cannot end the transaction", out);
    each.rest = {};
    tree().add(out, &each);
}

}  // namespace landfall::convert
