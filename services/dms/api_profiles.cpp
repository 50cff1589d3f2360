// Instance profiles: create, describe, modify, delete.
#include "services/dms/api.hpp"

namespace landfall::dms {
namespace {

/// What both the creation and a change may give.
template <class In>
void take_settings(In in, InstanceProfile& profile) {
    const auto take = [](std::optional<std::string_view> given, std::string& to) {
        if (given) to = *given;
    };
    take(in.instance_profile_name(), profile.name);
    take(in.description(), profile.description);
    take(in.availability_zone(), profile.availability_zone);
    take(in.kms_key_arn(), profile.kms_key_arn);
    take(in.network_type(), profile.network_type);
    take(in.subnet_group_identifier(), profile.subnet_group);
    if (in.publicly_accessible()) profile.publicly_accessible = in.publicly_accessible();
    if (!in.has_vpc_security_groups()) return;
    profile.security_groups.clear();
    for (const std::string_view group : in.vpc_security_groups()) profile.security_groups.emplace_back(group);
}

void put_profile(api::out::InstanceProfile out, const InstanceProfile& profile) {
    const auto put = [&](auto setter, const std::string& value) {
        if (!value.empty()) (out.*setter)(value);
    };
    using Out = api::out::InstanceProfile;
    out.set_instance_profile_name(profile.name);
    out.set_instance_profile_arn(arn_of(profile.self, InstanceProfile::kThing));
    out.set_instance_profile_creation_time(profile.created);
    put(&Out::set_description, profile.description);
    put(&Out::set_availability_zone, profile.availability_zone);
    put(&Out::set_kms_key_arn, profile.kms_key_arn);
    put(&Out::set_network_type, profile.network_type);
    put(&Out::set_subnet_group_identifier, profile.subnet_group);
    if (profile.publicly_accessible) out.set_publicly_accessible(*profile.publicly_accessible);
    if (!profile.security_groups.empty()) out.start_vpc_security_groups();
    for (const std::string& group : profile.security_groups) out.add_vpc_security_groups(group);
}

Verdict create(Dms& dms, const CallContext& call, api::CreateInstanceProfile::In in,
               api::CreateInstanceProfile::Out out) {
    InstanceProfile profile{.self = {scope_of(call), {}}};
    take_settings(in, profile);
    profile.tags = TRY(tags_in(in.tags()));
    put_profile(out.set_instance_profile(),
                TRY(dms.catalogue().create(cause_of(call, "CreateInstanceProfile"), std::move(profile))));
    return {};
}

Verdict describe(Dms& dms, const CallContext& call, api::DescribeInstanceProfiles::In in,
                 api::DescribeInstanceProfiles::Out out) {
    const Filters filters = TRY(filters_in(in.filters(), {"instance-profile-identifier"}));
    const PageAsked page = TRY(page_in(dms, call, "profiles", filters, in.max_records(), in.marker()));
    std::vector<InstanceProfile> profiles = TRY(dms.catalogue().list<InstanceProfile>(scope_of(call)));
    std::erase_if(profiles, [&](const InstanceProfile& profile) {
        return !passes(filters, "instance-profile-identifier", profile.name,
                       arn_of(profile.self, InstanceProfile::kThing));
    });
    if (profiles.empty() && !filters.empty())
        return Fault{FaultCode::not_found, "No instance profile was found that matches the filters"};
    out.start_instance_profiles();
    put_page(
        dms, page, profiles,
        [](const InstanceProfile& profile) -> const std::string& { return profile.name; },
        [&](const InstanceProfile& profile) { put_profile(out.add_instance_profiles(), profile); }, out);
    return {};
}

Verdict modify(Dms& dms, const CallContext& call, api::ModifyInstanceProfile::In in,
               api::ModifyInstanceProfile::Out out) {
    const auto change = [&](InstanceProfile& profile) -> Verdict {
        take_settings(in, profile);
        return {};
    };
    put_profile(out.set_instance_profile(), TRY(dms.catalogue().modify<InstanceProfile>(
                                                cause_of(call, "ModifyInstanceProfile"), scope_of(call),
                                                in.instance_profile_identifier(), change)));
    return {};
}

}  // namespace

void register_profiles(Operations& operations, Dms& dms) {
    operations.on<api::CreateInstanceProfile>(
        [&dms](const CallContext& call, api::CreateInstanceProfile::In in,
               api::CreateInstanceProfile::Out out) { return create(dms, call, in, out); });
    operations.on<api::DescribeInstanceProfiles>(
        [&dms](const CallContext& call, api::DescribeInstanceProfiles::In in,
               api::DescribeInstanceProfiles::Out out) { return describe(dms, call, in, out); });
    operations.on<api::ModifyInstanceProfile>(
        [&dms](const CallContext& call, api::ModifyInstanceProfile::In in,
               api::ModifyInstanceProfile::Out out) { return modify(dms, call, in, out); });
    operations.on<api::DeleteInstanceProfile>([&dms](const CallContext& call,
                                                     api::DeleteInstanceProfile::In in,
                                                     api::DeleteInstanceProfile::Out out) -> Verdict {
        put_profile(out.set_instance_profile(), TRY(dms.catalogue().remove<InstanceProfile>(
                                                    cause_of(call, "DeleteInstanceProfile"), scope_of(call),
                                                    in.instance_profile_identifier())));
        return {};
    });
}

}  // namespace landfall::dms
