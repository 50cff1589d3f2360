// Arrival: a request that was routed and verified but not parsed, as a service may inspect it for what its
// model does not say: parameters that no member takes, digests of the body.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "wire/api/error.hpp"

namespace landfall::wire {

/// A query parameter that the operation does not know. Views of the raw query, not decoded.
struct ExtraParameter {
    std::string_view key;
    std::string_view value;
    bool names_another = false;  ///< an operation of this model is told by it
};

/// Everything is borrowed for the call.
struct Arrival {
    std::string_view operation;
    std::string_view method;
    std::vector<ExtraParameter> extras;
    /// The first field of that name, without regard to case.
    std::function<std::optional<std::string_view>(std::string_view name)> header;
    std::string_view body;  ///< of a streamed request: empty
    bool streams = false;
};

/// nullopt: go on. Runs where the request is opened: it must not block.
using Inspect = std::function<std::optional<ApiError>(const Arrival&)>;

}  // namespace landfall::wire
