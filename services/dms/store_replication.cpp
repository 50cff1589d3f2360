#include "services/dms/store_replication.hpp"

namespace landfall::dms {
namespace {

state::Record record_of(const InstanceChange& change) {
    state::Record record;
    if (change.instance_class) record.set("class", *change.instance_class);
    if (change.storage_gib) record.set("storage", *change.storage_gib);
    if (change.engine_version) record.set("version", *change.engine_version);
    if (change.multi_az) record.set("multi-az", *change.multi_az);
    return record;
}

InstanceChange change_of(const state::Record& record) {
    InstanceChange change;
    if (record.has("class")) change.instance_class = record.text("class");
    if (record.has("storage")) change.storage_gib = static_cast<int>(record.number("storage"));
    if (record.has("version")) change.engine_version = record.text("version");
    if (record.has("multi-az")) change.multi_az = record.flag("multi-az");
    return change;
}

}  // namespace

state::Resource Kind<ReplicationInstance>::encode(const ReplicationInstance& i) {
    state::Record record;
    record.set("name", i.name)
        .set("class", i.instance_class)
        .set("storage", i.storage_gib)
        .set("version", i.engine_version)
        .set("multi-az", i.multi_az)
        .set("pending", record_of(i.pending))
        .set("zone", i.availability_zone)
        .set("window", i.maintenance_window)
        .set("kms", i.kms_key)
        .set("subnets", i.subnet_group)
        .set("dns", i.dns_servers)
        .set("network", i.network_type)
        .set("upgrades", i.upgrades_itself)
        .set("public", i.publicly_accessible)
        .set("groups", i.security_groups)
        .set("created", i.created);
    state::Resource resource = resource_of(kName, ReplicationInstance::kThing, i.self, i.tags, record);
    resource.state = i.status;
    return resource;
}

Result<ReplicationInstance> Kind<ReplicationInstance>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    std::string name = TRY(record.need_text("name"));
    return ReplicationInstance{.self = identity_of(resource),
                               .name = std::move(name),
                               .status = resource.state,
                               .instance_class = record.text("class"),
                               .storage_gib = static_cast<int>(record.number("storage")),
                               .engine_version = record.text("version"),
                               .multi_az = record.flag("multi-az"),
                               .pending = change_of(record.record("pending")),
                               .availability_zone = record.text("zone"),
                               .maintenance_window = record.text("window"),
                               .kms_key = record.text("kms"),
                               .subnet_group = record.text("subnets"),
                               .dns_servers = record.text("dns"),
                               .network_type = record.text("network"),
                               .upgrades_itself = record.flag("upgrades"),
                               .publicly_accessible = record.flag("public"),
                               .security_groups = record.texts("groups"),
                               .created = record.instant("created"),
                               .tags = tags_of(resource)};
}

state::Resource Kind<SubnetGroup>::encode(const SubnetGroup& g) {
    state::Record record;
    record.set("name", g.name)
        .set("description", g.description)
        .set("subnets", g.subnets)
        .set("created", g.created);
    return resource_of(kName, SubnetGroup::kThing, g.self, g.tags, record);
}

Result<SubnetGroup> Kind<SubnetGroup>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    std::string name = TRY(record.need_text("name"));
    return SubnetGroup{.self = identity_of(resource),
                       .name = std::move(name),
                       .description = record.text("description"),
                       .subnets = record.texts("subnets"),
                       .created = record.instant("created"),
                       .tags = tags_of(resource)};
}

state::Resource Kind<Endpoint>::encode(const Endpoint& e) {
    state::Record record;
    record.set("name", e.name)
        .set("type", e.type)
        .set("engine", e.engine)
        .set("host", e.host)
        .set("port", e.port)
        .set("database", e.database)
        .set("user", e.user)
        .set("password", e.sealed_password)
        .set("secret", e.secret_id)
        .set("secret-role", e.secret_role)
        .set("ssl", e.ssl_mode)
        .set("certificate", e.certificate)
        .set("attributes", e.attributes)
        .set("kms", e.kms_key)
        .set("role", e.service_role)
        .set("settings", record_of(e.settings))
        .set("created", e.created);
    state::Resource resource = resource_of(kName, Endpoint::kThing, e.self, e.tags, record);
    resource.state = e.status;
    return resource;
}

Result<Endpoint> Kind<Endpoint>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    std::string name = TRY(record.need_text("name"));
    return Endpoint{.self = identity_of(resource),
                    .name = std::move(name),
                    .status = resource.state,
                    .type = record.text("type"),
                    .engine = record.text("engine"),
                    .host = record.text("host"),
                    .port = record.number("port"),
                    .database = record.text("database"),
                    .user = record.text("user"),
                    .sealed_password = record.text("password"),
                    .secret_id = record.text("secret"),
                    .secret_role = record.text("secret-role"),
                    .ssl_mode = record.text("ssl"),
                    .certificate = record.text("certificate"),
                    .attributes = record.text("attributes"),
                    .kms_key = record.text("kms"),
                    .service_role = record.text("role"),
                    .settings = settings_of(record.record("settings")),
                    .created = record.instant("created"),
                    .tags = tags_of(resource)};
}

state::Resource Kind<Certificate>::encode(const Certificate& c) {
    state::Record record;
    record.set("name", c.name)
        .set("pem", c.pem)
        .set("owner", c.owner)
        .set("from", c.valid_from)
        .set("to", c.valid_to)
        .set("algorithm", c.algorithm)
        .set("bits", c.key_bits)
        .set("kms", c.kms_key)
        .set("created", c.created);
    return resource_of(kName, Certificate::kThing, c.self, c.tags, record);
}

Result<Certificate> Kind<Certificate>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    std::string name = TRY(record.need_text("name"));
    return Certificate{.self = identity_of(resource),
                       .name = std::move(name),
                       .pem = record.text("pem"),
                       .owner = record.text("owner"),
                       .valid_from = record.instant("from"),
                       .valid_to = record.instant("to"),
                       .algorithm = record.text("algorithm"),
                       .key_bits = static_cast<int>(record.number("bits")),
                       .kms_key = record.text("kms"),
                       .created = record.instant("created"),
                       .tags = tags_of(resource)};
}

state::Resource Kind<Connection>::encode(const Connection& c) {
    state::Record record;
    record.set("instance", c.instance)
        .set("endpoint", c.endpoint)
        .set("failure", c.failure)
        .set("test", c.test);
    return {.key = key_of(kName, c.self), .parent = c.endpoint, .state = c.status, .doc = record.encode()};
}

Result<Connection> Kind<Connection>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    return Connection{.self = identity_of(resource),
                      .instance = record.text("instance"),
                      .endpoint = record.text("endpoint"),
                      .status = resource.state,
                      .failure = record.text("failure"),
                      .test = record.text("test")};
}

state::Resource Kind<SchemaList>::encode(const SchemaList& s) {
    state::Record record;
    record.set("instance", s.instance)
        .set("failure", s.failure)
        .set("look", s.look)
        .set("refreshed", s.refreshed)
        .set("schemas", s.schemas);
    return {.key = key_of(kName, s.self), .parent = s.self.id, .state = s.status, .doc = record.encode()};
}

Result<SchemaList> Kind<SchemaList>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    return SchemaList{.self = identity_of(resource),
                      .instance = record.text("instance"),
                      .status = resource.state,
                      .failure = record.text("failure"),
                      .look = record.text("look"),
                      .refreshed = record.instant("refreshed"),
                      .schemas = record.texts("schemas")};
}

}  // namespace landfall::dms
