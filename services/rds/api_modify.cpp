// ModifyDBInstance: what changes at once, what restarts the database, what waits for a reboot.
#include "services/rds/api.hpp"

namespace landfall::rds {
namespace {

Verdict refuse_unreal(api::ModifyDBInstance::In in) {
    if (in.new_db_instance_identifier())
        return invalid_combination("DB instances are not renamed by this server");
    if (in.multi_az().value_or(false))
        return invalid_combination(
            "Multi-AZ DB instances are not made by this server: MultiAZ must be false");
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

/// Of the record alone: the database does not see it.
Verdict take_labels(api::ModifyDBInstance::In in, DbInstance& instance) {
    if (in.deletion_protection()) instance.protected_from_deletion = *in.deletion_protection();
    if (in.auto_minor_version_upgrade()) instance.upgrades_itself = *in.auto_minor_version_upgrade();
    if (in.copy_tags_to_snapshot()) instance.copies_tags = *in.copy_tags_to_snapshot();
    if (in.publicly_accessible()) instance.publicly_accessible = *in.publicly_accessible();
    if (in.preferred_backup_window()) instance.backup_window = *in.preferred_backup_window();
    if (in.preferred_maintenance_window())
        instance.maintenance_window = lowered(*in.preferred_maintenance_window());
    if (in.ca_certificate_identifier()) instance.ca = *in.ca_certificate_identifier();
    if (in.storage_type()) instance.storage_type = *in.storage_type();
    if (in.db_subnet_group_name()) instance.subnet_group = lowered(*in.db_subnet_group_name());
    if (in.has_vpc_security_group_ids()) {
        instance.security_groups.clear();
        for (const std::string_view group : in.vpc_security_group_ids())
            instance.security_groups.emplace_back(group);
    }
    if (const auto version = in.engine_version(); version && *version != instance.version)
        return invalid_combination("Cannot upgrade " + instance.engine + " from " + instance.version +
                                   " to " + std::string{*version});
    const auto storage = in.allocated_storage();
    if (!storage) return {};
    if (*storage < instance.storage_gib || *storage > kStorageMax)
        return invalid_combination("Invalid storage size for engine name " + instance.engine + ": " +
                                   std::to_string(*storage) + "; it is " +
                                   std::to_string(instance.storage_gib) + " and can only grow");
    instance.storage_gib = *storage;
    return {};
}

enum class Effect : std::uint8_t { none, live, restart };

Judged<Effect> take_class(api::ModifyDBInstance::In in, DbInstance& instance) {
    const auto asked = in.db_instance_class();
    if (!asked) return Effect::none;
    if (find_class(*asked) == nullptr)
        return invalid_value("Invalid DB Instance class: " + std::string{*asked});
    const bool now = in.apply_immediately().value_or(false);
    instance.pending_class = now || *asked == instance.instance_class ? "" : std::string{*asked};
    if (!now || *asked == instance.instance_class) return Effect::none;
    instance.instance_class = *asked;
    return Effect::restart;
}

/// As RDS does, a port changes at once, whatever ApplyImmediately says.
Judged<Effect> take_port(const Instances& instances, api::ModifyDBInstance::In in, DbInstance& instance) {
    const auto asked = in.db_port_number();
    if (!asked || *asked == instance.port) return Effect::none;
    if (*asked < kPortMin || *asked > kPortMax)
        return invalid_value("Invalid port: " + std::to_string(*asked) + ". It must be from 1150 to 65535");
    TRY(instances.check_port(instance, static_cast<std::uint16_t>(*asked)));
    instance.port = static_cast<std::uint16_t>(*asked);
    return Effect::restart;
}

Judged<Effect> take_password(const Instances& instances, api::ModifyDBInstance::In in, DbInstance& instance) {
    const auto asked = in.master_user_password();
    if (!asked) return Effect::none;
    TRY(check_master_password(instance.engine, *asked));
    instance.sealed_password = TRY(instances.seal(instance, SecretString{std::string{*asked}}));
    return Effect::live;
}

Verdict alter(const Instances& instances, api::ModifyDBInstance::In in, DbInstance& instance) {
    if (!instance.at_rest())
        return Fault{FaultCode::instance_state, "Database instance is not in available state."};
    TRY(take_labels(in, instance));
    if (const auto group = in.db_parameter_group_name()) {
        const std::string now =
            TRY(instances.find_group(instance.self.scope, instance.parameter_group)).value.family;
        instance.parameter_group = lowered(*group);
        TRY(instances.check_group(instance, now));
    }
    const Effect size = TRY(take_class(in, instance));
    const Effect port = TRY(take_port(instances, in, instance));
    const Effect password = TRY(take_password(instances, in, instance));
    const bool restarts = size == Effect::restart || port == Effect::restart;
    if (!restarts && password == Effect::none) return {};
    // What the database is to know needs one that runs.
    if (instance.status != status::kAvailable)
        return Fault{FaultCode::instance_state, "Database instance is not in available state."};
    instance.status = restarts ? status::kModifying : status::kResetting;
    return {};
}

Verdict modify(Rds& rds, const CallContext& call, api::ModifyDBInstance::In in,
               api::ModifyDBInstance::Out out) {
    TRY(rds.instances().find(scope_of(call), in.db_instance_identifier()));
    TRY(refuse_unreal(in));
    const bool restarts = in.db_instance_class() || in.db_port_number();
    put_instance(rds, call, out.set_db_instance(),
                 TRY(rds.instances().change(
                     cause_of(call, "ModifyDBInstance"), scope_of(call), in.db_instance_identifier(),
                     restarts ? task::kRestart : task::kModify,
                     [&](DbInstance& instance) { return alter(rds.instances(), in, instance); })));
    return {};
}

}  // namespace

void register_modify(Operations& operations) { operations.on<api::ModifyDBInstance>(modify); }

}  // namespace landfall::rds
