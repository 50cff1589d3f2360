#include "services/dms/model_file_settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace landfall::dms {
namespace {

using dbmove::files::CsvStyle;
using dbmove::files::Layout;
using Type = FileSetting::Type;

constexpr std::array kSettings{
    FileSetting{"AddColumnName", Type::flag},
    FileSetting{"BucketFolder", Type::text},
    FileSetting{"CdcInsertsAndUpdates", Type::flag},
    FileSetting{"CdcInsertsOnly", Type::flag},
    FileSetting{"CdcMaxBatchInterval", Type::number},
    FileSetting{"CdcMinFileSize", Type::number},
    FileSetting{"CompressionType", Type::text},
    FileSetting{"CsvDelimiter", Type::text},
    FileSetting{"CsvNoSupValue", Type::text},
    FileSetting{"CsvNullValue", Type::text},
    FileSetting{"CsvRowDelimiter", Type::text},
    FileSetting{"DataFormat", Type::text},
    FileSetting{"DatePartitionDelimiter", Type::text},
    FileSetting{"DatePartitionEnabled", Type::flag},
    FileSetting{"DatePartitionSequence", Type::text},
    FileSetting{"IncludeOpForFullLoad", Type::flag},
    FileSetting{"MaxFileSize", Type::number},
    FileSetting{"PreserveTransactions", Type::flag},
    FileSetting{"Rfc4180", Type::flag},
    FileSetting{"TimestampColumnName", Type::text},
    FileSetting{"UseCsvNoSupValue", Type::flag},
};
constexpr std::size_t kTextMax = 1024;

Fault wrong(std::string_view name, std::string_view why) {
    return invalid_value(std::string{name} + " " + std::string{why});
}

/// Values of one settings structure, and what was wrong with the first that was.
class Reader {
public:
    explicit Reader(const ProviderSettings& settings) : settings_{settings} {}

    std::string text(std::string_view name, std::string_view otherwise) {
        const auto at = settings_.texts.find(name);
        if (at == settings_.texts.end()) return std::string{otherwise};
        const bool bad = at->second.size() > kTextMax || at->second.find('\0') != std::string::npos;
        if (bad) fail(wrong(name, "is longer than 1024 bytes, or has a byte of zero"));
        return at->second;
    }
    bool flag(std::string_view name, bool otherwise) {
        const auto at = settings_.flags.find(name);
        return at == settings_.flags.end() ? otherwise : at->second;
    }
    std::uint64_t number(std::string_view name, std::int64_t otherwise, std::int64_t most) {
        const auto at = settings_.numbers.find(name);
        const std::int64_t value = at == settings_.numbers.end() ? otherwise : at->second;
        if (value < 1 || value > most) fail(wrong(name, "must be 1 to " + std::to_string(most)));
        return static_cast<std::uint64_t>(value);
    }
    std::string one_of(std::string_view name, std::initializer_list<std::string_view> allowed) {
        std::string value = text(name, *allowed.begin());
        std::ranges::transform(value, value.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        if (std::ranges::find(allowed, value) != allowed.end()) return value;
        std::string list;
        for (const std::string_view each : allowed) list += (list.empty() ? "" : ", ") + std::string{each};
        fail(wrong(name, "must be one of " + list));
        return value;
    }
    void fail(Fault fault) {
        if (!fault_) fault_ = std::move(fault);
    }
    Verdict end() { return fault_ ? Verdict{std::move(*fault_)} : Verdict{}; }

private:
    const ProviderSettings& settings_;
    std::optional<Fault> fault_;
};

/// "\n" is written so, too.
std::string without_escapes(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 1 < text.size();
        const char next = escape ? text[i + 1] : '\0';
        if (next == 'n' || next == 'r' || next == 't') {
            out += next == 'n' ? '\n' : next == 'r' ? '\r' : '\t';
            ++i;
        } else {
            out += text[i];
        }
    }
    return out;
}

void read_csv(Reader& read, Layout& layout) {
    layout.csv.delimiter = without_escapes(read.text("CsvDelimiter", ","));
    layout.csv.row_delimiter = without_escapes(read.text("CsvRowDelimiter", "\n"));
    layout.csv.null = read.text("CsvNullValue", "");
    if (!read.flag("Rfc4180", true)) layout.csv.quotes = CsvStyle::Quotes::plain;
    layout.has_missing_value = read.flag("UseCsvNoSupValue", false);
    layout.missing_value = read.text("CsvNoSupValue", "");
    const std::string& between = layout.csv.delimiter;
    const std::string& behind = layout.csv.row_delimiter;
    if (between.empty() || between == behind || between.find('"') != std::string::npos)
        read.fail(wrong("CsvDelimiter", "must be a text without quotes, and not that between rows"));
    if (behind.empty() || behind.find('"') != std::string::npos)
        read.fail(wrong("CsvRowDelimiter", "must be a text without quotes"));
    if (layout.csv.null.find_first_of("\"\r\n" + between + behind) != std::string::npos)
        read.fail(wrong("CsvNullValue", "must not hold quotes, delimiters or ends of lines"));
}

void read_dates(Reader& read, Layout& layout) {
    using Dates = Layout::Dates;
    const std::string sequence =
        read.one_of("DatePartitionSequence", {"yyyymmdd", "yyyymmddhh", "yyyymm", "mmyyyydd", "ddmmyyyy"});
    const std::string delimiter =
        read.one_of("DatePartitionDelimiter", {"slash", "underscore", "dash", "none"});
    layout.date_delimiter = delimiter == "slash" ? '/' : delimiter == "underscore" ? '_' : '-';
    if (delimiter == "none") layout.date_delimiter = '\0';
    if (!read.flag("DatePartitionEnabled", false)) return;
    layout.dates = sequence == "yyyymmdd"     ? Dates::yyyymmdd
                   : sequence == "yyyymmddhh" ? Dates::yyyymmddhh
                   : sequence == "yyyymm"     ? Dates::yyyymm
                   : sequence == "mmyyyydd"   ? Dates::mmyyyydd
                                              : Dates::ddmmyyyy;
}

void read_changes(Reader& read, Layout& layout) {
    const bool inserts = read.flag("CdcInsertsOnly", false);
    const bool both = read.flag("CdcInsertsAndUpdates", false);
    if (inserts && both)
        read.fail(wrong("CdcInsertsOnly", "and CdcInsertsAndUpdates cannot both be set to true"));
    if (inserts) layout.changes = Layout::Changes::inserts;
    if (both) layout.changes = Layout::Changes::inserts_and_updates;
    constexpr std::int64_t kDay = 86'400, kMostKb = 1'048'576;
    layout.interval_max = std::chrono::seconds{read.number("CdcMaxBatchInterval", 60, kDay)};
    layout.change_bytes_min = read.number("CdcMinFileSize", 32'000, kMostKb) * 1000;
    layout.file_bytes_max = read.number("MaxFileSize", kMostKb, kMostKb) * 1024;
}

}  // namespace

std::span<const FileSetting> file_settings() { return kSettings; }

Verdict set_file_setting(ProviderSettings& settings, std::string_view name, std::string_view value) {
    const auto* const known = std::ranges::find(kSettings, name, &FileSetting::name);
    if (known == kSettings.end()) return wrong(name, "is no setting of files that is known here");
    settings.kind = "S3Settings";
    if (known->type == Type::text) settings.texts[std::string{name}] = value;
    if (known->type == Type::flag) {
        if (value != "true" && value != "false") return wrong(name, "must be true or false");
        settings.flags[std::string{name}] = value == "true";
    }
    if (known->type == Type::number) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc{} || end != value.data() + value.size())
            return wrong(name, "must be a number");
        settings.numbers[std::string{name}] = number;
    }
    return {};
}

Judged<Layout> layout_of(const ProviderSettings& settings) {
    Reader read{settings};
    Layout layout;
    layout.folder = read.text("BucketFolder", "");
    while (layout.folder.ends_with('/')) layout.folder.pop_back();
    if (layout.folder.starts_with('/')) read.fail(wrong("BucketFolder", "must not begin with a slash"));
    if (read.one_of("DataFormat", {"csv", "parquet"}) == "parquet")
        read.fail(wrong("DataFormat", "parquet is not written yet: csv alone"));
    if (read.one_of("CompressionType", {"none", "gzip"}) == "gzip")
        layout.compression = Layout::Compression::gzip;
    if (read.flag("PreserveTransactions", false))
        read.fail(wrong("PreserveTransactions", "is not done yet: a table has files of its own"));
    read_csv(read, layout);
    read_dates(read, layout);
    read_changes(read, layout);
    layout.names_in_first_line = read.flag("AddColumnName", false);
    layout.operation_in_load = read.flag("IncludeOpForFullLoad", false);
    layout.timestamp_column = read.text("TimestampColumnName", "");
    TRY(read.end());
    return layout;
}

}  // namespace landfall::dms
