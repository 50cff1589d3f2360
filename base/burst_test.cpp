#include "base/burst.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace landfall {
namespace {

struct Counted final : Sleeper {
    void wake_up() override { ++woken; }
    int woken = 0;
};

TEST(Burst, without_one_a_sleeper_is_woken_at_once_and_each_time) {
    Counted sleeper;
    Burst::wake(sleeper);
    Burst::wake(sleeper);
    EXPECT_EQ(sleeper.woken, 2);
}

TEST(Burst, a_sleeper_is_woken_once_when_the_outermost_burst_ends) {
    Counted first;
    Counted second;
    {
        const Burst outer;
        Burst::wake(first);
        {
            const Burst inner;
            Burst::wake(second);
            Burst::wake(first);
        }
        EXPECT_EQ(first.woken + second.woken, 0);
    }
    EXPECT_EQ(first.woken, 1);
    EXPECT_EQ(second.woken, 1);
    Burst::wake(first);
    EXPECT_EQ(first.woken, 2);
}

TEST(Burst, more_sleepers_than_it_holds_are_woken_all_the_same) {
    std::vector<Counted> sleepers(100);
    {
        const Burst burst;
        for (int round = 0; round < 2; ++round)
            for (Counted& sleeper : sleepers) Burst::wake(sleeper);
    }
    for (const Counted& sleeper : sleepers) EXPECT_GE(sleeper.woken, 1);
}

TEST(Burst, is_of_one_thread_only) {
    Counted sleeper;
    const Burst burst;
    std::thread{[&] { Burst::wake(sleeper); }}.join();
    EXPECT_EQ(sleeper.woken, 1);
}

}  // namespace
}  // namespace landfall
