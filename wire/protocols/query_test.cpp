#include "wire/protocols/query.hpp"

#include <gtest/gtest.h>

#include "wire/protocols/exchange_testing.hpp"

namespace landfall::wire {
namespace {

TEST(Query, twelve_items_keep_the_order_of_their_numbers) {
    Exchange ec2{"ec2"};
    std::string body = "Action=DescribeVolumes&Version=2016-11-15";
    for (const int i : {10, 1, 12, 2, 3, 11, 4, 5, 9, 6, 7, 8})
        body += "&VolumeId." + std::to_string(i) + "=vol-" + std::to_string(i);
    EXPECT_EQ(ec2.understood({.body = body}),
              R"(DescribeVolumes {"VolumeIds":["vol-1","vol-2","vol-3","vol-4","vol-5","vol-6",)"
              R"("vol-7","vol-8","vol-9",)"
              R"("vol-10","vol-11","vol-12"]})");
}

TEST(Query, structures_in_lists_in_lists_are_read_in_any_order_and_gaps_close) {
    Exchange ec2{"ec2"};
    EXPECT_EQ(
        ec2.understood({.body =
                            "Filter.7.Value.2=c&Filter.7.Name=n2&Action=DescribeVolumes&Filter.2.Value.1=a"
                            "&Filter.2.Name=n%201&Filter.7.Value.1=b+b"}),
        R"(DescribeVolumes {"Filters":[{"Name":"n 1","Values":["a"]},{"Name":"n2","Values":["b b","c"]}]})");
}

TEST(Query, a_key_that_sorts_between_a_name_and_its_point_splits_nothing) {
    Exchange ec2{"ec2"};
    EXPECT_EQ(
        ec2.understood(
            {.body = "Action=DescribeVolumes&Filter.1.Name=a&Filter-x=1&Filter.1.Value.1=b&Filter%20=2"}),
        R"(DescribeVolumes {"Filters":[{"Name":"a","Values":["b"]}]})");
}

TEST(Query, a_huge_index_costs_one_item) {
    Exchange ec2{"ec2"};
    EXPECT_EQ(ec2.understood({.body = "Action=DescribeVolumes&VolumeId.999999999999=v"}),
              R"(DescribeVolumes {"VolumeIds":["v"]})");
}

TEST(Query, wrapped_and_flattened_forms_are_the_same) {
    Exchange sns{"sns"};
    const std::string want =
        R"(CreateTopic {"Name":"t","Attributes":{"A":"1","B":"2"},"Tags":[{"Key":"k","Value":"v"}]})";
    EXPECT_EQ(sns.understood(
                  {.body = "Action=CreateTopic&Name=t&Attributes.entry.1.key=A&Attributes.entry.1.value=1"
                           "&Attributes.entry.2.key=B&Attributes.entry.2.value=2"
                           "&Tags.member.1.Key=k&Tags.member.1.Value=v"}),
              want);
    EXPECT_EQ(
        sns.understood({.body = "Action=CreateTopic&Name=t&Attributes.1.key=A&Attributes.1.value=1"
                                "&Attributes.2.key=B&Attributes.2.value=2&Tags.1.Key=k&Tags.1.Value=v"}),
        want);
}

TEST(Query, the_query_face_of_sqs_reads_flattened_attributes_from_body_or_url) {
    Exchange sqs{"sqs-query"};
    const std::string want = R"(CreateQueue {"QueueName":"q","Attributes":{"DelaySeconds":"5"}})";
    const std::string form =
        "Action=CreateQueue&QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5";
    EXPECT_EQ(sqs.understood({.body = form}), want);
    EXPECT_EQ(sqs.understood({.method = "GET", .query = form}), want);
}

TEST(Query, an_empty_list_is_present) {
    Exchange sns{"sns"};
    EXPECT_EQ(sns.understood({.body = "Action=CreateTopic&Name=t&Tags="}),
              R"(CreateTopic {"Name":"t","Tags":[]})");
}

TEST(Query, malformed_values_and_escapes_name_their_key) {
    Exchange ec2{"ec2"};
    EXPECT_EQ(ec2.understood({.body = "Action=DescribeVolumes&MaxResults=many"}),
              "DescribeVolumes: 'many' is not a valid value of MaxResults");
    EXPECT_EQ(ec2.understood({.body = "Action=DescribeVolumes&MaxResults=%4"}),
              "DescribeVolumes: a malformed percent-escape");
    EXPECT_EQ(ec2.understood({.body = "Action=DescribeVolumes&Filter.x=1"}),
              "DescribeVolumes: a list item without a number in Filter.x");
    EXPECT_EQ(ec2.understood({.body = "Action=DescribeVolumes&NextToken=%ff"}),
              "DescribeVolumes: a parameter that is not UTF-8");
    EXPECT_EQ(ec2.understood({.body = "Action=Nothing"}), "no route");
    EXPECT_EQ(ec2.understood({.body = ""}), "no route");
}

TEST(Query, too_many_parameters_and_too_deep_ones_are_refused) {
    Exchange ec2{"ec2"};
    std::string many = "Action=DescribeVolumes";
    for (int i = 0; i < 10'001; ++i) many += "&a" + std::to_string(i) + "=1";
    EXPECT_EQ(ec2.understood({.body = many}), "DescribeVolumes: more than 10,000 parameters");
    std::string deep = "Action=DescribeVolumes&Filter";
    for (int i = 0; i < 100'000; ++i) deep += ".m";
    EXPECT_EQ(ec2.understood({.body = deep + "=1"}).find("DescribeVolumes: "), 0U);
}

TEST(Query, ec2_misses_a_parameter_by_its_name) {
    Exchange ec2{"ec2"};
    EXPECT_EQ(ec2.understood({.body = "Action=DeleteVolume"}),
              "DeleteVolume: The request must contain the parameter VolumeId.");
}

TEST(QueryReply, ec2_wraps_items_and_puts_the_request_id_first) {
    Exchange ec2{"ec2"};
    const HttpReply reply =
        ec2.replied("DescribeVolumes", R"({"Volumes":[{"VolumeId":"v<1","Size":8,"Encrypted":false,)"
                                       R"("CreateTime":"2023-11-14T22:13:20Z"}],"NextToken":""})");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(
        reply.body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeVolumesResponse "
        "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15\"><requestId>rid</requestId><nextToken></nextToken>"
        "<volumeSet><item><volumeId>v&lt;1</volumeId><size>8</size><createTime>2023-11-14T22:13:20.000Z</"
        "createTime>"
        "<encrypted>false</encrypted></item></volumeSet></DescribeVolumesResponse>");
}

TEST(QueryReply, query_wraps_the_result_and_ends_with_the_request_id) {
    Exchange sts{"sts"};
    EXPECT_EQ(
        sts.replied("GetCallerIdentity", R"({"Account":"000000000000","Arn":"a","UserId":"u"})").body,
        "<?xml version=\"1.0\"?>\n<GetCallerIdentityResponse "
        "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><UserId>u</UserId>"
        "<Account>000000000000</Account><Arn>a</Arn></GetCallerIdentityResult><ResponseMetadata>"
        "<RequestId>rid</RequestId></ResponseMetadata></GetCallerIdentityResponse>");
}

TEST(QueryReply, flattened_maps_of_sqs_repeat_their_element) {
    Exchange sqs{"sqs-query"};
    EXPECT_NE(
        sqs.replied("GetQueueAttributes", R"({"Attributes":{"A":"1","B":"2"}})")
            .body.find("<GetQueueAttributesResult><Attribute><Name>A</Name><Value>1</Value></Attribute>"
                       "<Attribute><Name>B</Name><Value>2</Value></Attribute></GetQueueAttributesResult>"),
        std::string::npos);
}

}  // namespace
}  // namespace landfall::wire
