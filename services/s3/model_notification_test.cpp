#include "services/s3/model_notification.hpp"

#include <gtest/gtest.h>

namespace landfall::s3 {
namespace {

constexpr std::string_view kQueue = "arn:aws:sqs:us-east-1:000000000000:jobs";

NotificationRule rule(std::string id, std::vector<std::string> events, std::optional<std::string> prefix = {},
                      std::optional<std::string> suffix = {}) {
    return {.id = std::move(id),
            .target = {TargetKind::queue, std::string{kQueue}},
            .events = std::move(events),
            .prefix = std::move(prefix),
            .suffix = std::move(suffix)};
}
Verdict check(const std::vector<NotificationRule>& rules) { return check_rules(rules, "us-east-1"); }

TEST(Notification, a_rule_covers_its_events_and_families_of_events) {
    const std::vector rules = {rule("a", {"s3:ObjectCreated:*"}), rule("b", {"s3:ObjectRemoved:Delete"})};
    EXPECT_TRUE(check(rules).ok());
    EXPECT_EQ(rule_for(rules, Happening::created_by_upload, "k")->id, "a");
    EXPECT_EQ(rule_for(rules, Happening::removed, "k")->id, "b");
    EXPECT_EQ(rule_for(rules, Happening::marked_removed, "k"), nullptr);
    EXPECT_EQ(rule_for(rules, Happening::tags_put, "k"), nullptr);
}

TEST(Notification, filters_choose_by_how_a_key_begins_and_ends) {
    const std::vector rules = {rule("a", {"s3:ObjectCreated:*"}, "in/", ".jpg"),
                               rule("b", {"s3:ObjectCreated:*"}, "in/", ".png"),
                               rule("c", {"s3:ObjectCreated:*"}, "out/")};
    EXPECT_TRUE(check(rules).ok());
    EXPECT_EQ(rule_for(rules, Happening::created_by_put, "in/x.jpg")->id, "a");
    EXPECT_EQ(rule_for(rules, Happening::created_by_put, "in/x.png")->id, "b");
    EXPECT_EQ(rule_for(rules, Happening::created_by_put, "out/x.jpg")->id, "c");
    EXPECT_EQ(rule_for(rules, Happening::created_by_put, "in/x.gif"), nullptr);
    EXPECT_EQ(rule_for(rules, Happening::created_by_put, "IN/x.jpg"), nullptr);
}

TEST(Notification, rules_that_could_both_cover_a_change_are_refused) {
    const auto two = [](NotificationRule a, NotificationRule b) {
        return check({std::move(a), std::move(b)});
    };
    EXPECT_TRUE(two(rule("a", {"s3:ObjectCreated:*"}), rule("b", {"s3:ObjectCreated:Put"}))
                    .is(Code::invalid_argument));
    EXPECT_TRUE(two(rule("a", {"s3:ObjectCreated:*"}, "in"), rule("b", {"s3:ObjectCreated:*"}, "in/x"))
                    .is(Code::invalid_argument));
    EXPECT_TRUE(two(rule("a", {"s3:ObjectCreated:*"}, {}, "jpg"), rule("b", {"s3:ObjectCreated:*"}, {}, "pg"))
                    .is(Code::invalid_argument));
    EXPECT_TRUE(two(rule("a", {"s3:ObjectCreated:*"}, "in"), rule("b", {"s3:ObjectCreated:*"}, {}, "pg"))
                    .is(Code::invalid_argument));
    EXPECT_TRUE(two(rule("a", {"s3:ObjectCreated:Put"}), rule("b", {"s3:ObjectCreated:Copy"})).ok());
    EXPECT_TRUE(two(rule("a", {"s3:ObjectCreated:*"}), rule("b", {"s3:ObjectRemoved:*"})).ok());
    EXPECT_TRUE(
        two(rule("a", {"s3:ObjectCreated:*"}), rule("a", {"s3:ObjectRemoved:*"})).is(Code::invalid_argument));
}

TEST(Notification, what_is_not_an_event_a_queue_or_a_filter_is_refused_by_name) {
    EXPECT_TRUE(check({rule("a", {"s3:ObjectCreated"})}).is(Code::invalid_argument));
    EXPECT_TRUE(check({rule("a", {"s3:Object*"})}).is(Code::invalid_argument));
    EXPECT_TRUE(check({rule("a", {})}).is(Code::malformed_xml));
    EXPECT_TRUE(check({rule("a", {"s3:Replication:*"})}).is(Code::not_implemented));
    for (const std::string_view arn :
         {"", "jobs", "arn:aws:sns:us-east-1:000000000000:jobs", "arn:aws:sqs:eu-west-1:000000000000:jobs",
          "arn:aws:sqs:us-east-1:1:jobs", "arn:aws:sqs:us-east-1:000000000000:"}) {
        NotificationRule bad = rule("a", {"s3:ObjectCreated:*"});
        bad.target.arn = arn;
        EXPECT_TRUE(check({bad}).is(Code::invalid_argument)) << arn;
    }
    NotificationRule filtered = rule("a", {"s3:ObjectCreated:*"});
    EXPECT_TRUE(add_filter(filtered, "Prefix", "x").ok());
    EXPECT_TRUE(add_filter(filtered, "prefix", "y").is(Code::invalid_argument));
    EXPECT_TRUE(add_filter(filtered, "infix", "y").is(Code::invalid_argument));
    EXPECT_TRUE(add_filter(filtered, "suffix", "").ok());
    EXPECT_EQ(filtered.suffix, "");
}

Notice notice() {
    return {.target = {TargetKind::topic, "arn:aws:sns:us-east-1:000000000000:t"},
            .rule = "my \"rule\"",
            .happening = Happening::created_by_copy,
            .bucket = "photos",
            .key = "a b/\xc3\xa9+~.jpg",
            .account = "000000000000",
            .region = "us-east-1",
            .principal = "AWS:000000000000",
            .source_ip = "127.0.0.1",
            .request_id = "C3D13FE58DE4C810",
            .size = Bytes{1024},
            .etag = "d41d8cd98f00b204e9800998ecf8427e"};
}

TEST(Notification, a_notice_survives_its_byte_form_and_damage_is_told) {
    EXPECT_EQ(decode_notice(encode(notice())).value(), notice());
    EXPECT_EQ(decode_notice(encode(Notice{})).value(), Notice{});
    const std::string bytes = encode(notice());
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        const auto decoded = decode_notice(std::string_view{bytes}.substr(0, cut));
        EXPECT_FALSE(decoded.ok() && *decoded == notice()) << cut;
    }
    EXPECT_TRUE(decode_notice("").is(Errc::corrupt));
}

TEST(Notification, the_message_is_the_one_that_consumers_of_s3_read) {
    EXPECT_EQ(
        event_message(notice(), Instant::from_seconds(0), 0x55AED6DCD9),
        "{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"us-east-1\","
        "\"eventTime\":\"1970-01-01T00:00:00.000Z\",\"eventName\":\"ObjectCreated:Copy\","
        "\"userIdentity\":{\"principalId\":\"AWS:000000000000\"},"
        "\"requestParameters\":{\"sourceIPAddress\":\"127.0.0.1\"},"
        "\"responseElements\":{\"x-amz-request-id\":\"C3D13FE58DE4C810\",\"x-amz-id-2\":\"C3D13FE58DE4C810\"}"
        ","
        "\"s3\":{\"s3SchemaVersion\":\"1.0\",\"configurationId\":\"my \\\"rule\\\"\","
        "\"bucket\":{\"name\":\"photos\",\"ownerIdentity\":{\"principalId\":\"000000000000\"},"
        "\"arn\":\"arn:aws:s3:::photos\"},"
        "\"object\":{\"key\":\"a+b/%C3%A9%2B~.jpg\",\"size\":1024,"
        "\"eTag\":\"d41d8cd98f00b204e9800998ecf8427e\",\"sequencer\":\"0000000055AED6DCD9\"}}}]}");
    Notice removed = notice();
    removed.happening = Happening::removed;
    removed.etag.clear();
    EXPECT_EQ(event_message(removed, {}, 1).find("size"), std::string::npos);
    EXPECT_EQ(test_message({.bucket = "photos", .request_id = "R", .at = Instant::from_seconds(1)}),
              "{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Time\":\"1970-01-01T00:00:01.000Z\","
              "\"Bucket\":\"photos\",\"RequestId\":\"R\",\"HostId\":\"R\"}");
}

}  // namespace
}  // namespace landfall::s3
