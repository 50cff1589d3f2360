// Tags of DB instances and parameter groups.
#include "services/rds/api.hpp"

namespace landfall::rds {
namespace {

/// The live resource of an ARN in the call's account and region.
Judged<state::Resource> tagged(Rds& rds, const CallContext& call, std::string_view arn) {
    const auto named = parse_arn(arn);
    const bool group = named && named->thing == ParameterGroup::kThing;
    if (!named || (named->thing != DbInstance::kThing && !group) || named->identity.scope != scope_of(call))
        return invalid_value("Invalid resource name:" + std::string{arn});
    const std::string_view kind = group ? Kind<ParameterGroup>::kName : Kind<DbInstance>::kName;
    auto resource = rds.parts().state.get(key_of(kind, named->identity));
    if (group && resource.is(Errc::not_found))
        return Fault{FaultCode::group_not_found, "DBParameterGroup not found: " + named->identity.name};
    if (resource.is(Errc::not_found) || (resource.ok() && resource->retired))
        return Fault{FaultCode::instance_not_found, "DBInstance " + named->identity.name + " not found."};
    if (!resource.ok()) return resource.error();
    return std::move(*resource);
}

Verdict add_tags(Rds& rds, const CallContext& call, api::AddTagsToResource::In in,
                 api::AddTagsToResource::Out) {
    const state::Resource resource = TRY(tagged(rds, call, in.resource_name()));
    const Tags tags = TRY(tags_in(in.tags()));
    std::vector<state::Tag> set;
    std::size_t together = resource.tags.size();
    for (const auto& [key, value] : tags) {
        const bool there = std::any_of(resource.tags.begin(), resource.tags.end(),
                                       [name = key](const state::Tag& tag) { return tag.key == name; });
        together += there ? 0 : 1;
        set.push_back({key, value});
    }
    if (together > kTagsMax) return invalid_value("Too many tags: a resource has at most 50");
    state::Tx tx{cause_of(call, "AddTagsToResource")};
    tx.set_tags(resource.key, std::move(set), {});
    TRY(rds.parts().state.commit(std::move(tx)));
    return {};
}

Verdict remove_tags(Rds& rds, const CallContext& call, api::RemoveTagsFromResource::In in,
                    api::RemoveTagsFromResource::Out) {
    const state::Resource resource = TRY(tagged(rds, call, in.resource_name()));
    std::vector<std::string> keys;
    for (const std::string_view key : in.tag_keys()) keys.emplace_back(key);
    state::Tx tx{cause_of(call, "RemoveTagsFromResource")};
    tx.set_tags(resource.key, {}, std::move(keys));
    TRY(rds.parts().state.commit(std::move(tx)));
    return {};
}

Verdict list_tags(Rds& rds, const CallContext& call, api::ListTagsForResource::In in,
                  api::ListTagsForResource::Out out) {
    const state::Resource resource = TRY(tagged(rds, call, in.resource_name()));
    out.start_tag_list();
    for (const state::Tag& each : resource.tags) {
        auto tag = out.add_tag_list();
        tag.set_key(each.key);
        tag.set_value(each.value);
    }
    return {};
}

}  // namespace

void register_tags(Operations& operations) {
    operations.on<api::AddTagsToResource>(add_tags);
    operations.on<api::RemoveTagsFromResource>(remove_tags);
    operations.on<api::ListTagsForResource>(list_tags);
}

}  // namespace landfall::rds
