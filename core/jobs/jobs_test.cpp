#include "core/jobs/jobs.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "core/state/store_testing.hpp"

namespace landfall::jobs {
namespace {

using state::Record;
using state::TestStore;

constexpr Duration kLong = std::chrono::seconds{60};

state::Cause by_test() { return {.actor = "tester", .service = "test", .operation = "Submit"}; }
state::Key counted_key() { return {.kind = "test.thing", .id = "thing"}; }

JobKind kind_of(std::string name, std::vector<Step> steps) {
    JobKind kind{.name = std::move(name), .steps = std::move(steps)};
    kind.backoff_first = std::chrono::milliseconds{1};
    kind.backoff_max = std::chrono::milliseconds{2};
    return kind;
}
template <class... Steps>
std::vector<Step> steps(Steps&&... each) {
    std::vector<Step> list;
    (list.push_back(std::forward<Steps>(each)), ...);
    return list;
}

class JobsTest : public ::testing::Test {
protected:
    void make() { jobs_ = std::make_unique<Jobs>(*store_, clock_, random_); }
    void SetUp() override { make(); }
    void start() { ASSERT_TRUE(jobs_->start(threads_).ok()); }
    Job run(NewJob job) {
        const JobId id = jobs_->submit(std::move(job), by_test()).value();
        return jobs_->wait(id, kLong).value();
    }
    /// A flag that a step waits for.
    struct Gate {
        std::mutex mutex;
        std::condition_variable changed;
        int opened = 0;
        void open() {
            const std::lock_guard lock{mutex};
            ++opened;
            changed.notify_all();
        }
        void wait(int count = 1) {
            std::unique_lock lock{mutex};
            CHECK(changed.wait_for(lock, kLong, [&] { return opened >= count; }));
        }
    };
    static void until_stopped(JobContext& job) {
        // Polls as a copying step would between blocks.
        while (!job.should_stop()) std::this_thread::yield();
    }

    SystemClock clock_;
    OsRandom random_;
    SystemThreads threads_;
    TestStore store_;
    std::unique_ptr<Jobs> jobs_;
};

TEST_F(JobsTest, a_job_runs_its_steps_in_order_and_keeps_its_result) {
    jobs_->add_kind(kind_of("copy", steps(Step{"one",
                                               [](JobContext& job) {
                                                   Record at;
                                                   at.set("n", job.params().number("n") + 1);
                                                   return StepResult::next("two", at);
                                               }},
                                          Step{"two", [](JobContext& job) {
                                                   Record result;
                                                   result.set("n", job.checkpoint().number("n") * 10);
                                                   return StepResult::done(result);
                                               }})));
    start();
    const Job job = run({.kind = "copy", .params = Record{}.set("n", 4)});
    EXPECT_EQ(job.state, JobState::done);
    EXPECT_EQ(job.result.number("n"), 50);
    EXPECT_TRUE(job.started && job.ended);
    const auto events = store_->events({.kind = "job", .id = job.id.text}).value();
    ASSERT_EQ(events.size(), 4u);
    EXPECT_EQ(events[1].to_state, "running");
    EXPECT_EQ(events[3].to_state, "done");
}

TEST_F(JobsTest, a_step_that_is_to_be_retried_runs_again_and_gives_up_at_last) {
    std::atomic<int> runs{0};
    JobKind kind = kind_of("flaky", steps(Step{"try", [&](JobContext& job) {
                                                   const int run = ++runs;
                                                   if (run >= 3 && job.params().flag("heals")) {
                                                       return StepResult::done();
                                                   }
                                                   return StepResult::retry("disk is away");
                                               }}));
    kind.attempts_max = 4;
    jobs_->add_kind(std::move(kind));
    start();
    EXPECT_EQ(run({.kind = "flaky", .params = Record{}.set("heals", true)}).state, JobState::done);
    EXPECT_EQ(runs, 3);
    runs = 0;
    const Job failed = run({.kind = "flaky"});
    EXPECT_EQ(failed.state, JobState::failed);
    EXPECT_EQ(failed.reason, "gave up after 4 tries: disk is away");
    EXPECT_EQ(runs, 4);
}

TEST_F(JobsTest, a_job_and_its_resource_change_in_one_transaction) {
    JobKind kind = kind_of("make", steps(Step{"make", [&](JobContext& job) {
                                                  state::Resource thing = store_->get(counted_key()).value();
                                                  if (job.params().flag("fails")) {
                                                      return StepResult::failed("no such image");
                                                  }
                                                  thing.state = "available";
                                                  state::Tx tx{job.cause()};
                                                  tx.update(thing);
                                                  return StepResult::done({}, std::move(tx));
                                              }}));
    kind.on_unfinished = [&](const Job& job, state::Tx& tx) {
        state::Resource thing = store_->get(counted_key()).value();
        thing.state = "failed: " + job.reason;
        tx.update(thing);
    };
    jobs_->add_kind(std::move(kind));
    start();
    state::Tx with{by_test()};
    with.create({.key = counted_key(), .state = "pending"});
    const JobId id = jobs_->submit({.kind = "make"}, by_test(), std::move(with)).value();
    EXPECT_EQ(jobs_->wait(id, kLong).value().state, JobState::done);
    EXPECT_EQ(store_->get(counted_key()).value().state, "available");
    EXPECT_EQ(run({.kind = "make", .params = Record{}.set("fails", true)}).state, JobState::failed);
    EXPECT_EQ(store_->get(counted_key()).value().state, "failed: no such image");
}

TEST_F(JobsTest, a_step_whose_change_meets_a_newer_version_runs_again) {
    std::atomic<int> runs{0};
    jobs_->add_kind(kind_of("bump", steps(Step{"bump", [&](JobContext& job) {
                                                   state::Resource mine = store_->get(counted_key()).value();
                                                   if (++runs == 1) {
                                                       state::Tx other{by_test()};
                                                       other.update(mine);
                                                       CHECK(store_->commit(std::move(other)).ok());
                                                   }
                                                   mine.state = "bumped";
                                                   state::Tx tx{job.cause()};
                                                   tx.update(mine);
                                                   return StepResult::done({}, std::move(tx));
                                               }})));
    start();
    state::Tx tx{by_test()};
    ASSERT_TRUE(store_->commit(std::move(tx.create({.key = counted_key()}))).ok());
    EXPECT_EQ(run({.kind = "bump"}).state, JobState::done);
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(store_->get(counted_key()).value().version, state::Version{3});
}

TEST_F(JobsTest, a_cancelled_job_cleans_up_and_ends_as_cancelled) {
    Gate running;
    std::atomic<int> cleaned{0};
    JobKind kind = kind_of("long", steps(Step{"copy",
                                              [&](JobContext& job) {
                                                  running.open();
                                                  until_stopped(job);
                                                  return StepResult::next("copy", Record{}.set("at", 7));
                                              }},
                                         Step{"undo", [&](JobContext& job) {
                                                  if (job.checkpoint().number("at") == 7) ++cleaned;
                                                  return StepResult::done();
                                              }}));
    kind.cancel_step = "undo";
    jobs_->add_kind(std::move(kind));
    start();
    const JobId id = jobs_->submit({.kind = "long"}, by_test()).value();
    running.wait();
    ASSERT_TRUE(jobs_->cancel(id, by_test()).ok());
    const Job job = jobs_->wait(id, kLong).value();
    EXPECT_EQ(job.state, JobState::cancelled);
    EXPECT_EQ(cleaned, 1);
    EXPECT_TRUE(jobs_->cancel(id, by_test()).is(Errc::precondition));
    EXPECT_TRUE(jobs_->cancel(JobId{"none"}, by_test()).is(Errc::not_found));
    EXPECT_TRUE(store_->list({.kind = "job.cancel"}).value().items.empty());
}

TEST_F(JobsTest, a_job_that_waits_for_a_far_instant_is_cancelled_at_once) {
    jobs_->add_kind(kind_of("sleeper", steps(Step{"wait", [&](JobContext&) {
                                                      return StepResult::wait_until(
                                                          clock_.now() + std::chrono::hours{9}, "wait", {});
                                                  }})));
    start();
    const JobId id = jobs_->submit({.kind = "sleeper"}, by_test()).value();
    Job seen = jobs_->get(id).value();
    while (seen.state != JobState::waiting) seen = jobs_->follow(seen, kLong).value();
    ASSERT_TRUE(jobs_->cancel(id, by_test()).ok());
    EXPECT_EQ(jobs_->wait(id, kLong).value().state, JobState::cancelled);
}

TEST_F(JobsTest, a_waiting_job_goes_on_when_its_instant_has_come) {
    jobs_->add_kind(kind_of(
        "nap", steps(Step{"wait",
                          [&](JobContext&) {
                              return StepResult::wait_until(clock_.now() + std::chrono::milliseconds{20},
                                                            "end", Record{}.set("at", 1));
                          }},
                     Step{"end", [&](JobContext& job) { return StepResult::done(job.checkpoint()); }})));
    start();
    EXPECT_EQ(run({.kind = "nap"}).result.number("at"), 1);
}

TEST_F(JobsTest, a_parent_goes_on_when_every_child_has_ended_and_makes_each_once) {
    jobs_->add_kind(
        kind_of("disk", steps(Step{"copy", [](JobContext& job) { return StepResult::done(job.params()); }})));
    jobs_->add_kind(kind_of("image", steps(Step{"split",
                                                [](JobContext& job) {
                                                    for (int again = 0; again < 2; ++again) {
                                                        for (int i = 0; i < 3; ++i) {
                                                            const auto child =
                                                                job.spawn(std::to_string(i),
                                                                          {.kind = "disk",
                                                                           .params = Record{}.set("n", i)});
                                                            if (!child.ok()) {
                                                                return StepResult::from(child.error());
                                                            }
                                                        }
                                                    }
                                                    return StepResult::wait_for_children("join", {});
                                                }},
                                           Step{"join", [](JobContext& job) {
                                                    std::int64_t sum = 0;
                                                    for (const char* key : {"0", "1", "2"}) {
                                                        sum += job.child(key).value().result.number("n");
                                                    }
                                                    return StepResult::done(Record{}.set("sum", sum));
                                                }})));
    start();
    const Job job = run({.kind = "image"});
    EXPECT_EQ(job.result.number("sum"), 3);
    EXPECT_EQ(jobs_->list({.parent = job.id}).value().items.size(), 3u);
}

TEST_F(JobsTest, cancelling_a_parent_cancels_its_children_first) {
    Gate running;
    jobs_->add_kind(kind_of("disk", steps(Step{"copy", [&](JobContext& job) {
                                                   running.open();
                                                   until_stopped(job);
                                                   return StepResult::next("copy", {});
                                               }})));
    jobs_->add_kind(kind_of("image", steps(Step{"split", [](JobContext& job) {
                                                    CHECK(job.spawn("0", {.kind = "disk"}).ok());
                                                    return StepResult::wait_for_children("split", {});
                                                }})));
    start();
    const JobId id = jobs_->submit({.kind = "image"}, by_test()).value();
    running.wait();
    ASSERT_TRUE(jobs_->cancel(id, by_test()).ok());
    EXPECT_EQ(jobs_->wait(id, kLong).value().state, JobState::cancelled);
    EXPECT_EQ(jobs_->get(JobId{id.text + "/0"}).value().state, JobState::cancelled);
}

TEST_F(JobsTest, a_stopped_server_resumes_its_jobs_at_their_checkpoints) {
    Gate running;
    std::atomic<bool> second_life{false};
    const auto add = [&] {
        jobs_->add_kind(kind_of("copy", steps(Step{"copy", [&](JobContext& job) {
                                                       if (second_life) {
                                                           return StepResult::done(job.checkpoint());
                                                       }
                                                       CHECK(job.save(Record{}.set("at", 5)).ok());
                                                       running.open();
                                                       until_stopped(job);
                                                       return StepResult::next("copy", job.checkpoint());
                                                   }})));
    };
    add();
    start();
    const JobId id = jobs_->submit({.kind = "copy"}, by_test()).value();
    running.wait();
    jobs_->stop();
    EXPECT_EQ(jobs_->get(id).value().state, JobState::queued);
    jobs_.reset();
    store_.reopen();
    make();
    second_life = true;
    add();
    start();
    const Job job = jobs_->wait(id, kLong).value();
    EXPECT_EQ(job.result.number("at"), 5);
}

TEST_F(JobsTest, progress_is_live_and_log_lines_are_kept_in_order) {
    Gate reported;
    Gate go;
    jobs_->add_kind(kind_of("copy", steps(Step{"copy", [&](JobContext& job) {
                                                   job.progress(50_MiB, 200_MiB, "disk 1 of 1");
                                                   job.log(LogLevel::note, "one");
                                                   job.log(LogLevel::warning, "two");
                                                   reported.open();
                                                   go.wait();
                                                   return StepResult::done();
                                               }})));
    start();
    const JobId id = jobs_->submit({.kind = "copy"}, by_test()).value();
    reported.wait();
    const Job live = jobs_->get(id).value();
    EXPECT_EQ(live.progress.percent(), 25);
    EXPECT_EQ(live.progress.phase, "disk 1 of 1");
    EXPECT_FALSE(live.lease_owner.empty());
    go.open();
    const Job job = jobs_->wait(id, kLong).value();
    EXPECT_EQ(job.log_lines, 2u);
    const auto lines = jobs_->log(id, 0, 10).value();
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].text, "one");
    EXPECT_EQ(lines[1].level, "warning");
    EXPECT_EQ(jobs_->log(id, 1, 10).value().size(), 1u);
}

TEST_F(JobsTest, lists_filter_then_page_newest_first) {
    jobs_->add_kind(kind_of("a", steps(Step{"s", [](JobContext&) { return StepResult::done(); }})));
    jobs_->add_kind(kind_of("b", steps(Step{"s", [](JobContext&) { return StepResult::failed("no"); }})));
    start();
    std::vector<std::string> ids;
    for (int i = 0; i < 10; ++i) {
        ids.push_back(run({.kind = i % 2 ? "a" : "b", .account = i < 5 ? "1" : "2"}).id.text);
    }
    std::vector<std::string> seen;
    JobQuery query{.kind = "a", .account = "2", .limit = 1};
    do {
        const JobPage page = jobs_->list(query).value();
        for (const Job& job : page.items) seen.push_back(job.id.text);
        query.after = page.next;
    } while (!query.after.empty());
    EXPECT_EQ(seen, (std::vector<std::string>{ids[9], ids[7], ids[5]}));
    EXPECT_EQ(jobs_->list({.state = JobState::failed}).value().items.size(), 5u);
    EXPECT_EQ(jobs_->list({.state = JobState::running}).value().items.size(), 0u);
    EXPECT_TRUE(jobs_->list({.limit = 0}).is(Errc::invalid));
    EXPECT_EQ(jobs_->prune(clock_.now()).value(), 10u);
    EXPECT_TRUE(jobs_->list({}).value().items.empty());
}

TEST_F(JobsTest, at_most_the_kinds_runners_run_at_one_time) {
    std::atomic<int> now{0};
    std::atomic<int> most{0};
    JobKind kind =
        kind_of("k", steps(Step{"s", [&](JobContext&) {
                                    const int here = ++now;
                                    int seen = most;
                                    while (seen < here && !most.compare_exchange_weak(seen, here)) {}
                                    std::this_thread::yield();
                                    --now;
                                    return StepResult::done();
                                }}));
    kind.runners = 3;
    jobs_->add_kind(std::move(kind));
    start();
    std::vector<JobId> ids;
    for (int i = 0; i < 20; ++i) ids.push_back(jobs_->submit({.kind = "k"}, by_test()).value());
    for (const JobId& id : ids) EXPECT_EQ(jobs_->wait(id, kLong).value().state, JobState::done);
    EXPECT_LE(most, 3);
}

TEST_F(JobsTest, a_step_that_ends_the_server_every_time_fails_at_last) {
    Gate died;
    const auto add = [&] {
        JobKind kind = kind_of("bomb", steps(Step{"s", [&](JobContext&) {
                                                      // As if the server had died.
                                                      store_->stop();
                                                      died.open();
                                                      return StepResult::done();
                                                  }}));
        kind.attempts_max = 3;
        jobs_->add_kind(std::move(kind));
    };
    add();
    start();
    const JobId id = jobs_->submit({.kind = "bomb"}, by_test()).value();
    for (int life = 1; life <= 3; ++life) {
        died.wait(life);
        jobs_->stop();
        EXPECT_EQ(jobs_->get(id).value().state, JobState::running);
        jobs_.reset();
        store_.reopen();
        make();
        add();
        start();
    }
    const Job job = jobs_->wait(id, kLong).value();
    EXPECT_EQ(job.state, JobState::failed);
    EXPECT_EQ(job.reason, "gave up after 3 tries: the server ended during this step");
}

/// Answers of on_change(), from whichever thread.
struct Answers {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::uint64_t> got;
    UniqueFunction<void(std::uint64_t)> one() {
        return [this](std::uint64_t now) {
            const std::lock_guard lock{mutex};
            got.push_back(now);
            changed.notify_all();
        };
    }
    std::uint64_t wait(std::size_t count) {
        std::unique_lock lock{mutex};
        CHECK(changed.wait_for(lock, kLong, [&] { return got.size() >= count; }));
        return got[count - 1];
    }
    std::size_t count() {
        const std::lock_guard lock{mutex};
        return got.size();
    }
};

TEST_F(JobsTest, a_watch_is_answered_by_the_change_and_not_before) {
    Answers answers;
    Gate go;
    jobs_->add_kind(kind_of("k", steps(Step{"s", [&](JobContext&) {
                                                go.wait();
                                                return StepResult::done();
                                            }})));
    start();
    const std::uint64_t first = jobs_->changes("1");
    jobs_->on_change("1", 0, kLong, answers.one());
    EXPECT_EQ(answers.wait(1), first) << "what nobody has seen is told at once";
    jobs_->on_change("1", first, kLong, answers.one());
    EXPECT_EQ(answers.count(), 1u);
    const JobId id = jobs_->submit({.kind = "k", .account = "1"}, by_test()).value();
    std::uint64_t seen = answers.wait(2);
    EXPECT_NE(seen, first);
    go.open();
    for (std::size_t n = 3; jobs_->get(id).value().state != JobState::done; ++n) {
        jobs_->on_change("1", seen, kLong, answers.one());
        seen = answers.wait(n);
    }
}

TEST_F(JobsTest, a_watch_hears_of_its_accounts_jobs_alone) {
    Answers answers;
    jobs_->add_kind(kind_of("k", steps(Step{"s", [](JobContext&) { return StepResult::done(); }})));
    start();
    const std::uint64_t seen = jobs_->changes("2");
    jobs_->on_change("2", seen, kLong, answers.one());
    const JobId other = jobs_->submit({.kind = "k", .account = "1"}, by_test()).value();
    ASSERT_EQ(jobs_->wait(other, kLong)->state, JobState::done);
    EXPECT_NE(jobs_->changes("1"), seen);
    EXPECT_EQ(jobs_->changes("2"), seen);
    EXPECT_EQ(answers.count(), 0u);
    ASSERT_TRUE(jobs_->submit({.kind = "k", .account = "2"}, by_test()).ok());
    EXPECT_NE(answers.wait(1), seen);
}

TEST_F(JobsTest, a_watch_ends_with_its_time_with_the_watches_and_with_the_server) {
    Answers answers;
    start();
    const std::uint64_t seen = jobs_->changes("1");
    jobs_->on_change("1", seen, std::chrono::milliseconds{20}, answers.one());
    EXPECT_EQ(answers.wait(1), seen);
    jobs_->on_change("1", seen, kLong, answers.one());
    jobs_->end_watches();
    EXPECT_EQ(answers.count(), 2u);
    jobs_->on_change("1", seen, kLong, answers.one());
    EXPECT_EQ(answers.count(), 3u) << "after the end at once";
    jobs_.reset();
    make();
    start();
    EXPECT_NE(jobs_->changes("1"), seen) << "a number is never that of an earlier process";
    jobs_->on_change("1", jobs_->changes("1"), kLong, answers.one());
    jobs_->stop();
    EXPECT_EQ(answers.count(), 4u);
}

TEST_F(JobsTest, unknown_kinds_and_steps_are_told_not_hung) {
    jobs_->add_kind(kind_of("k", steps(Step{"s", [](JobContext&) { return StepResult::next("gone", {}); }})));
    start();
    EXPECT_TRUE(jobs_->submit({.kind = "other"}, by_test()).is(Errc::invalid));
    EXPECT_EQ(run({.kind = "k"}).reason, "this program has no step named gone");
    EXPECT_TRUE(jobs_->get(JobId{"none"}).is(Errc::not_found));
}

}  // namespace
}  // namespace landfall::jobs
