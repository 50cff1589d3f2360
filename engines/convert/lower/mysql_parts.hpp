// Parts of the lowering of MySQL that its files share. Internal to lower/.
#pragma once

#include "engines/convert/lower/build.hpp"
#include "engines/convert/lower/make.hpp"
#include "engines/convert/lower/mysql.hpp"

namespace landfall::convert {

// Numbers of findings (action_codes.cpp).
namespace mysql_code {
inline constexpr int kRange = 9310, kTypeDiffers = 9311, kZeroDate = 9312, kCollation = 9313,
                     kAutoIncrement = 9314, kOnUpdate = 9315, kInvisible = 9316, kIndexRenamed = 9317,
                     kPrefix = 9318, kFullText = 9319, kSpatial = 9320, kReference = 9321, kOptions = 9322,
                     kPartition = 9323, kFunction = 9324, kFolded = 9325, kExpression = 9326, kGroup = 9327,
                     kRowChange = 9328, kJsonText = 9329, kEnum = 9330, kTimeZone = 9331;
}  // namespace mysql_code

/// A template with $1 … $9 for the arguments and $* for all of them, commas between. An argument that stands
/// twice is cloned. The template has the parentheses that operands need.
[[nodiscard]] Spliced* fill(Tree& tree, Span at, std::string_view pattern,
                            const std::vector<Expr*>& arguments);
/// The same, as a condition: true, false or NULL, not a number.
[[nodiscard]] Spliced* fill_condition(Tree& tree, Span at, std::string_view pattern,
                                      const std::vector<Expr*>& arguments);

/// Is the value true or false in PostgreSQL, where MySQL has 1 and 0?
[[nodiscard]] bool is_condition(const Expr* expression);

// mysql_expressions.cpp
void lower_mysql_expressions(Statement*& statement, LowerContext& context, const MysqlSchema& schema);
// mysql_functions.cpp: nullptr: not a function that is known
[[nodiscard]] Expr* lower_mysql_call(Call& call, LowerContext& context, const MysqlSchema& schema);
// mysql_moments.cpp: functions of dates and times; nullptr: none of those
[[nodiscard]] Expr* lower_mysql_moment(Call& call, LowerContext& context, const MysqlSchema& schema);
[[nodiscard]] Expr* lower_mysql_interval(Spliced& interval, LowerContext& context);
/// moment ± interval
[[nodiscard]] Expr* add_mysql_interval(Expr* moment, Expr* interval, char sign, LowerContext& context,
                                       const MysqlSchema& schema);
/// The pattern of to_char for one of DATE_FORMAT; false: it has a mark that to_char lacks.
[[nodiscard]] bool mysql_format(Text format, std::string& pattern);
// mysql_queries.cpp
void lower_mysql_queries(Statement*& statement, LowerContext& context, const MysqlSchema& schema);

// mysql_types.cpp
[[nodiscard]] MysqlFamily family_of(const DataType& type, const MysqlSettings& settings);
/// Gives the column a type of PostgreSQL's, and checks that keep its range; answers what it holds.
MysqlFamily lower_mysql_column_type(Column& column, LowerContext& context, const MysqlSchema& schema);
/// The type of CAST.
void lower_mysql_cast_type(DataType& type, LowerContext& context);
// mysql_defaults.cpp
void lower_mysql_default(Column& column, MysqlFamily family, LowerContext& context);
/// A literal as a value of a column; `value` itself where it needs no change.
[[nodiscard]] Expr* lower_mysql_value(Expr* value, MysqlFamily family, LowerContext& context);
/// A value of a column of bits: B'101'.
[[nodiscard]] Expr* lower_mysql_bits(Expr* value, std::size_t width, LowerContext& context);
[[nodiscard]] std::size_t mysql_bit_width(const DataType& type);
/// '0000-00-00 …', 0
[[nodiscard]] bool is_zero_date(const Expr* value);
// mysql_rows.cpp
void lower_mysql_rows(Statement& statement, LowerContext& context, const MysqlSchema& schema);
// mysql_triggers.cpp: the trigger's function comes before it
void lower_mysql_trigger(Statement*& statement, LowerContext& context);
// mysql_tables.cpp, mysql_indexes.cpp, mysql_partitions.cpp
void lower_mysql_tables(Statement*& statement, LowerContext& context, const MysqlSchema& schema);
[[nodiscard]] Statement* lower_mysql_index(CreateIndex& index, const CreateTable* table,
                                           LowerContext& context);
void fit_mysql_partitions(CreateTable& table, Tree& tree,
                          const std::function<void(Complexity, Span, std::string)>& tell);

}  // namespace landfall::convert
