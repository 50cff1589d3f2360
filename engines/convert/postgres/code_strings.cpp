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

}  // namespace

bool brings_code(const std::string& sql) {
    const Tokens tokens = tokens_of(sql);
    for (At begin = tokens.begin(); begin != tokens.end();) {
        const At end = std::find(begin, tokens.end(), std::string_view{";"});
        if (!statement_brings_code(begin, end)) return false;
        begin = end == tokens.end() ? end : end + 1;
    }
    return true;
}

}  // namespace landfall::convert
