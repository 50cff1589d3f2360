// Binding: each Name of a statement gets what it stands for, each expression its type.
//
// Invariants
//   1. Names resolve as Oracle resolves them: in a query first its columns, innermost query first (so a
//      column wins over a variable of the same name), then what the blocks around declare, innermost first,
//      then the package (private and public), the type's attributes in methods, the schema's objects and
//      synonyms, Oracle's own.
//   2. Name::binding stays nullptr where nothing of that name is known; Expr::type where the type is not.
//      Both are no findings: the script may lean on what it does not declare.
//   3. Binding again gives the same.
// Ownership: bindings and symbols of local things live in `tree`, the others in the catalog. Threads: several
// statements may be bound at once when each has a tree of its own.
#pragma once

#include <vector>

#include "engines/convert/finding.hpp"
#include "engines/convert/meaning/catalog.hpp"

namespace landfall::convert {

/// Sets Name::binding, Expr::type and DataType::type in the whole statement. Linear in its size; as deep as
/// it is nested. Callers write convert::bind: unqualified, std::bind would be the better match.
void bind(Statement& statement, const Catalog& catalog, Tree& tree, std::vector<Finding>& findings);

/// An argument and the parameter that takes it; `argument` is nullptr where the default stands. The slot of
/// `self` of methods is not among them.
struct TakenArgument {
    Parameter* parameter = nullptr;
    Argument* argument = nullptr;
};

/// The arguments of a call in the order of the routine's parameters, named notation undone. Empty, while
/// there are parameters, where they do not fit.
[[nodiscard]] std::vector<TakenArgument> match_arguments(const Routine& routine,
                                                         const List<Argument*>& arguments);

/// What a Name is, its parts behind the binding followed: the field's type, the element's … nullptr: unknown.
[[nodiscard]] const TypeOf* type_behind(const Name& name, const Catalog& catalog);

/// How a Call reads, once bound.
enum class CallMeaning : std::uint8_t {
    unknown,
    routine,            ///< a function or procedure of the scripts: callee's binding has the Routine
    built_in,           ///< of Oracle's own
    element,            ///< c(i): an element of a collection
    constructor,        ///< t(…): of an object or collection type
    method,             ///< o.m(…): of an object
    collection_method,  ///< c.EXISTS(i), c.EXTEND(n) …
    cursor              ///< c(…) of FOR and OPEN
};
[[nodiscard]] CallMeaning meaning_of(const Call& call);
/// The same for a Name that is called or a Field: c.COUNT, o.m, f.
[[nodiscard]] CallMeaning meaning_of(const Name& name);
/// COUNT, FIRST, LAST, NEXT, PRIOR, EXISTS, EXTEND, TRIM, DELETE, LIMIT (folded).
[[nodiscard]] bool is_collection_method(Text name);

// What lowering asks of expressions most; all are false where the type is not known.
[[nodiscard]] inline bool is_text(const Expr* e) {
    return e != nullptr && e->type != nullptr && e->type->is_text();
}
[[nodiscard]] inline bool is_number(const Expr* e) {
    return e != nullptr && e->type != nullptr && e->type->is_number();
}
/// DATE: to the second, without a zone.
[[nodiscard]] inline bool is_date(const Expr* e) {
    return e != nullptr && e->type != nullptr && e->type->family == TypeOf::Family::date;
}
/// DATE and the TIMESTAMPs.
[[nodiscard]] inline bool is_moment(const Expr* e) {
    return e != nullptr && e->type != nullptr && e->type->is_moment();
}
[[nodiscard]] inline bool is_interval(const Expr* e) {
    return e != nullptr && e->type != nullptr &&
           (e->type->family == TypeOf::Family::interval_year_month ||
            e->type->family == TypeOf::Family::interval_day_second);
}
[[nodiscard]] inline bool is_boolean(const Expr* e) {
    return e != nullptr && e->type != nullptr && e->type->family == TypeOf::Family::boolean;
}
[[nodiscard]] inline bool is_collection(const Expr* e) {
    return e != nullptr && e->type != nullptr && e->type->is_collection();
}

}  // namespace landfall::convert
