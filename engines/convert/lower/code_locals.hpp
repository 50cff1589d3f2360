// What the names of a routine stand for. Internal to lower/: code_lowering.hpp uses it.
#pragma once

#include "engines/convert/syntax/unit.hpp"

namespace landfall::convert {

/// How values of a declared type are kept in PL/pgSQL.
struct Shape {
    enum class What : std::uint8_t { scalar, array, map, record, cursor };
    What what = What::scalar;
    DataType* element = nullptr;  ///< lowered; of arrays and maps
    bool text_key = false;        ///< of maps
    bool of_records = false;      ///< of maps: the elements have fields
};

/// A name of a routine: variable, parameter, cursor, exception, type, nested routine.
struct Local {
    Text name;
    Node* declared = nullptr;
    DataType* type = nullptr;          ///< lowered; of values
    const DataType* source = nullptr;  ///< as it was declared
    Shape shape;
    unsigned routine = 0;  ///< how deep the routine that declares it is nested
    Text renamed;          ///< what it is called now; empty: as before
};

}  // namespace landfall::convert
