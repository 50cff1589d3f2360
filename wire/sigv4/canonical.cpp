#include "wire/sigv4/canonical.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/encoding.hpp"
#include "wire/sigv4/text.hpp"

namespace landfall::sigv4 {
namespace {

constexpr std::array<std::string_view, 4> kS3Services{"s3", "s3-object-lambda", "s3-outposts", "s3express"};
constexpr std::string_view kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// RFC 3986 §5.2.4, and empty segments go too.
std::string without_dots(std::string_view path) {
    std::vector<std::string_view> kept;
    for_each_piece(path, '/', [&kept](std::string_view segment) {
        if (segment.empty() || segment == ".") return;
        if (segment != "..")
            kept.push_back(segment);
        else if (!kept.empty())
            kept.pop_back();
    });
    std::string out = "/";
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (i != 0) out += '/';
        out += kept[i];
    }
    if (!kept.empty() && path.back() == '/') out += '/';
    return out;
}

/// Runs of blanks become one; the words between them are copied whole.
template <class Text>
void append_value(Text& out, std::string_view raw) {
    std::string_view rest = trimmed(raw);
    for (;;) {
        const auto word_end = std::find_if(rest.begin(), rest.end(), is_blank);
        out.append(rest.begin(), word_end);
        if (word_end == rest.end()) return;
        out += ' ';
        rest = trimmed({word_end, rest.end()});
    }
}

/// A signed header that is not there gets no line, so that it never passes for one with an empty value.
template <class Text>
void append_header(Text& out, const Request& request, std::string_view name) {
    if (name == "host" && !request.host.empty()) {
        append_value(out.append("host:"), request.host);
        out += '\n';
        return;
    }
    bool found = false;
    for (const Header& header : request.headers) {
        if (!equal_but_for_case(header.name, name)) continue;
        found ? out.append(1, ',') : out.append(name).append(1, ':');
        found = true;
        append_value(out, header.value);
    }
    if (found) out += '\n';
}

template <class Text>
Status append_request(Text& out, const Request& request, const CanonicalForm& form) {
    out.append(request.method).append(1, '\n');
    out.append(TRY(canonical_path(request.path, form.path_rule))).append(1, '\n');
    out.append(TRY(canonical_query(request.query, form))).append(1, '\n');
    for_each_piece(form.signed_headers, ';',
                   [&](std::string_view name) { append_header(out, request, name); });
    out.append(1, '\n').append(form.signed_headers).append(1, '\n').append(form.payload_hash);
    return {};
}

}  // namespace

PathRule path_rule_of(std::string_view service) {
    return std::find(kS3Services.begin(), kS3Services.end(), service) != kS3Services.end() ? PathRule::s3
                                                                                           : PathRule::others;
}

Result<std::string> canonical_path(std::string_view raw_path, PathRule rule) {
    if (raw_path.empty() || raw_path == "/") return std::string{"/"};
    if (rule == PathRule::s3) return uri_encode(TRY(uri_decode(raw_path)), Slash::kept);
    return uri_encode(without_dots(raw_path), Slash::kept);
}

Result<std::string> canonical_query(std::string_view raw_query, const CanonicalForm& form) {
    if (raw_query.empty()) return std::string{};
    std::vector<std::pair<std::string, std::string>> pairs;
    std::optional<Error> wrong;
    for_each_piece(raw_query, '&', [&](std::string_view piece) {
        if (piece.empty() || wrong.has_value()) return;
        const std::size_t equals = std::min(piece.find('='), piece.size());
        auto name = uri_decode(piece.substr(0, equals));
        auto value = uri_decode(piece.substr(std::min(equals + 1, piece.size())));
        if (!name.ok() || !value.ok()) {
            wrong = name.ok() ? value.error() : name.error();
            return;
        }
        for (const std::string_view left_out : form.without_query)
            if (!left_out.empty() && *name == left_out) return;
        pairs.emplace_back(uri_encode(*name), uri_encode(*value));
    });
    if (wrong.has_value()) return *std::move(wrong);
    std::sort(pairs.begin(), pairs.end());
    std::string out;
    out.reserve(raw_query.size() + 16);
    for (const auto& [name, value] : pairs) {
        if (!out.empty()) out += '&';
        out.append(name).append(1, '=').append(value);
    }
    return out;
}

Result<std::string> canonical_request(const Request& request, const CanonicalForm& form) {
    std::string out;
    out.reserve(1024);
    TRY(append_request(out, request, form));
    return out;
}

Status append_canonical_request(std::pmr::string& out, const Request& request, const CanonicalForm& form) {
    return append_request(out, request, form);
}

std::string string_to_sign(std::string_view timestamp, std::string_view scope,
                           const Sha256& of_canonical_request) {
    std::string out;
    out.reserve(160);
    out.append("AWS4-HMAC-SHA256\n").append(timestamp).append(1, '\n').append(scope).append(1, '\n');
    out.append(of_canonical_request.hex());
    return out;
}

std::string chunk_string_to_sign(const ChunkText& text, const Sha256& of_bytes) {
    std::string out;
    out.reserve(320);
    out.append(text.kind).append(1, '\n').append(text.timestamp).append(1, '\n');
    out.append(text.scope).append(1, '\n').append(text.previous_signature).append(1, '\n');
    if (text.kind == kChunkKind) out.append(kEmptySha256).append(1, '\n');
    out.append(of_bytes.hex());
    return out;
}

}  // namespace landfall::sigv4
