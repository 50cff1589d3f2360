// Prints the rows of a server's binary log as JSON lines, for binlog_test.py.
//
// Arguments: SOCKET FILE OFFSET END_FILE END_OFFSET SCHEMA; or SOCKET gtid GTIDS END_FILE END_OFFSET SCHEMA.
// Facts of columns come on standard input: table, tab, name, data_type, column_type, character_set,
// datetime_precision; a line a column. A line out: {"kind", "table", "before", "after"}, a cell as
// hexadecimal, null, or false for absent.
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/encoding.hpp"
#include "engines/dbmove/mysql/binlog_stream.hpp"
#include "engines/dbmove/mysql/row_image.hpp"
#include "engines/dbmove/mysql/unpacking.hpp"

namespace {

using namespace landfall;
using namespace landfall::dbmove;
using namespace landfall::dbmove::mysql;

using Facts = std::map<std::string, std::vector<ColumnFacts>, std::less<>>;

Result<Facts> read_facts() {
    Facts facts;
    std::string line;
    while (std::getline(std::cin, line)) {
        std::vector<std::string> fields{""};
        for (const char c : line)
            if (c == '\t')
                fields.emplace_back();
            else
                fields.back() += c;
        if (fields.size() != 6) return Error{Errc::invalid, "a line of facts: " + line};
        facts[fields[0]].push_back(
            TRY(facts_of({.name = fields[1],
                          .data_type = fields[2],
                          .column_type = fields[3],
                          .character_set = fields[4],
                          .datetime_precision = static_cast<unsigned>(std::stoul(fields[5]))})));
    }
    return facts;
}

std::string json_of(const Row& row) {
    std::string text = "[";
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (i != 0) text += ',';
        const Cell cell = row.at(i);
        if (cell.state == Cell::State::null)
            text += "null";
        else if (cell.state == Cell::State::absent)
            text += "false";
        else
            text += '"' + hex_encode(bytes_of(cell.text)) + '"';
    }
    return text + ']';
}

class Printer {
public:
    Printer(Facts facts, std::string schema) : facts_{std::move(facts)}, schema_{std::move(schema)} {}

    Status print(const Event& event, const RawEvent& raw) {
        if (const auto* map = std::get_if<TableMap>(&event.body)) return table(*map);
        if (const auto* rows = std::get_if<Rows>(&event.body)) return print_rows(*rows);
        std::string more;
        if (const auto* query = std::get_if<Query>(&event.body))
            more = ",\"text\":\"" + hex_encode(bytes_of(query->text)) + "\",\"schema\":\"" +
                   std::string{query->schema} + '"';
        if (const auto* gtid = std::get_if<MariadbGtid>(&event.body))
            more = ",\"gtid\":\"" + gtid->id.shown() + '"';
        std::cout << "{\"kind\":\"" << name_of(event.header.type) << "\",\"file\":\"" << raw.file
                  << "\",\"next\":" << raw.next << more << "}\n";
        return {};
    }

private:
    Status table(const TableMap& map) {
        if (map.schema != schema_) return {};
        const auto found = facts_.find(map.name);
        tables_.insert_or_assign(
            map.table, TRY(TableLayout::resolve(
                           map, found == facts_.end() ? std::vector<ColumnFacts>{} : found->second)));
        return {};
    }

    Status print_rows(const Rows& rows) {
        const auto found = tables_.find(rows.table);
        if (found == tables_.end()) return {};
        RowsReader reader = TRY(RowsReader::open(found->second, rows));
        static constexpr std::string_view kKinds[] = {"insert", "update", "delete"};
        Row before;
        Row after;
        while (TRY(reader.next(before, after)))
            std::cout << "{\"kind\":\"" << kKinds[static_cast<std::size_t>(rows.change)] << "\",\"table\":\""
                      << found->second.map().name << "\",\"before\":" << json_of(before)
                      << ",\"after\":" << json_of(after) << "}\n";
        if (rows.ends_statement) tables_.clear();
        return {};
    }

    Facts facts_;
    std::string schema_;
    std::map<std::uint64_t, TableLayout> tables_;
};

std::string environment(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : value;
}

Status run(const std::vector<std::string>& arguments) {
    const ServerAddress server{
        .socket = arguments[0],
        .user = environment("PROBE_USER", "root"),
        .password = SecretString{environment("PROBE_PASSWORD", "")},
        .tls = environment("PROBE_TLS", "") == "verified"   ? ServerAddress::Tls::verified
               : environment("PROBE_TLS", "") == "required" ? ServerAddress::Tls::required
                                                            : ServerAddress::Tls::none,
        .ca_file = environment("PROBE_CA", "")};
    LogStart start;
    if (arguments[1] == "gtid")
        start.gtids = arguments[2];
    else
        start = {.file = arguments[1], .offset = std::stoull(arguments[2])};
    const std::string end_file = arguments[3];
    const std::uint64_t end = std::stoull(arguments[4]);
    Printer printer{TRY(read_facts()), arguments[5]};
    const bool stops = !environment("PROBE_STOP", "").empty();
    // With no heartbeat for long, the wait that stop() must end is a real one.
    const std::chrono::milliseconds heartbeat{stops ? 20'000 : 200};
    const std::chrono::seconds silence{std::stoi(environment("PROBE_SILENCE", "30"))};
    const auto stream = TRY(
        BinlogStream::open(server, start, {.server_id = 4711, .heartbeat = heartbeat, .silence = silence}));
    EventDecoder decoder;
    decoder.begin_with(stream->checksum());
    if (stops) {
        std::jthread stopper{[&] { stream->stop(); }};
        for (;;) TRY(stream->next());
    }
    for (;;) {
        const RawEvent raw = TRY(stream->next());
        const Event event = TRY(decoder.decode(raw.bytes));
        TRY(printer.print(event, raw));
        std::cout.flush();
        if (raw.file == end_file && raw.next >= end) return {};
    }
}

}  // namespace

int main(int count, char** values) {
    const std::vector<std::string> arguments(values + 1, values + count);
    if (arguments.size() != 6) {
        std::cerr << "binlog_probe SOCKET FILE OFFSET END_FILE END_OFFSET SCHEMA\n";
        return 2;
    }
    const Status done = run(arguments);
    if (done.ok()) return 0;
    std::cerr << name_of(done.error().code()) << ": " << done.error().message() << '\n';
    return 1;
}
