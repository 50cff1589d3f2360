// Triggers of MySQL: a function and a trigger of PostgreSQL.
#include "engines/convert/lower/mysql_parts.hpp"

namespace landfall::convert {

void lower_mysql_trigger(Statement*& statement, LowerContext& context) {
    auto* trigger = as<CreateTrigger>(statement);
    if (trigger == nullptr || trigger->body == nullptr) return;
    const Make make{context.tree, trigger->span};
    if (!trigger->follows.empty())
        context.add_finding(mysql_code::kExpression, Complexity::simple, trigger->span,
                            "triggers of one event run in the order of their names");
    trigger->follows.clear();
    // A row that is not to be changed is given back, too.
    const bool before = trigger->timing == CreateTrigger::Timing::before;
    context.tree.add(trigger->body->body, make.code(!before              ? "RETURN NULL"
                                                    : trigger->on_delete ? "RETURN OLD"
                                                                         : "RETURN NEW",
                                                    {}));
    auto* function = context.tree.make<Routine>(trigger->body->span);
    function->what = Routine::What::function;
    function->name = trigger->object->parts.back();
    function->returns = make.type("trigger");
    function->body = trigger->body;
    auto* made = context.tree.make<CreateRoutine>(trigger->body->span);
    made->object = trigger->object;
    made->replace = true;
    made->language = "plpgsql";
    made->routine = function;
    trigger->function = clone_of(context.tree, trigger->object);
    trigger->object = make.name({trigger->function->parts.back().name});
    trigger->replace = true;
    trigger->body = nullptr;
    context.before.push_back(made);
}

}  // namespace landfall::convert
