#include "engines/messages/wheel.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/random.hpp"

namespace landfall::messages {
namespace {

Alarm alarm(std::uint64_t subject) { return {Alarm::Kind::visible, 0, subject}; }

std::vector<std::uint64_t> advance(Wheel& wheel, std::int64_t now) {
    std::vector<Alarm> due;
    wheel.advance(Millis{now}, due);
    std::vector<std::uint64_t> subjects;
    for (const Alarm& one : due) subjects.push_back(one.subject);
    return subjects;
}

TEST(Wheel, fires_neither_early_nor_late_at_the_millisecond) {
    Wheel wheel{Millis{1000}};
    wheel.add(Millis{31000}, alarm(1));
    EXPECT_TRUE(advance(wheel, 30999).empty());
    EXPECT_EQ(advance(wheel, 31000), std::vector<std::uint64_t>{1});
    EXPECT_EQ(wheel.size(), 0U);
}

TEST(Wheel, fires_what_is_due_together_in_the_order_it_was_added) {
    Wheel wheel{Millis{0}};
    for (std::uint64_t i = 0; i < 5; ++i) wheel.add(Millis{500}, alarm(i));
    wheel.add(Millis{400}, alarm(9));
    EXPECT_EQ(advance(wheel, 500), (std::vector<std::uint64_t>{9, 0, 1, 2, 3, 4}));
}

TEST(Wheel, a_cancelled_timer_never_fires_and_its_id_never_names_another) {
    Wheel wheel{Millis{0}};
    const TimerId first = wheel.add(Millis{100}, alarm(1));
    wheel.cancel(first);
    wheel.add(Millis{100}, alarm(2));
    wheel.cancel(first);
    EXPECT_FALSE(wheel.due(first).has_value());
    EXPECT_EQ(advance(wheel, 100), std::vector<std::uint64_t>{2});
}

TEST(Wheel, holds_timers_of_years_and_steps_over_empty_time) {
    Wheel wheel{Millis{1'700'000'000'000}};
    const std::int64_t year = 365LL * 86'400'000;
    wheel.add(Millis{1'700'000'000'000 + 20 * year}, alarm(1));
    EXPECT_TRUE(advance(wheel, 1'700'000'000'000 + 20 * year - 1).empty());
    EXPECT_EQ(advance(wheel, 1'700'000'000'000 + 20 * year).size(), 1U);
}

TEST(WheelProperty, agrees_with_a_sorted_list_and_next_is_at_most_one_slot_late) {
    SeededRandom random{11};
    for (int round = 0; round < 200; ++round) {
        std::int64_t now = static_cast<std::int64_t>(random.below(1ULL << 41));
        Wheel wheel{Millis{now}};
        std::map<std::uint64_t, std::pair<std::int64_t, TimerId>> model;
        std::uint64_t made = 0;
        for (int step = 0; step < 120; ++step) {
            const std::uint64_t what = random.below(4);
            if (what < 2) {
                const auto due =
                    now + static_cast<std::int64_t>(random.below(1ULL << (4 + random.below(30))));
                ++made;
                model[made] = {due, wheel.add(Millis{due}, alarm(made))};
            } else if (what == 2 && !model.empty()) {
                const auto it =
                    std::next(model.begin(), static_cast<std::ptrdiff_t>(random.below(model.size())));
                wheel.cancel(it->second.second);
                model.erase(it);
            } else {
                const auto next = wheel.next();
                std::int64_t soonest = INT64_MAX;
                for (const auto& [id, row] : model) soonest = std::min(soonest, row.first);
                ASSERT_EQ(next.has_value(), !model.empty());
                if (next) {
                    ASSERT_LE(next->value, soonest + 64);
                }
                now += static_cast<std::int64_t>(random.below(1ULL << (2 + random.below(30))));
                std::multimap<std::int64_t, std::uint64_t> expected;
                for (const auto& [id, row] : model)
                    if (row.first <= now) expected.emplace(row.first, id);
                std::vector<std::uint64_t> order;
                for (const auto& [due, id] : expected) order.push_back(id), model.erase(id);
                ASSERT_EQ(advance(wheel, now), order);
                ASSERT_EQ(wheel.size(), model.size());
            }
        }
    }
}

}  // namespace
}  // namespace landfall::messages
