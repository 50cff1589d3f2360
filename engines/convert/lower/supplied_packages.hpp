// The packages that Oracle brings (DBMS_…, UTL_…, OWA …) as code that uses them sees them: their types and
// constants, which of their members the runtime pack has, and what stands for those that it lacks.
//
// A member `dbms_lob.getlength` is `oracle_ext.dbms_lob_getlength` of the pack. One that the pack lacks is a
// call of `oracle_ext.unsupported`, which fails when it runs and names the member; each use has finding 9112.
// Threads: any, but one tree is one thread's.
#pragma once

#include <string_view>

#include "engines/convert/lower/lower.hpp"

namespace landfall::convert {

/// Declarations of such packages in Oracle's language, as far as code needs them
/// (pack/supplied/packages.sql).
[[nodiscard]] std::string_view supplied_declarations();

/// Has the runtime pack a function oracle_ext.`function`?
[[nodiscard]] bool pack_has(std::string_view function);

/// Has it a view of Oracle's dictionary (user_tables, v$version)?
[[nodiscard]] bool is_of_pack_dictionary(std::string_view relation);

/// "dbms_lob_getlength" of DBMS_LOB.GETLENGTH or SYS.DBMS_LOB.GETLENGTH; empty: not of such a package, or of
/// one that a script declares itself.
[[nodiscard]] std::string supplied_member(const Name& name, const Catalog& catalog);

/// In the place of a member that the pack lacks, in an expression. Adds the finding.
[[nodiscard]] Expr* unsupported_value(const Name& name, LowerContext& context);
/// The same as a procedure's call.
[[nodiscard]] Call* unsupported_call(const Name& name, LowerContext& context);

/// A call or a name in an expression that means a member of such a package; `value` itself where it does not,
/// or where code lowers it (constants, what a handler knows).
[[nodiscard]] Expr* lower_supplied(Expr* value, LowerContext& context);

}  // namespace landfall::convert
