#include "engines/convert/postgres/validate.hpp"

#include <pg_query.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "engines/convert/postgres/check_form.hpp"
#include "engines/convert/postgres/code_strings.hpp"
#include "engines/convert/postgres/tree_printer.hpp"

namespace landfall::convert {
namespace {

/// How many statements of one routine become comments before all of it does.
constexpr unsigned kRefusalsMax = 100;

std::uint32_t line_at(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    return static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')) + 1;
}

std::size_t offset_of_line(std::string_view text, std::uint32_t line) {
    std::size_t at = 0;
    for (; line > 1; --line) {
        const std::size_t end = text.find('\n', at);
        if (end == std::string_view::npos) return text.size();
        at = end + 1;
    }
    return at;
}

/// Positions of PostgreSQL count characters from 1.
std::size_t offset_of_character(std::string_view text, int position) {
    std::size_t at = 0;
    for (int n = 1; n < position && at < text.size(); ++n) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
    }
    return at;
}

Refusal refusal_at(std::string_view sql, std::string message, std::size_t offset) {
    return {.message = std::move(message),
            .offset = static_cast<std::uint32_t>(std::min(offset, sql.size())),
            .line = line_at(sql, offset)};
}

std::optional<Refusal> parse(const std::string& sql) {
    const PgQuerySplitResult result = pg_query_split_with_parser(sql.c_str());
    std::optional<Refusal> refusal;
    if (result.error != nullptr)
        refusal = refusal_at(sql, result.error->message == nullptr ? "" : result.error->message,
                             offset_of_character(sql, result.error->cursorpos));
    pg_query_free_split_result(result);
    return refusal;
}

struct CodeError {
    std::string message;
    std::uint32_t line = 1;  // of the body
};

std::optional<CodeError> compile(const std::string& sql) {
    const PgQueryPlpgsqlParseResult result = pg_query_parse_plpgsql(sql.c_str());
    std::optional<CodeError> error;
    if (result.error != nullptr) {
        error.emplace();
        if (result.error->message != nullptr) error->message = result.error->message;
        const char* near =
            result.error->context == nullptr ? nullptr : std::strstr(result.error->context, "near line ");
        if (near != nullptr) {
            const char* digits = near + std::strlen("near line ");
            std::from_chars(digits, digits + std::strlen(digits), error->line);
        }
    }
    pg_query_free_plpgsql_parse_result(result);
    return error;
}

/// The variable of `"a.b" is not a known variable`.
std::string_view unknown_variable(std::string_view message) {
    constexpr std::string_view kEnd = "\" is not a known variable";
    if (!message.starts_with('"') || !message.ends_with(kEnd)) return {};
    return message.substr(1, message.size() - 1 - kEnd.size());
}

bool holds_code(std::string_view sql) {
    return sql.find("plpgsql") != std::string_view::npos || find_word(sql, "DO", 0) != std::string_view::npos;
}

std::optional<Refusal> check_code(std::string sql) {
    if (!brings_code(sql)) return refusal_at(sql, "no code given as a string", 0);
    const std::string original = sql;
    const std::size_t body = body_of(sql);
    sql = without_cursors(original, body);
    while (true) {
        const std::optional<CodeError> error = compile(sql);
        if (!error) return {};
        const std::string_view unknown = unknown_variable(error->message);
        const std::size_t dot = unknown.find('.');
        if (dot != std::string_view::npos && hide_fields(sql, unknown.substr(0, dot), body)) continue;
        const std::size_t place = unknown.empty() ? std::string::npos : find_word(original, unknown, body);
        if (place != std::string::npos) return refusal_at(original, error->message, place);
        const std::uint32_t line = line_at(original, body) + std::max(error->line, 1U) - 1;
        return refusal_at(original, error->message, offset_of_line(original, line));
    }
}

/// What may become a comment alone, so that the rest of the statement loads.
bool may_go_alone(const Node& node) {
    return node.kind <= Kind::raw_declaration ||
           (node.kind >= Kind::block && node.kind <= Kind::spliced_code) || node.kind == Kind::column;
}

const Node* body_block(const Statement* statement) {
    if (const auto* create = as<CreateRoutine>(statement)) return create->routine->body;
    if (const auto* script = as<AnonymousBlock>(statement)) return script->block;
    return nullptr;
}

/// The smallest thing around the line; the statement itself where there is none.
const Node* culprit(const PrintedStatement& printed, std::uint32_t line) {
    const Node* found = printed.statement;
    const Node* body = body_block(printed.statement);
    std::uint32_t lines = UINT32_MAX;
    for (const NodeLines& each : printed.nodes) {
        if (line < each.first || line > each.last || !may_go_alone(*each.node) || each.node == body) continue;
        if (each.last - each.first > lines) continue;
        lines = each.last - each.first;
        found = each.node;
    }
    return found;
}

}  // namespace

std::optional<Refusal> check_sql(std::string_view sql) {
    const std::size_t nul = sql.find('\0');
    if (nul != std::string_view::npos) return refusal_at(sql, "a NUL byte", nul);
    std::string text{sql};
    if (!holds_code(text)) return parse(text);
    // Compiling parses the statement around the code, too, but tells no place in it.
    std::optional<Refusal> refusal = check_code(text);
    if (!refusal) return {};
    std::optional<Refusal> outside = parse(text);
    return outside ? std::move(outside) : std::move(refusal);
}

Printed print_checked(const PrintRequest& request) {
    unsigned refusals = 0;
    const Statement* at = nullptr;
    const auto check = [&](const PrintedStatement& printed) -> std::optional<Refused> {
        if (printed.raw) return {};
        const std::optional<Refusal> refusal = check_sql(printed.text);
        if (!refusal) return {};
        if (std::exchange(at, printed.statement) != printed.statement) refusals = 0;
        const Node* node = ++refusals > kRefusalsMax ? printed.statement : culprit(printed, refusal->line);
        return Refused{.node = node, .message = refusal->message};
    };
    return TreePrinter{request}.print(check);
}

}  // namespace landfall::convert
