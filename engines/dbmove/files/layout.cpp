#include "engines/dbmove/files/layout.hpp"

#include <array>
#include <cstdio>
#include <ctime>

#include "base/encoding.hpp"
#include "base/hash.hpp"

namespace landfall::dbmove::files {
namespace {

struct Fields {
    int year, month, day, hour, minute, second;
};

Fields fields_of(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    gmtime_r(&time, &parts);
    return {parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec};
}

std::string digits(std::int64_t value, std::size_t width) {
    std::string text = std::to_string(value);
    return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

std::string ending_of(const Layout& layout) {
    return layout.compression == Layout::Compression::gzip ? ".csv.gz" : ".csv";
}

}  // namespace

std::string digest_of(const Layout& layout) {
    std::string text;
    for (const std::string* const each : {&layout.csv.delimiter, &layout.csv.row_delimiter, &layout.csv.null,
                                          &layout.timestamp_column, &layout.missing_value})
        text += std::to_string(each->size()) + ":" + *each;
    for (const int each : {static_cast<int>(layout.csv.quotes), static_cast<int>(layout.names_in_first_line),
                           static_cast<int>(layout.changes), static_cast<int>(layout.has_missing_value),
                           static_cast<int>(layout.dates), static_cast<int>(layout.date_delimiter),
                           static_cast<int>(layout.compression)})
        text += std::to_string(each) + ",";
    return sha256(text).hex();
}

std::string folder_of(const Layout& layout, const TableName& table) {
    const std::string root = layout.folder.empty() ? "" : layout.folder + "/";
    const auto named = [](const std::string& name) {
        std::string text;
        for (const char c : name) {
            const bool apart = c == '/' || c == '%' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
            text += apart ? uri_encode({&c, 1}) : std::string{c};
        }
        return text == "." || text == ".." ? "%2E" + text.substr(1) : text;
    };
    return root + named(table.schema) + "/" + named(table.name) + "/";
}

std::string load_name(const Layout& layout, std::uint64_t part) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "LOAD%08llX", static_cast<unsigned long long>(part));
    return text.data() + ending_of(layout);
}

std::string change_name(const Layout& layout, std::uint64_t stamp) {
    const Fields at = fields_of(static_cast<std::int64_t>(stamp / 10'000));
    return digits(at.year, 4) + digits(at.month, 2) + digits(at.day, 2) + "-" + digits(at.hour, 2) +
           digits(at.minute, 2) + digits(at.second, 2) +
           digits(static_cast<std::int64_t>(stamp % 10'000), 4) + ending_of(layout);
}

std::string date_folder(const Layout& layout, std::int64_t microseconds) {
    using Dates = Layout::Dates;
    const Fields at = fields_of(microseconds / 1'000'000);
    const std::string year = digits(at.year, 4), month = digits(at.month, 2), day = digits(at.day, 2);
    const std::string between = layout.date_delimiter == '\0' ? "" : std::string{layout.date_delimiter};
    switch (layout.dates) {
        case Dates::none: return "";
        case Dates::yyyymmdd: return year + between + month + between + day + "/";
        case Dates::yyyymmddhh:
            return year + between + month + between + day + between + digits(at.hour, 2) + "/";
        case Dates::yyyymm: return year + between + month + "/";
        case Dates::mmyyyydd: return month + between + year + between + day + "/";
        case Dates::ddmmyyyy: return day + between + month + between + year + "/";
    }
    return "";
}

std::string moment_text(std::int64_t microseconds) {
    const Fields at = fields_of(microseconds / 1'000'000);
    return digits(at.year, 4) + "-" + digits(at.month, 2) + "-" + digits(at.day, 2) + " " +
           digits(at.hour, 2) + ":" + digits(at.minute, 2) + ":" + digits(at.second, 2) + "." +
           digits(microseconds % 1'000'000, 6);
}

std::string_view content_type(const Layout& layout) {
    return layout.compression == Layout::Compression::gzip ? "application/gzip" : "text/csv";
}

std::string manifest_key(const Layout& layout, const std::string& migration) {
    return (layout.folder.empty() ? "" : layout.folder + "/") + "landfall-" + migration + ".json";
}

}  // namespace landfall::dbmove::files
