#include "services/s3/model_names.hpp"

#include <gtest/gtest.h>

namespace landfall::s3 {
namespace {

TEST(BucketName, follows_the_rules_of_general_purpose_buckets) {
    for (const std::string& name : std::initializer_list<std::string>{"abc", "my-bucket", "my.bucket.1",
                                                                      "0-0", "a.b-c", std::string(63, 'a')})
        EXPECT_TRUE(check_bucket_name(name).ok()) << name;
    for (const std::string& name : std::initializer_list<std::string>{"",
                                                                      "ab",
                                                                      "Abc",
                                                                      "a_b",
                                                                      "-abc",
                                                                      "abc-",
                                                                      ".abc",
                                                                      "abc.",
                                                                      "a..b",
                                                                      "192.168.5.4",
                                                                      "xn--abc",
                                                                      "sthree-x",
                                                                      "amzn-s3-demo-x",
                                                                      "abc-s3alias",
                                                                      "abc--ol-s3",
                                                                      "abc.mrap",
                                                                      "abc--x-s3",
                                                                      "a b",
                                                                      "a/b",
                                                                      "\xc3\xa9tudes",
                                                                      std::string(64, 'a')})
        EXPECT_TRUE(check_bucket_name(name).is(Code::invalid_bucket_name)) << name;
    EXPECT_EQ(check_bucket_name("A").error().members().front().second, "A");
}

TEST(Key, is_any_utf8_of_1_to_1024_bytes) {
    for (const std::string& key : std::initializer_list<std::string>{
             "a", "..", "../x", "a//b", "/", "a/", "%2F", "a b+c/\xc3\xa9", std::string(1024, 'k')})
        EXPECT_TRUE(check_key(key).ok()) << key;
    EXPECT_TRUE(check_key(std::string(1025, 'k')).is(Code::key_too_long));
    EXPECT_TRUE(check_key("").is(Code::invalid_argument));
    EXPECT_TRUE(check_key("\xff").is(Code::invalid_argument));
}

TEST(Key, has_no_version_but_null) {
    EXPECT_TRUE(check_version_id("").ok());
    EXPECT_TRUE(check_version_id("null").ok());
    EXPECT_TRUE(check_version_id("3HL4kqtJlcpXroDTDmJ").is(Code::invalid_argument));
}

TEST(CopySource, is_decoded_once_with_or_without_a_leading_slash) {
    EXPECT_EQ(parse_copy_source("/src/a%20b%2Bc/%C3%A9").value(), (CopySource{"src", "a b+c/\xc3\xa9", ""}));
    EXPECT_EQ(parse_copy_source("src/%252F").value(), (CopySource{"src", "%2F", ""}));
    EXPECT_EQ(parse_copy_source("src/a//b/").value(), (CopySource{"src", "a//b/", ""}));
    EXPECT_EQ(parse_copy_source("src/key?versionId=null").value(), (CopySource{"src", "key", "null"}));
    EXPECT_EQ(parse_copy_source("src/a+b").value(), (CopySource{"src", "a+b", ""}));
}

TEST(CopySource, without_bucket_and_key_is_refused) {
    for (const std::string_view header : {"", "/", "src", "src/", "/src", "//key", "src/%zz", "src/%2"})
        EXPECT_TRUE(parse_copy_source(header).is(Code::invalid_argument)) << header;
    EXPECT_TRUE(parse_copy_source("SRC/key").is(Code::invalid_bucket_name));
    EXPECT_TRUE(parse_copy_source("arn:aws:s3:us-east-1:1:accesspoint/x/object/k").is(Code::not_implemented));
}

}  // namespace
}  // namespace landfall::s3
