#include "services/sqs/model_send.hpp"

#include <gtest/gtest.h>

namespace landfall::sqs {
namespace {

Attributes of(Kind kind, ContentDedup dedup = ContentDedup::off) {
    Attributes a;
    a.kind = kind;
    a.content_dedup = dedup;
    return a;
}
Judged<Accepted> judge(const Attributes& queue, const Draft& draft) {
    return accept(queue, draft, "sender", {}, Within::single);
}
std::string refusal(const Attributes& queue, const Draft& draft) {
    const auto judged = judge(queue, draft);
    return judged.ok() ? "" : judged.error().message();
}

TEST(Send, a_message_is_measured_with_its_attributes_at_the_limit) {
    Attributes queue = of(Kind::standard);
    queue.message_max = 1024;
    const std::vector<AttributeDraft> attributes{
        {.name = "name", .type = "String", .text = "value", .binary = {}}};
    const std::string fits(1024 - 4 - 6 - 5, 'x');
    EXPECT_EQ(refusal(queue, {.body = fits, .attributes = attributes}), "");
    EXPECT_EQ(refusal(queue, {.body = fits + "x", .attributes = attributes}),
              "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.");
    EXPECT_EQ(accept(queue, {.body = fits + "x", .attributes = attributes}, "", {}, Within::batch)
                  .error()
                  .message(),
              "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.");
}

TEST(Send, a_standard_queue_takes_a_group_but_no_dedup_id) {
    const auto grouped = judge(of(Kind::standard), {.body = "b", .group = "tenant"});
    ASSERT_TRUE(grouped.ok());
    EXPECT_EQ(grouped->message.group, "tenant");
    EXPECT_NE(refusal(of(Kind::standard), {.body = "b", .dedup = "d"}), "");
}

TEST(Send, a_fifo_queue_wants_a_group_and_a_dedup_id_or_content) {
    const Attributes plain = of(Kind::fifo), by_content = of(Kind::fifo, ContentDedup::on);
    EXPECT_EQ(refusal(plain, {.body = "b", .dedup = "d"}),
              "The request must contain the parameter MessageGroupId.");
    EXPECT_EQ(
        refusal(plain, {.body = "b", .group = "g"}),
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
        "explicitly");
    EXPECT_EQ(judge(plain, {.body = "b", .group = "g", .dedup = "d"})->message.dedup_id, "d");
    EXPECT_EQ(judge(by_content, {.body = "b", .group = "g", .dedup = "d"})->message.dedup_id, "d");
    EXPECT_EQ(judge(by_content, {.body = "b", .group = "g"})->message.dedup_id, sha256("b").hex());
    EXPECT_EQ(refusal(plain, {.body = "b", .delay = 2, .group = "g", .dedup = "d"}),
              "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is "
              "not valid "
              "for this queue type.");
    EXPECT_EQ(refusal(plain, {.body = "b", .delay = 0, .group = "g", .dedup = "d"}), "");
}

TEST(Send, a_delay_is_at_most_a_quarter_of_an_hour) {
    EXPECT_EQ(judge(of(Kind::standard), {.body = "b", .delay = 900})->message.delay,
              std::chrono::seconds{900});
    for (const int bad : {-1, 901}) EXPECT_NE(refusal(of(Kind::standard), {.body = "b", .delay = bad}), "");
    EXPECT_EQ(judge(of(Kind::standard), {.body = "b"})->message.delay, std::nullopt);
}

TEST(Batch, is_refused_as_a_whole_for_its_shape) {
    const auto refused = [](const std::vector<std::string_view>& ids) {
        return check_batch(ids, "E").error();
    };
    EXPECT_EQ(refused({}).code(), Code::empty_batch_request);
    EXPECT_EQ(refused({}).message(), "There should be at least one E in the request.");
    EXPECT_EQ(refused(std::vector<std::string_view>(11, "a")).message(),
              "Maximum number of entries per request are 10. You have sent 11.");
    EXPECT_EQ(refused({"a", "b", "a"}).message(), "Id a repeated.");
    for (const std::string_view bad : {"", "a b", "a.b"})
        EXPECT_EQ(refused({bad}).code(), Code::invalid_batch_entry_id);
    EXPECT_TRUE(check_batch({std::string(80, 'a')}, "E").ok());
    EXPECT_FALSE(check_batch({std::string(81, 'a')}, "E").ok());
}

TEST(Batch, is_at_most_a_mebibyte) {
    EXPECT_TRUE(check_batch_size(kBatchBytesMax).ok());
    EXPECT_EQ(check_batch_size(Bytes{1'048'577}).error().message(),
              "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.");
}

TEST(Receive, its_numbers_are_judged_and_the_queue_fills_in) {
    Attributes queue = of(Kind::standard);
    queue.wait = 7;
    EXPECT_EQ(accept_receive(queue, {1}, {})->wait, std::chrono::seconds{7});
    EXPECT_EQ(accept_receive(queue, {1}, {.wait = 0})->wait, Duration::zero());
    EXPECT_EQ(accept_receive(queue, {1}, {})->max, 1U);
    EXPECT_EQ(accept_receive(queue, {1}, {.max = 11}).error().message(),
              "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if "
              "provided.");
    EXPECT_EQ(
        accept_receive(queue, {1}, {.wait = 21}).error().message(),
        "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.");
    EXPECT_FALSE(accept_receive(queue, {1}, {.max = 0}).ok());
    EXPECT_FALSE(accept_receive(queue, {1}, {.wait = -1}).ok());
    EXPECT_FALSE(accept_receive(queue, {1}, {.visibility = 43'201}).ok());
    EXPECT_FALSE(accept_receive(queue, {1}, {.attempt_id = "a"}).ok());
    EXPECT_EQ(accept_receive(of(Kind::fifo), {1}, {.attempt_id = "a"})->attempt_id, "a");
}

}  // namespace
}  // namespace landfall::sqs
