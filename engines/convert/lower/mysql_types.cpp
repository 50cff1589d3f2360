// Types of columns: MySQL's to PostgreSQL's, with checks where the range is narrower.
#include <charconv>

#include "engines/convert/lower/mysql_parts.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

using namespace mysql_code;

struct IntegerType {
    Text name;
    Text postgres, wider;  ///< wider: of the unsigned one
    Text least, most, most_unsigned;
    bool exact;  ///< PostgreSQL's type has just this range
};
constexpr IntegerType kIntegers[] = {
    {"tinyint", "smallint", "smallint", "-128", "127", "255", false},
    {"int1", "smallint", "smallint", "-128", "127", "255", false},
    {"smallint", "smallint", "integer", "-32768", "32767", "65535", true},
    {"int2", "smallint", "integer", "-32768", "32767", "65535", true},
    {"mediumint", "integer", "integer", "-8388608", "8388607", "16777215", false},
    {"middleint", "integer", "integer", "-8388608", "8388607", "16777215", false},
    {"int3", "integer", "integer", "-8388608", "8388607", "16777215", false},
    {"int", "integer", "bigint", "-2147483648", "2147483647", "4294967295", true},
    {"integer", "integer", "bigint", "-2147483648", "2147483647", "4294967295", true},
    {"int4", "integer", "bigint", "-2147483648", "2147483647", "4294967295", true},
    {"bigint", "bigint", "numeric", "-9223372036854775808", "9223372036854775807", "18446744073709551615",
     true},
    {"int8", "bigint", "numeric", "-9223372036854775808", "9223372036854775807", "18446744073709551615",
     true}};

struct PlainType {
    Text name, postgres;
    MysqlFamily family;
};
constexpr PlainType kPlain[] = {
    {"date", "date", MysqlFamily::date},         {"tinytext", "text", MysqlFamily::text},
    {"text", "text", MysqlFamily::text},         {"mediumtext", "text", MysqlFamily::text},
    {"longtext", "text", MysqlFamily::text},     {"long", "text", MysqlFamily::text},
    {"binary", "bytea", MysqlFamily::bytes},     {"varbinary", "bytea", MysqlFamily::bytes},
    {"tinyblob", "bytea", MysqlFamily::bytes},   {"blob", "bytea", MysqlFamily::bytes},
    {"mediumblob", "bytea", MysqlFamily::bytes}, {"longblob", "bytea", MysqlFamily::bytes},
    {"year", "smallint", MysqlFamily::integer},  {"uuid", "uuid", MysqlFamily::other},
    {"inet4", "inet", MysqlFamily::other},       {"inet6", "inet", MysqlFamily::other}};

constexpr Text kSpatialTypes[] = {"geometry",      "point",           "linestring",   "polygon",
                                  "multipoint",    "multilinestring", "multipolygon", "geometrycollection",
                                  "geomcollection"};

Text name_of(const DataType& type) {
    return type.name == nullptr || type.name->parts.empty() ? Text{} : type.name->parts.back().name;
}

template <class Table>
auto find_in(const Table& table, Text name) {
    return std::find_if(std::begin(table), std::end(table),
                        [&](const auto& each) { return each.name == name; });
}

bool is_tinyint1(const DataType& type) {
    const Text name = name_of(type);
    if (name == "bool" || name == "boolean") return true;
    return name == "tinyint" && !type.unsigned_ && type.arguments.size() == 1 && type.arguments[0] == "1";
}

int number_of(Text digits) {
    int value = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

class ColumnType {
public:
    ColumnType(Column& column, LowerContext& context, const MysqlSchema& schema)
        : column_{column},
          type_{*column.type},
          context_{context},
          settings_{context.settings.mysql},
          schema_{schema} {}

    void lower() {
        const Text name = name_of(type_);
        type_.character_set = {};
        if (is_tinyint1(type_) && settings_.tinyint1 == MysqlSettings::TinyInt1::boolean &&
            !column_.auto_increment)
            return rename("boolean");
        if (name == "bool" || name == "boolean") return rename("smallint");
        if (const auto integer = find_in(kIntegers, name); integer != std::end(kIntegers))
            return lower_integer(*integer);
        if (const auto plain = find_in(kPlain, name); plain != std::end(kPlain))
            return rename(plain->postgres);
        if (find_in_spatial(name)) return lower_spatial();
        lower_other(name);
    }

private:
    void tell(int code, Complexity complexity, std::string_view detail) {
        context_.add_finding(code, complexity, column_.span, detail);
    }
    static bool find_in_spatial(Text name) {
        return std::find(std::begin(kSpatialTypes), std::end(kSpatialTypes), name) != std::end(kSpatialTypes);
    }
    void rename(Text postgres) { rename(postgres, {}); }
    void rename(Text postgres, const List<Text>& arguments) {
        type_.name = Make{context_.tree, type_.span}.name({postgres});
        type_.arguments = arguments;
        type_.labels.clear();
        type_.collation = {};
        type_.unsigned_ = type_.zerofill = false;
        type_.lowered = true;
    }
    [[nodiscard]] Name* column_name() const {
        return Make{context_.tree, column_.span}.name({column_.name.name});
    }
    void check(Expr* condition) {
        Constraint* made = context_.tree.make<Constraint>(column_.span);
        made->what = Constraint::What::check;
        made->condition = condition;
        context_.tree.add(column_.constraints, made);
    }
    [[nodiscard]] List<Text> precision(int most) const {
        List<Text> made;
        const Text digits = type_.arguments.empty() ? Text{"0"} : type_.arguments[0];
        context_.tree.add(made, number_of(digits) > most ? Text{"6"} : digits);
        return made;
    }

    void lower_integer(const IntegerType& integer) {
        const bool is_unsigned = type_.unsigned_;
        if (type_.zerofill)
            tell(kTypeDiffers, Complexity::simple, "ZEROFILL: numbers are not shown with leading zeros");
        Text postgres = is_unsigned ? integer.wider : integer.postgres;
        List<Text> arguments;
        if (postgres == "numeric") {
            if (column_.auto_increment) {
                postgres = "bigint";
                tell(kRange, Complexity::info, "numbers above 9223372036854775807 have no place");
            } else {
                arguments = context_.tree.list<Text>({"20", "0"});
            }
        }
        rename(postgres, arguments);
        if (settings_.unsigned_integers != MysqlSettings::Unsigned::check) return;
        if (!is_unsigned && integer.exact) return;
        const Make make{context_.tree, column_.span};
        Between* between = context_.tree.make<Between>(column_.span);
        between->operand = column_name();
        between->low = make.number(is_unsigned ? Text{"0"} : integer.least);
        between->high = make.number(is_unsigned ? integer.most_unsigned : integer.most);
        check(between);
    }
    void lower_spatial() {
        if (settings_.spatial == MysqlSettings::Spatial::postgis) return rename("geometry");
        tell(kSpatial, Complexity::complex, "a spatial value is bytes: its SRID and WKB");
        rename("bytea");
    }
    void lower_other(Text name) {
        if (name == "decimal" || name == "dec" || name == "numeric" || name == "fixed" || name == "number")
            return lower_decimal();
        if (name == "float" || name == "float4" || name == "double" || name == "real" || name == "float8")
            return lower_real(name);
        if (name == "char" || name == "character" || name == "nchar" || name == "varchar" ||
            name == "varcharacter" || name == "nvarchar" || name == "varchar2")
            return lower_text(name);
        if (name == "datetime") return rename("timestamp", precision(6));
        if (name == "timestamp")
            return rename(
                settings_.timestamps == MysqlSettings::Timestamps::zoned ? "timestamptz" : "timestamp",
                precision(6));
        if (name == "time")
            return rename(settings_.times == MysqlSettings::Times::time ? "time" : "interval", precision(6));
        if (name == "bit")
            return rename("bit", type_.arguments.empty() ? context_.tree.list<Text>({"1"}) : type_.arguments);
        if (name == "json") return rename(settings_.json == MysqlSettings::Json::json ? "json" : "jsonb");
        if (name == "enum") return lower_enum();
        if (name == "set") return lower_set();
        tell(kTypeDiffers, Complexity::complex, std::string{"the type "} + std::string{name} + " is text");
        rename("text");
    }
    void lower_decimal() {
        List<Text> arguments = type_.arguments;
        if (arguments.empty()) arguments = context_.tree.list<Text>({"10", "0"});
        const bool is_unsigned = type_.unsigned_;
        rename("numeric", arguments);
        check_sign(is_unsigned);
    }
    void check_sign(bool is_unsigned) {
        if (!is_unsigned || settings_.unsigned_integers != MysqlSettings::Unsigned::check) return;
        const Build build{context_.tree, column_.span};
        check(build.binary(BinaryOp::greater_equal, column_name(), build.number("0")));
    }
    /// FLOAT(7,4) rounds to four digits behind the point; FLOAT(30) says how exact it is to be.
    void lower_real(Text name) {
        const bool rounds = type_.arguments.size() == 2;
        constexpr int kDigitsOfFloat = 24;
        const bool single = (name == "float" || name == "float4") &&
                            (type_.arguments.size() != 1 || number_of(type_.arguments[0]) <= kDigitsOfFloat);
        if (rounds) tell(kTypeDiffers, Complexity::info, "values are not rounded to the digits of the type");
        const bool is_unsigned = type_.unsigned_;
        rename(single ? "real" : "double precision");
        check_sign(is_unsigned);
    }
    void lower_text(Text name) {
        List<Text> arguments = type_.arguments;
        if (type_.character_set == "binary") return rename("bytea");
        if (arguments.empty()) arguments = context_.tree.list<Text>({"1"});
        if (arguments[0] == "0") arguments = context_.tree.list<Text>({"1"});
        const bool fixed = name == "char" || name == "character" || name == "nchar";
        const bool char_ = fixed && settings_.fixed_text == MysqlSettings::FixedText::char_;
        rename(char_ ? "char" : "varchar", arguments);
    }
    void lower_enum() {
        const List<Text> labels = type_.labels;
        const auto named = schema_.enum_types.find(&column_);
        if (settings_.enums == MysqlSettings::Enums::type && named != schema_.enum_types.end())
            return rename(named->second);
        std::size_t longest = 1;
        for (const Text label : labels) longest = std::max(longest, label.size());
        rename("varchar", context_.tree.list<Text>({context_.tree.keep(std::to_string(longest))}));
        if (settings_.enums == MysqlSettings::Enums::text) {
            tell(kEnum, Complexity::simple, "any text is taken, and texts sort by letters");
            return;
        }
        tell(kEnum, Complexity::info, "texts sort by letters, not in the order of the labels");
        In* in = context_.tree.make<In>(column_.span);
        in->operand = column_name();
        for (const Text label : labels)
            context_.tree.add(in->items, Make{context_.tree, column_.span}.text(label));
        check(in);
    }
    /// 'a,b': the text of its labels with commas between.
    void lower_set() {
        const List<Text> labels = type_.labels;
        rename("text");
        if (settings_.enums == MysqlSettings::Enums::text) return;
        const Make make{context_.tree, column_.span};
        Tuple* known = context_.tree.make<Tuple>(column_.span);
        known->array = true;
        for (const Text label : labels) context_.tree.add(known->items, make.text(label));
        check(fill_condition(context_.tree, column_.span, "string_to_array($1, ',') <@ $2::text[]",
                             {column_name(), known}));
    }

    Column& column_;
    DataType& type_;
    LowerContext& context_;
    const MysqlSettings& settings_;
    const MysqlSchema& schema_;
};

}  // namespace

MysqlFamily family_of(const DataType& type, const MysqlSettings& settings) {
    const Text name = name_of(type);
    if (is_tinyint1(type))
        return settings.tinyint1 == MysqlSettings::TinyInt1::boolean ? MysqlFamily::boolean
                                                                     : MysqlFamily::integer;
    if (find_in(kIntegers, name) != std::end(kIntegers)) return MysqlFamily::integer;
    if (const auto plain = find_in(kPlain, name); plain != std::end(kPlain)) return plain->family;
    if (name == "decimal" || name == "dec" || name == "numeric" || name == "fixed")
        return MysqlFamily::decimal;
    if (name == "float" || name == "float4" || name == "double" || name == "real" || name == "float8")
        return MysqlFamily::real;
    if (name == "char" || name == "character" || name == "nchar" || name == "varchar" || name == "nvarchar")
        return type.character_set == "binary" ? MysqlFamily::bytes : MysqlFamily::text;
    if (name == "datetime" || name == "timestamp") return MysqlFamily::timestamp;
    if (name == "time") return MysqlFamily::time;
    if (name == "bit") return MysqlFamily::bits;
    if (name == "json") return MysqlFamily::json;
    if (name == "enum" || name == "set") return MysqlFamily::labels;
    if (std::find(std::begin(kSpatialTypes), std::end(kSpatialTypes), name) != std::end(kSpatialTypes))
        return MysqlFamily::bytes;
    return MysqlFamily::other;
}

MysqlFamily lower_mysql_column_type(Column& column, LowerContext& context, const MysqlSchema& schema) {
    if (column.type == nullptr || column.type->lowered) return MysqlFamily::other;
    const MysqlFamily family = family_of(*column.type, context.settings.mysql);
    ColumnType{column, context, schema}.lower();
    return family;
}

void lower_mysql_cast_type(DataType& type, LowerContext& context) {
    if (type.lowered) return;
    const Text name = name_of(type);
    const auto rename = [&](Text postgres, const List<Text>& arguments) {
        type.name = Make{context.tree, type.span}.name({postgres});
        type.arguments = arguments;
        type.labels.clear();
        type.character_set = type.collation = {};
        type.unsigned_ = false;
        type.lowered = true;
    };
    if (name == "signed" || find_in(kIntegers, name) != std::end(kIntegers)) return rename("bigint", {});
    if (name == "unsigned") return rename("numeric", context.tree.list<Text>({"20", "0"}));
    if (name == "char" || name == "nchar" || name == "varchar" || name == "character")
        return type.arguments.empty() ? rename("text", {}) : rename("varchar", type.arguments);
    if (name == "binary" || name == "varbinary") return rename("bytea", {});
    if (name == "decimal" || name == "numeric" || name == "dec")
        return rename("numeric",
                      type.arguments.empty() ? context.tree.list<Text>({"10", "0"}) : type.arguments);
    if (name == "datetime" || name == "timestamp")
        return rename("timestamp", type.arguments.empty() ? context.tree.list<Text>({"0"}) : type.arguments);
    if (name == "time") return rename("time", {});
    if (name == "year") return rename("smallint", {});
    if (name == "float") return rename("real", {});
    if (name == "double" || name == "real") return rename("double precision", {});
    if (name == "json") return rename("jsonb", {});
    rename(name, {});
}

}  // namespace landfall::convert
