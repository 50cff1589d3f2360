// Snapshots: describe and delete. They are made by imports; volumes come later.
#include "services/ec2/api_listing.hpp"

namespace landfall::ec2 {
namespace {

void put_snapshot(api::out::Snapshot out, const Stored<Snapshot>& stored) {
    const Snapshot& snapshot = stored.value;
    out.set_snapshot_id(snapshot.id);
    out.set_description(snapshot.description);
    out.set_state(snapshot.state);
    out.set_volume_id(snapshot.volume_id);
    out.set_volume_size(static_cast<std::int32_t>(gib_of(snapshot.size)));
    out.set_full_snapshot_size_in_bytes(static_cast<std::int64_t>(snapshot.stored.count));
    out.set_start_time(snapshot.started);
    if (snapshot.completed.ns != 0) out.set_completion_time(snapshot.completed);
    out.set_progress(snapshot.state == "completed" ? "100%" : "0%");
    out.set_owner_id(stored.scope.account);
    out.set_encrypted(false);
    out.set_storage_tier("standard");
    put_tags(out, snapshot.tags);
}

/// The image that an existing snapshot backs, if any.
Result<std::string> image_using(const Ec2& ec2, const Scope& scope, const std::string& snapshot_id) {
    const auto images = TRY(ec2.records().by_index<Image>(scope, {"snapshot", snapshot_id}));
    return images.empty() ? std::string{} : images.front().value.id;
}

Answer describe_snapshots(Ec2& ec2, const CallContext& call, api::DescribeSnapshots::In in,
                          api::DescribeSnapshots::Out out) {
    About<Snapshot> about{.operation = "DescribeSnapshots"};
    const auto owners = in.owner_ids();
    const auto is_caller = [&](std::string_view owner) { return owner == "self" || owner == call.account; };
    if (!owners.empty() && std::none_of(owners.begin(), owners.end(), is_caller)) {
        about.also = [](const Stored<Snapshot>&) { return false; };
        about.also_words = "others'";
    }
    auto found = describe(ec2, call, in, in.snapshot_ids(), about);
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& listing = std::get<Listing<Snapshot>>(found);
    out.start_snapshots();
    for (const Stored<Snapshot>& snapshot : listing.items) put_snapshot(out.add_snapshots(), snapshot);
    if (!listing.next_token.empty()) out.set_next_token(listing.next_token);
    return Answer::success();
}

Answer delete_snapshot(Ec2& ec2, const CallContext& call, api::DeleteSnapshot::In in) {
    auto found = find_one<Snapshot>(ec2, call, in.snapshot_id());
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& stored = std::get<Stored<Snapshot>>(found);
    const auto image = image_using(ec2, stored.scope, stored.value.id);
    if (!image.ok()) return told(image.error());
    if (!image->empty())
        return ApiError{errors::kInvalidSnapshotInUse,
                        "The snapshot " + stored.value.id + " is currently in use by " + *image};
    state::Tx tx{cause_of(call, "DeleteSnapshot")};
    tx.erase(Records::key<Snapshot>(stored.scope, stored.value.id), stored.version);
    const auto done = ec2.parts().state.commit(std::move(tx));
    // Somebody changed it meanwhile (tagged it, registered an image from it): looked at again.
    if (done.is(Errc::precondition)) return delete_snapshot(ec2, call, in);
    if (done.is(Errc::not_found))
        return ApiError{errors::kInvalidSnapshotNotFound, IdWords<Snapshot>::missing(stored.value.id)};
    if (!done.ok()) return told(done.error());
    // The record is gone, so nobody finds the root any more; if this is cut off, the next start drops it.
    const blocks::Lease lease = ec2.parts().blocks.lease();
    const blocks::RefChange drop{snapshot_ref(stored.value.id), blocks::Anything{}, std::nullopt};
    const auto dropped = ec2.parts().blocks.commit(lease, {&drop, 1});
    if (!dropped.ok()) return told(dropped.error());
    return Answer::success();
}

}  // namespace

void register_snapshots(Operations& operations, Ec2& ec2) {
    operations.on<api::DescribeSnapshots>(
        [&ec2](const CallContext& call, api::DescribeSnapshots::In in, api::DescribeSnapshots::Out out) {
            return describe_snapshots(ec2, call, in, out);
        });
    operations.on<api::DeleteSnapshot>(
        [&ec2](const CallContext& call, api::DeleteSnapshot::In in, api::DeleteSnapshot::Out) {
            return delete_snapshot(ec2, call, in);
        });
}

}  // namespace landfall::ec2
