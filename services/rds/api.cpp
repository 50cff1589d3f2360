#include "services/rds/api.hpp"

namespace landfall::rds {
namespace {

wire::ErrorCode wire_code(FaultCode code) {
    namespace errors = api::errors;
    switch (code) {
        case FaultCode::instance_not_found: return errors::kDBInstanceNotFoundFault;
        case FaultCode::instance_exists: return errors::kDBInstanceAlreadyExistsFault;
        case FaultCode::instance_state: return errors::kInvalidDBInstanceStateFault;
        case FaultCode::instance_quota: return errors::kInstanceQuotaExceededFault;
        case FaultCode::storage_quota: return errors::kStorageQuotaExceededFault;
        case FaultCode::capacity: return errors::kInsufficientDBInstanceCapacityFault;
        case FaultCode::group_not_found: return errors::kDBParameterGroupNotFoundFault;
        case FaultCode::group_exists: return errors::kDBParameterGroupAlreadyExistsFault;
        case FaultCode::group_quota: return errors::kDBParameterGroupQuotaExceededFault;
        case FaultCode::group_state: return errors::kInvalidDBParameterGroupStateFault;
        case FaultCode::log_not_found: return errors::kDBLogFileNotFoundFault;
        case FaultCode::snapshot_not_found: return errors::kDBSnapshotNotFoundFault;
        case FaultCode::subnet_group_not_found: return errors::kDBSubnetGroupNotFoundFault;
        case FaultCode::invalid_value: return errors::kInvalidParameterValue;
        case FaultCode::invalid_combination: return errors::kInvalidParameterCombination;
        case FaultCode::inner: break;
    }
    return wire::common_code(wire::CommonError::internal);
}

}  // namespace

wire::ApiError api_error_of(const Fault& fault) {
    if (fault.code() == FaultCode::inner) return wire::api_error_of(Error{fault.inner(), fault.message()});
    return {.code = wire_code(fault.code()), .message = fault.message()};
}

std::string_view license_of(std::string_view engine) {
    return engine == "postgres" ? "postgresql-license" : "general-public-license";
}

state::Cause cause_of(const CallContext& call, std::string_view operation) {
    return {.actor = call.caller.arn,
            .key_id = call.caller.access_key,
            .source_ip = call.source_ip,
            .request_id = call.request_id,
            .service = "rds",
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
    return tags;
}

Judged<Filters> filters_in(wire::ListView<api::in::Filter> list,
                           std::initializer_list<std::string_view> known) {
    Filters filters;
    for (const api::in::Filter filter : list) {
        if (std::find(known.begin(), known.end(), filter.name()) == known.end())
            return invalid_value("Unrecognized filter name: " + std::string{filter.name()});
        if (filter.values().empty())
            return invalid_value("The filter " + std::string{filter.name()} + " has no values");
        auto& values = filters[std::string{filter.name()}];
        for (const std::string_view value : filter.values()) values.emplace_back(value);
    }
    return filters;
}

bool passes(const Filters& filters, std::string_view filter, std::initializer_list<std::string_view> values) {
    const auto found = filters.find(filter);
    if (found == filters.end()) return true;
    return std::any_of(values.begin(), values.end(), [&](std::string_view value) {
        return std::find(found->second.begin(), found->second.end(), value) != found->second.end();
    });
}

Judged<PageAsked> page_in(const Rds& rds, const CallContext& call, std::string_view question,
                          std::optional<std::int32_t> max_records, std::optional<std::string_view> marker) {
    const std::int32_t size = max_records.value_or(kPageSizeMax);
    if (size < 20 || size > kPageSizeMax)
        return invalid_value("Invalid value " + std::to_string(size) +
                             " for MaxRecords. Must be between 20 and 100");
    PageAsked page{.size = static_cast<std::size_t>(size)};
    page.filter = "rds." + std::string{question} + "/" + call.account + "/" + call.region;
    if (!marker || marker->empty()) return page;
    auto opened = rds.parts().tokens.open(*marker, page.filter);
    if (!opened.ok()) return invalid_value("Invalid value for Marker");
    page.after = std::move(*opened);
    return page;
}

}  // namespace landfall::rds
