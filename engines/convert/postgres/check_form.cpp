#include "engines/convert/postgres/check_form.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace landfall::convert {
namespace {

constexpr std::array<bool, 256> name_table() {
    std::array<bool, 256> table{};
    for (unsigned c = 0; c < 256; ++c)
        table[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                   c == '$' || c >= 0x80;
    return table;
}
constexpr auto kInName = name_table();

bool in_name(char c) { return kInName[static_cast<unsigned char>(c)]; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::size_t behind(std::string_view text, std::string_view mark, std::size_t from) {
    const std::size_t at = text.find(mark, from);
    return at == std::string_view::npos ? text.size() : at + mark.size();
}

/// A token, or a comment, or all the blanks between two of them.
struct Piece {
    std::string_view text;
    bool blank = false;  ///< comments are blanks, too
};

Piece piece_at(std::string_view text, std::size_t at) {
    const char first = text[at];
    const char second = at + 1 < text.size() ? text[at + 1] : '\0';
    std::size_t end = at + 1;
    bool blank = true;
    if (is_blank(first)) {
        while (end < text.size() && is_blank(text[end])) ++end;
    } else if (first == '-' && second == '-') {
        end = std::min(text.find('\n', at), text.size());
    } else if (first == '/' && second == '*') {
        end = behind(text, "*/", at + 2);
    } else {
        blank = false;
        if (first == '\'' || first == '"')
            end = behind(text, text.substr(at, 1), at + 1);
        else if (in_name(first))
            while (end < text.size() && in_name(text[end])) ++end;
    }
    return {.text = text.substr(at, end - at), .blank = blank};
}

/// What is joined again is the text.
std::vector<Piece> pieces_of(std::string_view text) {
    constexpr std::size_t kPieceSize = 3;  // about what tokens and blanks of code have
    std::vector<Piece> pieces;
    pieces.reserve(text.size() / kPieceSize);
    for (std::size_t at = 0; at < text.size(); at += pieces.back().text.size())
        pieces.push_back(piece_at(text, at));
    return pieces;
}

class CursorRemover {
public:
    explicit CursorRemover(std::string_view body) : body_{body}, pieces_{pieces_of(body)} {}

    std::string run() {
        made_.reserve(body_.size());
        declared();
        bool at_start = true;
        for (std::size_t i = 0; i < pieces_.size(); ++i) {
            if (pieces_[i].blank) continue;
            const std::string_view piece = pieces_[i].text;
            if (at_start && statement(i)) {
                at_start = this->piece(i) == ";";
                continue;
            }
            if (piece == "IN") loop(i);
            at_start =
                piece == ";" || piece == "BEGIN" || piece == "THEN" || piece == "ELSE" || piece == "LOOP";
        }
        keep_to(body_.size());
        return std::move(made_);
    }

private:
    /// The next piece that is no blank; past the end: empty.
    [[nodiscard]] std::size_t next(std::size_t i) const {
        do ++i;
        while (i < pieces_.size() && pieces_[i].blank);
        return i;
    }
    [[nodiscard]] std::string_view piece(std::size_t i) const {
        return i < pieces_.size() ? pieces_[i].text : std::string_view{};
    }
    [[nodiscard]] std::size_t offset_of(std::size_t i) const {
        return i < pieces_.size() ? static_cast<std::size_t>(pieces_[i].text.data() - body_.data())
                                  : body_.size();
    }

    void declared() {
        std::string_view before;
        for (const Piece& each : pieces_) {
            if (each.blank) continue;
            if (each.text == "CURSOR" || each.text == "refcursor") cursors_.insert(before);
            before = each.text;
        }
    }

    /// The text as it is, from what is made already to `end`.
    void keep_to(std::size_t end) {
        made_.append(body_.substr(done_, end - done_));
        done_ = end;
    }
    /// The line ends of what is left out are kept.
    void skip(std::size_t from, std::size_t to, std::string_view instead) {
        keep_to(offset_of(from));
        made_.append(instead);
        const std::string_view left_out = body_.substr(done_, offset_of(to + 1) - done_);
        made_.append(static_cast<std::size_t>(std::count(left_out.begin(), left_out.end(), '\n')), '\n');
        done_ += left_out.size();
    }

    bool statement(std::size_t& i) {
        const std::string_view word = pieces_[i].text;
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
        while (into < pieces_.size() && piece(into) != "INTO" && piece(into) != ";") into = next(into);
        if (piece(into) != "INTO") return to_semicolon(i);
        skip(i, into, "SELECT 1 INTO ");
        i = into;
        return true;
    }
    bool to_semicolon(std::size_t& i) {
        std::size_t end = i;
        while (end < pieces_.size() && piece(end) != ";") ++end;
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

    const std::string_view body_;
    const std::vector<Piece> pieces_;
    std::set<std::string_view> cursors_;
    std::string made_;
    std::size_t done_ = 0;  ///< how much of the body is made or left out
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
