#include "engines/images/ovf_parts.hpp"

#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace landfall::images {
namespace {

constexpr std::uint64_t kAmountMax = std::uint64_t{1} << 62;

std::string compact_lower(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ' ' || c == '\t') continue;
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

std::optional<std::uint64_t> power(std::uint64_t base, std::uint64_t exponent) {
    std::uint64_t value = 1;
    for (std::uint64_t i = 0; i < exponent; ++i) {
        if (value > kAmountMax / base) return std::nullopt;
        value *= base;
    }
    return value;
}

/// DSP0004's programmatic units, as far as bytes go.
std::optional<std::uint64_t> programmatic(std::string_view unit) {
    if (unit == "byte" || unit == "bytes") return 1;
    if (!unit.starts_with("byte*")) return std::nullopt;
    unit.remove_prefix(5);
    const std::size_t caret = unit.find('^');
    if (caret == std::string_view::npos) return ovf_number(unit);
    const auto base = ovf_number(unit.substr(0, caret));
    const auto exponent = ovf_number(unit.substr(caret + 1));
    if (!base || !exponent || (*base != 2 && *base != 10) || *exponent > 62) return std::nullopt;
    return power(*base, *exponent);
}

/// What people and VirtualBox write: always powers of 1,024 in the field.
std::optional<std::uint64_t> word(std::string_view unit) {
    if (unit.ends_with('s')) unit.remove_suffix(1);
    constexpr std::array<std::pair<std::string_view, unsigned>, 12> kWords{{{"kilobyte", 10},
                                                                            {"kb", 10},
                                                                            {"kib", 10},
                                                                            {"megabyte", 20},
                                                                            {"mb", 20},
                                                                            {"mib", 20},
                                                                            {"gigabyte", 30},
                                                                            {"gb", 30},
                                                                            {"gib", 30},
                                                                            {"terabyte", 40},
                                                                            {"tb", 40},
                                                                            {"tib", 40}}};
    for (const auto& [name, shift] : kWords) {
        if (unit == name) return std::uint64_t{1} << shift;
    }
    return std::nullopt;
}

}  // namespace

std::string_view ovf_trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<std::uint64_t> ovf_number(std::string_view text) {
    text = ovf_trimmed(text);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> ovf_amount(std::string_view quantity, std::string_view units,
                                        std::uint64_t default_unit) {
    const auto count = ovf_number(quantity);
    const std::string unit = compact_lower(ovf_trimmed(units));
    std::optional<std::uint64_t> factor = default_unit;
    if (!unit.empty()) {
        factor = programmatic(unit);
        if (!factor) factor = word(unit);
    }
    if (!count || !factor || *factor == 0 || *count > kAmountMax / *factor) return std::nullopt;
    return *count * *factor;
}

std::optional<Format> ovf_disk_format(std::string_view url, std::string_view file) {
    const std::string lower_url = compact_lower(url);
    const auto says = [&](std::string_view word) { return lower_url.find(word) != std::string::npos; };
    if (says("vmdk")) return Format::vmdk;
    if (says("vhdx")) return Format::vhdx;
    if (says("vhd") || says("bb676673") || says("linkid=137171")) return Format::vhd;
    if (says("qcow")) return Format::qcow2;
    if (says("vdi")) return Format::vdi;
    const std::string lower_file = compact_lower(file);
    const std::string extension = lower_file.substr(lower_file.rfind('.') + 1);
    constexpr std::array<std::pair<std::string_view, Format>, 8> kExtensions{{{"vmdk", Format::vmdk},
                                                                              {"vhd", Format::vhd},
                                                                              {"vhdx", Format::vhdx},
                                                                              {"qcow2", Format::qcow2},
                                                                              {"qcow", Format::qcow2},
                                                                              {"vdi", Format::vdi},
                                                                              {"raw", Format::raw},
                                                                              {"img", Format::raw}}};
    for (const auto& [name, format] : kExtensions) {
        if (extension == name) return format;
    }
    return std::nullopt;
}

}  // namespace landfall::images
