#include "wire/protocols/json.hpp"

#include <gtest/gtest.h>

#include "wire/protocols/exchange_testing.hpp"

namespace landfall::wire {
namespace {

class Json : public ::testing::Test {
protected:
    std::string sent(std::string body) {
        return sqs.understood(
            {.headers = {{"X-Amz-Target", "AmazonSQS.SendMessage"}}, .body = std::move(body)});
    }
    Exchange sqs{"sqs"};
};

TEST_F(Json, a_request_becomes_slots) {
    EXPECT_EQ(sent(R"({"QueueUrl":"u","MessageBody":"hi","DelaySeconds":3})"),
              R"(SendMessage {"QueueUrl":"u","MessageBody":"hi","DelaySeconds":3})");
}

TEST_F(Json, escapes_and_surrogates_are_decoded) {
    EXPECT_EQ(sent(R"({"QueueUrl":"\u0061\n\\\/\"","MessageBody":"\ud83d\ude00 \u00e9"})"),
              "SendMessage {\"QueueUrl\":\"a\\n\\\\/\\\"\",\"MessageBody\":\"\xf0\x9f\x98\x80 \xc3\xa9\"}");
}

TEST_F(Json, unknown_members_are_skipped_and_null_is_absent) {
    EXPECT_EQ(
        sent(R"({"New":{"a":[1,2.5e3,true,null,"x"]},"QueueUrl":"u","DelaySeconds":null,"MessageBody":"b"})"),
        R"(SendMessage {"QueueUrl":"u","MessageBody":"b"})");
}

TEST_F(Json, blobs_lists_and_maps_of_structures_are_read) {
    EXPECT_EQ(
        sent(R"({"QueueUrl":"u","MessageBody":"b","MessageAttributes":{"k":{"DataType":"Binary",
                      "BinaryValue":"AP8=","StringListValues":["a",null,"b"]}}})"),
        R"(SendMessage {"QueueUrl":"u","MessageBody":"b","MessageAttributes":{"k":{"BinaryValue":"AP8=",)"
        R"("StringListValues":["a","b"],"DataType":"Binary"}}})");
}

TEST_F(Json, wrong_types_name_the_member) {
    EXPECT_EQ(sent(R"({"QueueUrl":5})"), "SendMessage: expected a string at member 'QueueUrl', byte 12");
    EXPECT_EQ(sent(R"({"DelaySeconds":"5"})"),
              "SendMessage: expected a number at member 'DelaySeconds', byte 16");
    EXPECT_EQ(sent(R"({"DelaySeconds":2147483648})"),
              "SendMessage: expected an integer in range at member 'DelaySeconds', byte 26");
    EXPECT_EQ(sent(R"({"DelaySeconds":1.5})"),
              "SendMessage: expected an integer in range at member 'DelaySeconds', byte 19");
}

TEST_F(Json, text_that_is_not_json_is_refused) {
    for (const char* bad : {"{", "[]", "{\"QueueUrl\":\"a}", "{\"QueueUrl\":\"\\x\"}",
                            "{\"QueueUrl\":\"\\ud800\"}", "{} x", "{,}", "{\"a\":01}", "{\"a\":tru}",
                            "{\"a\" 1}", "{\"QueueUrl\":\"\x01\"}", "{\"QueueUrl\":\"\xff\"}", "{\"a\":-}",
                            "{\"QueueUrl\":\"\\u12\"}", "{\"QueueUrl\":\"\\", "{\"a\":1.}"}) {
        const std::string answer = sent(bad);
        EXPECT_EQ(answer.find("SendMessage: "), 0U) << bad << " -> " << answer;
        EXPECT_EQ(answer.find("must contain"), std::string::npos) << bad;
    }
}

TEST_F(Json, text_that_is_not_json_names_its_byte) {
    EXPECT_EQ(sent(R"({"New": 1, "Other" 2})"), "SendMessage: expected ':' at byte 19");
    EXPECT_EQ(sent("{} x"), "SendMessage: text after the end of the document at byte 3");
}

TEST_F(Json, depth_is_bounded) {
    const auto nested = [](std::size_t n) {
        return "{\"a\":" + std::string(n, '[') + std::string(n, ']') + "}";
    };
    EXPECT_NE(sent(nested(1'000'000)).find("nested too deeply"), std::string::npos);
    EXPECT_NE(sent(nested(40)).find("must contain the parameter"), std::string::npos);
}

TEST_F(Json, missing_members_are_told_in_sqs_words) {
    EXPECT_EQ(sent("{}"), "SendMessage: The request must contain the parameter QueueUrl.");
    EXPECT_EQ(sent(""), "SendMessage: The request must contain the parameter QueueUrl.");
}

TEST(JsonNumbers, integers_beyond_two_to_the_53_are_exact_and_infinities_are_text) {
    Exchange dynamodb{"dynamodb"};
    EXPECT_EQ(
        dynamodb.replied("DescribeLimits", R"({"AccountMaxReadCapacityUnits":9223372036854775807})").body,
        R"({"AccountMaxReadCapacityUnits":9223372036854775807})");
    EXPECT_EQ(dynamodb
                  .replied("PutItem",
                           R"({"ConsumedCapacity":{"CapacityUnits":"Infinity","ReadCapacityUnits":0.1}})")
                  .body,
              R"({"ConsumedCapacity":{"CapacityUnits":"Infinity","ReadCapacityUnits":0.1}})");
}

TEST(JsonTimes, epoch_seconds_keep_their_milliseconds_both_ways) {
    Exchange dms{"dms"};
    const std::string body =
        R"({"SourceIdentifier":"a","StartTime":1700000000.123,"EndTime":"2023-11-14T22:13:20Z"})";
    EXPECT_EQ(
        dms.understood({.headers = {{"x-amz-target", "AmazonDMSv20160101.DescribeEvents"}}, .body = body}),
        R"(DescribeEvents {"SourceIdentifier":"a","StartTime":"2023-11-14T22:13:20.123Z",)"
        R"("EndTime":"2023-11-14T22:13:20Z"})");
    EXPECT_EQ(dms.replied("DescribeEvents", R"({"Events":[{"Date":"2023-11-14T22:13:20.123Z"}]})").body,
              R"({"Events":[{"Date":1700000000.123}]})");
    EXPECT_EQ(header_of(dms.replied("DescribeEvents", "{}"), "Content-Type"), "application/x-amz-json-1.1");
}

TEST(JsonRoute, a_target_of_another_service_has_no_operation) {
    Exchange sqs{"sqs"};
    EXPECT_EQ(sqs.understood({.headers = {{"x-amz-target", "DynamoDB_20120810.SendMessage"}}}), "no route");
    EXPECT_EQ(sqs.understood({.headers = {{"x-amz-target", "AmazonSQS.Nothing"}}}), "no route");
    EXPECT_EQ(sqs.understood({}), "no route");
}

}  // namespace
}  // namespace landfall::wire
