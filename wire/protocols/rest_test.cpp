#include "wire/protocols/rest.hpp"

#include <gtest/gtest.h>

#include "wire/protocols/exchange_testing.hpp"

namespace landfall::wire {
namespace {

class S3 : public ::testing::Test {
protected:
    std::string route_of(std::string method, std::string path, std::string query = {},
                         std::vector<std::pair<std::string, std::string>> headers = {}) {
        const std::string all = s3.understood({.method = std::move(method),
                                               .path = std::move(path),
                                               .query = std::move(query),
                                               .headers = std::move(headers)});
        return all.substr(0, all.find_first_of(" :"));
    }
    Exchange s3{"s3"};
};

TEST_F(S3, operations_on_one_path_are_told_apart) {
    EXPECT_EQ(route_of("GET", "/"), "ListBuckets");
    EXPECT_EQ(route_of("GET", "/b"), "ListObjects");
    EXPECT_EQ(route_of("GET", "/b/"), "ListObjects");
    EXPECT_EQ(route_of("GET", "/b", "list-type=2&prefix=x"), "ListObjectsV2");
    EXPECT_EQ(route_of("GET", "/b", "versions"), "ListObjectVersions");
    EXPECT_EQ(route_of("GET", "/b", "uploads="), "ListMultipartUploads");
    EXPECT_EQ(route_of("GET", "/b", "location"), "GetBucketLocation");
    EXPECT_EQ(route_of("GET", "/b", "lifecycle"), "GetBucketLifecycleConfiguration");
    EXPECT_EQ(route_of("GET", "/b", "notification"), "GetBucketNotificationConfiguration");
    EXPECT_EQ(route_of("GET", "/b", "inventory"), "ListBucketInventoryConfigurations");
    EXPECT_EQ(route_of("GET", "/b", "inventory&id=1"), "GetBucketInventoryConfiguration");
    EXPECT_EQ(route_of("GET", "/b/k", "x-id=GetObject"), "GetObject");
    EXPECT_EQ(route_of("GET", "/b/k", "uploadId=1"), "ListParts");
    EXPECT_EQ(route_of("GET", "/b/k", "attributes"), "GetObjectAttributes");
    EXPECT_EQ(route_of("HEAD", "/b/k"), "HeadObject");
    EXPECT_EQ(route_of("HEAD", "/b"), "HeadBucket");
    EXPECT_EQ(route_of("PUT", "/b/k"), "PutObject");
    EXPECT_EQ(route_of("PUT", "/b/k", "", {{"X-Amz-Copy-Source", "a/b"}}), "CopyObject");
    EXPECT_EQ(route_of("PUT", "/b/k", "partNumber=1&uploadId=2"), "UploadPart");
    EXPECT_EQ(route_of("PUT", "/b/k", "partNumber=1&uploadId=2", {{"x-amz-copy-source", "a/b"}}),
              "UploadPartCopy");
    EXPECT_EQ(route_of("POST", "/b/k", "uploads"), "CreateMultipartUpload");
    EXPECT_EQ(route_of("POST", "/b/k", "uploadId=2"), "CompleteMultipartUpload");
    EXPECT_EQ(route_of("POST", "/b", "delete"), "DeleteObjects");
    EXPECT_EQ(route_of("DELETE", "/b/k"), "DeleteObject");
    EXPECT_EQ(route_of("DELETE", "/b/k", "uploadId=2"), "AbortMultipartUpload");
    EXPECT_EQ(route_of("PATCH", "/b/k"), "no");
}

TEST_F(S3, keys_keep_what_paths_would_lose) {
    const auto key = [&](std::string path) {
        return s3.understood({.method = "HEAD", .path = std::move(path)});
    };
    EXPECT_EQ(key("/b/a//c/"), R"(HeadObject {"Bucket":"b","Key":"a//c/"})");
    EXPECT_EQ(key("/b//a"), R"(HeadObject {"Bucket":"b","Key":"/a"})");
    EXPECT_EQ(key("/b/../x"), R"(HeadObject {"Bucket":"b","Key":"../x"})");
    EXPECT_EQ(key("/b/a%20b+c%2Fd%C3%A9"), "HeadObject {\"Bucket\":\"b\",\"Key\":\"a b+c/d\xc3\xa9\"}");
    EXPECT_EQ(key("/b/a%zz"), "HeadObject: malformed value of 'Key'");
    EXPECT_EQ(key("/b/%ff"), "HeadObject: malformed value of 'Key'");
}

TEST_F(S3, headers_queries_and_metadata_become_members) {
    EXPECT_EQ(
        s3.understood(
            {.method = "GET",
             .path = "/b/k",
             .query = "response-content-type=text%2Fplain&partNumber=3",
             .headers = {{"RANGE", "bytes=0-1"}, {"if-modified-since", "Tue, 14 Nov 2023 22:13:20 GMT"}}}),
        R"(GetObject {"Bucket":"b","IfModifiedSince":"2023-11-14T22:13:20Z","Key":"k","Range":"bytes=0-1",)"
        R"("ResponseContentType":"text/plain","PartNumber":3})");
    EXPECT_EQ(s3.understood({.method = "PUT",
                             .path = "/b/k",
                             .headers = {{"X-Amz-Meta-Two-Words", "v"}, {"x-amz-meta-A", "w"}},
                             .body = "hi"}),
              R"(PutObject {"Body":"aGk=","Bucket":"b","Key":"k","Metadata":{"two-words":"v","a":"w"}})");
}

TEST_F(S3, lists_in_headers_may_be_quoted_and_repeated) {
    EXPECT_EQ(s3.understood({.method = "GET",
                             .path = "/b/k",
                             .query = "attributes",
                             .headers = {{"x-amz-object-attributes", "ETag, \"Object\\\"Size\""},
                                         {"x-amz-object-attributes", "Checksum"}}}),
              R"(GetObjectAttributes {"Bucket":"b","Key":"k","ObjectAttributes":["ETag",)"
              R"("Object\"Size","Checksum"]})");
}

TEST_F(S3, xml_bodies_are_read_and_their_root_is_checked) {
    const auto sent = [&](std::string body) {
        return s3.understood({.method = "POST", .path = "/b", .query = "delete", .body = std::move(body)});
    };
    EXPECT_EQ(
        sent("<?xml version='1.0'?><!-- c --><Delete "
             "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object>"
             "<Key> a&amp;&#x20;&#99;<![CDATA[<d>]]></Key></Object><New/><Object><Key>e</Key>"
             "<VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>"),
        R"(DeleteObjects {"Bucket":"b","Delete":{"Objects":[{"Key":" a& c<d>"},{"Key":"e","VersionId":"1"}],)"
        R"("Quiet":true}})");
    EXPECT_EQ(sent("<Other/>"), "DeleteObjects: the root element is not <Delete>");
    EXPECT_EQ(sent(""), "DeleteObjects: The request must contain the parameter Delete.");
    EXPECT_EQ(sent("<Delete><Quiet>maybe</Quiet></Delete>"), "DeleteObjects: a malformed value in <Quiet>");
}

TEST_F(S3, roots_namespace_and_unwrapped_replies_are_s3s) {
    EXPECT_EQ(s3.replied("GetBucketLocation", R"({"LocationConstraint":"eu-west-1"})").body,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint "
              "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">eu-west-1</LocationConstraint>");
    EXPECT_EQ(s3.replied("GetBucketLocation", "{}").body,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint "
              "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></LocationConstraint>");
    const HttpReply listing =
        s3.replied("ListObjectsV2", R"({"Name":"b","KeyCount":1,"Contents":[{"Key":"a\r&","Size":5000000000,)"
                                    R"("LastModified":"2023-11-14T22:13:20Z"}]})");
    EXPECT_EQ(listing.body,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
              "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Contents><Key>a&#xD;&amp;</Key>"
              "<LastModified>2023-11-14T22:13:20.000Z</LastModified><Size>5000000000</Size></"
              "Contents><Name>b</Name>"
              "<KeyCount>1</KeyCount></ListBucketResult>");
    EXPECT_EQ(header_of(listing, "Content-Type"), "application/xml");
    EXPECT_EQ(header_of(listing, "x-amz-request-id"), "rid");
}

TEST_F(S3, replies_without_a_document_have_no_body) {
    const HttpReply put = s3.replied("PutObject", R"({"ETag":"\"e\"","VersionId":"v"})");
    EXPECT_EQ(put.body, "");
    EXPECT_EQ(header_of(put, "ETag"), "\"e\"");
    EXPECT_EQ(s3.replied("PutBucketTagging", "{}").status, 204);
    EXPECT_EQ(s3.replied("DeleteObject", "{}").status, 204);
    const HttpReply head = s3.replied("HeadObject", R"({"ContentLength":7,"Metadata":{"a":"b"}})");
    EXPECT_EQ(head.announced_length, Bytes{7});
    EXPECT_EQ(header_of(head, "x-amz-meta-a"), "b");
    EXPECT_EQ(header_of(head, "Content-Length"), "(none)");
}

TEST_F(S3, attributes_of_elements_survive) {
    EXPECT_NE(s3.replied("GetBucketAcl", R"({"Grants":[{"Grantee":{"ID":"i","Type":"CanonicalUser"}}]})")
                  .body.find("<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                             "xsi:type=\"CanonicalUser\"><ID>i</ID></Grantee></Grant>"),
              std::string::npos);
    EXPECT_EQ(s3.understood({.method = "PUT",
                             .path = "/b",
                             .query = "acl",
                             .body = "<AccessControlPolicy><AccessControlList><Grant><Grantee "
                                     "xmlns:x=\"u\" x:type=\"Group\"><URI>u</URI></Grantee></Grant>"
                                     "</AccessControlList></AccessControlPolicy>"}),
              R"(PutBucketAcl {"AccessControlPolicy":{"Grants":[{"Grantee":{"Type":"Group",)"
              R"("URI":"u"}}]},"Bucket":"b"})");
}

TEST(RestJson, a_trailing_slash_is_ignored_and_an_empty_label_never_matches) {
    Exchange backup{"backup"};
    EXPECT_EQ(backup.understood({.method = "GET", .path = "/backup-vaults"}), "ListBackupVaults {}");
    EXPECT_EQ(backup.understood({.method = "GET", .path = "/backup-vaults/"}), "ListBackupVaults {}");
    EXPECT_EQ(backup.understood({.method = "GET", .path = "/backup-vaults/v"}),
              R"(DescribeBackupVault {"BackupVaultName":"v"})");
    EXPECT_EQ(backup.understood({.method = "GET", .path = "/backup-vaults//"}), "no route");
}

TEST(RestJson, an_encoded_slash_stays_inside_its_label) {
    Exchange backup{"backup"};
    EXPECT_EQ(backup.understood({.method = "GET", .path = "/tags/arn%3Aaws%3Abackup%3A%3A%2Fa%2Fb/"}),
              R"(ListTags {"ResourceArn":"arn:aws:backup::/a/b"})");
}

TEST(RestJson, lists_and_maps_in_the_query_take_what_is_theirs) {
    Exchange efs{"elasticfilesystem"};
    EXPECT_EQ(efs.understood({.method = "DELETE",
                              .path = "/2015-02-01/resource-tags/fs-1",
                              .query = "tagKeys=a&tagKeys=b%20c"}),
              R"(UntagResource {"ResourceId":"fs-1","TagKeys":["a","b c"]})");
}

TEST(RestJson, small_text_that_grows_into_many_slots_is_refused) {
    Exchange backup{"backup"};
    std::string body = R"({"BackupPlan":{"BackupPlanName":"p","Rules":[{})";
    for (int i = 0; i < 1'000'000; ++i) body += ",{}";
    EXPECT_EQ(backup.understood({.method = "PUT", .path = "/backup/plans/", .body = body + "]}}"}),
              "CreateBackupPlan: The request holds more values than the server takes at once.");
}

TEST(RestJson, constraints_are_told_with_aws_words) {
    Exchange efs{"elasticfilesystem"};
    EXPECT_EQ(efs.understood({.method = "GET", .path = "/2015-02-01/file-systems", .query = "MaxItems=0"}),
              "DescribeFileSystems: 1 validation error detected: Value '0' at 'maxItems' failed to satisfy "
              "constraint: "
              "Member must have value greater than or equal to 1");
    EXPECT_EQ(efs.understood({.method = "GET", .path = "/2015-02-01/file-systems", .query = "MaxItems=x"}),
              "DescribeFileSystems: malformed value of 'MaxItems'");
}

}  // namespace
}  // namespace landfall::wire
