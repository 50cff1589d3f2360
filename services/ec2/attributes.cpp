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
        {"block-device-mapping.attach-time",
         [](const Instance& i) {
             return of_devices(i, [](const BlockDevice& d) { return iso8601(d.attached, Fraction::millis); });
         }},
        {"block-device-mapping.delete-on-termination",
         [](const Instance& i) {
             return of_devices(i, [](const BlockDevice& d) { return yes_or_no(d.delete_on_termination); });
         }},
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
        {"instance.group-name", [](const Instance&) { return one("default"); }},
        {"monitoring-state", [](const Instance&) { return one("disabled"); }},
        {"network-interface.addresses.private-ip-address",
         [](const Instance& i) { return one(i.private_address); }},
        {"network-interface.subnet-id", [](const Instance& i) { return one(i.subnet_id); }},
        {"platform-details", [](const Instance&) { return one("Linux/UNIX"); }},
        {"tenancy", [](const Instance&) { return one("default"); }},
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
const std::vector<Attribute<Volume>>& attributes<Volume>() {
    static const std::vector<Attribute<Volume>> kTable{
        {"attachment.attach-time", [](const Volume& v) { return one(iso8601(v.created, Fraction::millis)); }},
        {"attachment.delete-on-termination",
         [](const Volume& v) { return one(yes_or_no(v.delete_on_termination)); }},
        {"attachment.device", [](const Volume& v) { return one(v.device_name); }},
        {"attachment.instance-id", [](const Volume& v) { return one(v.instance_id); }},
        {"attachment.status", [](const Volume&) { return one("attached"); }},
        {"availability-zone", [](const Volume& v) { return one(v.zone); }},
        {"create-time", [](const Volume& v) { return one(iso8601(v.created, Fraction::millis)); }},
        {"encrypted", [](const Volume&) { return one("false"); }},
        {"fast-restored", [](const Volume&) { return one("false"); }},
        {"multi-attach-enabled", [](const Volume&) { return one("false"); }},
        {"size", [](const Volume& v) { return one(std::to_string(v.size_gib)); }},
        {"snapshot-id", [](const Volume& v) { return one(v.snapshot_id); }},
        {"status", [](const Volume&) { return one("in-use"); }},
        {"volume-id", [](const Volume& v) { return one(v.id); }},
        {"volume-type", [](const Volume& v) { return one(v.type); }},
    };
    return kTable;
}

template <>
const std::vector<Attribute<Interface>>& attributes<Interface>() {
    static const std::vector<Attribute<Interface>> kTable{
        {"addresses.primary", [](const Interface&) { return one("true"); }},
        {"addresses.private-ip-address", [](const Interface& i) { return one(i.address); }},
        {"attachment.attachment-id",
         [](const Interface& i) { return one(derived_id("eni-attach-", i.instance_id)); }},
        {"attachment.delete-on-termination", [](const Interface&) { return one("true"); }},
        {"attachment.device-index", [](const Interface&) { return one("0"); }},
        {"attachment.instance-id", [](const Interface& i) { return one(i.instance_id); }},
        {"attachment.status", [](const Interface&) { return one("attached"); }},
        {"description", [](const Interface& i) { return one(i.description); }},
        {"group-id", [](const Interface& i) { return i.group_ids; }},
        {"group-name", [](const Interface&) { return one("default"); }},
        {"interface-type", [](const Interface&) { return one("interface"); }},
        {"mac-address", [](const Interface& i) { return one(i.mac_address); }},
        {"network-interface-id", [](const Interface& i) { return one(i.id); }},
        {"private-ip-address", [](const Interface& i) { return one(i.address); }},
        {"requester-managed", [](const Interface&) { return one("false"); }},
        {"source-dest-check", [](const Interface&) { return one("true"); }},
        {"status", [](const Interface&) { return one("in-use"); }},
        {"subnet-id", [](const Interface& i) { return one(i.subnet_id); }},
    };
    return kTable;
}

template <>
const std::vector<Attribute<KeyPair>>& attributes<KeyPair>() {
    static const std::vector<Attribute<KeyPair>> kTable{
        {"fingerprint", [](const KeyPair& k) { return one(k.fingerprint); }},
        {"key-name", [](const KeyPair& k) { return one(k.name); }},
        {"key-pair-id", [](const KeyPair& k) { return one(k.id); }},
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
    static const std::vector<std::string_view> kNames = names_of<Instance>(
        {"owner-id", "availability-zone", "vpc-id", "network-interface.vpc-id", "private-dns-name"});
    return kNames;
}
template <>
const std::vector<std::string_view>& known_filters<Volume>() {
    static const std::vector<std::string_view> kNames = names_of<Volume>({"availability-zone-id"});
    return kNames;
}
template <>
const std::vector<std::string_view>& known_filters<Interface>() {
    static const std::vector<std::string_view> kNames = names_of<Interface>(
        {"availability-zone", "owner-id", "attachment.instance-owner-id", "private-dns-name", "vpc-id"});
    return kNames;
}
template <>
const std::vector<std::string_view>& known_filters<KeyPair>() {
    static const std::vector<std::string_view> kNames = names_of<KeyPair>({});
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
    if (name == "availability-zone") {
        const DefaultNetwork network = default_network(scope.account, scope.region);
        return one(subnet_of(network, instance.subnet_id).zone);
    }
    if (name.ends_with("vpc-id")) return one(default_network(scope.account, scope.region).vpc_id);
    if (name == "private-dns-name") return one(private_dns_name(instance.private_address, scope.region));
    if (name == "owner-id") return one(scope.account);
    return look_up(instance, name);
}

Values attribute_of(const Volume& volume, std::string_view name, const Scope& scope) {
    if (name != "availability-zone-id") return look_up(volume, name);
    for (const Subnet& subnet : default_network(scope.account, scope.region).subnets)
        if (subnet.zone == volume.zone) return one(subnet.zone_id);
    return std::nullopt;
}

Values attribute_of(const Interface& interface, std::string_view name, const Scope& scope) {
    if (name == "private-dns-name") return one(private_dns_name(interface.address, scope.region));
    if (name == "owner-id" || name == "attachment.instance-owner-id") return one(scope.account);
    if (name != "availability-zone" && name != "vpc-id") return look_up(interface, name);
    const DefaultNetwork network = default_network(scope.account, scope.region);
    return one(name == "vpc-id" ? network.vpc_id : subnet_of(network, interface.subnet_id).zone);
}

Values attribute_of(const KeyPair& pair, std::string_view name, const Scope&) { return look_up(pair, name); }

Values attribute_of(const ImportTask& task, std::string_view name, const Scope&) {
    return look_up(task, name);
}

}  // namespace landfall::ec2
