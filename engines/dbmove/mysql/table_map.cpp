#include "engines/dbmove/mysql/table_map.hpp"

#include <algorithm>
#include <functional>

#include "engines/dbmove/mysql/cursor.hpp"

namespace landfall::dbmove::mysql {
namespace {

/// Both servers' limit; it bounds what a lying count may make.
constexpr std::uint64_t kColumnsMax = 4096;

enum class Field : std::uint8_t {
    signedness = 1,
    default_charset = 2,
    column_charset = 3,
    column_name = 4,
    set_labels = 5,
    enum_labels = 6,
    geometry_type = 7,
    simple_primary_key = 8,
    primary_key_with_prefix = 9,
    enum_and_set_default_charset = 10,
    enum_and_set_column_charset = 11,
};

bool is_numeric(ColumnType type) {
    switch (type) {
        case ColumnType::tiny:
        case ColumnType::small:
        case ColumnType::medium:
        case ColumnType::integer:
        case ColumnType::big:
        case ColumnType::float4:
        case ColumnType::float8:
        case ColumnType::year:  // always unsigned, yet it has a bit
        case ColumnType::decimal: return true;
        default: return false;
    }
}

bool is_text(ColumnType type) {
    switch (type) {
        case ColumnType::string:
        case ColumnType::var_string:
        case ColumnType::varchar:
        case ColumnType::varchar_compressed:
        case ColumnType::blob:
        case ColumnType::blob_compressed: return true;
        default: return false;
    }
}

bool is_labelled(ColumnType type) { return type == ColumnType::enumeration || type == ColumnType::set; }

Error corrupt(std::string text) { return Error{Errc::corrupt, "TABLE_MAP: " + std::move(text)}; }

/// The type and length that hide in the metadata of STRING: lengths above 255 borrow two bits of the type.
void decode_string(Cursor& in, ColumnType& type, std::uint16_t& metadata) {
    const std::uint8_t high = in.u8();
    const std::uint8_t low = in.u8();
    if ((high & 0x30U) != 0x30U) {
        type = static_cast<ColumnType>(high | 0x30U);
        metadata = static_cast<std::uint16_t>(low | ((high & 0x30U) ^ 0x30U) << 4U);
    } else {
        type = static_cast<ColumnType>(high);
        metadata = low;
    }
}

Status decode_metadata(Cursor in, TableMap& map) {
    for (std::size_t i = 0; i < map.types.size(); ++i) {
        switch (map.types[i]) {
            case ColumnType::string: {
                decode_string(in, map.types[i], map.metadata[i]);
                const ColumnType real = map.types[i];
                if (!in.failed() && !is_labelled(real) && real != ColumnType::string)
                    return corrupt("a STRING is of type " + std::to_string(static_cast<int>(real)));
                break;
            }
            case ColumnType::decimal: map.metadata[i] = static_cast<std::uint16_t>(in.big(2)); break;
            case ColumnType::varchar:
            case ColumnType::varchar_compressed:
            case ColumnType::var_string:
            case ColumnType::bit: map.metadata[i] = in.u16(); break;
            case ColumnType::blob:
            case ColumnType::blob_compressed:
            case ColumnType::geometry:
            case ColumnType::json:
            case ColumnType::vector:
            case ColumnType::float4:
            case ColumnType::float8:
            case ColumnType::time:
            case ColumnType::datetime:
            case ColumnType::timestamp: map.metadata[i] = in.u8(); break;
            default: break;
        }
    }
    TRY(in.status("TABLE_MAP's metadata of columns"));
    return in.left() == 0 ? Status{} : corrupt(std::to_string(in.left()) + " bytes of metadata too many");
}

/// A default collation for the columns that `counts`, and pairs of (which of them, collation) that differ.
Status decode_default_collation(Cursor in, TableMap& map, const std::function<bool(ColumnType)>& counts) {
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < map.types.size(); ++i)
        if (counts(map.types[i])) columns.push_back(i);
    const auto usual = static_cast<std::uint32_t>(in.packed());
    for (const std::size_t i : columns) map.told[i].collation = usual;
    while (in.left() != 0 && !in.failed()) {
        const std::uint64_t which = in.packed();
        const auto collation = static_cast<std::uint32_t>(in.packed());
        if (in.failed()) break;
        if (which >= columns.size())
            return corrupt("the charset of column " + std::to_string(which) + " of text");
        map.told[columns[static_cast<std::size_t>(which)]].collation = collation;
    }
    return in.status("TABLE_MAP's default charset");
}

Status decode_collations(Cursor in, TableMap& map, const std::function<bool(ColumnType)>& counts) {
    for (std::size_t i = 0; i < map.types.size(); ++i)
        if (counts(map.types[i])) map.told[i].collation = static_cast<std::uint32_t>(in.packed());
    return in.status("TABLE_MAP's charsets of columns");
}

Status decode_signedness(Cursor in, TableMap& map) {
    unsigned bit = 0;
    std::uint8_t byte = 0;
    for (std::size_t i = 0; i < map.types.size(); ++i) {
        if (!is_numeric(map.types[i])) continue;
        if (bit == 0) byte = in.u8();
        map.told[i].is_unsigned = (byte & (0x80U >> bit)) != 0;
        bit = (bit + 1) % 8;
    }
    return in.status("TABLE_MAP's signedness");
}

Status decode_names(Cursor in, TableMap& map) {
    for (TableMap::Told& told : map.told) told.name = in.text(in.u8());
    map.names_told = true;
    return in.status("TABLE_MAP's names of columns");
}

Status decode_labels(Cursor in, TableMap& map, ColumnType type) {
    for (std::size_t i = 0; i < map.types.size() && !in.failed(); ++i) {
        if (map.types[i] != type) continue;
        const std::uint64_t count = in.packed();
        if (count > in.left()) in.fail();
        std::vector<std::string> labels;
        for (std::uint64_t n = 0; n < count && !in.failed(); ++n) labels.emplace_back(in.text(in.packed()));
        map.told[i].labels = std::move(labels);
    }
    return in.status("TABLE_MAP's labels");
}

Status decode_primary_key(Cursor in, TableMap& map, Field field) {
    while (in.left() != 0 && !in.failed()) {
        TableMap::KeyPart part;
        part.column = static_cast<std::uint32_t>(in.packed());
        if (field == Field::primary_key_with_prefix) part.prefix = static_cast<std::uint32_t>(in.packed());
        if (in.failed()) break;
        if (part.column >= map.types.size())
            return corrupt("column " + std::to_string(part.column) + " is in the primary key, of " +
                           std::to_string(map.types.size()));
        map.primary_key.push_back(part);
    }
    return in.status("TABLE_MAP's primary key");
}

Status decode_optional(Cursor& in, TableMap& map, TableMapForm form) {
    const auto has_charset = [form](ColumnType type) {
        return is_text(type) || (form.geometry_has_charset && type == ColumnType::geometry);
    };
    while (in.left() != 0 && !in.failed()) {
        const auto field = static_cast<Field>(in.u8());
        const Cursor of{in.take(in.packed())};
        if (in.failed()) break;
        switch (field) {
            case Field::signedness: TRY(decode_signedness(of, map)); break;
            case Field::default_charset: TRY(decode_default_collation(of, map, has_charset)); break;
            case Field::column_charset: TRY(decode_collations(of, map, has_charset)); break;
            case Field::column_name: TRY(decode_names(of, map)); break;
            case Field::set_labels: TRY(decode_labels(of, map, ColumnType::set)); break;
            case Field::enum_labels: TRY(decode_labels(of, map, ColumnType::enumeration)); break;
            case Field::simple_primary_key:
            case Field::primary_key_with_prefix: TRY(decode_primary_key(of, map, field)); break;
            case Field::enum_and_set_default_charset:
                TRY(decode_default_collation(of, map, is_labelled));
                break;
            case Field::enum_and_set_column_charset: TRY(decode_collations(of, map, is_labelled)); break;
            default: break;  // a newer server may say more
        }
    }
    return in.status("TABLE_MAP's optional metadata");
}

}  // namespace

Result<TableMap> decode_table_map(ByteSpan body, TableMapForm form) {
    Cursor in{body};
    TableMap map;
    map.table = in.little(form.number_size);
    in.take(2);  // flags
    map.schema = in.text(in.u8());
    in.take(1);  // a zero ends the name
    map.name = in.text(in.u8());
    in.take(1);
    const std::uint64_t columns = in.packed();
    TRY(in.status("TABLE_MAP"));
    if (columns > kColumnsMax) return corrupt(std::to_string(columns) + " columns");
    for (const std::byte type : in.take(columns)) map.types.push_back(static_cast<ColumnType>(type));
    map.metadata.resize(map.types.size());
    map.told.resize(map.types.size());
    const Cursor metadata{in.take(in.packed())};
    const ByteSpan nullable = in.take((columns + 7) / 8);
    TRY(in.status("TABLE_MAP"));
    for (std::size_t i = 0; i < map.types.size(); ++i)
        map.nullable.push_back((std::to_integer<unsigned>(nullable[i / 8]) >> i % 8 & 1U) != 0);
    TRY(decode_metadata(metadata, map));
    TRY(decode_optional(in, map, form));
    return map;
}

}  // namespace landfall::dbmove::mysql
