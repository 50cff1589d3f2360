#include "services/rds/model_parameters.hpp"

#include <algorithm>

namespace landfall::rds {
namespace {

using databases::Parameter;

constexpr std::string_view kLogicalReplication = "rds.logical_replication";

bool takes_live(const Catalogue& catalogue, std::string_view name) {
    const Parameter* const parameter = find_parameter(catalogue, name);
    return parameter != nullptr && parameter->takes == Parameter::Takes::live;
}

}  // namespace

std::string family_of(const databases::Installed& engine) {
    return std::string{name_of(engine.product)} + engine.major;
}

Settings ParameterGroup::settings() const {
    Settings all;
    for (const auto& [name, each] : chosen) all[name] = each.value;
    return all;
}

const Parameter* find_parameter(const Catalogue& catalogue, std::string_view name) {
    const auto found = std::ranges::find(catalogue, name, &Parameter::name);
    return found == catalogue.end() ? nullptr : &*found;
}

Catalogue catalogue_of(std::string_view engine, Catalogue engines_own) {
    if (engine == "postgres")
        engines_own.push_back({.name = std::string{kLogicalReplication},
                               .kind = Parameter::Kind::boolean,
                               .initial = "0",
                               .takes = Parameter::Takes::restart,
                               .description = "Enables logical decoding."});
    std::ranges::sort(engines_own, {}, &Parameter::name);
    return engines_own;
}

Verdict check_parameter(const Catalogue& catalogue, std::string_view name, const Chosen& chosen) {
    const Parameter* const parameter = find_parameter(catalogue, name);
    if (parameter == nullptr)
        return invalid_value("Could not find parameter with name: " + std::string{name});
    if (!is_allowed(*parameter, chosen.value))
        return invalid_value("Invalid parameter value: " + chosen.value + " for: " + parameter->name +
                             " allowed values are: " + allowed_values(*parameter));
    if (chosen.method != kImmediate && chosen.method != kPendingReboot)
        return invalid_value("Invalid apply method: " + chosen.method);
    if (chosen.method == kImmediate && parameter->takes == Parameter::Takes::restart)
        return invalid_combination("cannot use immediate apply method for static parameter");
    return {};
}

Settings server_settings(const Settings& settings) {
    Settings all = settings;
    const auto logical = all.find(kLogicalReplication);
    if (logical == all.end()) return all;
    if (logical->second == "1") all["wal_level"] = "logical";
    all.erase(logical);
    return all;
}

Settings with_live_changes(const Settings& applied, const ParameterGroup& group, const Catalogue& catalogue) {
    Settings next = applied;
    std::erase_if(next, [&](const auto& each) {
        return takes_live(catalogue, each.first) && !group.chosen.contains(each.first);
    });
    for (const auto& [name, each] : group.chosen)
        if (each.method == kImmediate && takes_live(catalogue, name)) next[name] = each.value;
    return next;
}

}  // namespace landfall::rds
