// Mobile endpoints that may be pushed to, as the records say at that moment.
//
// Threads: any; reads the store.
#pragma once

#include "services/sns/model_fault.hpp"
#include "services/sns/store.hpp"

namespace landfall::sns {

/// InvalidParameter where there is no such endpoint or its application is gone; EndpointDisabled and
/// PlatformApplicationDisabled where either is switched off.
[[nodiscard]] Verdict check_push_target(const Records& records, std::string_view endpoint_arn);

}  // namespace landfall::sns
