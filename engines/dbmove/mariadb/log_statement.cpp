#include "engines/dbmove/mariadb/log_statement.hpp"

#include <algorithm>
#include <initializer_list>

namespace landfall::dbmove::mariadb {
namespace {

struct Token {
    std::string text;  ///< of a word in upper case beside `name`, which is as written
    std::string name;  ///< of a word or a quoted name; empty for all else
    bool quoted = false;
};
using Tokens = std::vector<Token>;

bool in_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::string in_case(std::string_view text, char first, char last, int step) {
    std::string made{text};
    for (char& c : made)
        if (c >= first && c <= last) c = static_cast<char>(c + step);
    return made;
}
std::string upper(std::string_view text) { return in_case(text, 'a', 'z', 'A' - 'a'); }
std::string lower(std::string_view text) { return in_case(text, 'A', 'Z', 'a' - 'A'); }

class Scanner {
public:
    Scanner(std::string_view text, bool ansi_quotes) : text_{text}, ansi_quotes_{ansi_quotes} {}
    Tokens all() {
        Tokens tokens;
        while (at_ < text_.size())
            if (!skip_blank()) tokens.push_back(next());
        return tokens;
    }

private:
    [[nodiscard]] bool sees(std::string_view mark) const { return text_.substr(at_).starts_with(mark); }
    void skip_behind(std::string_view mark) {
        const std::size_t end = text_.find(mark, at_);
        at_ = end == std::string_view::npos ? text_.size() : end + mark.size();
    }
    /// Blanks and comments; what is within /*! … */ and /*M! … */ is executed.
    bool skip_blank() {
        const char c = text_[at_];
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            ++at_;
        } else if (c == '#' || sees("-- ") || sees("--\n")) {
            skip_behind("\n");
        } else if (sees("/*!") || sees("/*M!")) {
            at_ += sees("/*!") ? 3 : 4;
            while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
        } else if (sees("/*")) {
            skip_behind("*/");
        } else if (sees("*/")) {
            at_ += 2;
        } else {
            return false;
        }
        return true;
    }
    Token next() {
        const char c = text_[at_];
        if (c == '`' || (c == '"' && ansi_quotes_)) return {{}, quoted(c, false), true};
        if (c == '\'' || c == '"') {
            (void)quoted(c, true);
            return {"'", {}, false};
        }
        const std::size_t begin = at_++;
        if (!in_word(c)) return {std::string{c}, {}, false};
        while (at_ < text_.size() && in_word(text_[at_])) ++at_;
        const std::string_view word = text_.substr(begin, at_ - begin);
        return {upper(word), std::string{word}, false};
    }
    std::string quoted(char mark, bool escapes) {
        std::string name;
        for (++at_; at_ < text_.size(); ++at_) {
            if (escapes && text_[at_] == '\\' && at_ + 1 < text_.size()) {
                ++at_;
            } else if (text_[at_] == mark) {
                if (at_ + 1 == text_.size() || text_[at_ + 1] != mark) break;
                ++at_;
            }
            name.push_back(text_[at_]);
        }
        if (at_ < text_.size()) ++at_;
        return name;
    }

    std::string_view text_;
    bool ansi_quotes_;
    std::size_t at_ = 0;
};

class Reading {
public:
    Reading(Tokens tokens, const StatementContext& context) : tokens_{std::move(tokens)}, context_{context} {}

    LogStatement read() {
        using Kind = LogStatement::Kind;
        // Behind an XA COMMIT, as behind a COMMIT, comes the next transaction.
        if (is(0, {"COMMIT", "XA"})) return {Kind::commit, {}};
        if (is(0, {"ROLLBACK"})) return {Kind::rollback, {}};
        if (is(0, {"TRUNCATE"})) return about(Kind::truncate, named());
        if (is(0, {"DROP"}) && is(1, {"DATABASE", "SCHEMA"})) return about(Kind::defines, of_database());
        if (is(0, {"DROP", "RENAME"}) && is_of_table(1)) return about(Kind::defines, named());
        if (is(0, {"ALTER", "CREATE"})) return about(Kind::defines, defined());
        if (is(0, {"INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH", "CALL"}))
            return about(Kind::changes, named());
        return {};
    }

private:
    [[nodiscard]] bool is(std::size_t i, std::initializer_list<std::string_view> words) const {
        return i < tokens_.size() && !tokens_[i].quoted &&
               std::find(words.begin(), words.end(), tokens_[i].text) != words.end();
    }
    [[nodiscard]] bool is_of_table(std::size_t from) const {
        while (is(from, {"ONLINE", "OFFLINE", "IGNORE", "TEMPORARY"})) ++from;
        return is(from, {"TABLE", "TABLES"});
    }
    static LogStatement about(LogStatement::Kind kind, std::vector<TableName> tables) {
        if (tables.empty()) return {};
        return {kind, std::move(tables)};
    }
    [[nodiscard]] std::vector<TableName> named() const {
        std::vector<TableName> found;
        for (const TableName& table : context_.chosen)
            if (names(table)) found.push_back(table);
        return found;
    }
    /// The table of ALTER TABLE and CREATE TABLE, and one that a partition is exchanged with. An index alone
    /// changes no row and no column; what else such a statement names is a column, or a table that stays.
    [[nodiscard]] std::vector<TableName> defined() const {
        std::vector<TableName> found;
        for (std::size_t i = 1; i < tokens_.size(); ++i) {
            const bool first = is(i, {"TABLE"}) && i <= 4;
            if (!first && !(is(i, {"TABLE"}) && is(i - 1, {"WITH"}))) continue;
            std::size_t at = i + 1;
            while (is(at, {"IF", "NOT", "EXISTS"})) ++at;
            if (is(at + 1, {"."})) at += 2;
            for (const TableName& table : context_.chosen)
                if (is_table(at, table)) found.push_back(table);
        }
        return found;
    }
    [[nodiscard]] bool names(const TableName& table) const {
        for (std::size_t i = 0; i < tokens_.size(); ++i)
            if (is_table(i, table)) return true;
        return false;
    }
    /// As schema.table, whose last part stands there, or alone where the schema is the default one.
    [[nodiscard]] bool is_table(std::size_t i, const TableName& table) const {
        if (i >= tokens_.size() || tokens_[i].name.empty() || lower(tokens_[i].name) != lower(table.name))
            return false;
        const bool qualified = i >= 2 && tokens_[i - 1].text == "." && !tokens_[i - 2].name.empty();
        const std::string schema = qualified ? tokens_[i - 2].name : std::string{context_.schema};
        return lower(schema) == lower(table.schema);
    }
    [[nodiscard]] std::vector<TableName> of_database() const {
        std::vector<TableName> found;
        for (const TableName& table : context_.chosen)
            for (const Token& token : tokens_)
                if (!token.name.empty() && lower(token.name) == lower(table.schema)) {
                    found.push_back(table);
                    break;
                }
        return found;
    }

    Tokens tokens_;
    const StatementContext& context_;
};

}  // namespace

LogStatement read_statement(std::string_view text, const StatementContext& context) {
    return Reading{Scanner{text, context.ansi_quotes}.all(), context}.read();
}

}  // namespace landfall::dbmove::mariadb
