// What an operation of SNS refuses, before the wire layer spells it: a code and the text that AWS gives.
//
// Invariants
//   1. A Judged<T> holds a T or a Fault. TRY works in functions that return one, for Judged and Result alike.
//   2. Texts are recorded answers of the service where a recording exists; they never hold a secret.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace landfall::sns {

/// Named as the model's exceptions are; api_errors.cpp maps them.
enum class FaultCode : std::uint8_t {
    invalid_parameter,
    parameter_value,
    not_found,
    resource_not_found,
    authorization,
    invalid_state,
    validation,
    filter_policy_limit,
    subscription_limit,
    topic_limit,
    tag_limit,
    replay_limit,
    batch_ids_not_distinct,
    batch_too_long,
    batch_empty,
    batch_id_invalid,
    batch_too_many,
    endpoint_disabled,
    platform_disabled,
    user_error,
    verification,
    inner,  ///< an Error of a lower layer, which the caller does not see
};

class [[nodiscard]] Fault {
public:
    Fault(FaultCode code, std::string message) : code_{code}, message_{std::move(message)} {}
    Fault(const Error& error)  // NOLINT: TRY of a Result works where a Judged is returned
        : code_{FaultCode::inner}, message_{error.message()}, inner_{error.code()} {}
    bool operator==(const Fault&) const = default;

    [[nodiscard]] FaultCode code() const { return code_; }
    [[nodiscard]] const std::string& message() const { return message_; }
    [[nodiscard]] Errc inner() const { return inner_; }  ///< with FaultCode::inner

private:
    FaultCode code_;
    std::string message_;
    Errc inner_ = Errc::io;
};

template <class T>
using Judged = Outcome<T, Fault>;
using Verdict = Judged<void>;

/// "Invalid parameter: …", the commonest of them.
[[nodiscard]] inline Fault invalid(std::string_view what) {
    return {FaultCode::invalid_parameter, "Invalid parameter: " + std::string{what}};
}

}  // namespace landfall::sns
