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

Verdict Catalogue::check_references(const ReplicationInstance& instance) const {
    if (instance.subnet_group.empty() || instance.subnet_group == "default") return {};
    if (records_.get<SubnetGroup>({instance.self.scope, instance.subnet_group}).is(Errc::not_found))
        return Fault{FaultCode::not_found,
                     "Replication subnet group " + instance.subnet_group + " was not found"};
    return {};
}

Verdict Catalogue::check_references(const Endpoint& endpoint) const {
    if (endpoint.certificate.empty()) return {};
    TRY(find<Certificate>(endpoint.self.scope, endpoint.certificate));
    return {};
}

Verdict Catalogue::check_references(const Task& task) const {
    const auto instance = TRY(find<ReplicationInstance>(
        task.self.scope, arn_of({task.self.scope, task.instance}, ReplicationInstance::kThing)));
    if (instance.value.status == status::kDeleting)
        return invalid_state("Replication instance " + instance.value.name + " is being deleted");
    for (const auto& [id, type] : {std::pair{&task.source, "source"}, std::pair{&task.target, "target"}}) {
        const auto endpoint =
            TRY(find<Endpoint>(task.self.scope, arn_of({task.self.scope, *id}, Endpoint::kThing)));
        if (endpoint.value.status == status::kDeleting)
            return invalid_state("Endpoint " + endpoint.value.name + " is being deleted");
        if (endpoint.value.type != type)
            return invalid_value("Endpoint " + endpoint.value.name + " is no " + type);
    }
    return {};
}

Verdict Catalogue::check_unused(const Task& task, state::Tx&) const {
    if (task.rests()) return {};
    return invalid_state("Replication Task cannot be deleted, invalid state: " + task.name + " is " +
                         task.status);
}

Verdict Catalogue::check_unused(const ReplicationInstance& instance, state::Tx&) const {
    if (instance.status == status::kDeleting)
        return invalid_state("Replication instance " + instance.name + " is being deleted");
    for (const auto& each : TRY(records_.all<Task>(instance.self.scope)))
        if (each.value.instance == instance.self.id)
            return invalid_state("Replication instance " + instance.name + " has replication task " +
                                 each.value.name);
    return {};
}

Verdict Catalogue::check_unused(const SubnetGroup& group, state::Tx&) const {
    for (const auto& each : TRY(records_.all<ReplicationInstance>(group.self.scope)))
        if (each.value.subnet_group == group.name)
            return invalid_state("Replication subnet group " + group.name +
                                 " is in use by replication instance " + each.value.name);
    return {};
}

Verdict Catalogue::check_unused(const Endpoint& endpoint, state::Tx&) const {
    if (endpoint.status == status::kDeleting)
        return invalid_state("Endpoint " + endpoint.name + " is being deleted");
    for (const auto& each : TRY(records_.all<Task>(endpoint.self.scope)))
        if (each.value.source == endpoint.self.id || each.value.target == endpoint.self.id)
            return invalid_state("Endpoint " + arn_of(endpoint.self, Endpoint::kThing) +
                                 " is part of one or more ReplicationTasks.");
    return {};
}

Verdict Catalogue::check_unused(const Certificate& certificate, state::Tx&) const {
    const std::string arn = arn_of(certificate.self, Certificate::kThing);
    for (const auto& each : TRY(records_.all<Endpoint>(certificate.self.scope)))
        if (each.value.certificate == arn)
            return invalid_state("Certificate " + certificate.name + " is in use by endpoint " +
                                 each.value.name);
    return {};
}

Verdict Catalogue::check_unused(const MigrationProject& project, state::Tx& tx) const {
    return parts_.requests.add_removal(tx, project.self);
}

}  // namespace landfall::dms
