// What an API caller sees when an operation fails, and how a handler says so.
//
// Invariants
//   1. A code is one that the service's model or overlay declares: generated constants (`ec2::errors::k…`),
//   or one
//      of the few every service shares (CommonError), which each protocol spells in its own way.
//   2. The HTTP status and the fault come from the model and overlay, never from the handler.
//   3. Messages are for the caller: no secret, no path of this machine, no inner detail.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace landfall::wire {

/// Errors that every service answers, spelt per protocol: throttled is ThrottlingException in JSON,
/// Throttling in Query, RequestLimitExceeded in EC2 and SlowDown in S3.
enum class CommonError : std::uint8_t {
    none,
    access_denied,
    throttled,
    unavailable,
    internal,
    not_implemented,
    unknown_operation,
    malformed,         ///< the body or a value cannot be parsed
    malformed_query,   ///< a form's parameters cannot be told apart: a bad escape, no UTF-8, too many
    invalid_argument,  ///< a value breaks a constraint of the model
    missing_argument,
    too_large,
    missing_signature,
    incomplete_signature,
    wrong_signature,
    unknown_key,
    expired_token,
    invalid_token,
    clock_skew,
    request_expired,
    unsupported_media,
};

struct ErrorCode {
    std::string_view name;  ///< static storage
    CommonError common = CommonError::none;
    constexpr bool operator==(const ErrorCode&) const = default;
};

constexpr ErrorCode common_code(CommonError which) { return ErrorCode{.name = {}, .common = which}; }

struct [[nodiscard]] ApiError {
    ErrorCode code;
    std::string message;
    /// Further members of the modelled exception (or of S3's <Error>) by the model's name. Values of numeric
    /// and boolean members are written unquoted where the protocol has types.
    std::vector<std::pair<std::string, std::string>> members = {};
    /// Only where one code has several statuses (S3's 304 and redirects); 0 = from the model.
    int http_status = 0;
    /// Headers that the reply needs: ETag beside a 304, Content-Range beside a 416, x-amz-delete-marker.
    std::vector<std::pair<std::string, std::string>> headers = {};
    /// What went wrong inside, for the log beside the request id; never shown to the client.
    std::string cause = {};

    ApiError with(std::string member, std::string value) && {
        members.emplace_back(std::move(member), std::move(value));
        return std::move(*this);
    }
    ApiError with_header(std::string name, std::string value) && {
        headers.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }
};

/// An inner failure as the caller may see it: exhausted, unavailable and timeout are "unavailable, retry";
/// all else is an internal error. The message of `error` is not shown (it may name paths): it becomes the
/// cause, which the gateway logs beside the request id.
[[nodiscard]] ApiError api_error_of(const Error& error);

/// The end of a handler: success (the Out view holds the reply), or an error.
class [[nodiscard]] Answer {
public:
    static Answer success() { return Answer{}; }
    Answer(ApiError error) : error_{std::move(error)} {}         // NOLINT: implicit by design
    Answer(const Error& error) : error_{api_error_of(error)} {}  // NOLINT: TRY works in handlers
    [[nodiscard]] bool ok() const { return !error_.has_value(); }
    [[nodiscard]] const ApiError& error() const { return *error_; }

private:
    Answer() = default;
    std::optional<ApiError> error_;
};

}  // namespace landfall::wire
