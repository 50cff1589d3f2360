// Dates, times and intervals of MySQL.
#include <algorithm>
#include <charconv>

#include "engines/convert/lower/mysql_parts.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

using namespace mysql_code;

struct Unit {
    Text name;
    Text postgres;  ///< of a literal: INTERVAL '1 day'
    int times;      ///< QUARTER: 3 months
    bool of_days;   ///< a date stays a date
};
constexpr Unit kUnits[] = {{"MICROSECOND", "microsecond", 1, false},
                           {"SECOND", "second", 1, false},
                           {"MINUTE", "minute", 1, false},
                           {"HOUR", "hour", 1, false},
                           {"DAY", "day", 1, true},
                           {"WEEK", "week", 1, true},
                           {"MONTH", "month", 1, true},
                           {"QUARTER", "month", 3, true},
                           {"YEAR", "year", 1, true}};

const Unit* unit_of(Text name) {
    const auto found = std::find_if(std::begin(kUnits), std::end(kUnits),
                                    [&](const Unit& unit) { return unit.name == name; });
    return found == std::end(kUnits) ? nullptr : found;
}

struct Template {
    Text name;
    std::uint32_t arguments;
    Text pattern;
};
/// $n as of fill(). Moments may come as texts: they are cast.
constexpr Template kMoments[] = {
    {"curdate", 0, "CURRENT_DATE"},
    {"current_date", 0, "CURRENT_DATE"},
    {"curtime", 0, "LOCALTIME(0)"},
    {"current_time", 0, "LOCALTIME(0)"},
    {"utc_date", 0, "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')::date"},
    {"utc_time", 0, "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')::time(0)"},
    {"utc_timestamp", 0, "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')::timestamp(0)"},
    {"unix_timestamp", 0, "extract(epoch FROM CURRENT_TIMESTAMP)::bigint"},
    {"unix_timestamp", 1, "extract(epoch FROM ($1)::timestamptz)::bigint"},
    {"from_unixtime", 1, "to_timestamp($1)::timestamp"},
    {"date", 1, "($1)::date"},
    {"time", 1, "($1)::time"},
    {"timestamp", 1, "($1)::timestamp"},
    {"year", 1, "extract(year FROM ($1)::timestamp)::integer"},
    {"quarter", 1, "extract(quarter FROM ($1)::timestamp)::integer"},
    {"month", 1, "extract(month FROM ($1)::timestamp)::integer"},
    {"day", 1, "extract(day FROM ($1)::timestamp)::integer"},
    {"dayofmonth", 1, "extract(day FROM ($1)::timestamp)::integer"},
    {"dayofyear", 1, "extract(doy FROM ($1)::timestamp)::integer"},
    {"dayofweek", 1, "extract(dow FROM ($1)::timestamp)::integer + 1"},
    {"weekday", 1, "extract(isodow FROM ($1)::timestamp)::integer - 1"},
    {"weekofyear", 1, "extract(week FROM ($1)::timestamp)::integer"},
    {"hour", 1, "extract(hour FROM $1)::integer"},
    {"minute", 1, "extract(minute FROM $1)::integer"},
    {"second", 1, "trunc(extract(second FROM $1))::integer"},
    {"microsecond", 1, "(extract(microseconds FROM $1)::bigint % 1000000)"},
    {"dayname", 1, "to_char(($1)::timestamp, 'FMDay')"},
    {"monthname", 1, "to_char(($1)::timestamp, 'FMMonth')"},
    {"last_day", 1, "(date_trunc('month', ($1)::timestamp) + INTERVAL '1 month - 1 day')::date"},
    {"to_days", 1, "(($1)::date - DATE '0001-01-01' + 366)"},
    {"from_days", 1, "(DATE '0001-01-01' + ($1 - 366)::integer)"},
    {"datediff", 2, "(($1)::date - ($2)::date)"},
    {"timediff", 2, "($1 - $2)"},
    {"makedate", 2, "(make_date(($1)::integer, 1, 1) + ($2)::integer - 1)"},
    {"maketime", 3, "make_interval(0, 0, 0, 0, ($1)::integer, ($2)::integer, $3)"},
    {"sec_to_time", 1, "make_interval(0, 0, 0, 0, 0, 0, $1)"},
    {"time_to_sec", 1, "extract(epoch FROM ($1)::interval)::bigint"},
    {"convert_tz", 3, "((($1)::timestamp AT TIME ZONE $2) AT TIME ZONE $3)"},
    {"addtime", 2, "($1 + ($2)::interval)"},
    {"subtime", 2, "($1 - ($2)::interval)"}};

/// TIMESTAMPDIFF(unit, a, b): b - a in whole units, towards zero.
constexpr Template kDifferences[] = {
    {"MICROSECOND", 0, "(extract(epoch FROM (($2)::timestamp - ($1)::timestamp)) * 1000000)::bigint"},
    {"SECOND", 0, "trunc(extract(epoch FROM (($2)::timestamp - ($1)::timestamp)))::bigint"},
    {"MINUTE", 0, "trunc(extract(epoch FROM (($2)::timestamp - ($1)::timestamp)) / 60)::bigint"},
    {"HOUR", 0, "trunc(extract(epoch FROM (($2)::timestamp - ($1)::timestamp)) / 3600)::bigint"},
    {"DAY", 0, "trunc(extract(epoch FROM (($2)::timestamp - ($1)::timestamp)) / 86400)::bigint"},
    {"WEEK", 0, "trunc(extract(epoch FROM (($2)::timestamp - ($1)::timestamp)) / 604800)::bigint"},
    {"MONTH", 0,
     "(extract(year FROM age(($2)::timestamp, ($1)::timestamp)) * 12 + extract(month FROM "
     "age(($2)::timestamp, "
     "($1)::timestamp)))::bigint"},
    {"QUARTER", 0,
     "trunc((extract(year FROM age(($2)::timestamp, ($1)::timestamp)) * 12 + extract(month FROM "
     "age(($2)::timestamp, ($1)::timestamp))) / 3)::bigint"},
    {"YEAR", 0, "extract(year FROM age(($2)::timestamp, ($1)::timestamp))::bigint"}};

struct Mark {
    char mysql;
    Text postgres;
};
constexpr Mark kMarks[] = {{'Y', "YYYY"},       {'y', "YY"},
                           {'m', "MM"},         {'c', "FMMM"},
                           {'d', "DD"},         {'e', "FMDD"},
                           {'H', "HH24"},       {'k', "FMHH24"},
                           {'h', "HH12"},       {'I', "HH12"},
                           {'l', "FMHH12"},     {'i', "MI"},
                           {'s', "SS"},         {'S', "SS"},
                           {'f', "US"},         {'p', "AM"},
                           {'W', "FMDay"},      {'a', "Dy"},
                           {'M', "FMMonth"},    {'b', "Mon"},
                           {'j', "DDD"},        {'r', "HH12:MI:SS AM"},
                           {'T', "HH24:MI:SS"}, {'v', "IW"},
                           {'x', "IYYY"}};

class Moments {
public:
    Moments(Call& call, LowerContext& context, const MysqlSchema& schema)
        : call_{call}, context_{context}, schema_{schema}, name_{as<Name>(call.callee)->parts[0].name} {
        for (const Argument* argument : call.arguments) arguments_.push_back(argument->value);
    }

    Expr* lower() {
        if (is_now()) return now();
        const std::size_t count = arguments_.size();
        for (const Template& each : kMoments)
            if (each.name == name_ && each.arguments == count) return filled(each.pattern);
        if (count == 2 && (name_ == "date_format" || name_ == "time_format" || name_ == "from_unixtime"))
            return formatted(name_ == "from_unixtime" ? "to_char(to_timestamp($1), $2)"
                             : name_ == "time_format" ? "to_char(($1)::interval, $2)"
                                                      : "to_char(($1)::timestamp, $2)");
        if (count == 2 && name_ == "str_to_date") return read();
        if (count == 2 && (name_ == "date_add" || name_ == "adddate")) return add('+');
        if (count == 2 && (name_ == "date_sub" || name_ == "subdate")) return add('-');
        if (count == 3 && name_ == "timestampadd") return timestamp_add();
        if (count == 3 && name_ == "timestampdiff") return difference();
        if (count == 2 && name_ == "extract") return extract();
        return nullptr;
    }

private:
    [[nodiscard]] Build build() const { return {context_.tree, call_.span}; }
    Expr* filled(std::string_view pattern) { return fill(context_.tree, call_.span, pattern, arguments_); }
    [[nodiscard]] bool is_now() const {
        return name_ == "now" || name_ == "current_timestamp" || name_ == "localtime" ||
               name_ == "localtimestamp" || name_ == "sysdate";
    }
    Expr* now() {
        const auto* digits = arguments_.empty() ? nullptr : as<Literal>(arguments_[0]);
        const std::string precision = digits == nullptr ? "0" : std::string{digits->text};
        return fill(context_.tree, call_.span, "LOCALTIMESTAMP(" + precision + ")", {});
    }
    Expr* unknown(std::string_view what) {
        context_.add_finding(kFunction, Complexity::medium, call_.span, what);
        return &call_;
    }
    Expr* formatted(std::string_view pattern) {
        const auto* format = as<Literal>(arguments_[1]);
        std::string made;
        if (format == nullptr || !mysql_format(format->text, made)) return unknown("a format of a moment");
        arguments_[1] = build().string(made);
        return filled(pattern);
    }
    /// STR_TO_DATE gives a date, a time or both, by its format.
    Expr* read() {
        const auto* format = as<Literal>(arguments_[1]);
        std::string made;
        if (format == nullptr || !mysql_format(format->text, made)) return unknown("a format of a moment");
        const bool time = format->text.find_first_of("HhIklisSfprT") != std::string_view::npos &&
                          made.find("MI") != std::string::npos;
        arguments_[1] = build().string(made);
        return filled(time ? "to_timestamp($1, $2)::timestamp" : "to_date($1, $2)");
    }
    Expr* add(char sign) {
        const auto* interval = as<Spliced>(arguments_[1]);
        if (interval != nullptr && interval->name == "lowered interval")
            return add_mysql_interval(arguments_[0], arguments_[1], sign, context_, schema_);
        return fill(context_.tree, call_.span,
                    sign == '+' ? "(($1)::date + ($2)::integer)" : "(($1)::date - ($2)::integer)",
                    arguments_);
    }
    Expr* timestamp_add() {
        const auto* unit = as<Literal>(arguments_[0]);
        Spliced* interval = context_.tree.make<Spliced>(call_.span);
        interval->name = "INTERVAL";
        context_.tree.add(interval->operands, arguments_[1]);
        context_.tree.add(interval->pieces, unit == nullptr ? Text{} : unit->text);
        return add_mysql_interval(arguments_[2], lower_mysql_interval(*interval, context_), '+', context_,
                                  schema_);
    }
    Expr* difference() {
        const auto* unit = as<Literal>(arguments_[0]);
        for (const Template& each : kDifferences)
            if (unit != nullptr && each.name == unit->text)
                return fill(context_.tree, call_.span, each.pattern, {arguments_[1], arguments_[2]});
        return unknown("a unit of TIMESTAMPDIFF");
    }
    Expr* extract() {
        const auto* unit = as<Literal>(arguments_[0]);
        if (unit == nullptr || unit_of(unit->text) == nullptr) return unknown("a unit of EXTRACT");
        const std::string pattern =
            "extract(" + in_lower_case(unit->text) + " FROM ($1)::timestamp)::integer";
        return fill(context_.tree, call_.span, pattern, {arguments_[1]});
    }

    Call& call_;
    LowerContext& context_;
    const MysqlSchema& schema_;
    Text name_;
    std::vector<Expr*> arguments_;
};

/// Does the value hold a day without a time?
bool is_day(const Expr* value, const MysqlSchema& schema) {
    if (const auto* literal = as<Literal>(value)) return literal->what == Literal::What::date;
    if (const auto* whole = as<Parenthesized>(value)) return is_day(whole->inner, schema);
    if (const auto* spliced = as<Spliced>(value))
        return !spliced->pieces.empty() && (spliced->pieces[0] == "CURRENT_DATE" ||
                                            spliced->pieces[spliced->pieces.size() - 1].ends_with(")::date"));
    return schema.type_of(value) == "date";
}

}  // namespace

bool mysql_format(Text format, std::string& pattern) {
    std::string literal;
    const auto flush = [&] {
        if (literal.empty()) return;
        const bool letters = std::any_of(literal.begin(), literal.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\\';
        });
        pattern += letters ? "\"" + literal + "\"" : literal;
        literal.clear();
    };
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] == '"') return false;
        if (format[i] != '%' || i + 1 == format.size()) {
            literal.push_back(format[i]);
            continue;
        }
        const char mark = format[++i];
        const auto found = std::find_if(std::begin(kMarks), std::end(kMarks),
                                        [&](const Mark& m) { return m.mysql == mark; });
        if (found != std::end(kMarks)) {
            flush();
            pattern += found->postgres;
        } else if (mark == '%' || std::string_view{"wUuVXD"}.find(mark) == std::string_view::npos) {
            literal.push_back(mark);
        } else {
            return false;
        }
    }
    flush();
    return true;
}

Expr* lower_mysql_moment(Call& call, LowerContext& context, const MysqlSchema& schema) {
    return Moments{call, context, schema}.lower();
}

/// INTERVAL n unit: a literal where n is one. A unit of several parts takes its text: '1-2' YEAR_MONTH.
Expr* lower_mysql_interval(Spliced& interval, LowerContext& context) {
    const Text unit_name = interval.pieces.empty() ? Text{} : interval.pieces[0];
    const Unit* unit = unit_of(unit_name);
    auto* amount = static_cast<Expr*>(interval.operands[0]);
    const auto* number = as<Literal>(amount);
    Spliced* made = nullptr;
    if (unit == nullptr) {
        const bool known = number != nullptr && (unit_name == "YEAR_MONTH" || unit_name == "DAY_SECOND" ||
                                                 unit_name == "HOUR_SECOND" || unit_name == "DAY_MINUTE" ||
                                                 unit_name == "HOUR_MINUTE" || unit_name == "DAY_HOUR");
        if (!known) {
            context.add_finding(kFunction, Complexity::complex, interval.span, "INTERVAL of several units");
            RawExpr* raw = context.tree.make<RawExpr>(interval.span);
            raw->text = "INTERVAL";
            return raw;
        }
        const std::string fields = unit_name == "YEAR_MONTH" ? " YEAR TO MONTH" : "";
        made = fill(context.tree, interval.span, "INTERVAL $1" + fields, {amount});
        if (unit_name == "DAY_HOUR")
            made = fill(context.tree, interval.span, "INTERVAL $1 DAY TO HOUR", {amount});
    } else if (number != nullptr && !number->text.empty() &&
               number->text.find_first_not_of("0123456789") == std::string_view::npos &&
               number->text.size() < 10) {
        const std::string count = std::to_string(std::stoll(std::string{number->text}) * unit->times);
        made = fill(context.tree, interval.span,
                    "INTERVAL '" + count + " " + std::string{unit->postgres} + "'", {});
    } else {
        made =
            fill(context.tree, interval.span,
                 "($1) * INTERVAL '" + std::to_string(unit->times) + " " + std::string{unit->postgres} + "'",
                 {amount});
    }
    made->name = "lowered interval";
    if (unit != nullptr && unit->of_days) context.tree.add(made->pieces, Text{});
    return made;
}

Expr* add_mysql_interval(Expr* moment, Expr* interval, char sign, LowerContext& context,
                         const MysqlSchema& schema) {
    auto* spliced = as<Spliced>(interval);
    const bool of_days = spliced != nullptr && spliced->pieces.size() > spliced->operands.size() + 1;
    if (of_days) spliced->pieces.pop_back();
    const bool text = as<Literal>(moment) != nullptr && as<Literal>(moment)->what == Literal::What::string;
    std::string pattern = text ? "(($1)::timestamp " : "($1 ";
    pattern += sign;
    pattern += " $2)";
    if (of_days && is_day(moment, schema)) pattern += "::date";
    return fill(context.tree, moment->span, pattern, {moment, interval});
}

}  // namespace landfall::convert
