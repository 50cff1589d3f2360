#include "services/dms/model_settings.hpp"

#include <algorithm>
#include <array>

#include "services/dms/model_json.hpp"

namespace landfall::dms {
namespace {

constexpr std::string_view kCommon = "Common project settings";
constexpr std::string_view kOracle = "ORACLE_TO_POSTGRESQL", kMysql = "MYSQL_TO_POSTGRESQL";
constexpr std::size_t kSchemaMax = 63;

using Assign = void (*)(convert::Settings&, std::string_view);

/// A key with its values, the default first; none: any name of a schema.
struct Key {
    std::string_view section;
    std::string_view name;
    std::array<std::string_view, 5> values;
    Assign assign;
};

void nothing(convert::Settings&, std::string_view) {}

constexpr std::array kKeys{
    Key{kCommon, "ShowSeverityLevelInSql", {"CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"}, nothing},
    Key{kCommon, "EnableGenAiConversion", {"false"}, nothing},
    Key{kOracle,
        "PackageLayout",
        {"SCHEMA", "PREFIX"},
        [](convert::Settings& s, std::string_view value) {
            using Layout = convert::Settings::PackageLayout;
            s.packages = value == "PREFIX" ? Layout::prefix : Layout::schema;
        }},
    Key{kOracle,
        "NumberMapping",
        {"INTEGERS", "EXACT"},
        [](convert::Settings& s, std::string_view value) {
            using Mapping = convert::Settings::NumberMapping;
            s.numbers = value == "EXACT" ? Mapping::exact : Mapping::integers;
        }},
    Key{kOracle,
        "EmptyString",
        {"NULL", "KEPT"},
        [](convert::Settings& s, std::string_view value) {
            using Empty = convert::Settings::EmptyString;
            s.empty_strings = value == "KEPT" ? Empty::kept : Empty::as_null;
        }},
    Key{kOracle,
        "RowId",
        {"BIGINT", "VARCHAR"},
        [](convert::Settings& s, std::string_view value) {
            using RowId = convert::Settings::RowId;
            s.row_ids = value == "VARCHAR" ? RowId::text : RowId::bigint;
        }},
    Key{kOracle,
        "MaterializedView",
        {"MATERIALIZED_VIEW", "TABLE"},
        [](convert::Settings& s, std::string_view value) { s.views_materialized = value != "TABLE"; }},
    Key{kOracle,
        "DefaultSchema",
        {},
        [](convert::Settings& s, std::string_view value) { s.default_schema = value; }},
    Key{kMysql,
        "TinyInt1",
        {"SMALLINT", "BOOLEAN"},
        [](convert::Settings& s, std::string_view value) {
            using TinyInt1 = convert::MysqlSettings::TinyInt1;
            s.mysql.tinyint1 = value == "BOOLEAN" ? TinyInt1::boolean : TinyInt1::smallint;
        }},
    Key{kMysql,
        "Unsigned",
        {"WIDER", "CHECK"},
        [](convert::Settings& s, std::string_view value) {
            using Unsigned = convert::MysqlSettings::Unsigned;
            s.mysql.unsigned_integers = value == "CHECK" ? Unsigned::check : Unsigned::wider;
        }},
    Key{kMysql,
        "Enums",
        {"TYPE", "CHECK", "TEXT"},
        [](convert::Settings& s, std::string_view value) {
            using Enums = convert::MysqlSettings::Enums;
            s.mysql.enums = value == "CHECK" ? Enums::check : value == "TEXT" ? Enums::text : Enums::type;
        }},
    Key{kMysql,
        "ZeroDates",
        {"NULL", "INFINITY"},
        [](convert::Settings& s, std::string_view value) {
            using ZeroDates = convert::MysqlSettings::ZeroDates;
            s.mysql.zero_dates = value == "INFINITY" ? ZeroDates::infinity : ZeroDates::null;
        }},
    Key{kMysql,
        "Rows",
        {"KEPT", "DROPPED"},
        [](convert::Settings& s, std::string_view value) {
            using Rows = convert::MysqlSettings::Rows;
            s.mysql.rows = value == "DROPPED" ? Rows::dropped : Rows::kept;
        }},
};

Fault refused(std::string what) { return invalid_value("ConversionConfiguration: " + std::move(what)); }

Judged<Json> read(std::string_view text) {
    if (text.empty()) return Json::object();
    auto json = parse_json(text);
    if (!json.ok()) return refused(json.error().message());
    if (!json->is(Json::Kind::object)) return refused("it is no object of sections");
    for (const auto& [name, section] : json->members)
        if (!section.is(Json::Kind::object)) return refused("section " + name + " is no object");
    return std::move(*json);
}

Verdict check(const Key& key, const Json& value) {
    if (key.values.front().empty()) {
        if (value.is(Json::Kind::string) && value.text.size() <= kSchemaMax) return {};
        return refused(std::string{key.name} + " must be the name of a schema");
    }
    std::string known;
    for (const std::string_view each : key.values) {
        if (each.empty()) continue;
        if (value.text == each) return {};
        known.append(known.empty() ? "" : ", ").append(each);
    }
    return refused(std::string{key.name} + " must be one of: " + known);
}

const Json* value_of(const Json& json, const Key& key) {
    const Json* const section = json.find(key.section);
    return section == nullptr ? nullptr : section->find(key.name);
}

Verdict check_known(const Json& json) {
    for (const Key& key : kKeys)
        if (const Json* const value = value_of(json, key)) TRY(check(key, *value));
    return {};
}

void lay_over(Json& base, const Json& more) {
    for (const auto& [name, section] : more.members) {
        Json* const there = base.find(name);
        if (there == nullptr) {
            base.set(name, section);
            continue;
        }
        for (const auto& [key, value] : section.members) there->set(key, value);
    }
}

Json defaults() {
    Json json = Json::object();
    for (const Key& key : kKeys) {
        if (json.find(key.section) == nullptr) json.set(key.section, Json::object());
        const bool flag = key.values.front() == "false";
        json.find(key.section)
            ->set(key.name,
                  flag ? Json{Json::Kind::boolean, "false", {}, {}} : Json::string(key.values.front()));
    }
    return json;
}

}  // namespace

Judged<std::string> shown_configuration(std::string_view changes) {
    Json json = defaults();
    lay_over(json, TRY(read(changes)));
    return dump(json);
}

Judged<std::string> merged_configuration(std::string_view changes, std::string_view more) {
    Json json = TRY(read(changes));
    const Json given = TRY(read(more));
    if (given.members.empty()) return refused("it names no section");
    TRY(check_known(given));
    lay_over(json, given);
    return dump(json);
}

Judged<convert::Settings> settings_of(std::string_view changes) {
    const Json json = TRY(read(changes));
    convert::Settings settings;
    for (const Key& key : kKeys)
        if (const Json* const value = value_of(json, key)) key.assign(settings, value->text);
    return settings;
}

}  // namespace landfall::dms
