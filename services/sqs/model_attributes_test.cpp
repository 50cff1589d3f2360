#include "services/sqs/model_attributes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "services/sqs/model_redrive.hpp"

namespace landfall::sqs {
namespace {

using Given = std::vector<NameValue>;
const QueueName kSource{{"000000000000", "us-east-1"}, "jobs"};
const QueueName kDead{{"000000000000", "us-east-1"}, "dead"};

Attributes fifo() {
    Attributes a;
    a.kind = Kind::fifo;
    return a;
}
std::string refusal(const Attributes& base, const Given& given) {
    const auto applied = apply(base, given, Purpose::set);
    return applied.ok() ? "" : applied.error().message();
}
std::vector<std::string> shown_names(const Attributes& attributes) {
    const std::string_view all[] = {"All"};
    const auto shown = show(attributes, Live{}, all);
    std::vector<std::string> names;
    for (const auto& [name, value] : *shown) names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
}

TEST(QueueAttributes, numbers_are_taken_within_their_ranges) {
    const struct {
        std::string name;
        std::int64_t least, most;
    } kRanges[] = {{"VisibilityTimeout", 0, 43'200},          {"DelaySeconds", 0, 900},
                   {"MessageRetentionPeriod", 60, 1'209'600}, {"ReceiveMessageWaitTimeSeconds", 0, 20},
                   {"MaximumMessageSize", 1'024, 1'048'576},  {"KmsDataKeyReusePeriodSeconds", 60, 86'400}};
    for (const auto& range : kRanges) {
        for (const std::int64_t good : {range.least, range.most})
            EXPECT_EQ(refusal({}, {{range.name, std::to_string(good)}}), "") << range.name << good;
        for (const std::string& bad : {std::to_string(range.least - 1), std::to_string(range.most + 1),
                                       std::string{"many"}, std::string{}, std::string{"1.5"}})
            EXPECT_EQ(refusal({}, {{range.name, bad}}), "Invalid value for the parameter " + range.name + ".")
                << bad;
    }
}

TEST(QueueAttributes, those_of_fifo_queues_are_refused_elsewhere) {
    EXPECT_EQ(refusal({}, {{"FifoQueue", "true"}}), "Unknown Attribute FifoQueue.");
    EXPECT_EQ(refusal({}, {{"ContentBasedDeduplication", "true"}}),
              "Unknown Attribute ContentBasedDeduplication.");
    EXPECT_EQ(refusal({}, {{"DeduplicationScope", "queue"}}),
              "You can specify the DeduplicationScope only when FifoQueue is set to true.");
    EXPECT_EQ(refusal({}, {{"FifoThroughputLimit", "perQueue"}}),
              "You can specify the FifoThroughputLimit only when FifoQueue is set to true.");
    EXPECT_EQ(refusal(fifo(), {{"FifoQueue", "false"}}),
              "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.");
}

TEST(QueueAttributes, high_throughput_needs_the_group_scope) {
    EXPECT_NE(refusal(fifo(), {{"FifoThroughputLimit", "perMessageGroupId"}}), "");
    const Given both{{"FifoThroughputLimit", "perMessageGroupId"}, {"DeduplicationScope", "messageGroup"}};
    EXPECT_EQ(refusal(fifo(), both), "");
}

TEST(QueueAttributes, unknown_and_read_only_ones_are_refused) {
    EXPECT_EQ(refusal({}, {{"Colour", "red"}}), "Unknown Attribute Colour.");
    EXPECT_EQ(refusal({}, {{"QueueArn", "x"}}), "Unknown Attribute QueueArn.");
    EXPECT_EQ(refusal({}, {{"All", "x"}}), "Unknown Attribute All.");
}

TEST(QueueAttributes, one_kind_of_encryption_ends_the_other) {
    const Attributes keyed = *apply({}, Given{{"KmsMasterKeyId", "k"}}, Purpose::set);
    EXPECT_EQ(keyed.managed_sse, ManagedSse::off);
    const Attributes managed = *apply(keyed, Given{{"SqsManagedSseEnabled", "true"}}, Purpose::set);
    EXPECT_EQ(managed.kms_key, "");
    EXPECT_EQ(refusal({}, {{"KmsMasterKeyId", "k"}, {"SqsManagedSseEnabled", "true"}}),
              "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS "
              "SSE or SQS "
              "SSE.");
}

TEST(QueueAttributes, all_of_a_new_queue_are_those_of_the_service) {
    const std::vector<std::string> standard{"ApproximateNumberOfMessages",
                                            "ApproximateNumberOfMessagesDelayed",
                                            "ApproximateNumberOfMessagesNotVisible",
                                            "CreatedTimestamp",
                                            "DelaySeconds",
                                            "LastModifiedTimestamp",
                                            "MaximumMessageSize",
                                            "MessageRetentionPeriod",
                                            "QueueArn",
                                            "ReceiveMessageWaitTimeSeconds",
                                            "SqsManagedSseEnabled",
                                            "VisibilityTimeout"};
    EXPECT_EQ(shown_names({}), standard);
    std::vector<std::string> more = standard;
    more.insert(more.end(),
                {"ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit"});
    std::sort(more.begin(), more.end());
    EXPECT_EQ(shown_names(fifo()), more);
    EXPECT_TRUE(show({}, {}, {})->empty());
    const std::string_view unknown[] = {"Colour"};
    EXPECT_EQ(show({}, {}, unknown).error().message(), "Unknown Attribute Colour.");
}

TEST(QueueAttributes, a_second_creation_compares_what_it_gives) {
    const Attributes present = *apply({}, Given{{"VisibilityTimeout", "60"}}, Purpose::create);
    const struct {
        Given given;
        std::optional<std::string> difference;
    } kCases[] = {{{}, std::nullopt},
                  {{{"VisibilityTimeout", "60"}}, std::nullopt},
                  {{{"VisibilityTimeout", "61"}}, "VisibilityTimeout"},
                  {{{"DelaySeconds", "0"}}, std::nullopt},
                  {{{"SqsManagedSseEnabled", "true"}}, std::nullopt},
                  {{{"KmsMasterKeyId", "k"}}, "KmsMasterKeyId"}};
    for (const auto& one : kCases)
        EXPECT_EQ(first_difference(present, *apply({}, one.given, Purpose::create), one.given),
                  one.difference);
}

TEST(RedrivePolicies, are_judged_by_their_form) {
    const std::string arn = arn_of(kDead);
    const auto good = parse_redrive(R"({"deadLetterTargetArn":")" + arn + R"(","maxReceiveCount":"3"})");
    ASSERT_TRUE(good.ok());
    EXPECT_EQ(*good, (Redrive{.target = kDead, .max_receives = 3}));
    for (const std::string& bad :
         {std::string{"x"}, std::string{"[]"}, std::string{"{}"},
          R"({"deadLetterTargetArn":"dummy","maxReceiveCount":42})" + std::string{},
          R"({"deadLetterTargetArn":")" + arn + R"(","maxReceiveCount":0})",
          R"({"deadLetterTargetArn":")" + arn + R"(","maxReceiveCount":1001})",
          R"({"deadLetterTargetArn":")" + arn + R"(","maxReceiveCount":1,"more":1})"})
        EXPECT_TRUE(parse_redrive(bad).is(Code::invalid_parameter_value)) << bad;
}

TEST(RedrivePolicies, an_empty_one_removes_the_policy) {
    Attributes with;
    with.redrive_text = "{}";
    with.redrive = Redrive{kDead, 1};
    const Attributes without = *apply(with, Given{{"RedrivePolicy", ""}}, Purpose::set);
    EXPECT_EQ(without.redrive, std::nullopt);
    EXPECT_EQ(without.redrive_text, "");
}

TEST(RedrivePolicies, the_target_decides_who_may_name_it) {
    Attributes source;
    source.redrive = Redrive{kDead, 1};
    Attributes dead;
    EXPECT_TRUE(check_redrive(kSource, source, &dead).ok());
    EXPECT_FALSE(check_redrive(kSource, source, nullptr).ok());
    const Attributes of_fifo = fifo();
    EXPECT_FALSE(check_redrive(kSource, source, &of_fifo).ok());
    const auto allowed = [&](std::string_view json) {
        dead.allowed = *parse_redrive_allow(json);
        return check_redrive(kSource, source, &dead).ok();
    };
    EXPECT_TRUE(allowed(R"({"redrivePermission":"allowAll"})"));
    EXPECT_FALSE(allowed(R"({"redrivePermission":"denyAll"})"));
    EXPECT_TRUE(
        allowed(R"({"redrivePermission":"byQueue","sourceQueueArns":[")" + arn_of(kSource) + R"("]})"));
    EXPECT_FALSE(
        allowed(R"({"redrivePermission":"byQueue","sourceQueueArns":[")" + arn_of(kDead) + R"("]})"));
}

TEST(RedriveAllowPolicies, name_at_most_ten_queues_and_only_by_queue) {
    std::string ten, eleven;
    for (int i = 0; i < 11; ++i) {
        const std::string one = "\"arn:aws:sqs:us-east-1:000000000000:q" + std::to_string(i) + "\"";
        eleven += (i != 0 ? "," : "") + one;
        if (i < 10) ten += (i != 0 ? "," : "") + one;
    }
    const auto by_queue = [](const std::string& arns) {
        return parse_redrive_allow(R"({"redrivePermission":"byQueue","sourceQueueArns":[)" + arns + "]}")
            .ok();
    };
    EXPECT_TRUE(by_queue(ten));
    EXPECT_FALSE(by_queue(eleven));
    EXPECT_FALSE(by_queue(""));
    EXPECT_FALSE(by_queue("1"));
    EXPECT_FALSE(
        parse_redrive_allow(R"({"redrivePermission":"denyAll","sourceQueueArns":[)" + ten + "]}").ok());
    EXPECT_FALSE(parse_redrive_allow(R"({"redrivePermission":"some"})").ok());
}

TEST(MoveHandles, read_back) {
    const MoveHandle handle{.task = "job-1", .source_arn = arn_of(kDead)};
    EXPECT_EQ(parse_move_handle(handle_text(handle)), handle);
    for (const char* bad : {"", "foobared", "e30=", "bm90IGpzb24="})
        EXPECT_EQ(parse_move_handle(bad), std::nullopt);
}

}  // namespace
}  // namespace landfall::sqs
