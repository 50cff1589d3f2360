// Parameter groups: their records, and what they change in databases that run.
#include "services/rds/work_instances.hpp"

namespace landfall::rds {

const Catalogue* Instances::catalogue(std::string_view family) const {
    const auto found = parts_.catalogues.find(family);
    return found == parts_.catalogues.end() ? nullptr : &found->second;
}

ParameterGroup Instances::default_group(const Scope& scope, const std::string& family) const {
    return {.self = {scope, std::string{kDefaultFront} + family},
            .family = family,
            .description = "Default parameter group for " + family};
}

Judged<Stored<ParameterGroup>> Instances::find_group(const Scope& scope, std::string_view name) const {
    const std::string low = lowered(name);
    if (low.starts_with(kDefaultFront) && catalogue(low.substr(kDefaultFront.size())) != nullptr)
        return Stored<ParameterGroup>{default_group(scope, low.substr(kDefaultFront.size())), {}};
    auto stored = records_.get<ParameterGroup>({scope, low});
    if (stored.is(Errc::not_found))
        return Fault{FaultCode::group_not_found, "DBParameterGroup not found: " + std::string{name}};
    if (!stored.ok()) return stored.error();
    return std::move(*stored);
}

Judged<std::vector<ParameterGroup>> Instances::groups(const Scope& scope) const {
    std::vector<ParameterGroup> groups;
    for (auto& each : TRY(records_.all<ParameterGroup>(scope))) groups.push_back(std::move(each.value));
    for (const auto& [family, parameters] : parts_.catalogues) groups.push_back(default_group(scope, family));
    std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.self < b.self; });
    return groups;
}

Verdict Instances::create_group(const state::Cause& cause, const ParameterGroup& group) {
    const std::scoped_lock lock{changing_};
    const auto all = TRY(records_.all<ParameterGroup>(group.self.scope));
    for (const auto& each : all)
        if (each.value.self == group.self)
            return Fault{FaultCode::group_exists, "Parameter group " + group.self.name + " already exists"};
    if (all.size() >= kGroupsMax)
        return Fault{FaultCode::group_quota,
                     "There are " + std::to_string(kGroupsMax) + " parameter groups already"};
    state::Tx tx{cause};
    tx.create(Kind<ParameterGroup>::encode(group));
    TRY(parts_.store.commit(std::move(tx)));
    return {};
}

Verdict Instances::remove_group(const state::Cause& cause, const Scope& scope, std::string_view name) {
    const std::scoped_lock lock{changing_};
    const auto stored = TRY(find_group(scope, name));
    if (stored.value.is_default()) return invalid_value("Default parameter groups cannot be deleted");
    for (const auto& each : TRY(records_.all<DbInstance>(scope)))
        if (each.value.parameter_group == stored.value.self.name)
            return Fault{FaultCode::group_state,
                         "One or more database instances are still members of this parameter "
                         "group " +
                             stored.value.self.name + ", so the group cannot be deleted"};
    state::Tx tx{cause};
    tx.erase(key_of(stored.value), state::kAnyVersion);
    TRY(parts_.store.commit(std::move(tx)));
    return {};
}

Verdict Instances::store_group(const state::Cause& cause, const Stored<ParameterGroup>& stored) {
    state::Tx tx{cause};
    Records::put(tx, stored);
    add_event(
        tx, parts_.clock.now(),
        {"db-parameter-group", stored.value.self, "configuration change", "Updated the DB parameter group"});
    for (const auto& each : TRY(records_.all<DbInstance>(stored.value.self.scope)))
        if (each.value.should_run() && each.value.parameter_group == stored.value.self.name)
            add_job(tx, each.value, task::kApply);
    TRY(parts_.store.commit(std::move(tx)));
    return {};
}

Result<Settings> Instances::settings_of(const DbInstance& instance) const {
    const auto group = find_group(instance.self.scope, instance.parameter_group);
    if (group.ok()) return group->value.settings();
    if (group.is(FaultCode::group_not_found)) return Settings{};
    return Error{group.error().inner(), group.error().message()};
}

Verdict Instances::check_group(const DbInstance& instance, const std::string& family) const {
    const auto group = TRY(find_group(instance.self.scope, instance.parameter_group));
    if (group.value.family == family) return {};
    return invalid_combination("The Parameter Group " + instance.parameter_group +
                               " with DBParameterGroupFamily " + group.value.family +
                               " can't be used for this instance. Please use a Parameter Group "
                               "with DBParameterGroupFamily " +
                               family);
}

/// The status stays as it is: the database is used meanwhile.
Status Instances::apply_live(DbInstance& instance) const {
    const auto group = find_group(instance.self.scope, instance.parameter_group);
    if (!group.ok() || !instance.should_run() || !parts_.host->running(instance.resource_id)) return {};
    const Catalogue* const list = catalogue(group->value.family);
    if (list == nullptr) return {};
    const Settings next = with_live_changes(instance.applied, group->value, *list);
    std::map<std::string, std::optional<std::string>> changed;
    for (const auto& [name, value] : instance.applied)
        if (!next.contains(name)) changed[name] = std::nullopt;
    for (const auto& [name, value] : next)
        if (const auto old = instance.applied.find(name);
            old == instance.applied.end() || old->second != value)
            changed[name] = value;
    if (changed.empty()) return {};
    const auto place = TRY(parts_.host->place_of(instance.resource_id, instance.port));
    TRY(databases::set_live(place, changed));
    instance.applied = next;
    return parts_.host->reload(instance.resource_id, run_spec_of(instance));
}

}  // namespace landfall::rds
