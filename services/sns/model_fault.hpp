// What an operation of SNS refuses, before the wire layer spells it: a code and the text that AWS gives.
//
// Invariants
//   1. A Judged<T> holds a T or a Fault. TRY works in functions that return one, for Judged and Result alike.
//   2. Texts are recorded answers of the service where a recording exists; they never hold a secret.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

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

struct [[nodiscard]] Fault {
    FaultCode code = FaultCode::invalid_parameter;
    std::string message;
    Errc inner = Errc::io;  ///< with FaultCode::inner

    Fault(FaultCode which, std::string text) : code{which}, message{std::move(text)} {}
    Fault(const Error& error)  // NOLINT: TRY of a Result works where a Judged is returned
        : code{FaultCode::inner}, message{error.message()}, inner{error.code()} {}
    bool operator==(const Fault&) const = default;
};

template <class T>
class [[nodiscard]] Judged {
public:
    Judged(T value) : state_{std::in_place_index<0>, std::move(value)} {}      // NOLINT: implicit by design
    Judged(Fault fault) : state_{std::in_place_index<1>, std::move(fault)} {}  // NOLINT: implicit by design
    Judged(const Error& error) : state_{std::in_place_index<1>, Fault{error}} {}  // NOLINT: as above

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    [[nodiscard]] T& value() & { return checked(), *std::get_if<0>(&state_); }
    [[nodiscard]] const T& value() const& { return checked(), *std::get_if<0>(&state_); }
    [[nodiscard]] T&& value() && { return checked(), std::move(*std::get_if<0>(&state_)); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] const Fault& error() const& { return CHECK(!ok()), *std::get_if<1>(&state_); }
    [[nodiscard]] Fault&& error() && { return CHECK(!ok()), std::move(*std::get_if<1>(&state_)); }

private:
    void checked() const { CHECK(ok()); }
    std::variant<T, Fault> state_;
};

struct Nothing {};

template <>
class [[nodiscard]] Judged<void> {
public:
    Judged() = default;
    Judged(Fault fault) : state_{std::move(fault)} {}     // NOLINT: implicit by design
    Judged(const Error& error) : state_{Fault{error}} {}  // NOLINT: implicit by design
    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    void value() const { CHECK(ok()); }
    [[nodiscard]] const Fault& error() const& { return CHECK(!ok()), *std::get_if<1>(&state_); }
    [[nodiscard]] Fault&& error() && { return CHECK(!ok()), std::move(*std::get_if<1>(&state_)); }

private:
    std::variant<Nothing, Fault> state_;
};
using Verdict = Judged<void>;

/// "Invalid parameter: …", the commonest of them.
[[nodiscard]] inline Fault invalid(std::string_view what) {
    return {FaultCode::invalid_parameter, "Invalid parameter: " + std::string{what}};
}

}  // namespace landfall::sns
