// Rows of scripts: values as the columns of PostgreSQL take them.
#include <algorithm>

#include "engines/convert/lower/mysql_parts.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

using namespace mysql_code;

class Rows {
public:
    Rows(Insert& insert, const MysqlColumns& columns, LowerContext& context)
        : insert_{insert}, context_{context} {
        if (insert.columns.empty()) {
            columns_ = columns;
            return;
        }
        for (const Identifier& wanted : insert.columns) {
            const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& each) {
                return in_lower_case(each.name) == in_lower_case(wanted.name);
            });
            columns_.push_back(found == columns.end() ? MysqlColumn{} : *found);
        }
    }

    void lower() {
        auto* values = as<Values>(insert_.query->body);
        if (values == nullptr) return;
        for (Tuple* row : values->rows)
            for (std::uint32_t i = 0; i < std::min<std::size_t>(row->items.size(), columns_.size()); ++i)
                row->items[i] = value(row->items[i], columns_[i]);
    }

private:
    Expr* value(Expr* given, const MysqlColumn& column) {
        const MysqlFamily family = column.family;
        const bool moment = family == MysqlFamily::date || family == MysqlFamily::timestamp;
        if (moment && is_zero_date(given)) return zero_date(given);
        if (family == MysqlFamily::bits) return lower_mysql_bits(given, column.width, context_);
        return lower_mysql_value(given, family, context_);
    }
    Expr* zero_date(Expr* given) {
        if (!told_)
            context_.add_finding(kZeroDate, Complexity::medium, given->span, "a row with the zero date");
        told_ = true;
        const Make make{context_.tree, given->span};
        if (context_.settings.mysql.zero_dates == MysqlSettings::ZeroDates::infinity)
            return make.text("-infinity");
        return make.null();
    }

    Insert& insert_;
    LowerContext& context_;
    MysqlColumns columns_;
    bool told_ = false;
};

}  // namespace

void lower_mysql_rows(Statement& statement, LowerContext& context, const MysqlSchema& schema) {
    auto* sql = as<ScriptSql>(&statement);
    auto* insert = sql == nullptr ? nullptr : as<Insert>(sql->sql);
    if (insert == nullptr || insert->query == nullptr) return;
    if (insert->ignore) insert->on_conflict = "ON CONFLICT DO NOTHING";
    if (insert->replace)
        context.add_finding(kRowChange, Complexity::medium, insert->span,
                            "REPLACE: a row of the same key is not deleted first");
    insert->ignore = insert->replace = false;
    const auto* table = as<TableName>(insert->into);
    const CreateTable* known = table == nullptr ? nullptr : schema.find(table->name);
    if (known == nullptr) return;
    const auto columns = schema.families.find(known);
    if (columns != schema.families.end()) Rows{*insert, columns->second, context}.lower();
}

}  // namespace landfall::convert
