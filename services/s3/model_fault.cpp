#include "services/s3/model_fault.hpp"

namespace landfall::s3 {

namespace {

constexpr CodeRow kRows[] = {
    {Code::access_denied, "AccessDenied", 403, "Access Denied"},
    {Code::acl_not_supported, "AccessControlListNotSupported", 400, "The bucket does not allow ACLs"},
    {Code::bad_digest, "BadDigest", 400, "The Content-MD5 you specified did not match what we received."},
    {Code::bad_request, "BadRequest", 400, "Bad Request"},
    {Code::bucket_already_exists, "BucketAlreadyExists", 409,
     "The requested bucket name is not available. The bucket namespace is shared by all users of the "
     "system. "
     "Please select a different name and try again."},
    {Code::bucket_already_owned_by_you, "BucketAlreadyOwnedByYou", 409,
     "Your previous request to create the named bucket succeeded and you already own it."},
    {Code::bucket_not_empty, "BucketNotEmpty", 409, "The bucket you tried to delete is not empty"},
    {Code::conditional_request_conflict, "ConditionalRequestConflict", 409,
     "A conflicting operation occurred during processing of this request."},
    {Code::content_sha256_mismatch, "XAmzContentSHA256Mismatch", 400,
     "The provided 'x-amz-content-sha256' header does not match what was computed."},
    {Code::entity_too_large, "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size"},
    {Code::entity_too_small, "EntityTooSmall", 400,
     "Your proposed upload is smaller than the minimum allowed size"},
    {Code::illegal_location_constraint, "IllegalLocationConstraintException", 400,
     "The specified location constraint is incompatible for the region specific endpoint this request "
     "was sent "
     "to."},
    {Code::incomplete_body, "IncompleteBody", 400,
     "You did not provide the number of bytes specified by the Content-Length HTTP header"},
    {Code::insufficient_storage, "InsufficientStorage", 507,
     "There is not enough storage space left to complete the request. Ask the administrator to delete "
     "something or to add disk space."},
    {Code::internal_error, "InternalError", 500, "We encountered an internal error. Please try again."},
    {Code::invalid_access_key_id, "InvalidAccessKeyId", 403,
     "The AWS Access Key Id you provided does not exist in our records."},
    {Code::invalid_argument, "InvalidArgument", 400, "Invalid Argument"},
    {Code::invalid_bucket_name, "InvalidBucketName", 400, "The specified bucket is not valid."},
    {Code::invalid_bucket_state, "InvalidBucketState", 409,
     "The request is not valid with the current state of the bucket."},
    {Code::invalid_digest, "InvalidDigest", 400, "The Content-MD5 you specified was invalid."},
    {Code::invalid_object_state, "InvalidObjectState", 403,
     "The operation is not valid for the object's storage class"},
    {Code::invalid_part, "InvalidPart", 400,
     "One or more of the specified parts could not be found.  The part may not have been uploaded, or "
     "the "
     "specified entity tag may not match the part's entity tag."},
    {Code::invalid_part_number, "InvalidPartNumber", 416, "The requested partnumber is not satisfiable"},
    {Code::invalid_part_order, "InvalidPartOrder", 400,
     "The list of parts was not in ascending order. Parts must be ordered by part number."},
    {Code::invalid_policy_document, "InvalidPolicyDocument", 400,
     "The content of the form does not meet the conditions specified in the policy document."},
    {Code::invalid_range, "InvalidRange", 416, "The requested range is not satisfiable"},
    {Code::invalid_request, "InvalidRequest", 400, "Invalid Request"},
    {Code::invalid_storage_class, "InvalidStorageClass", 400, "The storage class you specified is not valid"},
    {Code::invalid_tag, "InvalidTag", 400, "The tag provided was not a valid tag."},
    {Code::invalid_token, "InvalidToken", 400, "The provided token is malformed or otherwise invalid."},
    {Code::key_too_long, "KeyTooLongError", 400, "Your key is too long"},
    {Code::malformed_post_request, "MalformedPOSTRequest", 400,
     "The body of your POST request is not well-formed multipart/form-data."},
    {Code::malformed_xml, "MalformedXML", 400,
     "The XML you provided was not well-formed or did not validate against our published schema"},
    {Code::max_post_pre_data_length, "MaxPostPreDataLengthExceededError", 400,
     "Your POST request fields preceding the upload file were too large."},
    {Code::metadata_too_large, "MetadataTooLarge", 400,
     "Your metadata headers exceed the maximum allowed metadata size"},
    {Code::method_not_allowed, "MethodNotAllowed", 405,
     "The specified method is not allowed against this resource."},
    {Code::missing_content_length, "MissingContentLength", 411,
     "You must provide the Content-Length HTTP header."},
    {Code::no_such_bucket, "NoSuchBucket", 404, "The specified bucket does not exist"},
    {Code::no_such_bucket_policy, "NoSuchBucketPolicy", 404, "The bucket policy does not exist"},
    {Code::no_such_configuration, "NoSuchConfiguration", 404, "The specified configuration does not exist."},
    {Code::no_such_cors_configuration, "NoSuchCORSConfiguration", 404,
     "The CORS configuration does not exist"},
    {Code::no_such_key, "NoSuchKey", 404, "The specified key does not exist."},
    {Code::no_such_lifecycle_configuration, "NoSuchLifecycleConfiguration", 404,
     "The lifecycle configuration does not exist"},
    {Code::no_such_object_lock_configuration, "NoSuchObjectLockConfiguration", 404,
     "The specified object does not have a ObjectLock configuration"},
    {Code::no_such_public_access_block, "NoSuchPublicAccessBlockConfiguration", 404,
     "The public access block configuration was not found"},
    {Code::no_such_tag_set, "NoSuchTagSet", 404, "The TagSet does not exist"},
    {Code::no_such_upload, "NoSuchUpload", 404,
     "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
     "aborted or "
     "completed."},
    {Code::no_such_version, "NoSuchVersion", 404, "The specified version does not exist."},
    {Code::no_such_website_configuration, "NoSuchWebsiteConfiguration", 404,
     "The specified bucket does not have a website configuration"},
    {Code::not_implemented, "NotImplemented", 501,
     "A header you provided implies functionality that is not implemented"},
    {Code::not_modified, "NotModified", 304, "Not Modified"},
    {Code::object_lock_configuration_not_found, "ObjectLockConfigurationNotFoundError", 404,
     "Object Lock configuration does not exist for this bucket"},
    {Code::ownership_controls_not_found, "OwnershipControlsNotFoundError", 404,
     "The bucket ownership controls were not found"},
    {Code::precondition_failed, "PreconditionFailed", 412,
     "At least one of the pre-conditions you specified did not hold"},
    {Code::replication_configuration_not_found, "ReplicationConfigurationNotFoundError", 404,
     "The replication configuration was not found"},
    {Code::request_timeout, "RequestTimeout", 400,
     "Your socket connection to the server was not read from or written to within the timeout period. "
     "Idle "
     "connections will be closed."},
    {Code::server_side_encryption_configuration_not_found, "ServerSideEncryptionConfigurationNotFoundError",
     404, "The server side encryption configuration was not found"},
    {Code::service_unavailable, "ServiceUnavailable", 503, "Service is unable to handle request."},
    {Code::signature_does_not_match, "SignatureDoesNotMatch", 403,
     "The request signature we calculated does not match the signature you provided. Check your key and "
     "signing "
     "method."},
    {Code::slow_down, "SlowDown", 503, "Please reduce your request rate."},
    {Code::too_many_buckets, "TooManyBuckets", 400, "You have attempted to create more buckets than allowed"},
};

}  // namespace

std::span<const CodeRow> all_codes() { return kRows; }

const CodeRow& row_of(Code code) {
    const auto at = static_cast<std::size_t>(code);
    CHECK(at < std::size(kRows));
    CHECK(kRows[at].code == code);
    return kRows[at];
}

namespace {

Code code_for(const Error& cause) {
    switch (cause.code()) {
        case Errc::exhausted: return Code::insufficient_storage;
        case Errc::unavailable: return Code::service_unavailable;
        case Errc::timeout: return Code::slow_down;
        case Errc::denied: return Code::access_denied;
        default: return Code::internal_error;
    }
}

}  // namespace

Fault::Fault(Error cause)
    : code_{code_for(cause)}, message_{row_of(code_).message}, cause_{std::move(cause)} {}

Fault Fault::with(std::string name, std::string value) && {
    members_.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
}

}  // namespace landfall::s3
