#include "front/event_loop.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "base/burst.hpp"

namespace landfall::front {
namespace {

/// A loop on its own thread, which ends with it.
class Running {
public:
    ~Running() { stop(); }
    /// Runs on the loop's thread and returns when it is done.
    void on_loop(UniqueFunction<void()> work) {
        std::promise<void> done;
        loop.post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }
    void stop() {
        if (!thread.joinable()) return;
        loop.post([this] { loop.finish(); });
        thread.join();
    }

    EventLoop loop;
    std::thread thread{[this] { loop.run(); }};
};

struct Pair {
    Pair() {
        std::array<int, 2> made{};
        CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, made.data()) == 0);
        near = made[0];
        far = made[1];
    }
    ~Pair() {
        if (far >= 0) ::close(far);
    }
    void say(char c) const { CHECK(::write(far, &c, 1) == 1); }
    void hang_up() { ::close(std::exchange(far, -1)); }
    int near = -1;  ///< the watch's
    int far = -1;
};

char hear(int fd) {
    char c = 0;
    return ::read(fd, &c, 1) == 1 ? c : '\0';
}

double cpu_seconds_of_loop(Running& running) {
    double seconds = 0;
    running.on_loop([&] {
        rusage used{};
        CHECK(::getrusage(RUSAGE_THREAD, &used) == 0);
        seconds = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                  static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    });
    return seconds;
}

TEST(EventLoop, runs_what_many_threads_post_each_in_its_order) {
    Running running;
    constexpr int kThreads = 4;
    constexpr int kPosts = 2000;
    std::array<int, kThreads> next{};
    std::atomic<int> out_of_order = 0;
    std::vector<std::thread> posters;
    for (std::size_t t = 0; t < kThreads; ++t) {
        posters.emplace_back([&, t] {
            for (int i = 0; i < kPosts; ++i) {
                std::optional<Burst> burst;
                if (i % 3 == 0) burst.emplace();
                running.loop.post([&, t, i] {
                    if (!running.loop.on_thread() || next[t] != i) ++out_of_order;
                    ++next[t];
                });
            }
        });
    }
    for (std::thread& poster : posters) poster.join();
    running.on_loop([] {});
    EXPECT_EQ(out_of_order, 0);
    for (const int n : next) EXPECT_EQ(n, kPosts);
    EXPECT_FALSE(running.loop.on_thread());
}

TEST(EventLoop, what_is_posted_while_it_runs_runs_before_it_ends) {
    EventLoop loop;
    bool last = false;
    loop.post([&] {
        loop.finish();
        loop.post([&] { last = true; });
    });
    loop.run();
    EXPECT_TRUE(last);
}

TEST(EventLoop, ticks_until_it_is_finished) {
    EventLoop loop;
    int ticks = 0;
    loop.post([&] {
        loop.tick_every(std::chrono::milliseconds{1}, [&] {
            if (++ticks == 5) loop.finish();
        });
    });
    loop.run();
    EXPECT_EQ(ticks, 5);
}

TEST(EventLoop, lets_go_of_what_came_too_late_and_of_what_that_posts) {
    struct Posts {
        EventLoop* loop;
        std::shared_ptr<int> counted;
        explicit Posts(EventLoop* l, std::shared_ptr<int> c) : loop{l}, counted{std::move(c)} {}
        Posts(Posts&&) = default;
        ~Posts() {
            if (counted) loop->post([c = std::move(counted)] { ADD_FAILURE() << "ran"; });
        }
    };
    EventLoop loop;
    const auto counted = std::make_shared<int>(0);
    loop.post([posts = std::make_unique<Posts>(&loop, counted)] { ADD_FAILURE() << "ran"; });
    loop.discard();
    EXPECT_EQ(counted.use_count(), 1);
}

TEST(Watch, tells_once_a_wait_what_is_there_also_when_it_came_before) {
    Running running;
    const Pair pair;
    std::optional<Watch> watch;
    std::promise<char> first;
    std::promise<char> second;
    running.on_loop([&] { watch = Watch::adopt(running.loop, pair.near).value(); });
    pair.say('a');
    pair.say('b');
    running.on_loop([] {});  // a turn in which nobody waits
    running.on_loop(
        [&] { watch->wait(Direction::read, [&](Ready) { first.set_value(hear(watch->fd())); }); });
    EXPECT_EQ(first.get_future().get(), 'a');
    // One byte is left over: the next wait is told of it, as of one that comes later.
    running.on_loop(
        [&] { watch->wait(Direction::read, [&](Ready) { second.set_value(hear(watch->fd())); }); });
    EXPECT_EQ(second.get_future().get(), 'b');
    running.on_loop([&] { watch.reset(); });
}

TEST(Watch, the_end_of_the_other_side_is_told_to_every_wait) {
    Running running;
    Pair pair;
    std::optional<Watch> watch;
    running.on_loop([&] { watch = Watch::adopt(running.loop, pair.near).value(); });
    pair.say('x');
    pair.hang_up();
    for (const char expected : {'x', '\0', '\0'}) {
        std::promise<char> heard;
        running.on_loop(
            [&] { watch->wait(Direction::read, [&](Ready) { heard.set_value(hear(watch->fd())); }); });
        EXPECT_EQ(heard.get_future().get(), expected);
    }
    running.on_loop([&] { watch.reset(); });
}

TEST(Watch, what_nobody_waits_for_costs_no_time) {
    Running running;
    Pair talks;
    Pair gone;
    std::optional<Watch> unread;
    std::optional<Watch> broken;
    running.on_loop([&] {
        unread = Watch::adopt(running.loop, talks.near).value();
        broken = Watch::adopt(running.loop, gone.near).value();
    });
    talks.say('x');
    gone.hang_up();
    running.on_loop([] {});
    // A loop that spun would use all the time between its ticks; what other threads use does not count.
    const double before = cpu_seconds_of_loop(running);
    std::promise<void> ticked;
    running.on_loop([&] {
        running.loop.tick_every(std::chrono::milliseconds{1}, [&, ticks = 0]() mutable {
            if (++ticks == 100) ticked.set_value();
        });
    });
    ticked.get_future().wait();
    EXPECT_LT(cpu_seconds_of_loop(running) - before, 0.05);
    running.on_loop([&] {
        unread.reset();
        broken.reset();
    });
}

TEST(Watch, waits_for_both_directions_at_a_time) {
    Running running;
    const Pair pair;
    std::optional<Watch> watch;
    std::promise<void> writable;
    std::promise<char> readable;
    running.on_loop([&] {
        watch = Watch::adopt(running.loop, pair.near).value();
        watch->wait(Direction::read, [&](Ready) { readable.set_value(hear(watch->fd())); });
        watch->wait(Direction::write, [&](Ready) { writable.set_value(); });
    });
    writable.get_future().wait();
    pair.say('r');
    EXPECT_EQ(readable.get_future().get(), 'r');
    running.on_loop([&] { watch.reset(); });
}

TEST(Watch, closing_it_cancels_its_waits_and_never_from_inside) {
    Running running;
    const Pair pair;
    std::optional<Watch> watch;
    std::promise<Ready> told;
    std::atomic<bool> inside = false;
    running.on_loop([&] {
        watch = Watch::adopt(running.loop, pair.near).value();
        watch->wait(Direction::read, [&](Ready ready) {
            EXPECT_FALSE(inside);
            told.set_value(ready);
        });
        inside = true;
        watch->close();
        watch.reset();
        inside = false;
    });
    EXPECT_EQ(told.get_future().get(), Ready::cancelled);
}

TEST(Watch, may_go_in_its_own_callback_with_others_in_the_same_turn) {
    Running running;
    constexpr std::size_t kWatches = 50;
    std::array<Pair, kWatches> pairs;
    std::vector<std::optional<Watch>> watches(kWatches);
    std::atomic<std::size_t> told = 0;
    std::promise<void> all;
    running.on_loop([&] {
        for (std::size_t i = 0; i < kWatches; ++i) {
            watches[i] = Watch::adopt(running.loop, pairs[i].near).value();
            watches[i]->wait(Direction::read, [&, i](Ready) {
                watches[i].reset();
                watches[(i + 1) % kWatches].reset();
                if (++told == kWatches) all.set_value();
            });
        }
        for (const Pair& pair : pairs) pair.say('x');
    });
    all.get_future().wait();
    running.stop();
    EXPECT_EQ(told, kWatches);
}

}  // namespace
}  // namespace landfall::front
