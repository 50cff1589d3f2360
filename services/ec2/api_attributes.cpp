// Attributes of instances: each by its name, and those that can be changed.
#include "base/encoding.hpp"
#include "services/ec2/api_listing.hpp"
#include "services/ec2/instance_types.hpp"

namespace landfall::ec2 {
namespace {

constexpr std::size_t kUserDataMax = 16 * 1024;

void put_devices(api::out::InstanceAttribute out, const Instance& instance) {
    out.start_block_device_mappings();
    for (const BlockDevice& device : instance.devices) {
        auto mapping = out.add_block_device_mappings();
        mapping.set_device_name(device.device_name);
        auto ebs = mapping.set_ebs();
        ebs.set_volume_id(device.volume_id);
        ebs.set_status("attached");
        ebs.set_attach_time(device.attached);
        ebs.set_delete_on_termination(device.delete_on_termination);
    }
}

void put_groups(api::out::InstanceAttribute out, const Instance& instance) {
    out.start_groups();
    for (const std::string& id : instance.group_ids) {
        auto group = out.add_groups();
        group.set_group_id(id);
        group.set_group_name("default");
    }
}

using PutAttribute = void (*)(api::out::InstanceAttribute, const Instance&);

/// The attributes of EC2's model, every one.
PutAttribute attribute_named(std::string_view name) {
    using Out = api::out::InstanceAttribute;
    using I = const Instance&;
    static const std::vector<std::pair<std::string_view, PutAttribute>> kTable{
        {"blockDeviceMapping", put_devices},
        {"disableApiStop", [](Out o, I i) { o.set_disable_api_stop().set_value(i.stop_protected); }},
        {"disableApiTermination",
         [](Out o, I i) { o.set_disable_api_termination().set_value(i.termination_protected); }},
        {"ebsOptimized", [](Out o, I) { o.set_ebs_optimized().set_value(false); }},
        {"enaSupport", [](Out o, I) { o.set_ena_support().set_value(true); }},
        {"enclaveOptions", [](Out o, I) { o.set_enclave_options().set_enabled(false); }},
        {"groupSet", put_groups},
        {"instanceInitiatedShutdownBehavior",
         [](Out o, I i) { o.set_instance_initiated_shutdown_behavior().set_value(i.shutdown_behavior); }},
        {"instanceType", [](Out o, I i) { o.set_instance_type().set_value(i.type); }},
        {"kernel", [](Out o, I) { (void)o.set_kernel_id(); }},
        {"productCodes", [](Out o, I) { o.start_product_codes(); }},
        {"ramdisk", [](Out o, I) { (void)o.set_ramdisk_id(); }},
        {"rootDeviceName", [](Out o, I i) { o.set_root_device_name().set_value(i.root_device_name); }},
        {"sourceDestCheck", [](Out o, I) { o.set_source_dest_check().set_value(true); }},
        {"sriovNetSupport", [](Out o, I) { o.set_sriov_net_support().set_value("simple"); }},
        {"userData",
         [](Out o, I i) {
             auto value = o.set_user_data();
             if (!i.user_data.empty()) value.set_value(base64_encode(bytes_of(i.user_data)));
         }},
    };
    for (const auto& [known, put] : kTable)
        if (known == name) return put;
    return nullptr;
}

ApiError no_such_attribute(std::string_view name) {
    return {errors::kInvalidParameterValue, "Value (" + std::string{name} +
                                                ") for parameter attribute is invalid. "
                                                "Unknown attribute."};
}

Answer describe_attribute(Ec2& ec2, const CallContext& call, api::DescribeInstanceAttribute::In in,
                          api::DescribeInstanceAttribute::Out out) {
    auto found = find_one<Instance>(ec2, call, in.instance_id());
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const PutAttribute put = attribute_named(in.attribute());
    if (put == nullptr) return no_such_attribute(in.attribute());
    out.set_instance_id(in.instance_id());
    put(out, std::get<Stored<Instance>>(found).value);
    return Answer::success();
}

/// What ModifyInstanceAttribute asks for: one attribute, in one of its two forms.
struct Change {
    std::string attribute;
    std::string value;
};

Found<std::vector<Change>> changes_in(api::ModifyInstanceAttribute::In in) {
    std::vector<Change> changes;
    const auto flag = [&](std::string_view name, const auto& member) {
        if (member) changes.push_back({std::string{name}, member.value().value_or(false) ? "true" : "false"});
    };
    const auto text = [&](std::string_view name, const auto& member) {
        if (member) changes.push_back({std::string{name}, std::string{member.value().value_or("")}});
    };
    if (in.attribute()) {
        changes.push_back({std::string{*in.attribute()}, std::string{in.value().value_or("")}});
        if (*in.attribute() == "userData") {
            const auto decoded = base64_decode(changes.back().value);
            if (!decoded.ok())
                return ApiError{errors::kInvalidUserDataMalformed, "Invalid BASE64 encoding of user data."};
            changes.back().value = std::string{text_of(*decoded)};
        }
    }
    flag("disableApiStop", in.disable_api_stop());
    flag("disableApiTermination", in.disable_api_termination());
    flag("ebsOptimized", in.ebs_optimized());
    flag("enaSupport", in.ena_support());
    flag("sourceDestCheck", in.source_dest_check());
    text("instanceInitiatedShutdownBehavior", in.instance_initiated_shutdown_behavior());
    text("instanceType", in.instance_type());
    text("kernel", in.kernel());
    text("ramdisk", in.ramdisk());
    text("sriovNetSupport", in.sriov_net_support());
    if (in.user_data())
        changes.push_back({"userData", std::string{text_of(in.user_data().value().value_or(ByteSpan{}))}});
    if (!in.groups().empty()) changes.push_back({"groupSet", {}});
    if (!in.block_device_mappings().empty()) changes.push_back({"blockDeviceMapping", {}});
    if (changes.empty())
        return ApiError{errors::kMissingParameter, "The request must contain an attribute to modify"};
    if (changes.size() > 1)
        return ApiError{errors::kInvalidParameterCombination,
                        "Fields for multiple attribute types specified: " + changes[0].attribute + ", " +
                            changes[1].attribute};
    return changes;
}

ApiError bad_value(const Change& change) {
    return {errors::kInvalidParameterValue,
            "Invalid value '" + change.value + "' for " + change.attribute + "."};
}

/// Whether the values that an attribute has anyway were asked for: then there is nothing to do.
bool is_as_it_is(const Change& change) {
    return (change.attribute == "sourceDestCheck" && change.value == "true") ||
           (change.attribute == "enaSupport" && change.value == "true") ||
           (change.attribute == "ebsOptimized" && change.value == "false");
}

std::optional<ApiError> apply(const Change& change, Instance& instance) {
    const bool yes = change.value == "true";
    const bool is_flag = yes || change.value == "false";
    if (change.attribute == "disableApiTermination" && is_flag) {
        instance.termination_protected = yes;
    } else if (change.attribute == "disableApiStop" && is_flag) {
        instance.stop_protected = yes;
    } else if (change.attribute == "instanceInitiatedShutdownBehavior") {
        if (change.value != "stop" && change.value != "terminate") return bad_value(change);
        instance.shutdown_behavior = change.value;
    } else if (change.attribute == "instanceType") {
        const InstanceType* type = find_instance_type(change.value);
        if (type == nullptr) return bad_value(change);
        instance.type = change.value;
        if (!type->burstable()) instance.cpu_credits.clear();
    } else if (change.attribute == "userData") {
        if (change.value.size() > kUserDataMax)
            return ApiError{errors::kInvalidParameterValue, "User data is limited to 16384 bytes"};
        instance.user_data = change.value;
    } else if (!is_as_it_is(change)) {
        return attribute_named(change.attribute) == nullptr
                   ? no_such_attribute(change.attribute)
                   : ApiError{errors::kUnsupportedOperation,
                              "The attribute " + change.attribute + " cannot be changed to that here"};
    }
    return std::nullopt;
}

Answer modify_attribute(Ec2& ec2, const CallContext& call, api::ModifyInstanceAttribute::In in) {
    auto found = find_one<Instance>(ec2, call, in.instance_id());
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    auto changes = changes_in(in);
    if (auto* error = std::get_if<ApiError>(&changes)) return std::move(*error);
    const Change& change = std::get<std::vector<Change>>(changes).front();
    const bool needs_stop = change.attribute == "instanceType" || change.attribute == "userData";
    std::optional<ApiError> refused;
    const auto written = ec2.records().update<Instance>(
        cause_of(call, "ModifyInstanceAttribute"), scope_of(call), in.instance_id(),
        [&](Instance& instance) -> Status {
            if (instance.state == InstanceState::terminated ||
                (needs_stop && instance.state != InstanceState::stopped))
                refused = ApiError{errors::kIncorrectInstanceState,
                                   "The instance '" + instance.id + "' is not in the 'stopped' state."};
            else
                refused = apply(change, instance);
            return refused ? Status{Error{Errc::precondition, "refused"}} : Status{};
        });
    if (refused) return *std::move(refused);
    if (!written.ok()) return told(written.error());
    return Answer::success();
}

/// T2 starts out as standard, its successors as unlimited.
std::string_view credits_of(const Instance& instance) {
    if (!instance.cpu_credits.empty()) return instance.cpu_credits;
    return instance.type.starts_with("t2.") ? "standard" : "unlimited";
}

Answer describe_credits(Ec2& ec2, const CallContext& call, api::DescribeInstanceCreditSpecifications::In in,
                        api::DescribeInstanceCreditSpecifications::Out out) {
    About<Instance> about{.operation = "DescribeInstanceCreditSpecifications"};
    const auto is_burstable = [](const Stored<Instance>& instance) {
        const InstanceType* type = find_instance_type(instance.value.type);
        return type != nullptr && type->burstable() && instance.value.state != InstanceState::terminated;
    };
    // Asked for by id, every burstable instance; else those that are unlimited, as EC2 answers.
    about.also = [&, all = !in.instance_ids().empty()](const Stored<Instance>& instance) {
        return is_burstable(instance) && (all || credits_of(instance.value) == "unlimited");
    };
    auto found = describe(ec2, call, in, in.instance_ids(), about);
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& listing = std::get<Listing<Instance>>(found);
    out.start_instance_credit_specifications();
    for (const Stored<Instance>& instance : listing.items) {
        auto put = out.add_instance_credit_specifications();
        put.set_instance_id(instance.value.id);
        put.set_cpu_credits(credits_of(instance.value));
    }
    if (!listing.next_token.empty()) out.set_next_token(listing.next_token);
    return Answer::success();
}

}  // namespace

void register_attributes(Operations& operations, Ec2& ec2) {
    operations.on<api::DescribeInstanceAttribute>(
        [&ec2](const CallContext& call, api::DescribeInstanceAttribute::In in,
               api::DescribeInstanceAttribute::Out out) { return describe_attribute(ec2, call, in, out); });
    operations.on<api::ModifyInstanceAttribute>(
        [&ec2](const CallContext& call, api::ModifyInstanceAttribute::In in,
               api::ModifyInstanceAttribute::Out) { return modify_attribute(ec2, call, in); });
    operations.on<api::DescribeInstanceCreditSpecifications>(
        [&ec2](const CallContext& call, api::DescribeInstanceCreditSpecifications::In in,
               api::DescribeInstanceCreditSpecifications::Out out) {
            return describe_credits(ec2, call, in, out);
        });
}

}  // namespace landfall::ec2
