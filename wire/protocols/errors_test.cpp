#include "wire/protocols/errors.hpp"

#include <gtest/gtest.h>

#include "wire/protocols/exchange_testing.hpp"

namespace landfall::wire {
namespace {

class Errors : public ::testing::Test {
protected:
    enum class Mode { plain, query };
    HttpReply told(std::string_view face, const ApiError& error, bool head = false, Mode mode = Mode::plain) {
        const Face& spoken = *catalogue.find(face);
        HttpReply reply;
        write_error({.style = error_style_of(spoken.protocol),
                     .model = &spoken.model(),
                     .request_id = "rid",
                     .host_id = "host",
                     .resource = "/b/k",
                     .head_request = head,
                     .query_mode = mode == Mode::query},
                    error, reply);
        return reply;
    }
    Catalogue catalogue{embedded_models()};
};

TEST_F(Errors, sqs_json_names_the_shape_and_the_legacy_code) {
    const HttpReply reply = told("sqs", {{"QueueDoesNotExist"}, "The specified queue does not exist."});
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.body,
              R"({"__type":"QueueDoesNotExist","message":"The specified queue does not exist."})");
    EXPECT_EQ(header_of(reply, "x-amzn-query-error"), "AWS.SimpleQueueService.NonExistentQueue;Sender");
    EXPECT_EQ(header_of(reply, "x-amzn-errortype"), "QueueDoesNotExist");
    EXPECT_EQ(header_of(reply, "x-amzn-RequestId"), "rid");
}

TEST_F(Errors, sqs_query_names_the_legacy_code_alone) {
    EXPECT_EQ(told("sqs-query", {{"QueueDoesNotExist"}, "Gone."}).body,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse "
              "xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error><Type>Sender</Type>"
              "<Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>Gone.</Message></Error>"
              "<RequestId>rid</RequestId></ErrorResponse>");
}

TEST_F(Errors, sqs_json_has_names_of_its_own_for_three_codes_and_tells_both) {
    const struct {
        ErrorCode code;
        std::string type, query;
        int status;
    } kCases[] = {
        {{"InvalidParameterValue"}, "InvalidParameterValueException", "InvalidParameterValue", 400},
        {{"MissingParameter"}, "MissingRequiredParameterException", "MissingParameter", 400},
        {common_code(CommonError::missing_argument), "MissingRequiredParameterException", "MissingParameter",
         400},
        {common_code(CommonError::access_denied), "AccessDeniedException", "AccessDenied", 403},
    };
    for (const auto& one : kCases) {
        const HttpReply reply = told("sqs", {one.code, "m"}, false, Mode::query);
        EXPECT_EQ(reply.status, one.status) << one.type;
        EXPECT_EQ(told("sqs", {one.code, "m"}).status, 400) << one.type;
        EXPECT_EQ(header_of(reply, "x-amzn-errortype"), one.type);
        EXPECT_EQ(header_of(reply, "x-amzn-query-error"), one.query + ";Sender");
        EXPECT_NE(told("sqs-query", {one.code, "m"}).body.find("<Code>" + one.query + "<"),
                  std::string::npos);
    }
}

TEST_F(Errors, sqs_json_flattens_refusals_alone_and_for_those_who_do_not_ask_for_query_alone) {
    EXPECT_EQ(told("sqs", {{"OverLimit"}, "m"}).status, 400);
    EXPECT_EQ(told("sqs", {{"OverLimit"}, "m"}, false, Mode::query).status, 403);
    EXPECT_EQ(told("sqs", {common_code(CommonError::unavailable), "m"}).status, 503);
    EXPECT_EQ(told("sqs-query", {{"OverLimit"}, "m"}).status, 403);
}

TEST_F(Errors, sqs_query_tells_that_no_operation_is_named_by_an_element_alone) {
    ApiError none{{"UnknownOperationException"}, "m"};
    none.http_status = 404;
    EXPECT_EQ(told("sqs-query", none).body, "<UnknownOperationException/>");
    EXPECT_EQ(told("sqs-query", none).status, 404);
}

TEST_F(Errors, a_missing_queue_is_told_in_the_words_of_each_face) {
    const ApiError missing{{"QueueDoesNotExist"}, "The specified queue does not exist."};
    EXPECT_NE(told("sqs-query", missing)
                  .body.find("<Message>The specified queue does not exist for this wsdl version.</Message>"),
              std::string::npos);
}

TEST_F(Errors, ec2_has_its_own_envelope_and_its_codes_are_undeclared) {
    const HttpReply reply = told("ec2", {{"InvalidVolume.NotFound"}, "The volume 'v' does not exist."});
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.body,
              "<?xml version=\"1.0\" "
              "encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>InvalidVolume.NotFound</Code>"
              "<Message>The volume 'v' does not "
              "exist.</Message></Error></Errors><RequestID>rid</RequestID></Response>");
    EXPECT_EQ(told("ec2", {{"DryRunOperation"}, "m"}).status, 412);
}

TEST_F(Errors, s3_is_flat_and_a_head_request_gets_the_status_only) {
    const ApiError missing{{"NoSuchKey"}, "The specified key does not exist.", {{"Key", "k&"}}};
    const HttpReply reply = told("s3", missing);
    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(reply.body,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>"
              "<Message>The specified key does not exist.</Message><Key>k&amp;</Key><Resource>/b/k</Resource>"
              "<RequestId>rid</RequestId><HostId>host</HostId></Error>");
    EXPECT_EQ(header_of(reply, "x-amz-id-2"), "host");
    const HttpReply head = told("s3", missing, true);
    EXPECT_EQ(head.status, 404);
    EXPECT_TRUE(head.head_only);
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(told("s3", {{"InvalidRange"}, "m"}).status, 416);
    const HttpReply unchanged = told("s3", ApiError{{"NotModified"}, "m"}.with_header("ETag", "\"e\""));
    EXPECT_EQ(unchanged.status, 304);
    EXPECT_EQ(unchanged.body, "");
    EXPECT_EQ(header_of(unchanged, "ETag"), "\"e\"");
    ApiError inside{{"InternalError"}, "m"};
    inside.http_status = 200;
    EXPECT_EQ(told("s3", inside).status, 200);
}

TEST_F(Errors, modelled_members_of_exceptions_keep_their_types) {
    const HttpReply reply = told(
        "drs",
        ApiError{{"ThrottlingException"}, "slow"}.with("serviceCode", "drs").with("retryAfterSeconds", "7"));
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(reply.body, R"({"message":"slow","serviceCode":"drs"})");
    EXPECT_EQ(header_of(reply, "Retry-After"), "7");
    EXPECT_EQ(told("backup", ApiError{{"AlreadyExistsException"}, "m"}.with("Arn", "a")).body,
              R"({"Message":"m","Arn":"a"})");
}

TEST_F(Errors, common_errors_are_spelt_as_each_protocol_spells_them) {
    const ApiError slow{common_code(CommonError::throttled), "m"};
    const auto code = [&](std::string_view face) {
        const Face& spoken = *catalogue.find(face);
        const WireError wire = resolve_error(error_style_of(spoken.protocol), &spoken.model(), slow);
        return std::string{wire.code} + " " + std::to_string(wire.status);
    };
    EXPECT_EQ(code("dms"), "ThrottlingException 400");
    EXPECT_EQ(code("backup"), "ThrottlingException 429");
    EXPECT_EQ(code("rds"), "Throttling 400");
    EXPECT_EQ(code("ec2"), "RequestLimitExceeded 503");
    EXPECT_EQ(code("s3"), "SlowDown 503");
}

}  // namespace
}  // namespace landfall::wire
