#include "engines/dbmove/mariadb/rows.hpp"

namespace landfall::dbmove::mariadb {
namespace {

using mysql::ServerSession;
using postgres::Session;

constexpr std::string_view kNull = "\\N";

/// What COPY's text form escapes. Source: PostgreSQL's documentation of COPY, "Text Format".
void append_escaped(std::string_view text, std::string& out) {
    std::size_t from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char letter = 0;
        switch (text[i]) {
            case '\b': letter = 'b'; break;
            case '\f': letter = 'f'; break;
            case '\n': letter = 'n'; break;
            case '\r': letter = 'r'; break;
            case '\t': letter = 't'; break;
            case '\v': letter = 'v'; break;
            case '\\': letter = '\\'; break;
            default: continue;
        }
        out.append(text.substr(from, i - from)).append(1, '\\').append(1, letter);
        from = i + 1;
    }
    out.append(text.substr(from));
}

Error in_place(const SourceColumn& column, const Error& error) {
    return {error.code(), "column " + column.name + ": " + error.message()};
}

}  // namespace

Result<std::optional<std::string>> translated(const SourceColumn& column, const Cell& cell) {
    if (cell.state != Cell::State::value) return std::optional<std::string>{};
    std::string out;
    const auto became = column.translation->append(cell.text, out);
    if (!became.ok()) return in_place(column, became.error());
    return *became == Translation::Became::null ? std::optional<std::string>{}
                                                : std::optional{std::move(out)};
}

mysql::ServerSession MariadbReader::take_session() {
    session_.end_rows();
    return std::move(session_);
}

std::string MariadbReader::query(const SourceTable& table, const Columns& columns) const {
    std::string list;
    for (const SourceColumn* const column : columns)
        list +=
            (list.empty() ? "" : ", ") + column->translation->selected(ServerSession::quoted(column->name));
    return "SELECT " + list + " FROM " + table.quoted();
}

Status MariadbReader::line_of(const Row& row) {
    line_.clear();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) line_.push_back('\t');
        const Cell cell = row.at(i);
        cell_.clear();
        const auto became = cell.state == Cell::State::value
                                ? columns_[i]->translation->append(cell.text, cell_)
                                : Result<Translation::Became>{Translation::Became::null};
        if (!became.ok()) return in_place(*columns_[i], became.error());
        if (*became == Translation::Became::null)
            line_ += kNull;
        else
            append_escaped(cell_, line_);
    }
    line_.push_back('\n');
    return {};
}

Status MariadbReader::read(const postgres::Table& table, const std::string& range,
                           const std::function<Status(Session::Bytes)>& take) {
    table_ = &tables_.at(table.name);
    columns_.clear();
    for (const postgres::Column& column : table.columns)
        if (column.made != postgres::Column::Made::generated) columns_.push_back(table_->column(column.name));
    TRY(session_.begin_rows(query(*table_, columns_) + (range.empty() ? "" : " WHERE " + range)));
    while (TRY(session_.next_row(row_))) {
        TRY(line_of(row_));
        TRY(take({line_.data(), line_.size()}));
    }
    return {};
}

Status MariadbReader::begin_rows(const postgres::Table& table) {
    table_ = &tables_.at(table.name);
    columns_.clear();
    for (const postgres::Column* const column : compared_columns(table))
        columns_.push_back(table_->column(column->name));
    std::string order;
    for (const postgres::Column* const column : compared_key(table)) {
        const std::string name = ServerSession::quoted(column->name);
        order += order.empty() ? " ORDER BY " : ", ";
        if (!column->not_null) order += name + " IS NULL, ";
        order += table_->column(column->name)->translation->ordered(name);
    }
    session_.end_rows();
    return session_.begin_rows(query(*table_, columns_) + order);
}

Result<std::optional<Session::Bytes>> MariadbReader::next_row() {
    if (!TRY(session_.next_row(row_))) return std::optional<Session::Bytes>{};
    TRY(line_of(row_));
    return std::optional{Session::Bytes{line_.data(), line_.size()}};
}

Result<std::optional<postgres::Values>> MariadbReader::row_at(const postgres::Table& table,
                                                              const postgres::Values& key) {
    const SourceTable& source = tables_.at(table.name);
    std::string where;
    for (std::size_t i = 0; i < table.key.size(); ++i) {
        const SourceColumn& column = *source.column(table.key[i]);
        where += where.empty() ? " WHERE " : " AND ";
        where +=
            ServerSession::quoted(column.name) + " = " + column.translation->literal(key[i].value_or(""));
    }
    Columns columns;
    for (const postgres::Column& column : table.columns) columns.push_back(source.column(column.name));
    TRY(session_.begin_rows(query(source, columns) + where));
    const bool there = TRY(session_.next_row(row_));
    if (!there) return std::optional<postgres::Values>{};
    postgres::Values values;
    for (std::size_t i = 0; i < columns.size(); ++i)
        values.push_back(TRY(translated(*columns[i], row_.at(i))));
    session_.end_rows();
    return std::optional{std::move(values)};
}

}  // namespace landfall::dbmove::mariadb
