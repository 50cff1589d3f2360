#include "apps/landfall/convert_mysql_settings.hpp"

#include <string>

namespace landfall::app {
namespace {

using convert::MysqlSettings;
using Assign = void (*)(MysqlSettings&);

struct Choice {
    std::string_view key, value;
    Assign assign;
};

template <auto member, auto value>
void set(MysqlSettings& settings) {
    settings.*member = value;
}

using S = MysqlSettings;
constexpr Choice kChoices[] = {{"names", "lower", set<&S::names, S::NameCase::lower>},
                               {"names", "kept", set<&S::names, S::NameCase::kept>},
                               {"rows", "kept", set<&S::rows, S::Rows::kept>},
                               {"rows", "dropped", set<&S::rows, S::Rows::dropped>},
                               {"databases", "schemas", set<&S::databases, S::Databases::schemas>},
                               {"databases", "ignored", set<&S::databases, S::Databases::ignored>},
                               {"tinyint1", "smallint", set<&S::tinyint1, S::TinyInt1::smallint>},
                               {"tinyint1", "boolean", set<&S::tinyint1, S::TinyInt1::boolean>},
                               {"unsigned", "wider", set<&S::unsigned_integers, S::Unsigned::wider>},
                               {"unsigned", "check", set<&S::unsigned_integers, S::Unsigned::check>},
                               {"enums", "type", set<&S::enums, S::Enums::type>},
                               {"enums", "check", set<&S::enums, S::Enums::check>},
                               {"enums", "text", set<&S::enums, S::Enums::text>},
                               {"json", "jsonb", set<&S::json, S::Json::jsonb>},
                               {"json", "json", set<&S::json, S::Json::json>},
                               {"zero_dates", "null", set<&S::zero_dates, S::ZeroDates::null>},
                               {"zero_dates", "infinity", set<&S::zero_dates, S::ZeroDates::infinity>},
                               {"times", "interval", set<&S::times, S::Times::interval>},
                               {"times", "time", set<&S::times, S::Times::time>},
                               {"timestamps", "zoned", set<&S::timestamps, S::Timestamps::zoned>},
                               {"timestamps", "plain", set<&S::timestamps, S::Timestamps::plain>},
                               {"fixed_text", "varchar", set<&S::fixed_text, S::FixedText::varchar>},
                               {"fixed_text", "char", set<&S::fixed_text, S::FixedText::char_>},
                               {"collations", "told", set<&S::collations, S::Collations::told>},
                               {"collations", "citext", set<&S::collations, S::Collations::citext>},
                               {"collations", "icu", set<&S::collations, S::Collations::icu>},
                               {"index_names", "kept", set<&S::index_names, S::IndexNames::kept>},
                               {"index_names", "table", set<&S::index_names, S::IndexNames::table>},
                               {"spatial", "bytea", set<&S::spatial, S::Spatial::bytea>},
                               {"spatial", "postgis", set<&S::spatial, S::Spatial::postgis>}};

/// "ANSI_QUOTES,NO_BACKSLASH_ESCAPES": modes that change no text are passed over.
convert::SqlMode mode_of(std::string_view text) {
    const std::string modes = "," + std::string{text} + ",";
    const auto has = [&](std::string_view each) { return modes.find(each) != std::string::npos; };
    return {.ansi_quotes = has(",ANSI_QUOTES,") || has(",ANSI,"),
            .pipes_as_concat = has(",PIPES_AS_CONCAT,") || has(",ANSI,"),
            .no_backslash_escapes = has(",NO_BACKSLASH_ESCAPES,")};
}

}  // namespace

Status set_mysql(std::string_view key, std::string_view value, MysqlSettings& settings) {
    if (key == "sql_mode") {
        settings.mode = mode_of(value);
        return {};
    }
    std::string expected;
    for (const Choice& choice : kChoices) {
        if (choice.key != key) continue;
        if (value == choice.value) {
            choice.assign(settings);
            return {};
        }
        expected.append(expected.empty() ? "" : " or ").append("\"").append(choice.value).append("\"");
    }
    if (expected.empty()) return Error{Errc::invalid, std::string{key} + ": there is no such setting"};
    return Error{Errc::invalid, std::string{key} + ": expected " + expected};
}

}  // namespace landfall::app
