#include "services/sts/api.hpp"

namespace landfall::sts {

wire::Answer get_caller_identity(const wire::CallContext& context, wire::sts::GetCallerIdentity::In,
                                 wire::sts::GetCallerIdentity::Out out) {
    // The front lets no unsigned request of this operation through; to answer one with empty members would
    // tell its client that it is somebody.
    if (context.caller.anonymous())
        return wire::ApiError{.code = wire::common_code(wire::CommonError::missing_signature),
                              .message = "Request is missing Authentication Token"};
    out.set_user_id(context.caller.user_id);
    out.set_account(context.caller.account);
    out.set_arn(context.caller.arn);
    return wire::Answer::success();
}

}  // namespace landfall::sts
