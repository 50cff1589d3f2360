#include "engines/dbmove/mysql/row_image.hpp"

#include <zlib.h>

#include <arpa/inet.h>

#include <array>
#include <bit>

#include "engines/dbmove/mysql/binary_json.hpp"
#include "engines/dbmove/mysql/value_text.hpp"

namespace landfall::dbmove::mysql {
namespace {

bool bit_of(ByteSpan bitmap, std::size_t i) {
    return (std::to_integer<unsigned>(bitmap[i / 8]) >> i % 8 & 1U) != 0;
}

}  // namespace

Result<RowsReader> RowsReader::open(TableLayout& table, const Rows& rows) {
    if (rows.columns != table.columns_.size())
        return Error{Errc::corrupt, "rows of " + std::to_string(rows.columns) + " columns, where " +
                                        table.map_.schema + '.' + table.map_.name + " has " +
                                        std::to_string(table.columns_.size())};
    return RowsReader{table, rows};
}

Result<bool> RowsReader::next(Row& before, Row& after) {
    before.clear();
    after.clear();
    if (images_.left() == 0) return false;
    const std::size_t begin = images_.at();
    if (change_ != Rows::Change::insert) TRY(image(before_, before));
    if (change_ != Rows::Change::remove) TRY(image(after_, after));
    if (images_.at() == begin)
        return Error{Errc::precondition, "rows of " + table_->map_.schema + '.' + table_->map_.name +
                                             " without a column: the source needs binlog_row_image=FULL"};
    return true;
}

Status RowsReader::image(ByteSpan present, Row& row) {
    const std::vector<TableLayout::Column>& columns = table_->columns_;
    std::size_t there = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) there += bit_of(present, i) ? 1 : 0;
    const ByteSpan nulls = images_.take((there + 7) / 8);
    const auto place = [&] { return "a row of " + table_->map_.schema + '.' + table_->map_.name; };
    if (images_.failed()) return images_.status(place());
    std::size_t bit = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!bit_of(present, i)) {
            row.add_absent();
        } else if (bit_of(nulls, bit++)) {
            row.add_null();
        } else {
            const bool good = value(columns[i], row.value_in_making());
            if (images_.failed()) return images_.status("column " + columns[i].name + " of " + place());
            if (!good)
                return Error{Errc::corrupt, "column " + columns[i].name + " of " + place() +
                                                " is not of its type, before offset " +
                                                std::to_string(images_.at())};
            row.end_value();
        }
    }
    return {};
}

bool RowsReader::value(const TableLayout::Column& column, std::string& out) {
    using Shape = TableLayout::Shape;
    switch (column.shape) {
        case Shape::tiny: return integer(column, 1, out);
        case Shape::small: return integer(column, 2, out);
        case Shape::medium: return integer(column, 3, out);
        case Shape::integer: return integer(column, 4, out);
        case Shape::big: return integer(column, 8, out);
        case Shape::float4: add_float(std::bit_cast<float>(images_.u32()), out); return true;
        case Shape::float8: add_double(std::bit_cast<double>(images_.u64()), out); return true;
        case Shape::decimal: return add_decimal(images_, column.size, column.scale, out);
        case Shape::year: return add_year(images_, out);
        case Shape::date: return add_date(images_, out);
        case Shape::time: return add_time(images_, column.size, out);
        case Shape::datetime: return add_datetime(images_, column.size, out);
        case Shape::timestamp: return add_timestamp(images_, column.size, out);
        case Shape::old_time: return add_old_time(images_, out);
        case Shape::old_datetime: return add_old_datetime(images_, out);
        case Shape::old_timestamp: return add_old_timestamp(images_, out);
        case Shape::bit: out += text_of(images_.take(column.size)); return true;
        case Shape::enumeration: return label(column, out);
        case Shape::set: return labels(column, out);
        case Shape::text: return text(column, out);
        case Shape::inflated: return inflated(column, out);
        case Shape::bytes: out += images_.text(images_.little(column.size)); return true;
        case Shape::json: return json(column, out);
        case Shape::uuid: return uuid(out);
        case Shape::inet4: return inet(4, out);
        case Shape::inet6: return inet(16, out);
    }
    return false;
}

bool RowsReader::integer(const TableLayout::Column& column, unsigned size, std::string& out) {
    const std::uint64_t bits = images_.little(size);
    if (column.is_unsigned) {
        out += std::to_string(bits);
    } else {
        const unsigned unused = 64 - size * 8;
        out += std::to_string(static_cast<std::int64_t>(bits << unused) >> unused);
    }
    return true;
}

bool RowsReader::label(const TableLayout::Column& column, std::string& out) {
    const std::uint64_t number = images_.little(column.size);
    if (number > column.labels.size()) return false;
    if (number != 0)
        out += column.labels[static_cast<std::size_t>(number) - 1];  // 0 is the value of an error: ''
    return true;
}

bool RowsReader::labels(const TableLayout::Column& column, std::string& out) {
    const std::uint64_t bits = images_.little(column.size);
    if (column.labels.size() < 64 && bits >> column.labels.size() != 0) return false;
    bool first = true;
    for (std::size_t i = 0; i < column.labels.size() && i < 64; ++i) {
        if ((bits >> i & 1U) == 0) continue;
        if (!first) out += ',';
        out += column.labels[i];
        first = false;
    }
    return true;
}

bool RowsReader::text(const TableLayout::Column& column, std::string& out) {
    const std::string_view bytes = images_.text(images_.little(column.size));
    table_->decoders_[column.decoder].decode(bytes, out);
    if (bytes.size() < column.pad) out.append(column.pad - bytes.size(), '\0');
    return true;
}

/// A column of MariaDB that is stored COMPRESSED: a byte of method and width, the size when unpacked, the
/// bytes.
bool RowsReader::inflated(const TableLayout::Column& column, std::string& out) {
    const ByteSpan stored = images_.take(images_.little(column.size));
    if (images_.failed() || stored.empty()) return !images_.failed();
    TextDecoder& decoder = table_->decoders_[column.decoder];
    Cursor in{stored};
    const std::uint8_t head = in.u8();
    if (head == 0) {
        decoder.decode(text_of(in.rest()), out);
        return true;
    }
    constexpr unsigned kZlib = 8;
    if (head >> 4U != kZlib) return false;
    const std::uint64_t size = in.big(head & 7U);
    const ByteSpan packed = in.rest();
    if (in.failed() || size > packed.size() * 1032 + 1032) return false;
    std::string plain(static_cast<std::size_t>(size), '\0');
    z_stream stream{};
    if (inflateInit2(&stream, (head & 8U) != 0 ? -MAX_WBITS : MAX_WBITS) != Z_OK) return false;
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(plain.data());
    stream.avail_out = static_cast<uInt>(plain.size());
    const int code = ::inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    if (code != Z_STREAM_END || stream.avail_out != 0) return false;
    decoder.decode(plain, out);
    return true;
}

bool RowsReader::uuid(std::string& out) {
    std::array<std::byte, 16> stored{};
    const ByteSpan bytes = images_.take(images_.u8());
    if (bytes.size() > stored.size()) return false;
    std::copy(bytes.begin(), bytes.end(), stored.begin());
    // MariaDB keeps a UUID turned round in its tables; its log has it in the order of the text.
    static constexpr std::string_view kHex = "0123456789abcdef";
    for (std::size_t i = 0; i < stored.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        out += kHex[std::to_integer<std::size_t>(stored[i] >> 4)];
        out += kHex[std::to_integer<std::size_t>(stored[i] & std::byte{15})];
    }
    return true;
}

bool RowsReader::inet(unsigned size, std::string& out) {
    std::array<std::byte, 16> stored{};
    const ByteSpan bytes = images_.take(images_.u8());
    if (bytes.size() > size) return false;
    std::copy(bytes.begin(), bytes.end(), stored.begin());
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (inet_ntop(size == 4 ? AF_INET : AF_INET6, stored.data(), text.data(), text.size()) == nullptr)
        return false;
    out += text.data();
    return true;
}

bool RowsReader::json(const TableLayout::Column& column, std::string& out) {
    const ByteSpan document = images_.take(images_.little(column.size));
    return !images_.failed() && add_binary_json(document, out).ok();
}

}  // namespace landfall::dbmove::mysql
