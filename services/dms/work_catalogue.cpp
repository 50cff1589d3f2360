#include "services/dms/work_catalogue.hpp"

namespace landfall::dms {

std::string Catalogue::new_id() {
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string id;
    for (std::size_t i = 0; i < kIdLetters; ++i) id += kLetters[parts_.random.below(kLetters.size())];
    return id;
}

std::string Catalogue::default_name(const Identity& self) { return "dms-" + self.id; }

Verdict Catalogue::check_references(const MigrationProject& project) const {
    const Scope& scope = project.self.scope;
    if (records_.get<InstanceProfile>({scope, project.instance_profile}).is(Errc::not_found))
        return Fault{FaultCode::not_found, "Instance profile " + project.instance_profile + " was not found"};
    for (const auto* side : {&project.sources, &project.targets})
        for (const Descriptor& each : *side)
            if (records_.get<DataProvider>({scope, each.provider}).is(Errc::not_found))
                return Fault{FaultCode::not_found, "Data provider " + each.provider + " was not found"};
    return {};
}

Verdict Catalogue::check_unused(const InstanceProfile& profile, state::Tx&) const {
    for (const auto& each : TRY(records_.all<MigrationProject>(profile.self.scope)))
        if (each.value.instance_profile == profile.self.id)
            return invalid_state("Instance profile " + profile.name + " is in use by migration project " +
                                 each.value.name);
    return {};
}

Verdict Catalogue::check_unused(const DataProvider& provider, state::Tx&) const {
    for (const auto& each : TRY(records_.all<MigrationProject>(provider.self.scope)))
        if (each.value.uses_provider(provider.self.id))
            return invalid_state("Data provider " + provider.name + " is in use by migration project " +
                                 each.value.name);
    return {};
}

Verdict Catalogue::check_unused(const MigrationProject& project, state::Tx& tx) const {
    return parts_.requests.add_removal(tx, project.self);
}

}  // namespace landfall::dms
