#include "services/events/model.hpp"

#include <gtest/gtest.h>

namespace landfall::events {
namespace {

state::Event event(std::string kind, state::Change change, std::string to_state = {}) {
    state::Event e{.seq = {7}, .at = Instant::from_seconds(1'700'000'000), .change = change};
    e.key = {.kind = std::move(kind), .account = "000000000000", .region = "us-east-1", .id = "i-1"};
    e.version = state::Version{2};
    e.to_state = std::move(to_state);
    return e;
}
Rule rule(std::vector<std::string> patterns) {
    return {.id = "ntf-1",
            .account = "000000000000",
            .topic_arn = "arn:aws:sns:us-east-1:000000000000:news",
            .patterns = std::move(patterns)};
}
bool hits(std::string pattern, const state::Event& e) { return matches(rule({std::move(pattern)}), e); }

TEST(EventRule, a_pattern_says_kind_change_and_state_and_what_it_leaves_out_may_be_anything) {
    const auto failed = event("job", state::Change::updated, "failed");
    for (const char* pattern :
         {"*", "job", "j?b", "job:updated", "job:*:failed", "*:*:failed", "job:updated:*"})
        EXPECT_TRUE(hits(pattern, failed)) << pattern;
    for (const char* pattern : {"jo", "job.cancel", "job:created", "job:*:done", "JOB", "*:failed"})
        EXPECT_FALSE(hits(pattern, failed)) << pattern;
    EXPECT_TRUE(hits("ec2.*", event("ec2.instance", state::Change::erased)));
    EXPECT_TRUE(hits("ec2.*:erased:*", event("ec2.instance", state::Change::erased)));
    EXPECT_FALSE(hits("ec2.*", event("s3.object", state::Change::created)));
    EXPECT_TRUE(matches(rule({"sqs.*", "job"}), failed));
}

TEST(EventRule, what_is_no_pattern_is_refused) {
    EXPECT_TRUE(check_patterns({"job", "ec2.instance:*:running", "*"}).ok());
    for (const char* bad : {"", ":", "job:", ":created", "a:b:c:d", "job failed", "job\n", "arn/x"})
        EXPECT_TRUE(check_patterns({bad}).is(Errc::invalid)) << bad;
    EXPECT_TRUE(check_patterns({}).is(Errc::invalid));
    EXPECT_TRUE(check_patterns({std::string(257, 'a')}).is(Errc::invalid));
    EXPECT_TRUE(check_patterns(std::vector<std::string>(51, "a")).is(Errc::invalid));
}

TEST(EventRule, deliveries_that_fail_are_not_told_to_the_topics_of_rules) {
    auto failed = event("sns.subscription", state::Change::noted);
    failed.key.id = "news:0123";
    EXPECT_TRUE(is_of_delivery({rule({"*"})}, failed));
    failed.key.id = "other:0123";
    EXPECT_FALSE(is_of_delivery({rule({"*"})}, failed));
    failed.key.id = "news:0123";
    failed.change = state::Change::created;
    EXPECT_FALSE(is_of_delivery({rule({"*"})}, failed));
    EXPECT_TRUE(is_of_delivery({}, event("events.rule", state::Change::noted)));
}

TEST(EventMessage, the_start_of_an_instance_is_the_message_that_ec2_sends) {
    auto running = event("ec2.instance", state::Change::updated, "running");
    running.from_state = "pending";
    running.cause = {.actor = "landfall", .service = "ec2", .operation = "Launch"};
    const std::string text = message(running, {.account = "000000000000",
                                               .region = "us-east-1",
                                               .arn = "arn:aws:ec2:us-east-1:000000000000:instance/i-1",
                                               .identity = bytes_of("this server")});
    const std::size_t id = text.find("\"id\":\"");
    ASSERT_NE(id, std::string::npos);
    EXPECT_EQ(text.substr(0, id), "{\"version\":\"0\",");
    EXPECT_EQ(text.substr(id + 6 + 36),
              "\",\"detail-type\":\"EC2 Instance State-change Notification\",\"source\":\"aws.ec2\","
              "\"account\":\"000000000000\",\"time\":\"2023-11-14T22:13:20Z\",\"region\":\"us-east-1\","
              "\"resources\":[\"arn:aws:ec2:us-east-1:000000000000:instance/i-1\"],"
              "\"detail\":{\"instance-id\":\"i-1\",\"sequence\":7,\"kind\":\"ec2.instance\",\"id\":\"i-1\","
              "\"change\":\"updated\",\"version\":2,\"from-state\":\"pending\",\"state\":\"running\","
              "\"actor\":\"landfall\",\"service\":\"ec2\",\"operation\":\"Launch\"}}");
}

TEST(EventMessage, the_same_event_has_the_same_id_and_another_one_another) {
    const auto id = [](std::uint64_t seq, std::string_view server) {
        auto e = event("job", state::Change::updated);
        e.seq.value = seq;
        return message(e, {.identity = bytes_of(server)}).substr(0, 60);
    };
    EXPECT_EQ(id(1, "a"), id(1, "a"));
    EXPECT_NE(id(1, "a"), id(2, "a"));
    EXPECT_NE(id(1, "a"), id(1, "b"));
}

TEST(EventMessage, any_id_makes_json_that_can_be_read) {
    auto odd = event("s3.object", state::Change::created);
    odd.key.id = std::string{"photos"} + '\0' + "a\"\\\x01\xc3\xa9\xff\xc3";
    const std::string text = message(odd, {.account = "0", .region = "r"});
    EXPECT_NE(text.find("\"photos/a\\\"\\\\\\u0001\xc3\xa9\\ufffd\\ufffd\""), std::string::npos) << text;
    EXPECT_NE(text.find("\"resources\":[\"arn:aws:s3:::photos/a"), std::string::npos) << text;
}

TEST(EventMessage, a_job_tells_what_it_is_and_why_it_failed) {
    auto failed = event("job", state::Change::updated, "failed");
    failed.key = {.kind = "job", .id = "job-1"};
    Surroundings about{.account = "000000000000", .region = "us-east-1"};
    about.job = jobs::Job{.id = {"job-1"}, .kind = "ec2.import-image", .reason = "no such disk"};
    about.job->state = jobs::JobState::failed;
    std::string text = message(failed, about);
    EXPECT_NE(text.find("\"detail-type\":\"Landfall Job State Change\",\"source\":\"landfall.jobs\""),
              std::string::npos);
    EXPECT_NE(
        text.find("\"job\":{\"job-id\":\"job-1\",\"kind\":\"ec2.import-image\",\"reason\":\"no such disk\"}"),
        std::string::npos)
        << text;
    failed.to_state = "running";
    EXPECT_EQ(message(failed, about).find("no such disk"), std::string::npos);
}

}  // namespace
}  // namespace landfall::events
