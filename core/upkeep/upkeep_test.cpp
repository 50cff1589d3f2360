// Scheduled and asked-for scrubs and collections, as jobs of a store that rots under them.
#include "core/upkeep/upkeep.hpp"

#include <gtest/gtest.h>

#include "core/blocks/store_testing.hpp"
#include "core/state/store_testing.hpp"

namespace landfall::upkeep {
namespace {

using blocks::noise;
using blocks::World;

constexpr Duration kLong = std::chrono::seconds{60};

state::Cause by_test() { return {.actor = "tester", .service = "test", .operation = "Begin"}; }

class UpkeepTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(world_.open().ok());
        settings_.account = "000000000000";
        settings_.region = "us-east-1";
        for (std::uint64_t i = 0; i < 3; ++i) put(i);
        ASSERT_TRUE(world_.open().ok());
        start();
    }
    void TearDown() override { stop(); }
    void start() {
        jobs_ = std::make_unique<jobs::Jobs>(*state_, clock_, random_);
        upkeep_ = std::make_unique<Upkeep>(
            Upkeep::Parts{*jobs_, *world_.store, clock_, [this](const News& news) { news_.push_back(news); }},
            settings_);
        upkeep_->register_jobs();
        ASSERT_TRUE(jobs_->start(threads_).ok());
    }
    void stop() {
        if (jobs_) jobs_->stop();
        upkeep_.reset();
        jobs_.reset();
    }
    void put(std::uint64_t i) {
        ASSERT_TRUE(
            blocks::put_object(*world_.store, world_.domain, std::to_string(i), noise(i + 1, 700000)).ok());
    }
    jobs::Job run(Task task) {
        const auto id = upkeep_->begin(task, by_test());
        EXPECT_TRUE(id.ok());
        return jobs_->wait(*id, kLong).value();
    }
    /// A byte of the largest pack, behind its header and its first frame's.
    void rot() {
        std::string largest;
        std::uint64_t size = 0;
        for (const std::string& path : world_.packs())
            if (const std::uint64_t n = world_.disk.stat(path)->size.count; n > size)
                largest = path, size = n;
        ASSERT_TRUE(world_.disk.corrupt(largest, ByteOffset{5000}, std::byte{1}).ok());
    }
    std::size_t jobs_of(Task task) {
        jobs::JobQuery query;
        query.kind = std::string{kind_of(task)};
        return jobs_->list(query)->items.size();
    }

    World world_;
    SystemClock clock_;
    OsRandom random_;
    SystemThreads threads_;
    state::TestStore state_;
    Settings settings_;
    std::vector<News> news_;
    std::unique_ptr<jobs::Jobs> jobs_;
    std::unique_ptr<Upkeep> upkeep_;
};

TEST_F(UpkeepTest, a_scrub_of_a_sound_store_reads_all_of_it) {
    const jobs::Job done = run(Task::scrub);
    EXPECT_EQ(done.state, jobs::JobState::done) << done.reason;
    EXPECT_EQ(done.result.bytes("read"), world_.store->stats()->stored);
    EXPECT_EQ(done.result.number("damage"), 0);
    EXPECT_EQ(upkeep_->counters().scrub_passes, 1U);
    EXPECT_TRUE(news_.empty());
}

TEST_F(UpkeepTest, damage_is_quarantined_and_told_in_log_event_counters_and_news) {
    rot();
    const jobs::Job done = run(Task::scrub);
    EXPECT_EQ(done.state, jobs::JobState::done) << done.reason;
    EXPECT_EQ(done.result.number("damage"), 1);
    EXPECT_EQ(upkeep_->counters().scrub_damage, 1U);
    EXPECT_NE(upkeep_->metrics().find("landfall_scrub_damage_total 1\n"), std::string::npos);
    ASSERT_EQ(news_.size(), 1U);
    EXPECT_NE(news_[0].what.find("offset 128"), std::string::npos) << news_[0].what;
    EXPECT_EQ(world_.store->stats()->quarantined, 1U);
    state::EventQuery query;
    query.limit = 1000;
    bool told = false;
    const auto events = state_->events(query).value();
    for (const state::Event& event : events) told = told || event.error == news_[0].what;
    EXPECT_TRUE(told) << "no event names the damage";
    bool logged = false;
    const auto lines = jobs_->log(done.id, 0, 100).value();
    for (const state::LogLine& line : lines) logged = logged || line.text == news_[0].what;
    EXPECT_TRUE(logged);
}

TEST_F(UpkeepTest, what_was_healed_is_not_told_again) {
    rot();
    run(Task::scrub);
    for (std::uint64_t i = 0; i < 3; ++i) put(i);
    EXPECT_EQ(world_.store->stats()->quarantined, 0U);
    EXPECT_EQ(run(Task::scrub).result.number("damage"), 0);
}

TEST_F(UpkeepTest, a_second_begin_answers_the_job_under_way) {
    settings_.scrub_rate = Bytes{1};
    stop();
    start();
    const Instant later = clock_.now() + std::chrono::hours{24 * 30};
    ASSERT_TRUE(upkeep_->begin_due(later).ok());
    EXPECT_EQ(jobs_of(Task::scrub), 1U);
    const auto again = upkeep_->begin(Task::scrub, by_test());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(jobs_of(Task::scrub), 1U);
    // At a byte a second it is far from its end, and waits between packs without a thread.
    jobs::Job now = jobs_->get(*again).value();
    while (now.state != jobs::JobState::waiting) now = jobs_->follow(now, kLong).value();
    const auto read = now.checkpoint.bytes("read");
    EXPECT_GT(read.count, 0U);
    EXPECT_LT(read, world_.store->stats()->stored);
    // A restart goes on from there: it does not begin anew.
    stop();
    start();
    EXPECT_EQ(jobs_->get(*again)->checkpoint.bytes("read"), read);
    ASSERT_TRUE(jobs_->cancel(*again, by_test()).ok());
    EXPECT_EQ(jobs_->wait(*again, kLong)->state, jobs::JobState::cancelled);
}

TEST_F(UpkeepTest, tasks_begin_when_they_are_due_and_not_before) {
    const Instant now = clock_.now();
    ASSERT_TRUE(upkeep_->begin_due(now).ok());
    EXPECT_EQ(jobs_of(Task::scrub) + jobs_of(Task::collect), 0U) << "a new server has other things to do";
    ASSERT_TRUE(upkeep_->begin_due(now + std::chrono::minutes{11}).ok());
    EXPECT_EQ(jobs_of(Task::scrub), 1U);
    EXPECT_EQ(jobs_of(Task::collect), 1U);
    jobs::JobQuery query;
    const jobs::JobPage begun = jobs_->list(query).value();
    for (const jobs::Job& job : begun.items)
        EXPECT_TRUE(job.kind != kind_of(Task::collect) || jobs_->wait(job.id, kLong).ok());
    ASSERT_TRUE(upkeep_->begin_due(clock_.now() + std::chrono::minutes{30}).ok());
    EXPECT_EQ(jobs_of(Task::collect), 1U);
    ASSERT_TRUE(upkeep_->begin_due(clock_.now() + std::chrono::minutes{61}).ok());
    EXPECT_EQ(jobs_of(Task::collect), 2U);
}

TEST_F(UpkeepTest, a_task_of_interval_zero_is_never_scheduled) {
    settings_.scrub_rate = 0_B;
    settings_.collect_every = Duration{0};
    stop();
    start();
    ASSERT_TRUE(upkeep_->begin_due(clock_.now() + std::chrono::hours{24 * 365}).ok());
    EXPECT_EQ(jobs_of(Task::scrub) + jobs_of(Task::collect), 0U);
    EXPECT_EQ(run(Task::scrub).state, jobs::JobState::done) << "but it can be asked for";
}

TEST_F(UpkeepTest, a_collection_gives_back_what_was_deleted) {
    ASSERT_TRUE(blocks::delete_object(*world_.store, "1").ok());
    const jobs::Job done = run(Task::collect);
    EXPECT_EQ(done.state, jobs::JobState::done) << done.reason;
    EXPECT_GT(done.result.bytes("reclaimed").count, 600000U);
    EXPECT_EQ(upkeep_->counters().collections, 1U);
    EXPECT_EQ(upkeep_->counters().reclaimed_bytes, done.result.bytes("reclaimed").count);
}

}  // namespace
}  // namespace landfall::upkeep
