// Built-in functions and pseudo-columns.
#include <algorithm>
#include <array>

#include "engines/convert/lower/expressions.hpp"
#include "engines/convert/lower/supplied_packages.hpp"
#include "engines/convert/meaning/binding.hpp"

namespace landfall::convert {
namespace {

/// Built-ins that the runtime pack has under the same name: PostgreSQL lacks them, or its function of that
/// name differs ('' for NULL, positions from the end, 0 as divisor, formats). Sorted.
constexpr std::array<std::string_view, 78> kOfPack{"add_months",
                                                   "asciistr",
                                                   "bfilename",
                                                   "bin_to_num",
                                                   "bitand",
                                                   "compose",
                                                   "convert",
                                                   "decompose",
                                                   "dump",
                                                   "existsnode",
                                                   "extractvalue",
                                                   "from_tz",
                                                   "greatest",
                                                   "hextoraw",
                                                   "instr",
                                                   "instrb",
                                                   "instrc",
                                                   "last_day",
                                                   "least",
                                                   "lengthb",
                                                   "lpad",
                                                   "ltrim",
                                                   "mod",
                                                   "months_between",
                                                   "nanvl",
                                                   "new_time",
                                                   "next_day",
                                                   "nls_charset_id",
                                                   "nls_charset_name",
                                                   "nls_initcap",
                                                   "nls_lower",
                                                   "nls_upper",
                                                   "nlssort",
                                                   "numtodsinterval",
                                                   "numtoyminterval",
                                                   "ora_hash",
                                                   "raise_application_error",
                                                   "rawtohex",
                                                   "rawtonhex",
                                                   "regexp_count",
                                                   "regexp_instr",
                                                   "regexp_like",
                                                   "regexp_replace",
                                                   "regexp_substr",
                                                   "remainder",
                                                   "replace",
                                                   "round",
                                                   "rpad",
                                                   "rtrim",
                                                   "soundex",
                                                   "substr",
                                                   "substrb",
                                                   "substrc",
                                                   "sys_context",
                                                   "sys_extract_utc",
                                                   "sys_guid",
                                                   "to_binary_double",
                                                   "to_binary_float",
                                                   "to_blob",
                                                   "to_char",
                                                   "to_date",
                                                   "to_dsinterval",
                                                   "to_multi_byte",
                                                   "to_nchar",
                                                   "to_number",
                                                   "to_single_byte",
                                                   "to_timestamp",
                                                   "to_timestamp_tz",
                                                   "to_yminterval",
                                                   "translate",
                                                   "trim",
                                                   "trunc",
                                                   "tz_offset",
                                                   "unistr",
                                                   "userenv",
                                                   "vsize",
                                                   "xmlsequence",
                                                   "xmltype"};

bool of_pack(Text name) { return std::binary_search(kOfPack.begin(), kOfPack.end(), name); }

Expr* argument(const Call& call, std::size_t at) { return call.arguments[at]->value; }

bool is_null_literal(const Expr* expr) {
    const auto* literal = as<Literal>(expr);
    return literal != nullptr && literal->what == Literal::What::null;
}
bool is_string_literal(const Expr* expr) {
    const auto* literal = as<Literal>(expr);
    return literal != nullptr && literal->what == Literal::What::string;
}
bool is_number_literal(const Expr* expr) {
    const auto* literal = as<Literal>(expr);
    return literal != nullptr && literal->what == Literal::What::number;
}

class BuiltIn {
public:
    BuiltIn(Call* call, LowerContext& context)
        : call_{call}, context_{context}, build_{context.tree, call->span}, count_{call->arguments.size()} {}

    Expr* lowered() {
        const Text name = built_in_name(call_->callee);
        if (name.empty() || call_->over != nullptr) return call_;
        Expr* made = special(name);
        if (made != nullptr) return made;
        if (!of_pack(name) || native(name)) return call_;
        take_as_text(name);
        return packed(name);
    }

private:
    /// Numbers where a function takes texts.
    void take_as_text(Text name) {
        const bool all = name == "replace" || name == "translate";
        const bool longest =
            (name == "greatest" || name == "least") && is_text(family_of(argument(*call_, 0)));
        if (!all && !longest) return;
        for (Argument* each : call_->arguments) each->value = fitting(each->value, Family::varchar);
    }

    Expr* packed(Text name) {
        call_->callee = build_.name({"oracle_ext", name});
        fit_arguments(*call_, name, context_.tree);
        tell_zone(name);
        return call_;
    }

    /// The day and the hour of a moment are those of the zone it was said with, here those of the session's.
    void tell_zone(Text name) {
        static constexpr std::array<std::string_view, 6> kOfFields{"add_months", "last_day", "next_day",
                                                                   "round",      "to_char",  "trunc"};
        if (count_ == 0 || std::find(kOfFields.begin(), kOfFields.end(), name) == kOfFields.end()) return;
        const auto* cast = as<Cast>(argument(*call_, 0));
        if (cast == nullptr || family_of(cast) != Family::timestamp_tz || !is_string_literal(cast->operand))
            return;
        context_.add_finding(9042, Complexity::simple, call_->span,
                             "its fields are those of the session's zone");
    }

    /// nullptr: no rule of its own.
    Expr* special(Text name) {
        struct Rule {
            std::string_view name;
            Expr* (BuiltIn::*apply)();
        };
        static constexpr Rule kRules[] = {{"nvl", &BuiltIn::nvl},
                                          {"nvl2", &BuiltIn::nvl2},
                                          {"greatest", &BuiltIn::extreme},
                                          {"least", &BuiltIn::extreme},
                                          {"decode", &BuiltIn::decode},
                                          {"lnnvl", &BuiltIn::lnnvl},
                                          {"concat", &BuiltIn::concat},
                                          {"to_clob", &BuiltIn::to_text},
                                          {"to_nclob", &BuiltIn::to_text},
                                          {"to_lob", &BuiltIn::first},
                                          {"chr", &BuiltIn::chr},
                                          {"empty_clob", &BuiltIn::empty_clob},
                                          {"empty_blob", &BuiltIn::empty_blob},
                                          {"sysdate", &BuiltIn::sysdate},
                                          {"grouping_id", &BuiltIn::grouping},
                                          {"cardinality", &BuiltIn::cardinality},
                                          {"length", &BuiltIn::length},
                                          {"rowidtochar", &BuiltIn::to_text},
                                          {"length2", &BuiltIn::length},
                                          {"lengthc", &BuiltIn::length},
                                          {"length4", &BuiltIn::length}};
        for (const Rule& rule : kRules) {
            if (rule.name == name) return (this->*rule.apply)();
        }
        return nullptr;
    }

    /// Is PostgreSQL's own function of that name the same for these arguments?
    bool native(Text name) {
        if (count_ == 0) return false;
        const Family family = family_of(argument(*call_, 0));
        if (name == "mod") return count_ == 2 && is_number_literal(argument(*call_, 1)) && nonzero(1);
        if (name == "trunc" || name == "round")
            return is_number(family) && family != Family::integer &&
                   (count_ == 1 || is_number_literal(argument(*call_, 1)));
        if (name == "greatest" || name == "least") return all_literals();
        if (name == "to_number") return false;
        return false;
    }
    bool nonzero(std::size_t at) {
        const auto* literal = as<Literal>(argument(*call_, at));
        return literal->text.find_first_of("123456789") != Text::npos;
    }
    bool all_literals() {
        return std::all_of(call_->arguments.begin(), call_->arguments.end(),
                           [](const Argument* each) { return is_number_literal(each->value); });
    }

    /// A value that stands beside one of another type: Oracle converts it, PostgreSQL would refuse it.
    Expr* fitting(Expr* value, Family family) {
        if (is_text(family) && is_number_literal(value)) {
            return Build{context_.tree, value->span}.string(as<Literal>(value)->text);
        }
        const Family own = family_of(value);
        if (is_text(family) && (is_number(own) || is_moment(own))) {
            return Build{context_.tree, value->span}.pack("to_char", {value});
        }
        return value;
    }

    Expr* nvl() {
        if (count_ != 2) return nullptr;
        Expr* first = argument(*call_, 0);
        Expr* second = argument(*call_, 1);
        call_->callee = build_.name({"coalesce"});
        if (is_string_literal(second) && is_number(family_of(first))) return call_;
        call_->arguments[1]->value = fitting(second, family_of(first));
        return call_;
    }

    Expr* nvl2() {
        if (count_ != 3) return nullptr;
        Case* made = context_.tree.make<Case>(call_->span);
        Expr* second = argument(*call_, 1);
        context_.tree.add(made->whens, build_.when(build_.is_null(argument(*call_, 0), "is not"), second));
        made->otherwise = fitting(argument(*call_, 2), family_of(second));
        return made;
    }

    /// GREATEST, LEAST: the first value that is not NULL says the type of all.
    Expr* extreme() {
        Family family = Family::unknown;
        for (const Argument* each : call_->arguments) {
            if (!is_null_literal(each->value) && family == Family::unknown) family = family_of(each->value);
        }
        for (Argument* each : call_->arguments) {
            const bool null = is_null_literal(each->value);
            if (is_number(family)) {
                if (null)
                    each->value = build_.cast(each->value, "numeric");
                else if (is_text(family_of(each->value)))
                    each->value = build_.pack("to_number", {each->value});
            } else if (is_text(family)) {
                each->value = null ? build_.cast(each->value, "text") : fitting(each->value, family);
            } else if (is_moment(family) && null) {
                each->value = build_.cast(each->value, "timestamp");
            }
        }
        if (all_literals()) return call_;
        call_->callee = build_.name({"oracle_ext", as<Name>(call_->callee)->parts[0].name});
        return call_;
    }

    static bool is_plain_value(const Expr* search) {
        const auto* literal = as<Literal>(search);
        return literal != nullptr && literal->what != Literal::What::null;
    }

    /// A search value of DECODE takes the type of the first one; a text beside a number is converted.
    Expr* compared(Expr* value, Expr* search) {
        if (is_null_literal(search)) return build_.is_null(value);
        if (is_plain_value(search)) return build_.binary(BinaryOp::equal, value, search);
        return build_.binary(BinaryOp::is_not_distinct, value, search);
    }

    Expr* decode() {
        if (count_ < 3) return nullptr;
        bool simple = true;
        for (std::size_t i = 1; i + 1 < count_; i += 2) {
            simple = simple && is_plain_value(argument(*call_, i));
        }
        Case* made = context_.tree.make<Case>(call_->span);
        Expr* value = argument(*call_, 0);
        if (simple) made->operand = value;
        const Family family = family_of(argument(*call_, 2));
        const Family searched = family_of(value);
        for (std::size_t i = 1; i + 1 < count_; i += 2) {
            Expr* search = fitting(argument(*call_, i), searched);
            Expr* own = i == 1 ? value : clone_of(context_.tree, value);
            Expr* condition = simple ? search : compared(own, search);
            Expr* result = argument(*call_, i + 1);
            context_.tree.add(made->whens, build_.when(condition, i == 1 ? result : fitting(result, family)));
        }
        if (count_ % 2 == 0) made->otherwise = fitting(argument(*call_, count_ - 1), family);
        return made;
    }

    /// LNNVL(c): c is false or unknown
    Expr* lnnvl() {
        if (count_ != 1) return nullptr;
        IsTest* made = context_.tree.make<IsTest>(call_->span);
        made->what = IsTest::What::true_;
        made->negated = true;
        Parenthesized* inner = context_.tree.make<Parenthesized>(call_->span);
        inner->inner = argument(*call_, 0);
        made->operand = inner;
        return made;
    }

    /// A literal code is PostgreSQL's own CHR; its texts hold no CHR(0).
    Expr* chr() {
        if (count_ != 1) return nullptr;
        if (!is_number_literal(argument(*call_, 0))) return packed("chr");
        if (nonzero(0)) return call_;
        context_.add_finding(9114, Complexity::complex, call_->span, "it fails when it runs");
        return packed("chr");
    }

    Expr* concat() {
        List<Expr*> operands;
        for (const Argument* each : call_->arguments) context_.tree.add(operands, each->value);
        return lower_concat(operands, call_->span, Purity::any, context_);
    }

    Expr* to_text() { return count_ == 1 ? build_.cast(argument(*call_, 0), "text") : nullptr; }
    Expr* first() { return count_ == 1 ? argument(*call_, 0) : nullptr; }
    Expr* empty_clob() { return build_.string(""); }
    Expr* empty_blob() { return build_.cast(build_.string("\\x"), "bytea"); }
    Expr* sysdate() { return build_.pack("sysdate", {}); }
    Expr* cardinality() { return nullptr; }
    Expr* grouping() {
        call_->callee = build_.name({"grouping"});
        return call_;
    }
    /// PostgreSQL's own counts texts only, and does not see the blanks of a CHAR.
    Expr* length() {
        if (count_ != 1) return nullptr;
        const Family family = family_of(argument(*call_, 0));
        const bool text = family == Family::varchar || family == Family::clob;
        return text ? call_ : packed("length");
    }

    Call* call_;
    LowerContext& context_;
    Build build_;
    std::size_t count_;
};

bool plain_identifier(Text name) {
    return !name.empty() && (name[0] < '0' || name[0] > '9') &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

Expr* sequence_value(Name* name, LowerContext& context) {
    const Text last = name->parts.back().name;
    if (name->parts.size() < 2 || (last != "nextval" && last != "currval") || !name->link.empty())
        return nullptr;
    List<Identifier> parts;
    if (name->binding != nullptr && name->binding->symbol != nullptr) {
        if (name->binding->symbol->what != Symbol::What::sequence) return nullptr;
    }
    for (std::uint32_t i = 0; i + 1 < name->parts.size(); ++i) context.tree.add(parts, name->parts[i]);
    const Build build{context.tree, name->span};
    return build.call(last, {build.string(spelled(parts))});
}

}  // namespace

std::string spelled(const List<Identifier>& parts) {
    std::string text;
    for (const Identifier& part : parts) {
        if (!text.empty()) text.push_back('.');
        if (plain_identifier(part.name)) {
            text.append(part.name);
            continue;
        }
        text.push_back('"');
        for (const char c : part.name) text.append(c == '"' ? 2U : 1U, c);
        text.push_back('"');
    }
    return text;
}

Expr* lower_call(Call* call, LowerContext& context) {
    Expr* supplied = lower_supplied(call, context);
    return supplied == call ? BuiltIn{call, context}.lowered() : supplied;
}

namespace {

constexpr int kRowId = 5595;

/// ROWID, t.ROWID
bool names_row(const Name& name) {
    if (name.parts.empty() || name.parts.back().name != "rowid" || name.parts.back().quoted) return false;
    return name.binding != nullptr && name.binding->symbol != nullptr &&
           name.binding->symbol->what == Symbol::What::pseudo;
}

}  // namespace

Expr* lower_name(Name* name, LowerContext& context) {
    if (Expr* value = sequence_value(name, context)) return value;
    if (Expr* supplied = lower_supplied(name, context); supplied != name) return supplied;
    const Build build{context.tree, name->span};
    if (names_row(*name)) {
        context.add_finding(kRowId, Complexity::medium, name->span, "ROWID");
        name->parts[name->parts.size() - 1].name = "ctid";
        if (context.settings.row_ids == Settings::RowId::bigint) return build.pack("rowid_of", {name});
        return build.cast(name, "text");
    }
    const Text pseudo = built_in_name(name);
    if (pseudo.empty()) return name;
    if (pseudo == "sysdate") return build.pack("sysdate", {});
    if (pseudo == "systimestamp") return build.call("clock_timestamp", {});
    if (pseudo == "current_date")
        return build.spliced({"date_trunc('second', clock_timestamp()::timestamp)"}, {});
    if (pseudo == "current_timestamp") return build.call("clock_timestamp", {});
    if (pseudo == "localtimestamp") return build.spliced({"clock_timestamp()::timestamp"}, {});
    if (pseudo == "user") return build.spliced({"upper(session_user::text)"}, {});
    if (pseudo == "uid") return build.pack("uid", {});
    if (pseudo == "sys_guid") return build.pack("sys_guid", {});
    if (pseudo == "sessiontimezone" || pseudo == "dbtimezone") {
        return build.call("current_setting", {build.string("TimeZone")});
    }
    return name;
}

}  // namespace landfall::convert
