#include "services/ec2/store.hpp"

#include <algorithm>
#include <utility>

namespace landfall::ec2 {
namespace {

using state::Record;

Record encode_device(const BlockDevice& d) {
    Record r;
    r.set("name", d.device_name).set("snapshot", d.snapshot_id).set("volume", d.volume_id);
    r.set("gib", d.size_gib).set("type", d.volume_type).set("delete", d.delete_on_termination);
    r.set("attached", d.attached);
    return r;
}

BlockDevice decode_device(const Record& r) {
    return {.device_name = r.text("name"),
            .snapshot_id = r.text("snapshot"),
            .volume_id = r.text("volume"),
            .size_gib = static_cast<std::uint32_t>(r.number("gib")),
            .volume_type = r.text("type"),
            .delete_on_termination = r.flag("delete"),
            .attached = r.instant("attached")};
}

Record encode_container(const DiskContainer& c) {
    Record r;
    r.set("description", c.description).set("format", c.format).set("bucket", c.bucket).set("key", c.key);
    r.set("url", c.url).set("device", c.device_name).set("snapshot", c.snapshot_id);
    return r;
}

DiskContainer decode_container(const Record& r) {
    return {.description = r.text("description"),
            .format = r.text("format"),
            .bucket = r.text("bucket"),
            .key = r.text("key"),
            .url = r.text("url"),
            .device_name = r.text("device"),
            .snapshot_id = r.text("snapshot")};
}

Record encode_disk(const ImportedDisk& d) {
    Record r;
    r.set("container", d.container).set("format", d.format).set("device", d.device_name);
    r.set("snapshot", d.snapshot_id).set("size", d.size).set("stored", d.stored).set("status", d.status);
    return r;
}

ImportedDisk decode_disk(const Record& r) {
    return {.container = static_cast<std::uint32_t>(r.number("container")),
            .format = r.text("format"),
            .device_name = r.text("device"),
            .snapshot_id = r.text("snapshot"),
            .size = r.bytes("size"),
            .stored = r.bytes("stored"),
            .status = r.text("status")};
}

template <class T, class F>
Record::Records encode_all(const std::vector<T>& values, F encode) {
    Record::Records records;
    for (const T& value : values) records.push_back(encode(value));
    return records;
}

template <class T, class F>
std::vector<T> decode_all(const Record::Records& records, F decode) {
    std::vector<T> values;
    for (const Record& record : records) values.push_back(decode(record));
    return values;
}

BootMode boot_mode_of(const Record& r) {
    return boot_mode_named(r.text("boot_mode")).value_or(BootMode::legacy_bios);
}

}  // namespace

state::Record Kind<Snapshot>::encode(const Snapshot& s) {
    Record r;
    r.set("description", s.description).set("state", s.state).set("volume", s.volume_id).set("size", s.size);
    r.set("stored", s.stored).set("root", s.root).set("started", s.started).set("completed", s.completed);
    return r;
}

Snapshot Kind<Snapshot>::decode(const state::Record& r) {
    Snapshot s;
    s.description = r.text("description");
    s.state = r.text("state");
    s.volume_id = r.text("volume");
    s.size = r.bytes("size");
    s.stored = r.bytes("stored");
    s.root = r.text("root");
    s.started = r.instant("started");
    s.completed = r.instant("completed");
    return s;
}

state::Record Kind<Volume>::encode(const Volume& v) {
    Record r;
    r.set("instance", v.instance_id).set("device", v.device_name).set("snapshot", v.snapshot_id);
    r.set("gib", v.size_gib).set("type", v.type).set("zone", v.zone).set("delete", v.delete_on_termination);
    r.set("created", v.created);
    return r;
}

Volume Kind<Volume>::decode(const state::Record& r) {
    Volume v;
    v.instance_id = r.text("instance");
    v.device_name = r.text("device");
    v.snapshot_id = r.text("snapshot");
    v.size_gib = static_cast<std::uint32_t>(r.number("gib"));
    v.type = r.text("type");
    v.zone = r.text("zone");
    v.delete_on_termination = r.flag("delete");
    v.created = r.instant("created");
    return v;
}

state::Record Kind<Interface>::encode(const Interface& i) {
    Record r;
    r.set("instance", i.instance_id).set("subnet", i.subnet_id).set("address", i.address);
    r.set("mac", i.mac_address).set("groups", i.group_ids).set("description", i.description);
    r.set("created", i.created);
    return r;
}

Interface Kind<Interface>::decode(const state::Record& r) {
    Interface i;
    i.instance_id = r.text("instance");
    i.subnet_id = r.text("subnet");
    i.address = r.text("address");
    i.mac_address = r.text("mac");
    i.group_ids = r.texts("groups");
    i.description = r.text("description");
    i.created = r.instant("created");
    return i;
}

state::Record Kind<KeyPair>::encode(const KeyPair& k) {
    Record r;
    r.set("name", k.name).set("type", k.type).set("public", k.public_text).set("print", k.fingerprint);
    r.set("created", k.created);
    return r;
}

KeyPair Kind<KeyPair>::decode(const state::Record& r) {
    KeyPair k;
    k.name = r.text("name");
    k.type = r.text("type");
    k.public_text = r.text("public");
    k.fingerprint = r.text("print");
    k.created = r.instant("created");
    return k;
}

void Kind<Image>::place(const Image& i, state::Resource& resource) {
    for (const BlockDevice& device : i.devices) {
        const state::IndexKey uses{"snapshot", device.snapshot_id};
        const auto& known = resource.index;
        if (std::find(known.begin(), known.end(), uses) == known.end()) resource.index.push_back(uses);
    }
}

void Kind<Instance>::place(const Instance& i, state::Resource& resource) {
    resource.parent = i.reservation_id;
    if (i.state == InstanceState::terminated) resource.index.push_back({"ended", "yes"});
}

state::Record Kind<Image>::encode(const Image& i) {
    Record r;
    r.set("name", i.name).set("description", i.description).set("state", i.state).set("arch", i.architecture);
    r.set("platform", i.platform).set("boot_mode", name_of(i.boot_mode)).set("root", i.root_device_name);
    r.set("devices", encode_all(i.devices, encode_device)).set("ena", i.ena).set("created", i.created);
    return r;
}

Image Kind<Image>::decode(const state::Record& r) {
    Image i;
    i.name = r.text("name");
    i.description = r.text("description");
    i.state = r.text("state");
    i.architecture = r.text("arch");
    i.platform = r.text("platform");
    i.boot_mode = boot_mode_of(r);
    i.root_device_name = r.text("root");
    i.devices = decode_all<BlockDevice>(r.records("devices"), decode_device);
    i.ena = r.flag("ena");
    i.created = r.instant("created");
    return i;
}

state::Record Kind<Instance>::encode(const Instance& i) {
    Record r;
    r.set("reservation", i.reservation_id).set("image", i.image_id).set("type", i.type);
    r.set("state", name_of(i.state)).set("reason_code", i.reason_code).set("reason", i.reason);
    r.set("transition", i.transition).set("index", i.launch_index).set("key_name", i.key_name);
    r.set("client_token", i.client_token).set("user_data", i.user_data).set("address", i.private_address);
    r.set("mac", i.mac_address).set("interface", i.interface_id).set("subnet", i.subnet_id);
    r.set("groups", i.group_ids)
        .set("shutdown", i.shutdown_behavior)
        .set("protected", i.termination_protected);
    r.set("arch", i.architecture).set("boot_mode", name_of(i.boot_mode)).set("root", i.root_device_name);
    r.set("devices", encode_all(i.devices, encode_device)).set("ssh_port", i.ssh_port);
    r.set("launched", i.launched).set("ended", i.ended).set("public_key", i.public_key);
    r.set("stop_protected", i.stop_protected).set("credits", i.cpu_credits);
    return r;
}

Instance Kind<Instance>::decode(const state::Record& r) {
    Instance i;
    i.reservation_id = r.text("reservation");
    i.image_id = r.text("image");
    i.type = r.text("type");
    i.state = instance_state_named(r.text("state")).value_or(InstanceState::stopped);
    i.reason_code = r.text("reason_code");
    i.reason = r.text("reason");
    i.transition = r.text("transition");
    i.launch_index = static_cast<std::uint32_t>(r.number("index"));
    i.key_name = r.text("key_name");
    i.client_token = r.text("client_token");
    i.user_data = r.text("user_data");
    i.private_address = r.text("address");
    i.mac_address = r.text("mac");
    i.interface_id = r.text("interface");
    i.subnet_id = r.text("subnet");
    i.group_ids = r.texts("groups");
    i.shutdown_behavior = r.text("shutdown");
    i.termination_protected = r.flag("protected");
    i.architecture = r.text("arch");
    i.boot_mode = boot_mode_of(r);
    i.root_device_name = r.text("root");
    i.devices = decode_all<BlockDevice>(r.records("devices"), decode_device);
    i.ssh_port = static_cast<std::uint16_t>(r.number("ssh_port"));
    i.launched = r.instant("launched");
    i.ended = r.instant("ended");
    i.public_key = r.text("public_key");
    i.stop_protected = r.flag("stop_protected");
    i.cpu_credits = r.text("credits");
    return i;
}

state::Record Kind<ImportTask>::encode(const ImportTask& t) {
    Record r;
    r.set("kind", t.kind == ImportKind::image ? "image" : "snapshot").set("description", t.description);
    r.set("status", t.status).set("message", t.status_message).set("progress", t.progress);
    r.set("image", t.image_id).set("arch", t.architecture).set("platform", t.platform);
    r.set("license", t.license_type).set("detected", t.detected).set("boot_mode", name_of(t.boot_mode));
    r.set("boot_mode_given", t.boot_mode_given).set("disks", encode_all(t.disks, encode_disk));
    r.set("containers", encode_all(t.containers, encode_container));
    r.set("job", t.job_id).set("created", t.created);
    return r;
}

ImportTask Kind<ImportTask>::decode(const state::Record& r) {
    ImportTask t;
    t.kind = r.text("kind") == "snapshot" ? ImportKind::snapshot : ImportKind::image;
    t.description = r.text("description");
    t.status = r.text("status");
    t.status_message = r.text("message");
    t.progress = r.text("progress");
    t.image_id = r.text("image");
    t.architecture = r.text("arch");
    t.platform = r.text("platform");
    t.license_type = r.text("license");
    t.detected = r.text("detected");
    t.boot_mode = boot_mode_of(r);
    t.boot_mode_given = r.flag("boot_mode_given");
    t.disks = decode_all<ImportedDisk>(r.records("disks"), decode_disk);
    t.containers = decode_all<DiskContainer>(r.records("containers"), decode_container);
    t.job_id = r.text("job");
    t.created = r.instant("created");
    return t;
}

std::string arn_of(const Scope& scope, std::string_view type, std::string_view id) {
    return "arn:aws:ec2:" + scope.region + ":" + scope.account + ":" + std::string{type} + "/" +
           std::string{id};
}

std::string image_names(const Scope& scope) { return "ec2.image-name/" + scope.account + "/" + scope.region; }

std::string key_names(const Scope& scope) { return "ec2.key-name/" + scope.account + "/" + scope.region; }

std::string addresses(const Scope& scope, std::string_view subnet_id) {
    return "ec2.address/" + scope.account + "/" + scope.region + "/" + std::string{subnet_id};
}

Result<state::Resource> Records::load(const state::Key& key) const {
    state::Resource resource = TRY(store_.get(key));
    if (resource.retired) return Error{Errc::not_found, key.id + " is no more"};
    return resource;
}

Result<state::Resource> Records::load_by_id(std::string_view kind, std::string_view id) const {
    auto resource = TRY(store_.find_by_id(kind, id));
    if (!resource) return Error{Errc::not_found, std::string{id} + " is not there"};
    return *std::move(resource);
}

Result<Records::Resources> Records::load_some(std::string_view kind, const Scope& scope, state::ById by,
                                              std::size_t limit) const {
    state::Query query{.kind = std::string{kind}};
    query.account = scope.account, query.region = scope.region;
    query.by = std::move(by);
    query.limit = limit;
    return TRY(store_.list(query)).items;
}

Result<Records::Resources> Records::load_few(
    std::string_view kind, const Scope& scope,
    std::variant<state::ById, state::ByParent, state::ByTag, state::ByIndex> by) const {
    state::Query query{.kind = std::string{kind}};
    query.account = scope.account, query.region = scope.region;
    query.by = std::move(by);
    query.limit = kFew;
    return TRY(store_.list(query)).items;
}

Status Records::visit_all(state::Query query,
                          const std::function<Status(const state::Resource&)>& visit) const {
    do {
        state::Page page = TRY(store_.list(query));
        for (const state::Resource& resource : page.items) TRY(visit(resource));
        query.after = std::move(page.next);
    } while (!query.after.empty());
    return {};
}

Result<std::vector<Stored<Instance>>> Records::ended(Instant until) const {
    std::vector<Stored<Instance>> found;
    const state::Query query{
        .kind = std::string{Kind<Instance>::kName}, .by = state::ByIndex{"ended", "yes"}, .limit = 256};
    TRY(visit_all(query, [&](const state::Resource& resource) -> Status {
        Stored<Instance> instance = TRY(stored_of<Instance>(resource));
        if (instance.value.ended <= until) found.push_back(std::move(instance));
        return {};
    }));
    return found;
}

Status Records::release(const Stored<Instance>& instance, state::Tx& tx) const {
    // Looked up first: an instance whose launch failed early, or of an older server, may have none of them.
    const auto drop = [&](const state::Key& key) -> Status {
        const auto found = load(key);
        if (found.ok()) tx.erase(key, state::kAnyVersion);
        return found.ok() || found.is(Errc::not_found) ? Status{} : Status{found.error()};
    };
    for (const BlockDevice& device : instance.value.devices)
        TRY(drop(key<Volume>(instance.scope, device.volume_id)));
    return drop(key<Interface>(instance.scope, instance.value.interface_id));
}

Result<std::string> Records::holder(const std::string& space, std::string_view name) const {
    const auto owner = TRY(store_.holder(space, name));
    return owner ? owner->id : std::string{};
}

state::Resource Records::with_tags(state::Resource resource, const Tags& tags) {
    for (const Tag& tag : tags) resource.tags.push_back({tag.key, tag.value});
    return resource;
}

Tags Records::tags_of(const state::Resource& resource) {
    Tags tags;
    for (const state::Tag& tag : resource.tags) tags.push_back({tag.key, tag.value});
    return tags;
}

}  // namespace landfall::ec2
