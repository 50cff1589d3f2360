// Exceptions: Oracle's numbers and names as SQLSTATEs, RAISE, and handlers.
//
// The scheme: ORA-20nnn is 'OR' and nnn; an exception that a program declares is 'UX' and three characters
// made of its name; an Oracle error that PostgreSQL has a condition for is that condition; any other number
// is 'OX' and three characters made of it.
#include "engines/convert/lower/code_lowering.hpp"

#include <array>
#include <charconv>

namespace landfall::convert {
namespace {

struct Predefined {
    Text name;
    int number;
    Text states;      ///< SQLSTATEs, five characters each, one after the other
    Text conditions;  ///< names for the handler, separated by blanks
    Text message;
};

constexpr std::array kPredefined{
    Predefined{"no_data_found", 1403, "P0002", "no_data_found", "no data found"},
    Predefined{"too_many_rows", 1422, "P0003", "too_many_rows",
               "exact fetch returns more than requested number of rows"},
    Predefined{"dup_val_on_index", 1, "23505", "unique_violation", "unique constraint violated"},
    Predefined{"zero_divide", 1476, "22012", "division_by_zero", "divisor is equal to zero"},
    Predefined{
        "value_error", 6502, "22000",
        "data_exception string_data_right_truncation numeric_value_out_of_range invalid_text_representation "
        "not_null_violation null_value_not_allowed invalid_datetime_format datetime_field_overflow",
        "PL/SQL: numeric or value error"},
    Predefined{"invalid_number", 1722, "22P02", "invalid_text_representation numeric_value_out_of_range",
               "invalid number"},
    Predefined{"case_not_found", 6592, "20000", "case_not_found",
               "CASE not found while executing CASE statement"},
    Predefined{"cursor_already_open", 6511, "42P03", "duplicate_cursor", "PL/SQL: cursor already open"},
    Predefined{"invalid_cursor", 1001, "34000", "invalid_cursor_name null_value_not_allowed",
               "invalid cursor"},
    Predefined{"login_denied", 1017, "28000", "invalid_authorization_specification",
               "invalid username/password; logon denied"},
    Predefined{"program_error", 6501, "XX000", "internal_error", "PL/SQL: program error"},
    Predefined{"storage_error", 6500, "53200", "out_of_memory", "PL/SQL: storage error"},
    Predefined{"timeout_on_resource", 51, "55P03", "lock_not_available",
               "timeout occurred while waiting for resource"},
    Predefined{"rowtype_mismatch", 6504, "42804", "datatype_mismatch",
               "PL/SQL: return types of result set variables do not match"},
    Predefined{"subscript_beyond_count", 6533, "2202E", "array_subscript_error", "Subscript beyond count"},
    Predefined{"subscript_outside_limit", 6532, "2202E", "array_subscript_error",
               "Subscript outside of limit"},
    Predefined{"collection_is_null", 6531, "22004", "null_value_not_allowed",
               "Reference to uninitialized collection"},
    Predefined{"access_into_null", 6530, "22004", "null_value_not_allowed",
               "Reference to uninitialized composite"},
    Predefined{"self_is_null", 30625, "22004", "null_value_not_allowed",
               "method dispatch on NULL SELF argument is disallowed"},
    Predefined{"sys_invalid_rowid", 1410, "22P02", "invalid_text_representation", "invalid ROWID"},
    Predefined{"", 60, "40P01", "deadlock_detected", "deadlock detected while waiting for resource"},
    Predefined{"", 54, "55P03", "lock_not_available", "resource busy"},
    Predefined{"", 942, "42P01", "undefined_table", "table or view does not exist"},
    Predefined{"", 955, "42P07", "duplicate_table", "name is already used by an existing object"},
    Predefined{"", 904, "42703", "undefined_column", "invalid identifier"},
    Predefined{"", 1400, "23502", "not_null_violation", "cannot insert NULL"},
    Predefined{"", 2291, "23503", "foreign_key_violation",
               "integrity constraint violated - parent key not found"},
    Predefined{"", 2292, "23503", "foreign_key_violation",
               "integrity constraint violated - child record found"},
    Predefined{"", 2290, "23514", "check_violation", "check constraint violated"},
    Predefined{"", 2289, "42P01", "undefined_table", "sequence does not exist"},
    Predefined{"", 900, "42601", "syntax_error", "invalid SQL statement"},
    Predefined{"", 6550, "42601", "syntax_error", "PL/SQL: compilation error"},
};

std::string base36(std::uint32_t number) {
    std::string made(3, '0');
    for (auto digit = made.rbegin(); digit != made.rend(); ++digit, number /= 36)
        *digit = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 36];
    return made;
}

const Predefined* predefined(Text name) {
    const auto* found = std::find_if(kPredefined.begin(), kPredefined.end(),
                                     [name](const Predefined& p) { return p.name == name; });
    return name.empty() || found == kPredefined.end() ? nullptr : found;
}

}  // namespace

/// Of the digits of an Oracle error, without its sign.
std::string CodeLowering::state_of_code(Text digits) {
    std::uint32_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (number >= 20000 && number <= 20999) {
        const std::string text = std::to_string(number - 20000);
        return "OR" + std::string(3 - text.size(), '0') + text;
    }
    if (number == 100) number = 1403;
    for (const Predefined& each : kPredefined) {
        if (static_cast<std::uint32_t>(each.number) == number) return std::string{each.states};
    }
    return "OX" + base36(number);
}

std::string CodeLowering::state_of(Text package, Text exception) {
    return "UX" + base36(hash_of_word(std::string{package} + "." + std::string{exception}) % 46656);
}

namespace {

/// The number that PRAGMA EXCEPTION_INIT of a package gives to its exception; empty: none.
std::string initialised_number(const PackageUnit& package, Text exception) {
    for (auto [at, end] = package.members.equal_range(Text{}); at != end; ++at) {
        const auto* found = as<Pragma>(static_cast<const Node*>(at->second));
        if (found == nullptr || found->what != "EXCEPTION_INIT" || found->arguments.size() != 2) continue;
        const auto* name = as<Name>(found->arguments[0]);
        const auto* negated = as<Unary>(found->arguments[1]);
        const auto* number = as<Literal>(negated != nullptr ? negated->operand : found->arguments[1]);
        if (name != nullptr && number != nullptr && name->parts.back().name == exception)
            return std::string{number->text};
    }
    return {};
}

}  // namespace

CodeLowering::Condition CodeLowering::condition_of(const Name& exception) {
    Condition made;
    if (exception.parts.empty()) return made;
    const Text last = exception.parts.back().name;
    if (last == "others") {
        made.names.push_back("others");
        return made;
    }
    const PackageUnit* package = package_;
    if (exception.parts.size() > 1)
        package = index_.package(exception.parts[exception.parts.size() - 2].name);
    const Local* found = exception.parts.size() == 1 ? local(last) : nullptr;
    const bool declared = found != nullptr && found->declared->kind == Kind::exception_name;
    const bool member = package != nullptr && as<ExceptionName>(package->member(last)) != nullptr;
    made.message = "User-Defined Exception";
    if (declared || member) {
        std::string state = state_of(declared ? Text{path_} : package->name, last);
        const std::string number = member && !declared ? initialised_number(*package, last) : "";
        if (!number.empty()) state = state_of_code(number);
        for (const auto& [name, code] : exception_states_) {
            if (declared && name == last) state = code;
        }
        made.states.push_back(make({}).keep(state));
        return made;
    }
    if (const Predefined* known = predefined(last)) {
        Text names = known->conditions;
        while (!names.empty()) {
            const auto blank = std::min(names.find(' '), names.size());
            made.names.push_back(names.substr(0, blank));
            names.remove_prefix(std::min(blank + 1, names.size()));
        }
        made.states.push_back(known->states);
        std::string number = std::to_string(known->number);
        made.message = "ORA-" + std::string(5 - std::min<std::size_t>(5, number.size()), '0') + number +
                       ": " + std::string{known->message};
        return made;
    }
    made.states.push_back(make({}).keep(state_of(package == nullptr ? Text{} : package->name, last)));
    return made;
}

Raise* CodeLowering::raise_state(Span at, Text state, Expr* message) {
    const Make build = make(at);
    auto* made = tree().make<Raise>(at);
    made->level = "EXCEPTION";
    for (const auto& [key, given] :
         {std::pair<Text, Expr*>{"errcode", build.text(state)}, {"message", message}}) {
        auto* option = tree().make<Argument>(at);
        option->name = {.name = key, .span = at};
        option->value = given;
        tree().add(made->options, option);
    }
    return made;
}

void CodeLowering::raise(Raise& each, Body& out) {
    if (each.exception == nullptr) {
        tree().add(out, &each);
        return;
    }
    const Condition condition = condition_of(*each.exception);
    Raise* made = raise_state(each.span, condition.states.empty() ? Text{"P0001"} : condition.states[0],
                              make(each.span).text(condition.message));
    made->labels = each.labels;
    tree().add(out, made);
}

void CodeLowering::application_error(Expr* number, Expr* message, Span at, Body& out) {
    const Make build = make(at);
    const auto* negated = as<Unary>(number);
    const auto* literal = negated == nullptr ? nullptr : as<Literal>(negated->operand);
    value(number);
    value(message);
    if (literal != nullptr) {
        Expr* text = build.splice("'ORA-" + std::string{literal->text} + ": ' || @", {message});
        tree().add(out, raise_state(at, build.keep(state_of_code(literal->text)), text));
        return;
    }
    Raise* made =
        raise_state(at, "OR000", build.splice("'ORA' || (@)::text || ': ' || @", {number, message}));
    made->options[0]->value =
        build.splice("'OR' || lpad((-20000 - (@))::integer::text, 3, '0')", {clone_of(tree(), number)});
    tree().add(out, made);
}

}  // namespace landfall::convert
