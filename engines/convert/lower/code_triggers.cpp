// Triggers: a function and a trigger each; a compound trigger becomes a function and a trigger a section.
#include "engines/convert/lower/code_lowering.hpp"

namespace landfall::convert {
namespace {

Name* last_part(Tree& tree, const Name& name) {
    Name* made = tree.make<Name>(name.span);
    tree.add(made->parts, name.parts.back());
    return made;
}

}  // namespace

namespace {

/// What a trigger's function answers.
Text trigger_answer(const CreateTrigger& trigger, bool before, bool each_row) {
    if (!each_row || !before) return "NULL";
    if (trigger.on_delete) return trigger.on_insert || trigger.on_update ? "COALESCE(NEW, OLD)" : "OLD";
    return "NEW";
}

}  // namespace

void CodeLowering::trigger(CreateTrigger& source) {
    if (source.table == nullptr) {
        context_.add_finding(5311, Complexity::complex, source.span,
                             "a trigger of a schema or a database: " + std::string{source.system_event});
        auto* raw = tree().make<RawStatement>(source.span);
        raw->text = source.span.of(context_.script.text);
        raw->what = "CREATE TRIGGER";
        raw->object = source.object;
        emitted.push_back(raw);
        return;
    }
    if (!source.follows.empty())
        context_.add_finding(9110, Complexity::info, source.span,
                             "PostgreSQL runs triggers in the order of their names");
    trigger_ = &source;
    if (source.timing == CreateTrigger::Timing::compound && !source.sections.empty()) return compound(source);
    if (source.timing == CreateTrigger::Timing::instead_of) source.each_row = true;
    const bool before = source.timing != CreateTrigger::Timing::after;
    if (source.call != nullptr) {
        source.body = tree().make<Block>(source.span);
        auto* call = tree().make<CallStatement>(source.span);
        call->call = source.call;
        tree().add(source.body->body, call);
        source.call = nullptr;
    }
    trigger_return_ = trigger_answer(source, before, source.each_row);
    when_to_body(source);
    emitted.push_back(trigger_function(*source.body, clone_of(tree(), source.object)));
    source.body = nullptr;
    finish_trigger(source, source.object);
}

/// WHEN may name OLD and NEW only where each event has both: otherwise the function asks.
void CodeLowering::when_to_body(CreateTrigger& source) {
    if (source.when == nullptr) return;
    value(source.when);
    const int events = static_cast<int>(source.on_insert) + static_cast<int>(source.on_update) +
                       static_cast<int>(source.on_delete);
    if (events == 1 && source.timing != CreateTrigger::Timing::instead_of) return;
    auto* leave = tree().make<If>(source.span);
    auto* branch = tree().make<IfBranch>(source.span);
    branch->condition = make(source.span).splice("(@) IS NOT TRUE", {source.when});
    tree().add(branch->body, tree().make<Return>(source.span));
    tree().add(leave->branches, branch);
    List<CodeStatement*> all;
    tree().add(all, leave);
    for (CodeStatement* each : source.body->body) tree().add(all, each);
    source.body->body = all;
    source.when = nullptr;
}

CreateRoutine* CodeLowering::trigger_function(Block& code, Name* object) {
    auto* function = tree().make<Routine>(code.span);
    function->what = Routine::What::function;
    function->name = object->parts.back();
    function->returns = make(code.span).type("trigger");
    function->body = &code;
    auto* made = tree().make<CreateRoutine>(code.span);
    made->object = object;
    made->replace = true;
    made->language = "plpgsql";
    made->columns_win = true;
    made->routine = function;
    routine_ = function;
    path_ = std::string{object->parts.back().name};
    body(code);
    tree().add(code.body, make(code.span).code("RETURN " + std::string{trigger_return_}, {}));
    return made;
}

void CodeLowering::finish_trigger(CreateTrigger& source, Name* object) {
    source.function = clone_of(tree(), object);
    source.object = last_part(tree(), *object);
    source.replace = true;
    source.old_name = source.new_name = {};
    source.follows.clear();
    const bool disabled = std::exchange(source.disabled, false);
    emitted.push_back(&source);
    if (disabled)
        emitted.push_back(make(source.span)
                              .statement("ALTER TABLE @ DISABLE TRIGGER @",
                                         {clone_of(tree(), source.table), clone_of(tree(), source.object)}));
}

/// The declarations of a compound trigger are state of one statement: a schema of the trigger's name keeps
/// them as that of a package does, and a trigger before the statement begins it anew.
void CodeLowering::compound(CreateTrigger& source) {
    const Make build = make(source.span);
    auto* unit = tree().make<CreatePackage>(source.span);
    unit->object = source.object;
    unit->body = true;
    unit->declarations = source.declarations;
    PackageUnit own;
    own.name = source.object->parts.back().name;
    own.body = unit;
    for (Declaration* each : source.declarations)
        own.members.emplace(each->name.name, clone_of(tree(), each));
    package_ = &own;
    const bool keeps = own.has_state();
    package(*unit);
    bool begins = false;
    for (TimingSection* section : source.sections) begins = begins || (section->before && !section->each_row);
    if (keeps && !begins) {
        auto* section = tree().make<TimingSection>(source.span);
        section->before = true;
        section->body = tree().make<Block>(source.span);
        tree().add(source.sections, section);
    }
    bool first = true;
    for (TimingSection* section : source.sections) {
        if (keeps && section->before && !section->each_row) {
            List<CodeStatement*> all;
            tree().add(all, build.code("PERFORM set_config(@, '', false)",
                                       {build.text(std::string{own.name} + ".ready$")}));
            for (CodeStatement* each : section->body->body) tree().add(all, each);
            section->body->body = all;
        }
        timing_section(source, *section, first);
        first = false;
    }
    package_ = nullptr;
}

void CodeLowering::timing_section(const CreateTrigger& source, TimingSection& section, bool first) {
    const std::string suffix = std::string{section.instead  ? "instead_of"
                                           : section.before ? "before"
                                                            : "after"} +
                               (section.each_row ? "_each_row" : "_statement");
    const Make build = make(section.span);
    auto* made = tree().make<CreateTrigger>(section.span);
    *made = source;
    made->sections = {};
    made->declarations = {};
    made->timing = section.instead  ? CreateTrigger::Timing::instead_of
                   : section.before ? CreateTrigger::Timing::before
                                    : CreateTrigger::Timing::after;
    made->each_row = section.each_row;
    made->when = section.each_row ? clone_of(tree(), source.when) : nullptr;
    made->table = clone_of(tree(), source.table);
    made->body = section.body;
    trigger_ = made;
    trigger_return_ = trigger_answer(*made, section.before || section.instead, section.each_row);
    when_to_body(*made);
    Name* function = build.name({package_->name, build.keep(suffix)});
    emitted.push_back(trigger_function(*section.body, function));
    made->body = nullptr;
    const Text name = source.object->parts.back().name;
    finish_trigger(*made, function);
    made->object = first ? build.name({name}) : build.name({build.keep(std::string{name} + "$" + suffix)});
}

}  // namespace landfall::convert
