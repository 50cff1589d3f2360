#include "engines/images/vmdk_descriptor.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "engines/images/formats.hpp"

namespace landfall::images {
namespace {

constexpr std::size_t kExtentsMax = 4096;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank{" \t\r\0", 4};
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view next_word(std::string_view& rest) {
    rest = trimmed(rest);
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest = trimmed(rest.substr(end));
    return word;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool same_word(std::string_view a, std::string_view lower) {
    return std::ranges::equal(a, lower, [](char x, char y) {
        return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
    });
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// A name and nothing of a path: what may be looked up beside the image.
bool is_plain_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.size() <= 255 &&
           name.find_first_of(std::string_view{"/\\:\0", 4}) == std::string_view::npos;
}

struct Line {
    std::string_view text;
    ByteOffset at;
};

class Parser {
public:
    Parser(const ByteSource& source, VmdkDescriptor& out) : source_{source}, out_{out} {}

    Status line(const Line& line) {
        std::string_view rest = trimmed(line.text);
        if (rest.empty() || rest.front() == '#') return {};
        const std::size_t equals = rest.find('=');
        const std::string_view key = trimmed(rest.substr(0, std::min(equals, rest.size())));
        if (equals != std::string_view::npos && key.find_first_of(" \"") == std::string_view::npos) {
            return assignment(line, key, trimmed(rest.substr(equals + 1)));
        }
        const std::string_view access = next_word(rest);
        if (access == "RW" || access == "RDONLY" || access == "NOACCESS") return extent(line, rest);
        return bad_input(source_, line.at, "a line of the descriptor is not understood");
    }

private:
    Status assignment(const Line& line, std::string_view key, std::string_view value) {
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        if (same_word(key, "parentcid") && !same_word(value, "ffffffff")) {
            return bad_input(source_, line.at, "the disk is a delta of a parent (parentCID): refused");
        }
        if (same_word(key, "parentfilenamehint")) {
            return bad_input(source_, line.at,
                             "the disk is a delta of a parent (parentFileNameHint): refused");
        }
        // It is shown to people; one that is no word is left out rather than repeated.
        const bool word = value.size() <= 32 && std::ranges::all_of(value, is_letter_or_digit);
        if (same_word(key, "createtype") && word) out_.create_type = value;
        return {};
    }

    /// `rest` is `SECTORS TYPE ["NAME" [OFFSET]]`.
    Status extent(const Line& line, std::string_view rest) {
        const auto sectors = number(next_word(rest));
        const std::string_view type = next_word(rest);
        if (!sectors || !product_fits(*sectors, 512)) {
            return bad_input(source_, line.at, "the size of an extent is not a number of sectors");
        }
        if (out_.extents.size() == kExtentsMax) {
            return bad_input(source_, line.at, "more than 4096 extents are refused");
        }
        VmdkExtentLine made{.length = kSector * *sectors, .told_at = line.at};
        if (type == "ZERO") {
            made.type = VmdkExtentType::zero;
        } else if (type == "FLAT" || type == "VMFS") {
            made.type = VmdkExtentType::flat;
        } else if (type == "SPARSE") {
            made.type = VmdkExtentType::sparse;
        } else {
            return bad_input(source_, line.at, "extents of type " + printable(type) + " are refused");
        }
        if (made.type != VmdkExtentType::zero) TRY(file_of(line, rest, made));
        out_.extents.push_back(std::move(made));
        return {};
    }

    Status file_of(const Line& line, std::string_view rest, VmdkExtentLine& made) {
        const std::size_t close =
            rest.size() > 1 && rest.front() == '"' ? rest.find('"', 1) : std::string_view::npos;
        if (close == std::string_view::npos) {
            return bad_input(source_, line.at, "an extent has no file name");
        }
        const std::string_view name = rest.substr(1, close - 1);
        if (!is_plain_name(name)) {
            return bad_input(source_, line.at,
                             "the extent \"" + printable(name) +
                                 "\" is not a plain file name: only files beside the descriptor are read");
        }
        made.file = name;
        const std::string_view tail = trimmed(rest.substr(close + 1));
        if (tail.empty() || made.type == VmdkExtentType::sparse) return {};
        const auto offset = number(tail);
        if (!offset || !product_fits(*offset, 512)) {
            return bad_input(source_, line.at, "the offset of an extent is not a number of sectors");
        }
        made.offset = ByteOffset{*offset * 512};
        return {};
    }

    static std::string printable(std::string_view text) {
        std::string out;
        for (char c : text.substr(0, 128)) out += c >= ' ' && c < 127 ? c : '?';
        return out;
    }

    const ByteSource& source_;
    VmdkDescriptor& out_;
};

}  // namespace

Result<VmdkDescriptor> parse_vmdk_descriptor(const ByteSource& source, ByteOffset at, std::string_view text) {
    text = text.substr(0, std::min(text.find('\0'), text.size()));
    if (!same_word(trimmed(text.substr(0, std::min(text.find('\n'), text.size()))),
                   "# disk descriptorfile")) {
        return bad_input(source, at, "neither a sparse VMDK nor a \"# Disk DescriptorFile\"");
    }
    VmdkDescriptor descriptor;
    Parser parser{source, descriptor};
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        TRY(parser.line({.text = text.substr(begin, end - begin), .at = at + Bytes{begin}}));
        begin = end + 1;
    }
    if (descriptor.extents.empty()) return bad_input(source, at, "the descriptor names no extent");
    return descriptor;
}

}  // namespace landfall::images
