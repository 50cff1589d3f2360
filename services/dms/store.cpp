#include "services/dms/store.hpp"

#include <algorithm>
#include <charconv>

namespace landfall::dms {

state::Resource resource_of(std::string_view kind, std::string_view thing, const Identity& self,
                            const Tags& tags, const state::Record& record) {
    state::Resource resource{
        .key = key_of(kind, self), .arn = arn_of(self, thing), .state = "available", .doc = record.encode()};
    for (const auto& [key, value] : tags) resource.tags.push_back({key, value});
    return resource;
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

state::Record record_of(const ProviderSettings& settings) {
    state::Record::Texts texts, numbers, flags;
    for (const auto& [name, value] : settings.texts) texts.insert(texts.end(), {name, value});
    for (const auto& [name, value] : settings.numbers)
        numbers.insert(numbers.end(), {name, std::to_string(value)});
    for (const auto& [name, value] : settings.flags) flags.insert(flags.end(), {name, value ? "yes" : "no"});
    state::Record record;
    return record.set("kind", settings.kind).set("texts", texts).set("numbers", numbers).set("flags", flags);
}

ProviderSettings settings_of(const state::Record& record) {
    ProviderSettings settings{.kind = record.text("kind")};
    const auto each = [&](std::string_view field, auto take) {
        const state::Record::Texts& pairs = record.texts(field);
        for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) take(pairs[i], pairs[i + 1]);
    };
    each("texts", [&](const auto& name, const auto& value) { settings.texts[name] = value; });
    each("numbers", [&](const auto& name, const auto& value) {
        std::int64_t number = 0;
        std::from_chars(value.data(), value.data() + value.size(), number);
        settings.numbers[name] = number;
    });
    each("flags", [&](const auto& name, const auto& value) { settings.flags[name] = value == "yes"; });
    return settings;
}

namespace {

state::Record::Records records_of(const std::vector<Descriptor>& descriptors) {
    state::Record::Records records;
    for (const Descriptor& each : descriptors) {
        state::Record record;
        record.set("provider", each.provider).set("secret", each.secret_id).set("role", each.role_arn);
        records.push_back(std::move(record));
    }
    return records;
}

std::vector<Descriptor> descriptors_of(const state::Record::Records& records) {
    std::vector<Descriptor> descriptors;
    for (const state::Record& each : records)
        descriptors.push_back({each.text("provider"), each.text("secret"), each.text("role")});
    return descriptors;
}

}  // namespace

state::Key key_of(std::string_view kind, const Identity& identity) {
    return {std::string{kind}, identity.scope.account, identity.scope.region, identity.id};
}

state::Resource Kind<InstanceProfile>::encode(const InstanceProfile& p) {
    state::Record record;
    record.set("name", p.name)
        .set("description", p.description)
        .set("zone", p.availability_zone)
        .set("kms", p.kms_key_arn)
        .set("network", p.network_type)
        .set("subnets", p.subnet_group)
        .set("groups", p.security_groups)
        .set("created", p.created);
    if (p.publicly_accessible) record.set("public", *p.publicly_accessible);
    return resource_of(kName, InstanceProfile::kThing, p.self, p.tags, record);
}

Result<InstanceProfile> Kind<InstanceProfile>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    // TRY stands alone: leaving from within a braced list would leak what is built already.
    std::string name = TRY(record.need_text("name"));
    InstanceProfile profile{.self = identity_of(resource),
                            .name = std::move(name),
                            .description = record.text("description"),
                            .availability_zone = record.text("zone"),
                            .kms_key_arn = record.text("kms"),
                            .network_type = record.text("network"),
                            .subnet_group = record.text("subnets"),
                            .security_groups = record.texts("groups"),
                            .created = record.instant("created"),
                            .tags = tags_of(resource)};
    if (record.has("public")) profile.publicly_accessible = record.flag("public");
    return profile;
}

state::Resource Kind<DataProvider>::encode(const DataProvider& p) {
    state::Record record;
    record.set("name", p.name)
        .set("description", p.description)
        .set("engine", p.engine)
        .set("virtual", p.is_virtual)
        .set("settings", record_of(p.settings))
        .set("created", p.created);
    return resource_of(kName, DataProvider::kThing, p.self, p.tags, record);
}

Result<DataProvider> Kind<DataProvider>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    std::string name = TRY(record.need_text("name"));
    return DataProvider{.self = identity_of(resource),
                        .name = std::move(name),
                        .description = record.text("description"),
                        .engine = record.text("engine"),
                        .is_virtual = record.flag("virtual"),
                        .settings = settings_of(record.record("settings")),
                        .created = record.instant("created"),
                        .tags = tags_of(resource)};
}

state::Resource Kind<MigrationProject>::encode(const MigrationProject& p) {
    state::Record record;
    record.set("name", p.name)
        .set("description", p.description)
        .set("sources", records_of(p.sources))
        .set("targets", records_of(p.targets))
        .set("profile", p.instance_profile)
        .set("rules", p.transformation_rules)
        .set("bucket", p.bucket_path)
        .set("role", p.bucket_role_arn)
        .set("configuration", p.configuration)
        .set("created", p.created);
    return resource_of(kName, MigrationProject::kThing, p.self, p.tags, record);
}

Result<MigrationProject> Kind<MigrationProject>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    std::string name = TRY(record.need_text("name"));
    return MigrationProject{.self = identity_of(resource),
                            .name = std::move(name),
                            .description = record.text("description"),
                            .sources = descriptors_of(record.records("sources")),
                            .targets = descriptors_of(record.records("targets")),
                            .instance_profile = record.text("profile"),
                            .transformation_rules = record.text("rules"),
                            .bucket_path = record.text("bucket"),
                            .bucket_role_arn = record.text("role"),
                            .configuration = record.text("configuration"),
                            .created = record.instant("created"),
                            .tags = tags_of(resource)};
}

}  // namespace landfall::dms
