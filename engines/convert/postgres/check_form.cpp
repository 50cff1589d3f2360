#include "engines/convert/postgres/check_form.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace landfall::convert {
namespace {

using Texts = std::vector<std::string_view>;

bool in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::size_t behind(std::string_view text, std::string_view mark, std::size_t from) {
    const std::size_t at = text.find(mark, from);
    return at == std::string_view::npos ? text.size() : at + mark.size();
}

/// The end of the token, blank or comment that begins at `at`.
std::size_t end_of_token(std::string_view text, std::size_t at) {
    if (text.substr(at).starts_with("--")) return std::min(text.find('\n', at), text.size());
    if (text.substr(at).starts_with("/*")) return behind(text, "*/", at + 2);
    if (text[at] == '\'' || text[at] == '"') return behind(text, text.substr(at, 1), at + 1);
    if (!in_name(text[at])) return at + 1;
    std::size_t end = at;
    while (end < text.size() && in_name(text[end])) ++end;
    return end;
}

/// Blanks and comments are pieces, too: what is joined again is the text.
Texts pieces_of(std::string_view text) {
    Texts pieces;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = end_of_token(text, at);
        pieces.push_back(text.substr(at, end - at));
        at = end;
    }
    return pieces;
}

bool is_blank(std::string_view piece) {
    return piece.find_first_not_of(" \t\r\n") == std::string_view::npos || piece.starts_with("--") ||
           piece.starts_with("/*");
}

class CursorRemover {
public:
    explicit CursorRemover(std::string_view body) : pieces_{pieces_of(body)} {}

    std::string run() {
        declared();
        bool at_start = true;
        for (std::size_t i = 0; i < pieces_.size(); ++i) {
            const std::string_view piece = pieces_[i];
            if (is_blank(piece)) {
                made_.append(piece);
                continue;
            }
            if (at_start && statement(i)) {
                at_start = this->piece(i) == ";";
                continue;
            }
            made_.append(piece);
            if (piece == "IN") loop(i);
            at_start =
                piece == ";" || piece == "BEGIN" || piece == "THEN" || piece == "ELSE" || piece == "LOOP";
        }
        return std::move(made_);
    }

private:
    /// The next piece that is no blank; past the end: empty.
    [[nodiscard]] std::size_t next(std::size_t i) const {
        do ++i;
        while (i < pieces_.size() && is_blank(pieces_[i]));
        return i;
    }
    [[nodiscard]] std::string_view piece(std::size_t i) const {
        return i < pieces_.size() ? pieces_[i] : std::string_view{};
    }

    void declared() {
        for (std::size_t i = 0; i < pieces_.size(); ++i) {
            const std::string_view type = piece(next(i));
            if (type == "CURSOR" || type == "refcursor") cursors_.insert(pieces_[i]);
        }
    }

    /// The line ends of what is left out are kept.
    void skip(std::size_t from, std::size_t to, std::string_view instead) {
        made_.append(instead);
        for (std::size_t i = from; i <= to && i < pieces_.size(); ++i)
            made_.append(static_cast<std::size_t>(std::count(pieces_[i].begin(), pieces_[i].end(), '\n')),
                         '\n');
    }

    bool statement(std::size_t& i) {
        const std::string_view word = pieces_[i];
        if (word != "OPEN" && word != "FETCH" && word != "CLOSE" && word != "MOVE") return false;
        const std::size_t name = next(i);
        if (piece(name) == ":" || piece(name) == "." || piece(name) == "[" || piece(name) == "=")
            return false;
        if (word == "FETCH") return fetch(i);
        if (word != "OPEN") return to_semicolon(i);
        std::size_t behind_name = next(name);
        while (piece(behind_name) == ".") behind_name = next(next(behind_name));
        if (piece(behind_name) == "(") {
            skip(i, behind_name, "PERFORM f(");
            i = behind_name;
        } else if (piece(behind_name) == "FOR") {
            skip(i, behind_name, "");
            i = behind_name;
        } else {
            return to_semicolon(i);
        }
        return true;
    }
    bool fetch(std::size_t& i) {
        std::size_t into = i;
        while (into < pieces_.size() && pieces_[into] != "INTO" && pieces_[into] != ";") into = next(into);
        if (piece(into) != "INTO") return to_semicolon(i);
        skip(i, into, "SELECT 1 INTO ");
        i = into;
        return true;
    }
    bool to_semicolon(std::size_t& i) {
        std::size_t end = i;
        while (end < pieces_.size() && pieces_[end] != ";") ++end;
        skip(i, end, "NULL;");
        i = end;
        return true;
    }
    /// Behind the IN of a loop.
    void loop(std::size_t& i) {
        const std::size_t name = next(i);
        const bool is_cursor = cursors_.contains(piece(name));
        const std::size_t after = next(name);
        if (!is_cursor || (piece(after) != "LOOP" && piece(after) != "(")) return;
        const bool has_arguments = piece(after) == "(";
        skip(i + 1, has_arguments ? after : name, has_arguments ? " 1..f(" : " 1..1 ");
        i = has_arguments ? after : name;
    }

    const Texts pieces_;
    std::set<std::string_view> cursors_;
    std::string made_;
};

}  // namespace

std::size_t body_of(std::string_view sql) {
    for (std::size_t at = sql.find('$'); at != std::string_view::npos; at = sql.find('$', at + 1)) {
        std::size_t end = at + 1;
        while (end < sql.size() && in_name(sql[end]) && sql[end] != '$') ++end;
        const bool follows_name = at > 0 && in_name(sql[at - 1]);
        if (end < sql.size() && sql[end] == '$' && !follows_name) return end + 1;
    }
    return sql.size();
}

std::string without_cursors(std::string_view sql, std::size_t body) {
    const auto has = [sql](std::string_view word) { return sql.find(word) != std::string_view::npos; };
    if (!has("CURSOR") && !has("refcursor") && !has("OPEN") && !has("FETCH") && !has("CLOSE") && !has("MOVE"))
        return std::string{sql};
    std::string made{sql.substr(0, body)};
    return made.append(CursorRemover{sql.substr(body)}.run());
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
    if (word.empty()) return std::string_view::npos;
    while (true) {
        const std::size_t at = text.find(word, from);
        if (at == std::string_view::npos) return at;
        const std::size_t end = at + word.size();
        const bool alone = (at == 0 || (!in_name(text[at - 1]) && text[at - 1] != '.')) &&
                           (end >= text.size() || !in_name(text[end]));
        if (alone) return at;
        from = at + 1;
    }
}

bool hide_fields(std::string& sql, std::string_view base, std::size_t body) {
    std::string made = sql.substr(0, body);
    bool found = false;
    std::size_t copied = body;
    for (std::size_t at = body; (at = find_word(sql, base, at)) != std::string::npos;) {
        std::size_t end = at + base.size();
        if (end >= sql.size() || sql[end] != '.') {
            at = end;
            continue;
        }
        ++end;
        if (end < sql.size() && sql[end] == '"')
            end = behind(sql, "\"", end + 1);
        else
            while (end < sql.size() && in_name(sql[end])) ++end;
        made.append(sql, copied, at - copied).append("found");
        at = copied = end;
        found = true;
    }
    made.append(sql, copied);
    sql = std::move(made);
    return found;
}

}  // namespace landfall::convert
