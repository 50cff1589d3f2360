// What an account has and may have; maintenance, of which there is none; logs of tasks.
#include "services/dms/api_replication.hpp"
#include "services/dms/work_tasks.hpp"

namespace landfall::dms {
namespace {

Verdict describe_account(Dms& dms, const CallContext& call, api::DescribeAccountAttributes::In,
                         api::DescribeAccountAttributes::Out out) {
    const Scope scope = scope_of(call);
    std::int64_t storage = 0;
    const auto instances = TRY(dms.catalogue().list<ReplicationInstance>(scope));
    for (const ReplicationInstance& each : instances) storage += each.storage_gib;
    const auto put = [&](std::string_view name, std::size_t used, std::int64_t most) {
        auto quota = out.add_account_quotas();
        quota.set_account_quota_name(name);
        quota.set_used(static_cast<std::int64_t>(used));
        quota.set_max(most);
    };
    constexpr std::int64_t kMost = kThingsMax;
    put("ReplicationInstances", instances.size(), kMost);
    put("AllocatedStorage", static_cast<std::size_t>(storage), kMost * kStorageMax);
    put("ReplicationSubnetGroups", TRY(dms.catalogue().list<SubnetGroup>(scope)).size(), kMost);
    put("Endpoints", TRY(dms.catalogue().list<Endpoint>(scope)).size(), kMost);
    put("ReplicationTasks", TRY(dms.catalogue().list<Task>(scope)).size(), kMost);
    put("EventSubscriptions", TRY(dms.catalogue().list<EventSubscription>(scope)).size(), kMost);
    put("Certificates", TRY(dms.catalogue().list<Certificate>(scope)).size(), kMost);
    out.set_unique_account_identifier("dms-" + call.account);
    return {};
}

Verdict describe_pending(Dms& dms, const CallContext& call, api::DescribePendingMaintenanceActions::In in,
                         api::DescribePendingMaintenanceActions::Out out) {
    TRY(filters_in(in.filters(), {"replication-instance-arn", "replication-instance-id"}));
    if (in.replication_instance_arn())
        TRY(dms.catalogue().find<ReplicationInstance>(scope_of(call), *in.replication_instance_arn()));
    out.start_pending_maintenance_actions();
    return {};
}

Verdict describe_logs(Dms& dms, const CallContext& call, api::DescribeReplicationInstanceTaskLogs::In in,
                      api::DescribeReplicationInstanceTaskLogs::Out out) {
    const auto instance =
        TRY(dms.catalogue().find<ReplicationInstance>(scope_of(call), in.replication_instance_arn()));
    const PageAsked page =
        TRY(page_in(dms, call, "logs/" + instance.value.self.id, {}, in.max_records(), in.marker()));
    auto tasks = TRY(dms.catalogue().list<Task>(scope_of(call)));
    std::erase_if(tasks, [&](const Task& task) { return task.instance != instance.value.self.id; });
    out.set_replication_instance_arn(arn_of(instance.value.self, ReplicationInstance::kThing));
    out.start_replication_instance_task_logs();
    put_page(
        dms, page, tasks, [](const Task& task) -> const std::string& { return task.name; },
        [&](const Task& task) {
            auto one = out.add_replication_instance_task_logs();
            one.set_replication_task_name(task.name);
            one.set_replication_task_arn(arn_of(task.self, Task::kThing));
            // Logs are the lines of a task's jobs, which take no storage of an instance.
            one.set_replication_instance_task_log_size(0);
        },
        out);
    return {};
}

}  // namespace

void register_account(Operations& operations, Dms& dms) {
    on<api::DescribeAccountAttributes>(operations, dms, describe_account);
    on<api::DescribePendingMaintenanceActions>(operations, dms, describe_pending);
    on<api::DescribeReplicationInstanceTaskLogs>(operations, dms, describe_logs);
}

}  // namespace landfall::dms
