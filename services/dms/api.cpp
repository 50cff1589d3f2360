#include "services/dms/api.hpp"

namespace landfall::dms {
namespace {

wire::ErrorCode wire_code(FaultCode code) {
    namespace errors = api::errors;
    switch (code) {
        case FaultCode::not_found: return errors::kResourceNotFoundFault;
        case FaultCode::already_exists: return errors::kResourceAlreadyExistsFault;
        case FaultCode::invalid_state: return errors::kInvalidResourceStateFault;
        case FaultCode::access_denied: return errors::kAccessDeniedFault;
        case FaultCode::quota_exceeded: return errors::kResourceQuotaExceededFault;
        case FaultCode::invalid_certificate: return errors::kInvalidCertificateFault;
        case FaultCode::invalid_topic: return errors::kSNSInvalidTopicFault;
        case FaultCode::s3_not_found: return errors::kS3ResourceNotFoundFault;
        case FaultCode::s3_denied: return errors::kS3AccessDeniedFault;
        case FaultCode::failed_dependency: return errors::kFailedDependencyFault;
        case FaultCode::invalid_value: return errors::kInvalidParameterValueException;
        case FaultCode::invalid_combination: return errors::kInvalidParameterCombinationException;
        case FaultCode::inner: break;
    }
    return wire::common_code(wire::CommonError::internal);
}

}  // namespace

wire::ApiError api_error_of(const Fault& fault) {
    if (fault.code() == FaultCode::inner) return wire::api_error_of(Error{fault.inner(), fault.message()});
    return {.code = wire_code(fault.code()), .message = fault.message()};
}

state::Cause cause_of(const CallContext& call, std::string_view operation) {
    return {.actor = call.caller.arn,
            .key_id = call.caller.access_key,
            .source_ip = call.source_ip,
            .request_id = call.request_id,
            .service = "dms",
            .operation = std::string{operation}};
}

Judged<Tags> tags_in(wire::ListView<api::in::Tag> list) {
    Tags tags;
    for (const api::in::Tag tag : list)
        tags.emplace_back(std::string{tag.key().value_or("")}, std::string{tag.value().value_or("")});
    TRY(check_tags(tags));
    std::sort(tags.begin(), tags.end());
    const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (std::adjacent_find(tags.begin(), tags.end(), same) != tags.end())
        return invalid_value("Tags holds a key twice");
    if (tags.size() > kTagsMax) return invalid_value("a resource has at most 50 tags");
    return tags;
}

Judged<Filters> filters_in(wire::ListView<api::in::Filter> list,
                           std::initializer_list<std::string_view> known) {
    Filters filters;
    for (const api::in::Filter filter : list) {
        if (std::find(known.begin(), known.end(), filter.name()) == known.end())
            return invalid_value("there is no filter " + std::string{filter.name()});
        if (filter.values().empty())
            return invalid_value("filter " + std::string{filter.name()} + " has no values");
        auto& values = filters[std::string{filter.name()}];
        for (const std::string_view value : filter.values()) values.emplace_back(value);
    }
    return filters;
}

bool passes(const Filters& filters, std::string_view filter, std::string_view name, std::string_view arn) {
    const auto found = filters.find(filter);
    if (found == filters.end()) return true;
    return std::any_of(found->second.begin(), found->second.end(),
                       [&](const std::string& value) { return value == name || value == arn; });
}

Judged<PageAsked> page_in(const Dms& dms, const CallContext& call, std::string_view question,
                          const Filters& filters, std::optional<std::int32_t> max_records,
                          std::optional<std::string_view> marker) {
    const std::int32_t size = max_records.value_or(kPageSizeMax);
    if (size < 1 || size > kPageSizeMax) return invalid_value("MaxRecords must be 1 to 100");
    PageAsked page{.size = static_cast<std::size_t>(size)};
    page.filter = "dms." + std::string{question} + "/" + call.account + "/" + call.region;
    for (const auto& [name, values] : filters) {
        page.filter += "/" + name;
        for (const std::string& value : values) page.filter += "=" + value;
    }
    if (!marker || marker->empty()) return page;
    auto opened = dms.parts().tokens.open(*marker, page.filter);
    if (!opened.ok()) return invalid_value("Marker is not of this question");
    page.after = std::move(*opened);
    return page;
}

}  // namespace landfall::dms
