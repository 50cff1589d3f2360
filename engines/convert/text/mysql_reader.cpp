// Reads scripts of MySQL statement by statement, as its client does.
#include <algorithm>
#include <map>
#include <utility>

#include "engines/convert/text/letter_case.hpp"
#include "engines/convert/text/mysql_lexer.hpp"
#include "engines/convert/text/mysql_script.hpp"

namespace landfall::convert {
namespace {

constexpr int kNoInclude = 9005, kUnended = 9007, kTooLarge = 9010, kRowsDropped = 9301;

class MysqlReader {
public:
    MysqlReader(Script& script, const ScriptSettings& settings, const MysqlSettings& mysql,
                const IncludeLoader& load)
        : script_{script},
          settings_{settings},
          mysql_{mysql},
          load_{load},
          mode_{mysql.mode},
          lexer_{script.text, script.comments, mysql.server} {
        lexer_.set_mode(mode_);
    }

    void read(std::string_view bytes, const std::string& name) {
        const auto number = static_cast<std::uint32_t>(script_.files.size());
        script_.files.push_back(
            {.name = name, .text = decode_text(bytes, script_.findings), .line_starts = {}});
        mark_lines(script_.files.back());
        including_.push_back(name);
        open_chunk(number, 0);
        while (!too_large() && statement()) {}
        including_.pop_back();
    }
    void finish() {
        for (const auto& [table, dropped] : dropped_)
            script_.findings[dropped.finding].detail =
                std::to_string(dropped.rows) + " rows of " + std::to_string(dropped.statements) +
                " statements INSERT into " + table + " are not in the output";
    }

private:
    struct Dropped {
        std::size_t finding = 0, statements = 0, rows = 0;
    };

    static void mark_lines(InputFile& file) {
        file.line_starts.push_back(0);
        for (std::size_t at = file.text.find('\n'); at != std::string::npos;
             at = file.text.find('\n', at + 1))
            file.line_starts.push_back(static_cast<std::uint32_t>(at + 1));
    }
    void tell(int code, Complexity complexity, Span span, std::string detail) {
        script_.findings.push_back({.code = code,
                                    .complexity = complexity,
                                    .begin = span.begin,
                                    .end = span.end,
                                    .detail = std::move(detail)});
    }
    bool too_large() {
        if (script_.text.size() < settings_.text_size_max) return false;
        const auto end = static_cast<std::uint32_t>(lexer_.place());
        tell(kTooLarge, Complexity::complex, {end, end}, "the text behind this place was not read");
        return true;
    }
    /// The file's text from there on, to its end.
    void open_chunk(std::uint32_t file, std::size_t offset) {
        const auto at = static_cast<std::uint32_t>(script_.text.size());
        script_.segments.push_back(
            {.at = at, .file = file, .offset = static_cast<std::uint32_t>(offset), .replaced = false});
        script_.text.append(script_.files[file].text, offset);
        if (!script_.text.ends_with('\n')) script_.text.push_back('\n');
        lexer_.go_to(at);
    }

    [[nodiscard]] std::string_view word_of(const Token& token) const { return token.span.of(script_.text); }
    [[nodiscard]] bool is(std::size_t index, std::string_view upper) const {
        return index < script_.tokens.size() && script_.tokens[index].kind != TokenKind::string &&
               spells(word_of(script_.tokens[index]), upper);
    }

    /// One statement or command; false at the end of the text.
    bool statement() {
        const std::size_t begin = lexer_.skip_to_token();
        if (lexer_.at_delimiter()) {
            lexer_.skip_delimiter();
            return true;
        }
        if (begin >= script_.text.size()) return false;
        if (command(begin)) return true;
        const std::size_t first = script_.tokens.size();
        Body body;
        for (;;) {
            const std::size_t before = lexer_.place();
            const Token token = lexer_.next();
            if (token.kind == TokenKind::end) {
                const bool whole = !lexer_.at_delimiter() || body.depth == 0 || lexer_.delimiter() != ";";
                if (!whole) {
                    take_inner_semicolon(body);
                    continue;
                }
                if (lexer_.at_delimiter()) lexer_.skip_delimiter();
                break;
            }
            if (begins_another(token, first, body)) {
                lexer_.go_to(before);
                break;
            }
            if (token.kind == TokenKind::broken)
                tell(kUnended, Complexity::medium, token.span, "bytes that are no token, or without an end");
            script_.tokens.push_back(token);
            follow(token, first, body);
        }
        end_statement(first, body);
        return true;
    }

    /// Where a routine's body stands between the default delimiters its own semicolons are no ends.
    struct Body {
        bool routine = false;
        unsigned depth = 0;  ///< of BEGIN and CASE
        unsigned parentheses = 0;
        bool after_end = false;
    };
    void take_inner_semicolon(Body& body) {
        const auto at = static_cast<std::uint32_t>(lexer_.place());
        script_.tokens.push_back(
            {.span = {at, at + 1}, .hash = hash_of_word(";"), .kind = TokenKind::symbol});
        lexer_.skip_delimiter();
        body.after_end = false;
    }
    void follow(const Token& token, std::size_t first, Body& body) {
        if (token.kind == TokenKind::symbol) {
            if (word_of(token) == "(") ++body.parentheses;
            if (word_of(token) == ")" && body.parentheses > 0) --body.parentheses;
            return;
        }
        if (token.kind != TokenKind::word) return;
        const std::string_view word = word_of(token);
        constexpr std::size_t kKindWithin = 24;  // CREATE OR REPLACE DEFINER = 'a' @'b' AGGREGATE FUNCTION
        const auto spelled = [word](std::string_view upper) { return spells(word, upper); };
        if (!body.routine && is(first, "CREATE") && script_.tokens.size() - first < kKindWithin)
            body.routine =
                spelled("TRIGGER") || spelled("PROCEDURE") || spelled("FUNCTION") || spelled("EVENT");
        if (!body.routine) return;
        const bool after_end = std::exchange(body.after_end, false);
        if (spelled("END")) {
            body.after_end = true;
            if (body.depth > 0) --body.depth;
        } else if (after_end && (spelled("IF") || spelled("LOOP") || spelled("WHILE") || spelled("REPEAT"))) {
            ++body.depth;  // END IF closes no BEGIN
        } else if (spelled("BEGIN") || (spelled("CASE") && !after_end)) {
            ++body.depth;
        }
    }
    /// What SHOW CREATE prints has no semicolons: a CREATE at the start of a line begins a statement.
    [[nodiscard]] bool begins_another(const Token& token, std::size_t first, const Body& body) const {
        return token.starts_line && script_.tokens.size() > first && body.parentheses == 0 && !body.routine &&
               token.kind == TokenKind::word && spells(word_of(token), "CREATE") && is(first, "CREATE") &&
               script_.tokens.size() - first > 2;
    }

    void end_statement(std::size_t first, const Body& body) {
        if (script_.tokens.size() == first) return;
        if (follow_session(first)) {
            script_.tokens.resize(first);
            return;
        }
        if (mysql_.rows == MysqlSettings::Rows::dropped && (is(first, "INSERT") || is(first, "REPLACE")) &&
            !drop_rows(first))
            return;
        const Token& last = script_.tokens.back();
        script_.statements.push_back({.span = {script_.tokens[first].span.begin, last.span.end},
                                      .first = static_cast<std::uint32_t>(first),
                                      .count = static_cast<std::uint32_t>(script_.tokens.size() - first),
                                      .shape = body.routine ? StatementShape::unit : StatementShape::sql});
    }

    /// True where the statement is about the session, not about the database.
    bool follow_session(std::size_t first) {
        if (is(first, "USE")) {
            use(word_of(script_.tokens.back()));
            return true;
        }
        if (is(first, "SET")) return follow_set(first);
        if (is(first, "LOCK") || is(first, "UNLOCK"))
            return is(first + 1, "TABLES") || is(first + 1, "TABLE");
        if (is(first, "START") && is(first + 1, "TRANSACTION")) return true;
        if (is(first, "BEGIN") || is(first, "COMMIT") || is(first, "DELIMITER")) return true;
        const std::size_t count = script_.tokens.size();
        return is(first, "ALTER") && is(first + 1, "TABLE") && is(count - 1, "KEYS") &&
               (is(count - 2, "ENABLE") || is(count - 2, "DISABLE"));
    }
    bool follow_set(std::size_t first) {
        if (is(first + 1, "PASSWORD") || is(first + 1, "DEFAULT") || is(first + 1, "GLOBAL") ||
            is(first + 1, "PERSIST") || is(first + 1, "ROLE"))
            return false;
        for (std::size_t at = first; at < script_.tokens.size(); ++at) {
            const std::string name = in_lower_case(word_of(script_.tokens[at]));
            if (name != "sql_mode" && name != "@@sql_mode" && name != "@@session.sql_mode") continue;
            mode_ = mysql_.mode;
            for (std::size_t value = at + 1; value < script_.tokens.size(); ++value)
                if (script_.tokens[value].kind == TokenKind::string)
                    mode_ = mode_of(in_upper_case(word_of(script_.tokens[value])));
            lexer_.set_mode(mode_);
            script_.modes.emplace_back(static_cast<std::uint32_t>(script_.statements.size()), mode_);
            break;
        }
        return true;
    }
    static SqlMode mode_of(const std::string& modes) {
        const auto has = [&](std::string_view mode) { return modes.find(mode) != std::string::npos; };
        const bool ansi = has("ANSI,") || has("ANSI'") || has("ANSI\"");
        return {.ansi_quotes = ansi || has("ANSI_QUOTES"),
                .pipes_as_concat = ansi || has("PIPES_AS_CONCAT"),
                .no_backslash_escapes = has("NO_BACKSLASH_ESCAPES")};
    }
    void use(std::string_view name) {
        if (name.size() >= 2 && (name.front() == '`' || name.front() == '"'))
            name = name.substr(1, name.size() - 2);
        script_.current_schemas.emplace_back(static_cast<std::uint32_t>(script_.statements.size()),
                                             std::string{name});
    }

    /// Leaves of the first INSERT into a table only its first words; false: it is not the first.
    bool drop_rows(std::size_t first) {
        std::size_t end = first + 1;
        while (end < script_.tokens.size() && !is(end, "(") && !is(end, "VALUES") && !is(end, "VALUE") &&
               !is(end, "SELECT") && !is(end, "SET"))
            ++end;
        std::size_t rows = 0;
        bool values = false;
        for (std::size_t at = end, depth = 0; at < script_.tokens.size(); ++at) {
            if (is(at, "VALUES") || is(at, "VALUE")) values = true;
            if (is(at, "(") && depth++ == 0 && values) ++rows;
            if (is(at, ")") && depth > 0) --depth;
        }
        std::string table{word_of(script_.tokens[end - 1])};
        const auto [found, is_new] = dropped_.try_emplace(table);
        ++found->second.statements;
        found->second.rows += rows;
        script_.tokens.resize(is_new ? end : first);
        if (!is_new) return false;
        found->second.finding = script_.findings.size();
        tell(kRowsDropped, Complexity::info, script_.tokens[first].span, {});
        return true;
    }

    /// A line that only the client understands, at the begin of a statement.
    bool command(std::size_t begin) {
        const std::string& text = script_.text;
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string_view line = std::string_view{text}.substr(begin, end - begin);
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
            line.remove_suffix(1);
        const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
        const std::string word = in_upper_case(line.substr(0, blank));
        const std::size_t argument_at = std::min(line.find_first_not_of(" \t", blank), line.size());
        std::string argument{line.substr(argument_at)};
        if (word == "DELIMITER" || word == "\\D") {
            if (!argument.empty()) lexer_.set_delimiter(argument.substr(0, argument.find_first_of(" \t")));
            lexer_.go_to(end);
            return true;
        }
        if (word != "SOURCE" && word != "\\." && word != "USE" && word != "\\U") return false;
        while (!argument.empty() && (argument.back() == ';' || argument.back() == ' ')) argument.pop_back();
        const bool simple = argument.find_first_of(" \t;") == std::string::npos && !argument.empty();
        if (!simple) return false;
        lexer_.go_to(end);
        if (word == "USE" || word == "\\U")
            use(argument);
        else
            include(argument, {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
        return true;
    }
    void include(const std::string& name, Span span) {
        const auto refuse = [&](std::string_view why) {
            tell(kNoInclude, Complexity::medium, span, name + std::string{why});
        };
        if (including_.size() > settings_.include_depth_max)
            return refuse(": includes are nested too deeply");
        if (script_.files.size() > settings_.includes_max) return refuse(": too many files are included");
        const auto file = load_ ? load_(name, including_.back()) : std::nullopt;
        if (!file) return refuse(": there is no such file");
        if (std::find(including_.begin(), including_.end(), file->name) != including_.end())
            return refuse(": it includes itself");
        // The text behind the command is put behind what the file includes.
        const Segment segment = script_.segments.back();
        const std::size_t offset = segment.offset + (lexer_.place() - segment.at);
        script_.text.resize(lexer_.place());
        if (!script_.text.ends_with('\n')) script_.text.push_back('\n');
        read(file->bytes, file->name);
        open_chunk(segment.file, std::min(offset, script_.files[segment.file].text.size()));
    }

    Script& script_;
    const ScriptSettings& settings_;
    const MysqlSettings& mysql_;
    const IncludeLoader& load_;
    SqlMode mode_;
    MysqlLexer lexer_;
    std::vector<std::string> including_;
    std::map<std::string, Dropped> dropped_;
};

}  // namespace

Script read_mysql_script(std::string_view bytes, const std::string& file, const ScriptSettings& settings,
                         const MysqlSettings& mysql, const IncludeLoader& load) {
    Script script;
    MysqlReader reader{script, settings, mysql, load};
    reader.read(bytes, file);
    reader.finish();
    return script;
}

}  // namespace landfall::convert
