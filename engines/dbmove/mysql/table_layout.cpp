#include <algorithm>
#include <array>

#include "engines/dbmove/mysql/row_image.hpp"
#include "engines/dbmove/mysql/value_text.hpp"

namespace landfall::dbmove::mysql {
namespace {

/// 'a','it''s' between parentheses: labels as SHOW CREATE TABLE writes them.
Result<std::vector<std::string>> labels_of(std::string_view type) {
    std::vector<std::string> labels;
    std::size_t at = type.find('(');
    if (at == std::string_view::npos) at = type.size();
    while (at < type.size() && type[at] != ')') {
        if (++at == type.size() || type[at] != '\'') break;
        std::string label;
        bool closed = false;
        while (++at < type.size()) {
            if (type[at] == '\'') {
                if (at + 1 == type.size() || type[at + 1] != '\'') {
                    closed = true;
                    ++at;
                    break;
                }
                ++at;
            }
            label += type[at];
        }
        if (!closed) break;
        labels.push_back(std::move(label));
    }
    if (at >= type.size() || type[at] != ')' || labels.empty())
        return Error{Errc::invalid, "the labels of " + std::string{type} + " cannot be read"};
    return labels;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> of) {
    return std::find(of.begin(), of.end(), text) != of.end();
}

}  // namespace

Result<ColumnFacts> facts_of(const DeclaredColumn& declared) {
    ColumnFacts facts{.name = std::string{declared.name}, .charset = std::string{declared.character_set}};
    facts.digits = declared.datetime_precision;
    const std::string_view type = declared.data_type;
    if (is_one_of(type, {"enum", "set"}))
        facts.labels = TRY(labels_of(declared.column_type));
    else
        facts.is_unsigned = declared.column_type.find(" unsigned") != std::string_view::npos;
    if (is_one_of(type, {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}))
        facts.charset = "binary";
    if (type == "uuid") facts.plugin = ColumnFacts::Plugin::uuid;
    if (type == "inet4") facts.plugin = ColumnFacts::Plugin::inet4;
    if (type == "inet6") facts.plugin = ColumnFacts::Plugin::inet6;
    return facts;
}

Result<TableLayout> TableLayout::resolve(TableMap map, std::vector<ColumnFacts> facts) {
    TableLayout layout;
    layout.map_ = std::move(map);
    const std::size_t columns = layout.map_.types.size();
    if (!facts.empty() && facts.size() != columns)
        return Error{Errc::precondition, layout.map_.schema + '.' + layout.map_.name + " has " +
                                             std::to_string(columns) + " columns in the log, " +
                                             std::to_string(facts.size()) + " in the catalog"};
    for (std::size_t i = 0; i < columns; ++i)
        layout.columns_.push_back(TRY(layout.column(i, facts.empty() ? nullptr : &facts[i])));
    return layout;
}

bool TableLayout::is_of(const TableMap& map) const {
    const auto same_told = [](const TableMap::Told& a, const TableMap::Told& b) {
        return a.is_unsigned == b.is_unsigned && a.collation == b.collation && a.labels == b.labels &&
               a.name == b.name;
    };
    return map_.schema == map.schema && map_.name == map.name && map_.types == map.types &&
           map_.metadata == map.metadata && map_.nullable == map.nullable &&
           map_.primary_key == map.primary_key &&
           std::equal(map_.told.begin(), map_.told.end(), map.told.begin(), map.told.end(), same_told);
}

std::uint64_t TableLayout::replaced() const {
    std::uint64_t count = 0;
    for (const TextDecoder& decoder : decoders_) count += decoder.replaced();
    return count;
}

Result<std::string> TableLayout::charset(std::size_t i, const ColumnFacts* facts) const {
    if (map_.told[i].collation)
        if (const std::string_view known = charset_of_collation(*map_.told[i].collation); !known.empty())
            return std::string{known};
    if (facts != nullptr && !facts->charset.empty()) return facts->charset;
    return Error{Errc::precondition,
                 map_.told[i].collation
                     ? "its collation " + std::to_string(*map_.told[i].collation) + " is not known"
                     : std::string{"neither the log nor the catalog says its character set"}};
}

Result<std::size_t> TableLayout::decoder_of(const std::string& charset) {
    const auto found = std::find(charsets_.begin(), charsets_.end(), charset);
    if (found != charsets_.end()) return static_cast<std::size_t>(found - charsets_.begin());
    decoders_.push_back(TRY(TextDecoder::open(charset)));
    charsets_.push_back(charset);
    return charsets_.size() - 1;
}

Status TableLayout::shape_number(std::size_t i, const ColumnFacts* facts, Column& column) {
    if (map_.told[i].is_unsigned)
        column.is_unsigned = *map_.told[i].is_unsigned;
    else if (facts != nullptr)
        column.is_unsigned = facts->is_unsigned;
    else
        return Error{Errc::precondition, "neither the log nor the catalog says whether it is unsigned"};
    switch (map_.types[i]) {
        case ColumnType::tiny: column.shape = Shape::tiny; break;
        case ColumnType::small: column.shape = Shape::small; break;
        case ColumnType::medium: column.shape = Shape::medium; break;
        case ColumnType::integer: column.shape = Shape::integer; break;
        default: column.shape = Shape::big; break;
    }
    return {};
}

Status TableLayout::shape_labels(std::size_t i, const ColumnFacts* facts, Column& column) {
    column.shape = map_.types[i] == ColumnType::set ? Shape::set : Shape::enumeration;
    column.size = map_.metadata[i];
    if (column.size < 1 || column.size > 8 || (column.shape == Shape::enumeration && column.size > 2))
        return Error{Errc::corrupt, "its values have " + std::to_string(column.size) + " bytes"};
    if (map_.told[i].labels) {
        TextDecoder& decoder = decoders_[TRY(decoder_of(TRY(charset(i, facts))))];
        for (const std::string& label : *map_.told[i].labels)
            decoder.decode(label, column.labels.emplace_back());
    } else if (facts != nullptr && !facts->labels.empty()) {
        column.labels = facts->labels;
    } else {
        return Error{Errc::precondition, "neither the log nor the catalog says its labels"};
    }
    return {};
}

Status TableLayout::shape_text(std::size_t i, const ColumnFacts* facts, Column& column) {
    const ColumnType type = map_.types[i];
    const bool blob = type == ColumnType::blob || type == ColumnType::blob_compressed;
    column.shape = type == ColumnType::blob_compressed || type == ColumnType::varchar_compressed
                       ? Shape::inflated
                       : Shape::text;
    column.size = blob ? map_.metadata[i] : map_.metadata[i] > 255 ? 2 : 1;
    if (blob && (column.size < 1 || column.size > 4))
        return Error{Errc::corrupt, "a length of it has " + std::to_string(column.size) + " bytes"};
    if (type == ColumnType::string && facts != nullptr && facts->plugin != ColumnFacts::Plugin::none) {
        const auto plugin = facts->plugin;
        column.shape = plugin == ColumnFacts::Plugin::uuid    ? Shape::uuid
                       : plugin == ColumnFacts::Plugin::inet4 ? Shape::inet4
                                                              : Shape::inet6;
        return {};
    }
    const std::string set = TRY(charset(i, facts));
    column.decoder = TRY(decoder_of(set));
    if (type == ColumnType::string && set == "binary") column.pad = map_.metadata[i];
    return {};
}

Status TableLayout::shape_moment(std::size_t i, const ColumnFacts* facts, Column& column) {
    const ColumnType type = map_.types[i];
    column.size = map_.metadata[i];
    switch (type) {
        case ColumnType::time: column.shape = Shape::time; break;
        case ColumnType::datetime: column.shape = Shape::datetime; break;
        case ColumnType::timestamp: column.shape = Shape::timestamp; break;
        case ColumnType::old_time: column.shape = Shape::old_time; break;
        case ColumnType::old_datetime: column.shape = Shape::old_datetime; break;
        default: column.shape = Shape::old_timestamp; break;
    }
    if (column.size > 6) return Error{Errc::corrupt, std::to_string(column.size) + " digits of a second"};
    const bool old =
        type == ColumnType::old_time || type == ColumnType::old_datetime || type == ColumnType::old_timestamp;
    if (old && facts != nullptr && facts->digits != 0)
        return Error{Errc::precondition,
                     "a fraction of a second in the form of before MariaDB 10.1: ALTER TABLE … FORCE with "
                     "mysql56_temporal_format=ON rewrites it"};
    return {};
}

/// Types whose shape is their metadata alone.
Status TableLayout::shape_plain(std::size_t i, Column& column) const {
    const std::uint16_t metadata = map_.metadata[i];
    switch (map_.types[i]) {
        case ColumnType::float4: column.shape = Shape::float4; return {};
        case ColumnType::float8: column.shape = Shape::float8; return {};
        case ColumnType::year: column.shape = Shape::year; return {};
        case ColumnType::date: column.shape = Shape::date; return {};
        case ColumnType::decimal:
            column.shape = Shape::decimal;
            column.size = metadata >> 8U;
            column.scale = metadata & 255U;
            if (!is_decimal_shape(column.size, column.scale))
                return Error{Errc::corrupt, "a DECIMAL of no size"};
            return {};
        case ColumnType::bit:
            column.shape = Shape::bit;
            column.size = (metadata >> 8U) + ((metadata & 255U) != 0 ? 1U : 0U);
            if (column.size < 1 || column.size > 8) return Error{Errc::corrupt, "a BIT of no size"};
            return {};
        case ColumnType::json:
        case ColumnType::geometry:
        case ColumnType::vector:
            column.shape = map_.types[i] == ColumnType::json ? Shape::json : Shape::bytes;
            column.size = metadata;
            if (metadata < 1 || metadata > 4)
                return Error{Errc::corrupt, "a length of it has " + std::to_string(metadata) + " bytes"};
            return {};
        default: break;
    }
    return Error{Errc::invalid,
                 "its type is of number " + std::to_string(static_cast<unsigned>(map_.types[i]))};
}

Status TableLayout::shape(std::size_t i, const ColumnFacts* facts, Column& column) {
    switch (map_.types[i]) {
        case ColumnType::tiny:
        case ColumnType::small:
        case ColumnType::medium:
        case ColumnType::integer:
        case ColumnType::big: return shape_number(i, facts, column);
        case ColumnType::time:
        case ColumnType::datetime:
        case ColumnType::timestamp:
        case ColumnType::old_time:
        case ColumnType::old_datetime:
        case ColumnType::old_timestamp: return shape_moment(i, facts, column);
        case ColumnType::enumeration:
        case ColumnType::set: return shape_labels(i, facts, column);
        case ColumnType::string:
        case ColumnType::var_string:
        case ColumnType::varchar:
        case ColumnType::varchar_compressed:
        case ColumnType::blob:
        case ColumnType::blob_compressed: return shape_text(i, facts, column);
        default: return shape_plain(i, column);
    }
}

Result<TableLayout::Column> TableLayout::column(std::size_t i, const ColumnFacts* facts) {
    Column column;
    column.name = map_.names_told    ? map_.told[i].name
                  : facts != nullptr ? facts->name
                                     : std::to_string(i + 1);
    Status done = shape(i, facts, column);
    if (!done.ok())
        return std::move(done).error().in("column " + column.name + " of " + map_.schema + '.' + map_.name);
    return column;
}

}  // namespace landfall::dbmove::mysql
