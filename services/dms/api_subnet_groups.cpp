// Replication subnet groups: stored. Instances run in this server, whatever subnets they name.
#include "services/dms/api_replication.hpp"

namespace landfall::dms {
namespace {

Verdict create(Dms& dms, const CallContext& call, api::CreateReplicationSubnetGroup::In in,
               api::CreateReplicationSubnetGroup::Out out) {
    const std::string name = lowered(in.replication_subnet_group_identifier());
    SubnetGroup group{.self = {scope_of(call), name},
                      .name = name,
                      .description = std::string{in.replication_subnet_group_description()}};
    for (const std::string_view subnet : in.subnet_ids()) group.subnets.emplace_back(subnet);
    group.tags = TRY(tags_in(in.tags()));
    put_subnet_group(
        out.set_replication_subnet_group(),
        TRY(dms.catalogue().create(cause_of(call, "CreateReplicationSubnetGroup"), std::move(group))));
    return {};
}

Verdict describe(Dms& dms, const CallContext& call, api::DescribeReplicationSubnetGroups::In in,
                 api::DescribeReplicationSubnetGroups::Out out) {
    const Filters filters = TRY(filters_in(in.filters(), {"replication-subnet-group-id"}));
    const PageAsked page = TRY(page_in(dms, call, "subnets", filters, in.max_records(), in.marker()));
    auto groups = TRY(dms.catalogue().list<SubnetGroup>(scope_of(call)));
    std::erase_if(groups, [&](const SubnetGroup& each) {
        return !passes_lowered(filters, "replication-subnet-group-id", each.name);
    });
    if (groups.empty() && !filters.empty())
        return Fault{FaultCode::not_found, "No replication subnet groups found matching the filters"};
    out.start_replication_subnet_groups();
    put_page(
        dms, page, groups, [](const SubnetGroup& each) -> const std::string& { return each.name; },
        [&](const SubnetGroup& each) { put_subnet_group(out.add_replication_subnet_groups(), each); }, out);
    return {};
}

Verdict modify(Dms& dms, const CallContext& call, api::ModifyReplicationSubnetGroup::In in,
               api::ModifyReplicationSubnetGroup::Out out) {
    const auto change = [&](SubnetGroup& group) -> Verdict {
        if (in.replication_subnet_group_description())
            group.description = *in.replication_subnet_group_description();
        group.subnets.clear();
        for (const std::string_view subnet : in.subnet_ids()) group.subnets.emplace_back(subnet);
        return {};
    };
    put_subnet_group(out.set_replication_subnet_group(),
                     TRY(dms.catalogue().modify<SubnetGroup>(
                         cause_of(call, "ModifyReplicationSubnetGroup"), scope_of(call),
                         lowered(in.replication_subnet_group_identifier()), change)));
    return {};
}

Verdict remove(Dms& dms, const CallContext& call, api::DeleteReplicationSubnetGroup::In in,
               api::DeleteReplicationSubnetGroup::Out) {
    TRY(dms.catalogue().remove<SubnetGroup>(cause_of(call, "DeleteReplicationSubnetGroup"), scope_of(call),
                                            lowered(in.replication_subnet_group_identifier())));
    return {};
}

}  // namespace

SubnetGroup default_subnet_group() {
    return {.name = "default", .description = "of instances that name no group"};
}

void put_subnet_group(api::out::ReplicationSubnetGroup out, const SubnetGroup& group) {
    out.set_replication_subnet_group_identifier(group.name);
    out.set_replication_subnet_group_description(group.description);
    out.set_vpc_id("vpc-default");
    out.set_subnet_group_status("Complete");
    out.start_subnets();
    for (const std::string& subnet : group.subnets) {
        auto one = out.add_subnets();
        one.set_subnet_identifier(subnet);
        one.set_subnet_status("Active");
    }
    out.add_supported_network_types("IPV4");
}

void register_subnet_groups(Operations& operations, Dms& dms) {
    on<api::CreateReplicationSubnetGroup>(operations, dms, create);
    on<api::DescribeReplicationSubnetGroups>(operations, dms, describe);
    on<api::ModifyReplicationSubnetGroup>(operations, dms, modify);
    on<api::DeleteReplicationSubnetGroup>(operations, dms, remove);
}

}  // namespace landfall::dms
