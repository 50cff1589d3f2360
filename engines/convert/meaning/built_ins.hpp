// The functions, pseudo-columns and packages that Oracle brings itself: their names and what they give.
#pragma once

#include <string_view>

#include "engines/convert/meaning/types.hpp"

namespace landfall::convert {

/// How the type of a built-in's result comes about.
enum class ResultRule : std::uint8_t {
    fixed,                 ///< `family`
    as_first,              ///< of the first argument
    as_second,             ///< of the second argument
    common,                ///< what all arguments have in common (COALESCE, GREATEST)
    text_of_first,         ///< CLOB where the first argument is one, else VARCHAR2
    text_or_raw_of_first,  ///< RAW where the first argument is binary, else VARCHAR2
    number_or_as_first,    ///< ROUND, TRUNC: DATE for a moment, interval for one, else NUMBER
    sum,                   ///< SUM, AVG: a binary float stays one, an interval too; else NUMBER
    decode,                ///< DECODE: of the first result
    collection,            ///< COLLECT: a nested table of the argument
    procedure,             ///< gives nothing
    unknown
};

struct BuiltIn {
    std::string_view name;  ///< folded: "nvl", "dbms_output.put_line"
    ResultRule rule = ResultRule::fixed;
    TypeOf::Family family = TypeOf::Family::unknown;
    bool aggregate = false;
    bool analytic = false;  ///< only with OVER
    bool is_volatile = false;
    bool pseudo = false;  ///< without parentheses: SYSDATE, ROWNUM …
};

/// By its folded name ("nvl", "dbms_lob.getlength"); nullptr: not one. O(log n).
[[nodiscard]] const BuiltIn* find_built_in(std::string_view name);
/// DBMS_OUTPUT, UTL_FILE, STANDARD …: a package of Oracle's own.
[[nodiscard]] bool is_built_in_package(std::string_view name);
/// The exceptions of STANDARD: no_data_found → its number, +100 as SQLCODE gives it; 0: not one.
[[nodiscard]] int predefined_exception(std::string_view name);

}  // namespace landfall::convert
