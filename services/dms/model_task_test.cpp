#include "services/dms/model_task.hpp"

#include <gtest/gtest.h>

#include "services/dms/store_tasks.hpp"

namespace landfall::dms {
namespace {

const MovePlan::Name kTable{"app", "t"};

MoveProgress told(MovedTable::State state, std::uint64_t inserts, MoveProgress::Doing doing) {
    return {.doing = doing, .tables = {{.name = kTable, .state = state, .rows = 5, .inserts = inserts}}};
}

TEST(ProgressKeeper, changes_of_all_runs_are_counted_together) {
    ProgressKeeper first{{}};
    first.take(told(MovedTable::State::loaded, 3, MoveProgress::Doing::follows), {}, Instant{100});
    first.take(told(MovedTable::State::loaded, 4, MoveProgress::Doing::follows), {}, Instant{200});
    ProgressKeeper second{first.now()};
    second.take(told(MovedTable::State::loaded, 2, MoveProgress::Doing::follows), {}, Instant{300});
    const TaskProgress::Table& table = second.now().tables.at(0);
    EXPECT_EQ(table.moved.inserts, 6U);
    EXPECT_EQ(table.moved.rows, 5U);
    EXPECT_EQ(table.begun, Instant{100});
    EXPECT_EQ(table.updated, Instant{300});
    EXPECT_EQ(second.now().percent(), 100);
}

TEST(ProgressKeeper, a_table_that_is_loaded_anew_begins_again) {
    ProgressKeeper first{{}};
    first.take(told(MovedTable::State::loaded, 0, MoveProgress::Doing::follows), {}, Instant{100});
    ProgressKeeper second{first.now()};
    second.take(told(MovedTable::State::loads, 0, MoveProgress::Doing::loads), {kTable}, Instant{300});
    EXPECT_TRUE(second.now().tables.at(0).reloaded);
    EXPECT_EQ(second.now().tables.at(0).begun, Instant{300});
    EXPECT_EQ(second.now().tables.at(0).ended, Instant{});
}

TEST(ProgressKeeper, an_error_marks_the_table_that_it_names) {
    ProgressKeeper keeper{{}};
    keeper.take(told(MovedTable::State::loads, 0, MoveProgress::Doing::loads), {}, Instant{100});
    keeper.fail("app.other: no");
    EXPECT_EQ(keeper.now().failures(), 0U);
    keeper.fail("app.t: no");
    EXPECT_EQ(keeper.now().failures(), 1U);
}

TEST(TaskProgress, is_read_back_as_it_was_written) {
    ProgressKeeper keeper{{}};
    keeper.take(told(MovedTable::State::loads, 7, MoveProgress::Doing::compares), {kTable}, Instant{100});
    EXPECT_EQ(decode_progress(encode_progress(keeper.now())).value(), keeper.now());
    EXPECT_EQ(decode_progress("").value(), TaskProgress{});
}

TEST(Task, names_of_moves_are_letters_digits_and_underscores) {
    EXPECT_EQ((Task{.self = {{}, "ABC2-x"}}.move_name()), "dms_abc2_x");
}

TEST(Task, positions_are_told_as_dms_does) {
    EXPECT_EQ(checkpoint_of("4AF/B00000D0"), "checkpoint:V1#1#000004AF/B00000D0#0#0#*#0#0");
    EXPECT_EQ(checkpoint_of(""), "");
    EXPECT_EQ(parse_stop_position("server_time:1970-01-01T00:01:00").value(), Instant{60'000'000'000});
    for (const char* const bad : {"server_time:", "server_time:2020", "commit_time:2020-01-01T00:00:00", "x"})
        EXPECT_FALSE(parse_stop_position(bad).ok()) << bad;
}

}  // namespace
}  // namespace landfall::dms
