// CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation, and the tags of buckets.
#include "services/s3/api.hpp"

namespace landfall::s3 {
namespace {

constexpr std::string_view kFirstRegion = "us-east-1";

Answer<Ownership> ownership_named(std::string_view name) {
    if (name == "BucketOwnerEnforced") return Ownership::bucket_owner_enforced;
    if (name == "BucketOwnerPreferred") return Ownership::bucket_owner_preferred;
    if (name == "ObjectWriter") return Ownership::object_writer;
    return Fault{Code::invalid_argument, "Invalid x-amz-object-ownership header."}
        .with("ArgumentName", "x-amz-object-ownership")
        .with("ArgumentValue", std::string{name});
}

Verdict create_bucket(Request& request, api::CreateBucket::In in, api::CreateBucket::Out out) {
    const bool grants = in.has_grant_full_control() || in.has_grant_read() || in.has_grant_read_acp() ||
                        in.has_grant_write() || in.has_grant_write_acp();
    TRY(check_wishes({.acl = in.acl().value_or(""), .grants = grants}));
    if (in.object_lock_enabled_for_bucket().value_or(false))
        return Fault{Code::not_implemented, "Object Lock is not supported."}.with(
            "Header", "x-amz-bucket-object-lock-enabled");
    const auto configuration = in.create_bucket_configuration();
    if (configuration.location() || configuration.bucket())
        return Fault{Code::not_implemented, "Directory buckets are not supported."};
    Buckets::Create create{.name = std::string{in.bucket()},
                           .location = text_or_empty(configuration.location_constraint())};
    if (in.object_ownership()) create.ownership = TRY(ownership_named(*in.object_ownership()));
    for (const auto tag : configuration.tags()) create.tags.emplace_back(tag.key(), tag.value());
    create.tags = TRY(checked_tags(std::move(create.tags), TagOwner::bucket));
    const BucketRow bucket = TRY(request.service.buckets().create(request.asker, create));
    out.set_location("/" + bucket.name);
    out.set_bucket_arn("arn:aws:s3:::" + bucket.name);
    return {};
}

Verdict head_bucket(Request& request, api::HeadBucket::In in, api::HeadBucket::Out out) {
    const BucketRow bucket = TRY(request.service.buckets().find(request.asker, in.bucket()));
    out.set_bucket_region(bucket.record.region);
    out.set_bucket_arn("arn:aws:s3:::" + bucket.name);
    out.set_access_point_alias(false);
    return {};
}

Verdict delete_bucket(Request& request, api::DeleteBucket::In in, api::DeleteBucket::Out) {
    return request.service.buckets().remove(request.asker, in.bucket());
}

Verdict get_bucket_location(Request& request, api::GetBucketLocation::In in,
                            api::GetBucketLocation::Out out) {
    const BucketRow bucket = TRY(request.service.buckets().find(request.asker, in.bucket()));
    // The first region has no name here.
    out.set_location_constraint(bucket.record.region == kFirstRegion ? "" : bucket.record.region);
    return {};
}

Verdict get_bucket_tagging(Request& request, api::GetBucketTagging::In in, api::GetBucketTagging::Out out) {
    const BucketRow bucket = TRY(request.service.buckets().find(request.asker, in.bucket()));
    if (bucket.record.tags.empty())
        return Fault{Code::no_such_tag_set}.with("BucketName", std::string{in.bucket()});
    for (const auto& [key, value] : bucket.record.tags) {
        auto tag = out.add_tag_set();
        tag.set_key(key);
        tag.set_value(value);
    }
    return {};
}

Verdict put_bucket_tagging(Request& request, api::PutBucketTagging::In in, api::PutBucketTagging::Out) {
    Tags tags;
    for (const auto tag : in.tagging().tag_set()) tags.emplace_back(tag.key(), tag.value());
    tags = TRY(checked_tags(std::move(tags), TagOwner::bucket));
    return request.service.buckets().update(request.asker, in.bucket(), [&](BucketRecord& record) -> Verdict {
        record.tags = tags;
        return {};
    });
}

Verdict delete_bucket_tagging(Request& request, api::DeleteBucketTagging::In in,
                              api::DeleteBucketTagging::Out) {
    return request.service.buckets().update(request.asker, in.bucket(), [](BucketRecord& record) -> Verdict {
        record.tags.clear();
        return {};
    });
}

Verdict get_ownership(Request& request, api::GetBucketOwnershipControls::In in,
                      api::GetBucketOwnershipControls::Out out) {
    const BucketRow bucket = TRY(request.service.buckets().find(request.asker, in.bucket()));
    std::string_view name;
    switch (bucket.record.ownership) {
        case Ownership::none:
            return Fault{Code::ownership_controls_not_found}.with("BucketName", std::string{in.bucket()});
        case Ownership::bucket_owner_enforced: name = "BucketOwnerEnforced"; break;
        case Ownership::bucket_owner_preferred: name = "BucketOwnerPreferred"; break;
        case Ownership::object_writer: name = "ObjectWriter"; break;
    }
    out.set_ownership_controls().add_rules().set_object_ownership(name);
    return {};
}

Verdict set_ownership(Request& request, std::string_view bucket, Ownership ownership) {
    return request.service.buckets().update(request.asker, bucket, [&](BucketRecord& record) -> Verdict {
        record.ownership = ownership;
        return {};
    });
}

Verdict put_ownership(Request& request, api::PutBucketOwnershipControls::In in,
                      api::PutBucketOwnershipControls::Out) {
    const auto rules = in.ownership_controls().rules();
    if (rules.size() != 1) return Fault{Code::malformed_xml};
    return set_ownership(request, in.bucket(), TRY(ownership_named(rules.front().object_ownership())));
}

Verdict delete_ownership(Request& request, api::DeleteBucketOwnershipControls::In in,
                         api::DeleteBucketOwnershipControls::Out) {
    return set_ownership(request, in.bucket(), Ownership::none);
}

Verdict get_public_access(Request& request, api::GetPublicAccessBlock::In in,
                          api::GetPublicAccessBlock::Out out) {
    const BucketRow bucket = TRY(request.service.buckets().find(request.asker, in.bucket()));
    const auto& block = bucket.record.public_access;
    if (!block) return Fault{Code::no_such_public_access_block}.with("BucketName", std::string{in.bucket()});
    auto shown = out.set_public_access_block_configuration();
    shown.set_block_public_acls(block->block_acls);
    shown.set_ignore_public_acls(block->ignore_acls);
    shown.set_block_public_policy(block->block_policy);
    shown.set_restrict_public_buckets(block->restrict_buckets);
    return {};
}

Verdict set_public_access(Request& request, std::string_view bucket, std::optional<PublicAccessBlock> block) {
    return request.service.buckets().update(request.asker, bucket, [&](BucketRecord& record) -> Verdict {
        record.public_access = block;
        return {};
    });
}

Verdict put_public_access(Request& request, api::PutPublicAccessBlock::In in,
                          api::PutPublicAccessBlock::Out) {
    // There is no public access to switch on: without policies and ACLs both settings come to the same.
    const auto wanted = in.public_access_block_configuration();
    const PublicAccessBlock block{.block_acls = wanted.block_public_acls().value_or(false),
                                  .ignore_acls = wanted.ignore_public_acls().value_or(false),
                                  .block_policy = wanted.block_public_policy().value_or(false),
                                  .restrict_buckets = wanted.restrict_public_buckets().value_or(false)};
    return set_public_access(request, in.bucket(), block);
}

Verdict delete_public_access(Request& request, api::DeletePublicAccessBlock::In in,
                             api::DeletePublicAccessBlock::Out) {
    return set_public_access(request, in.bucket(), std::nullopt);
}

}  // namespace

void register_buckets(Table& table) {
    table.on<api::CreateBucket>(create_bucket);
    table.on<api::HeadBucket>(head_bucket);
    table.on<api::DeleteBucket>(delete_bucket);
    table.on<api::GetBucketLocation>(get_bucket_location);
    table.on<api::GetBucketTagging>(get_bucket_tagging);
    table.on<api::PutBucketTagging>(put_bucket_tagging);
    table.on<api::DeleteBucketTagging>(delete_bucket_tagging);
    table.on<api::GetBucketOwnershipControls>(get_ownership);
    table.on<api::PutBucketOwnershipControls>(put_ownership);
    table.on<api::DeleteBucketOwnershipControls>(delete_ownership);
    table.on<api::GetPublicAccessBlock>(get_public_access);
    table.on<api::PutPublicAccessBlock>(put_public_access);
    table.on<api::DeletePublicAccessBlock>(delete_public_access);
}

}  // namespace landfall::s3
