#include "services/s3/work_notify.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "core/state/store_testing.hpp"
#include "services/s3/world_testing.hpp"

namespace landfall::s3 {
namespace {

constexpr std::string_view kQueue = "arn:aws:sqs:us-east-1:000000000000:jobs";
constexpr std::string_view kTopic = "arn:aws:sns:us-east-1:000000000000:news";

class Notices : public ::testing::Test {
protected:
    void SetUp() override {
        world_ = std::make_unique<World>(directory_.path().string());
        world_->open();
        ASSERT_TRUE(world_->make_bucket("photos").ok());
        tell({{.id = "all",
               .target = {TargetKind::queue, std::string{kQueue}},
               .events = {"s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*"},
               .prefix = "in/"},
              {.id = "other",
               .target = {TargetKind::topic, std::string{kTopic}},
               .events = {"s3:ObjectCreated:*"},
               .prefix = "out/"}});
    }
    void tell(std::vector<NotificationRule> rules) {
        const Verdict updated = world_->buckets().update(world_->asker, "photos", [&](BucketRecord& record) {
            record.notifications = rules;
            return Verdict{};
        });
        ASSERT_TRUE(updated.ok());
    }
    /// "ObjectCreated:Put in/key" of every message that was taken.
    std::vector<std::string> told() {
        std::vector<std::string> names;
        for (const NoticeParcel& parcel : world_->notices.taken)
            names.push_back(value_of(parcel.text, "eventName") + " " + value_of(parcel.text, "key"));
        return names;
    }
    static std::string value_of(const std::string& text, const std::string& name) {
        const std::string before = "\"" + name + "\":\"";
        const std::size_t at = text.find(before);
        if (at == std::string::npos) return {};
        return text.substr(at + before.size(), text.find('"', at + before.size()) - at - before.size());
    }
    Status drain() { return world_->service().notifier().drain(); }
    std::size_t waiting() { return world_->state().lines("s3.notices", 0, 1000).value().size(); }

    state::TestDirectory directory_;
    std::unique_ptr<World> world_;
};

TEST_F(Notices, every_way_to_change_an_object_tells_of_it_once_and_in_order) {
    Objects& objects = world_->objects();
    ASSERT_TRUE(world_->put("photos", "in/a", "text").ok());
    ASSERT_TRUE(objects
                    .copy(world_->asker,
                          {.source = {.bucket = "photos", .key = "in/a"}, .bucket = "photos", .key = "in/b"})
                    .ok());
    const auto upload = world_->uploads().create(world_->asker, {.bucket = "photos", .key = "in/c"}).value();
    const Uploads::Name name{.bucket = "photos", .key = "in/c", .upload = std::string{upload.upload()}};
    TextStream part{"part"};
    const auto stored = world_->uploads().put_part(world_->asker, name, 1, {}, part).value();
    Completion completion;
    completion.parts.push_back({.number = 1, .etag = etag_of(stored.record.part.md5)});
    ASSERT_TRUE(world_->uploads().complete(world_->asker, name, completion, {}).ok());
    ASSERT_TRUE(objects.set_tags(world_->asker, "photos", "in/a", {{"k", "v"}}, Happening::tags_put).ok());
    ASSERT_TRUE(objects.set_tags(world_->asker, "photos", "in/a", {}, Happening::tags_deleted).ok());
    ASSERT_TRUE(objects.remove(world_->asker, "photos", "in/a", {}).ok());
    ASSERT_TRUE(objects.remove_all(world_->asker, "photos", {"in/b", "in/c", "in/b", "in/none"}).ok());
    EXPECT_EQ(waiting(), 8u);
    ASSERT_TRUE(drain().ok());
    EXPECT_EQ(told(), (std::vector<std::string>{"ObjectCreated:Put in/a", "ObjectCreated:Copy in/b",
                                                "ObjectCreated:CompleteMultipartUpload in/c",
                                                "ObjectTagging:Put in/a", "ObjectTagging:Delete in/a",
                                                "ObjectRemoved:Delete in/a", "ObjectRemoved:Delete in/b",
                                                "ObjectRemoved:Delete in/c"}));
    EXPECT_EQ(waiting(), 0u);
    ASSERT_TRUE(world_->put("photos", "in/a", "again").ok());
    ASSERT_TRUE(drain().ok());
    std::string last;
    for (const NoticeParcel& parcel : world_->notices.taken) {
        const std::string sequencer = value_of(parcel.text, "sequencer");
        EXPECT_GT(sequencer, last);
        last = sequencer;
        EXPECT_EQ(parcel.source.arn, "arn:aws:s3:::photos");
        EXPECT_EQ(parcel.source.account, "000000000000");
    }
}

TEST_F(Notices, nothing_is_told_of_what_no_rule_covers_or_what_was_refused) {
    ASSERT_TRUE(world_->put("photos", "elsewhere", "text").ok());
    ASSERT_TRUE(world_->put("photos", "in/a", "text").ok());
    EXPECT_TRUE(world_->put("photos", "in/a", "text", {.if_none_match = "*"}).is(Code::precondition_failed));
    ASSERT_TRUE(world_->objects().remove(world_->asker, "photos", "in/never", {}).ok());
    EXPECT_EQ(waiting(), 1u);
    tell({});
    ASSERT_TRUE(world_->put("photos", "in/b", "text").ok());
    EXPECT_EQ(waiting(), 1u);
}

TEST_F(Notices, what_waits_is_delivered_by_the_next_run_also_after_its_bucket_is_gone) {
    ASSERT_TRUE(world_->put("photos", "in/a", "text").ok());
    ASSERT_TRUE(world_->objects().remove(world_->asker, "photos", "in/a", {}).ok());
    ASSERT_TRUE(world_->buckets().remove(world_->asker, "photos").ok());
    world_->reopen();
    world_->service().start_notices(world_->threads());
    while (waiting() > 0) std::this_thread::yield();
    world_->service().stop_notices();
    EXPECT_EQ(told(), (std::vector<std::string>{"ObjectCreated:Put in/a", "ObjectRemoved:Delete in/a"}));
}

TEST_F(Notices, a_target_that_is_gone_loses_its_notice_and_an_event_says_so) {
    world_->notices.refusals.insert({std::string{kQueue}, Error{Errc::not_found, "there is no queue"}});
    ASSERT_TRUE(world_->put("photos", "in/a", "text").ok());
    ASSERT_TRUE(world_->put("photos", "out/a", "text").ok());
    ASSERT_TRUE(drain().ok());
    EXPECT_EQ(told(), std::vector<std::string>{"ObjectCreated:Put out/a"});
    const auto events = world_->state().events({.kind = "s3.bucket", .id = "photos"}).value();
    EXPECT_EQ(events.back().change, state::Change::noted);
    EXPECT_EQ(events.back().error, "notification to " + std::string{kQueue} + ": there is no queue");
    EXPECT_NE(world_->service().notifier().metrics_text().find("dropped_total 1"), std::string::npos);
}

TEST_F(Notices, one_that_cannot_be_read_holds_back_no_other) {
    state::Tx tx{{.actor = "test"}};
    tx.note({.kind = "test", .id = "damage"}).post("s3.notices", "\x02 not a notice");
    ASSERT_TRUE(world_->state().commit(std::move(tx)).ok());
    ASSERT_TRUE(world_->put("photos", "in/a", "text").ok());
    ASSERT_TRUE(drain().ok());
    EXPECT_EQ(told(), std::vector<std::string>{"ObjectCreated:Put in/a"});
}

TEST_F(Notices, while_a_target_cannot_take_any_all_wait_and_none_is_lost) {
    ASSERT_TRUE(world_->put("photos", "in/a", "text").ok());
    ASSERT_TRUE(world_->put("photos", "out/a", "text").ok());
    ASSERT_TRUE(world_->put("photos", "in/b", "text").ok());
    world_->notices.refusals.insert({std::string{kTopic}, Error{Errc::exhausted, "the disk is full"}});
    EXPECT_TRUE(drain().is(Errc::exhausted));
    EXPECT_EQ(waiting(), 2u);
    world_->notices.refusals.clear();
    world_->notices.taken.clear();
    ASSERT_TRUE(drain().ok());
    EXPECT_EQ(told(), (std::vector<std::string>{"ObjectCreated:Put out/a", "ObjectCreated:Put in/b"}));
}

}  // namespace
}  // namespace landfall::s3
