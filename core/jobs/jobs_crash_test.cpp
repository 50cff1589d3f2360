// A server dies at every point of a job's life; whatever the point, the job ends with the same result.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "core/jobs/jobs.hpp"
#include "core/state/crash_testing.hpp"
#include "core/state/store_testing.hpp"

namespace landfall::jobs {
namespace {

using state::given;
using state::Life;
using state::Record;

constexpr int kPieces = 4;
constexpr int kDisks = 2;
constexpr Duration kLong = std::chrono::seconds{60};

state::Key image_key() { return {.kind = "test.image", .id = "image"}; }

/// One server's life: it dies at the n-th point that its jobs pass.
class Server {
public:
    Server(const std::string& directory, int die_at)
        : directory_{directory},
          die_at_{die_at},
          store_{state::StateStore::open(directory_ + "/state", clock_, random_).value()},
          jobs_{*store_, clock_, random_} {
        store_->start(threads_);
        add_disk();
        add_image();
        CHECK(jobs_.start(threads_).ok());
    }

    /// Submits the job in the first life; waits for its end.
    Job run() {
        const auto before = store_->find_by_id("test.image", "image").value();
        point();
        if (!before) {
            state::Tx with{{.actor = "test"}};
            with.create({.key = image_key(), .state = "pending", .doc = Record{}.set("pieces", 0).encode()});
            const JobId id =
                jobs_.submit({.kind = "image", .resource = image_key()}, {.actor = "test"}, std::move(with))
                    .value();
            point();
            return jobs_.wait(id, kLong).value();
        }
        const JobPage page = jobs_.list({.resource = image_key()}).value();
        CHECK(page.items.size() == 1);
        return jobs_.wait(page.items[0].id, kLong).value();
    }

private:
    void point() {
        if (++passed_ == die_at_) (void)::kill(::getpid(), SIGKILL);
    }
    /// Adds one to the image's count, in the transaction of whoever calls.
    state::Tx counted(JobContext& job) {
        state::Resource image = store_->get(image_key()).value();
        image.doc = Record{}.set("pieces", Record::decode(image.doc)->number("pieces") + 1).encode();
        state::Tx tx{job.cause()};
        tx.update(image);
        return tx;
    }
    StepResult copy(JobContext& job) {
        for (auto piece = job.checkpoint().number("piece"); piece < kPieces; ++piece) {
            point();
            // An effect outside of the store, idempotent by its name.
            std::string name = job.id().text + "." + std::to_string(piece);
            for (char& c : name) c = c == '/' ? '_' : c;
            std::ofstream{directory_ + "/" + name} << piece;
            point();
            const Status saved = job.save(Record{}.set("piece", piece + 1), counted(job));
            if (!saved.ok()) return StepResult::retry(saved.error().message());
            point();
        }
        return StepResult::done(Record{}.set("pieces", kPieces));
    }
    void add_disk() {
        JobKind kind{.name = "disk"};
        kind.steps.push_back({"copy", [this](JobContext& job) { return copy(job); }});
        kind.runners = 2;
        kind.attempts_max = 1000;
        kind.backoff_first = kind.backoff_max = std::chrono::milliseconds{1};
        jobs_.add_kind(std::move(kind));
    }
    void add_image() {
        JobKind kind{.name = "image"};
        // Its disks' deaths often catch it in a step of its own.
        kind.attempts_max = 1000;
        kind.steps.push_back({"split", [this](JobContext& job) {
                                  for (int disk = 0; disk < kDisks; ++disk) {
                                      point();
                                      const auto child = job.spawn(std::to_string(disk), {.kind = "disk"});
                                      if (!child.ok()) return StepResult::from(child.error());
                                      point();
                                  }
                                  return StepResult::wait_for_children("join", {});
                              }});
        kind.steps.push_back({"join", [this](JobContext& job) {
                                  point();
                                  std::int64_t sum = 0;
                                  for (int disk = 0; disk < kDisks; ++disk) {
                                      sum += job.child(std::to_string(disk))->result.number("pieces");
                                  }
                                  return StepResult::next("register", Record{}.set("sum", sum));
                              }});
        kind.steps.push_back({"register", [this](JobContext& job) {
                                  point();
                                  state::Resource image = store_->get(image_key()).value();
                                  image.state = "available";
                                  state::Tx tx{job.cause()};
                                  tx.update(image);
                                  return StepResult::done(job.checkpoint(), std::move(tx));
                              }});
        jobs_.add_kind(std::move(kind));
    }

    const std::string directory_;
    const int die_at_;
    std::atomic<int> passed_{0};
    SystemClock clock_;
    OsRandom random_;
    SystemThreads threads_;
    std::unique_ptr<state::StateStore> store_;
    Jobs jobs_;
};

TEST(JobsCrashLife, DISABLED_runs_until_it_dies) {
    Server server{given("CRASH_DIR"), std::stoi(given("CRASH_AT"))};
    const Job job = server.run();
    state::acknowledge(std::string{name_of(job.state)} + " " + job.result.dump());
}

int live(const std::string& directory, int die_at) {
    Life life{"JobsCrashLife.DISABLED_runs_until_it_dies",
              {{"CRASH_DIR", directory}, {"CRASH_AT", std::to_string(die_at)}}};
    return life.wait();
}

void expect_the_one_result(const std::string& directory) {
    SystemClock clock;
    OsRandom random;
    const auto store = state::StateStore::open(directory + "/state", clock, random).value();
    Jobs jobs{*store, clock, random};
    const JobPage page = jobs.list({.kind = "image"}).value();
    ASSERT_EQ(page.items.size(), 1u);
    EXPECT_EQ(page.items[0].state, JobState::done) << page.items[0].reason;
    EXPECT_EQ(page.items[0].result.number("sum"), kPieces * kDisks);
    const state::Resource image = store->get(image_key()).value();
    EXPECT_EQ(image.state, "available");
    // Counted in the transactions of the checkpoints: each piece exactly once, however often a step ran.
    EXPECT_EQ(Record::decode(image.doc)->number("pieces"), kPieces * kDisks);
    EXPECT_EQ(jobs.list({.kind = "disk"}).value().items.size(), static_cast<std::size_t>(kDisks));
    int files = 0;
    for (const auto& each : std::filesystem::directory_iterator{directory}) files += each.is_regular_file();
    EXPECT_EQ(files, kPieces * kDisks);
    EXPECT_TRUE(store->verify().ok());
}

TEST(JobsCrash, a_job_ends_the_same_wherever_its_server_dies) {
    int die_at = 1;
    for (;; ++die_at) {
        SCOPED_TRACE(die_at);
        state::TestDirectory directory;
        const int first = live(directory.path().string(), die_at);
        ASSERT_TRUE(first == 0 || first == -SIGKILL) << first;
        if (first != 0) {
            ASSERT_EQ(live(directory.path().string(), 0), 0);
        }
        expect_the_one_result(directory.path().string());
        if (first == 0) break;
    }
    // Every point of the job was passed: two of the submit, two a child, three a piece, join, register.
    EXPECT_GE(die_at, 2 + 2 * kDisks + 3 * kPieces * kDisks + 2);
}

TEST(JobsCrash, a_job_ends_the_same_when_its_server_dies_again_and_again) {
    state::TestDirectory directory;
    SeededRandom chance{7};
    int lives = 0;
    // The point at the start and two of each runner may pass without a piece being counted; one more comes
    // behind a count. So most lives count a piece, and none counts many.
    while (live(directory.path().string(), 4 + static_cast<int>(chance.below(6))) != 0) {
        ASSERT_LT(++lives, 200);
    }
    EXPECT_GT(lives, 3);
    expect_the_one_result(directory.path().string());
}

}  // namespace
}  // namespace landfall::jobs
