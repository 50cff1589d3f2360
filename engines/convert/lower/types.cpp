#include "engines/convert/lower/types.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace landfall::convert {
namespace {

struct Plain {
    Text oracle;
    Text postgres;
    bool keeps_arguments;
};

/// What needs no thought. NUMBER, DATE, TIMESTAMP and INTERVAL have functions of their own.
constexpr std::array kPlain{
    Plain{"varchar2", "varchar", true},
    Plain{"varchar", "varchar", true},
    Plain{"nvarchar2", "varchar", true},
    Plain{"string", "varchar", true},
    Plain{"char varying", "varchar", true},
    Plain{"character varying", "varchar", true},
    Plain{"nchar varying", "varchar", true},
    Plain{"national character varying", "varchar", true},
    Plain{"national char varying", "varchar", true},
    Plain{"char", "char", true},
    Plain{"character", "char", true},
    Plain{"nchar", "char", true},
    Plain{"national character", "char", true},
    Plain{"national char", "char", true},
    Plain{"clob", "text", false},
    Plain{"nclob", "text", false},
    Plain{"long", "text", false},
    Plain{"character large object", "text", false},
    Plain{"raw", "bytea", false},
    Plain{"long raw", "bytea", false},
    Plain{"blob", "bytea", false},
    Plain{"binary large object", "bytea", false},
    Plain{"bfile", "text", false},
    Plain{"boolean", "boolean", false},
    Plain{"binary_float", "real", false},
    Plain{"binary_double", "double precision", false},
    Plain{"simple_float", "real", false},
    Plain{"simple_double", "double precision", false},
    Plain{"float", "double precision", false},
    Plain{"double precision", "double precision", false},
    Plain{"real", "double precision", false},
    Plain{"pls_integer", "integer", false},
    Plain{"binary_integer", "integer", false},
    Plain{"simple_integer", "integer", false},
    Plain{"natural", "integer", false},
    Plain{"naturaln", "integer", false},
    Plain{"positive", "integer", false},
    Plain{"positiven", "integer", false},
    Plain{"signtype", "integer", false},
    Plain{"xmltype", "xml", false},
    Plain{"json", "jsonb", false},
    Plain{"sys_refcursor", "refcursor", false},
    Plain{"anydata", "text", false},
};

int number_of(Text digits) {
    int value = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

void rename(DataType& type, Text name, bool keeps_arguments, Tree& tree) {
    if (!keeps_arguments) type.arguments.clear();
    type.unit = DataType::LengthUnit::unsaid;
    type.lowered = true;
    Name* made = tree.make<Name>(type.span);
    tree.add(made->parts, {.name = name, .span = type.span});
    type.name = made;
}

/// The integer type that holds `digits` digits; empty: none.
Text integer_of(int digits) {
    if (digits < 1 || digits > 18) return {};
    return digits <= 4 ? "smallint" : digits <= 9 ? "integer" : "bigint";
}

void lower_number(DataType& type, TypeUse use, const Settings& settings, Tree& tree) {
    if (type.arguments.empty()) return rename(type, "numeric", false, tree);
    const int scale = type.arguments.size() > 1 ? number_of(type.arguments[1]) : 0;
    if (type.arguments[0] == "*") {
        if (type.arguments.size() < 2) return rename(type, "numeric", false, tree);
        type.arguments = tree.list<Text>({"38", type.arguments[1]});
    }
    const Text integer =
        scale == 0 && use == TypeUse::column && settings.numbers == Settings::NumberMapping::integers
            ? integer_of(number_of(type.arguments[0]))
            : Text{};
    if (!integer.empty()) return rename(type, integer, false, tree);
    rename(type, "numeric", use != TypeUse::parameter, tree);
}

void lower_timestamp(DataType& type, Tree& tree) {
    const bool zoned = type.zone != DataType::Zone::none;
    type.zone = DataType::Zone::none;
    List<Text> digits;
    if (!type.arguments.empty())
        tree.add(digits, number_of(type.arguments[0]) > 6 ? Text{"6"} : type.arguments[0]);
    type.arguments = digits;
    rename(type, zoned ? "timestamptz" : "timestamp", true, tree);
}

void lower_interval(DataType& type, Tree& tree) {
    const bool years = type.interval_fields.starts_with("YEAR");
    type.interval_fields = years ? "YEAR TO MONTH" : "DAY TO SECOND";
    type.arguments.clear();
    rename(type, "interval", false, tree);
}

}  // namespace

bool lower_builtin_type(DataType& type, TypeUse use, const Settings& settings, Tree& tree) {
    if (type.lowered) return true;
    if (type.anchor != DataType::Anchor::none || type.name == nullptr || type.name->parts.empty())
        return false;
    if (type.name->parts.size() > 2) return false;
    if (type.name->parts.size() == 2) {
        const Text owner = type.name->parts[0].name;
        if (owner != "sys" && owner != "standard" && owner != "public") return false;
    }
    const Text name = type.name->parts.back().name;
    const auto found =
        std::find_if(kPlain.begin(), kPlain.end(), [name](const Plain& p) { return p.oracle == name; });
    if (found != kPlain.end()) {
        rename(type, found->postgres, found->keeps_arguments && use != TypeUse::parameter, tree);
        return true;
    }
    if (name == "number") {
        lower_number(type, use, settings, tree);
    } else if (name == "numeric" || name == "decimal" || name == "dec") {
        if (type.arguments.empty()) tree.add(type.arguments, "38");
        lower_number(type, use, settings, tree);
    } else if (name == "integer" || name == "int" || name == "smallint") {
        type.arguments = tree.list<Text>({"38"});
        rename(type, "numeric", use != TypeUse::parameter, tree);
    } else if (name == "date") {
        type.arguments = tree.list<Text>({"0"});
        rename(type, "timestamp", true, tree);
    } else if (name.starts_with("timestamp")) {
        if (name == "timestamp_tz_unconstrained" || name == "timestamp_ltz_unconstrained")
            type.zone = DataType::Zone::with;
        lower_timestamp(type, tree);
    } else if (name.starts_with("interval") || name == "dsinterval_unconstrained" ||
               name == "yminterval_unconstrained") {
        lower_interval(type, tree);
    } else if (name == "rowid" || name == "urowid") {
        rename(type, settings.row_ids == Settings::RowId::bigint ? "bigint" : "text", false, tree);
    } else {
        return false;
    }
    return true;
}

}  // namespace landfall::convert
