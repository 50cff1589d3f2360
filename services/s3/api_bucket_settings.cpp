// What tools read of a bucket, and the few settings that mean something here. A setting that Landfall would
// not act upon is never stored: its Put answers NotImplemented, its Get answers as S3 does where it was never
// set.
#include "services/s3/api.hpp"

namespace landfall::s3 {
namespace {

Fault in_bucket(Code code, std::string_view bucket) {
    return Fault{code}.with("BucketName", std::string{bucket});
}

/// The bucket is there, the setting is not.
template <class Op>
void absent(Table& table, Code code) {
    table.template on<Op>([code](Request& request, auto in, auto) -> Verdict {
        TRY(request.service.buckets().find(request.asker, in.bucket()));
        return in_bucket(code, in.bucket());
    });
}

/// The bucket is there, and an empty reply says that nothing is set. Deletes of what is never set succeed
/// likewise.
template <class Op>
void nothing(Table& table) {
    table.template on<Op>([](Request& request, auto in, auto) -> Verdict {
        TRY(request.service.buckets().find(request.asker, in.bucket()));
        return {};
    });
}

Fault refused(std::string what) { return Fault{Code::not_implemented, std::move(what)}; }

Verdict get_versioning(Request& request, api::GetBucketVersioning::In in, api::GetBucketVersioning::Out out) {
    const BucketRow bucket = TRY(request.service.buckets().find(request.asker, in.bucket()));
    // The member called Status, not the status of HTTP.
    api::out::GetBucketVersioningOutput& members = out;
    if (bucket.record.versioning == Versioning::suspended) members.set_status("Suspended");
    return {};
}

Verdict put_versioning(Request& request, api::PutBucketVersioning::In in, api::PutBucketVersioning::Out) {
    const auto wanted = in.versioning_configuration();
    if (wanted.mfa_delete() == "Enabled") return refused("MFA delete is not supported.");
    if (wanted.status() == "Enabled") return refused("Versioning is not supported.");
    if (wanted.status() != "Suspended") {
        return Fault{Code::malformed_xml};
    }
    // Suspended is what a bucket without versions does: every object is its null version.
    return request.service.buckets().update(request.asker, in.bucket(), [](BucketRecord& record) -> Verdict {
        record.versioning = Versioning::suspended;
        return {};
    });
}

Verdict get_encryption(Request& request, api::GetBucketEncryption::In in, api::GetBucketEncryption::Out out) {
    TRY(request.service.buckets().find(request.asker, in.bucket()));
    auto rule = out.set_server_side_encryption_configuration().add_rules();
    rule.set_apply_server_side_encryption_by_default().set_sse_algorithm("AES256");
    rule.set_bucket_key_enabled(false);
    return {};
}

Verdict put_encryption(Request& request, api::PutBucketEncryption::In in, api::PutBucketEncryption::Out) {
    TRY(request.service.buckets().find(request.asker, in.bucket()));
    const auto rules = in.server_side_encryption_configuration().rules();
    if (rules.size() != 1) return Fault{Code::malformed_xml};
    const auto wanted = rules.front().apply_server_side_encryption_by_default();
    if (wanted && wanted.sse_algorithm() != "AES256")
        return refused("Server side encryption is AES256; KMS keys are not supported.");
    // Everything is encrypted so already.
    return {};
}

template <class Out>
void show_full_control(Out& out, const Asker& asker) {
    auto owner = out.set_owner();
    owner.set_id(asker.account);
    owner.set_display_name(asker.account);
    auto grant = out.add_grants();
    auto grantee = grant.set_grantee();
    grantee.set_type("CanonicalUser");
    grantee.set_id(asker.account);
    grantee.set_display_name(asker.account);
    grant.set_permission("FULL_CONTROL");
}

/// An ACL is accepted where it says what is so anyway: the owner has full control, and nobody else anything.
template <class In>
Verdict check_acl(const Asker& asker, const In& in) {
    const bool grants = in.has_grant_full_control() || in.has_grant_read() || in.has_grant_read_acp() ||
                        in.has_grant_write() || in.has_grant_write_acp();
    TRY(check_wishes({.acl = in.acl().value_or(""), .grants = grants}));
    for (const auto grant : in.access_control_policy().grants()) {
        const bool own = grant.grantee().id() == asker.account && grant.permission() == "FULL_CONTROL";
        if (!own) return Fault{Code::acl_not_supported};
    }
    return {};
}

Verdict get_bucket_acl(Request& request, api::GetBucketAcl::In in, api::GetBucketAcl::Out out) {
    TRY(request.service.buckets().find(request.asker, in.bucket()));
    show_full_control(out, request.asker);
    return {};
}

Verdict put_bucket_acl(Request& request, api::PutBucketAcl::In in, api::PutBucketAcl::Out) {
    TRY(request.service.buckets().find(request.asker, in.bucket()));
    return check_acl(request.asker, in);
}

Verdict get_object_acl(Request& request, api::GetObjectAcl::In in, api::GetObjectAcl::Out out) {
    TRY(request.service.objects().find(request.asker, in.bucket(), in.key()));
    show_full_control(out, request.asker);
    return {};
}

Verdict put_object_acl(Request& request, api::PutObjectAcl::In in, api::PutObjectAcl::Out) {
    TRY(request.service.objects().find(request.asker, in.bucket(), in.key()));
    return check_acl(request.asker, in);
}

Verdict get_request_payment(Request& request, api::GetBucketRequestPayment::In in,
                            api::GetBucketRequestPayment::Out out) {
    TRY(request.service.buckets().find(request.asker, in.bucket()));
    out.set_payer("BucketOwner");
    return {};
}

Verdict put_request_payment(Request& request, api::PutBucketRequestPayment::In in,
                            api::PutBucketRequestPayment::Out) {
    TRY(request.service.buckets().find(request.asker, in.bucket()));
    if (in.request_payment_configuration().payer() == "BucketOwner") return {};
    return refused("Requester pays is not supported.");
}

Verdict put_logging(Request& request, api::PutBucketLogging::In in, api::PutBucketLogging::Out) {
    TRY(request.service.buckets().find(request.asker, in.bucket()));
    if (!in.bucket_logging_status().logging_enabled()) return {};
    return refused("Server access logging is not supported.");
}

Verdict put_accelerate(Request& request, api::PutBucketAccelerateConfiguration::In in,
                       api::PutBucketAccelerateConfiguration::Out) {
    TRY(request.service.buckets().find(request.asker, in.bucket()));
    if (in.accelerate_configuration().status() == "Suspended") return {};
    return refused("Transfer acceleration is not supported.");
}

template <class Op>
void empty_page(Table& table) {
    table.template on<Op>([](Request& request, auto in, auto out) -> Verdict {
        TRY(request.service.buckets().find(request.asker, in.bucket()));
        out.set_is_truncated(false);
        return {};
    });
}

void register_absent(Table& table) {
    absent<api::GetBucketPolicy>(table, Code::no_such_bucket_policy);
    absent<api::GetBucketPolicyStatus>(table, Code::no_such_bucket_policy);
    absent<api::GetBucketLifecycle>(table, Code::no_such_lifecycle_configuration);
    absent<api::GetBucketLifecycleConfiguration>(table, Code::no_such_lifecycle_configuration);
    absent<api::GetBucketCors>(table, Code::no_such_cors_configuration);
    absent<api::GetBucketWebsite>(table, Code::no_such_website_configuration);
    absent<api::GetBucketReplication>(table, Code::replication_configuration_not_found);
    absent<api::GetObjectLockConfiguration>(table, Code::object_lock_configuration_not_found);
    absent<api::GetBucketAnalyticsConfiguration>(table, Code::no_such_configuration);
    absent<api::GetBucketInventoryConfiguration>(table, Code::no_such_configuration);
    absent<api::GetBucketMetricsConfiguration>(table, Code::no_such_configuration);
    absent<api::GetBucketIntelligentTieringConfiguration>(table, Code::no_such_configuration);
    absent<api::DeleteBucketAnalyticsConfiguration>(table, Code::no_such_configuration);
    absent<api::DeleteBucketInventoryConfiguration>(table, Code::no_such_configuration);
    absent<api::DeleteBucketMetricsConfiguration>(table, Code::no_such_configuration);
    absent<api::DeleteBucketIntelligentTieringConfiguration>(table, Code::no_such_configuration);
    nothing<api::DeleteBucketPolicy>(table);
    nothing<api::DeleteBucketLifecycle>(table);
    nothing<api::DeleteBucketCors>(table);
    nothing<api::DeleteBucketWebsite>(table);
    nothing<api::DeleteBucketReplication>(table);
    nothing<api::DeleteBucketEncryption>(table);
    nothing<api::GetBucketAccelerateConfiguration>(table);
    nothing<api::GetBucketLogging>(table);
    empty_page<api::ListBucketAnalyticsConfigurations>(table);
    empty_page<api::ListBucketInventoryConfigurations>(table);
    empty_page<api::ListBucketMetricsConfigurations>(table);
    empty_page<api::ListBucketIntelligentTieringConfigurations>(table);
}

}  // namespace

void register_bucket_settings(Table& table) {
    register_absent(table);
    table.on<api::GetBucketVersioning>(get_versioning);
    table.on<api::PutBucketVersioning>(put_versioning);
    table.on<api::GetBucketEncryption>(get_encryption);
    table.on<api::PutBucketEncryption>(put_encryption);
    table.on<api::GetBucketAcl>(get_bucket_acl);
    table.on<api::PutBucketAcl>(put_bucket_acl);
    table.on<api::GetObjectAcl>(get_object_acl);
    table.on<api::PutObjectAcl>(put_object_acl);
    table.on<api::GetBucketRequestPayment>(get_request_payment);
    table.on<api::PutBucketRequestPayment>(put_request_payment);
    table.on<api::PutBucketLogging>(put_logging);
    table.on<api::PutBucketAccelerateConfiguration>(put_accelerate);
}

}  // namespace landfall::s3
