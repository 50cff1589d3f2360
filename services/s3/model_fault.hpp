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
    invalid_access_key_id,
    invalid_argument,
    invalid_bucket_name,
    invalid_bucket_state,
    invalid_digest,
    invalid_object_state,
    invalid_part,
    invalid_part_number,
    invalid_part_order,
    invalid_policy_document,
    invalid_range,
    invalid_request,
    invalid_storage_class,
    invalid_tag,
    invalid_token,
    key_too_long,
    malformed_post_request,
    malformed_xml,
    max_post_pre_data_length,
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
    signature_does_not_match,
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
using Answer = Outcome<T, Fault>;
using Verdict = Answer<void>;

}  // namespace landfall::s3
