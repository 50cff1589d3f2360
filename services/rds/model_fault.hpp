// What an operation of RDS refuses, before the wire layer spells it: a code and a sentence.
//
// Invariants
//   1. A Judged<T> holds a T or a Fault. TRY works in functions that return one, for Judged and Result alike.
//   2. Texts never hold a secret.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace landfall::rds {

/// Named as the model's faults are; api.cpp maps them.
enum class FaultCode : std::uint8_t {
    instance_not_found,
    instance_exists,
    instance_state,
    instance_quota,
    storage_quota,
    capacity,
    group_not_found,
    group_exists,
    group_quota,
    group_state,
    log_not_found,
    snapshot_not_found,
    subnet_group_not_found,
    invalid_value,
    invalid_combination,
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

[[nodiscard]] inline Fault invalid_value(std::string what) {
    return {FaultCode::invalid_value, std::move(what)};
}
[[nodiscard]] inline Fault invalid_combination(std::string what) {
    return {FaultCode::invalid_combination, std::move(what)};
}

}  // namespace landfall::rds
