// Types of columns and of casts of MySQL.
#include "engines/convert/syntax/mysql_grammar.hpp"

namespace landfall::convert {
namespace {

struct TypeWords {
    Text name;
    Word first, second;
};
constexpr TypeWords kTypesOfTwoWords[] = {
    {"double", "DOUBLE", "PRECISION"},   {"varchar", "CHARACTER", "VARYING"}, {"varchar", "CHAR", "VARYING"},
    {"char", "NATIONAL", "CHARACTER"},   {"varchar", "NATIONAL", "VARCHAR"},  {"char", "NATIONAL", "CHAR"},
    {"mediumblob", "LONG", "VARBINARY"}, {"mediumtext", "LONG", "VARCHAR"},   {"varchar", "NCHAR", "VARCHAR"},
    {"varchar", "NCHAR", "VARYING"}};

}  // namespace

Name* MysqlGrammar::type_name() {
    const std::uint32_t begin = cursor_.look().span.begin;
    for (const TypeWords& words : kTypesOfTwoWords) {
        if (!cursor_.at(words.first) || !cursor_.at(words.second, 1)) continue;
        cursor_.take();
        cursor_.take();
        if (words.name != "double" && cursor_.at("VARYING")) {
            cursor_.take();
            return name_of("varchar", cursor_.since(begin));
        }
        return name_of(words.name, cursor_.since(begin));
    }
    const Token& token = cursor_.look();
    if (token.kind != TokenKind::word) {
        cursor_.fail("a type");
        return name_of("?", token.span);
    }
    cursor_.take();
    return name_of(in_lower_case(cursor_.text(token)), token.span);
}

/// (10), (10, 2), ('a', 'b')
void MysqlGrammar::type_arguments(DataType& type) {
    if (!cursor_.accept("(")) return;
    while (!cursor_.done() && !cursor_.at(")")) {
        if (at_string()) {
            std::string label;
            append_string(label, cursor_.text(cursor_.take()));
            tree_.add(type.labels, tree_.keep(label));
        } else if (cursor_.look().kind == TokenKind::number) {
            tree_.add(type.arguments, number());
        } else {
            cursor_.fail("a length");
        }
        if (!cursor_.accept(",")) break;
    }
    cursor_.expect(")");
}

Text MysqlGrammar::charset_name() {
    cursor_.accept("=");
    if (at_string()) return string();
    return cursor_.text(cursor_.take());
}

void MysqlGrammar::type_options(DataType& type) {
    for (;;) {
        if (cursor_.accept("UNSIGNED")) {
            type.unsigned_ = true;
        } else if (cursor_.accept("ZEROFILL")) {
            type.zerofill = type.unsigned_ = true;
        } else if (cursor_.at("SIGNED") || cursor_.at("BINARY") || cursor_.at("ASCII") ||
                   cursor_.at("UNICODE") || cursor_.at("BYTE")) {
            if (cursor_.at("BINARY")) type.collation = "binary";
            cursor_.take();
        } else if (cursor_.at_all({"CHARACTER", "SET"}) || cursor_.at_all({"CHAR", "SET"})) {
            cursor_.take();
            cursor_.take();
            type.character_set = charset_name();
        } else if (cursor_.accept("CHARSET")) {
            type.character_set = charset_name();
        } else if (cursor_.accept("COLLATE")) {
            type.collation = charset_name();
        } else {
            return;
        }
    }
}

DataType* MysqlGrammar::data_type() {
    const std::uint32_t begin = cursor_.look().span.begin;
    DataType* type = tree_.make<DataType>({});
    type->name = type_name();
    type_arguments(*type);
    type_options(*type);
    type->span = cursor_.since(begin);
    return type;
}

/// SIGNED [INTEGER], UNSIGNED, CHAR(10) CHARSET utf8mb4, DECIMAL(5,2) …
DataType* MysqlGrammar::cast_type() {
    const std::uint32_t begin = cursor_.look().span.begin;
    if (cursor_.at("SIGNED") || cursor_.at("UNSIGNED")) {
        DataType* type = tree_.make<DataType>({});
        type->name = name_of(in_lower_case(cursor_.text(cursor_.take())), cursor_.since(begin));
        if (cursor_.at_any({"INTEGER", "INT"})) cursor_.take();
        type->span = cursor_.since(begin);
        return type;
    }
    return data_type();
}

}  // namespace landfall::convert
