// Fault: what a caller of S3 sees when a request is refused, and Answer<T>, which carries a value or a Fault.
//
// Invariants
//   1. Every fault has a code out of S3's own closed list, with the HTTP status that S3 sends with it.
//   2. An expected failure below (base Error) becomes a fault only through Fault(Error), in one place: a full
//      disk is told apart from a broken one, and neither ever looks like an object that is not there.
//   3. TRY works on both: a Result inside a function that returns an Answer turns into its fault.
// Sources: "Error responses" of the Amazon S3 API reference for codes, statuses and texts.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace landfall::s3 {

enum class Code : std::uint8_t {
    access_denied,
    acl_not_supported,
    bad_digest,
    bad_request,
    bucket_already_exists,
    bucket_already_owned_by_you,
    bucket_not_empty,
    conditional_request_conflict,
    content_sha256_mismatch,
    entity_too_large,
    entity_too_small,
    illegal_location_constraint,
    incomplete_body,
    insufficient_storage,
    internal_error,
    invalid_argument,
    invalid_bucket_name,
    invalid_bucket_state,
    invalid_digest,
    invalid_object_state,
    invalid_part,
    invalid_part_number,
    invalid_part_order,
    invalid_range,
    invalid_request,
    invalid_storage_class,
    invalid_tag,
    key_too_long,
    malformed_xml,
    metadata_too_large,
    method_not_allowed,
    missing_content_length,
    no_such_bucket,
    no_such_bucket_policy,
    no_such_configuration,
    no_such_cors_configuration,
    no_such_key,
    no_such_lifecycle_configuration,
    no_such_object_lock_configuration,
    no_such_public_access_block,
    no_such_tag_set,
    no_such_upload,
    no_such_version,
    no_such_website_configuration,
    not_implemented,
    not_modified,
    object_lock_configuration_not_found,
    ownership_controls_not_found,
    precondition_failed,
    replication_configuration_not_found,
    request_timeout,
    server_side_encryption_configuration_not_found,
    service_unavailable,
    slow_down,
    too_many_buckets,
};

struct CodeRow {
    Code code;
    std::string_view text;  ///< "NoSuchKey"
    int status;
    std::string_view message;  ///< S3's own default sentence
};
/// The row of a code; the table has one for each.
[[nodiscard]] const CodeRow& row_of(Code code);
/// The whole table, in the order of the enumeration: tests compare it with what the wire layer declares.
[[nodiscard]] std::span<const CodeRow> all_codes();

class Fault {
public:
    /// With S3's default sentence.
    explicit Fault(Code code) : code_{code}, message_{row_of(code).message} {}
    Fault(Code code, std::string message) : code_{code}, message_{std::move(message)} {}
    /// An expected failure of the layers below, as a client may see it: unavailable asks for a retry (503),
    /// exhausted is 507, which no SDK retries, everything else is InternalError. The error's own text stays
    /// out of the reply; see `cause()`.
    Fault(Error cause);  // NOLINT: implicit by design, so that TRY converts

    /// An extra member of the <Error> element, such as <Key> or <BucketName>.
    Fault with(std::string name, std::string value) &&;

    [[nodiscard]] Code code() const { return code_; }
    [[nodiscard]] std::string_view text() const { return row_of(code_).text; }
    [[nodiscard]] int status() const { return row_of(code_).status; }
    [[nodiscard]] const std::string& message() const { return message_; }
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& members() const { return members_; }
    /// What went wrong below, for the log; empty for a refusal.
    [[nodiscard]] const std::optional<Error>& cause() const { return cause_; }

private:
    Code code_;
    std::string message_;
    std::vector<std::pair<std::string, std::string>> members_;
    std::optional<Error> cause_;
};

template <class T>
class [[nodiscard]] Answer {
public:
    Answer(T value) : state_{std::in_place_index<0>, std::move(value)} {}      // NOLINT: implicit by design
    Answer(Fault fault) : state_{std::in_place_index<1>, std::move(fault)} {}  // NOLINT: implicit by design
    Answer(Error error) : state_{std::in_place_index<1>, Fault{std::move(error)}} {}  // NOLINT: for TRY

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }
    [[nodiscard]] T& value() & { return checked(), *std::get_if<0>(&state_); }
    [[nodiscard]] const T& value() const& { return checked(), *std::get_if<0>(&state_); }
    [[nodiscard]] T&& value() && { return checked(), std::move(*std::get_if<0>(&state_)); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] const Fault& error() const& { return failed(), *std::get_if<1>(&state_); }
    [[nodiscard]] Fault&& error() && { return failed(), std::move(*std::get_if<1>(&state_)); }
    [[nodiscard]] bool is(Code code) const { return !ok() && error().code() == code; }

private:
    void checked() const {
        if (!ok()) check_failed(std::get_if<1>(&state_)->message().c_str(), "Answer::value", 0);
    }
    void failed() const {
        if (ok()) check_failed("error() of a success", "Answer::error", 0);
    }
    std::variant<T, Fault> state_;
};

template <>
class [[nodiscard]] Answer<void> {
public:
    Answer() = default;
    Answer(Fault fault) : fault_{std::move(fault)} {}         // NOLINT: implicit by design
    Answer(Error error) : fault_{Fault{std::move(error)}} {}  // NOLINT: for TRY

    [[nodiscard]] bool ok() const { return !fault_.has_value(); }
    explicit operator bool() const { return ok(); }
    void value() const {
        if (!ok()) check_failed(fault_->message().c_str(), "Answer::value", 0);
    }
    [[nodiscard]] const Fault& error() const& { return *fault_; }
    [[nodiscard]] Fault&& error() && { return *std::move(fault_); }
    [[nodiscard]] bool is(Code code) const { return !ok() && error().code() == code; }

private:
    std::optional<Fault> fault_;
};

using Verdict = Answer<void>;

}  // namespace landfall::s3
