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
constexpr int kAttemptsMax = 16;

/// What the instances of one call have in common.
struct Launch {
    Instance pattern;
    Subnet subnet;
    std::optional<std::uint32_t> host;  ///< of the subnet, where the caller asked for an address
    std::string interface_description;
    Tags volume_tags;
    Tags interface_tags;
    std::uint32_t count = 1;
};

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
    if (in.ipv6_address_count().value_or(0) > 0 || !in.ipv6_addresses().empty()) return refuse("IPv6");
    const auto interfaces = in.network_interfaces();
    if (interfaces.size() > 1) return refuse("More than one network interface");
    for (const auto nic : interfaces) {
        if (nic.device_index().value_or(0) != 0) return refuse("A network interface that is not the first");
        if (nic.network_interface_id()) return refuse("A network interface that exists already");
        if (!nic.delete_on_termination().value_or(true)) return refuse("Keeping a network interface");
        if (nic.associate_public_ip_address().value_or(false)) return refuse("A public address");
        if (nic.secondary_private_ip_address_count().value_or(0) > 0) return refuse("A secondary address");
        if (nic.private_ip_addresses().size() > 1) return refuse("A secondary address");
        if (nic.ipv6_address_count().value_or(0) > 0 || !nic.ipv6_addresses().empty()) return refuse("IPv6");
    }
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
    for (const auto nic : in.network_interfaces())
        for (const std::string_view id : nic.groups())
            if (id != network.group_id) return refuse(id);
    return std::nullopt;
}

/// The address that the caller asked for, alone or in the first interface.
std::string_view address_in(api::RunInstances::In in) {
    if (in.private_ip_address()) return *in.private_ip_address();
    if (in.network_interfaces().empty()) return {};
    const auto nic = in.network_interfaces().front();
    if (nic.private_ip_address()) return *nic.private_ip_address();
    if (nic.private_ip_addresses().empty()) return {};
    return nic.private_ip_addresses().front().private_ip_address().value_or("");
}

ApiError bad_mapping(std::string text) { return {errors::kInvalidBlockDeviceMapping, std::move(text)}; }

/// What a mapping says about one device of the image.
std::optional<ApiError> adjust(BlockDevice& device, const api::in::EbsBlockDevice& ebs) {
    if (auto refused = wrong_encryption(ebs.encrypted(), ebs.kms_key_id())) return refused;
    if (ebs.snapshot_id() && *ebs.snapshot_id() != device.snapshot_id)
        return bad_mapping("snapshotId cannot be modified on device " + device.device_name);
    const auto size = ebs.volume_size();
    if (size && *size < static_cast<std::int32_t>(device.size_gib))
        return bad_mapping("Volume of size " + std::to_string(*size) + "GB is smaller than snapshot '" +
                           device.snapshot_id + "', expect size >= " + std::to_string(device.size_gib) +
                           "GB");
    if (size) device.size_gib = static_cast<std::uint32_t>(*size);
    if (ebs.volume_type()) device.volume_type = std::string{*ebs.volume_type()};
    if (!volume_type_is_known(device.volume_type))
        return ApiError{errors::kUnknownVolumeType,
                        "Unsupported volume type '" + device.volume_type + "' for volume creation."};
    const Volume shown{.size_gib = device.size_gib, .type = device.volume_type};
    const auto is = [](std::optional<std::int32_t> asked, std::uint32_t had) {
        return !asked || *asked == static_cast<std::int32_t>(had);
    };
    if (!is(ebs.iops(), iops_of(shown)) || !is(ebs.throughput(), throughput_of(shown)))
        return ApiError{
            errors::kUnsupportedOperation,
            "Provisioned IOPS and throughput are not supported yet: a volume is as fast as the disk "
            "that it is on"};
    device.delete_on_termination = ebs.delete_on_termination().value_or(device.delete_on_termination);
    return std::nullopt;
}

/// The image's devices with what the call says about them.
Found<std::vector<BlockDevice>> devices_in(api::RunInstances::In in, const Image& image) {
    std::vector<BlockDevice> devices = image.devices;
    for (const auto mapping : in.block_device_mappings()) {
        const std::string name{mapping.device_name().value_or("")};
        const auto same = [&](const BlockDevice& d) { return d.device_name == name; };
        const auto device = std::find_if(devices.begin(), devices.end(), same);
        if (device == devices.end() || !mapping.ebs())
            return bad_mapping("The image has no device " + name + "; further volumes are not supported yet");
        if (auto refused = adjust(*device, mapping.ebs())) return *std::move(refused);
    }
    for (const BlockDevice& device : devices)
        if (!device.delete_on_termination)
            return ApiError{errors::kUnsupportedOperation,
                            "DeleteOnTermination=false of " + device.device_name +
                                " is not supported yet: a volume ends with its instance"};
    return devices;
}

/// The public half of the key that the caller names.
Found<std::string> public_key_of(const Ec2& ec2, const CallContext& call, std::string_view name) {
    const ApiError missing{errors::kInvalidKeyPairNotFound,
                           "The key pair '" + std::string{name} + "' does not exist"};
    const auto id = ec2.records().holder(key_names(scope_of(call)), name);
    if (!id.ok()) return told(id.error());
    const auto pair = ec2.records().get<KeyPair>(scope_of(call), *id);
    if (pair.is(Errc::not_found)) return missing;
    if (!pair.ok()) return told(pair.error());
    return pair->value.public_text + ' ' + pair->value.name;
}

/// How the instance is to behave: protections, credits, its key.
std::optional<ApiError> behaviour_in(Ec2& ec2, const CallContext& call, api::RunInstances::In in,
                                     Instance& instance) {
    instance.shutdown_behavior = std::string{in.instance_initiated_shutdown_behavior().value_or("stop")};
    instance.termination_protected = in.disable_api_termination().value_or(false);
    instance.stop_protected = in.disable_api_stop().value_or(false);
    if (in.credit_specification()) {
        instance.cpu_credits = std::string{in.credit_specification().cpu_credits()};
        if (!find_instance_type(instance.type)->burstable())
            return ApiError{errors::kInvalidParameterCombination,
                            "The instance type " + instance.type + " does not support credit specification"};
        if (instance.cpu_credits != "standard" && instance.cpu_credits != "unlimited")
            return ApiError{errors::kInvalidParameterValue, "Invalid value '" + instance.cpu_credits +
                                                                "' for CpuCredits: standard or unlimited"};
    }
    if (!in.key_name()) return std::nullopt;
    auto key = public_key_of(ec2, call, *in.key_name());
    if (auto* error = std::get_if<ApiError>(&key)) return std::move(*error);
    instance.key_name = std::string{*in.key_name()};
    instance.public_key = std::get<std::string>(std::move(key));
    return std::nullopt;
}

std::optional<ApiError> tags_of_launch(api::RunInstances::In in, Launch& launch) {
    for (const auto specification : in.tag_specifications()) {
        const std::string_view type = specification.resource_type().value_or("");
        if (type != "instance" && type != "volume" && type != "network-interface")
            return ApiError{
                errors::kInvalidParameterValue,
                "'" + std::string{type} + "' is not a valid taggable resource type for this operation."};
    }
    launch.pattern.tags = tags_in(in.tag_specifications(), "instance");
    launch.volume_tags = tags_in(in.tag_specifications(), "volume");
    launch.interface_tags = tags_in(in.tag_specifications(), "network-interface");
    for (const Tags* tags : {&launch.pattern.tags, &launch.volume_tags, &launch.interface_tags}) {
        const Status checked = check_tags(*tags);
        if (!checked.ok()) return told(checked.error());
    }
    return std::nullopt;
}

std::optional<ApiError> place_of_launch(const CallContext& call, api::RunInstances::In in, Launch& launch) {
    const DefaultNetwork network = default_network(call.account, call.region);
    auto subnet = subnet_in(in, network);
    if (auto* error = std::get_if<ApiError>(&subnet)) return std::move(*error);
    launch.subnet = std::get<Subnet>(std::move(subnet));
    if (auto refused = wrong_group(in, network)) return refused;
    launch.pattern.subnet_id = launch.subnet.id;
    launch.pattern.group_ids = {network.group_id};
    for (const auto nic : in.network_interfaces())
        launch.interface_description = std::string{nic.description().value_or("")};
    const std::string_view address = address_in(in);
    if (address.empty()) return std::nullopt;
    launch.host = host_number(launch.subnet, address);
    if (!launch.host)
        return ApiError{
            errors::kInvalidParameterValue,
            "Address " + std::string{address} + " does not fall within the subnet's address range"};
    if (launch.count != 1)
        return ApiError{errors::kInvalidParameterCombination,
                        "A private address can be given to one instance only"};
    return std::nullopt;
}

/// Everything that the instances of one call have in common.
Found<Launch> launch_in(Ec2& ec2, const CallContext& call, api::RunInstances::In in) {
    if (auto refused = unsupported(in)) return *std::move(refused);
    if (!in.image_id())
        return ApiError{errors::kMissingParameter, "The request must contain the parameter ImageId"};
    auto image = find_one<Image>(ec2, call, *in.image_id());
    if (auto* error = std::get_if<ApiError>(&image)) return std::move(*error);
    const Image& source = std::get<Stored<Image>>(image).value;
    const std::string type{in.instance_type().value_or(kDefaultInstanceType)};
    if (find_instance_type(type) == nullptr)
        return ApiError{errors::kInvalidParameterValue, "Invalid value '" + type + "' for InstanceType."};
    auto devices = devices_in(in, source);
    if (auto* error = std::get_if<ApiError>(&devices)) return std::move(*error);
    auto user_data = user_data_in(in);
    if (auto* error = std::get_if<ApiError>(&user_data)) return std::move(*error);

    Launch launch;
    launch.count = static_cast<std::uint32_t>(std::int32_t{in.max_count()});
    Instance& instance = launch.pattern;
    instance.image_id = source.id;
    instance.type = type;
    instance.client_token = std::string{in.client_token().value_or("")};
    instance.user_data = std::get<std::string>(std::move(user_data));
    instance.architecture = source.architecture;
    instance.boot_mode = source.boot_mode;
    instance.root_device_name = source.root_device_name;
    instance.devices = std::get<std::vector<BlockDevice>>(std::move(devices));
    if (auto refused = place_of_launch(call, in, launch)) return *std::move(refused);
    if (auto refused = behaviour_in(ec2, call, in, instance)) return *std::move(refused);
    if (auto refused = tags_of_launch(in, launch)) return *std::move(refused);
    return launch;
}

/// A private address that nobody has, nor any instance of this call. What decides is the claim in the
/// transaction: of two calls that pick the same one, the second picks again.
Found<std::string> free_address(const Ec2& ec2, const Scope& scope, const Launch& launch,
                                std::string_view instance_id, const std::vector<Instance>& made) {
    const std::string space = addresses(scope, launch.subnet.id);
    const std::uint32_t tries = launch.host ? 1 : kHostsOfSubnet;
    const std::uint32_t first = launch.host.value_or(first_host(instance_id));
    for (std::uint32_t i = 0; i < tries; ++i) {
        std::string address = host_address(launch.subnet, (first + i) % kHostsOfSubnet);
        const auto same = [&](const Instance& other) { return other.private_address == address; };
        if (std::any_of(made.begin(), made.end(), same)) continue;
        const auto holder = ec2.records().holder(space, address);
        if (!holder.ok()) return told(holder.error());
        if (holder->empty()) return address;
    }
    if (launch.host)
        return ApiError{errors::kInvalidIPAddressInUse,
                        "Address " + host_address(launch.subnet, *launch.host) + " is in use."};
    return ApiError{errors::kInsufficientFreeAddressesInSubnet,
                    "There are not enough free addresses in subnet '" + launch.subnet.id + "'."};
}

/// Gives one instance of the call its own ids and addresses.
Found<Instance> individual(Ec2& ec2, const Scope& scope, const Launch& launch,
                           const std::vector<Instance>& made) {
    Instance instance = launch.pattern;
    instance.id = "i-" + ec2.parts().random.hex(17);
    instance.launch_index = static_cast<std::uint32_t>(made.size());
    instance.launched = ec2.parts().clock.now();
    auto address = free_address(ec2, scope, launch, instance.id, made);
    if (auto* error = std::get_if<ApiError>(&address)) return std::move(*error);
    instance.private_address = std::get<std::string>(std::move(address));
    instance.mac_address = mac_address(instance.id);
    instance.interface_id = derived_id("eni-", instance.id);
    for (std::size_t i = 0; i < instance.devices.size(); ++i) {
        instance.devices[i].volume_id = derived_id("vol-", instance.id + "/" + std::to_string(i));
        instance.devices[i].attached = instance.launched;
    }
    return instance;
}

/// The records of an instance and of what it holds, and the job that boots it.
void add_instance(Ec2& ec2, const Scope& scope, const Launch& launch, const Instance& instance,
                  state::Tx& tx) {
    tx.create(Records::resource(scope, instance));
    for (const BlockDevice& device : instance.devices) {
        Volume volume{.id = device.volume_id,
                      .instance_id = instance.id,
                      .device_name = device.device_name,
                      .snapshot_id = device.snapshot_id};
        volume.size_gib = device.size_gib;
        volume.type = device.volume_type;
        volume.zone = launch.subnet.zone;
        volume.delete_on_termination = device.delete_on_termination;
        volume.created = instance.launched;
        volume.tags = launch.volume_tags;
        tx.create(Records::resource(scope, volume));
    }
    Interface interface {
        .id = instance.interface_id, .instance_id = instance.id, .subnet_id = instance.subnet_id,
        .address = instance.private_address, .mac_address = instance.mac_address,
        .group_ids = instance.group_ids
    };
    interface.description = launch.interface_description;
    interface.created = instance.launched;
    interface.tags = launch.interface_tags;
    tx.create(Records::resource(scope, interface));
    tx.claim(addresses(scope, instance.subnet_id), instance.private_address,
             Records::key<Interface>(scope, interface.id));
    jobs::NewJob job{.kind = std::string{kLaunchJob}, .account = scope.account, .region = scope.region};
    job.resource = Records::key<Instance>(scope, instance.id);
    job.params.set("instance", instance.id);
    ec2.parts().jobs.add_to(tx, std::move(job));
}

std::string params_of(const Instance& pattern, std::int32_t least, std::int32_t most) {
    std::string text = pattern.image_id + '\x1f' + pattern.type + '\x1f' + pattern.subnet_id + '\x1f' +
                       pattern.user_data + '\x1f' + std::to_string(least) + '\x1f' + std::to_string(most) +
                       '\x1f' + pattern.key_name;
    for (const BlockDevice& device : pattern.devices)
        text += '\x1e' + device.device_name + '\x1f' + std::to_string(device.size_gib);
    return text;
}

/// The answer to a repeated client token: the reservation as it is now.
Answer repeat(Ec2& ec2, const CallContext& call, const std::string& reservation, api::RunInstances::Out out) {
    const auto all = ec2.records().children<Instance>(scope_of(call), reservation);
    if (!all.ok()) return told(all.error());
    if (all->empty())
        return ApiError{errors::kIdempotentInstanceTerminated,
                        "The instances that this client token launched are terminated and forgotten."};
    put_reservation(out, reservation, scope_of(call));
    for (const Stored<Instance>& instance : *all)
        put_instance(out.add_instances(), instance.value, instance.scope);
    return Answer::success();
}

/// One attempt. nullopt: something that it picked was taken meanwhile.
std::optional<Answer> launch(Ec2& ec2, const CallContext& call, const Launch& launch, const Once& once,
                             api::RunInstances::Out out) {
    const Scope scope = scope_of(call);
    std::vector<Instance> made;
    state::Tx tx{cause_of(call, "RunInstances")};
    for (std::uint32_t i = 0; i < launch.count; ++i) {
        auto one = individual(ec2, scope, launch, made);
        if (auto* error = std::get_if<ApiError>(&one)) return Answer{std::move(*error)};
        made.push_back(std::get<Instance>(std::move(one)));
        add_instance(ec2, scope, launch, made.back(), tx);
    }
    for (const BlockDevice& device : launch.pattern.devices)
        tx.require(Records::key<Snapshot>(scope, device.snapshot_id));
    if (!once.key.token.empty())
        tx.remember(once.key, launch.pattern.reservation_id, ec2.parts().clock.now() + kTokenLife);
    const auto done = ec2.parts().state.commit(std::move(tx));
    if (done.is(Errc::already_exists)) return std::nullopt;
    if (!done.ok()) return Answer{told(done.error())};
    put_reservation(out, launch.pattern.reservation_id, scope);
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
    auto read = launch_in(ec2, call, in);
    if (auto* error = std::get_if<ApiError>(&read)) return std::move(*error);
    auto& wanted = std::get<Launch>(read);
    const std::string params = params_of(wanted.pattern, least, most);
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
        auto once = once_of(ec2, call, "RunInstances", in.client_token(), params);
        if (auto* error = std::get_if<ApiError>(&once)) return std::move(*error);
        if (const auto& first = std::get<Once>(once).answer) return repeat(ec2, call, *first, out);
        if (ec2.machines().host() == nullptr)
            return ApiError{errors::kInsufficientInstanceCapacity,
                            "This server runs no machines: QEMU is not installed"};
        wanted.pattern.reservation_id = "r-" + ec2.parts().random.hex(17);
        if (auto answer = launch(ec2, call, wanted, std::get<Once>(once), out)) return *std::move(answer);
    }
    return ApiError{errors::kInsufficientFreeAddressesInSubnet,
                    "Others took the free addresses of subnet '" + wanted.subnet.id + "'; try again."};
}

}  // namespace

void register_launch(Operations& operations, Ec2& ec2) {
    operations.on<api::RunInstances>(
        [&ec2](const CallContext& call, api::RunInstances::In in, api::RunInstances::Out out) {
            return run_instances(ec2, call, in, out);
        });
}

}  // namespace landfall::ec2
