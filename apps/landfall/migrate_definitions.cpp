#include "apps/landfall/migrate_definitions.hpp"

#include "engines/convert/converter.hpp"

namespace landfall::app {
namespace {

using dbmove::mariadb::Converted;
using Part = Converted::Part;

convert::Settings settings() {
    convert::Settings made;
    made.keys = convert::Settings::Keys::apart;
    made.mysql.server = convert::MysqlSettings::Server::mariadb;
    made.mysql.names = convert::MysqlSettings::NameCase::kept;
    made.mysql.json = convert::MysqlSettings::Json::json;
    return made;
}

Part::Kind kind_of(const convert::Object& object) {
    if (object.kind == "table") return Part::Kind::table;
    if (object.kind == "key" || object.kind == "index") return Part::Kind::behind_rows;
    if (object.kind == "foreign key" || object.kind == "comment") return Part::Kind::last;
    if (object.kind == "trigger") return Part::Kind::at_end;
    return Part::Kind::before;
}

/// Names in it are looked for where the conversion says; a migration's session looks nowhere.
std::string statement_of(const convert::Object& object) {
    if (object.search_path.empty()) return object.sql;
    return "SET LOCAL search_path = " + object.search_path + ";\n" + object.sql +
           "SET LOCAL search_path = '';\n";
}

Result<Converted> converted(const std::vector<std::string>& scripts) {
    std::vector<convert::Input> inputs;
    for (const std::string& script : scripts)
        inputs.push_back(
            {.name = "definitions of database " + std::to_string(inputs.size() + 1), .bytes = script});
    const convert::Conversion made = convert_mysql(inputs, settings(), {});
    Converted out;
    for (const convert::Object& object : made.objects) {
        if (object.outcome != convert::Object::Outcome::emitted) continue;
        out.parts.push_back(
            {.kind = kind_of(object), .table = {object.schema, object.name}, .sql = statement_of(object)});
    }
    for (const convert::PlacedFinding& each : made.findings) {
        if (each.finding.complexity < convert::Complexity::medium) continue;
        const convert::Object& object = made.objects.at(each.object);
        out.notes.push_back("of " + object.kind + " " + object.schema + "." + object.name + " (" +
                            std::to_string(each.finding.code) + "): " + each.finding.detail);
    }
    return out;
}

}  // namespace

dbmove::mariadb::Convert mariadb_conversion() { return converted; }

}  // namespace landfall::app
