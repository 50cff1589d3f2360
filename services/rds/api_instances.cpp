// DB instances: create and describe; how one is told.
#include "services/rds/api.hpp"

namespace landfall::rds {
namespace {

/// What would need more than one machine, or what nothing here does: refused, not forgotten.
Verdict refuse_unreal(api::CreateDBInstance::In in) {
    if (in.db_cluster_identifier()) return invalid_combination("DB clusters are not made by this server");
    if (in.multi_az().value_or(false))
        return invalid_combination(
            "Multi-AZ DB instances are not made by this server: MultiAZ must be false");
    if (in.storage_encrypted().value_or(false) || in.kms_key_id())
        return invalid_combination("Storage is not encrypted by this server: StorageEncrypted must be false");
    if (in.backup_retention_period().value_or(0) != 0)
        return invalid_combination(
            "Automated backups are not made by this server: BackupRetentionPeriod must be 0");
    if (in.enable_iam_database_authentication().value_or(false))
        return invalid_combination("IAM database authentication is not available on this server");
    if (in.manage_master_user_password().value_or(false))
        return invalid_combination(
            "ManageMasterUserPassword needs a secrets store, which this server has not: give "
            "MasterUserPassword");
    return {};
}

Judged<int> storage_in(std::optional<std::int32_t> asked, std::string_view engine, std::string_view type) {
    if (asked && *asked >= kStorageMin && *asked <= kStorageMax) return static_cast<int>(*asked);
    if (!asked)
        return invalid_value("The parameter AllocatedStorage must be provided and must not be blank.");
    return invalid_combination("Invalid storage size for engine name " + std::string{engine} +
                               " and storage type " + std::string{type} + ": " + std::to_string(*asked));
}

Judged<const databases::Installed*> engine_in(const Rds& rds, std::string_view engine,
                                              std::optional<std::string_view> version) {
    const auto product = databases::product_named(engine);
    if (!product) return invalid_value("Invalid DB engine");
    if (rds.host() == nullptr)
        return Fault{FaultCode::capacity, "This server cannot run databases; its log says why"};
    if (std::string why = rds.host()->why_unable(); !why.empty())
        return Fault{FaultCode::capacity, std::move(why)};
    const databases::Installed* const found = rds.host()->find(*product);
    if (found == nullptr)
        return Fault{FaultCode::capacity,
                     "The packages of engine " + std::string{engine} + " are not installed on this server"};
    if (version && *version != found->version && *version != found->major)
        return invalid_combination("Cannot find version " + std::string{*version} + " for " +
                                   std::string{engine});
    return found;
}

Verdict check_class(std::string_view name) {
    if (find_class(name) == nullptr) return invalid_value("Invalid DB Instance class: " + std::string{name});
    return {};
}

Judged<std::uint16_t> port_in(std::optional<std::int32_t> port) {
    if (!port) return std::uint16_t{0};
    if (*port < kPortMin || *port > kPortMax)
        return invalid_value("Invalid port: " + std::to_string(*port) + ". It must be from 1150 to 65535");
    return static_cast<std::uint16_t>(*port);
}

Judged<DbInstance> instance_in(Rds& rds, const CallContext& call, api::CreateDBInstance::In in) {
    TRY(check_identifier(in.db_instance_identifier(), "DBInstanceIdentifier", 63));
    const databases::Installed* const engine = TRY(engine_in(rds, in.engine(), in.engine_version()));
    TRY(check_class(in.db_instance_class()));
    TRY(refuse_unreal(in));
    DbInstance instance{
        .self = {scope_of(call), lowered(in.db_instance_identifier())},
        .engine = std::string{in.engine()},
        .version = engine->version,
        .instance_class = std::string{in.db_instance_class()},
        .storage_type = std::string{in.storage_type().value_or("gp2")},
        .user = std::string{in.master_username().value_or("")},
        .database = std::string{in.db_name().value_or("")},
        .availability_zone = std::string{in.availability_zone().value_or(call.region + "a")},
        .maintenance_window = lowered(in.preferred_maintenance_window().value_or("sun:05:00-sun:05:30")),
        .backup_window = std::string{in.preferred_backup_window().value_or("03:00-03:30")},
        .subnet_group = lowered(in.db_subnet_group_name().value_or("default")),
        .ca = std::string{in.ca_certificate_identifier().value_or("rds-ca-rsa2048-g1")}};
    instance.storage_gib = TRY(storage_in(in.allocated_storage(), instance.engine, instance.storage_type));
    TRY(check_master_user(instance.engine, instance.user));
    TRY(check_master_password(instance.engine, in.master_user_password().value_or("")));
    if (in.db_name()) TRY(check_database_name(instance.engine, instance.database));
    instance.port = TRY(port_in(in.port()));
    instance.protected_from_deletion = in.deletion_protection().value_or(false);
    instance.publicly_accessible = in.publicly_accessible().value_or(false);
    instance.upgrades_itself = in.auto_minor_version_upgrade().value_or(true);
    instance.copies_tags = in.copy_tags_to_snapshot().value_or(false);
    for (const std::string_view group : in.vpc_security_group_ids())
        instance.security_groups.emplace_back(group);
    instance.tags = TRY(tags_in(in.tags()));
    const std::string family = family_of(*engine);
    instance.parameter_group =
        lowered(in.db_parameter_group_name().value_or(std::string{kDefaultFront} + family));
    TRY(rds.instances().check_group(instance, family));
    return instance;
}

Verdict create(Rds& rds, const CallContext& call, api::CreateDBInstance::In in,
               api::CreateDBInstance::Out out) {
    DbInstance instance = TRY(instance_in(rds, call, in));
    const SecretString password{std::string{in.master_user_password().value_or("")}};
    put_instance(
        rds, call, out.set_db_instance(),
        TRY(rds.instances().create(cause_of(call, "CreateDBInstance"), std::move(instance), password)));
    return {};
}

Verdict describe(Rds& rds, const CallContext& call, api::DescribeDBInstances::In in,
                 api::DescribeDBInstances::Out out) {
    const Filters filters = TRY(
        filters_in(in.filters(), {"db-instance-id", "dbi-resource-id", "engine", "db-cluster-id", "domain"}));
    const PageAsked page = TRY(page_in(rds, call, "instances", in.max_records(), in.marker()));
    std::vector<DbInstance> found;
    std::string_view name = in.db_instance_identifier().value_or("");
    const auto arn = parse_arn(name);
    if (arn && arn->thing == DbInstance::kThing && arn->identity.scope == scope_of(call))
        name = arn->identity.name;
    if (!name.empty()) {
        found.push_back(TRY(rds.instances().find(scope_of(call), name)).value);
    } else {
        for (auto& each : TRY(rds.instances().records().all<DbInstance>(scope_of(call))))
            found.push_back(std::move(each.value));
    }
    std::erase_if(found, [&](const DbInstance& each) {
        return !passes(filters, "db-instance-id", {each.self.name, arn_of(each.self, DbInstance::kThing)}) ||
               !passes(filters, "dbi-resource-id", {each.resource_id}) ||
               !passes(filters, "engine", {each.engine}) || !passes(filters, "db-cluster-id", {}) ||
               !passes(filters, "domain", {});
    });
    out.start_db_instances();
    put_page(
        rds, page, found, [](const DbInstance& each) -> const std::string& { return each.self.name; },
        [&](const DbInstance& each) { put_instance(rds, call, out.add_db_instances(), each); }, out);
    return {};
}

/// Where clients of this server find its databases.
std::string address_of(const Rds& rds, const CallContext& call) {
    const std::string& bound = rds.parts().bind_address;
    if (bound != "0.0.0.0" && bound != "*" && bound != "::") return bound;
    return call.host.substr(0, call.host.rfind(':'));
}

void put_network(const Rds& rds, const CallContext& call, api::out::DBInstance out,
                 const DbInstance& instance) {
    if (instance.status != status::kCreating) {
        auto endpoint = out.set_endpoint();
        endpoint.set_address(address_of(rds, call));
        endpoint.set_port(instance.port);
    }
    out.set_publicly_accessible(instance.publicly_accessible);
    out.set_network_type("IPV4");
    out.start_db_security_groups();
    out.start_vpc_security_groups();
    for (const std::string& group : instance.security_groups) {
        auto member = out.add_vpc_security_groups();
        member.set_vpc_security_group_id(group);
        member.set_status("active");
    }
    auto subnets = out.set_db_subnet_group();
    subnets.set_db_subnet_group_name(instance.subnet_group);
    subnets.set_db_subnet_group_description(instance.subnet_group);
    subnets.set_subnet_group_status("Complete");
    subnets.start_subnets();
}

void put_groups(Rds& rds, api::out::DBInstance out, const DbInstance& instance) {
    const auto settings = rds.instances().settings_of(instance);
    const bool same =
        settings.ok() && (*settings == instance.applied || instance.status == status::kCreating);
    auto group = out.add_db_parameter_groups();
    group.set_db_parameter_group_name(instance.parameter_group);
    group.set_parameter_apply_status(same ? "in-sync" : "pending-reboot");
    auto options = out.add_option_group_memberships();
    std::string family =
        instance.engine + "-" +
        instance.version.substr(
            0, instance.engine == "postgres" ? instance.version.find('.') : instance.version.rfind('.'));
    std::replace(family.begin(), family.end(), '.', '-');
    options.set_option_group_name("default:" + family);
    options.set_status("in-sync");
}

void put_unused(api::out::DBInstance out) {
    out.set_multi_az(false);
    out.set_backup_retention_period(0);
    out.set_storage_encrypted(false);
    out.set_monitoring_interval(0);
    out.set_iam_database_authentication_enabled(false);
    out.set_performance_insights_enabled(false);
    out.set_customer_owned_ip_enabled(false);
    out.set_backup_target("region");
    out.set_activity_stream_status("stopped");
    out.set_dedicated_log_volume(false);
    out.start_read_replica_db_instance_identifiers();
    out.start_domain_memberships();
    out.start_associated_roles();
}

void put_pending(api::out::DBInstance out, const DbInstance& instance) {
    auto pending = out.set_pending_modified_values();
    if (!instance.pending_class.empty()) pending.set_db_instance_class(instance.pending_class);
    // A password is a change like others; what it is stays here.
    if (!instance.sealed_password.empty() && instance.status != status::kCreating)
        pending.set_master_user_password("****");
}

}  // namespace

void put_instance(Rds& rds, const CallContext& call, api::out::DBInstance out, const DbInstance& instance) {
    out.set_db_instance_identifier(instance.self.name);
    out.set_db_instance_arn(arn_of(instance.self, DbInstance::kThing));
    out.set_dbi_resource_id(instance.resource_id);
    out.set_db_instance_class(instance.instance_class);
    out.set_engine(instance.engine);
    out.set_engine_version(instance.version);
    out.set_db_instance_status(instance.status);
    out.set_master_username(instance.user);
    if (!instance.database.empty()) out.set_db_name(instance.database);
    out.set_allocated_storage(instance.storage_gib);
    out.set_storage_type(instance.storage_type);
    out.set_instance_create_time(instance.created);
    out.set_availability_zone(instance.availability_zone);
    out.set_preferred_backup_window(instance.backup_window);
    out.set_preferred_maintenance_window(instance.maintenance_window);
    out.set_auto_minor_version_upgrade(instance.upgrades_itself);
    out.set_copy_tags_to_snapshot(instance.copies_tags);
    out.set_deletion_protection(instance.protected_from_deletion);
    out.set_ca_certificate_identifier(instance.ca);
    out.set_license_model(license_of(instance.engine));
    out.set_db_instance_port(0);
    put_network(rds, call, out, instance);
    put_unused(out);
    put_groups(rds, out, instance);
    put_pending(out, instance);
    out.start_tag_list();
    for (const auto& [key, value] : instance.tags) {
        auto tag = out.add_tag_list();
        tag.set_key(key);
        tag.set_value(value);
    }
    if (instance.reason.empty()) return;
    auto told = out.add_status_infos();
    told.set_status_type("database");
    told.set_normal(false);
    told.set_status(instance.status);
    told.set_message(instance.reason);
}

void register_instances(Operations& operations) {
    operations.on<api::CreateDBInstance>(create);
    operations.on<api::DescribeDBInstances>(describe);
}

}  // namespace landfall::rds
