// Tags of everything that DMS keeps.
#include "services/dms/api.hpp"

namespace landfall::dms {
namespace {

template <class T>
std::optional<state::Key> key_in(std::string_view arn) {
    const auto identity = parse_arn(arn, T::kThing);
    if (!identity) return std::nullopt;
    return key_of(Kind<T>::kName, *identity);
}

/// The live resource of an ARN in the call's account and region. ResourceNotFound.
Judged<state::Resource> tagged(Dms& dms, const CallContext& call, std::string_view arn) {
    std::optional<state::Key> key = key_in<InstanceProfile>(arn);
    if (!key) key = key_in<DataProvider>(arn);
    if (!key) key = key_in<MigrationProject>(arn);
    if (!key) key = key_in<ReplicationInstance>(arn);
    if (!key) key = key_in<SubnetGroup>(arn);
    if (!key) key = key_in<Endpoint>(arn);
    if (!key) key = key_in<Certificate>(arn);
    if (!key) key = key_in<Task>(arn);
    if (!key) key = key_in<EventSubscription>(arn);
    const Fault missing{FaultCode::not_found, "Resource " + std::string{arn} + " was not found"};
    if (!key || key->account != call.account || key->region != call.region) return missing;
    auto resource = dms.parts().state.get(*key);
    if (resource.is(Errc::not_found) || (resource.ok() && resource->retired)) return missing;
    if (!resource.ok()) return resource.error();
    return std::move(*resource);
}

Verdict add_tags(Dms& dms, const CallContext& call, api::AddTagsToResource::In in) {
    const state::Resource resource = TRY(tagged(dms, call, in.resource_arn()));
    const Tags tags = TRY(tags_in(in.tags()));
    std::vector<state::Tag> set;
    std::size_t together = resource.tags.size();
    for (const auto& added : tags) {
        const bool there = std::any_of(resource.tags.begin(), resource.tags.end(),
                                       [&](const state::Tag& tag) { return tag.key == added.first; });
        together += there ? 0 : 1;
        set.push_back({added.first, added.second});
    }
    if (together > kTagsMax) return invalid_value("a resource has at most 50 tags");
    state::Tx tx{cause_of(call, "AddTagsToResource")};
    tx.set_tags(resource.key, std::move(set), {});
    TRY(dms.parts().state.commit(std::move(tx)));
    return {};
}

Verdict remove_tags(Dms& dms, const CallContext& call, api::RemoveTagsFromResource::In in) {
    const state::Resource resource = TRY(tagged(dms, call, in.resource_arn()));
    std::vector<std::string> keys;
    for (const std::string_view key : in.tag_keys()) keys.emplace_back(key);
    state::Tx tx{cause_of(call, "RemoveTagsFromResource")};
    tx.set_tags(resource.key, {}, std::move(keys));
    TRY(dms.parts().state.commit(std::move(tx)));
    return {};
}

Verdict list_tags(Dms& dms, const CallContext& call, api::ListTagsForResource::In in,
                  api::ListTagsForResource::Out out) {
    if (in.has_resource_arn() == in.has_resource_arn_list())
        return Fault{FaultCode::invalid_combination, "give ResourceArn or ResourceArnList"};
    std::vector<std::string_view> arns;
    if (in.resource_arn()) arns.push_back(*in.resource_arn());
    for (const std::string_view arn : in.resource_arn_list()) arns.push_back(arn);
    out.start_tag_list();
    for (const std::string_view arn : arns) {
        const state::Resource resource = TRY(tagged(dms, call, arn));
        for (const state::Tag& tag : resource.tags) {
            auto one = out.add_tag_list();
            one.set_key(tag.key);
            one.set_value(tag.value);
            if (in.has_resource_arn_list()) one.set_resource_arn(arn);
        }
    }
    return {};
}

}  // namespace

void register_tags(Operations& operations, Dms& dms) {
    operations.on<api::AddTagsToResource>(
        [&dms](const CallContext& call, api::AddTagsToResource::In in, api::AddTagsToResource::Out) {
            return add_tags(dms, call, in);
        });
    operations.on<api::RemoveTagsFromResource>(
        [&dms](const CallContext& call, api::RemoveTagsFromResource::In in,
               api::RemoveTagsFromResource::Out) { return remove_tags(dms, call, in); });
    operations.on<api::ListTagsForResource>(
        [&dms](const CallContext& call, api::ListTagsForResource::In in, api::ListTagsForResource::Out out) {
            return list_tags(dms, call, in, out);
        });
}

}  // namespace landfall::dms
