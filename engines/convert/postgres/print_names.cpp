// Names, types, literals.
#include <algorithm>
#include <array>

#include "engines/convert/meaning/binding.hpp"
#include "engines/convert/postgres/item.hpp"

namespace landfall::convert {
namespace {

// Functions with a syntax of their own: quoted, they would be somebody's own functions.
constexpr auto kBuiltInCalls = std::to_array<std::string_view>(
    {"coalesce",   "exists",    "extract",   "greatest", "grouping",  "least",   "normalize",
     "nullif",     "overlay",   "position",  "row",      "substring", "trim",    "xmlconcat",
     "xmlelement", "xmlexists", "xmlforest", "xmlparse", "xmlpi",     "xmlroot", "xmlserialize",
     "left",       "right",     "any",       "all",      "some"});
// Values without parentheses.
constexpr auto kBuiltInValues = std::to_array<std::string_view>(
    {"current_catalog", "current_date", "current_role", "current_schema", "current_time", "current_timestamp",
     "current_user", "localtime", "localtimestamp", "session_user", "user", "default", "true", "false",
     "null"});

template <class Words>
bool is_one_of(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_column(const Name& name) {
    return name.binding != nullptr && name.binding->symbol != nullptr &&
           name.binding->symbol->what == Symbol::What::column;
}

}  // namespace

void TreePrinter::identifier(std::string_view name) {
    std::string quoted;
    append_identifier(quoted, name);
    say(quoted);
}

void TreePrinter::identifiers(const List<Identifier>& names) {
    out_.open();
    say("(");
    out_.indent();
    out_.cut();
    for (const Identifier& name : names) {
        if (&name != names.begin()) {
            say(",");
            out_.blank();
        }
        identifier(name.name);
    }
    out_.outdent();
    out_.cut();
    say(")");
    out_.close();
}

void TreePrinter::qualified(const Name& name) {
    if (!name.link.empty()) refuse(name);
    for (const Identifier& part : name.parts) {
        if (&part != name.parts.begin()) say(".");
        identifier(part.name);
    }
}

/// A name as an expression: CURRENT_DATE and its kin stay what they are.
void TreePrinter::value_name(const Name& name) {
    const bool built_in = name.parts.size() == 1 && !name.parts[0].quoted && !is_column(name) &&
                          is_one_of(kBuiltInValues, name.parts[0].name);
    if (built_in)
        say(name.parts[0].name);
    else
        qualified(name);
}

void TreePrinter::callee(const Expr& callee) {
    const auto* name = as<Name>(&callee);
    if (name == nullptr) return expr(&callee, Binds::primary);
    const bool built_in =
        name->parts.size() == 1 && !name->parts[0].quoted && is_one_of(kBuiltInCalls, name->parts[0].name);
    if (built_in)
        say(name->parts[0].name);
    else
        qualified(*name);
}

void TreePrinter::data_type(const DataType& type) {
    if (type.reference) refuse(type);
    if (type.set_of) say("SETOF ");
    if (type.element != nullptr) {
        node(*type.element);
        say("[]");
        return;
    }
    if (type.name == nullptr || type.name->parts.empty()) return refuse(type);
    const Identifier& first = type.name->parts[0];
    // A built-in type is spelled without quotes; "char" and char are two types.
    const bool built_in = type.name->parts.size() == 1 && !first.quoted &&
                          type.anchor == DataType::Anchor::none &&
                          (keyword_class(first.name) == KeywordClass::column_name ||
                           first.name.find(' ') != std::string_view::npos);
    if (built_in)
        say(first.name);
    else
        qualified(*type.name);
    const bool sized = !type.arguments.empty() && !(type.arguments.size() == 1 && type.arguments[0] == "*");
    if (!type.interval_fields.empty()) interval_fields(type.interval_fields);
    if (sized) {
        say("(");
        for (const Text& argument : type.arguments) {
            if (&argument != type.arguments.begin()) say(", ");
            say(argument == "*" ? "38" : argument);
        }
        say(")");
    }
    if (type.zone != DataType::Zone::none) say(" with time zone");
    if (type.anchor != DataType::Anchor::none)
        say(type.anchor == DataType::Anchor::type ? "%TYPE" : "%ROWTYPE");
    for (unsigned i = 0; i < type.dimensions; ++i) say("[]");
}

/// Oracle gives the leading field a precision, PostgreSQL only seconds.
void TreePrinter::interval_fields(Text fields) {
    std::string kept;
    while (!fields.empty()) {
        const std::size_t open = fields.find('(');
        if (open == std::string_view::npos) {
            kept.append(fields);
            break;
        }
        const std::size_t close = std::min(fields.find(')', open), fields.size() - 1);
        std::string_view before = fields.substr(0, open);
        while (before.ends_with(' ')) before.remove_suffix(1);
        const std::string_view precision = fields.substr(open, close - open + 1);
        kept.append(before);
        const bool of_seconds = before.ends_with("SECOND") && precision.find(',') == std::string_view::npos;
        if (of_seconds) kept.append(precision);
        fields.remove_prefix(close + 1);
    }
    say(" ");
    say(kept);
}

void TreePrinter::literal(const Literal& literal) {
    std::string text;
    const auto typed = [&](std::string_view type) {
        text.append(type).append(" ");
        append_string(text, literal.text);
    };
    switch (literal.what) {
        case Literal::What::number: {
            text = literal.text;
            const bool is_hex = text.starts_with("0x");
            while (!is_hex && !text.empty() &&
                   std::string_view{"fFdD"}.find(text.back()) != std::string_view::npos)
                text.pop_back();
            break;
        }
        case Literal::What::string:
        case Literal::What::national_string: append_string(text, literal.text); break;
        case Literal::What::null: text = "NULL"; break;
        case Literal::What::boolean_true: text = "true"; break;
        case Literal::What::boolean_false: text = "false"; break;
        case Literal::What::default_: text = "DEFAULT"; break;
        case Literal::What::date: typed("DATE"); break;
        case Literal::What::timestamp: typed("TIMESTAMP"); break;
        case Literal::What::interval: typed("INTERVAL"); break;
    }
    say(text);
    if (literal.what == Literal::What::interval && !literal.fields.empty()) interval_fields(literal.fields);
}

}  // namespace landfall::convert
