// Functions of MySQL that are written otherwise in PostgreSQL.
#include <algorithm>

#include "engines/convert/lower/mysql_parts.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

using namespace mysql_code;

constexpr std::uint32_t kAny = 99;

struct Template {
    Text name;
    std::uint32_t arguments;  ///< kAny: as many as there are
    Text pattern;             ///< as of fill(); one that begins by ? is a condition
};
constexpr Template kFunctions[] = {
    {"ifnull", 2, "coalesce($1, $2)"},
    {"nvl", 2, "coalesce($1, $2)"},
    {"isnull", 1, "?($1) IS NULL"},
    {"greatest", kAny, "CASE WHEN num_nulls($*) = 0 THEN greatest($*) END"},
    {"least", kAny, "CASE WHEN num_nulls($*) = 0 THEN least($*) END"},
    {"length", 1, "octet_length(($1)::text)"},
    {"octet_length", 1, "octet_length(($1)::text)"},
    {"char_length", 1, "char_length(($1)::text)"},
    {"character_length", 1, "char_length(($1)::text)"},
    {"ucase", 1, "upper($1)"},
    {"lcase", 1, "lower($1)"},
    {"upper", 1, "upper(($1)::text)"},
    {"lower", 1, "lower(($1)::text)"},
    {"left", 2, "left(($1)::text, ($2)::integer)"},
    {"right", 2, "right(($1)::text, ($2)::integer)"},
    {"instr", 2, "strpos(($1)::text, $2)"},
    {"locate", 2, "strpos(($2)::text, $1)"},
    {"position", 2, "strpos(($2)::text, $1)"},
    {"locate", 3,
     "CASE WHEN strpos(substr(($2)::text, $3), $1) > 0 THEN strpos(substr(($2)::text, $3), $1) + $3 - 1 ELSE "
     "0 END"},
    {"lpad", 3, "lpad(($1)::text, $2, $3)"},
    {"rpad", 3, "rpad(($1)::text, $2, $3)"},
    {"replace", 3, "replace(($1)::text, $2, $3)"},
    {"space", 1, "repeat(' ', $1)"},
    {"strcmp", 2, "CASE WHEN $1 = $2 THEN 0 WHEN $1 < $2 THEN -1 ELSE 1 END"},
    {"insert", 4, "overlay(($1)::text PLACING $4 FROM $2 FOR $3)"},
    {"find_in_set", 2, "coalesce(array_position(string_to_array(($2)::text, ','), ($1)::text), 0)"},
    {"hex", 1, "upper(encode(convert_to(($1)::text, 'UTF8'), 'hex'))"},
    {"unhex", 1, "decode($1, 'hex')"},
    {"to_base64", 1, "encode(convert_to(($1)::text, 'UTF8'), 'base64')"},
    {"from_base64", 1, "decode($1, 'base64')"},
    {"md5", 1, "md5(($1)::text)"},
    {"char", 1, "chr(($1)::integer)"},
    {"ord", 1, "ascii($1)"},
    {"quote", 1, "quote_literal($1)"},
    {"uuid", 0, "gen_random_uuid()::text"},
    {"sys_guid", 0, "replace(gen_random_uuid()::text, '-', '')"},
    {"ceiling", 1, "ceil($1)"},
    {"pow", 2, "power($1, $2)"},
    {"rand", 0, "random()"},
    {"log", 1, "ln($1)"},
    {"log2", 1, "log(2, ($1)::numeric)"},
    {"log10", 1, "log($1)"},
    {"log", 2, "log(($1)::numeric, ($2)::numeric)"},
    {"round", 2, "round(($1)::numeric, $2)"},
    {"truncate", 2, "trunc(($1)::numeric, $2)"},
    {"mod", 2, "mod($1, nullif($2, 0))"},
    {"std", 1, "stddev_pop($1)"},
    {"stddev", 1, "stddev_pop($1)"},
    {"variance", 1, "var_pop($1)"},
    {"any_value", 1, "(array_agg($1))[1]"},
    {"json_object", kAny, "jsonb_build_object($*)"},
    {"json_array", kAny, "jsonb_build_array($*)"},
    {"json_arrayagg", 1, "jsonb_agg($1)"},
    {"json_objectagg", 2, "jsonb_object_agg($1, $2)"},
    {"json_length", 1, "jsonb_array_length(($1)::jsonb)"},
    {"json_unquote", 1, "(($1) #>> '{}')"},
    {"json_contains", 2, "?($1)::jsonb @> ($2)::jsonb"},
    {"json_type", 1, "upper(jsonb_typeof(($1)::jsonb))"},
    {"database", 0, "current_schema()"},
    {"schema", 0, "current_schema()"},
    {"user", 0, "current_user"},
    {"current_user", 0, "current_user"},
    {"session_user", 0, "session_user"},
    {"system_user", 0, "session_user"},
    {"connection_id", 0, "pg_backend_pid()"},
    {"last_insert_id", 0, "lastval()"},
    {"sleep", 1, "pg_sleep($1)"},
    {"inet_aton", 1, "(($1)::inet - '0.0.0.0'::inet)"},
    {"inet_ntoa", 1, "host('0.0.0.0'::inet + ($1)::bigint)"},
    {"crc32", kAny, ""},
    {"lastval", kAny, ""}};

/// Functions of the server for which there is nothing alike: a call of them would fail.
constexpr Text kWithoutCounterpart[] = {
    "aes_decrypt",  "aes_encrypt",  "benchmark",   "bin",          "compress",     "conv",
    "crc32",        "encrypt",      "export_set",  "extractvalue", "found_rows",   "get_format",
    "get_lock",     "json_extract", "json_insert", "json_keys",    "json_merge",   "json_remove",
    "json_replace", "json_search",  "json_set",    "json_valid",   "load_file",    "make_set",
    "oct",          "password",     "period_add",  "period_diff",  "release_lock", "row_count",
    "sha",          "sha1",         "soundex",     "uncompress",   "updatexml",    "week",
    "yearweek",     "uuid_short",   "is_uuid",     "uuid_to_bin",  "bin_to_uuid"};

class Functions {
public:
    Functions(Call& call, LowerContext& context, const MysqlSchema& schema)
        : call_{call}, context_{context}, schema_{schema}, name_{as<Name>(call.callee)->parts[0].name} {
        for (const Argument* argument : call.arguments) arguments_.push_back(argument->value);
    }

    Expr* lower() {
        if (name_ == "concat") return concat();
        if (name_ == "concat_ws") return nullptr;
        if (name_ == "group_concat") return group_concat();
        if (name_ == "substring" || name_ == "substr" || name_ == "mid") return substring();
        if (name_ == "trim") return trim();
        if (name_ == "elt" && arguments_.size() > 1) return elt();
        if (name_ == "field" && arguments_.size() > 1) return field();
        if (name_ == "format" && arguments_.size() >= 2) return format();
        if (name_ == "substring_index" && arguments_.size() == 3) return substring_index();
        if (name_ == "sha2" && arguments_.size() == 2) return sha2();
        if (name_ == "count" && arguments_.size() > 1) return count_rows();
        if (name_ == "json_extract" && arguments_.size() == 2) return json_extract();
        for (const Template& each : kFunctions) {
            const bool fits = each.arguments == kAny || each.arguments == arguments_.size();
            if (each.name != name_ || !fits || each.pattern.empty()) continue;
            if (call_.over != nullptr) return nullptr;
            return each.pattern.starts_with('?')
                       ? fill_condition(context_.tree, call_.span, each.pattern.substr(1), arguments_)
                       : filled(each.pattern, arguments_);
        }
        if (std::find(std::begin(kWithoutCounterpart), std::end(kWithoutCounterpart), name_) !=
            std::end(kWithoutCounterpart))
            context_.add_finding(kFunction, Complexity::complex, call_.span, name_);
        return nullptr;
    }

private:
    [[nodiscard]] Build build() const { return {context_.tree, call_.span}; }
    Expr* filled(std::string_view pattern, const std::vector<Expr*>& arguments) {
        return fill(context_.tree, call_.span, pattern, arguments);
    }
    void unknown(std::string_view what) {
        context_.add_finding(kFunction, Complexity::medium, call_.span, what);
    }
    [[nodiscard]] bool is_text(const Expr* value) const {
        if (const auto* literal = as<Literal>(value)) return literal->what == Literal::What::string;
        const Text type = schema_.type_of(value);
        return type.ends_with("char") || type.ends_with("text");
    }
    /// NULL where one is NULL, as || has it; concat() of PostgreSQL leaves NULLs out.
    Expr* concat() {
        if (arguments_.empty()) return nullptr;
        Expr* made = nullptr;
        for (Expr* value : arguments_) {
            Expr* text = is_text(value) ? value : build().cast(value, "text");
            made = made == nullptr ? text : build().binary(BinaryOp::concat, made, text);
        }
        if (arguments_.size() == 1) return made;
        Parenthesized* whole = context_.tree.make<Parenthesized>(call_.span);
        whole->inner = made;
        return whole;
    }
    Expr* group_concat() {
        if (arguments_.empty()) return nullptr;
        Expr* value = arguments_[0];
        if (arguments_.size() > 1) value = concat();
        std::string separator{call_.separator};
        if (separator.empty()) separator = ",";
        if (separator == std::string_view{"\0", 1}) separator.clear();
        Expr* text = is_text(value) ? value : build().cast(value, "text");
        Call* made = build().call("string_agg", {text, build().string(separator)});
        made->distinct = call_.distinct;
        made->order = call_.order;
        // With DISTINCT the order has to be of the value itself.
        if (made->distinct)
            for (OrderItem* item : made->order) item->value = clone_of(context_.tree, text);
        return made;
    }
    Expr* substring() {
        if (arguments_.size() < 2) return nullptr;
        Expr* text = is_text(arguments_[0]) ? arguments_[0] : build().cast(arguments_[0], "text");
        std::vector<Expr*> values{text, arguments_[1]};
        if (arguments_.size() > 2) values.push_back(arguments_[2]);
        const bool counted = values.size() > 2;
        const auto* place = as<Literal>(arguments_[1]);
        if (place != nullptr) return filled(counted ? "substr($1, $2, $3)" : "substr($1, $2)", values);
        if (const auto* minus = as<Unary>(arguments_[1]);
            minus != nullptr && as<Literal>(minus->operand) != nullptr) {
            values[1] = minus->operand;
            return filled(counted ? "substr(right($1, $2), 1, $3)" : "right($1, $2)", values);
        }
        return filled(counted ? "substr($1, CASE WHEN $2 < 0 THEN char_length($1) + $2 + 1 ELSE $2 END, $3)"
                              : "substr($1, CASE WHEN $2 < 0 THEN char_length($1) + $2 + 1 ELSE $2 END)",
                      values);
    }
    /// TRIM(LEADING 'x' FROM a): the arguments come in the order of the source.
    Expr* trim() {
        const std::string side{call_.separator == "LEADING"    ? "ltrim"
                               : call_.separator == "TRAILING" ? "rtrim"
                                                               : "btrim"};
        if (arguments_.size() == 1) return filled(side + "(($1)::text)", arguments_);
        if (arguments_.size() != 2) return nullptr;
        const auto* characters = as<Literal>(arguments_[0]);
        if (characters == nullptr || characters->text.size() != 1)
            unknown("TRIM takes away single characters, not a text of several");
        return filled(side + "(($2)::text, $1)", arguments_);
    }
    Tuple* array(std::size_t from) {
        Tuple* made = context_.tree.make<Tuple>(call_.span);
        made->array = true;
        for (std::size_t i = from; i < arguments_.size(); ++i) context_.tree.add(made->items, arguments_[i]);
        return made;
    }
    Expr* elt() { return filled("($1)[$2]", {array(1), arguments_[0]}); }
    Expr* field() { return filled("coalesce(array_position($1, $2), 0)", {array(1), arguments_[0]}); }
    /// FORMAT(x, 2): 1,234.50
    Expr* format() {
        const auto* digits = as<Literal>(arguments_[1]);
        if (digits == nullptr || digits->text.size() != 1) {
            unknown("FORMAT with digits that are not said");
            return nullptr;
        }
        std::string pattern = "FM999,999,999,999,999,990";
        const auto count = static_cast<std::size_t>(digits->text[0] - '0');
        if (count > 0 && count < 10) pattern += "." + std::string(count, '0');
        return filled("to_char(($1)::numeric, $2)", {arguments_[0], build().string(pattern)});
    }
    Expr* substring_index() {
        const auto* count = as<Literal>(arguments_[2]);
        if (count != nullptr)
            return filled("array_to_string((string_to_array(($1)::text, $2))[1:$3], $2)", arguments_);
        const auto* minus = as<Unary>(arguments_[2]);
        if (minus == nullptr || as<Literal>(minus->operand) == nullptr) {
            unknown("SUBSTRING_INDEX with a count that is not said");
            return nullptr;
        }
        return filled(
            "array_to_string((string_to_array(($1)::text, "
            "$2))[greatest(cardinality(string_to_array(($1)::text, $2)) "
            "- $3 + 1, 1):], $2)",
            {arguments_[0], arguments_[1], minus->operand});
    }
    Expr* sha2() {
        const auto* bits = as<Literal>(arguments_[1]);
        const std::string width = bits == nullptr || bits->text == "0" ? "256" : std::string{bits->text};
        return filled("encode(sha" + width + "(convert_to(($1)::text, 'UTF8')), 'hex')", {arguments_[0]});
    }
    /// Rows with a NULL among the values do not count in MySQL.
    Expr* count_rows() {
        if (!call_.distinct) return nullptr;
        return filled("count(DISTINCT ($*)) FILTER (WHERE num_nulls($*) = 0)", arguments_);
    }
    Expr* json_extract() {
        Spliced* path = context_.tree.make<Spliced>(call_.span);
        unknown("a path of JSON");
        context_.tree.add(path->pieces, Text{});
        return filled("jsonb_path_query_first(($1)::jsonb, ($2)::jsonpath)", arguments_);
    }

    Call& call_;
    LowerContext& context_;
    const MysqlSchema& schema_;
    Text name_;
    std::vector<Expr*> arguments_;
};

}  // namespace

Expr* lower_mysql_call(Call& call, LowerContext& context, const MysqlSchema& schema) {
    return Functions{call, context, schema}.lower();
}

}  // namespace landfall::convert
