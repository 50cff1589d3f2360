// Functions and procedures: of a schema, of packages, of types, nested.
#include "engines/convert/syntax/grammar.hpp"

namespace landfall::convert {

bool Grammar::at_routine() const {
    if (cursor_.at_any({"FUNCTION", "PROCEDURE"})) return true;
    if (cursor_.at_any({"MEMBER", "STATIC", "CONSTRUCTOR"}))
        return cursor_.at("FUNCTION", 1) || cursor_.at("PROCEDURE", 1);
    if (cursor_.at_any({"MAP", "ORDER"})) return cursor_.at("MEMBER", 1);
    return at_method_modifier();
}

bool Grammar::at_method_modifier() const {
    const std::size_t ahead = cursor_.at("NOT") ? 1 : 0;
    if (!cursor_.at("OVERRIDING", ahead) && !cursor_.at("FINAL", ahead) && !cursor_.at("INSTANTIABLE", ahead))
        return false;
    const auto continues = [&](Word word) { return cursor_.at(word, ahead + 1); };
    return continues("MEMBER") || continues("STATIC") || continues("MAP") || continues("ORDER") ||
           continues("CONSTRUCTOR") || continues("OVERRIDING") || continues("FINAL") ||
           continues("INSTANTIABLE") || continues("NOT") || continues("FUNCTION") || continues("PROCEDURE");
}

void Grammar::method_modifiers(Routine& routine) {
    while (at_method_modifier()) {
        const bool negated = cursor_.accept("NOT");
        if (cursor_.accept("OVERRIDING"))
            routine.overriding = !negated;
        else if (cursor_.accept("FINAL"))
            routine.final = !negated;
        else if (cursor_.accept("INSTANTIABLE"))
            routine.instantiable = !negated;
    }
    if (cursor_.accept("MEMBER")) {
        routine.member = Routine::Member::member;
    } else if (cursor_.accept("STATIC")) {
        routine.member = Routine::Member::static_;
    } else if (cursor_.at_any({"MAP", "ORDER"})) {
        routine.member = cursor_.at("MAP") ? Routine::Member::map : Routine::Member::order;
        cursor_.take();
        cursor_.expect("MEMBER");
    } else if (cursor_.accept("CONSTRUCTOR")) {
        routine.what = Routine::What::constructor;
    }
}

Routine* Grammar::routine() {
    const Depth depth{*this};
    auto* made = tree_.make<Routine>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    method_modifiers(*made);
    const bool constructor = made->what == Routine::What::constructor;
    if (cursor_.accept("FUNCTION")) {
        if (!constructor) made->what = Routine::What::function;
    } else {
        cursor_.expect("PROCEDURE");
    }
    made->name = identifier();
    rest_of_routine(*made);
    made->span = cursor_.since(begin);
    return made;
}

/// Behind the name: parameters, result, clauses, and a body if there is one.
void Grammar::rest_of_routine(Routine& routine) {
    if (cursor_.at("(")) routine.parameters = parameters();
    if (cursor_.accept("RETURN")) {
        if (cursor_.at_all({"SELF", "AS", "RESULT"})) {
            for (int words = 0; words < 3; ++words) cursor_.take();
        } else {
            routine.returns = data_type();
        }
    }
    while (routine_clause(routine)) {}
    if (!cursor_.at_any({"IS", "AS"})) {
        if (cursor_.at_any({"LANGUAGE", "EXTERNAL"})) routine.call_spec = rest_of_declaration();
        return;
    }
    cursor_.take();
    if (cursor_.at_any({"LANGUAGE", "EXTERNAL"})) {
        routine.call_spec = rest_of_declaration();
        return;
    }
    routine.body = body();
}

/// One clause of a routine's head; false where none follows.
bool Grammar::routine_clause(Routine& routine) {
    const std::uint32_t begin = cursor_.look().span.begin;
    if (cursor_.accept("DETERMINISTIC")) return routine.deterministic = true;
    if (cursor_.accept("PARALLEL_ENABLE")) {
        skip_parentheses();
        return routine.parallel_enable = true;
    }
    if (cursor_.accept("RESULT_CACHE")) {
        if (cursor_.accept("RELIES_ON")) skip_parentheses();
        return routine.result_cache = true;
    }
    if (cursor_.accept("AUTHID")) {
        routine.current_user = cursor_.at("CURRENT_USER");
        cursor_.take();
        return true;
    }
    if (cursor_.at("PIPELINED") || cursor_.at("AGGREGATE")) {
        (cursor_.at("PIPELINED") ? routine.pipelined : routine.aggregate) = true;
        cursor_.take();
        if (!cursor_.at_any({"USING", "TABLE", "ROW"})) return true;
        while (cursor_.at_any({"USING", "TABLE", "ROW", "POLYMORPHIC"})) cursor_.take();
        name();
        tree_.add(routine.clauses, cursor_.text(cursor_.since(begin)));
        return true;
    }
    if (cursor_.at_any({"ACCESSIBLE", "SHARING", "SQL_MACRO"}) || cursor_.at_all({"DEFAULT", "COLLATION"})) {
        cursor_.take();
        while (cursor_.at_any({"BY", "COLLATION", "=", "METADATA", "NONE", "USING_NLS_COMP"})) cursor_.take();
        skip_parentheses();
        tree_.add(routine.clauses, cursor_.text(cursor_.since(begin)));
        return true;
    }
    if (cursor_.at_any({"CLUSTER", "ORDER"}) && cursor_.at("BY", 2)) {  // of a parallel pipelined function
        for (int words = 0; words < 3; ++words) cursor_.take();
        skip_parentheses();
        return true;
    }
    return false;
}

List<Parameter*> Grammar::parameters() {
    List<Parameter*> found;
    cursor_.expect("(");
    if (cursor_.accept(")")) return found;
    do {
        tree_.add(found, parameter());
    } while (cursor_.accept(","));
    cursor_.expect(")");
    return found;
}

/// name [IN] [OUT] [NOCOPY] type [:= value]
Parameter* Grammar::parameter() {
    auto* made = tree_.make<Parameter>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    made->name = identifier();
    const bool in = cursor_.accept("IN");
    if (cursor_.at("OUT") && !cursor_.at_all({"OUT", ","})) {
        cursor_.take();
        made->mode = in ? Parameter::Mode::in_out : Parameter::Mode::out;
    }
    made->no_copy = cursor_.accept("NOCOPY");
    made->type = data_type();
    if (cursor_.accept(":=") || cursor_.accept("DEFAULT")) made->default_value = expression();
    made->span = cursor_.since(begin);
    return made;
}

/// ( … ) with whatever it holds; nothing where none follows.
void Grammar::skip_parentheses() {
    if (!cursor_.at("(")) return;
    unsigned open = 0;
    do {
        if (cursor_.at("(")) ++open;
        if (cursor_.at(")")) --open;
        cursor_.take();
    } while (open > 0 && !cursor_.done());
}

/// The text up to the semicolon, or to the comma or parenthesis that ends a method's declaration.
Text Grammar::rest_of_declaration() {
    const std::uint32_t begin = cursor_.look().span.begin;
    while (!cursor_.done() && !cursor_.at_any({";", ",", ")"})) {
        if (cursor_.at("("))
            skip_parentheses();
        else
            cursor_.take();
    }
    return cursor_.text(cursor_.since(begin));
}

}  // namespace landfall::convert
