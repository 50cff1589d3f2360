// What CREATE makes of code: routines, packages, types, triggers; and the blocks that a script runs.
#include "engines/convert/syntax/grammar.hpp"

namespace landfall::convert {

/// CREATE [OR REPLACE] [EDITIONABLE | NONEDITIONABLE]; true: OR REPLACE
bool Grammar::create_words() {
    cursor_.expect("CREATE");
    bool replace = false;
    if (cursor_.accept("OR")) {
        cursor_.expect("REPLACE");
        replace = true;
    }
    while (cursor_.at_any({"EDITIONABLE", "NONEDITIONABLE"})) cursor_.take();
    return replace;
}

/// IF NOT EXISTS of Oracle 23
void Grammar::skip_if_not_exists() {
    if (!cursor_.at_all({"IF", "NOT", "EXISTS"})) return;
    for (int words = 0; words < 3; ++words) cursor_.take();
}

Statement* Grammar::create_routine() {
    auto* made = tree_.make<CreateRoutine>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    made->replace = create_words();
    made->routine = tree_.make<Routine>({});
    const std::uint32_t from = cursor_.look().span.begin;
    if (cursor_.accept("FUNCTION"))
        made->routine->what = Routine::What::function;
    else
        cursor_.expect("PROCEDURE");
    skip_if_not_exists();
    made->object = name();
    if (!made->object->parts.empty()) made->routine->name = made->object->parts.back();
    rest_of_routine(*made->routine);
    made->routine->span = cursor_.since(from);
    cursor_.accept(";");
    made->span = cursor_.since(begin);
    return made;
}

Statement* Grammar::create_package() {
    auto* made = tree_.make<CreatePackage>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    made->replace = create_words();
    cursor_.expect("PACKAGE");
    made->body = cursor_.accept("BODY");
    skip_if_not_exists();
    made->object = name();
    Routine* clauses = tree_.make<Routine>({});
    while (routine_clause(*clauses)) {}
    made->current_user = clauses->current_user;
    if (!cursor_.accept("IS")) cursor_.expect("AS");
    made->declarations = declarations();
    if (cursor_.accept("BEGIN")) {
        made->initialization = code_statements();
        if (cursor_.accept("EXCEPTION")) made->handlers = handlers();
    }
    cursor_.expect("END");
    if (at_identifier()) name();
    cursor_.accept(";");
    made->span = cursor_.since(begin);
    return made;
}

Statement* Grammar::create_type() {
    const std::uint32_t begin = cursor_.look().span.begin;
    const bool replace = create_words();
    cursor_.expect("TYPE");
    if (cursor_.accept("BODY")) return type_body(replace, begin);
    auto* made = tree_.make<CreateType>({});
    made->replace = replace;
    skip_if_not_exists();
    made->object = name();
    cursor_.accept("FORCE");
    if (cursor_.accept("OID")) cursor_.take();
    Routine* clauses = tree_.make<Routine>({});
    while (routine_clause(*clauses)) {}
    if (cursor_.accept("UNDER")) {
        made->supertype = name();
        object_type(*made);
    } else if (cursor_.accept("IS") || cursor_.accept("AS")) {
        type_definition(*made);
    }
    cursor_.accept(";");
    made->span = cursor_.since(begin);
    return made;
}

void Grammar::type_definition(CreateType& made) {
    if (at_collection()) {
        TypeDeclaration* declared = tree_.make<TypeDeclaration>({});
        collection(*declared);
        made.what = declared->what == TypeDeclaration::What::varray ? CreateType::What::varray
                                                                    : CreateType::What::nested_table;
        made.element = declared->element;
        made.limit = declared->limit;
        made.not_null = declared->not_null;
    } else if (cursor_.accept("OPAQUE")) {
        made.what = CreateType::What::opaque;
        rest_of_declaration();
    } else {
        cursor_.expect("OBJECT");
        object_type(made);
    }
}

/// (attributes, methods) [NOT] FINAL [NOT] INSTANTIABLE
void Grammar::object_type(CreateType& made) {
    made.what = CreateType::What::object;
    if (cursor_.at_all({"EXTERNAL", "NAME"})) {
        while (!cursor_.done() && !cursor_.at("(")) cursor_.take();
    }
    if (cursor_.accept("(")) {
        do {
            object_part(made);
        } while (cursor_.accept(","));
        cursor_.expect(")");
    }
    while (cursor_.at_any({"NOT", "FINAL", "INSTANTIABLE", "PERSISTABLE"})) {
        const bool negated = cursor_.accept("NOT");
        if (cursor_.accept("FINAL"))
            made.final = !negated;
        else if (cursor_.accept("INSTANTIABLE"))
            made.instantiable = !negated;
        else
            cursor_.expect("PERSISTABLE");
    }
}

void Grammar::object_part(CreateType& made) {
    if (at_routine()) {
        tree_.add(made.methods, routine());
        return;
    }
    if (cursor_.at("PRAGMA")) {
        pragma();
        return;
    }
    const std::uint32_t begin = cursor_.look().span.begin;
    const Identifier attribute = identifier();
    Variable* declared = variable(attribute, begin);
    if (cursor_.at_all({"EXTERNAL", "NAME"})) rest_of_declaration();
    tree_.add(made.attributes, declared);
}

Statement* Grammar::type_body(bool replace, std::uint32_t begin) {
    auto* made = tree_.make<CreateTypeBody>({});
    made->replace = replace;
    skip_if_not_exists();
    made->object = name();
    if (!cursor_.accept("IS")) cursor_.expect("AS");
    while (!cursor_.done() && !cursor_.at("END")) {
        if (cursor_.accept(";")) continue;
        if (cursor_.at("PRAGMA")) {
            pragma();
            continue;
        }
        tree_.add(made->methods, routine());
        cursor_.expect(";");
    }
    cursor_.expect("END");
    if (at_identifier()) name();
    cursor_.accept(";");
    made->span = cursor_.since(begin);
    return made;
}

Statement* Grammar::create_trigger() {
    auto* made = tree_.make<CreateTrigger>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    made->replace = create_words();
    cursor_.expect("TRIGGER");
    skip_if_not_exists();
    made->object = name();
    trigger_timing(*made);
    trigger_events(*made);
    trigger_scope(*made);
    while (trigger_clause(*made)) {}
    if (cursor_.accept("COMPOUND")) {
        cursor_.expect("TRIGGER");
        compound_trigger(*made);
    } else if (cursor_.accept("CALL")) {
        made->call = primary();
    } else {
        while (cursor_.at("<<")) labels();
        made->body = block();
    }
    cursor_.accept(";");
    made->span = cursor_.since(begin);
    return made;
}

void Grammar::trigger_timing(CreateTrigger& made) {
    if (cursor_.accept("BEFORE")) {
        made.timing = CreateTrigger::Timing::before;
    } else if (cursor_.accept("AFTER")) {
        made.timing = CreateTrigger::Timing::after;
    } else if (cursor_.accept("FOR")) {
        made.timing = CreateTrigger::Timing::compound;
    } else {
        cursor_.expect("INSTEAD");
        cursor_.expect("OF");
        made.timing = CreateTrigger::Timing::instead_of;
    }
}

/// INSERT OR UPDATE OF a, b OR DELETE, or the events of a schema or a database.
void Grammar::trigger_events(CreateTrigger& made) {
    const std::uint32_t begin = cursor_.look().span.begin;
    bool system = false;
    do {
        if (cursor_.accept("INSERT")) {
            made.on_insert = true;
        } else if (cursor_.accept("DELETE")) {
            made.on_delete = true;
        } else if (cursor_.accept("UPDATE")) {
            made.on_update = true;
            if (!cursor_.accept("OF")) continue;
            do {
                tree_.add(made.update_of, identifier());
            } while (cursor_.accept(","));
        } else {
            system = true;
            while (!cursor_.done() && !cursor_.at_any({"OR", "ON"})) cursor_.take();
        }
    } while (cursor_.accept("OR"));
    if (system) made.system_event = upper(cursor_.text(cursor_.since(begin)));
}

void Grammar::trigger_scope(CreateTrigger& made) {
    cursor_.expect("ON");
    if (cursor_.at_all({"NESTED", "TABLE"})) {
        cursor_.take();
        cursor_.take();
        made.nested_table = identifier();
        cursor_.expect("OF");
    }
    if (cursor_.at_any({"PLUGGABLE", "DATABASE"}) && !made.system_event.empty()) {
        cursor_.accept("PLUGGABLE");
        cursor_.take();
        return;
    }
    if (cursor_.at("SCHEMA") && !made.system_event.empty()) {
        cursor_.take();
        return;
    }
    made.table = name();
    if (!made.system_event.empty()) made.table = nullptr;  // hr.SCHEMA
}

/// One clause between the table and the body; false where none follows.
bool Grammar::trigger_clause(CreateTrigger& made) {
    if (cursor_.accept("REFERENCING")) {
        while (cursor_.at_any({"OLD", "NEW", "PARENT"})) {
            Identifier& name = cursor_.at("OLD")   ? made.old_name
                               : cursor_.at("NEW") ? made.new_name
                                                   : made.parent_name;
            cursor_.take();
            cursor_.accept("AS");
            name = identifier();
            if (cursor_.accept(",")) continue;
        }
        return true;
    }
    if (cursor_.at_all({"FOR", "EACH"})) {
        cursor_.take();
        cursor_.take();
        made.each_row = cursor_.accept("ROW");
        if (!made.each_row) cursor_.expect("STATEMENT");
        return true;
    }
    if (cursor_.at_any({"FOLLOWS", "PRECEDES"})) {
        cursor_.take();
        do {
            tree_.add(made.follows, name());
        } while (cursor_.accept(","));
        return true;
    }
    if (cursor_.at_any({"FORWARD", "REVERSE", "CROSSEDITION"})) {
        cursor_.take();
        return true;
    }
    if (cursor_.accept("ENABLE")) return true;
    if (cursor_.accept("DISABLE")) return made.disabled = true;
    if (cursor_.accept("WHEN")) {
        cursor_.expect("(");
        made.when = expression();
        cursor_.expect(")");
        return true;
    }
    return false;
}

bool Grammar::at_timing_section() const {
    if (cursor_.at_any({"BEFORE", "AFTER"}))
        return (cursor_.at("STATEMENT", 1) && (cursor_.at("IS", 2) || cursor_.at("AS", 2))) ||
               cursor_.at("EACH", 1);
    return cursor_.at_all({"INSTEAD", "OF", "EACH"});
}

/// declarations, then BEFORE STATEMENT IS … END BEFORE STATEMENT; …; END name
void Grammar::compound_trigger(CreateTrigger& made) {
    made.timing = CreateTrigger::Timing::compound;
    made.declarations = declarations();
    if (!at_timing_section()) cursor_.expect("BEFORE");
    while (at_timing_section()) {
        auto* section = tree_.make<TimingSection>({});
        const std::uint32_t begin = cursor_.look().span.begin;
        timing_words(*section);
        if (!cursor_.accept("IS")) cursor_.expect("AS");
        section->body = timing_block();
        cursor_.expect(";");
        section->span = cursor_.since(begin);
        tree_.add(made.sections, section);
    }
    cursor_.expect("END");
    if (at_identifier()) name();
}

void Grammar::timing_words(TimingSection& section) {
    section.before = cursor_.at("BEFORE");
    section.instead = cursor_.at("INSTEAD");
    cursor_.take();
    if (section.instead) cursor_.expect("OF");
    section.each_row = cursor_.accept("EACH");
    if (section.each_row)
        cursor_.expect("ROW");
    else
        cursor_.expect("STATEMENT");
}

/// A block whose END repeats the words of its timing.
Block* Grammar::timing_block() {
    auto* made = tree_.make<Block>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    if (!cursor_.at("BEGIN")) made->declarations = declarations();
    cursor_.expect("BEGIN");
    made->body = code_statements();
    if (cursor_.accept("EXCEPTION")) made->handlers = handlers();
    cursor_.expect("END");
    while (cursor_.at_any({"BEFORE", "AFTER", "INSTEAD", "OF", "EACH", "ROW", "STATEMENT"})) cursor_.take();
    made->span = cursor_.since(begin);
    return made;
}

/// BEGIN … END, DECLARE … END, or EXEC p(1)
Statement* Grammar::anonymous_block() {
    auto* made = tree_.make<AnonymousBlock>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    if (cursor_.at_any({"EXEC", "EXECUTE", "CALL"})) {
        cursor_.take();
        made->block = tree_.make<Block>({});
        CodeStatement* only = bare_statement();
        only->span = cursor_.since(begin);
        tree_.add(made->block->body, only);
    } else {
        const List<Identifier> marks = labels();
        made->block = block();
        made->block->labels = marks;
    }
    cursor_.accept(";");
    made->span = cursor_.since(begin);
    made->block->span = made->span;
    return made;
}

}  // namespace landfall::convert
