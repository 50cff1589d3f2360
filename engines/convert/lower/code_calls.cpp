// Calls of routines that the scripts declare: which one is meant, what PL/pgSQL calls it, what goes in and
// what comes out.
#include "engines/convert/lower/code_lowering.hpp"
#include "engines/convert/lower/expression_types.hpp"

namespace landfall::convert {
namespace {

bool one_of(Text word, std::initializer_list<Text> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool needs_arguments(const Routine& routine) {
    return std::any_of(routine.parameters.begin(), routine.parameters.end(),
                       [](const Parameter* each) { return each->default_value == nullptr; });
}

}  // namespace

Name* CodeLowering::routine_name(const PackageUnit* package, const Routine& routine, Span at) {
    if (package == nullptr) return make(at).name({index_.schema_of(routine), routine.name.name});
    if (package->supplied)
        return make(at).name(
            {"oracle_ext", make(at).keep(std::string{package->name} + "_" + std::string{routine.name.name})});
    return make(at).name({package->name, name_of_member(*package, routine)});
}

/// What PostgreSQL tells overloads by: the types of what goes in.
std::string CodeLowering::signature(const PackageUnit& package, const Routine& routine) {
    const PackageUnit* own = std::exchange(package_, &package);
    std::string made;
    for (const Parameter* each : routine.parameters) {
        if (each->mode == Parameter::Mode::out) continue;
        DataType* lowered = clone_of(tree(), each->type);
        type(lowered, true);
        if (lowered != nullptr && !lowered->name->parts.empty()) made += lowered->name->parts.back().name;
        if (lowered != nullptr && lowered->dimensions > 0) made += "[]";
        made += ',';
    }
    package_ = own;
    return made;
}

/// Overloads that PostgreSQL cannot tell apart get names of their own: a procedure beside a function of the
/// same parameters, RAW beside BLOB.
Text CodeLowering::name_of_member(const PackageUnit& package, const Routine& routine) {
    const std::vector<const Routine*> overloads = package.routines(routine.name.name);
    if (overloads.size() < 2 || package.supplied) return routine.name.name;
    const std::string own = signature(package, routine);
    unsigned before = 0;
    bool beside_function = false;
    for (const Routine* each : overloads) {
        if (each->what != routine.what) {
            beside_function = beside_function ||
                              (each->what == Routine::What::function && signature(package, *each) == own);
            continue;
        }
        if (same_head(*each, routine)) break;
        before += signature(package, *each) == own ? 1 : 0;
    }
    if (!beside_function && before == 0) return routine.name.name;
    std::string made{routine.name.name};
    if (beside_function) made += "$p";
    if (before > 0) made += "$" + std::to_string(before + 1);
    return make(routine.span).keep(made);
}

namespace {

/// How well an overload takes these arguments; negative: not at all.
int fit(const Routine& routine, const Call* call) {
    if (call == nullptr) return needs_arguments(routine) ? 0 : 1;
    if (call->arguments.size() > routine.parameters.size()) return -1;
    int score = 0;
    std::uint32_t position = 0;
    std::uint32_t given = 0;
    for (const Argument* argument : call->arguments) {
        const Parameter* parameter = nullptr;
        for (std::uint32_t i = 0; i < routine.parameters.size(); ++i) {
            if (argument->name.empty() ? i == position
                                       : routine.parameters[i]->name.name == argument->name.name)
                parameter = routine.parameters[i];
        }
        ++position;
        if (parameter == nullptr) return -1;
        if (parameter->default_value == nullptr) ++given;
        const auto* literal = as<Literal>(argument->value);
        if (literal == nullptr || parameter->type == nullptr || parameter->type->name->parts.empty())
            continue;
        const Text type_name = parameter->type->name->parts.back().name;
        const bool text = type_name.find("char") != Text::npos || type_name == "clob";
        if (literal->what == Literal::What::string && text) ++score;
        if (literal->what == Literal::What::number && type_name == "number") ++score;
    }
    const auto required = static_cast<std::uint32_t>(
        std::count_if(routine.parameters.begin(), routine.parameters.end(),
                      [](const Parameter* each) { return each->default_value == nullptr; }));
    return given < required ? -1 : score;
}

const Routine* best_of(const std::vector<const Routine*>& overloads, const Call* call, const Name& name,
                       bool procedure) {
    const bool bound = overloads.size() > 1 && name.binding != nullptr && name.binding->symbol != nullptr &&
                       name.binding->consumed == name.parts.size();
    const auto* chosen = bound ? as<Routine>(name.binding->symbol->declared) : nullptr;
    for (const Routine* each : overloads) {
        if (chosen == nullptr || (each->what == Routine::What::procedure) != procedure) continue;
        if (each->span.begin == chosen->span.begin || same_head(*each, *chosen)) return each;
    }
    const Routine* best = nullptr;
    int most = -100;
    for (const Routine* each : overloads) {
        const int score = fit(*each, call) + ((each->what == Routine::What::procedure) == procedure ? 10 : 0);
        if (score <= most) continue;
        most = score;
        best = each;
    }
    return best;
}

}  // namespace

/// `call`: with these arguments; `procedure`: as a statement.
CodeLowering::Callee CodeLowering::callee_of(const Expr* callee, const Call* call, bool procedure) {
    const auto* name = as<Name>(callee);
    if (name == nullptr || name->parts.empty()) return {};
    const Text last = name->parts.back().name;
    if (name->parts.size() == 1) {
        if (const Local* found = local(last)) {
            return {.routine = as<Routine>(static_cast<const Node*>(found->declared)),
                    .package = package_,
                    .local = found};
        }
        if (package_ != nullptr && package_->routine(last) != nullptr)
            return {.routine = best_of(package_->routines(last), call, *name, procedure),
                    .package = package_};
        return {.routine = index_.routine(owner_, last)};
    }
    if (local(name->parts[0].name) != nullptr) return {};
    const PackageUnit* package = index_.package(name->parts[name->parts.size() - 2].name);
    if (package != nullptr)
        return {.routine = best_of(package->routines(last), call, *name, procedure), .package = package};
    return name->parts.size() == 2 ? Callee{.routine = index_.routine(name->parts[0].name, last)} : Callee{};
}

/// What a function gives back beside its answer: targets, and the names of the results. Arguments that only
/// come out leave the call.
std::vector<std::pair<Expr*, Text>> CodeLowering::given_back(Call& call, const Callee& callee) {
    std::vector<std::pair<Expr*, Text>> targets;
    if (callee.routine->what != Routine::What::function) return targets;
    if (callee.local != nullptr) {
        auto& nested = *as<Routine>(callee.local->declared);
        for (const Text name : captures(nested)) {
            if (changes_[&nested].contains(name)) targets.emplace_back(make(call.span).name({name}), name);
        }
    }
    List<Argument*> in;
    std::uint32_t position = 0;
    for (Argument* argument : call.arguments) {
        const Parameter* parameter = nullptr;
        for (std::uint32_t i = 0; i < callee.routine->parameters.size(); ++i) {
            const Parameter* candidate = callee.routine->parameters[i];
            if (argument->name.empty() ? i == position : candidate->name.name == argument->name.name)
                parameter = candidate;
        }
        ++position;
        const auto mode = parameter == nullptr ? Parameter::Mode::in : parameter->mode;
        if (mode != Parameter::Mode::in)
            targets.emplace_back(clone_of(tree(), argument->value), parameter->name.name);
        if (mode != Parameter::Mode::out) tree().add(in, argument);
    }
    call.arguments = in;
    return targets;
}

/// f(a, b) where b is OUT: SELECT * INTO given FROM f(a) before the statement, b := given.b, and
/// given.result$ is its value. Where nothing can stand before (the condition of a loop, a query) only the
/// value is taken.
Node* CodeLowering::answer_of(Call& call, const std::vector<std::pair<Expr*, Text>>& targets) {
    const Make build = make(call.span);
    if (before_ == nullptr) {
        context_.add_finding(9105, Complexity::complex, call.span,
                             "what a function gives back beside its answer is not taken here");
        return build.splice("(@).result$", {&call});
    }
    Body& out = *before_;
    const Text held = temporary("given", build.type("record"));
    tree().add(out, build.code("SELECT * INTO @ FROM @", {build.name({held}), &call}));
    for (const auto& [target, field] : targets) assign(target, build.name({held, field}), call.span, out);
    return build.name({held, "result$"});
}

/// Oracle converts an argument to the type of its parameter; PostgreSQL finds no routine then.
Expr* CodeLowering::as_parameter(Expr* value_, Family given, const Parameter& parameter,
                                 const PackageUnit* package) {
    const Make build = make(value_->span);
    const auto* literal = as<Literal>(value_);
    if (literal != nullptr && literal->what != Literal::What::number) return value_;
    const TypeOf* wanted = parameter.type->type;
    const Family family = wanted == nullptr ? Family::unknown : wanted->family;
    if (is_text(family) && literal != nullptr) return build.text(literal->text);
    if (literal != nullptr) return value_;
    if (is_text(family) && (is_number(given) || is_moment(given) || is_interval(given)))
        return build.splice("oracle_ext.to_char(@)", {value_});
    if (is_text(family) && (given == Family::raw || given == Family::blob))
        return build.splice("oracle_ext.rawtohex(@)", {value_});
    if (is_number(family) && is_text(given)) value_ = build.splice("oracle_ext.to_number(@)", {value_});
    if (family == Family::date && is_text(given)) return build.splice("oracle_ext.to_date(@)", {value_});
    if (family == Family::raw && is_text(given)) return build.splice("oracle_ext.hextoraw(@)", {value_});
    DataType* lowered = clone_of(tree(), parameter.type);
    const PackageUnit* own = std::exchange(package_, package);
    type(lowered, true);
    package_ = own;
    const bool whole = lowered->anchor == DataType::Anchor::none && lowered->dimensions == 0 &&
                       one_of(lowered->name->parts.back().name, {"integer", "smallint", "bigint"});
    return whole ? build.splice("(@)::@", {value_, lowered}) : value_;
}

/// A parameter that has a default and stands before one that has none: PostgreSQL wants the later one to
/// have a default too, and could then not tell overloads apart. So it has none there, and the calls give it.
bool CodeLowering::default_goes(const PackageUnit* package, const Routine& routine, std::uint32_t at) {
    if (package == nullptr || package->routines(routine.name.name).size() < 2) return false;
    const auto* value_ = as<Literal>(routine.parameters[at]->default_value);
    if (value_ == nullptr || routine.parameters[at]->mode != Parameter::Mode::in) return false;
    for (std::uint32_t i = at + 1; i < routine.parameters.size(); ++i) {
        const Parameter& later = *routine.parameters[i];
        if (later.mode == Parameter::Mode::in && later.default_value == nullptr) return true;
    }
    return false;
}

void CodeLowering::plain_defaults(Call& call, const Callee& callee) {
    const Routine& routine = *callee.routine;
    for (std::uint32_t i = 0; i < routine.parameters.size(); ++i) {
        if (callee.local != nullptr || !default_goes(callee.package, routine, i)) continue;
        const Identifier& name = routine.parameters[i]->name;
        std::uint32_t position = 0;
        bool given = false;
        for (const Argument* each : call.arguments)
            given = given || (each->name.empty() ? position++ == i : each->name.name == name.name);
        if (given) continue;
        auto* argument = tree().make<Argument>(call.span);
        argument->name = name;
        argument->value = clone_of(tree(), routine.parameters[i]->default_value);
        tree().add(call.arguments, argument);
    }
}

/// The arguments of a known routine, and its name as PL/pgSQL calls it.
void CodeLowering::arguments(Call& call, const Callee& callee) {
    std::vector<const Parameter*> taken;  // what only comes out of a function is no argument of it
    for (const Parameter* each : callee.routine->parameters) {
        if (callee.routine->what == Routine::What::procedure || each->mode != Parameter::Mode::out)
            taken.push_back(each);
    }
    std::size_t position = 0;
    for (Argument* each : call.arguments) {
        const Parameter* parameter = nullptr;
        for (std::size_t i = 0; i < taken.size(); ++i) {
            if (each->name.empty() ? i == position : taken[i]->name.name == each->name.name)
                parameter = taken[i];
        }
        ++position;
        const Family given = family_of(each->value);
        value(each->value);
        if (parameter == nullptr || parameter->mode != Parameter::Mode::in || parameter->type == nullptr)
            continue;
        each->value = as_parameter(each->value, given, *parameter, callee.package);
    }
    plain_defaults(call, callee);
    if (callee.local != nullptr) {
        lifted_call(call, *callee.local);
        return;
    }
    call.callee = routine_name(callee.package, *callee.routine, call.span);
}

}  // namespace landfall::convert
