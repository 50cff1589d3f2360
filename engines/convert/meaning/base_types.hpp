// Types that need no declaration, and what two types have in common. Internal to meaning/.
#pragma once

#include <string_view>

#include "engines/convert/meaning/types.hpp"

namespace landfall::convert {

/// The type of a family without precision, length or name; never nullptr.
[[nodiscard]] const TypeOf* basic(TypeOf::Family family);
/// A whole number that is a NUMBER: scale 0.
[[nodiscard]] const TypeOf* whole_number();
/// The family that a built-in type's name means ("varchar2", "long raw"); unknown: no such name.
[[nodiscard]] TypeOf::Family family_of(std::string_view name);
/// Types that packages of Oracle's own declare: "dbms_sql.varchar2_table", "sys.odcinumberlist", also without
/// SYS; nullptr: none.
[[nodiscard]] const TypeOf* built_in_type(std::string_view name);

/// What both can be without loss, as CASE, NVL and UNION take it: nullptr where one is not known.
[[nodiscard]] const TypeOf* common_type(const TypeOf* left, const TypeOf* right);
/// The type of left + right and its kin, by Oracle's rules of implicit conversion; nullptr: not known.
[[nodiscard]] const TypeOf* type_of_operation(BinaryOp op, const TypeOf* left, const TypeOf* right);
/// A field of a record or object, those of its supertypes too; the type that a REF points to is followed.
[[nodiscard]] const TypeOf* field_of(const TypeOf* type, Text field);
/// What c.FIRST, c.COUNT … give; nullptr: no method of a collection, or one that gives nothing.
[[nodiscard]] const TypeOf* collection_method_type(const TypeOf& collection, Text method);

}  // namespace landfall::convert
