#include "front/worker_pool.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>
#include <vector>

namespace landfall::front {
namespace {

/// Uploads whose clients send nothing, until they are let go.
class SlowClients {
public:
    Task upload() {
        return [this] {
            std::unique_lock lock{mutex_};
            ++holding_;
            changed_.notify_all();
            changed_.wait(lock, [this] { return let_go_; });
            ++done_;
        };
    }
    void wait_until_holding(int count) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return holding_ >= count; });
    }
    void let_go() {
        const std::lock_guard lock{mutex_};
        let_go_ = true;
        changed_.notify_all();
    }
    int holding() {
        const std::lock_guard lock{mutex_};
        return holding_;
    }
    int done() {
        const std::lock_guard lock{mutex_};
        return done_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int holding_ = 0;
    int done_ = 0;
    bool let_go_ = false;
};

class Workers {
public:
    Workers(WorkerPool& pool, int count) : pool_{pool} {
        for (int i = 0; i < count; ++i) threads_.emplace_back([this] { pool_.run(); });
    }
    ~Workers() {
        pool_.stop();
        for (std::thread& each : threads_) each.join();
    }

private:
    WorkerPool& pool_;
    std::vector<std::thread> threads_;
};

TEST(WorkerPool, slow_uploads_leave_workers_for_everybody_else) {
    WorkerPool pool{100};
    SlowClients slow;
    {
        const Workers workers{pool, 4};
        for (int i = 0; i < 12; ++i) {
            Task task = slow.upload();
            ASSERT_TRUE(pool.submit_upload(task));
        }
        slow.wait_until_holding(3);
        std::mutex mutex;
        std::condition_variable changed;
        int answered = 0;
        for (int i = 0; i < 20; ++i) {
            Task task = [&] {
                const std::lock_guard lock{mutex};
                ++answered;
                changed.notify_all();
            };
            ASSERT_TRUE(pool.submit(task));
        }
        std::unique_lock lock{mutex};
        changed.wait(lock, [&] { return answered == 20; });
        EXPECT_EQ(slow.holding(), 3);
        slow.let_go();
    }
    EXPECT_EQ(slow.done(), 12);
}

TEST(WorkerPool, both_queues_share_one_bound_and_stop_runs_what_was_accepted) {
    WorkerPool pool{2};
    int ran = 0;
    for (int i = 0; i < 2; ++i) {
        Task task = [&ran] { ++ran; };
        ASSERT_TRUE(i == 0 ? pool.submit(task) : pool.submit_upload(task));
    }
    Task refused = [] {};
    EXPECT_FALSE(pool.submit(refused));
    EXPECT_FALSE(pool.submit_upload(refused));
    pool.stop();
    pool.run();
    EXPECT_EQ(ran, 2);
}

}  // namespace
}  // namespace landfall::front
