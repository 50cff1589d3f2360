#include "apps/landfall/convert_settings.hpp"

#include <toml++/toml.h>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>

#include "apps/landfall/convert_mysql_settings.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::app {
namespace {

using convert::Settings;

template <class Choice>
struct Named {
    std::string_view name;
    Choice choice;
};

/// One of several words.
template <class Choice, std::size_t N>
Status choose(const toml::node& node, const Named<Choice> (&choices)[N], Choice& to) {
    std::string expected;
    for (const auto& [name, choice] : choices) {
        if (node.value<std::string_view>() == name) {
            to = choice;
            return {};
        }
        expected.append(expected.empty() ? "" : " or ").append("\"").append(name).append("\"");
    }
    return Error{Errc::invalid, "expected " + expected};
}

using Assign = Status (*)(Settings&, const toml::node&);

Status assign_packages(Settings& s, const toml::node& node) {
    using Layout = Settings::PackageLayout;
    return choose<Layout>(node, {{"schema", Layout::schema}, {"prefix", Layout::prefix}}, s.packages);
}
Status assign_numbers(Settings& s, const toml::node& node) {
    using Mapping = Settings::NumberMapping;
    return choose<Mapping>(node, {{"integers", Mapping::integers}, {"exact", Mapping::exact}}, s.numbers);
}
Status assign_empty_strings(Settings& s, const toml::node& node) {
    using Empty = Settings::EmptyString;
    return choose<Empty>(node, {{"null", Empty::as_null}, {"kept", Empty::kept}}, s.empty_strings);
}
Status assign_row_ids(Settings& s, const toml::node& node) {
    using RowId = Settings::RowId;
    return choose<RowId>(node, {{"bigint", RowId::bigint}, {"text", RowId::text}}, s.row_ids);
}
Status assign_materialized_views(Settings& s, const toml::node& node) {
    return choose<bool>(node, {{"views", true}, {"tables", false}}, s.views_materialized);
}
Status assign_default_schema(Settings& s, const toml::node& node) {
    if (!node.is_string()) return Error{Errc::invalid, "expected the name of a schema"};
    s.default_schema = *node.value<std::string>();
    return {};
}
Status assign_include_depth(Settings& s, const toml::node& node) {
    const auto depth = node.value_exact<std::int64_t>();
    if (!depth || *depth < 0 || *depth > 1000)
        return Error{Errc::invalid, "expected a number from 0 to 1000"};
    s.script.include_depth_max = static_cast<std::size_t>(*depth);
    return {};
}
/// Names with values: text, numbers, true and false.
Status assign_names(std::map<std::string, std::string>& names, const toml::node& node) {
    const toml::table* const table = node.as_table();
    if (table == nullptr) return Error{Errc::invalid, "expected a table of names and values"};
    for (const auto& [name, value] : *table) {
        std::string text;
        if (const auto string = value.value_exact<std::string>())
            text = *string;
        else if (const auto number = value.value_exact<std::int64_t>())
            text = std::to_string(*number);
        else if (const auto truth = value.value_exact<bool>())
            text = *truth ? "TRUE" : "FALSE";
        else
            return Error{Errc::invalid, std::string{name.str()} + ": expected text, a number, true or false"};
        names[convert::in_upper_case(name.str())] = text;
    }
    return {};
}

Status assign_mysql(Settings& s, const toml::node& node) {
    const toml::table* const table = node.as_table();
    if (table == nullptr) return Error{Errc::invalid, "expected a table of names and values"};
    for (const auto& [name, value] : *table)
        TRY(set_mysql(name.str(), value.value_or<std::string_view>(""), s.mysql));
    return {};
}

struct Key {
    std::string_view name;
    Assign assign;
};
constexpr Key kKeys[] = {
    {"packages", assign_packages},
    {"numbers", assign_numbers},
    {"empty_strings", assign_empty_strings},
    {"row_ids", assign_row_ids},
    {"materialized_views", assign_materialized_views},
    {"default_schema", assign_default_schema},
    {"include_depth_max", assign_include_depth},
    {"mysql", assign_mysql},
    {"defines", [](Settings& s, const toml::node& node) { return assign_names(s.script.defines, node); }},
    {"conditions",
     [](Settings& s, const toml::node& node) { return assign_names(s.script.conditions, node); }}};

Status assign(Settings& settings, std::string_view name, const toml::node& node) {
    for (const Key& key : kKeys)
        if (key.name == name) return key.assign(settings, node);
    return Error{Errc::invalid, "there is no such setting"};
}

}  // namespace

Result<Settings> read_convert_settings(const std::string& path) {
    Settings settings;
    if (path.empty()) return settings;
    std::ifstream file{path};
    if (!file) return error_from_errno(errno, "reading " + path);
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    toml::table table;
    try {
        table = toml::parse(text, path);
    } catch (const toml::parse_error& e) {
        std::ostringstream where;
        where << e.source();
        return Error{Errc::invalid, where.str() + ": " + std::string{e.description()}};
    }
    for (const auto& [name, node] : table) {
        const Status status = assign(settings, name.str(), node);
        if (status.ok()) continue;
        return Error{Errc::invalid, path + " line " + std::to_string(node.source().begin.line) + ": " +
                                        std::string{name.str()} + ": " + status.error().message()};
    }
    return settings;
}

Status add_defines(const std::vector<std::string>& assignments, Settings& settings) {
    for (const std::string& assignment : assignments) {
        const std::size_t equals = assignment.find('=');
        if (equals == 0 || equals == std::string::npos)
            return Error{Errc::invalid, "--define " + assignment + ": expected NAME=VALUE"};
        settings.script.defines[convert::in_upper_case(assignment.substr(0, equals))] =
            assignment.substr(equals + 1);
    }
    return {};
}

}  // namespace landfall::app
