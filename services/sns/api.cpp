#include "services/sns/api.hpp"

namespace landfall::sns {
namespace {

wire::ErrorCode wire_code(FaultCode code) {
    namespace errors = api::errors;
    switch (code) {
        case FaultCode::invalid_parameter: return errors::kInvalidParameterException;
        case FaultCode::parameter_value: return errors::kInvalidParameterValueException;
        case FaultCode::not_found: return errors::kNotFoundException;
        case FaultCode::resource_not_found: return errors::kResourceNotFoundException;
        case FaultCode::authorization: return errors::kAuthorizationErrorException;
        case FaultCode::invalid_state: return errors::kInvalidStateException;
        case FaultCode::validation: return errors::kValidationError;
        case FaultCode::filter_policy_limit: return errors::kFilterPolicyLimitExceededException;
        case FaultCode::subscription_limit: return errors::kSubscriptionLimitExceededException;
        case FaultCode::topic_limit: return errors::kTopicLimitExceededException;
        case FaultCode::tag_limit: return errors::kTagLimitExceededException;
        case FaultCode::replay_limit: return errors::kReplayLimitExceededException;
        case FaultCode::batch_ids_not_distinct: return errors::kBatchEntryIdsNotDistinctException;
        case FaultCode::batch_too_long: return errors::kBatchRequestTooLongException;
        case FaultCode::batch_empty: return errors::kEmptyBatchRequestException;
        case FaultCode::batch_id_invalid: return errors::kInvalidBatchEntryIdException;
        case FaultCode::batch_too_many: return errors::kTooManyEntriesInBatchRequestException;
        case FaultCode::endpoint_disabled: return errors::kEndpointDisabledException;
        case FaultCode::platform_disabled: return errors::kPlatformApplicationDisabledException;
        case FaultCode::user_error: return errors::kUserErrorException;
        case FaultCode::verification: return errors::kVerificationException;
        case FaultCode::inner: break;
    }
    return errors::kInternalErrorException;
}

}  // namespace

wire::ApiError api_error_of(const Fault& fault) {
    if (fault.code() == FaultCode::inner) return wire::api_error_of(Error{fault.inner(), fault.message()});
    return {.code = wire_code(fault.code()), .message = fault.message()};
}

std::string_view code_of(const Fault& fault) {
    std::string_view name = wire_code(fault.code()).name;
    if (fault.code() == FaultCode::parameter_value) return "ParameterValueInvalid";
    if (name.ends_with("Exception")) name.remove_suffix(9);
    return name;
}

state::Cause cause_of(const CallContext& call, std::string_view operation) {
    return {.actor = call.caller.arn,
            .key_id = call.caller.access_key,
            .source_ip = call.source_ip,
            .request_id = call.request_id,
            .service = "sns",
            .operation = std::string{operation}};
}

Judged<TopicName> topic_of(const CallContext& call, std::string_view arn, std::string_view parameter) {
    TopicName name = TRY(parse_topic_arn(arn, parameter));
    if (name.region != call.region) return invalid(parameter);
    return name;
}

Judged<Topic> allowed_topic(Sns& sns, const CallContext& call, const TopicName& name, std::string_view action,
                            const std::vector<access::Fact>& facts) {
    access::CallFacts caller{call};
    for (const access::Fact& fact : facts) caller.with(fact.key, fact.value);
    const std::string arn = name.arn();
    std::optional<Topic> topic;
    access::Decision decision;
    sns.directory().with_topic(name, [&](const LiveTopic& live) {
        topic = live.record;
        decision =
            access::decide(caller.ask(action, arn, name.account), live.policy ? &*live.policy : nullptr);
    });
    // Of another account's topics a stranger learns nothing, not even that there are none.
    const bool own = call.caller.account == name.account;
    if (!topic && own) return Fault{FaultCode::not_found, "Topic does not exist"};
    if (!topic || !decision.allowed()) {
        const std::string who = call.caller.anonymous() ? "anonymous" : call.caller.arn;
        const std::string reason = decision.reason.empty()
                                       ? "User: " + who +
                                             " is not authorized to perform: " + std::string{action} +
                                             " on resource: " + arn
                                       : decision.reason;
        return Fault{FaultCode::authorization, reason};
    }
    return std::move(*topic);
}

Judged<Subscription> own_subscription(Sns& sns, const CallContext& call, std::string_view arn,
                                      std::string_view action) {
    const SubscriptionName name = TRY(parse_subscription_arn(arn));
    if (name.topic.region != call.region) return invalid("SubscriptionArn");
    auto found = sns.directory().subscription(name);
    if (!found) return Fault{FaultCode::not_found, "Subscription does not exist"};
    if (call.caller.account != found->owner && call.caller.account != name.topic.account)
        return Fault{FaultCode::authorization, "User: " + call.caller.arn +
                                                   " is not authorized to perform: " + std::string{action} +
                                                   " on resource: " + name.arn()};
    return std::move(*found);
}

Judged<std::string> page_start(Sns& sns, std::optional<std::string_view> token, std::string_view filter) {
    if (!token || token->empty()) return std::string{};
    auto opened = sns.parts().tokens.open(*token, filter);
    if (!opened.ok()) return invalid("NextToken");
    return std::move(opened).value();
}

std::string page_token(Sns& sns, std::string_view after, std::string_view filter) {
    return sns.parts().tokens.seal(after, filter);
}

}  // namespace landfall::sns
