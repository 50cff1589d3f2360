#include "engines/images/tar_index.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <string_view>

namespace landfall::images {
namespace {

constexpr std::size_t kMembersMax = 4096;
constexpr std::size_t kExtensionMax = 64 * 1024;  // of a pax header or a long name
constexpr std::size_t kRecord = 512;
constexpr std::uint64_t kSizeMax = std::uint64_t{1} << 62;

std::string_view text_field(ByteSpan header, std::size_t at, std::size_t size) {
    const std::string_view field = text_of(header.subspan(at, size));
    return field.substr(0, std::min(field.find('\0'), field.size()));
}

std::optional<std::uint64_t> octal(std::string_view field) {
    std::uint64_t value = 0;
    bool any = false;
    for (const char c : field) {
        if (c == '\0' || c == ' ') {
            if (any) break;
            continue;
        }
        if (c < '0' || c > '7' || value > kSizeMax / 8) return std::nullopt;
        value = value * 8 + static_cast<std::uint64_t>(c - '0');
        any = true;
    }
    return value;
}

/// Octal digits, or GNU's base-256 where the first bit is set.
std::optional<std::uint64_t> size_field(ByteSpan field) {
    if ((std::to_integer<unsigned>(field[0]) & 0x80u) == 0) return octal(text_of(field));
    if (std::to_integer<unsigned>(field[0]) != 0x80u) return std::nullopt;  // negative, or more than 88 bits
    std::uint64_t value = 0;
    for (const std::byte b : field.subspan(1)) {
        if (value > kSizeMax / 256) return std::nullopt;
        value = value * 256 + std::to_integer<std::uint64_t>(b);
    }
    return value;
}

bool checksum_holds(ByteSpan header) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kRecord; ++i) {
        sum += i >= 148 && i < 156 ? std::uint64_t{' '} : std::to_integer<std::uint64_t>(header[i]);
    }
    return octal(text_of(header.subspan(148, 8))) == sum;
}

bool all_zero(ByteSpan record) {
    return std::ranges::all_of(record, [](std::byte b) { return b == std::byte{0}; });
}

/// What extension headers say about the member that follows.
struct Overrides {
    std::optional<std::string> path;
    std::optional<std::uint64_t> size;
};

enum class PaxScope { one_member, all_members };

class Indexer {
public:
    explicit Indexer(const ByteSource& archive) : archive_{archive} {}

    Result<std::vector<OvaMember>> run() {
        std::array<std::byte, kRecord> header{};
        for (;;) {
            const std::size_t got = TRY(archive_.read_at(at_, header));
            if (got < kRecord)
                return bad_input(archive_, at_, "the archive has no end mark: it is truncated");
            if (all_zero(header)) break;
            TRY(member(header));
        }
        return std::move(members_);
    }

private:
    Status member(ByteSpan header) {
        if (!checksum_holds(header))
            return bad_input(archive_, at_, "not a tar header: its checksum is wrong");
        const auto told = size_field(header.subspan(124, 12));
        if (!told) return bad_input(archive_, at_ + Bytes{124}, "the size of a member cannot be read");
        const char type = static_cast<char>(header[156]);
        switch (type) {
            case 'x': return extension(*told, &Indexer::take_pax);
            case 'g': return extension(*told, &Indexer::take_global_pax);
            case 'L': return extension(*told, &Indexer::take_long_name);
            case '0':
            case '\0':
            case '7': return regular(header, next_.size.value_or(*told));
            case '5': return directory(header);
            case '1':
            case '2':
            case 'K': return bad_input(archive_, at_, "links are refused: " + name_in(header));
            default: break;
        }
        return bad_input(archive_, at_,
                         "members of type '" + std::string(1, type >= ' ' && type < 127 ? type : '?') +
                             "' are refused: " + name_in(header));
    }

    Status regular(ByteSpan header, std::uint64_t size) {
        std::string name = next_.path.value_or(name_in(header));
        while (name.starts_with("./")) name.erase(0, 2);
        const bool plain =
            !name.empty() && name != "." && name != ".." && name.size() <= 255 &&
            std::ranges::none_of(name, [](char c) { return c == '/' || c == '\\' || (c >= 0 && c < ' '); });
        if (!plain) {
            return bad_input(archive_, at_, "a member's name is no plain file name: " + name.substr(0, 255));
        }
        if (!names_.insert(name).second) return bad_input(archive_, at_, "two members are named " + name);
        if (members_.size() == kMembersMax)
            return bad_input(archive_, at_, "more than 4096 members are refused");
        const ByteOffset begin = at_ + Bytes{kRecord};
        TRY(skip(size, name));
        members_.push_back({.name = std::move(name), .at = begin, .size = Bytes{size}});
        next_ = {};
        return {};
    }

    Status directory(ByteSpan header) {
        const std::string name = next_.path.value_or(name_in(header));
        if (name != "./" && name != ".") return bad_input(archive_, at_, "directories are refused: " + name);
        next_ = {};
        return skip(0, name);
    }

    /// Moves to the header after `size` bytes.
    Status skip(std::uint64_t size, const std::string& name) {
        const std::uint64_t begin = at_.value + kRecord;
        if (size > kSizeMax || begin + size > archive_.size().count) {
            return bad_input(archive_, at_,
                             "the member " + name + " (" + std::to_string(size) +
                                 " bytes) goes beyond the end of the archive (" +
                                 std::to_string(archive_.size().count) + ")");
        }
        at_ = ByteOffset{begin + (size + kRecord - 1) / kRecord * kRecord};
        return {};
    }

    Status extension(std::uint64_t size, Status (Indexer::*take)(std::string_view)) {
        if (size > kExtensionMax) {
            return bad_input(archive_, at_,
                             "an extension header of " + std::to_string(size) + " bytes is refused");
        }
        std::string text(static_cast<std::size_t>(size), '\0');
        TRY(read_exactly(archive_, at_ + Bytes{kRecord}, std::as_writable_bytes(std::span{text}),
                         "an extension header"));
        TRY((this->*take)(text));
        return skip(size, "extension header");
    }

    Status take_long_name(std::string_view text) {
        next_.path = std::string{text.substr(0, std::min(text.find('\0'), text.size()))};
        return {};
    }

    Status take_pax(std::string_view text) { return pax_records(text, PaxScope::one_member); }
    Status take_global_pax(std::string_view text) { return pax_records(text, PaxScope::all_members); }

    /// "LEN KEY=VALUE\n" again and again, LEN counting the whole record.
    Status pax_records(std::string_view text, PaxScope scope) {
        while (!text.empty()) {
            std::size_t length = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
            const std::size_t digits = static_cast<std::size_t>(end - text.data());
            if (error != std::errc{} || length > text.size() || length < digits + 3 || text[digits] != ' ' ||
                text[length - 1] != '\n') {
                return bad_input(archive_, at_, "a pax header cannot be read");
            }
            const std::string_view record = text.substr(digits + 1, length - digits - 2);
            const std::size_t equals = record.find('=');
            if (equals == std::string_view::npos)
                return bad_input(archive_, at_, "a pax header cannot be read");
            TRY(pax_record(record.substr(0, equals), record.substr(equals + 1), scope));
            text.remove_prefix(length);
        }
        return {};
    }

    Status pax_record(std::string_view key, std::string_view value, PaxScope scope) {
        const bool matters =
            key == "path" || key == "size" || key == "linkpath" || key.starts_with("GNU.sparse");
        if (!matters) return {};
        if (scope != PaxScope::one_member || key == "linkpath" || key.starts_with("GNU.sparse")) {
            return bad_input(archive_, at_,
                             "the pax record " + std::string{key.substr(0, 32)} + " is refused here");
        }
        if (key == "path") {
            next_.path = std::string{value};
            return {};
        }
        std::uint64_t size = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
        if (error != std::errc{} || end != value.data() + value.size()) {
            return bad_input(archive_, at_, "the size in a pax header cannot be read");
        }
        next_.size = size;
        return {};
    }

    static std::string name_in(ByteSpan header) {
        std::string name{text_field(header, 345, 155)};
        if (text_of(header.subspan(257, 6)) != std::string_view{"ustar\0", 6}) name.clear();
        if (!name.empty()) name += '/';
        name += text_field(header, 0, 100);
        return name;
    }

    const ByteSource& archive_;
    ByteOffset at_;
    Overrides next_;
    std::vector<OvaMember> members_;
    std::set<std::string, std::less<>> names_;
};

}  // namespace

Result<std::vector<OvaMember>> index_tar(const ByteSource& archive) { return Indexer{archive}.run(); }

}  // namespace landfall::images
