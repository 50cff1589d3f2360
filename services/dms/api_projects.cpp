// Migration projects: create, describe, modify, delete.
#include "services/dms/api.hpp"

namespace landfall::dms {
namespace {

using DescriptorsIn = wire::ListView<api::in::DataProviderDescriptorDefinition>;

Judged<std::vector<Descriptor>> descriptors_in(Dms& dms, const Scope& scope, DescriptorsIn list) {
    std::vector<Descriptor> descriptors;
    for (const auto each : list) {
        const auto provider = TRY(dms.catalogue().find<DataProvider>(scope, each.data_provider_identifier()));
        descriptors.push_back({.provider = provider.value.self.id,
                               .secret_id = std::string{each.secrets_manager_secret_id().value_or("")},
                               .role_arn = std::string{each.secrets_manager_access_role_arn().value_or("")}});
    }
    return descriptors;
}

/// What both the creation and a change may give. Resolves names to ids.
template <class In>
Verdict take_settings(Dms& dms, In in, MigrationProject& project) {
    const Scope& scope = project.self.scope;
    if (in.migration_project_name()) project.name = *in.migration_project_name();
    if (in.description()) project.description = *in.description();
    if (in.transformation_rules()) project.transformation_rules = *in.transformation_rules();
    if (in.has_source_data_provider_descriptors())
        project.sources = TRY(descriptors_in(dms, scope, in.source_data_provider_descriptors()));
    if (in.has_target_data_provider_descriptors())
        project.targets = TRY(descriptors_in(dms, scope, in.target_data_provider_descriptors()));
    if (in.has_instance_profile_identifier()) {
        const std::optional<std::string_view> identifier = in.instance_profile_identifier();
        const auto profile = TRY(dms.catalogue().find<InstanceProfile>(scope, *identifier));
        project.instance_profile = profile.value.self.id;
    }
    if (const auto attributes = in.schema_conversion_application_attributes()) {
        project.bucket_path = attributes.s3_bucket_path().value_or("");
        project.bucket_role_arn = attributes.s3_bucket_role_arn().value_or("");
    }
    return {};
}

void put_descriptor(Dms& dms, const Scope& scope, api::out::DataProviderDescriptor out,
                    const Descriptor& descriptor) {
    const Identity identity{scope, descriptor.provider};
    out.set_data_provider_arn(arn_of(identity, DataProvider::kThing));
    const auto provider = dms.catalogue().records().get<DataProvider>(identity);
    if (provider.ok()) out.set_data_provider_name(provider->value.name);
    if (!descriptor.secret_id.empty()) out.set_secrets_manager_secret_id(descriptor.secret_id);
    if (!descriptor.role_arn.empty()) out.set_secrets_manager_access_role_arn(descriptor.role_arn);
}

void put_project(Dms& dms, api::out::MigrationProject out, const MigrationProject& project) {
    const Scope& scope = project.self.scope;
    out.set_migration_project_name(project.name);
    out.set_migration_project_arn(arn_of(project.self, MigrationProject::kThing));
    out.set_migration_project_creation_time(project.created);
    if (!project.description.empty()) out.set_description(project.description);
    if (!project.transformation_rules.empty()) out.set_transformation_rules(project.transformation_rules);
    for (const Descriptor& each : project.sources)
        put_descriptor(dms, scope, out.add_source_data_provider_descriptors(), each);
    for (const Descriptor& each : project.targets)
        put_descriptor(dms, scope, out.add_target_data_provider_descriptors(), each);
    const Identity profile{scope, project.instance_profile};
    out.set_instance_profile_arn(arn_of(profile, InstanceProfile::kThing));
    const auto stored = dms.catalogue().records().get<InstanceProfile>(profile);
    if (stored.ok()) out.set_instance_profile_name(stored->value.name);
    if (project.bucket_path.empty() && project.bucket_role_arn.empty()) return;
    auto attributes = out.set_schema_conversion_application_attributes();
    if (!project.bucket_path.empty()) attributes.set_s3_bucket_path(project.bucket_path);
    if (!project.bucket_role_arn.empty()) attributes.set_s3_bucket_role_arn(project.bucket_role_arn);
}

Verdict create(Dms& dms, const CallContext& call, api::CreateMigrationProject::In in,
               api::CreateMigrationProject::Out out) {
    MigrationProject project{.self = {scope_of(call), {}}};
    TRY(take_settings(dms, in, project));
    project.tags = TRY(tags_in(in.tags()));
    put_project(dms, out.set_migration_project(),
                TRY(dms.catalogue().create(cause_of(call, "CreateMigrationProject"), std::move(project))));
    return {};
}

/// A side of the project has one of the providers that the filter names.
Judged<bool> has_provider(Dms& dms, const Scope& scope, const Filters& filters, std::string_view filter,
                          const std::vector<Descriptor>& descriptors) {
    if (filters.find(filter) == filters.end()) return true;
    for (const Descriptor& each : descriptors) {
        const auto provider = TRY(dms.catalogue().records().get<DataProvider>({scope, each.provider}));
        if (passes(filters, filter, provider.value.name, arn_of(provider.value.self, DataProvider::kThing)))
            return true;
    }
    return false;
}

Judged<bool> is_wanted(Dms& dms, const Filters& filters, const MigrationProject& project) {
    const Scope& scope = project.self.scope;
    if (!passes(filters, "migration-project-identifier", project.name,
                arn_of(project.self, MigrationProject::kThing)))
        return false;
    if (filters.contains("instance-profile-identifier")) {
        const auto profile =
            TRY(dms.catalogue().records().get<InstanceProfile>({scope, project.instance_profile}));
        if (!passes(filters, "instance-profile-identifier", profile.value.name,
                    arn_of(profile.value.self, InstanceProfile::kThing)))
            return false;
    }
    std::vector<Descriptor> both = project.sources;
    both.insert(both.end(), project.targets.begin(), project.targets.end());
    return TRY(has_provider(dms, scope, filters, "data-provider-identifier", both)) &&
           TRY(has_provider(dms, scope, filters, "source-data-provider-identifier", project.sources)) &&
           TRY(has_provider(dms, scope, filters, "target-data-provider-identifier", project.targets));
}

Verdict describe(Dms& dms, const CallContext& call, api::DescribeMigrationProjects::In in,
                 api::DescribeMigrationProjects::Out out) {
    const Filters filters =
        TRY(filters_in(in.filters(), {"migration-project-identifier", "instance-profile-identifier",
                                      "data-provider-identifier", "source-data-provider-identifier",
                                      "target-data-provider-identifier"}));
    const PageAsked page = TRY(page_in(dms, call, "projects", filters, in.max_records(), in.marker()));
    std::vector<MigrationProject> wanted;
    for (MigrationProject& project : TRY(dms.catalogue().list<MigrationProject>(scope_of(call))))
        if (TRY(is_wanted(dms, filters, project))) wanted.push_back(std::move(project));
    if (wanted.empty() && !filters.empty())
        return Fault{FaultCode::not_found, "No migration project was found that matches the filters"};
    out.start_migration_projects();
    put_page(
        dms, page, wanted, [](const MigrationProject& project) -> const std::string& { return project.name; },
        [&](const MigrationProject& project) { put_project(dms, out.add_migration_projects(), project); },
        out);
    return {};
}

}  // namespace

void register_projects(Operations& operations, Dms& dms) {
    operations.on<api::CreateMigrationProject>(
        [&dms](const CallContext& call, api::CreateMigrationProject::In in,
               api::CreateMigrationProject::Out out) { return create(dms, call, in, out); });
    operations.on<api::DescribeMigrationProjects>(
        [&dms](const CallContext& call, api::DescribeMigrationProjects::In in,
               api::DescribeMigrationProjects::Out out) { return describe(dms, call, in, out); });
    operations.on<api::ModifyMigrationProject>([&dms](const CallContext& call,
                                                      api::ModifyMigrationProject::In in,
                                                      api::ModifyMigrationProject::Out out) -> Verdict {
        const auto change = [&](MigrationProject& project) { return take_settings(dms, in, project); };
        const MigrationProject project = TRY(
            dms.catalogue().modify<MigrationProject>(cause_of(call, "ModifyMigrationProject"), scope_of(call),
                                                     in.migration_project_identifier(), change));
        put_project(dms, out.set_migration_project(), project);
        return {};
    });
    operations.on<api::DeleteMigrationProject>([&dms](const CallContext& call,
                                                      api::DeleteMigrationProject::In in,
                                                      api::DeleteMigrationProject::Out out) -> Verdict {
        const MigrationProject project = TRY(dms.catalogue().remove<MigrationProject>(
            cause_of(call, "DeleteMigrationProject"), scope_of(call), in.migration_project_identifier()));
        put_project(dms, out.set_migration_project(), project);
        return {};
    });
}

}  // namespace landfall::dms
