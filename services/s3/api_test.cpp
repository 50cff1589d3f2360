#include <gtest/gtest.h>

#include <set>

#include "services/s3/api.hpp"
#include "services/s3/operations.hpp"

namespace landfall::s3 {
namespace {

/// What the model and its overlay declare; a code that they do not know does not compile here.
const std::pair<Code, wire::ErrorCode> kDeclared[] = {
    {Code::access_denied, api::errors::kAccessDenied},
    {Code::acl_not_supported, api::errors::kAccessControlListNotSupported},
    {Code::bad_digest, api::errors::kBadDigest},
    {Code::bad_request, api::errors::kBadRequest},
    {Code::bucket_already_exists, api::errors::kBucketAlreadyExists},
    {Code::bucket_already_owned_by_you, api::errors::kBucketAlreadyOwnedByYou},
    {Code::bucket_not_empty, api::errors::kBucketNotEmpty},
    {Code::conditional_request_conflict, api::errors::kConditionalRequestConflict},
    {Code::content_sha256_mismatch, api::errors::kXAmzContentSHA256Mismatch},
    {Code::entity_too_large, api::errors::kEntityTooLarge},
    {Code::entity_too_small, api::errors::kEntityTooSmall},
    {Code::illegal_location_constraint, api::errors::kIllegalLocationConstraintException},
    {Code::incomplete_body, api::errors::kIncompleteBody},
    {Code::insufficient_storage, api::errors::kInsufficientStorage},
    {Code::internal_error, api::errors::kInternalError},
    {Code::invalid_argument, api::errors::kInvalidArgument},
    {Code::invalid_bucket_name, api::errors::kInvalidBucketName},
    {Code::invalid_bucket_state, api::errors::kInvalidBucketState},
    {Code::invalid_digest, api::errors::kInvalidDigest},
    {Code::invalid_object_state, api::errors::kInvalidObjectState},
    {Code::invalid_part, api::errors::kInvalidPart},
    {Code::invalid_part_number, api::errors::kInvalidPartNumber},
    {Code::invalid_part_order, api::errors::kInvalidPartOrder},
    {Code::invalid_range, api::errors::kInvalidRange},
    {Code::invalid_request, api::errors::kInvalidRequest},
    {Code::invalid_storage_class, api::errors::kInvalidStorageClass},
    {Code::invalid_tag, api::errors::kInvalidTag},
    {Code::invalid_access_key_id, api::errors::kInvalidAccessKeyId},
    {Code::invalid_policy_document, api::errors::kInvalidPolicyDocument},
    {Code::invalid_token, api::errors::kInvalidToken},
    {Code::malformed_post_request, api::errors::kMalformedPOSTRequest},
    {Code::max_post_pre_data_length, api::errors::kMaxPostPreDataLengthExceededError},
    {Code::signature_does_not_match, api::errors::kSignatureDoesNotMatch},
    {Code::key_too_long, api::errors::kKeyTooLongError},
    {Code::malformed_xml, api::errors::kMalformedXML},
    {Code::metadata_too_large, api::errors::kMetadataTooLarge},
    {Code::method_not_allowed, api::errors::kMethodNotAllowed},
    {Code::missing_content_length, api::errors::kMissingContentLength},
    {Code::no_such_bucket, api::errors::kNoSuchBucket},
    {Code::no_such_bucket_policy, api::errors::kNoSuchBucketPolicy},
    {Code::no_such_configuration, api::errors::kNoSuchConfiguration},
    {Code::no_such_cors_configuration, api::errors::kNoSuchCORSConfiguration},
    {Code::no_such_key, api::errors::kNoSuchKey},
    {Code::no_such_lifecycle_configuration, api::errors::kNoSuchLifecycleConfiguration},
    {Code::no_such_object_lock_configuration, api::errors::kNoSuchObjectLockConfiguration},
    {Code::no_such_public_access_block, api::errors::kNoSuchPublicAccessBlockConfiguration},
    {Code::no_such_tag_set, api::errors::kNoSuchTagSet},
    {Code::no_such_upload, api::errors::kNoSuchUpload},
    {Code::no_such_version, api::errors::kNoSuchVersion},
    {Code::no_such_website_configuration, api::errors::kNoSuchWebsiteConfiguration},
    {Code::not_implemented, api::errors::kNotImplemented},
    {Code::not_modified, api::errors::kNotModified},
    {Code::object_lock_configuration_not_found, api::errors::kObjectLockConfigurationNotFoundError},
    {Code::ownership_controls_not_found, api::errors::kOwnershipControlsNotFoundError},
    {Code::precondition_failed, api::errors::kPreconditionFailed},
    {Code::replication_configuration_not_found, api::errors::kReplicationConfigurationNotFoundError},
    {Code::request_timeout, api::errors::kRequestTimeout},
    {Code::server_side_encryption_configuration_not_found,
     api::errors::kServerSideEncryptionConfigurationNotFoundError},
    {Code::service_unavailable, api::errors::kServiceUnavailable},
    {Code::slow_down, api::errors::kSlowDown},
    {Code::too_many_buckets, api::errors::kTooManyBuckets},
};

TEST(Api, every_fault_is_an_error_that_the_wire_layer_declares) {
    ASSERT_EQ(std::size(kDeclared), all_codes().size());
    for (const auto& [code, declared] : kDeclared) EXPECT_EQ(row_of(code).text, declared.name);
}

TEST(Api, a_fault_shows_its_members_and_keeps_its_cause_for_the_log) {
    const wire::Answer answer = answer_of(Fault{Code::no_such_key}.with("Key", "a"));
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, api::errors::kNoSuchKey);
    EXPECT_EQ(answer.error().members, (std::vector<std::pair<std::string, std::string>>{{"Key", "a"}}));
    const wire::Answer inner = answer_of(Fault{Error{Errc::io, "reading pack 7: short read"}});
    EXPECT_EQ(inner.error().code, api::errors::kInternalError);
    EXPECT_EQ(inner.error().message.find("pack"), std::string::npos);
    EXPECT_EQ(inner.error().cause, "reading pack 7: short read");
    EXPECT_TRUE(answer_of({}).ok());
}

TEST(Api, an_unsatisfiable_range_tells_the_size_in_a_header) {
    const wire::Answer answer = answer_of(Fault{Code::invalid_range}.with("ActualObjectSize", "7"));
    EXPECT_EQ(answer.error().headers,
              (std::vector<std::pair<std::string, std::string>>{{"Content-Range", "bytes */7"}}));
}

TEST(Api, a_full_disk_asks_for_a_retry_and_a_broken_one_does_not_look_like_a_missing_object) {
    EXPECT_EQ(Fault{Error(Errc::exhausted, "disk full")}.code(), Code::insufficient_storage);
    EXPECT_EQ(Fault{Error(Errc::unavailable, "queue full")}.code(), Code::service_unavailable);
    EXPECT_EQ(Fault{Error(Errc::not_found, "a pack")}.code(), Code::internal_error);
    EXPECT_EQ(Fault{Error(Errc::corrupt, "a pack")}.code(), Code::internal_error);
}

TEST(Api, claims_of_two_checksums_or_an_unknown_one_are_refused) {
    EXPECT_FALSE(one_claim({}, false).value().has_value());
    EXPECT_TRUE(one_claim({{}, {}}, false).is(Code::invalid_request));
    EXPECT_TRUE(one_claim({}, true).is(Code::not_implemented));
}

TEST(Api, wishes_that_would_have_no_effect_are_refused) {
    EXPECT_TRUE(check_wishes({}).ok());
    EXPECT_TRUE(check_wishes({.acl = "private", .storage_class = "STANDARD", .encryption = "AES256"}).ok());
    EXPECT_TRUE(check_wishes({.acl = "bucket-owner-full-control"}).ok());
    EXPECT_TRUE(check_wishes({.acl = "public-read"}).is(Code::acl_not_supported));
    EXPECT_TRUE(check_wishes({.grants = true}).is(Code::acl_not_supported));
    EXPECT_TRUE(check_wishes({.storage_class = "GLACIER"}).is(Code::invalid_storage_class));
    EXPECT_TRUE(check_wishes({.encryption = "aws:kms"}).is(Code::not_implemented));
    EXPECT_TRUE(check_wishes({.kms_key = true}).is(Code::not_implemented));
    EXPECT_TRUE(check_wishes({.object_lock = true}).is(Code::invalid_request));
}

}  // namespace
}  // namespace landfall::s3
