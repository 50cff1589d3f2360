// Declaration parts: variables, types, cursors, exceptions, pragmas, routines.
#include "engines/convert/syntax/grammar.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {

/// Up to BEGIN, END, or the first section of a compound trigger.
List<Declaration*> Grammar::declarations() {
    List<Declaration*> found;
    while (!cursor_.done() && !cursor_.at_any({"BEGIN", "END"}) && !at_timing_section()) {
        if (cursor_.accept(";")) continue;
        tree_.add(found, declaration());
    }
    return found;
}

/// With its semicolon. What does not parse is kept as text; the next declaration is tried again.
Declaration* Grammar::declaration() {
    const Depth depth{*this};
    const Token* begin = cursor_.place();
    Declaration* parsed = bare_declaration();
    if (!cursor_.done() || cursor_.failed()) cursor_.expect(";");
    if (!cursor_.failed()) return parsed;
    auto* raw = tree_.make<RawDeclaration>({});
    raw->name = parsed->name;
    tell_raw_code();
    cursor_.back_to(begin);
    skip_declaration();
    raw->span = cursor_.since(begin->span.begin);
    raw->text = cursor_.text(raw->span);
    return raw;
}

Declaration* Grammar::bare_declaration() {
    if (at_routine()) return routine();
    if (cursor_.at("TYPE") && at_identifier(1)) return type_declaration();
    if (cursor_.at("SUBTYPE") && at_identifier(1)) return subtype_declaration();
    if (cursor_.at("CURSOR") && at_identifier(1)) return cursor_declaration();
    if (cursor_.at("PRAGMA") && at_identifier(1)) return pragma();
    const std::uint32_t begin = cursor_.look().span.begin;
    const Identifier name = identifier();
    if (cursor_.at("EXCEPTION") && cursor_.at(";", 1)) {
        cursor_.take();
        auto* exception = tree_.make<ExceptionName>(cursor_.since(begin));
        exception->name = name;
        return exception;
    }
    return variable(name, begin);
}

/// Behind the name: [CONSTANT] type [NOT NULL] [:= value]
Variable* Grammar::variable(const Identifier& name, std::uint32_t begin) {
    auto* made = tree_.make<Variable>({});
    made->name = name;
    made->constant = cursor_.at("CONSTANT") && !cursor_.at_any({";", ":="}) && cursor_.accept("CONSTANT");
    made->type = data_type();
    if (cursor_.at_all({"NOT", "NULL"})) {
        cursor_.take();
        cursor_.take();
        made->not_null = true;
    } else {
        cursor_.accept("NULL");
    }
    if (cursor_.accept(":=") || cursor_.accept("DEFAULT")) made->value = expression();
    made->span = cursor_.since(begin);
    return made;
}

TypeDeclaration* Grammar::type_declaration() {
    auto* made = tree_.make<TypeDeclaration>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    made->name = identifier();
    cursor_.expect("IS");
    if (cursor_.accept("RECORD")) {
        made->what = TypeDeclaration::What::record;
        cursor_.expect("(");
        do {
            const std::uint32_t at = cursor_.look().span.begin;
            const Identifier name = identifier();
            tree_.add(made->fields, variable(name, at));
        } while (cursor_.accept(","));
        cursor_.expect(")");
    } else if (cursor_.at_all({"REF", "CURSOR"})) {
        cursor_.take();
        cursor_.take();
        made->what = TypeDeclaration::What::ref_cursor;
        if (cursor_.accept("RETURN")) made->element = data_type();
    } else if (at_collection()) {
        collection(*made);
    } else {
        cursor_.fail("RECORD, TABLE OF, VARRAY or REF CURSOR");
    }
    made->span = cursor_.since(begin);
    return made;
}

bool Grammar::at_collection() const {
    return cursor_.at_any({"TABLE", "VARRAY"}) || cursor_.at_all({"ARRAY", "("}) ||
           cursor_.at_all({"VARYING", "ARRAY"});
}

/// TABLE OF type [NOT NULL] [INDEX BY type] | VARRAY (n) OF type [NOT NULL]
void Grammar::collection(TypeDeclaration& made) {
    if (cursor_.accept("TABLE")) {
        made.what = TypeDeclaration::What::nested_table;
    } else {
        if (!cursor_.accept("VARRAY")) {
            cursor_.accept("VARYING");
            cursor_.expect("ARRAY");
        }
        made.what = TypeDeclaration::What::varray;
        cursor_.expect("(");
        made.limit = expression();
        cursor_.expect(")");
    }
    cursor_.expect("OF");
    made.element = data_type();
    if (cursor_.accept("NOT")) {
        cursor_.expect("NULL");
        made.not_null = true;
    }
    if (cursor_.at_all({"INDEX", "BY"})) {
        cursor_.take();
        cursor_.take();
        made.what = TypeDeclaration::What::associative;
        made.index_by = data_type();
    }
}

TypeDeclaration* Grammar::subtype_declaration() {
    auto* made = tree_.make<TypeDeclaration>({});
    made->what = TypeDeclaration::What::subtype;
    const std::uint32_t begin = cursor_.take().span.begin;
    made->name = identifier();
    cursor_.expect("IS");
    made->element = data_type();
    if (cursor_.accept("RANGE")) {
        made->range_low = additive();
        cursor_.expect("..");
        made->range_high = additive();
    }
    if (cursor_.accept("NOT")) {
        cursor_.expect("NULL");
        made->not_null = true;
    }
    made->span = cursor_.since(begin);
    return made;
}

Cursor* Grammar::cursor_declaration() {
    auto* made = tree_.make<Cursor>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    made->name = identifier();
    if (cursor_.at("(")) made->parameters = parameters();
    if (cursor_.accept("RETURN")) made->returns = data_type();
    if (cursor_.accept("IS") || cursor_.accept("AS")) made->query = query();
    made->span = cursor_.since(begin);
    return made;
}

/// PRAGMA what [(a, b, …)]; arguments are names, texts and numbers.
Pragma* Grammar::pragma() {
    auto* made = tree_.make<Pragma>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    made->what = upper(cursor_.text(cursor_.take()));
    if (cursor_.accept("(")) {
        while (!cursor_.done() && !cursor_.at(")")) {
            if (cursor_.accept(",")) continue;
            if (cursor_.at("DEFAULT")) {  // PRAGMA RESTRICT_REFERENCES (DEFAULT, WNDS)
                auto* name = tree_.make<Name>(cursor_.look().span);
                tree_.add(name->parts, {.name = "default", .span = cursor_.take().span});
                tree_.add(made->arguments, name);
            } else {
                tree_.add(made->arguments, additive());
            }
        }
        cursor_.expect(")");
    }
    made->span = cursor_.since(begin);
    return made;
}

Text Grammar::upper(std::string_view text) { return tree_.keep(in_upper_case(text)); }

}  // namespace landfall::convert
