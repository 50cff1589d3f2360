#include "services/sns/push_targets.hpp"

#include "services/sns/model_names.hpp"

namespace landfall::sns {
namespace {

bool disabled(const MobileRecord& record) {
    const auto at = record.attributes.find("Enabled");
    return at != record.attributes.end() && at->second == "false";
}

Judged<MobileRecord> load(const Records& records, const ArnParts& arn, std::string_view id) {
    const auto stored = records.get<MobileRecord>(mobile_key(arn.account, arn.region, id));
    if (stored.is(Errc::not_found))
        return invalid("TargetArn Reason: No endpoint found for the target arn specified");
    if (!stored.ok()) return stored.error();
    return stored->value;
}

}  // namespace

Verdict check_push_target(const Records& records, std::string_view endpoint_arn) {
    const auto arn = arn_parts(endpoint_arn);
    if (!arn) return invalid("TargetArn Reason: No endpoint found for the target arn specified");
    const MobileRecord endpoint = TRY(load(records, *arn, arn->resource));
    if (disabled(endpoint)) return Fault{FaultCode::endpoint_disabled, "Endpoint is disabled"};
    const MobileRecord application = TRY(load(records, *arn, endpoint.parent));
    if (disabled(application))
        return Fault{FaultCode::platform_disabled, "The platform application is disabled"};
    return {};
}

}  // namespace landfall::sns
