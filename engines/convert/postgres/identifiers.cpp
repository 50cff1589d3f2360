#include "engines/convert/postgres/identifiers.hpp"

#include <algorithm>
#include <array>

namespace landfall::convert {
namespace {

using Words = std::string_view;

// Of PostgreSQL 15.20's pg_get_keywords().
constexpr auto kReserved = std::to_array<Words>({"all",          "analyse",
                                                 "analyze",      "and",
                                                 "any",          "array",
                                                 "as",           "asc",
                                                 "asymmetric",   "begin",
                                                 "both",         "by",
                                                 "case",         "cast",
                                                 "check",        "collate",
                                                 "column",       "constraint",
                                                 "create",       "current_catalog",
                                                 "current_date", "current_role",
                                                 "current_time", "current_timestamp",
                                                 "current_user", "declare",
                                                 "default",      "deferrable",
                                                 "desc",         "distinct",
                                                 "do",           "else",
                                                 "end",          "except",
                                                 "execute",      "false",
                                                 "fetch",        "for",
                                                 "foreach",      "foreign",
                                                 "from",         "grant",
                                                 "group",        "having",
                                                 "if",           "in",
                                                 "initially",    "intersect",
                                                 "into",         "lateral",
                                                 "leading",      "limit",
                                                 "localtime",    "localtimestamp",
                                                 "loop",         "not",
                                                 "null",         "offset",
                                                 "on",           "only",
                                                 "or",           "order",
                                                 "placing",      "primary",
                                                 "references",   "returning",
                                                 "select",       "session_user",
                                                 "some",         "strict",
                                                 "symmetric",    "table",
                                                 "then",         "to",
                                                 "trailing",     "true",
                                                 "union",        "unique",
                                                 "user",         "using",
                                                 "variadic",     "when",
                                                 "where",        "while",
                                                 "window",       "with"});
constexpr auto kTypeOrFunction = std::to_array<Words>(
    {"authorization", "binary", "collation", "concurrently", "cross",   "current_schema", "freeze", "full",
     "ilike",         "inner",  "is",        "isnull",       "join",    "left",           "like",   "natural",
     "notnull",       "outer",  "overlaps",  "right",        "similar", "tablesample",    "verbose"});
constexpr auto kColumnName = std::to_array<Words>(
    {"between",      "bigint",    "bit",       "boolean",       "char",     "character",     "coalesce",
     "dec",          "decimal",   "exists",    "extract",       "float",    "greatest",      "grouping",
     "inout",        "int",       "integer",   "interval",      "least",    "national",      "nchar",
     "none",         "normalize", "nullif",    "numeric",       "out",      "overlay",       "position",
     "precision",    "real",      "row",       "setof",         "smallint", "substring",     "time",
     "timestamp",    "treat",     "trim",      "values",        "varchar",  "xmlattributes", "xmlconcat",
     "xmlelement",   "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi",         "xmlroot",
     "xmlserialize", "xmltable"});

static_assert(std::is_sorted(kReserved.begin(), kReserved.end()));
static_assert(std::is_sorted(kTypeOrFunction.begin(), kTypeOrFunction.end()));
static_assert(std::is_sorted(kColumnName.begin(), kColumnName.end()));

// All of them by their hashes, since every name that is printed is asked for: a place that is taken is
// followed by the next.
struct Keyword {
    Words word;
    KeywordClass what = KeywordClass::none;
};
constexpr std::size_t kPlaces = 1024;

constexpr std::size_t place_of(Words word) {
    std::uint32_t hash = 2166136261U;
    for (const char c : word) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return (hash ^ (hash >> 16U)) % kPlaces;
}

constexpr std::array<Keyword, kPlaces> table_of_keywords() {
    std::array<Keyword, kPlaces> table{};
    const auto put = [&table](const auto& words, KeywordClass what) {
        for (const Words word : words) {
            std::size_t at = place_of(word);
            while (!table[at].word.empty() && table[at].word != word) at = (at + 1) % kPlaces;
            if (table[at].word.empty()) table[at] = {.word = word, .what = what};
        }
    };
    put(kReserved, KeywordClass::reserved);
    put(kColumnName, KeywordClass::column_name);
    put(kTypeOrFunction, KeywordClass::type_or_function);
    return table;
}
constexpr auto kKeywords = table_of_keywords();

bool starts_name(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }
bool continues_name(char c) { return starts_name(c) || (c >= '0' && c <= '9') || c == '$'; }

/// Appends with each `mark` doubled.
void append_doubled(std::string& to, std::string_view text, char mark) {
    to.push_back(mark);
    for (const char c : text) {
        if (c == '\0') {
            to.append("\xEF\xBF\xBD");
            continue;
        }
        if (c == mark) to.push_back(mark);
        to.push_back(c);
    }
    to.push_back(mark);
}

}  // namespace

KeywordClass keyword_class(std::string_view word) {
    for (std::size_t at = place_of(word);; at = (at + 1) % kPlaces) {
        const Keyword& found = kKeywords[at];
        if (found.word.empty() || found.word == word) return found.what;
    }
}

void append_identifier(std::string& to, std::string_view name) {
    const bool plain = !name.empty() && starts_name(name.front()) &&
                       std::all_of(name.begin(), name.end(), continues_name) &&
                       keyword_class(name) == KeywordClass::none;
    if (plain)
        to.append(name);
    else
        append_doubled(to, name, '"');
}

std::string quote_identifier(std::string_view name) {
    std::string quoted;
    append_identifier(quoted, name);
    return quoted;
}

void append_string(std::string& to, std::string_view text) { append_doubled(to, text, '\''); }

std::string quote_string(std::string_view text) {
    std::string quoted;
    append_string(quoted, text);
    return quoted;
}

std::string dollar_tag(std::string_view body) {
    std::string tag = "$body$";
    for (unsigned n = 1; body.find(tag) != std::string_view::npos; ++n)
        tag = "$body" + std::to_string(n) + "$";
    return tag;
}

}  // namespace landfall::convert
