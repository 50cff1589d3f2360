#include "engines/images/manifest.hpp"

#include <algorithm>
#include <optional>

namespace landfall::images {
namespace {

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::optional<DigestAlgorithm> algorithm_named(std::string_view name) {
    std::string word = lower(name);
    std::erase(word, '-');
    if (word == "sha1") return DigestAlgorithm::sha1;
    if (word == "sha256") return DigestAlgorithm::sha256;
    if (word == "sha512") return DigestAlgorithm::sha512;
    return std::nullopt;
}

std::size_t digits_of(DigestAlgorithm algorithm) {
    switch (algorithm) {
        case DigestAlgorithm::sha1: return 40;
        case DigestAlgorithm::sha256: return 64;
        case DigestAlgorithm::sha512: return 128;
    }
    return 0;
}

Status add_line(const ByteSource& source, ByteOffset at, std::string_view line, Manifest& out) {
    const std::size_t open = line.find('(');
    // A name may hold parentheses: the last one before the digest closes it.
    const std::size_t close = line.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
        return bad_input(source, at, "a manifest line is not `ALGORITHM(name)= digest`");
    }
    const auto algorithm = algorithm_named(trimmed(line.substr(0, open)));
    if (!algorithm) return bad_input(source, at, "the digest algorithm of a manifest line is not known");
    std::string_view rest = trimmed(line.substr(close + 1));
    if (!rest.starts_with('=')) return bad_input(source, at, "a manifest line has no `=`");
    const std::string hex = lower(trimmed(rest.substr(1)));
    if (hex.size() != digits_of(*algorithm) ||
        hex.find_first_not_of("0123456789abcdef") != std::string::npos) {
        return bad_input(source, at, "the digest of a manifest line is not of its algorithm's length");
    }
    std::string name{trimmed(line.substr(open + 1, close - open - 1))};
    while (name.starts_with("./")) name.erase(0, 2);
    if (!out.emplace(name, ManifestLine{.algorithm = *algorithm, .hex = hex}).second) {
        return bad_input(source, at, "the manifest lists a file twice: " + name);
    }
    return {};
}

}  // namespace

Result<Manifest> parse_manifest(const ByteSource& source, std::string_view text) {
    Manifest manifest;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = trimmed(text.substr(begin, end - begin));
        if (!line.empty()) TRY(add_line(source, ByteOffset{begin}, line, manifest));
        begin = end + 1;
    }
    return manifest;
}

}  // namespace landfall::images
