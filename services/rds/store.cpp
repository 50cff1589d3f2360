#include "services/rds/store.hpp"

namespace landfall::rds {
namespace {

state::Record::Texts texts_of(const Settings& settings) {
    state::Record::Texts texts;
    for (const auto& [name, value] : settings) texts.insert(texts.end(), {name, value});
    return texts;
}

Settings settings_of(const state::Record::Texts& texts) {
    Settings settings;
    for (std::size_t i = 0; i + 1 < texts.size(); i += 2) settings[texts[i]] = texts[i + 1];
    return settings;
}

Identity identity_of(const state::Resource& resource) {
    return {{resource.key.account, resource.key.region}, resource.key.id};
}

Tags tags_of(const state::Resource& resource) {
    Tags tags;
    for (const state::Tag& tag : resource.tags) tags.emplace_back(tag.key, tag.value);
    std::ranges::sort(tags);
    return tags;
}

state::Resource resource_of(std::string_view kind, std::string_view thing, const Identity& self,
                            const Tags& tags, const state::Record& record) {
    state::Resource resource{
        .key = key_of(kind, self), .arn = arn_of(self, thing), .state = "available", .doc = record.encode()};
    for (const auto& [key, value] : tags) resource.tags.push_back({key, value});
    return resource;
}

}  // namespace

state::Key key_of(std::string_view kind, const Identity& identity) {
    return {std::string{kind}, identity.scope.account, identity.scope.region, identity.name};
}

state::Resource Kind<DbInstance>::encode(const DbInstance& i) {
    state::Record record;
    record.set("reason", i.reason)
        .set("resource", i.resource_id)
        .set("engine", i.engine)
        .set("version", i.version)
        .set("class", i.instance_class)
        .set("pending-class", i.pending_class)
        .set("storage", i.storage_gib)
        .set("storage-type", i.storage_type)
        .set("user", i.user)
        .set("password", i.sealed_password)
        .set("database", i.database)
        .set("port", i.port)
        .set("group", i.parameter_group)
        .set("applied", texts_of(i.applied))
        .set("zone", i.availability_zone)
        .set("maintenance", i.maintenance_window)
        .set("backup", i.backup_window)
        .set("subnets", i.subnet_group)
        .set("ca", i.ca)
        .set("security", i.security_groups)
        .set("protected", i.protected_from_deletion)
        .set("public", i.publicly_accessible)
        .set("upgrades", i.upgrades_itself)
        .set("copies-tags", i.copies_tags)
        .set("created", i.created);
    state::Resource resource = resource_of(kName, DbInstance::kThing, i.self, i.tags, record);
    resource.state = i.status;
    return resource;
}

Result<DbInstance> Kind<DbInstance>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    std::string id = TRY(record.need_text("resource"));
    return DbInstance{.self = identity_of(resource),
                      .status = resource.state,
                      .reason = record.text("reason"),
                      .resource_id = std::move(id),
                      .engine = record.text("engine"),
                      .version = record.text("version"),
                      .instance_class = record.text("class"),
                      .pending_class = record.text("pending-class"),
                      .storage_gib = static_cast<int>(record.number("storage")),
                      .storage_type = record.text("storage-type"),
                      .user = record.text("user"),
                      .sealed_password = record.text("password"),
                      .database = record.text("database"),
                      .port = static_cast<std::uint16_t>(record.number("port")),
                      .parameter_group = record.text("group"),
                      .applied = settings_of(record.texts("applied")),
                      .availability_zone = record.text("zone"),
                      .maintenance_window = record.text("maintenance"),
                      .backup_window = record.text("backup"),
                      .subnet_group = record.text("subnets"),
                      .ca = record.text("ca"),
                      .security_groups = record.texts("security"),
                      .protected_from_deletion = record.flag("protected"),
                      .publicly_accessible = record.flag("public"),
                      .upgrades_itself = record.flag("upgrades"),
                      .copies_tags = record.flag("copies-tags"),
                      .created = record.instant("created"),
                      .tags = tags_of(resource)};
}

state::Resource Kind<ParameterGroup>::encode(const ParameterGroup& g) {
    state::Record::Texts chosen;
    for (const auto& [name, each] : g.chosen) chosen.insert(chosen.end(), {name, each.value, each.method});
    state::Record record;
    record.set("family", g.family).set("description", g.description).set("chosen", chosen);
    return resource_of(kName, ParameterGroup::kThing, g.self, g.tags, record);
}

Result<ParameterGroup> Kind<ParameterGroup>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    std::string family = TRY(record.need_text("family"));
    ParameterGroup group{.self = identity_of(resource),
                         .family = std::move(family),
                         .description = record.text("description"),
                         .tags = tags_of(resource)};
    const auto& chosen = record.texts("chosen");
    for (std::size_t i = 0; i + 2 < chosen.size(); i += 3)
        group.chosen[chosen[i]] = {chosen[i + 1], chosen[i + 2]};
    return group;
}

}  // namespace landfall::rds
