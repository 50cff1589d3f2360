#include "services/dms/model_overwrite.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace landfall::dms {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

/// Behind the closing `mark`; the end where it is missing. A doubled mark is a letter.
std::size_t behind_quoted(std::string_view sql, std::size_t at, char mark) {
    for (++at; at < sql.size(); ++at) {
        if (sql[at] != mark) continue;
        if (at + 1 < sql.size() && sql[at + 1] == mark)
            ++at;
        else
            return at + 1;
    }
    return sql.size();
}

std::size_t behind_block_comment(std::string_view sql, std::size_t at) {
    std::size_t depth = 0;
    while (at < sql.size()) {
        const std::string_view two = sql.substr(at, 2);
        if (two == "/*") {
            ++depth;
            at += 2;
        } else if (two == "*/") {
            at += 2;
            if (--depth == 0) return at;
        } else {
            ++at;
        }
    }
    return at;
}

/// Behind $tag$ … $tag$, or one character further where no body begins here.
std::size_t behind_dollars(std::string_view sql, std::size_t at) {
    std::size_t end = at + 1;
    while (end < sql.size() && is_word(sql[end]) && sql[end] != '$') ++end;
    const bool inside_name = at > 0 && is_word(sql[at - 1]);
    if (inside_name || end >= sql.size() || sql[end] != '$') return at + 1;
    const std::string_view tag = sql.substr(at, end + 1 - at);
    const std::size_t close = sql.find(tag, end + 1);
    return close == std::string_view::npos ? sql.size() : close + tag.size();
}

/// Behind what is no code of its own: a comment, a string, a quoted name, a body. Else one character further.
std::size_t behind(std::string_view sql, std::size_t at) {
    if (sql.substr(at, 2) == "--") return std::min(sql.find('\n', at), sql.size());
    if (sql.substr(at, 2) == "/*") return behind_block_comment(sql, at);
    if (sql[at] == '\'' || sql[at] == '"') return behind_quoted(sql, at, sql[at]);
    if (sql[at] == '$') return behind_dollars(sql, at);
    return at + 1;
}

/// The words of a statement's head, one by one.
class Head {
public:
    explicit Head(std::string_view sql) : sql_{sql} {}

    /// Takes these words if they are next.
    bool take(std::string_view words) {
        const std::size_t before = at_;
        while (!words.empty()) {
            const std::size_t end = std::min(words.find(' '), words.size());
            if (word() != words.substr(0, end)) {
                at_ = before;
                return false;
            }
            words.remove_prefix(std::min(end + 1, words.size()));
        }
        return true;
    }
    /// A name with its schema, as it is written.
    std::string_view name() {
        skip();
        const std::size_t begin = at_;
        while (at_ < sql_.size()) {
            if (sql_[at_] == '"')
                at_ = behind_quoted(sql_, at_, '"');
            else if (is_word(sql_[at_]) || sql_[at_] == '.')
                ++at_;
            else
                break;
        }
        return sql_.substr(begin, at_ - begin);
    }

private:
    void skip() {
        while (at_ < sql_.size()) {
            const std::string_view two = sql_.substr(at_, 2);
            if (is_blank(sql_[at_]))
                ++at_;
            else if (two == "--" || two == "/*")
                at_ = behind(sql_, at_);
            else
                return;
        }
    }
    std::string_view word() {
        skip();
        const std::size_t begin = at_;
        while (at_ < sql_.size() && is_word(sql_[at_])) ++at_;
        return sql_.substr(begin, at_ - begin);
    }

    std::string_view sql_;
    std::size_t at_ = 0;
};

/// "hr." of "hr.employees"; empty where there is no schema.
std::string schema_of(std::string_view name) {
    for (std::size_t at = 0; at < name.size();) {
        if (name[at] == '.') return std::string{name.substr(0, at + 1)};
        at = name[at] == '"' ? behind_quoted(name, at, '"') : at + 1;
    }
    return {};
}

struct Made {
    std::string_view words;  ///< behind CREATE
    std::string_view kind;   ///< behind DROP
};
constexpr std::array kMade{
    Made{"TABLE IF NOT EXISTS", "TABLE"},
    Made{"TABLE", "TABLE"},
    Made{"UNLOGGED TABLE", "TABLE"},
    Made{"MATERIALIZED VIEW", "MATERIALIZED VIEW"},
    Made{"OR REPLACE VIEW", "VIEW"},
    Made{"VIEW", "VIEW"},
    Made{"SEQUENCE", "SEQUENCE"},
    Made{"TYPE", "TYPE"},
    Made{"DOMAIN", "DOMAIN"},
    Made{"OR REPLACE FUNCTION", "FUNCTION"},
    Made{"FUNCTION", "FUNCTION"},
    Made{"OR REPLACE PROCEDURE", "PROCEDURE"},
    Made{"PROCEDURE", "PROCEDURE"},
};

/// A view of that name holds nothing, whatever it shows.
std::string rows_of(std::string_view table) {
    std::string quoted;
    for (const char c : table) quoted.append(c == '\'' ? 2 : 1, c);
    return "SELECT '1' FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass('" + quoted +
           "') AND relkind IN ('r', 'p') AND EXISTS (SELECT FROM " + std::string{table} + ")";
}

Removal removal(std::string_view kind, std::string_view name) {
    Removal made{.sql = "DROP " + std::string{kind} + " IF EXISTS " + std::string{name}};
    if (kind == "TABLE") made.holds = rows_of(name);
    if (kind == "SEQUENCE") made.holds = "SELECT '1' FROM " + std::string{name} + " WHERE is_called";
    return made;
}

std::optional<Removal> of_index(Head& head) {
    if (!head.take("UNIQUE INDEX") && !head.take("INDEX")) return std::nullopt;
    (void)head.take("IF NOT EXISTS");
    const std::string name{head.name()};
    if (!head.take("ON")) return std::nullopt;
    (void)head.take("ONLY");
    // An index lies in the schema of its table.
    return removal("INDEX", schema_of(head.name()) + name);
}

std::optional<Removal> of_trigger(Head& head, std::string_view statement) {
    if (!head.take("OR REPLACE TRIGGER") && !head.take("TRIGGER")) return std::nullopt;
    const std::string_view name = head.name();
    const std::size_t on = statement.find(" ON ");
    if (on == std::string_view::npos) return std::nullopt;
    Head table{statement.substr(on + 4)};
    return Removal{"DROP TRIGGER IF EXISTS " + std::string{name} + " ON " + std::string{table.name()}, {}};
}

std::optional<Removal> of_constraint(Head& head) {
    if (!head.take("ALTER TABLE")) return std::nullopt;
    (void)head.take("ONLY");
    const std::string table{head.name()};
    if (!head.take("ADD CONSTRAINT")) return std::nullopt;
    return Removal{
        "ALTER TABLE IF EXISTS " + table + " DROP CONSTRAINT IF EXISTS " + std::string{head.name()}, {}};
}

std::optional<Removal> removal_of(std::string_view statement) {
    Head head{statement};
    if (auto made = of_constraint(head)) return made;
    if (!head.take("CREATE")) return std::nullopt;
    if (auto made = of_index(head)) return made;
    if (auto made = of_trigger(head, statement)) return made;
    for (const Made& each : kMade) {
        if (!head.take(each.words)) continue;
        const std::string_view name = head.name();
        // Temporary tables and what was not understood are nobody's to take away.
        if (name.empty()) return std::nullopt;
        return removal(each.kind, name);
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::string_view> statements_of(std::string_view sql) {
    std::vector<std::string_view> statements;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < sql.size();) {
        if (sql[at] == ';') {
            statements.push_back(sql.substr(begin, at - begin));
            begin = at + 1;
        }
        at = behind(sql, at);
    }
    if (begin < sql.size()) statements.push_back(sql.substr(begin));
    std::erase_if(statements, [](std::string_view statement) { return is_comment_only(statement); });
    return statements;
}

std::vector<Removal> removals_of(std::string_view sql) {
    std::vector<Removal> removals;
    for (const std::string_view statement : statements_of(sql))
        if (auto made = removal_of(statement)) removals.push_back(std::move(*made));
    std::reverse(removals.begin(), removals.end());
    return removals;
}

bool is_comment_only(std::string_view sql) {
    for (std::size_t at = 0; at < sql.size();) {
        const std::string_view two = sql.substr(at, 2);
        if (!is_blank(sql[at]) && two != "--" && two != "/*" && sql[at] != ';') return false;
        at = behind(sql, at);
    }
    return true;
}

}  // namespace landfall::dms
