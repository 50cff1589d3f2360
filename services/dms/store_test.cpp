#include "services/dms/store.hpp"

#include <gtest/gtest.h>

namespace landfall::dms {
namespace {

const Identity kSelf{{"000000000000", "us-east-1"}, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"};

template <class T>
T round_trip(const T& value) {
    const state::Resource resource = Kind<T>::encode(value);
    EXPECT_EQ(resource.arn, arn_of(value.self, T::kThing));
    return Kind<T>::decode(resource).value();
}

TEST(DmsRecords, what_is_written_is_read_back) {
    const InstanceProfile profile{.self = kSelf,
                                  .name = "p",
                                  .description = "d",
                                  .availability_zone = "us-east-1a",
                                  .kms_key_arn = "k",
                                  .publicly_accessible = false,
                                  .network_type = "DUAL",
                                  .subnet_group = "s",
                                  .security_groups = {"a", "b"},
                                  .created = Instant{5},
                                  .tags = {{"k", "v"}}};
    EXPECT_EQ(round_trip(profile), profile);
    DataProvider provider{.self = kSelf, .name = "p", .engine = "oracle", .is_virtual = true};
    provider.settings = {.kind = "OracleSettings",
                         .texts = {{"ServerName", "x"}, {"S3Path", ""}},
                         .numbers = {{"Port", 1521}},
                         .flags = {{"EncryptPassword", false}}};
    EXPECT_EQ(round_trip(provider), provider);
    const MigrationProject project{.self = kSelf,
                                   .name = "m",
                                   .sources = {{"S", "", ""}},
                                   .targets = {{"T", "secret", "role"}},
                                   .instance_profile = "I",
                                   .transformation_rules = "{}",
                                   .bucket_path = "s3://b/p",
                                   .bucket_role_arn = "r",
                                   .configuration = "{}",
                                   .created = Instant{7}};
    EXPECT_EQ(round_trip(project), project);
}

TEST(DmsNames, an_arn_finds_back_what_it_names) {
    const std::string arn = arn_of(kSelf, "data-provider");
    EXPECT_EQ(arn, "arn:aws:dms:us-east-1:000000000000:data-provider:ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    EXPECT_EQ(parse_arn(arn, "data-provider"), kSelf);
    EXPECT_EQ(parse_arn(arn, "instance-profile"), std::nullopt);
    EXPECT_EQ(thing_of_arn(arn), "data-provider");
    for (const std::string_view bad :
         {"", "x", "arn:aws:dms:::", "arn:aws:s3:::b", "arn:aws:dms:r:a:data-provider:"})
        EXPECT_EQ(parse_arn(bad, "data-provider"), std::nullopt) << bad;
}

TEST(DmsNames, a_path_into_a_bucket_is_spelt_in_three_ways) {
    const BucketPath path{"my-bucket", "a/b/"};
    for (const std::string_view text :
         {"s3://my-bucket/a/b/", "arn:aws:s3:::my-bucket/a/b/", "my-bucket//a/b/"})
        EXPECT_EQ(parse_bucket_path(text, "S3Path").value(), path) << text;
    EXPECT_EQ(key_in(path, "x.sql"), "a/b/x.sql");
    EXPECT_EQ(key_in({"my-bucket", "a/b"}, "x.sql"), "a/b/x.sql");
    EXPECT_EQ(key_in({"my-bucket", ""}, "x.sql"), "x.sql");
    for (const std::string_view bad : {"", "s3://", "s3://B/x", "s3://a/x", "https://bucket/x"})
        EXPECT_FALSE(parse_bucket_path(bad, "S3Path").ok()) << bad;
}

}  // namespace
}  // namespace landfall::dms
