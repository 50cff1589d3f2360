// Fault: what a caller of SQS sees when a request is refused, and Judged<T>, which carries a value or a
// Fault.
//
// Invariants
//   1. Every fault has a code out of SQS's own closed list; api.cpp knows how each is spelt on the wire.
//   2. An expected failure below (base Error) becomes a fault only through Fault(Error), in one place; its
//      text is kept for the log and never shown.
//   3. TRY works on both: a Result inside a function that returns a Judged turns into its fault.
// Sources: "Errors" of the Amazon SQS API reference; texts recorded from the service.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace landfall::sqs {

enum class Code : std::uint8_t {
    access_denied,
    batch_entry_ids_not_distinct,
    batch_request_too_long,
    empty_batch_request,
    internal,
    invalid_address,
    invalid_attribute_name,
    invalid_attribute_value,
    invalid_batch_entry_id,
    invalid_message_contents,
    invalid_parameter_value,
    message_not_inflight,
    missing_parameter,
    over_limit,
    purge_queue_in_progress,
    queue_deleted_recently,
    queue_does_not_exist,
    queue_name_exists,
    receipt_handle_is_invalid,
    resource_not_found,
    too_many_entries,
    unavailable,
    unsupported_operation,
};

class Fault {
public:
    Fault(Code code, std::string message) : code_{code}, message_{std::move(message)} {}
    /// exhausted, unavailable, timeout and cancelled ask for a retry; everything else is an internal error.
    Fault(Error cause);  // NOLINT: implicit by design, so that TRY converts

    [[nodiscard]] Code code() const { return code_; }
    [[nodiscard]] const std::string& message() const { return message_; }
    /// What went wrong below, for the log; empty for a refusal.
    [[nodiscard]] const std::optional<Error>& cause() const { return cause_; }

private:
    Code code_;
    std::string message_;
    std::optional<Error> cause_;
};

template <class T>
using Judged = Outcome<T, Fault>;
using Verdict = Judged<void>;

/// "Value X for parameter P is invalid. Reason: R".
[[nodiscard]] Fault bad_value(std::string_view value, std::string_view parameter, std::string_view reason);
[[nodiscard]] Fault missing(std::string_view parameter);
[[nodiscard]] Fault no_such_queue();

}  // namespace landfall::sqs
