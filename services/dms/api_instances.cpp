// Replication instances: create, describe, modify, reboot, delete; what can be ordered.
#include "services/dms/api_replication.hpp"

namespace landfall::dms {
namespace {

template <class In>
InstanceChange change_in(In in, std::optional<std::string_view> instance_class) {
    InstanceChange change;
    if (instance_class) change.instance_class = *instance_class;
    if (in.allocated_storage()) change.storage_gib = *in.allocated_storage();
    if (in.engine_version()) change.engine_version = *in.engine_version();
    if (in.multi_az()) change.multi_az = *in.multi_az();
    return change;
}

/// What both the creation and a change may give, and needs no reboot.
template <class In>
void take_settings(In in, ReplicationInstance& instance) {
    if (in.preferred_maintenance_window())
        instance.maintenance_window = lowered(*in.preferred_maintenance_window());
    if (in.auto_minor_version_upgrade()) instance.upgrades_itself = *in.auto_minor_version_upgrade();
    if (in.network_type()) instance.network_type = *in.network_type();
    if (!in.has_vpc_security_group_ids()) return;
    instance.security_groups.clear();
    for (const std::string_view group : in.vpc_security_group_ids())
        instance.security_groups.emplace_back(group);
}

void put_place(api::out::ReplicationInstance out, const ReplicationInstance& instance) {
    // Its workers are threads of this server.
    constexpr std::string_view kHere = "127.0.0.1";
    out.set_availability_zone(instance.availability_zone);
    if (instance.multi_az) out.set_secondary_availability_zone(instance.self.scope.region + "b");
    out.set_replication_instance_private_ip_address(kHere);
    out.add_replication_instance_private_ip_addresses(kHere);
    out.set_publicly_accessible(instance.publicly_accessible);
    if (instance.publicly_accessible) {
        out.set_replication_instance_public_ip_address(kHere);
        out.add_replication_instance_public_ip_addresses(kHere);
    }
    out.set_network_type(instance.network_type);
    if (!instance.dns_servers.empty()) out.set_dns_name_servers(instance.dns_servers);
    out.start_vpc_security_groups();
    for (const std::string& group : instance.security_groups) {
        auto member = out.add_vpc_security_groups();
        member.set_vpc_security_group_id(group);
        member.set_status("active");
    }
}

void put_instance(const Dms& dms, api::out::ReplicationInstance out, const ReplicationInstance& instance) {
    out.set_replication_instance_identifier(instance.name);
    out.set_replication_instance_arn(arn_of(instance.self, ReplicationInstance::kThing));
    out.set_replication_instance_class(instance.instance_class);
    out.set_replication_instance_status(instance.status);
    out.set_allocated_storage(instance.storage_gib);
    out.set_instance_create_time(instance.created);
    out.set_preferred_maintenance_window(instance.maintenance_window);
    out.set_multi_az(instance.multi_az);
    out.set_engine_version(instance.engine_version);
    out.set_auto_minor_version_upgrade(instance.upgrades_itself);
    if (!instance.kms_key.empty()) out.set_kms_key_id(instance.kms_key);
    put_place(out, instance);
    const InstanceChange& change = instance.pending;
    auto pending = out.set_pending_modified_values();
    if (change.instance_class) pending.set_replication_instance_class(*change.instance_class);
    if (change.storage_gib) pending.set_allocated_storage(*change.storage_gib);
    if (change.engine_version) pending.set_engine_version(*change.engine_version);
    if (change.multi_az) pending.set_multi_az(*change.multi_az);
    const auto group = dms.catalogue().find<SubnetGroup>(instance.self.scope, instance.subnet_group);
    put_subnet_group(out.set_replication_subnet_group(), group.ok() ? group->value : default_subnet_group());
}

Verdict create(Dms& dms, const CallContext& call, api::CreateReplicationInstance::In in,
               api::CreateReplicationInstance::Out out) {
    ReplicationInstance instance{
        .self = {scope_of(call), {}},
        .name = lowered(in.replication_instance_identifier()),
        .availability_zone = std::string{in.availability_zone().value_or("")},
        .maintenance_window = "sun:06:00-sun:14:00",
        .kms_key = std::string{in.kms_key_id().value_or("")},
        .subnet_group = lowered(in.replication_subnet_group_identifier().value_or("")),
        .dns_servers = std::string{in.dns_name_servers().value_or("")},
        .network_type = "IPV4"};
    if (in.resource_identifier()) {
        TRY(check_resource_identifier(*in.resource_identifier()));
        instance.self.id = *in.resource_identifier();
    }
    if (instance.availability_zone.empty()) instance.availability_zone = call.region + "a";
    instance.publicly_accessible = in.publicly_accessible().value_or(true);
    take_settings(in, instance);
    instance.apply(change_in(in, in.replication_instance_class()));
    instance.tags = TRY(tags_in(in.tags()));
    const auto with = [&](state::Tx& tx, const ReplicationInstance& made) -> Verdict {
        dms.chores().add(tx, made);
        dms.events().add(tx, EventKind::instance_begun, made);
        return {};
    };
    put_instance(
        dms, out.set_replication_instance(),
        TRY(dms.catalogue().create(cause_of(call, "CreateReplicationInstance"), std::move(instance), with)));
    return {};
}

Verdict describe(Dms& dms, const CallContext& call, api::DescribeReplicationInstances::In in,
                 api::DescribeReplicationInstances::Out out) {
    const Filters filters =
        TRY(filters_in(in.filters(), {"replication-instance-arn", "replication-instance-id",
                                      "replication-instance-class", "engine-version"}));
    const PageAsked page = TRY(page_in(dms, call, "instances", filters, in.max_records(), in.marker()));
    auto instances = TRY(dms.catalogue().list<ReplicationInstance>(scope_of(call)));
    std::erase_if(instances, [&](const ReplicationInstance& each) {
        return !passes(filters, "replication-instance-arn", {},
                       arn_of(each.self, ReplicationInstance::kThing)) ||
               !passes_lowered(filters, "replication-instance-id", each.name) ||
               !passes(filters, "replication-instance-class", each.instance_class, {}) ||
               !passes(filters, "engine-version", each.engine_version, {});
    });
    if (instances.empty() && !filters.empty())
        return Fault{FaultCode::not_found, "No replication instances found matching the filters"};
    out.start_replication_instances();
    put_page(
        dms, page, instances, [](const ReplicationInstance& each) -> const std::string& { return each.name; },
        [&](const ReplicationInstance& each) { put_instance(dms, out.add_replication_instances(), each); },
        out);
    return {};
}

/// What is not to be done at once waits for the next reboot.
Verdict change_instance(api::ModifyReplicationInstance::In in, ReplicationInstance& instance) {
    if (instance.status != status::kAvailable)
        return invalid_state("Replication instance " + instance.name + " is " + instance.status);
    if (in.replication_instance_identifier()) instance.name = lowered(*in.replication_instance_identifier());
    take_settings(in, instance);
    const InstanceChange change = change_in(in, in.replication_instance_class());
    if (in.apply_immediately().value_or(false)) {
        instance.apply(instance.pending);
        instance.pending = {};
        instance.apply(change);
        instance.status = status::kModifying;
        return {};
    }
    InstanceChange& pending = instance.pending;
    if (change.instance_class) pending.instance_class = change.instance_class;
    if (change.storage_gib) pending.storage_gib = change.storage_gib;
    if (change.engine_version) pending.engine_version = change.engine_version;
    if (change.multi_az) pending.multi_az = change.multi_az;
    return {};
}

Verdict modify(Dms& dms, const CallContext& call, api::ModifyReplicationInstance::In in,
               api::ModifyReplicationInstance::Out out) {
    const auto change = [&](ReplicationInstance& instance) { return change_instance(in, instance); };
    const auto with = [&](state::Tx& tx, const ReplicationInstance& changed) -> Verdict {
        dms.chores().add(tx, changed);
        return {};
    };
    put_instance(dms, out.set_replication_instance(),
                 TRY(dms.catalogue().modify<ReplicationInstance>(
                     cause_of(call, "ModifyReplicationInstance"), scope_of(call),
                     in.replication_instance_arn(), change, with)));
    return {};
}

Verdict reboot(Dms& dms, const CallContext& call, api::RebootReplicationInstance::In in,
               api::RebootReplicationInstance::Out out) {
    if (in.force_failover().value_or(false) && in.force_planned_failover().value_or(false))
        return Fault{FaultCode::invalid_combination,
                     "ForceFailover and ForcePlannedFailover exclude each other"};
    const auto change = [](ReplicationInstance& instance) -> Verdict {
        if (instance.status != status::kAvailable)
            return invalid_state("Replication instance " + instance.name + " is " + instance.status);
        instance.apply(instance.pending);
        instance.pending = {};
        instance.status = status::kRebooting;
        return {};
    };
    const auto with = [&](state::Tx& tx, const ReplicationInstance& changed) -> Verdict {
        dms.chores().add(tx, changed);
        return {};
    };
    put_instance(dms, out.set_replication_instance(),
                 TRY(dms.catalogue().modify<ReplicationInstance>(
                     cause_of(call, "RebootReplicationInstance"), scope_of(call),
                     in.replication_instance_arn(), change, with)));
    return {};
}

Verdict remove(Dms& dms, const CallContext& call, api::DeleteReplicationInstance::In in,
               api::DeleteReplicationInstance::Out out) {
    const auto with = [&](state::Tx& tx, const ReplicationInstance& ended) -> Verdict {
        dms.chores().add(tx, ended);
        dms.events().add(tx, EventKind::instance_going, ended);
        return {};
    };
    put_instance(dms, out.set_replication_instance(),
                 TRY(dms.catalogue().retire<ReplicationInstance>(cause_of(call, "DeleteReplicationInstance"),
                                                                 scope_of(call),
                                                                 in.replication_instance_arn(), with)));
    return {};
}

Verdict describe_orderable(Dms& dms, const CallContext& call,
                           api::DescribeOrderableReplicationInstances::In in,
                           api::DescribeOrderableReplicationInstances::Out out) {
    const PageAsked page = TRY(page_in(dms, call, "orderable", {}, in.max_records(), in.marker()));
    struct Order {
        std::string position;
        std::string_view version;
        const InstanceClass* instance_class;
    };
    std::vector<Order> orders;
    for (const std::string_view version : kEngineVersions)
        for (const InstanceClass& each : instance_classes())
            orders.push_back({std::string{version} + "/" + std::string{each.name}, version, &each});
    std::ranges::sort(orders, {}, &Order::position);
    out.start_orderable_replication_instances();
    put_page(
        dms, page, orders, [](const Order& order) -> const std::string& { return order.position; },
        [&](const Order& order) {
            auto one = out.add_orderable_replication_instances();
            one.set_engine_version(order.version);
            one.set_replication_instance_class(order.instance_class->name);
            one.set_storage_type("gp2");
            one.set_min_allocated_storage(kStorageMin);
            one.set_max_allocated_storage(kStorageMax);
            one.set_default_allocated_storage(kStorageDefault);
            one.set_included_allocated_storage(kStorageDefault);
            one.add_availability_zones(call.region + "a");
            one.add_availability_zones(call.region + "b");
            one.set_release_status("prod");
        },
        out);
    return {};
}

Verdict describe_versions(Dms& dms, const CallContext& call, api::DescribeEngineVersions::In in,
                          api::DescribeEngineVersions::Out out) {
    const PageAsked page = TRY(page_in(dms, call, "versions", {}, in.max_records(), in.marker()));
    std::vector<std::string> versions{std::begin(kEngineVersions), std::end(kEngineVersions)};
    out.start_engine_versions();
    put_page(
        dms, page, versions, [](const std::string& version) -> const std::string& { return version; },
        [&](const std::string& version) {
            auto one = out.add_engine_versions();
            one.set_version(version);
            one.set_lifecycle("ACTIVE");
            one.set_release_status("prod");
            one.start_available_upgrades();
            for (const std::string& later : versions)
                if (later > version) one.add_available_upgrades(later);
        },
        out);
    return {};
}

}  // namespace

void register_instances(Operations& operations, Dms& dms) {
    on<api::CreateReplicationInstance>(operations, dms, create);
    on<api::DescribeReplicationInstances>(operations, dms, describe);
    on<api::ModifyReplicationInstance>(operations, dms, modify);
    on<api::RebootReplicationInstance>(operations, dms, reboot);
    on<api::DeleteReplicationInstance>(operations, dms, remove);
    on<api::DescribeOrderableReplicationInstances>(operations, dms, describe_orderable);
    on<api::DescribeEngineVersions>(operations, dms, describe_versions);
}

}  // namespace landfall::dms
