// Packages: a schema each; its members are routines there, its state is kept in settings of the session
// behind accessors.
//
// A variable v of package p: p.v$get() and p.v$set(value) keep it as text in the setting p.v; p.init$() gives
// all their first values and runs the initialisation block, once a session. '' stands for NULL, as in Oracle.
// Settings are undone with a transaction that is rolled back, Oracle's package variables are not: finding
// 5569.
#include "engines/convert/lower/code_lowering.hpp"

namespace landfall::convert {

void CodeLowering::package(const CreatePackage& unit) {
    if (package_ == nullptr) return;
    const Make build = make(unit.object->span);
    emitted.push_back(build.statement("CREATE SCHEMA IF NOT EXISTS @", {build.name({package_->name})}));
    for (Declaration* each : unit.declarations) {
        if (auto* type_declared = as<TypeDeclaration>(static_cast<Node*>(each)))
            hoist_type(*type_declared, {});
    }
    const bool last = unit.body || package_->body == nullptr;
    if (last && package_->has_state()) state(unit.object->span);
    for (Declaration* each : unit.declarations) {
        auto* source = as<Routine>(static_cast<Node*>(each));
        if (source == nullptr) {
            if (each->kind == Kind::raw_declaration)
                context_.add_finding(9108, Complexity::complex, each->span,
                                     "a declaration that did not parse");
            continue;
        }
        if (source->body == nullptr) {
            if (package_->body == nullptr && !unit.body)
                context_.add_finding(9109, Complexity::medium, each->span,
                                     "no script has the body of " + std::string{each->name.name});
            continue;
        }
        defaults_of_specification(*source);
        CodeLowering below{context_, index_, package_};
        below.owner_ = owner_;
        const Text named = name_of_member(*package_, *source);
        if (named != each->name.name)
            context_.add_finding(9113, Complexity::simple, each->span,
                                 std::string{each->name.name} + " is " + std::string{named});
        CreateRoutine* made = below.routine(*source, make(each->span).name({package_->name, named}));
        for (Statement* nested_one : below.emitted) emitted.push_back(nested_one);
        emitted.push_back(made);
    }
}

/// Defaults may stand in the specification only.
void CodeLowering::defaults_of_specification(Routine& routine) {
    for (const Routine* declared : package_->routines(routine.name.name)) {
        if (declared->parameters.size() != routine.parameters.size()) continue;
        bool same = true;
        for (std::uint32_t i = 0; i < routine.parameters.size(); ++i)
            same = same && declared->parameters[i]->name.name == routine.parameters[i]->name.name;
        if (!same) continue;
        for (std::uint32_t i = 0; i < routine.parameters.size(); ++i) {
            const auto* written = as<Routine>(static_cast<const Node*>(package_->original(*declared)));
            if (routine.parameters[i]->default_value == nullptr)
                routine.parameters[i]->default_value =
                    clone_of(tree(), written->parameters[i]->default_value);
        }
        return;
    }
}

/// The accessors of the variables, and init$.
void CodeLowering::state(Span at) {
    const Make build = make(at);
    const Text schema = package_->name;
    context_.add_finding(5569, Complexity::info, at,
                         "package variables are settings of the session: a rollback undoes their changes");
    Routine* initialise = tree().make<Routine>(at);
    initialise->name.name = "init$";
    initialise->what = Routine::What::function;
    initialise->returns = build.type("void");
    initialise->body = tree().make<Block>(at);
    auto& body_ = initialise->body->body;
    const std::string ready = std::string{schema} + ".ready$";
    tree().add(body_, build.code("IF coalesce(current_setting(@, true), '') <> '' THEN RETURN; END IF",
                                 {build.text(ready)}));
    tree().add(body_, build.code("PERFORM set_config(@, 'yes', false)", {build.text(ready)}));
    const std::vector<Declaration*> variables = variables_of_package();
    for (Declaration* each : variables) {
        const auto& variable_ = *as<Variable>(static_cast<Node*>(each));
        DataType* kept = clone_of(tree(), variable_.type);
        const Shape shape = shape_of(kept);
        type(kept);
        if (kept->anchor == DataType::Anchor::rowtype) kept->anchor = DataType::Anchor::none;
        accessors(each->name.name, kept, at);
        const auto* written = as<Variable>(static_cast<const Node*>(package_->original(variable_)));
        Expr* first = clone_of(tree(), written->value);
        if (first == nullptr && shape.what == Shape::What::map) first = build.splice("'{}'::jsonb", {});
        if (first == nullptr) first = build.null();
        tree().add(body_, build.assign(build.name({each->name.name}), first));
    }
    if (package_->body != nullptr) {
        for (const CodeStatement* each : package_->body->initialization)
            tree().add(body_, clone_of(tree(), each));
        for (const WhenException* each : package_->body->handlers)
            tree().add(initialise->body->handlers, clone_of(tree(), each));
    }
    CodeLowering below{context_, index_, package_};
    below.owner_ = owner_;
    CreateRoutine* made = below.routine(*initialise, build.name({schema, "init$"}));
    for (Statement* each : below.emitted) emitted.push_back(each);
    emitted.push_back(made);
}

/// In the order of the source: later values may name earlier variables.
std::vector<Declaration*> CodeLowering::variables_of_package() const {
    std::vector<Declaration*> found;
    for (const auto& [name, declaration] : package_->members) {
        if (declaration->kind == Kind::variable && !is_plain_constant(*declaration))
            found.push_back(declaration);
    }
    std::sort(found.begin(), found.end(),
              [](const Declaration* a, const Declaration* b) { return a->span.begin < b->span.begin; });
    return found;
}

void CodeLowering::accessors(Text variable_name, DataType* kept, Span at) {
    const Make build = make(at);
    const Text schema = package_->name;
    const std::string key = std::string{schema} + "." + std::string{variable_name};
    const auto named = [&](std::string_view suffix) {
        return build.name({schema, build.keep(std::string{variable_name} + std::string{suffix})});
    };
    DataType* plain = clone_of(tree(), kept);
    emitted.push_back(build.statement(
        "CREATE OR REPLACE FUNCTION @() RETURNS @ LANGUAGE plpgsql AS $code$\nBEGIN\n    PERFORM "
        "@();\n    RETURN nullif(current_setting(@, true), '')::@;\nEND\n$code$",
        {named("$get"), plain, build.name({schema, "init$"}), build.text(key), clone_of(tree(), plain)}));
    emitted.push_back(build.statement(
        "CREATE OR REPLACE FUNCTION @(value @) RETURNS void LANGUAGE plpgsql AS $code$\nBEGIN\n    "
        "PERFORM @();\n    PERFORM set_config(@, coalesce(value::text, ''), false);\nEND\n$code$",
        {named("$set"), clone_of(tree(), plain), build.name({schema, "init$"}), build.text(key)}));
}

}  // namespace landfall::convert
