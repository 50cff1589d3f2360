// Platform applications and their endpoints: stored and returned; what is published to them goes to the hook.
#include <algorithm>

#include "base/hash.hpp"
#include "services/sns/api.hpp"
#include "services/sns/push_targets.hpp"

namespace landfall::sns {
namespace {

using Sort = MobileRecord::Sort;

Judged<MobileRecord> load(Sns& sns, const CallContext& call, std::string_view arn, Sort sort) {
    const bool app = sort == Sort::application;
    const std::string_view parameter = app ? "PlatformApplicationArn" : "EndpointArn";
    if (arn_elements(arn) < 6)
        return invalid(std::string{parameter} + " Reason: An ARN must have at least 6 elements, not " +
                       std::to_string(arn_elements(arn)));
    const auto parts = arn_parts(arn);
    if (!parts || parts->region != call.region || parts->account != call.account) return invalid(parameter);
    const auto slashes = std::count(parts->resource.begin(), parts->resource.end(), '/');
    if (slashes != (app ? 2 : 3))
        return invalid(std::string{parameter} +
                       " Reason: Wrong number of slashes in relative portion of the ARN.");
    auto stored = sns.records().get<MobileRecord>(mobile_key(call.account, call.region, parts->resource));
    if (stored.is(Errc::not_found))
        return Fault{FaultCode::not_found,
                     app ? "PlatformApplication does not exist" : "Endpoint does not exist"};
    if (!stored.ok()) return stored.error();
    return std::move(stored->value);
}

Attributes without_credentials(Attributes attributes) {
    attributes.erase("PlatformCredential");
    attributes.erase("PlatformPrincipal");
    return attributes;
}

/// One page of records whose ids begin so; `next` is the token of the following page.
struct MobilePage {
    std::vector<MobileRecord> records;
    std::string next;
};
Judged<MobilePage> page(Sns& sns, const CallContext& call, std::string prefix,
                        std::optional<std::string_view> token) {
    const std::string filter = "sns.mobile/" + call.account + "/" + call.region + "/" + prefix;
    std::string after = TRY(page_start(sns, token, filter));
    state::Query query{.kind = "sns.mobile",
                       .account = call.account,
                       .region = call.region,
                       .by = state::ById{std::move(prefix), {}},
                       .after = std::move(after),
                       .limit = kPageSize};
    const state::Page found = TRY(sns.records().store().list(query));
    MobilePage answer;
    for (const state::Resource& resource : found.items) {
        MobileRecord record = TRY(Kind<MobileRecord>::decode(resource));
        answer.records.push_back(std::move(record));
    }
    if (!found.next.empty()) answer.next = page_token(sns, found.next, filter);
    return answer;
}

Judged<std::string> create_endpoint(Sns& sns, const CallContext& call, api::CreatePlatformEndpoint::In in) {
    const MobileRecord app = TRY(load(sns, call, in.platform_application_arn(), Sort::application));
    Attributes attributes = attributes_in(in.attributes());
    if (in.custom_user_data()) attributes["CustomUserData"] = std::string{*in.custom_user_data()};
    TRY(check_endpoint_attributes(attributes));
    attributes["Token"] = std::string{in.token()};
    attributes.emplace("Enabled", "true");
    // The id follows from the token, so that a second endpoint of one token finds the first.
    const std::string hash = sha256(std::string{in.token()}).hex();
    const std::string id = "endpoint" + app.id.substr(3) + "/" + hash.substr(0, 8) + "-" + hash.substr(8, 4) +
                           "-" + hash.substr(12, 4) + "-" + hash.substr(16, 4) + "-" + hash.substr(20, 12);
    const MobileRecord made{Sort::endpoint, call.account, call.region, id, app.id, attributes};
    const Status created = sns.records().create(cause_of(call, "CreatePlatformEndpoint"), made);
    if (created.ok()) return made.arn();
    if (!created.is(Errc::already_exists)) return created.error();
    const MobileRecord there = TRY(load(sns, call, made.arn(), Sort::endpoint));
    if (there.attributes != attributes)
        return invalid("Token Reason: Endpoint " + made.arn() +
                       " already exists with the same Token, but different attributes.");
    return there.arn();
}

Verdict set_attributes(Sns& sns, const CallContext& call, std::string_view arn, Sort sort,
                       const Attributes& given) {
    const MobileRecord there = TRY(load(sns, call, arn, sort));
    TRY(sort == Sort::application ? check_application_attributes(given) : check_endpoint_attributes(given));
    TRY(sns.records().update<MobileRecord>(cause_of(call, "SetAttributes"),
                                           mobile_key(there.account, there.region, there.id),
                                           [&](MobileRecord& record) -> Verdict {
                                               for (const auto& [key, value] : given)
                                                   record.attributes[key] = value;
                                               return {};
                                           }));
    return {};
}

Verdict remove(Sns& sns, const CallContext& call, std::string_view arn, Sort sort) {
    const auto there = load(sns, call, arn, sort);
    if (!there.ok()) {
        if (there.error().code() == FaultCode::not_found) return {};
        return there.error();
    }
    TRY(sns.records().erase(cause_of(call, "Delete"),
                            {mobile_key(there->account, there->region, there->id)}));
    return {};
}

void register_applications(Operations& operations, Sns& sns) {
    operations.on<api::CreatePlatformApplication>([&sns](const CallContext& call,
                                                         api::CreatePlatformApplication::In in,
                                                         api::CreatePlatformApplication::Out out) -> Verdict {
        const Attributes given = attributes_in(in.attributes());
        TRY(check_application(in.name(), in.platform(), given));
        const std::string id = "app/" + std::string{in.platform()} + "/" + std::string{in.name()};
        const MobileRecord made{Sort::application, call.account, call.region, id, {}, given};
        const Status created = sns.records().create(cause_of(call, "CreatePlatformApplication"), made);
        if (created.is(Errc::already_exists))
            TRY(set_attributes(sns, call, made.arn(), Sort::application, given));
        else
            TRY(Status{created});
        out.set_platform_application_arn(made.arn());
        return {};
    });
    operations.on<api::GetPlatformApplicationAttributes>(
        [&sns](const CallContext& call, api::GetPlatformApplicationAttributes::In in,
               api::GetPlatformApplicationAttributes::Out out) -> Verdict {
            const MobileRecord there = TRY(load(sns, call, in.platform_application_arn(), Sort::application));
            out.start_attributes();
            out.put_attributes("Enabled", "true");
            for (const auto& [key, value] : without_credentials(there.attributes))
                if (key != "Enabled") out.put_attributes(key, value);
            return {};
        });
    operations.on<api::SetPlatformApplicationAttributes>([&sns](const CallContext& call,
                                                                api::SetPlatformApplicationAttributes::In in,
                                                                api::SetPlatformApplicationAttributes::Out) {
        return set_attributes(sns, call, in.platform_application_arn(), Sort::application,
                              attributes_in(in.attributes()));
    });
    operations.on<api::DeletePlatformApplication>([&sns](const CallContext& call,
                                                         api::DeletePlatformApplication::In in,
                                                         api::DeletePlatformApplication::Out) {
        return remove(sns, call, in.platform_application_arn(), Sort::application);
    });
    operations.on<api::ListPlatformApplications>([&sns](const CallContext& call,
                                                        api::ListPlatformApplications::In in,
                                                        api::ListPlatformApplications::Out out) -> Verdict {
        const MobilePage found = TRY(page(sns, call, "app/", in.next_token()));
        out.start_platform_applications();
        for (const MobileRecord& record : found.records) {
            auto one = out.add_platform_applications();
            one.set_platform_application_arn(record.arn());
            one.start_attributes();
            for (const auto& [key, value] : without_credentials(record.attributes))
                one.put_attributes(key, value);
        }
        if (!found.next.empty()) out.set_next_token(found.next);
        return {};
    });
}

}  // namespace

Verdict check_push_target(Sns& sns, const CallContext& call, std::string_view endpoint_arn) {
    const auto endpoint = load(sns, call, endpoint_arn, Sort::endpoint);
    if (!endpoint.ok() && endpoint.error().code() != FaultCode::not_found) return endpoint.error();
    return check_push_target(sns.records(), endpoint_arn);
}

void register_mobile(Operations& operations, Sns& sns) {
    register_applications(operations, sns);
    operations.on<api::CreatePlatformEndpoint>([&sns](const CallContext& call,
                                                      api::CreatePlatformEndpoint::In in,
                                                      api::CreatePlatformEndpoint::Out out) -> Verdict {
        const std::string arn = TRY(create_endpoint(sns, call, in));
        out.set_endpoint_arn(arn);
        return {};
    });
    operations.on<api::GetEndpointAttributes>([&sns](const CallContext& call,
                                                     api::GetEndpointAttributes::In in,
                                                     api::GetEndpointAttributes::Out out) -> Verdict {
        const MobileRecord there = TRY(load(sns, call, in.endpoint_arn(), Sort::endpoint));
        out.start_attributes();
        for (const auto& [key, value] : there.attributes) out.put_attributes(key, value);
        return {};
    });
    operations.on<api::SetEndpointAttributes>(
        [&sns](const CallContext& call, api::SetEndpointAttributes::In in, api::SetEndpointAttributes::Out) {
            return set_attributes(sns, call, in.endpoint_arn(), Sort::endpoint,
                                  attributes_in(in.attributes()));
        });
    operations.on<api::DeleteEndpoint>(
        [&sns](const CallContext& call, api::DeleteEndpoint::In in, api::DeleteEndpoint::Out) {
            return remove(sns, call, in.endpoint_arn(), Sort::endpoint);
        });
    operations.on<api::ListEndpointsByPlatformApplication>(
        [&sns](const CallContext& call, api::ListEndpointsByPlatformApplication::In in,
               api::ListEndpointsByPlatformApplication::Out out) -> Verdict {
            const MobileRecord app = TRY(load(sns, call, in.platform_application_arn(), Sort::application));
            const MobilePage found =
                TRY(page(sns, call, "endpoint" + app.id.substr(3) + "/", in.next_token()));
            out.start_endpoints();
            for (const MobileRecord& record : found.records) {
                auto one = out.add_endpoints();
                one.set_endpoint_arn(record.arn());
                one.start_attributes();
                for (const auto& [key, value] : record.attributes) one.put_attributes(key, value);
            }
            if (!found.next.empty()) out.set_next_token(found.next);
            return {};
        });
}

}  // namespace landfall::sns
