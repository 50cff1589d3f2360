#include "services/ec2/attributes.hpp"

#include <array>
#include <utility>

namespace landfall::ec2 {
namespace {

/// A filter's name and what it reads; the tables below are the only place where a name is spelt.
template <class T>
struct Attribute {
    std::string_view name;
    std::vector<std::string> (*values)(const T&);
};

std::vector<std::string> one(std::string value) {
    std::vector<std::string> values;
    values.push_back(std::move(value));
    return values;
}

std::string yes_or_no(bool value) { return value ? "true" : "false"; }

template <class T, class F>
std::vector<std::string> of_devices(const T& owner, F field) {
    std::vector<std::string> values;
    for (const BlockDevice& device : owner.devices) values.push_back(field(device));
    return values;
}

template <class T>
const std::vector<Attribute<T>>& attributes();

template <>
const std::vector<Attribute<Snapshot>>& attributes<Snapshot>() {
    static const std::vector<Attribute<Snapshot>> kTable{
        {"description", [](const Snapshot& s) { return one(s.description); }},
        {"encrypted", [](const Snapshot&) { return one("false"); }},
        {"progress", [](const Snapshot& s) { return one(s.state == "completed" ? "100%" : "0%"); }},
        {"snapshot-id", [](const Snapshot& s) { return one(s.id); }},
        {"start-time", [](const Snapshot& s) { return one(iso8601(s.started, Fraction::millis)); }},
        {"status", [](const Snapshot& s) { return one(s.state); }},
        {"storage-tier", [](const Snapshot&) { return one("standard"); }},
        {"volume-id", [](const Snapshot& s) { return one(s.volume_id); }},
        {"volume-size", [](const Snapshot& s) { return one(std::to_string(gib_of(s.size))); }},
    };
    return kTable;
}

template <>
const std::vector<Attribute<Image>>& attributes<Image>() {
    static const std::vector<Attribute<Image>> kTable{
        {"architecture", [](const Image& i) { return one(i.architecture); }},
        {"block-device-mapping.delete-on-termination",
         [](const Image& i) {
             return of_devices(i, [](const BlockDevice& d) { return yes_or_no(d.delete_on_termination); });
         }},
        {"block-device-mapping.device-name",
         [](const Image& i) { return of_devices(i, [](const BlockDevice& d) { return d.device_name; }); }},
        {"block-device-mapping.snapshot-id",
         [](const Image& i) { return of_devices(i, [](const BlockDevice& d) { return d.snapshot_id; }); }},
        {"block-device-mapping.volume-type",
         [](const Image& i) { return of_devices(i, [](const BlockDevice& d) { return d.volume_type; }); }},
        {"boot-mode", [](const Image& i) { return one(std::string{name_of(i.boot_mode)}); }},
        {"creation-date", [](const Image& i) { return one(iso8601(i.created, Fraction::millis)); }},
        {"description", [](const Image& i) { return one(i.description); }},
        {"ena-support", [](const Image& i) { return one(yes_or_no(i.ena)); }},
        {"hypervisor", [](const Image&) { return one("xen"); }},
        {"image-id", [](const Image& i) { return one(i.id); }},
        {"image-type", [](const Image&) { return one("machine"); }},
        {"is-public", [](const Image&) { return one("false"); }},
        {"name", [](const Image& i) { return one(i.name); }},
        {"platform", [](const Image& i) { return one(i.platform); }},
        {"root-device-name", [](const Image& i) { return one(i.root_device_name); }},
        {"root-device-type", [](const Image&) { return one("ebs"); }},
        {"state", [](const Image& i) { return one(i.state); }},
        {"virtualization-type", [](const Image&) { return one("hvm"); }},
    };
    return kTable;
}

template <>
const std::vector<Attribute<Instance>>& attributes<Instance>() {
    static const std::vector<Attribute<Instance>> kTable{
        {"architecture", [](const Instance& i) { return one(i.architecture); }},
        {"block-device-mapping.device-name",
         [](const Instance& i) { return of_devices(i, [](const BlockDevice& d) { return d.device_name; }); }},
        {"block-device-mapping.volume-id",
         [](const Instance& i) { return of_devices(i, [](const BlockDevice& d) { return d.volume_id; }); }},
        {"client-token", [](const Instance& i) { return one(i.client_token); }},
        {"hypervisor", [](const Instance&) { return one("xen"); }},
        {"image-id", [](const Instance& i) { return one(i.image_id); }},
        {"instance-id", [](const Instance& i) { return one(i.id); }},
        {"instance-state-code",
         [](const Instance& i) { return one(std::to_string(static_cast<unsigned>(i.state))); }},
        {"instance-state-name", [](const Instance& i) { return one(std::string{name_of(i.state)}); }},
        {"instance-type", [](const Instance& i) { return one(i.type); }},
        {"instance.group-id", [](const Instance& i) { return i.group_ids; }},
        {"key-name", [](const Instance& i) { return one(i.key_name); }},
        {"launch-index", [](const Instance& i) { return one(std::to_string(i.launch_index)); }},
        {"launch-time", [](const Instance& i) { return one(iso8601(i.launched, Fraction::millis)); }},
        {"network-interface.network-interface-id", [](const Instance& i) { return one(i.interface_id); }},
        {"private-ip-address", [](const Instance& i) { return one(i.private_address); }},
        {"reason", [](const Instance& i) { return one(i.transition); }},
        {"reservation-id", [](const Instance& i) { return one(i.reservation_id); }},
        {"root-device-name", [](const Instance& i) { return one(i.root_device_name); }},
        {"root-device-type", [](const Instance&) { return one("ebs"); }},
        {"state-reason-code", [](const Instance& i) { return one(i.reason_code); }},
        {"state-reason-message", [](const Instance& i) { return one(i.reason); }},
        {"subnet-id", [](const Instance& i) { return one(i.subnet_id); }},
        {"virtualization-type", [](const Instance&) { return one("hvm"); }},
    };
    return kTable;
}

template <>
const std::vector<Attribute<ImportTask>>& attributes<ImportTask>() {
    static const std::vector<Attribute<ImportTask>> kTable{
        {"task-state", [](const ImportTask& t) { return one(t.status); }},
    };
    return kTable;
}

template <class T>
std::vector<std::string_view> names_of(std::initializer_list<std::string_view> more) {
    std::vector<std::string_view> names{more};
    for (const Attribute<T>& attribute : attributes<T>()) names.push_back(attribute.name);
    return names;
}

template <class T>
Values look_up(const T& value, std::string_view name) {
    for (const Attribute<T>& attribute : attributes<T>())
        if (attribute.name == name) return attribute.values(value);
    return std::nullopt;
}

}  // namespace

template <>
const std::vector<std::string_view>& known_filters<Snapshot>() {
    static const std::vector<std::string_view> kNames = names_of<Snapshot>({"owner-id", "owner-alias"});
    return kNames;
}
template <>
const std::vector<std::string_view>& known_filters<Image>() {
    static const std::vector<std::string_view> kNames = names_of<Image>({"owner-id", "owner-alias"});
    return kNames;
}
template <>
const std::vector<std::string_view>& known_filters<Instance>() {
    static const std::vector<std::string_view> kNames =
        names_of<Instance>({"owner-id", "availability-zone", "vpc-id"});
    return kNames;
}
template <>
const std::vector<std::string_view>& known_filters<ImportTask>() {
    static const std::vector<std::string_view> kNames = names_of<ImportTask>({});
    return kNames;
}

Values attribute_of(const Snapshot& snapshot, std::string_view name, const Scope& scope) {
    if (name == "owner-id") return one(scope.account);
    return look_up(snapshot, name);
}

Values attribute_of(const Image& image, std::string_view name, const Scope& scope) {
    if (name == "owner-id") return one(scope.account);
    return look_up(image, name);
}

Values attribute_of(const Instance& instance, std::string_view name, const Scope& scope) {
    if (name == "availability-zone" || name == "vpc-id") {
        const DefaultNetwork network = default_network(scope.account, scope.region);
        if (name == "vpc-id") return one(network.vpc_id);
        return one(subnet_of(network, instance.subnet_id).zone);
    }
    if (name == "owner-id") return one(scope.account);
    return look_up(instance, name);
}

Values attribute_of(const ImportTask& task, std::string_view name, const Scope&) {
    return look_up(task, name);
}

}  // namespace landfall::ec2
