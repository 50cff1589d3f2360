// The operations as the wire layer calls them: typed views in and out.
#pragma once

#include "wire/api/context.hpp"
#include "wire/api/error.hpp"
#include "wire/views/sts.hpp"

namespace landfall::sts {

[[nodiscard]] wire::Answer get_caller_identity(const wire::CallContext& context,
                                               wire::sts::GetCallerIdentity::In in,
                                               wire::sts::GetCallerIdentity::Out out);

}  // namespace landfall::sts
