// Volumes, as they are read: they are made, attached and deleted with their instances.
#include "services/ec2/api_listing.hpp"

namespace landfall::ec2 {
namespace {

std::string zone_id_of(const Scope& scope, const std::string& zone) {
    for (const Subnet& subnet : default_network(scope.account, scope.region).subnets)
        if (subnet.zone == zone) return subnet.zone_id;
    return {};
}

void put_volume(api::out::Volume out, const Stored<Volume>& stored) {
    const Volume& volume = stored.value;
    out.set_volume_id(volume.id);
    out.set_size(static_cast<std::int32_t>(volume.size_gib));
    out.set_snapshot_id(volume.snapshot_id);
    out.set_availability_zone(volume.zone);
    out.set_availability_zone_id(zone_id_of(stored.scope, volume.zone));
    out.set_state("in-use");
    out.set_create_time(volume.created);
    out.set_volume_type(volume.type);
    if (const std::uint32_t iops = iops_of(volume)) out.set_iops(static_cast<std::int32_t>(iops));
    if (const std::uint32_t rate = throughput_of(volume)) out.set_throughput(static_cast<std::int32_t>(rate));
    out.set_encrypted(false);
    out.set_multi_attach_enabled(false);
    auto attachment = out.add_attachments();
    attachment.set_volume_id(volume.id);
    attachment.set_instance_id(volume.instance_id);
    attachment.set_device(volume.device_name);
    attachment.set_state("attached");
    attachment.set_attach_time(volume.created);
    attachment.set_delete_on_termination(volume.delete_on_termination);
    put_tags(out, volume.tags);
}

Answer describe_volumes(Ec2& ec2, const CallContext& call, api::DescribeVolumes::In in,
                        api::DescribeVolumes::Out out) {
    auto found = describe(ec2, call, in, in.volume_ids(), About<Volume>{.operation = "DescribeVolumes"});
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& listing = std::get<Listing<Volume>>(found);
    out.start_volumes();
    for (const Stored<Volume>& volume : listing.items) put_volume(out.add_volumes(), volume);
    if (!listing.next_token.empty()) out.set_next_token(listing.next_token);
    return Answer::success();
}

/// A volume is as well as the machine says: a disk error or a full disk under it impairs it.
enum class Wellness : std::uint8_t { ok, impaired };

Wellness wellness_of(Ec2& ec2, const Volume& volume) {
    const auto id = machines::MachineId::parse(volume.instance_id);
    if (ec2.machines().host() == nullptr || !id.ok()) return Wellness::ok;
    const auto view = ec2.machines().host()->view(*id);
    if (!view.ok()) return Wellness::ok;
    const bool bad =
        view->health == machines::Health::disk_error || view->health == machines::Health::disk_full;
    return bad ? Wellness::impaired : Wellness::ok;
}

void put_status(api::out::VolumeStatusItem out, const Stored<Volume>& stored, Wellness wellness) {
    const bool impaired = wellness == Wellness::impaired;
    out.set_volume_id(stored.value.id);
    out.set_availability_zone(stored.value.zone);
    out.set_availability_zone_id(zone_id_of(stored.scope, stored.value.zone));
    auto status = out.set_volume_status();
    status.set_status(impaired ? "impaired" : "ok");
    auto enabled = status.add_details();
    enabled.set_name("io-enabled");
    enabled.set_status(impaired ? "failed" : "passed");
    out.add_attachment_statuses().set_instance_id(stored.value.instance_id);
    out.start_actions();
    out.start_events();
}

Answer describe_status(Ec2& ec2, const CallContext& call, api::DescribeVolumeStatus::In in,
                       api::DescribeVolumeStatus::Out out) {
    auto found = describe(ec2, call, in, in.volume_ids(), About<Volume>{.operation = "DescribeVolumeStatus"});
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& listing = std::get<Listing<Volume>>(found);
    out.start_volume_statuses();
    for (const Stored<Volume>& volume : listing.items)
        put_status(out.add_volume_statuses(), volume, wellness_of(ec2, volume.value));
    if (!listing.next_token.empty()) out.set_next_token(listing.next_token);
    return Answer::success();
}

Answer describe_attribute(Ec2& ec2, const CallContext& call, api::DescribeVolumeAttribute::In in,
                          api::DescribeVolumeAttribute::Out out) {
    auto found = find_one<Volume>(ec2, call, in.volume_id());
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    out.set_volume_id(in.volume_id());
    if (in.attribute() == "autoEnableIO") out.set_auto_enable_io().set_value(false);
    if (in.attribute() == "productCodes") out.start_product_codes();
    return Answer::success();
}

}  // namespace

void register_volumes(Operations& operations, Ec2& ec2) {
    operations.on<api::DescribeVolumes>(
        [&ec2](const CallContext& call, api::DescribeVolumes::In in, api::DescribeVolumes::Out out) {
            return describe_volumes(ec2, call, in, out);
        });
    operations.on<api::DescribeVolumeStatus>(
        [&ec2](const CallContext& call, api::DescribeVolumeStatus::In in,
               api::DescribeVolumeStatus::Out out) { return describe_status(ec2, call, in, out); });
    operations.on<api::DescribeVolumeAttribute>(
        [&ec2](const CallContext& call, api::DescribeVolumeAttribute::In in,
               api::DescribeVolumeAttribute::Out out) { return describe_attribute(ec2, call, in, out); });
}

}  // namespace landfall::ec2
