#include "engines/convert/postgres/code_strings.hpp"

#include <pg_query.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string_view>
#include <vector>

namespace landfall::convert {
namespace {

using Tokens = std::vector<std::string_view>;

/// Reads the few fields that are needed of a message in Protocol Buffers' wire format.
class MessageReader {
public:
    explicit MessageReader(std::string_view bytes) : rest_{bytes} {}

    struct Field {
        std::uint64_t number = 0;
        std::uint64_t value = 0;
        std::string_view bytes;
    };
    bool next(Field& field) {
        if (rest_.empty()) return false;
        const std::uint64_t key = number();
        field = {.number = key >> 3U, .value = number(), .bytes = {}};
        if ((key & 7U) != kBytes) return true;
        field.bytes = rest_.substr(0, field.value);
        rest_.remove_prefix(field.bytes.size());
        return true;
    }

private:
    static constexpr unsigned kBytes = 2;

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; !rest_.empty() && shift < 64; shift += 7) {
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
            if ((byte & 0x80U) == 0) break;
        }
        return value;
    }

    std::string_view rest_;
};

/// ScanResult.tokens and ScanToken.start and .end of libpg_query's pg_query.proto.
constexpr std::uint64_t kTokens = 2;
constexpr std::uint64_t kStart = 1;
constexpr std::uint64_t kEnd = 2;

std::string_view token_of(std::string_view sql, std::string_view message) {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    MessageReader reader{message};
    for (MessageReader::Field field; reader.next(field);) {
        if (field.number == kStart) start = field.value;
        if (field.number == kEnd) end = field.value;
    }
    return start < end && end <= sql.size() ? sql.substr(start, end - start) : std::string_view{};
}

bool is_comment(std::string_view token) { return token.starts_with("--") || token.starts_with("/*"); }

/// Nothing where PostgreSQL's scanner refuses the text.
Tokens tokens_of(const std::string& sql) {
    Tokens tokens;
    const PgQueryScanResult scanned = pg_query_scan(sql.c_str());
    if (scanned.error == nullptr) {
        MessageReader reader{{scanned.pbuf.data, scanned.pbuf.len}};
        for (MessageReader::Field field; reader.next(field);) {
            const std::string_view token =
                field.number == kTokens ? token_of(sql, field.bytes) : std::string_view{};
            if (!token.empty() && !is_comment(token)) tokens.push_back(token);
        }
    }
    pg_query_free_scan_result(scanned);
    return tokens;
}

bool is_word(std::string_view token, std::string_view word) {
    return std::equal(token.begin(), token.end(), word.begin(), word.end(), [](char a, char b) {
        return std::toupper(static_cast<unsigned char>(a)) == static_cast<unsigned char>(b);
    });
}

bool is_string(std::string_view token) {
    return token.starts_with('\'') || token.starts_with('$') || token.starts_with("E'") ||
           token.starts_with("e'");
}

using At = Tokens::const_iterator;

bool makes_routine(At at, At end) {
    const auto word = [&](std::string_view text) { return at != end && is_word(*at, text) && ++at != end; };
    if (!word("CREATE")) return false;
    if (word("OR")) ++at;
    return at != end && (is_word(*at, "FUNCTION") || is_word(*at, "PROCEDURE"));
}

bool statement_brings_code(At begin, At end) {
    if (begin == end) return true;
    const bool does = is_word(*begin, "DO");
    if (!does && !makes_routine(begin, end)) return true;
    for (At at = begin + 1; at != end; ++at) {
        if (!is_string(*at)) continue;
        // The language may be written as a string, too; defaults may hold strings.
        if (does ? !is_word(*(at - 1), "LANGUAGE") : is_word(*(at - 1), "AS")) return true;
    }
    return false;
}

bool in_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// What stands before the first dollar, where that is easily told: no strings, no block comments, no second
/// statement.
struct Head {
    std::size_t end = std::string_view::npos;  ///< the place of the dollar; npos: not told
    std::string_view last;                     ///< the token before it, if it is a word
    std::size_t words = 0;
};

Head head_of(std::string_view sql) {
    constexpr std::string_view kBlanks = " \t\r\n", kMarks = "(),.=[]%+";
    Head head;
    for (std::size_t at = 0; at < sql.size();) {
        std::size_t end = at + 1;
        if (sql[at] == '$') {
            if (at != 0 && in_word(sql[at - 1])) return {};  // a dollar of a name
            head.end = at;
            return head;
        }
        if (in_word(sql[at])) {
            while (end < sql.size() && in_word(sql[end])) ++end;
            head.last = sql.substr(at, end - at);
            ++head.words;
        } else if (sql.substr(at, 2) == "--") {
            end = std::min(sql.find('\n', at), sql.size());
        } else if (sql[at] == '"') {
            end = sql.find('"', at + 1);
            if (end++ == std::string_view::npos) return {};
            head.last = {};
        } else if (kMarks.find(sql[at]) != std::string_view::npos) {
            head.last = {};
        } else if (kBlanks.find(sql[at]) == std::string_view::npos) {
            return {};
        }
        at = end;
    }
    return {};
}

/// As brings_code, but only where it is plain, as it is of nearly all that the printer makes: one statement
/// whose only string, in dollars, stands behind AS or DO. The scanner of PostgreSQL takes a sixth of the time
/// that compiling takes.
bool plainly_brings_code(std::string_view sql) {
    const Head head = head_of(sql);
    if (head.end == std::string_view::npos) return false;
    if (!is_word(head.last, "AS") && !(is_word(head.last, "DO") && head.words == 1)) return false;
    const std::size_t tag_end = sql.find('$', head.end + 1);
    if (tag_end == std::string_view::npos) return false;
    const std::string_view tag = sql.substr(head.end, tag_end + 1 - head.end);
    const std::string_view tag_name = tag.substr(1, tag.size() - 2);
    if (!std::all_of(tag_name.begin(), tag_name.end(), in_word)) return false;
    if (!tag_name.empty() && std::isdigit(static_cast<unsigned char>(tag_name.front())) != 0) return false;
    const std::size_t close = sql.find(tag, tag_end + 1);
    if (close == std::string_view::npos) return false;
    std::string_view rest = sql.substr(close + tag.size());
    const auto is_blank = [](char c) { return c == ' ' || c == '\n'; };
    while (!rest.empty() && is_blank(rest.back())) rest.remove_suffix(1);
    if (rest.ends_with(';')) rest.remove_suffix(1);
    return std::all_of(rest.begin(), rest.end(), [&](char c) { return in_word(c) || is_blank(c); });
}

}  // namespace

bool brings_code(const std::string& sql) {
    if (plainly_brings_code(sql)) return true;
    const Tokens tokens = tokens_of(sql);
    for (At begin = tokens.begin(); begin != tokens.end();) {
        const At end = std::find(begin, tokens.end(), std::string_view{";"});
        if (!statement_brings_code(begin, end)) return false;
        begin = end == tokens.end() ? end : end + 1;
    }
    return true;
}

}  // namespace landfall::convert
