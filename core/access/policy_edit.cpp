// Works on the text itself, once Policy::parse() has found it right: what is not changed stays byte by byte.
#include "core/access/policy_edit.hpp"

#include <algorithm>
#include <optional>
#include <span>

#include "core/access/policy.hpp"

namespace landfall::access {
namespace {

constexpr PolicyLimits kAnySize{.bytes = 1_MiB,
                                .statements = 10'000,
                                .principals = 100'000,
                                .conditions = 100'000,
                                .values = 100'000,
                                .depth = 16};

/// A piece of the text: [begin, end).
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() && is_blank(text[at])) ++at;
    return at;
}

std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at)
        if (text[at] == '\\') ++at;
    return std::min(at + 1, text.size());
}

/// Of any value that begins at `at`, in text that is JSON.
std::size_t end_of_value(std::string_view text, std::size_t at) {
    int depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = end_of_string(text, at);
        } else if (c == '{' || c == '[') {
            ++depth;
            ++at;
            continue;
        } else if (c == '}' || c == ']') {
            --depth;
            ++at;
        } else if (depth == 0) {
            return std::min(text.find_first_of(" \t\r\n,]}", at), text.size());
        } else {
            ++at;
            continue;
        }
        if (depth == 0) return at;
    }
    return at;
}

/// The pieces between the brackets of the array or object that begins at `at`: values, or keys with values.
std::vector<Span> items_of(std::string_view text, std::size_t at) {
    std::vector<Span> items;
    const bool object = text[at] == '{';
    at = skip_blanks(text, at + 1);
    while (at < text.size() && text[at] != ']' && text[at] != '}') {
        Span item{at, end_of_value(text, at)};
        if (object) {
            const std::size_t colon = skip_blanks(text, item.end);
            item.end = end_of_value(text, skip_blanks(text, colon + 1));
        }
        items.push_back(item);
        at = skip_blanks(text, item.end);
        if (at < text.size() && text[at] == ',') at = skip_blanks(text, at + 1);
    }
    return items;
}

/// Where the value of "Statement" is. nullopt: its name is written with escapes.
std::optional<Span> statements_in(std::string_view text) {
    constexpr std::string_view kName = "\"Statement\"";
    for (const Span& member : items_of(text, skip_blanks(text, 0))) {
        if (!text.substr(member.begin, member.end - member.begin).starts_with(kName)) continue;
        const std::size_t colon = skip_blanks(text, member.begin + kName.size());
        return Span{skip_blanks(text, colon + 1), member.end};
    }
    return std::nullopt;
}

void append_string(std::string& out, std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out.push_back('"');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (byte < 0x20) {
            out.append("\\u00").push_back(kDigits[byte >> 4]);
            out.push_back(kDigits[byte & 15]);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

void append_one_or_list(std::string& out, std::span<const std::string> texts) {
    if (texts.size() == 1) return append_string(out, texts.front());
    out.push_back('[');
    for (const std::string& text : texts) {
        if (&text != &texts.front()) out.push_back(',');
        append_string(out, text);
    }
    out.push_back(']');
}

std::string statement_of(const PermissionGrant& grant) {
    std::vector<std::string> arns;
    for (const std::string& account : grant.accounts) arns.push_back("arn:aws:iam::" + account + ":root");
    std::string out = "{\"Sid\":";
    append_string(out, grant.sid);
    out.append(",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":");
    append_one_or_list(out, arns);
    out.append("},\"Action\":");
    append_one_or_list(out, grant.actions);
    out.append(",\"Resource\":");
    append_string(out, grant.resource);
    return out.append("}");
}

Error escaped_name() { return Error{Errc::invalid, "the name of Statement is written with escapes"}; }

}  // namespace

Result<std::string> with_permission(std::string_view document, const PermissionGrant& grant) {
    const std::string statement = statement_of(grant);
    std::string out;
    if (document.empty()) {
        out.append("{\"Version\":\"2008-10-17\",\"Id\":");
        append_string(out, grant.policy_id);
        out.append(",\"Statement\":[").append(statement).append("]}");
        TRY(Policy::parse(out, kAnySize));
        return out;
    }
    const Policy policy = TRY(Policy::parse(document, kAnySize));
    if (policy.find(grant.sid) != nullptr)
        return Error{Errc::already_exists, "the policy has a statement \"" + std::string{grant.sid} + "\""};
    const auto statements = statements_in(document);
    if (!statements) return escaped_name();
    out = document;
    if (document[statements->begin] == '[') {
        const std::size_t after_last = items_of(document, statements->begin).back().end;
        out.insert(after_last, "," + statement);
    } else {
        out.insert(statements->end, "," + statement + "]");
        out.insert(statements->begin, "[");
    }
    TRY(Policy::parse(out, kAnySize));
    return out;
}

Result<std::string> without_permission(std::string_view document, std::string_view sid) {
    const auto none = [sid] {
        return Error{Errc::not_found, "the policy has no statement \"" + std::string{sid} + "\""};
    };
    if (document.empty() || sid.empty()) return none();
    const Policy policy = TRY(Policy::parse(document, kAnySize));
    const PolicyStatement* found = policy.find(sid);
    if (found == nullptr) return none();
    if (policy.statements().size() == 1) return std::string{};
    const auto statements = statements_in(document);
    if (!statements) return escaped_name();
    const std::vector<Span> items = items_of(document, statements->begin);
    const auto i = static_cast<std::size_t>(found - policy.statements().data());
    // With its comma: the one before, or of the first the one behind.
    const Span cut = i > 0 ? Span{items[i - 1].end, items[i].end} : Span{items[0].begin, items[1].begin};
    std::string out{document};
    out.erase(cut.begin, cut.end - cut.begin);
    return out;
}

Result<std::string> minified(std::string_view document) {
    TRY(Policy::parse(document, kAnySize));
    std::string out;
    out.reserve(document.size());
    for (std::size_t at = 0; at < document.size();) {
        if (document[at] == '"') {
            const std::size_t end = end_of_string(document, at);
            out.append(document.substr(at, end - at));
            at = end;
        } else {
            if (!is_blank(document[at])) out.push_back(document[at]);
            ++at;
        }
    }
    return out;
}

}  // namespace landfall::access
