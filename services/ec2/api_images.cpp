// Images: register from snapshots, describe, deregister.
#include "services/ec2/api_listing.hpp"
#include "services/ec2/network.hpp"

namespace landfall::ec2 {
namespace {

void put_device(api::out::BlockDeviceMapping out, const BlockDevice& device) {
    out.set_device_name(device.device_name);
    auto ebs = out.set_ebs();
    ebs.set_snapshot_id(device.snapshot_id);
    ebs.set_volume_size(static_cast<std::int32_t>(device.size_gib));
    ebs.set_volume_type(device.volume_type);
    ebs.set_delete_on_termination(device.delete_on_termination);
    ebs.set_encrypted(false);
}

void put_image(api::out::Image out, const Stored<Image>& stored) {
    const Image& image = stored.value;
    out.set_image_id(image.id);
    out.set_name(image.name);
    if (!image.description.empty()) out.set_description(image.description);
    out.set_state(image.state);
    out.set_owner_id(stored.scope.account);
    out.set_image_location(stored.scope.account + "/" + image.name);
    out.set_public(false);
    out.set_architecture(image.architecture);
    out.set_image_type("machine");
    out.set_hypervisor("xen");
    out.set_virtualization_type("hvm");
    out.set_root_device_type("ebs");
    out.set_root_device_name(image.root_device_name);
    out.set_ena_support(image.ena);
    out.set_sriov_net_support("simple");
    out.set_boot_mode(name_of(image.boot_mode));
    out.set_creation_date(iso8601(image.created, Fraction::millis));
    const bool windows = image.platform == "windows";
    if (windows) out.set_platform("windows");
    out.set_platform_details(windows ? "Windows" : "Linux/UNIX");
    out.set_usage_operation(windows ? "RunInstances:0002" : "RunInstances");
    for (const BlockDevice& device : image.devices) put_device(out.add_block_device_mappings(), device);
    put_tags(out, image.tags);
}

/// By Owners and ExecutableUsers. Every image is its owner's alone: none is public and none was shared with
/// anybody, so there is no image that "self", "all" or an account may execute by explicit permission.
Found<About<Image>> wanted_images(const CallContext& call, api::DescribeImages::In in) {
    About<Image> about{.operation = "DescribeImages"};
    const auto is_account = [](std::string_view text) {
        return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
    };
    for (const std::string_view user : in.executable_users())
        if (user != "self" && user != "all" && !is_account(user))
            return ApiError{errors::kInvalidUserIDMalformed,
                            "Invalid user id: \"" + std::string{user} + "\""};
    if (!in.executable_users().empty()) {
        about.also = [](const Stored<Image>&) { return false; };
        about.also_words = "executable";
        return about;
    }
    const auto owners = in.owners();
    const auto is_caller = [&](std::string_view owner) { return owner == "self" || owner == call.account; };
    if (owners.empty() || std::any_of(owners.begin(), owners.end(), is_caller)) return about;
    about.also = [](const Stored<Image>&) { return false; };
    about.also_words = "others'";
    return about;
}

Answer describe_images(Ec2& ec2, const CallContext& call, api::DescribeImages::In in,
                       api::DescribeImages::Out out) {
    auto wanted = wanted_images(call, in);
    if (auto* error = std::get_if<ApiError>(&wanted)) return std::move(*error);
    auto found = describe(ec2, call, in, in.image_ids(), std::get<About<Image>>(wanted));
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& listing = std::get<Listing<Image>>(found);
    out.start_images();
    for (const Stored<Image>& image : listing.items) put_image(out.add_images(), image);
    if (!listing.next_token.empty()) out.set_next_token(listing.next_token);
    return Answer::success();
}

/// A device of a RegisterImage call: its snapshot must exist and fit.
Found<BlockDevice> device_in(const Ec2& ec2, const CallContext& call,
                             const api::in::BlockDeviceMapping& mapping) {
    const auto ebs = mapping.ebs();
    BlockDevice device{.device_name = std::string{mapping.device_name().value_or("")}};
    if (device.device_name.empty())
        return ApiError{errors::kMissingParameter, "The request must contain the parameter deviceName"};
    if (!ebs || !ebs.snapshot_id())
        return ApiError{errors::kInvalidBlockDeviceMapping,
                        "The device " + device.device_name +
                            " needs an EBS snapshot: volumes without one are not "
                            "supported yet"};
    if (auto refused = wrong_encryption(ebs.encrypted(), ebs.kms_key_id())) return *std::move(refused);
    auto found = find_one<Snapshot>(ec2, call, *ebs.snapshot_id());
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const Snapshot& snapshot = std::get<Stored<Snapshot>>(found).value;
    const std::uint32_t least = gib_of(snapshot.size);
    const std::int32_t asked = ebs.volume_size().value_or(static_cast<std::int32_t>(least));
    if (asked < static_cast<std::int32_t>(least))
        return ApiError{errors::kInvalidBlockDeviceMapping,
                        "Volume of size " + std::to_string(asked) + "GB is smaller than snapshot '" +
                            snapshot.id + "', expect size >= " + std::to_string(least) + "GB"};
    device.snapshot_id = snapshot.id;
    device.size_gib = static_cast<std::uint32_t>(asked);
    device.volume_type = std::string{ebs.volume_type().value_or("gp3")};
    device.delete_on_termination = ebs.delete_on_termination().value_or(true);
    return device;
}

Found<Image> image_in(Ec2& ec2, const CallContext& call, api::RegisterImage::In in) {
    Image image;
    image.id = "ami-" + ec2.parts().random.hex(17);
    image.name = std::string{in.name()};
    if (!image_name_is_valid(image.name))
        return ApiError{
            errors::kInvalidAMINameMalformed,
            "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, "
            "'(', ')', '.', '-', '/' and '_'"};
    image.description = std::string{in.description().value_or("")};
    image.architecture = std::string{in.architecture().value_or("x86_64")};
    if (image.architecture != "x86_64")
        return ApiError{errors::kUnsupported,
                        "The architecture " + image.architecture + " does not run here"};
    image.boot_mode = boot_mode_named(in.boot_mode().value_or("legacy-bios")).value_or(BootMode::legacy_bios);
    image.ena = in.ena_support().value_or(true);
    image.created = ec2.parts().clock.now();
    image.tags = tags_in(in.tag_specifications(), "image");
    for (const auto mapping : in.block_device_mappings()) {
        auto device = device_in(ec2, call, mapping);
        if (auto* error = std::get_if<ApiError>(&device)) return std::move(*error);
        image.devices.push_back(std::get<BlockDevice>(std::move(device)));
    }
    if (image.devices.empty())
        return ApiError{errors::kInvalidBlockDeviceMapping, "An image needs a root device with a snapshot"};
    image.root_device_name = std::string{in.root_device_name().value_or(image.devices.front().device_name)};
    const auto is_root = [&](const BlockDevice& d) { return d.device_name == image.root_device_name; };
    const auto root = std::find_if(image.devices.begin(), image.devices.end(), is_root);
    if (root == image.devices.end())
        return ApiError{errors::kInvalidBlockDeviceMapping,
                        "There is no device mapping for the root device " + image.root_device_name};
    std::rotate(image.devices.begin(), root, root + 1);
    return image;
}

Answer register_image(Ec2& ec2, const CallContext& call, api::RegisterImage::In in,
                      api::RegisterImage::Out out) {
    auto made = image_in(ec2, call, in);
    if (auto* error = std::get_if<ApiError>(&made)) return std::move(*error);
    const Image& image = std::get<Image>(made);
    const Status tags = check_tags(image.tags);
    if (!tags.ok()) return told(tags.error());
    const Scope scope = scope_of(call);
    state::Tx tx{cause_of(call, "RegisterImage")};
    tx.create(Records::resource(scope, image));
    tx.claim(image_names(scope), image.name, Records::key<Image>(scope, image.id));
    // A new version of the snapshot, so that a deletion which looked for images before this one fails.
    for (const BlockDevice& device : image.devices)
        tx.set_tags(Records::key<Snapshot>(scope, device.snapshot_id), {}, {});
    const auto done = ec2.parts().state.commit(std::move(tx));
    if (done.is(Errc::already_exists))
        return ApiError{errors::kInvalidAMINameDuplicate,
                        "AMI name " + image.name + " is already in use by this account"};
    if (!done.ok()) return told(done.error());
    out.set_image_id(image.id);
    return Answer::success();
}

Answer deregister_image(Ec2& ec2, const CallContext& call, api::DeregisterImage::In in,
                        api::DeregisterImage::Out out) {
    auto found = find_one<Image>(ec2, call, in.image_id());
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& stored = std::get<Stored<Image>>(found);
    state::Tx tx{cause_of(call, "DeregisterImage")};
    tx.erase(Records::key<Image>(stored.scope, stored.value.id), stored.version);
    const auto done = ec2.parts().state.commit(std::move(tx));
    if (!done.ok() && !done.is(Errc::not_found)) return told(done.error());
    out.set_return(true);
    return Answer::success();
}

}  // namespace

void register_images(Operations& operations, Ec2& ec2) {
    operations.on<api::RegisterImage>(
        [&ec2](const CallContext& call, api::RegisterImage::In in, api::RegisterImage::Out out) {
            return register_image(ec2, call, in, out);
        });
    operations.on<api::DescribeImages>(
        [&ec2](const CallContext& call, api::DescribeImages::In in, api::DescribeImages::Out out) {
            return describe_images(ec2, call, in, out);
        });
    operations.on<api::DeregisterImage>(
        [&ec2](const CallContext& call, api::DeregisterImage::In in, api::DeregisterImage::Out out) {
            return deregister_image(ec2, call, in, out);
        });
}

}  // namespace landfall::ec2
