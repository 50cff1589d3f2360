#include <map>
#include <set>

#include "engines/dbmove/postgres/catalog.hpp"
#include "engines/dbmove/postgres/catalog_queries.hpp"
#include "engines/dbmove/postgres/names.hpp"

namespace landfall::dbmove::postgres {
namespace {

void put_in(std::string& text, std::string_view mark, std::string_view what) {
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += what.size())
        text.replace(at, mark.size(), what);
}

/// A part that is about one thing: "@own(c.oid)".
void put_in_of(std::string& text, std::string_view mark, std::string_view what, std::string_view of) {
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) {
        const std::size_t end = text.find(')', at);
        std::string part{what};
        put_in(part, of, text.substr(at + mark.size(), end - at - mark.size()));
        text.replace(at, end + 1 - at, part);
    }
}

std::string query(std::string_view text) {
    std::string made{text};
    put_in_of(made, "@own(", queries::kOwn, "@oid");
    put_in_of(made, "@shape(", queries::kShape, "@table");
    put_in(made, "@users", queries::kUsers);
    return made;
}

bool truth(const Answer& answer, std::size_t row, std::size_t column) {
    return answer.at(row, column) == "t";
}

std::uint64_t number(const Answer& answer, std::size_t row, std::size_t column) {
    return std::strtoull(answer.text(row, column).c_str(), nullptr, 10);
}

class Reading {
public:
    Reading(Session& session, const Selected& selected, Catalog& out)
        : session_{session}, selected_{selected}, out_{out} {}

    Status tables() {
        const Answer rows = TRY(session_.ask(query(queries::kTables)));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            Table table{.oid = static_cast<std::uint32_t>(number(rows, i, 0)),
                        .name = {rows.text(i, 1), rows.text(i, 2)},
                        .identity = static_cast<Identity>(rows.text(i, 4).at(0)),
                        .identifiable = truth(rows, i, 12),
                        .holds_rows = rows.at(i, 3) == "r",
                        .unlogged = rows.at(i, 5) == "u",
                        .file = static_cast<std::uint32_t>(number(rows, i, 13)),
                        .pages = number(rows, i, 6),
                        .partition_key = rows.text(i, 7),
                        .partition_of = rows.text(i, 8),
                        .partition_bound = rows.text(i, 9),
                        .comment = rows.text(i, 10),
                        .columns_ever = static_cast<int>(number(rows, i, 14)),
                        .shape = rows.text(i, 15)};
            if (!selected_(table.name)) continue;
            if (truth(rows, i, 11))
                return Error{
                    Errc::invalid,
                    table.name.shown() + " inherits from another table: leave it out, or move it by hand"};
            places_[table.oid] = out_.tables.size();
            out_.tables.push_back(std::move(table));
        }
        return {};
    }

    Status columns() {
        const Answer rows = TRY(session_.ask(query(queries::kColumns)));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            Table* const table = table_of(rows, i);
            if (table == nullptr) continue;
            Column column{.name = rows.text(i, 1),
                          .type = rows.text(i, 2),
                          .type_oid = static_cast<std::uint32_t>(number(rows, i, 11)),
                          .modifier = static_cast<std::int32_t>(std::atoi(rows.text(i, 14).c_str())),
                          .collation = rows.text(i, 3),
                          .default_of = rows.text(i, 4),
                          .comment = rows.text(i, 5),
                          .number = static_cast<int>(number(rows, i, 15)),
                          .older_rows_have_value = truth(rows, i, 16),
                          .not_null = truth(rows, i, 8),
                          .binary = truth(rows, i, 9),
                          .ordered = truth(rows, i, 10)};
            if (rows.at(i, 17)) column.value_of_older_rows = rows.text(i, 17);
            if (rows.at(i, 6) == "a") column.made = Column::Made::identity_always;
            if (rows.at(i, 6) == "d") column.made = Column::Made::identity_by_default;
            if (rows.at(i, 7) == "s") column.made = Column::Made::generated;
            for (const std::size_t type : {11U, 12U, 13U}) types_.insert(number(rows, i, type));
            table->columns.push_back(std::move(column));
        }
        return {};
    }

    Status constraints() {
        const Answer rows = TRY(session_.ask(query(queries::kConstraints)));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            Table* const table = table_of(rows, i);
            if (table == nullptr) continue;
            const std::string kind = rows.text(i, 2);
            if (rows.at(i, 4)) split(rows.text(i, 4), table->key);
            if (!truth(rows, i, 5)) continue;  // it comes with the parent's
            table->attached.push_back({kind_of(kind.at(0)), rows.text(i, 1), rows.text(i, 3)});
        }
        return {};
    }

    Status indexes() {
        const Answer rows = TRY(session_.ask(query(queries::kIndexes)));
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (Table* const table = table_of(rows, i))
                table->attached.push_back({Attached::Kind::index, rows.text(i, 1), rows.text(i, 2)});
        return {};
    }

    Status sequences() {
        const Answer rows = TRY(session_.ask(query(queries::kSequences)));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            Sequence sequence{.name = {rows.text(i, 0), rows.text(i, 1)},
                              .definition = rows.text(i, 2),
                              .owner = static_cast<std::uint32_t>(number(rows, i, 3)),
                              .owner_column = rows.text(i, 4),
                              .of_identity = truth(rows, i, 5)};
            if (sequence.owner != 0 && !places_.contains(sequence.owner)) continue;
            out_.sequences.push_back(std::move(sequence));
        }
        return {};
    }

    /// Those that the columns of chosen tables have, and what these stand on: youngest first, since that is
    /// older.
    Status types() {
        const Answer rows = TRY(session_.ask(query(queries::kTypes)));
        for (std::size_t i = rows.size(); i-- > 0;) {
            if (!types_.contains(number(rows, i, 0))) continue;
            types_.insert(number(rows, i, 1));
            out_.types.insert(out_.types.begin(), {rows.text(i, 2), rows.text(i, 3)});
        }
        return {};
    }

    Status others() {
        const Answer others = TRY(session_.ask(query(queries::kOthers)));
        for (std::size_t i = 0; i < others.size(); ++i)
            out_.left_out.push_back(others.text(i, 0) + " " + others.text(i, 1));
        return {};
    }

private:
    Table* table_of(const Answer& rows, std::size_t row) {
        const auto found = places_.find(static_cast<std::uint32_t>(number(rows, row, 0)));
        return found == places_.end() ? nullptr : &out_.tables[found->second];
    }
    static void split(const std::string& joined, std::vector<std::string>& out) {
        std::size_t from = 0;
        for (std::size_t at = 0; at != std::string::npos; from = at + 1) {
            at = joined.find('\x1f', from);
            out.push_back(joined.substr(from, at == std::string::npos ? at : at - from));
        }
    }
    static Attached::Kind kind_of(char kind) {
        switch (kind) {
            case 'p': return Attached::Kind::key;
            case 'u': return Attached::Kind::unique;
            case 'x': return Attached::Kind::exclusion;
            case 'f': return Attached::Kind::foreign_key;
            default: return Attached::Kind::check;
        }
    }

    Session& session_;
    const Selected& selected_;
    Catalog& out_;
    std::map<std::uint32_t, std::size_t> places_;  ///< by oid
    std::set<std::uint64_t> types_;                ///< oids of those that are needed
};

}  // namespace

Result<Table> without_what_is_there(Session& target, Table table) {
    if (table.attached.empty()) return table;
    const Answer there = TRY(target.ask(
        "SELECT conname, contype = 'p' FROM pg_constraint WHERE conrelid = $1::regclass UNION ALL SELECT "
        "relname, indisprimary FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = "
        "$1::regclass",
        {quoted(table.name)}));
    std::erase_if(table.attached, [&](const Attached& each) {
        for (std::size_t i = 0; i < there.size(); ++i)
            if (there.at(i, 0) == each.name || (each.kind == Attached::Kind::key && there.at(i, 1) == "t"))
                return true;
        return false;
    });
    // Statements of a conversion have no names here: they are tried, where the table has keys of its own.
    for (Attached& each : table.attached)
        if (each.name.empty() && there.size() > 0)
            each.definition = "DO " + literal("BEGIN EXECUTE " + literal(each.definition) +
                                              "; EXCEPTION WHEN duplicate_object OR duplicate_table OR "
                                              "invalid_table_definition THEN NULL; END");
    return table;
}

Result<std::string> read_shape(Session& session, const Table& table) {
    const Answer shape = TRY(session.ask(query("SELECT @shape($1::oid)"), {std::to_string(table.oid)}));
    return shape.text(0, 0);
}

Result<Catalog> read_catalog(Session& session, const Selected& selected) {
    Catalog catalog;
    Reading reading{session, selected, catalog};
    TRY(reading.tables());
    TRY(reading.columns());
    TRY(reading.constraints());
    TRY(reading.indexes());
    TRY(reading.sequences());
    TRY(reading.types());
    TRY(reading.others());
    return catalog;
}

}  // namespace landfall::dbmove::postgres
