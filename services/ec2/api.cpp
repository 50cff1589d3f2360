#include "services/ec2/api.hpp"

#include "base/hash.hpp"
#include "services/ec2/api_listing.hpp"

namespace landfall::ec2 {

void Ec2::register_operations(wire::Registry& registry) {
    Operations operations{registry};
    register_places(operations);
    register_network(operations, *this);
    register_routes(operations);
    register_interfaces(operations, *this);
    register_key_pairs(operations, *this);
    register_volumes(operations, *this);
    register_attributes(operations, *this);
    register_tags(operations, *this);
    register_images(operations, *this);
    register_snapshots(operations, *this);
    register_imports(operations, *this);
    register_instances(operations, *this);
    register_launch(operations, *this);
}

ApiError Operations::dry_run() {
    return {errors::kDryRunOperation, "Request would have succeeded, but DryRun flag is set."};
}

Scope scope_of(const CallContext& call) { return {call.account, call.region}; }

state::Cause cause_of(const CallContext& call, std::string_view operation) {
    state::Cause cause;
    cause.actor = call.caller.arn;
    cause.key_id = call.caller.access_key;
    cause.source_ip = call.source_ip;
    cause.request_id = call.request_id;
    cause.service = "ec2";
    cause.operation = operation;
    return cause;
}

ApiError told(const Error& error, wire::ErrorCode invalid) {
    if (error.code() == Errc::invalid) return {invalid, error.message()};
    return wire::api_error_of(error);
}

Tags tags_in(const ListView<api::in::TagSpecification>& specifications, std::string_view type) {
    Tags tags;
    for (const auto specification : specifications) {
        if (specification.resource_type() != type) continue;
        for (const auto tag : specification.tags())
            tags.push_back({std::string{tag.key().value_or("")}, std::string{tag.value().value_or("")}});
    }
    return tags;
}

std::vector<Filter> filters_in(const ListView<api::in::Filter>& filters) {
    std::vector<Filter> read;
    for (const auto filter : filters) {
        Filter one{.name = std::string{filter.name().value_or("")}, .values = {}};
        for (const std::string_view value : filter.values()) one.values.emplace_back(value);
        read.push_back(std::move(one));
    }
    return read;
}

std::optional<ApiError> wrong_encryption(std::optional<bool> encrypted,
                                         std::optional<std::string_view> kms_key_id) {
    if (kms_key_id && !encrypted.value_or(false))
        return ApiError{errors::kInvalidParameterDependency,
                        "The parameter KmsKeyId requires the parameter Encrypted to be set."};
    if (kms_key_id)
        return ApiError{errors::kInvalidKmsKeyId, "The KMS key '" + std::string{*kms_key_id} +
                                                      "' does not exist: this server keeps no KMS keys. "
                                                      "Snapshots are encrypted under their account's key."};
    if (encrypted.value_or(false))
        return ApiError{errors::kUnsupportedOperation,
                        "Encrypted is not supported: there is no KMS here. Every snapshot is encrypted under "
                        "its account's key without it."};
    return std::nullopt;
}

bool id_is_wellformed(std::string_view id, std::string_view prefix) {
    if (!id.starts_with(prefix)) return false;
    id.remove_prefix(prefix.size());
    if (prefix == "import-") {
        const std::size_t dash = id.find('-');
        if (dash == std::string_view::npos) return false;
        const std::string_view kind = id.substr(0, dash);
        if (kind != "ami" && kind != "snap") return false;
        id.remove_prefix(dash + 1);
    }
    const bool hex = id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    return hex && (id.size() == 8 || id.size() == 17);
}

Found<Paging> paging_of(const Ec2& ec2, std::string question, std::optional<std::int32_t> max_results,
                        std::optional<std::string_view> token, std::int32_t least) {
    Paging paging{.question = std::move(question)};
    if (max_results && (*max_results < least || *max_results > 1000))
        return ApiError{errors::kInvalidParameterValue,
                        "Value ( " + std::to_string(*max_results) +
                            " ) for parameter maxResults is invalid. Expecting a "
                            "value between " +
                            std::to_string(least) + " and 1000."};
    if (max_results) paging.limit = static_cast<std::size_t>(*max_results);
    if (!token) return paging;
    auto after = ec2.parts().tokens.open(*token, paging.question);
    if (!after.ok())
        return ApiError{errors::kInvalidNextToken, "The token '" + std::string{*token} + "' is invalid."};
    paging.after = *std::move(after);
    return paging;
}

Found<Once> once_of(const Ec2& ec2, const CallContext& call, std::string_view operation,
                    std::optional<std::string_view> token, std::string_view params) {
    Once once;
    if (!token || token->empty()) return once;
    if (token->size() > 64)
        return ApiError{errors::kInvalidParameterValue, "The client token is longer than 64 characters."};
    once.key = {.account = call.account,
                .operation = "ec2." + std::string{operation},
                .token = std::string{*token},
                .params_hash = sha256(params).hex()};
    const auto recalled = ec2.parts().state.recall(once.key);
    if (!recalled.ok()) return told(recalled.error());
    if (recalled->what == state::Recall::mismatched)
        return ApiError{errors::kIdempotentParameterMismatch,
                        "The client token you have provided is already used with other parameters."};
    if (recalled->what == state::Recall::repeated) once.answer = recalled->result;
    return once;
}

}  // namespace landfall::ec2
