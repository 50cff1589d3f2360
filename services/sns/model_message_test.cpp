#include "services/sns/model_message.hpp"

#include <gtest/gtest.h>

#include "services/sns/model.hpp"
#include "services/sns/model_delivery.hpp"
#include "services/sns/model_envelope.hpp"
#include "services/sns/model_names.hpp"

namespace landfall::sns {
namespace {

std::string refusal(const AttributeDraft& draft) {
    const auto checked = check_attributes({draft});
    return checked.ok() ? "" : checked.error().message();
}

TEST(MessageAttributes, are_refused_with_the_services_texts) {
    const std::string long_name(257, 'a');
    EXPECT_EQ(refusal({"attr1", "String", "x", {}}), "");
    EXPECT_EQ(refusal({"attr1", "String.Array", "[]", {}}), "");
    EXPECT_EQ(refusal({"attr1", "Number.int", "1.5", {}}), "");
    EXPECT_EQ(refusal({"attr1", "Binary.png", {}, "x"}), "");
    EXPECT_EQ(refusal({"attr1", "String", "", {}}),
              "The message attribute 'attr1' must contain non-empty message attribute value for message "
              "attribute type 'String'.");
    EXPECT_EQ(refusal({"attr1", "String", {}, "x"}),
              "The message attribute 'attr1' with type 'String' must use field 'String'.");
    EXPECT_EQ(refusal({"attr1", "Number", {}, "x"}),
              "The message attribute 'attr1' with type 'Number' must use field 'String'.");
    EXPECT_EQ(refusal({"attr1", "Binary", "x", {}}),
              "The message attribute 'attr1' with type 'Binary' must use field 'Binary'.");
    EXPECT_EQ(refusal({"attr1", "InvalidType", "x", {}}),
              "The message attribute 'attr1' has an invalid message attribute type, the set of supported "
              "type prefixes is Binary, Number, and String.");
    EXPECT_EQ(refusal({"attr1", "Stringprefixed", "x", {}}), refusal({"attr1", "InvalidType", "x", {}}));
    EXPECT_EQ(refusal({long_name, "String", "x", {}}),
              "Length of message attribute name must be less than 256 bytes.");
    EXPECT_EQ(refusal({"a^b", "String", "x", {}}),
              "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only "
              "include alphanumeric characters, hyphens, underscores, or dots.");
    EXPECT_EQ(refusal({".a", "String", "x", {}}),
              "Invalid message attribute name starting with character '.' was found.");
    EXPECT_EQ(refusal({"a.", "String", "x", {}}),
              "Invalid message attribute name ending with character '.' was found.");
    EXPECT_EQ(refusal({"a..b", "String", "x", {}}),
              "Message attribute name can not have successive '.' character.");
    EXPECT_EQ(refusal({"n", "Number", "ten", {}}), "Could not cast message attribute 'n' value to number.");
}

std::string refusal(const MessageDraft& draft) {
    const auto checked = check(draft);
    return checked.ok() ? "" : checked.error().message();
}

TEST(Message, subject_text_and_structure_are_checked) {
    EXPECT_EQ(refusal(MessageDraft{.text = "x"}), "");
    EXPECT_EQ(refusal(MessageDraft{.text = ""}), "Invalid parameter: Empty message");
    EXPECT_EQ(refusal(MessageDraft{.text = "x", .subject = ""}), "Invalid parameter: Subject");
    EXPECT_EQ(refusal(MessageDraft{.text = "x", .subject = "a\nb"}), "Invalid parameter: Subject");
    EXPECT_EQ(refusal(MessageDraft{.text = "not json", .structure = "json"}),
              "Invalid parameter: Message Structure - JSON message body failed to parse");
    EXPECT_EQ(refusal(MessageDraft{.text = R"({"sqs":"x"})", .structure = "json"}),
              "Invalid parameter: Message Structure - No default entry in JSON message body");
    EXPECT_EQ(refusal(MessageDraft{.text = R"({"default":{"a":1}})", .structure = "json"}),
              "Invalid parameter: Message Structure - No default entry in JSON message body");
}

TEST(Message, a_json_structure_has_a_text_for_each_protocol) {
    const auto message = *check({.text = R"({"default":"d","sqs":"s","http":7})", .structure = "json"});
    EXPECT_EQ(text_for(message, "sqs"), "s");
    EXPECT_EQ(text_for(message, "email"), "d");
    EXPECT_EQ(text_for(message, "http"), "d");
}

TEST(Message, attributes_count_against_the_limit) {
    Message message{.text = std::string(kMessageBytesMax.count - 8, 'x'),
                    .attributes = {{"a", "String", "1"}}};
    EXPECT_TRUE(check_size(message).ok());
    message.text.push_back('x');
    EXPECT_EQ(check_size(message).error().message(), "Invalid parameter: Message too long");
}

TEST(Message, a_fifo_topic_wants_a_group_and_a_deduplication_id) {
    Message message{.text = "x"};
    EXPECT_EQ(check_order(message, TopicOrder::fifo, ContentDedup::off).error().message(),
              "Invalid parameter: The MessageGroupId parameter is required for FIFO topics");
    message.group = "g";
    EXPECT_FALSE(check_order(message, TopicOrder::fifo, ContentDedup::off).ok());
    EXPECT_TRUE(check_order(message, TopicOrder::fifo, ContentDedup::on).ok());
    EXPECT_EQ(message.dedup_id, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
    EXPECT_EQ(check_order(message, TopicOrder::standard, ContentDedup::off).error().message(),
              "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId "
              "parameter that is not valid for this topic type");
}

TEST(Batch, ids_are_checked_in_the_services_words) {
    EXPECT_EQ(check_batch_ids({}).error().code(), FaultCode::batch_empty);
    EXPECT_EQ(check_batch_ids({"a", "a"}).error().message(),
              "Two or more batch entries in the request have the same Id.");
    EXPECT_EQ(check_batch_ids(std::vector<std::string_view>(11, "a")).error().code(),
              FaultCode::batch_too_many);
    EXPECT_EQ(check_batch_ids({"message.id"}).error().message(),
              "The Id of a batch entry in the batch request contains an impermissible character: message.id");
    EXPECT_EQ(check_batch_ids({std::string(81, 'a')}).error().code(), FaultCode::batch_id_invalid);
    EXPECT_TRUE(check_batch_ids({"a", "b-1_2"}).ok());
}

TEST(Headers, come_back_as_they_went) {
    Headers headers{.topic_arn = "arn:aws:sns:us-east-1:000000000000:t",
                    .base_url = "http://127.0.0.1:4566",
                    .published = Instant::from_seconds(1'700'000'000),
                    .subject = "s",
                    .structure = MessageStructure::json,
                    .attributes = {{"a", "String", "1"}, {"b", "Binary", std::string("\0\xff", 2)}},
                    .signatures = {{"", "c2ln"}, {"sqs", "c3Fz"}},
                    .signature_version = "2",
                    .certificate_path = "/c.pem",
                    .sequence_number = "10000000000000000001",
                    .group = "g",
                    .sender = "000000000000"};
    EXPECT_EQ(*decode_headers(encode_headers(headers)), headers);
    EXPECT_FALSE(decode_headers("garbage").ok());
}

TEST(Wrapping, comes_back_as_it_went_and_is_small) {
    Wrapping plain{.form = Form::raw, .protocol = Protocol::https, .subscription = {1, 2, 3}};
    EXPECT_EQ(encode_wrapping(plain).size(), 22U);
    EXPECT_EQ(*decode_wrapping(encode_wrapping(plain)), plain);
    plain.failure = DeliveryFailure{"E", "m", "r"};
    plain.token = "t";
    EXPECT_EQ(*decode_wrapping(encode_wrapping(plain)), plain);
    EXPECT_FALSE(decode_wrapping("").ok());
    EXPECT_FALSE(decode_wrapping(std::string(22, '\x7f')).ok());
}

const Headers kHeaders{.topic_arn = "arn:aws:sns:us-east-1:000000000000:t",
                       .base_url = "http://h:1",
                       .published = Instant{1'700'000'000'123'000'000},
                       .subject = "Hi \"you\"",
                       .attributes = {{"a", "String", "1"}, {"b", "Binary", "x"}},
                       .signatures = {{"", "c2ln"}},
                       .certificate_path = "/c.pem"};

TEST(Envelope, keys_stand_in_the_services_order) {
    const Wrapping wrapping{.subscription = *parse_uuid("11111111-2222-3333-4444-555555555555")};
    const StoredMessage message{kHeaders, "line\nbreak", *parse_uuid("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")};
    EXPECT_EQ(
        body_of(message, wrapping),
        "{\n  \"Type\" : \"Notification\",\n  \"MessageId\" : \"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee\",\n"
        "  \"TopicArn\" : \"arn:aws:sns:us-east-1:000000000000:t\",\n  \"Subject\" : \"Hi \\\"you\\\"\",\n"
        "  \"Message\" : \"line\\nbreak\",\n  \"Timestamp\" : \"2023-11-14T22:13:20.123Z\",\n"
        "  \"SignatureVersion\" : \"1\",\n  \"Signature\" : \"c2ln\",\n  \"SigningCertURL\" : "
        "\"https://h:1/c.pem\",\n"
        "  \"UnsubscribeURL\" : "
        "\"http://h:1/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:000000000000:"
        "t:11111111-2222-3333-4444-555555555555&Version=2010-03-31\",\n  \"MessageAttributes\" : {\n"
        "    \"a\" : {\"Type\":\"String\",\"Value\":\"1\"},\n    \"b\" : "
        "{\"Type\":\"Binary\",\"Value\":\"eA==\"}\n  }\n}");
}

TEST(Envelope, a_fifo_message_has_a_sequence_number_and_no_signature) {
    Headers headers = kHeaders;
    headers.signatures.clear();
    headers.sequence_number = "10000000000000000001";
    const std::string body = body_of({headers, "x", {}}, {});
    EXPECT_NE(body.find("\"SequenceNumber\" : \"10000000000000000001\",\n  \"TopicArn\""), std::string::npos);
    EXPECT_EQ(body.find("Sign"), std::string::npos);
}

TEST(Envelope, a_raw_target_sees_text_and_attributes_and_a_dead_one_the_reason) {
    const StoredMessage message{kHeaders, "x", {}};
    Wrapping wrapping{.form = Form::raw};
    EXPECT_EQ(body_of(message, wrapping), "x");
    EXPECT_EQ(attributes_of(message, wrapping), kHeaders.attributes);
    wrapping.failure = DeliveryFailure{"500", "said no", ""};
    EXPECT_EQ(attributes_of(message, wrapping).size(), 4U);
    EXPECT_TRUE(attributes_of(message, {}).empty());
}

TEST(Signature, is_over_the_parts_in_their_order) {
    EXPECT_EQ(string_to_sign(
                  {.message_id = "id", .topic_arn = "arn", .text = "m", .subject = "s", .at = Instant{}}),
              "Message\nm\nMessageId\nid\nSubject\ns\nTimestamp\n1970-01-01T00:00:00."
              "000Z\nTopicArn\narn\nType\nNotification\n");
    EXPECT_EQ(string_to_sign({.type = MessageType::subscription_confirmation,
                              .message_id = "id",
                              .topic_arn = "arn",
                              .text = "m",
                              .at = Instant{},
                              .token = "tok",
                              .subscribe_url = "u"}),
              "Message\nm\nMessageId\nid\nSubscribeURL\nu\nTimestamp\n1970-01-01T00:00:00."
              "000Z\nToken\ntok\nTopicArn\narn\n"
              "Type\nSubscriptionConfirmation\n");
}

TEST(Names, arns_are_refused_by_what_they_lack) {
    EXPECT_EQ(parse_topic_arn("").error().message(),
              "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1");
    EXPECT_EQ(parse_topic_arn("arn:aws:sns:us-east-1:1").error().message(),
              "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 5");
    EXPECT_EQ(parse_subscription_arn("arn:aws:sns:us-east-1:1:t").error().message(),
              "Invalid parameter: SubscriptionId");
    EXPECT_EQ(parse_topic_arn("arn:aws:sns:eu-west-1:000000000000:t.fifo")->arn(),
              "arn:aws:sns:eu-west-1:000000000000:t.fifo");
}

TEST(Names, topics_have_the_right_characters) {
    EXPECT_TRUE(check_topic_name("a-b_C9", TopicOrder::standard).ok());
    for (const char* name : {"", "a.fifo", "a b", "a!", "a/b", "a:b"})
        EXPECT_FALSE(check_topic_name(name, TopicOrder::standard).ok()) << name;
    EXPECT_FALSE(check_topic_name(std::string(257, 'a'), TopicOrder::standard).ok());
    EXPECT_TRUE(check_topic_name("a.fifo", TopicOrder::fifo).ok());
    EXPECT_FALSE(check_topic_name("a", TopicOrder::fifo).ok());
}

TEST(Names, phone_numbers) {
    EXPECT_TRUE(is_phone_number("+15551234567"));
    for (const char* bad :
         {"invalid-number", "+15--551234567", "NAA+15551234567", "+15551234567.", "/+15551234567", ""})
        EXPECT_FALSE(is_phone_number(bad)) << bad;
}

TEST(DeliveryPolicy, retries_run_through_four_phases) {
    const RetryPolicy policy{.min_delay = 1,
                             .max_delay = 20,
                             .retries = 10,
                             .at_max_delay = 2,
                             .at_once = 3,
                             .at_min_delay = 2,
                             .backoff = Backoff::linear};
    std::vector<std::int64_t> tenths;
    for (std::uint32_t attempt = 1; const auto delay = policy.delay_after(attempt); ++attempt)
        tenths.push_back(delay->count() / 100'000'000);
    EXPECT_EQ(tenths, (std::vector<std::int64_t>{0, 0, 0, 10, 10, 73, 136, 200, 200, 200}));
}

TEST(DeliveryPolicy, every_backoff_grows_from_least_to_greatest) {
    for (const Backoff backoff :
         {Backoff::linear, Backoff::arithmetic, Backoff::geometric, Backoff::exponential}) {
        const RetryPolicy policy{.min_delay = 2, .max_delay = 600, .retries = 20, .backoff = backoff};
        Duration before{};
        for (std::uint32_t attempt = 1; attempt <= 20; ++attempt) {
            EXPECT_GE(*policy.delay_after(attempt), before);
            before = *policy.delay_after(attempt);
        }
        EXPECT_EQ(before, std::chrono::seconds{600});
        EXPECT_FALSE(policy.delay_after(21).has_value());
    }
}

TEST(DeliveryPolicy, effective_policies_are_the_services_defaults) {
    EXPECT_EQ(effective_topic_policy({}),
              R"({"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"n)"
              R"(umRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0)"
              R"(,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultReques)"
              R"(tPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}})");
    EXPECT_TRUE(parse_topic_delivery_policy(effective_topic_policy({})).ok());
    EXPECT_TRUE(parse_subscription_delivery_policy(effective_subscription_policy({})).ok());
}

TEST(DeliveryPolicy, a_subscription_overrides_its_topic_unless_that_forbids_it) {
    const auto topic =
        *parse_topic_delivery_policy(R"({"http":{"defaultHealthyRetryPolicy":{"numRetries":7}}})");
    const auto fixed = *parse_topic_delivery_policy(
        R"({"http":{"defaultHealthyRetryPolicy":{"numRetries":7},"disableSubscriptionOverrides":true}})");
    const auto own = *parse_subscription_delivery_policy(
        R"({"healthyRetryPolicy":{"numRetries":1},"throttlePolicy":{"maxReceivesPerSecond":)"
        R"(5},"requestPolicy":{"headerContentType":"application/json"}})");
    EXPECT_EQ(effective_rules(topic, own).retry.retries, 1U);
    EXPECT_EQ(effective_rules(topic, own).content_type, "application/json");
    EXPECT_EQ(effective_rules(topic, {}).retry.retries, 7U);
    EXPECT_EQ(effective_rules(fixed, own).retry.retries, 7U);
}

TEST(DeliveryPolicy, refuses_what_it_could_not_keep) {
    for (const char* bad :
         {R"({"healthyRetryPolicy":{"minDelayTarget":0}})", R"({"healthyRetryPolicy":{"numRetries":101}})",
          R"({"healthyRetryPolicy":{"minDelayTarget":30,"maxDelayTarget":20}})",
          R"({"healthyRetryPolicy":{"numRetries":1,"numNoDelayRetries":2}})",
          R"({"healthyRetryPolicy":{"backoffFunction":"wild"}})", R"({"other":1})", "x",
          R"({"requestPolicy":{"headerContentType":"text/plain\r\nX: y"}})"})
        EXPECT_FALSE(parse_subscription_delivery_policy(bad).ok()) << bad;
}

TEST(NextAttempt, is_none_when_the_policy_or_its_hour_is_over) {
    DeliveryRules rules;  // 3 retries, 20 s apart
    using std::chrono::seconds;
    EXPECT_EQ(next_attempt(rules, 1, seconds{0}), Duration{seconds{20}});
    EXPECT_EQ(next_attempt(rules, 3, seconds{45}), Duration{seconds{20}});
    EXPECT_EQ(next_attempt(rules, 4, seconds{65}), std::nullopt);
    EXPECT_EQ(next_attempt(rules, 2, seconds{3580}), Duration{seconds{20}});
    EXPECT_EQ(next_attempt(rules, 2, seconds{3581}), std::nullopt);
    rules.retry = {.min_delay = 3600, .max_delay = 3600, .retries = 100};
    EXPECT_EQ(next_attempt(rules, 1, seconds{1}), std::nullopt);
    EXPECT_EQ(next_attempt(mail_rules(), 50, seconds{3600}), Duration{seconds{600}});
    EXPECT_EQ(next_attempt(mail_rules(), 51, seconds{3600}), std::nullopt);
}

TEST(Endpoints, are_shown_without_the_password_of_their_url) {
    EXPECT_EQ(without_password("https://me:secret@h:1/a?b=c@d"), "https://me:****@h:1/a?b=c@d");
    EXPECT_EQ(without_password("https://me:a:b@c@h/"), "https://me:****@h/");
    for (const char* plain :
         {"https://h:1/a:b@c", "https://me@h:1/", "http://h/", "me@example.org", "arn:aws:sqs:r:a:q"})
        EXPECT_EQ(without_password(plain), plain);
}

TEST(Endpoints, of_mobile_applications_name_their_platform) {
    EXPECT_EQ(platform_of("arn:aws:sns:us-east-1:000000000000:endpoint/GCM/app/id"), "GCM");
    EXPECT_EQ(platform_of("arn:aws:sns:us-east-1:000000000000:app/GCM/app"), "");
    EXPECT_EQ(platform_of("https://h/endpoint/GCM"), "");
}

TEST(Feedback, a_topic_asks_for_events_by_protocol) {
    Topic topic{.name = {"a", "r", "t"}};
    EXPECT_EQ(success_percent(topic, Protocol::http), 0U);
    topic.attributes["HTTPSuccessFeedbackSampleRate"] = "50";
    EXPECT_EQ(success_percent(topic, Protocol::https), 0U) << "a rate alone asks for nothing";
    topic.attributes["HTTPSuccessFeedbackRoleArn"] = "arn:role";
    EXPECT_EQ(success_percent(topic, Protocol::https), 50U);
    EXPECT_EQ(success_percent(topic, Protocol::sqs), 0U);
    topic.attributes["SQSSuccessFeedbackRoleArn"] = "arn:role";
    EXPECT_EQ(success_percent(topic, Protocol::sqs), 100U);
}

TEST(LambdaEvent, has_the_members_that_functions_are_called_with) {
    const Headers headers{.topic_arn = "arn:aws:sns:us-east-1:000000000000:t",
                          .base_url = "http://h:1",
                          .published = Instant::from_seconds(1'700'000'000),
                          .signatures = {{"", "c2ln"}},
                          .certificate_path = "/c.pem"};
    const StoredMessage message{headers, "text", {}};
    std::string event = lambda_event_of(message, {.protocol = Protocol::lambda}, "arn:s");
    std::erase_if(event, [](char c) { return c == '\n' || c == ' '; });
    EXPECT_EQ(
        event,
        R"({"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":"arn:s","Sns":{)"
        R"("Type":"Notification","MessageId":"00000000-0000-0000-0000-000000000000",)"
        R"("TopicArn":"arn:aws:sns:us-east-1:000000000000:t","Subject":null,"Message":"text",)"
        R"("Timestamp":"2023-11-14T22:13:20.000Z","SignatureVersion":"1","Signature":"c2ln",)"
        R"("SigningCertUrl":"https://h:1/c.pem",)"
        R"("UnsubscribeUrl":"http://h:1/?Action=Unsubscribe&SubscriptionArn=arn:s&Version=2010-03-31",)"
        R"("MessageAttributes":{}}}]})");
}

}  // namespace
}  // namespace landfall::sns
