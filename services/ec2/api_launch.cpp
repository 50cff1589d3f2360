// RunInstances: from an image to a machine's job.
#include "base/encoding.hpp"
#include "services/ec2/api.hpp"
#include "services/ec2/api_instance_view.hpp"
#include "services/ec2/instance_types.hpp"
#include "services/ec2/network.hpp"

namespace landfall::ec2 {
namespace {

constexpr Duration kTokenLife = std::chrono::hours{24};
constexpr std::size_t kUserDataMax = 16 * 1024;
constexpr std::int32_t kCountMax = 64;

/// What RunInstances does not do yet is refused, not ignored.
std::optional<ApiError> unsupported(api::RunInstances::In in) {
    const auto refuse = [](std::string_view what) {
        return ApiError{errors::kUnsupportedOperation, std::string{what} + " is not supported yet"};
    };
    if (in.launch_template()) return refuse("A launch template");
    if (in.instance_market_options()) return refuse("A spot request");
    if (in.iam_instance_profile()) return refuse("An instance profile");
    if (in.hibernation_options() && in.hibernation_options().configured().value_or(false))
        return refuse("Hibernation");
    if (in.has_kernel_id() || in.has_ramdisk_id()) return refuse("A kernel or ramdisk of its own");
    return std::nullopt;
}

Found<std::string> user_data_in(api::RunInstances::In in) {
    const std::string_view encoded = in.user_data().value_or("");
    const auto decoded = base64_decode(encoded);
    if (!decoded.ok())
        return ApiError{errors::kInvalidUserDataMalformed, "Invalid BASE64 encoding of user data."};
    if (decoded->size() > kUserDataMax)
        return ApiError{errors::kInvalidParameterValue, "User data is limited to 16384 bytes"};
    return std::string{text_of(*decoded)};
}

/// The subnet asked for (alone or in the first interface), or the first one.
Found<Subnet> subnet_in(api::RunInstances::In in, const DefaultNetwork& network) {
    std::string_view asked = in.subnet_id().value_or("");
    if (asked.empty() && !in.network_interfaces().empty())
        asked = in.network_interfaces().front().subnet_id().value_or("");
    const std::string_view zone = in.placement() ? in.placement().availability_zone().value_or("") : "";
    for (const Subnet& subnet : network.subnets)
        if ((asked.empty() || subnet.id == asked) && (zone.empty() || subnet.zone == zone)) return subnet;
    if (!asked.empty())
        return ApiError{errors::kInvalidSubnetIDNotFound,
                        "The subnet ID '" + std::string{asked} + "' does not exist"};
    return ApiError{errors::kInvalidParameterValue, "Invalid availability zone: [" + std::string{zone} + "]"};
}

std::optional<ApiError> wrong_group(api::RunInstances::In in, const DefaultNetwork& network) {
    const auto refuse = [](std::string_view group) {
        return ApiError{errors::kInvalidGroupNotFound,
                        "The security group '" + std::string{group} + "' does not exist"};
    };
    for (const std::string_view id : in.security_group_ids())
        if (id != network.group_id) return refuse(id);
    for (const std::string_view name : in.security_groups())
        if (name != "default") return refuse(name);
    return std::nullopt;
}

/// The image's devices with what the call says about them: a larger size, a type.
Found<std::vector<BlockDevice>> devices_in(api::RunInstances::In in, const Image& image) {
    std::vector<BlockDevice> devices = image.devices;
    for (const auto mapping : in.block_device_mappings()) {
        const std::string name{mapping.device_name().value_or("")};
        const auto same = [&](const BlockDevice& d) { return d.device_name == name; };
        const auto device = std::find_if(devices.begin(), devices.end(), same);
        if (device == devices.end() || !mapping.ebs())
            return ApiError{errors::kInvalidBlockDeviceMapping,
                            "The image has no device " + name + "; further volumes are not supported yet"};
        const auto size = mapping.ebs().volume_size();
        if (size && *size < static_cast<std::int32_t>(device->size_gib))
            return ApiError{errors::kInvalidBlockDeviceMapping,
                            "Volume of size " + std::to_string(*size) + "GB is smaller than snapshot '" +
                                device->snapshot_id +
                                "', expect size >= " + std::to_string(device->size_gib) + "GB"};
        if (size) device->size_gib = static_cast<std::uint32_t>(*size);
        device->volume_type = std::string{mapping.ebs().volume_type().value_or(device->volume_type)};
        device->delete_on_termination = mapping.ebs().delete_on_termination().value_or(true);
    }
    return devices;
}

/// Everything that the instances of one call have in common.
Found<Instance> pattern_in(Ec2& ec2, const CallContext& call, api::RunInstances::In in) {
    if (auto refused = unsupported(in)) return *std::move(refused);
    if (!in.image_id())
        return ApiError{errors::kMissingParameter, "The request must contain the parameter ImageId"};
    auto image = find_one<Image>(ec2, call, *in.image_id());
    if (auto* error = std::get_if<ApiError>(&image)) return std::move(*error);
    const Image& source = std::get<Stored<Image>>(image).value;
    const std::string type{in.instance_type().value_or(kDefaultInstanceType)};
    if (find_instance_type(type) == nullptr)
        return ApiError{errors::kInvalidParameterValue, "Invalid value '" + type + "' for InstanceType."};
    const DefaultNetwork network = default_network(call.account, call.region);
    auto subnet = subnet_in(in, network);
    if (auto* error = std::get_if<ApiError>(&subnet)) return std::move(*error);
    if (auto refused = wrong_group(in, network)) return *std::move(refused);
    auto devices = devices_in(in, source);
    if (auto* error = std::get_if<ApiError>(&devices)) return std::move(*error);
    auto user_data = user_data_in(in);
    if (auto* error = std::get_if<ApiError>(&user_data)) return std::move(*error);

    Instance instance;
    instance.image_id = source.id;
    instance.type = type;
    instance.client_token = std::string{in.client_token().value_or("")};
    instance.user_data = std::get<std::string>(std::move(user_data));
    instance.subnet_id = std::get<Subnet>(subnet).id;
    instance.group_ids = {network.group_id};
    instance.shutdown_behavior = std::string{in.instance_initiated_shutdown_behavior().value_or("stop")};
    instance.termination_protected = in.disable_api_termination().value_or(false);
    instance.architecture = source.architecture;
    instance.boot_mode = source.boot_mode;
    instance.root_device_name = source.root_device_name;
    instance.devices = std::get<std::vector<BlockDevice>>(std::move(devices));
    instance.tags = tags_in(in.tag_specifications(), "instance");
    const Status tags = check_tags(instance.tags);
    if (!tags.ok()) return told(tags.error());
    if (in.key_name())
        return ApiError{errors::kInvalidKeyPairNotFound,
                        "The key pair '" + std::string{*in.key_name()} + "' does not exist"};
    return instance;
}

/// Gives one instance of the call its own ids and addresses.
Instance individual(Ec2& ec2, const Instance& pattern, const Subnet& subnet, std::uint32_t index) {
    Instance instance = pattern;
    instance.id = "i-" + ec2.parts().random.hex(17);
    instance.launch_index = index;
    instance.launched = ec2.parts().clock.now();
    instance.private_address = private_address(subnet, instance.id);
    instance.mac_address = mac_address(instance.id);
    instance.interface_id = derived_id("eni-", instance.id);
    for (std::size_t i = 0; i < instance.devices.size(); ++i) {
        instance.devices[i].volume_id = derived_id("vol-", instance.id + "/" + std::to_string(i));
        instance.devices[i].attached = instance.launched;
    }
    return instance;
}

std::string params_of(const Instance& pattern, std::int32_t least, std::int32_t most) {
    std::string text = pattern.image_id + '\x1f' + pattern.type + '\x1f' + pattern.subnet_id + '\x1f' +
                       pattern.user_data + '\x1f' + std::to_string(least) + '\x1f' + std::to_string(most);
    for (const BlockDevice& device : pattern.devices)
        text += '\x1e' + device.device_name + '\x1f' + std::to_string(device.size_gib);
    return text;
}

/// The answer to a repeated client token: the reservation as it is now.
Answer repeat(Ec2& ec2, const CallContext& call, const std::string& reservation, api::RunInstances::Out out) {
    const auto all = ec2.records().all<Instance>(scope_of(call));
    if (!all.ok()) return told(all.error());
    put_reservation(out, reservation, scope_of(call));
    for (const Stored<Instance>& instance : *all)
        if (instance.value.reservation_id == reservation)
            put_instance(out.add_instances(), instance.value, instance.scope);
    return Answer::success();
}

Answer launch(Ec2& ec2, const CallContext& call, const Instance& pattern, std::uint32_t count,
              const Once& once, api::RunInstances::Out out) {
    const Scope scope = scope_of(call);
    const DefaultNetwork network = default_network(scope.account, scope.region);
    const Subnet& subnet = subnet_of(network, pattern.subnet_id);
    std::vector<Instance> made;
    state::Tx tx{cause_of(call, "RunInstances")};
    for (std::uint32_t i = 0; i < count; ++i) {
        made.push_back(individual(ec2, pattern, subnet, i));
        jobs::NewJob job{.kind = std::string{kLaunchJob}, .account = scope.account, .region = scope.region};
        job.resource = Records::key<Instance>(scope, made.back().id);
        job.params.set("instance", made.back().id);
        tx.create(Records::resource(scope, made.back()));
        ec2.parts().jobs.add_to(tx, std::move(job));
    }
    for (const BlockDevice& device : pattern.devices)
        tx.require(Records::key<Snapshot>(scope, device.snapshot_id));
    if (!once.key.token.empty())
        tx.remember(once.key, pattern.reservation_id, ec2.parts().clock.now() + kTokenLife);
    const auto done = ec2.parts().state.commit(std::move(tx));
    if (!done.ok()) return told(done.error());
    put_reservation(out, pattern.reservation_id, scope);
    for (const Instance& instance : made) put_instance(out.add_instances(), instance, scope);
    return Answer::success();
}

Answer run_instances(Ec2& ec2, const CallContext& call, api::RunInstances::In in,
                     api::RunInstances::Out out) {
    const std::int32_t least = in.min_count();
    const std::int32_t most = in.max_count();
    if (least < 1 || most < least || most > kCountMax)
        return ApiError{errors::kInvalidParameterValue,
                        "Invalid value for the number of instances: MinCount must be "
                        "at least 1, MaxCount between MinCount and 64"};
    auto read = pattern_in(ec2, call, in);
    if (auto* error = std::get_if<ApiError>(&read)) return std::move(*error);
    auto& pattern = std::get<Instance>(read);
    auto once = once_of(ec2, call, "RunInstances", in.client_token(), params_of(pattern, least, most));
    if (auto* error = std::get_if<ApiError>(&once)) return std::move(*error);
    if (const auto& first = std::get<Once>(once).answer) return repeat(ec2, call, *first, out);
    if (ec2.machines().host() == nullptr)
        return ApiError{errors::kInsufficientInstanceCapacity,
                        "This server runs no machines: QEMU is not installed"};
    pattern.reservation_id = "r-" + ec2.parts().random.hex(17);
    return launch(ec2, call, pattern, static_cast<std::uint32_t>(most), std::get<Once>(once), out);
}

}  // namespace

void register_launch(Operations& operations, Ec2& ec2) {
    operations.on<api::RunInstances>(
        [&ec2](const CallContext& call, api::RunInstances::In in, api::RunInstances::Out out) {
            return run_instances(ec2, call, in, out);
        });
}

}  // namespace landfall::ec2
