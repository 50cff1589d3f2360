// DB instances: start, stop, reboot, delete.
#include "services/rds/api.hpp"

namespace landfall::rds {
namespace {

Verdict start(Rds& rds, const CallContext& call, api::StartDBInstance::In in, api::StartDBInstance::Out out) {
    const auto alter = [](DbInstance& instance) -> Verdict {
        TRY(need_status(
            instance, {status::kStopped, status::kFailed, status::kBadParameters},
            "cannot be started as it is not in one of the following statuses: 'stopped, failed'"));
        instance.status = status::kStarting;
        return {};
    };
    put_instance(rds, call, out.set_db_instance(),
                 TRY(rds.instances().change(cause_of(call, "StartDBInstance"), scope_of(call),
                                            in.db_instance_identifier(), task::kStart, alter)));
    return {};
}

Verdict stop(Rds& rds, const CallContext& call, api::StopDBInstance::In in, api::StopDBInstance::Out out) {
    if (in.db_snapshot_identifier())
        return invalid_combination(
            "DB snapshots are not made by this server: leave DBSnapshotIdentifier out");
    const auto alter = [](DbInstance& instance) -> Verdict {
        TRY(need_status(instance, {status::kAvailable}, "is not in available state."));
        instance.status = status::kStopping;
        return {};
    };
    put_instance(rds, call, out.set_db_instance(),
                 TRY(rds.instances().change(cause_of(call, "StopDBInstance"), scope_of(call),
                                            in.db_instance_identifier(), task::kStop, alter)));
    return {};
}

Verdict reboot(Rds& rds, const CallContext& call, api::RebootDBInstance::In in,
               api::RebootDBInstance::Out out) {
    if (in.force_failover().value_or(false))
        return invalid_combination("Cannot perform a failover of a DB instance that is not Multi-AZ");
    const auto alter = [](DbInstance& instance) -> Verdict {
        TRY(need_status(instance, {status::kAvailable, status::kFailed, status::kBadParameters},
                        "is not in available state."));
        instance.status = status::kRebooting;
        return {};
    };
    put_instance(rds, call, out.set_db_instance(),
                 TRY(rds.instances().change(cause_of(call, "RebootDBInstance"), scope_of(call),
                                            in.db_instance_identifier(), task::kReboot, alter)));
    return {};
}

Verdict check_final_snapshot(api::DeleteDBInstance::In in) {
    const bool skipped = in.skip_final_snapshot().value_or(false);
    const bool named = in.final_db_snapshot_identifier().has_value();
    if (skipped && named)
        return invalid_combination(
            "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true");
    if (!skipped && !named)
        return invalid_combination(
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.");
    if (named)
        return invalid_combination(
            "Final DB snapshots are not made by this server: SkipFinalSnapshot must be true");
    return {};
}

Verdict remove(Rds& rds, const CallContext& call, api::DeleteDBInstance::In in,
               api::DeleteDBInstance::Out out) {
    TRY(rds.instances().find(scope_of(call), in.db_instance_identifier()));
    TRY(check_final_snapshot(in));
    const auto alter = [](DbInstance& instance) -> Verdict {
        if (instance.status == status::kDeleting)
            return Fault{FaultCode::instance_state,
                         "Instance " + instance.self.name + " is already being deleted."};
        if (instance.protected_from_deletion)
            return invalid_combination(
                "Cannot delete protected DB Instance, please disable deletion protection and "
                "try again.");
        TRY(need_status(instance,
                        {status::kAvailable, status::kStopped, status::kFailed, status::kBadParameters},
                        "is currently " + instance.status + " and cannot be deleted."));
        instance.status = status::kDeleting;
        return {};
    };
    put_instance(rds, call, out.set_db_instance(),
                 TRY(rds.instances().change(cause_of(call, "DeleteDBInstance"), scope_of(call),
                                            in.db_instance_identifier(), task::kDelete, alter)));
    return {};
}

}  // namespace

void register_changes(Operations& operations) {
    operations.on<api::StartDBInstance>(start);
    operations.on<api::StopDBInstance>(stop);
    operations.on<api::RebootDBInstance>(reboot);
    operations.on<api::DeleteDBInstance>(remove);
}

}  // namespace landfall::rds
