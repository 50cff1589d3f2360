// What a name stands for.
#pragma once

#include "engines/convert/meaning/types.hpp"

namespace landfall::convert {

/// One thing with a name: of the catalog, of a package, of a routine, of a query.
struct Symbol {
    enum class What : std::uint8_t {
        column,
        table,
        view,
        alias,  ///< alias: a row source of a query, or its row
        variable,
        constant,
        parameter,
        loop_variable,
        loop_record,
        cursor,
        exception,
        label,
        sequence,
        synonym,
        type,
        package,
        function,
        procedure,
        method,
        trigger,
        pseudo,   ///< ROWNUM, LEVEL, SYSDATE, USER, SQLCODE …
        built_in  ///< a function or package of Oracle's own
    };
    What what = What::variable;
    Text schema;   ///< of things of the catalog
    Text package;  ///< the package that declares it, for members
    Text name;
    const TypeOf* type = nullptr;    ///< of the value; a function's: what it returns
    const Node* declared = nullptr;  ///< Variable, Parameter, Column, Routine, Cursor, CreateTable …
    const Routine* routine =
        nullptr;  ///< the routine whose declaration part or parameter list holds it; nullptr: none
    bool is_private = false;  ///< of a package body only
};

/// What the first `consumed` parts of a Name, or the callee of a Call, stand for; the parts behind are fields
/// of its type.
struct Binding {
    const Symbol* symbol = nullptr;
    std::uint8_t consumed = 0;
    bool sequence_next = false;     ///< seq.NEXTVAL
    bool sequence_current = false;  ///< seq.CURRVAL
    bool called = false;            ///< a function or procedure without parentheses
    bool remote = false;            ///< behind a database link
};

}  // namespace landfall::convert
