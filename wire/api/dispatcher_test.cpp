#include "wire/api/dispatcher.hpp"

#include <gtest/gtest.h>

#include <array>

#include "wire/api/plain_call.hpp"
#include "wire/model/catalogue.hpp"
#include "wire/models/embedded.hpp"
#include "wire/views/ec2.hpp"
#include "wire/views/s3.hpp"
#include "wire/views/sqs.hpp"

namespace landfall::wire {
namespace {

class Dispatch : public ::testing::Test {
protected:
    /// Runs one request from the head to the reply, with whatever the registry holds by then.
    HttpReply reply_to(std::string_view scope, const RequestHead& head, std::string body) {
        const Dispatcher dispatcher{catalogue, registry};
        const Face* face = dispatcher.face(head, scope, body);
        const ErrorScene scene{.face = face, .head = &head, .request_id = "rid"};
        if (face == nullptr)
            return dispatcher.error_reply(scene, {common_code(CommonError::unknown_operation), "no service"});
        const auto op = dispatcher.route(*face, head, body);
        if (const auto* error = std::get_if<ApiError>(&op)) return dispatcher.error_reply(scene, *error);
        auto opened = dispatcher.open(*face, *std::get<const Operation*>(op), head, std::move(body));
        if (const auto* error = std::get_if<ApiError>(&opened)) return dispatcher.error_reply(scene, *error);
        auto call = std::move(std::get<std::unique_ptr<Call>>(opened));
        HttpReply reply{.status = 0};
        call->context.request_id = "rid";
        call->completed = [&](std::unique_ptr<Call> done) { reply = dispatcher.reply(*done); };
        dispatcher.run(std::move(call));
        return reply;
    }
    HttpReply ec2(std::string body) {
        return reply_to("ec2", {.method = "POST", .path = "/"}, std::move(body));
    }

    Catalogue catalogue{embedded_models()};
    Registry registry;
};

TEST_F(Dispatch, an_operation_nobody_registered_is_not_implemented_in_its_protocol) {
    EXPECT_EQ(ec2("Action=DescribeVolumes").body,
              "<?xml version=\"1.0\" "
              "encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>NotImplemented</Code><Message>"
              "The operation DescribeVolumes is not "
              "implemented.</Message></Error></Errors><RequestID>rid</RequestID>"
              "</Response>");
    EXPECT_EQ(ec2("Action=DescribeVolumes").status, 501);
    EXPECT_EQ(ec2("Action=Nonsense").status, 400);
    const HeaderField target{"X-Amz-Target", "AmazonSQS.ListQueues"};
    const HttpReply json = reply_to("sqs", {.method = "POST", .path = "/", .headers = {&target, 1}}, "{}");
    EXPECT_EQ(json.body,
              R"({"__type":"NotImplemented","message":"The operation ListQueues is not implemented."})");
}

TEST_F(Dispatch, a_version_that_the_service_never_had_is_refused) {
    EXPECT_NE(ec2("Action=DescribeVolumes&Version=2031-01-01")
                  .body.find("<Code>NoSuchVersion</Code><Message>The requested version (2031-01-01)"),
              std::string::npos);
    EXPECT_EQ(ec2("Action=DescribeVolumes&Version=2014-06-15").status, 501);
    const RequestHead post{.method = "POST", .path = "/"};
    EXPECT_NE(reply_to("sns", post, "Action=ListTopics&Version=2009-01-01").body.find("InvalidAction"),
              std::string::npos);
    EXPECT_EQ(reply_to("sns", post, "Action=ListTopics&Version=2010-03-31").status, 501);
}

TEST_F(Dispatch, a_handler_reads_and_writes_through_typed_views) {
    registry.on<ec2::RunInstances>(
        Runs::worker,
        [](const CallContext& context, ec2::RunInstances::In in, ec2::RunInstances::Out out) -> Answer {
            EXPECT_EQ(context.request_id, "rid");
            EXPECT_EQ(in.image_id(), "ami-1");
            EXPECT_EQ(in.min_count(), 1);
            EXPECT_FALSE(in.has_kernel_id());
            EXPECT_FALSE(in.key_name().has_value());
            EXPECT_FALSE(in.placement());
            EXPECT_FALSE(in.placement().tenancy().has_value());
            EXPECT_EQ(in.tag_specifications().size(), 1U);
            for (const auto specification : in.tag_specifications())
                for (const auto tag : specification.tags()) EXPECT_EQ(tag.key(), "k");
            EXPECT_EQ(in.block_device_mappings()[0].ebs().volume_size(), 8);
            out.set_reservation_id("r-1");
            auto instance = out.add_instances();
            instance.set_instance_id("i-1");
            instance.set_state().set_name("pending");
            instance.set_state().set_code(0);
            instance.set_launch_time(Instant::from_seconds(1'700'000'000));
            out.start_groups();
            return Answer::success();
        });
    EXPECT_EQ(
        ec2("Action=RunInstances&ImageId=ami-1&MinCount=1&MaxCount=1&TagSpecification.1.Tag.1.Key=k"
            "&BlockDeviceMapping.1.Ebs.VolumeSize=8")
            .body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<RunInstancesResponse "
        "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15\"><requestId>rid</requestId>"
        "<reservationId>r-1</reservationId><groupSet></groupSet><instancesSet><item><instanceId>i-1</"
        "instanceId>"
        "<instanceState><code>0</code><name>pending</name></instanceState>"
        "<launchTime>2023-11-14T22:13:20.000Z</launchTime></item></instancesSet></RunInstancesResponse>");
}

TEST_F(Dispatch, a_declared_error_carries_its_status_and_a_failed_result_becomes_internal) {
    registry.on<ec2::DeleteVolume>(Runs::inline_, [](const CallContext&, auto, auto) -> Answer {
        return ApiError{ec2::errors::kInvalidVolumeNotFound, "The volume 'v' does not exist."};
    });
    registry.on<ec2::DescribeVolumes>(Runs::inline_, [](const CallContext&, auto, auto) -> Answer {
        const Result<int> read = Error{Errc::io, "reading /secret/path"};
        TRY(read);
        return Answer::success();
    });
    EXPECT_NE(ec2("Action=DeleteVolume&VolumeId=v").body.find("<Code>InvalidVolume.NotFound</Code>"),
              std::string::npos);
    const HttpReply inner = ec2("Action=DescribeVolumes");
    EXPECT_EQ(inner.status, 500);
    EXPECT_EQ(inner.body.find("secret"), std::string::npos);
}

TEST_F(Dispatch, a_deferred_answer_may_come_later_and_a_dropped_one_is_an_internal_error) {
    std::vector<Deferred> parked;
    registry.on_deferred<sqs::ReceiveMessage>(
        Runs::inline_, [&](Deferred call, sqs::ReceiveMessage::In in, sqs::ReceiveMessage::Out out) {
            out.add_messages().set_body(in.queue_url());
            parked.push_back(std::move(call));
        });
    const HeaderField target{"x-amz-target", "AmazonSQS.ReceiveMessage"};
    const RequestHead head{.method = "POST", .path = "/", .headers = {&target, 1}};
    const Dispatcher dispatcher{catalogue, registry};
    const Face& face = *catalogue.find("sqs");
    std::vector<std::string> bodies;
    for (int i = 0; i < 2; ++i) {
        auto opened =
            dispatcher.open(face, *face.model().find("ReceiveMessage"), head, R"({"QueueUrl":"q"})");
        auto call = std::move(std::get<std::unique_ptr<Call>>(opened));
        call->completed = [&](std::unique_ptr<Call> done) { bodies.push_back(dispatcher.reply(*done).body); };
        dispatcher.run(std::move(call));
    }
    EXPECT_TRUE(bodies.empty());
    parked[0].complete(Answer::success());
    parked.clear();
    ASSERT_EQ(bodies.size(), 2U);
    EXPECT_EQ(bodies[0], R"({"Messages":[{"Body":"q"}]})");
    EXPECT_NE(bodies[1].find("InternalFailure"), std::string::npos);
}

class TenBytes final : public BodySource {
public:
    Result<std::size_t> read(MutableByteSpan) override { return std::size_t{0}; }
};

TEST_F(Dispatch, a_streamed_reply_sets_status_headers_and_length) {
    registry.on<s3::GetObject>(
        Runs::worker, [](const CallContext&, s3::GetObject::In in, s3::GetObject::Out out) -> Answer {
            EXPECT_EQ(in.key(), "k");
            out.set_body(std::make_unique<TenBytes>(), Bytes{10});
            out.set_status(206);
            out.set_content_range("bytes 0-9/20");
            out.set_header("x-extra", "1");
            out.put_metadata("a", "b");
            return Answer::success();
        });
    // Virtual-host style is path style by the time that the operation is looked for.
    const HttpReply reply = reply_to("s3", {.method = "GET", .path = "/k", .virtual_bucket = "b"}, "");
    EXPECT_EQ(reply.status, 206);
    EXPECT_NE(reply.source, nullptr);
    EXPECT_EQ(reply.source_length, Bytes{10});
    EXPECT_FALSE(reply.announced_length.has_value());
    std::string headers;
    for (const auto& [name, value] : reply.headers) headers += name + "=" + value + ";";
    EXPECT_EQ(headers,
              "x-amz-request-id=rid;Content-Range=bytes "
              "0-9/20;x-amz-meta-a=b;Content-Type=application/octet-stream;"
              "x-extra=1;");
}

TEST_F(Dispatch, a_head_reply_announces_the_length_and_sends_nothing) {
    registry.on<s3::HeadObject>(Runs::inline_,
                                [](const CallContext&, auto, s3::HeadObject::Out out) -> Answer {
                                    out.set_content_length(1234);
                                    return Answer::success();
                                });
    const HttpReply reply = reply_to("s3", {.method = "HEAD", .path = "/b/k"}, "");
    EXPECT_TRUE(reply.head_only);
    EXPECT_EQ(reply.announced_length, Bytes{1234});
}

TEST_F(Dispatch, services_are_told_by_scope_target_action_or_host) {
    const Dispatcher dispatcher{catalogue, registry};
    const auto name = [&](std::string_view scope, std::vector<HeaderField> headers,
                          std::string_view form = {}) {
        const Face* face = dispatcher.face({.method = "POST", .path = "/", .headers = headers}, scope, form);
        return face == nullptr ? std::string_view{"none"} : face->name;
    };
    EXPECT_EQ(name("ec2", {}), "ec2");
    EXPECT_EQ(name("elasticfilesystem", {}), "elasticfilesystem");
    EXPECT_EQ(name("sqs", {}), "sqs-query");
    EXPECT_EQ(name("sqs", {{"X-Amz-Target", "AmazonSQS.SendMessage"}}), "sqs");
    EXPECT_EQ(name("lambda", {}), "none");
    EXPECT_EQ(name("", {{"x-amz-target", "DynamoDB_20120810.PutItem"}}), "dynamodb");
    EXPECT_EQ(name("", {}, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"), "sts");
    EXPECT_EQ(name("", {{"Host", "backup.localhost:4566"}}), "backup");
    EXPECT_EQ(name("", {{"Host", "127.0.0.1:4566"}}), "s3");
}

TEST_F(Dispatch, a_plain_call_runs_a_handler_without_http) {
    registry.on<s3::PutObject>(Runs::worker,
                               [](const CallContext& c, s3::PutObject::In in, auto out) -> Answer {
                                   EXPECT_EQ(c.account, "000000000000");
                                   std::array<std::byte, 16> bytes{};
                                   const std::size_t n = TRY(in.body()->read(bytes));
                                   out.set_e_tag(text_of(ByteSpan{bytes}.first(n)));
                                   return Answer::success();
                               });
    const PlainCaller caller{registry};
    const std::string input = R"({"Bucket":"b","Key":"k"})";
    const auto put = caller.call("s3", "PutObject", input, std::make_unique<TextBody>("abc"));
    EXPECT_EQ(put.output, R"({"ETag":"abc"})");
    EXPECT_EQ(put.status, 200);
    EXPECT_EQ(caller.call("s3", "PutObject", R"({"Bucket":"b"})").code, "MalformedXML");
    EXPECT_EQ(caller.call("ec2", "DescribeVolumes", "{}").code, "NotImplemented");
}

TEST_F(Dispatch, what_goes_to_the_audit_holds_no_secret_and_no_bulk) {
    const Dispatcher dispatcher{catalogue, registry};
    const Face& iam = *catalogue.find("iam");
    const auto opened = dispatcher.open(iam, *iam.model().find("CreateLoginProfile"),
                                        {.method = "POST", .path = "/"}, "UserName=u&Password=hunter22");
    EXPECT_EQ(Dispatcher::audit_input(*std::get<std::unique_ptr<Call>>(opened)),
              R"({"UserName":"u","Password":"***"})");
    const Face& sqs = *catalogue.find("sqs");
    const auto big = dispatcher.open(sqs, *sqs.model().find("SendMessage"), {.method = "POST", .path = "/"},
                                     R"({"QueueUrl":"q","MessageBody":")" + std::string(5000, 'x') + R"("})");
    EXPECT_LT(Dispatcher::audit_input(*std::get<std::unique_ptr<Call>>(big)).size(), 400U);
}

TEST_F(Dispatch, actions_are_those_that_policies_name) {
    const auto action = [&](std::string_view face_name, std::string_view op) {
        const Face& face = *catalogue.find(face_name);
        return Dispatcher::action_of(face, *face.model().find(op));
    };
    EXPECT_EQ(action("s3", "ListObjectsV2"), "s3:ListBucket");
    EXPECT_EQ(action("s3", "UploadPart"), "s3:PutObject");
    EXPECT_EQ(action("sqs-query", "SendMessageBatch"), "sqs:SendMessage");
    EXPECT_EQ(action("elasticfilesystem", "CreateFileSystem"), "elasticfilesystem:CreateFileSystem");
    const Face& s3 = *catalogue.find("s3");
    EXPECT_TRUE(Dispatcher::streams_request(*s3.model().find("PutObject")));
    EXPECT_TRUE(Dispatcher::streams_request(*s3.model().find("UploadPart")));
    EXPECT_FALSE(Dispatcher::streams_request(*s3.model().find("DeleteObjects")));
    EXPECT_TRUE(Dispatcher::streams_request(*catalogue.find("ebs")->model().find("PutSnapshotBlock")));
    EXPECT_TRUE(
        Dispatcher::unsigned_allowed(*catalogue.find("sts")->model().find("AssumeRoleWithWebIdentity")));
    EXPECT_FALSE(Dispatcher::unsigned_allowed(*catalogue.find("sts")->model().find("GetCallerIdentity")));
}

TEST_F(Dispatch, an_error_before_any_service_is_known_guesses_the_protocol) {
    const Dispatcher dispatcher{catalogue, registry};
    const ApiError denied{common_code(CommonError::access_denied), "no"};
    const auto body = [&](std::vector<HeaderField> headers) {
        const RequestHead head{.method = "POST", .path = "/", .headers = headers};
        return dispatcher.error_reply({.head = &head, .request_id = "rid"}, denied).body.substr(0, 52);
    };
    EXPECT_EQ(body({{"x-amz-target", "X.Y"}}), R"({"__type":"AccessDeniedException","message":"no"})");
    EXPECT_EQ(body({{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}}),
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorRespons");
    EXPECT_EQ(body({}), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>");
}

}  // namespace
}  // namespace landfall::wire
