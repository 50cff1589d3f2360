#include "services/rds/model_parameters.hpp"

#include <gtest/gtest.h>

#include "services/rds/store.hpp"

namespace landfall::rds {
namespace {

using databases::Parameter;

Catalogue list() {
    return catalogue_of("postgres",
                        {{.name = "work_mem", .kind = Parameter::Kind::integer, .least = "64", .most = "100"},
                         {.name = "max_connections",
                          .kind = Parameter::Kind::integer,
                          .least = "1",
                          .most = "100",
                          .takes = Parameter::Takes::restart}});
}

TEST(ParameterGroups, a_parameter_is_known_allowed_and_rightly_applied) {
    EXPECT_TRUE(check_parameter(list(), "work_mem", {"64", "immediate"}).ok());
    EXPECT_TRUE(check_parameter(list(), "rds.logical_replication", {"1", "pending-reboot"}).ok());
    EXPECT_TRUE(check_parameter(list(), "nobody", {"64", "immediate"}).is(FaultCode::invalid_value));
    EXPECT_TRUE(check_parameter(list(), "work_mem", {"63", "immediate"}).is(FaultCode::invalid_value));
    EXPECT_TRUE(check_parameter(list(), "work_mem", {"64", "soon"}).is(FaultCode::invalid_value));
    EXPECT_TRUE(
        check_parameter(list(), "max_connections", {"64", "immediate"}).is(FaultCode::invalid_combination));
}

TEST(ParameterGroups, only_live_and_immediate_changes_reach_a_running_server) {
    ParameterGroup group;
    group.chosen = {{"work_mem", {"70", "immediate"}}, {"max_connections", {"9", "pending-reboot"}}};
    EXPECT_EQ(with_live_changes({{"max_connections", "5"}}, group, list()),
              (Settings{{"max_connections", "5"}, {"work_mem", "70"}}));
    group.chosen = {{"work_mem", {"70", "pending-reboot"}}};
    EXPECT_EQ(with_live_changes({{"work_mem", "65"}}, group, list()), (Settings{{"work_mem", "65"}}));
    group.chosen.clear();
    EXPECT_EQ(with_live_changes({{"work_mem", "65"}, {"max_connections", "5"}}, group, list()),
              (Settings{{"max_connections", "5"}}));
}

TEST(ParameterGroups, logical_replication_is_a_level_of_the_log) {
    EXPECT_EQ(server_settings({{"rds.logical_replication", "1"}}), (Settings{{"wal_level", "logical"}}));
    EXPECT_EQ(server_settings({{"rds.logical_replication", "0"}}), Settings{});
}

TEST(ParameterGroups, one_read_back_is_the_one_written) {
    const ParameterGroup group{.self = {{"000000000000", "r"}, "g"},
                               .family = "postgres15",
                               .description = "d",
                               .chosen = {{"a", {"1", "immediate"}}, {"b", {"", "pending-reboot"}}},
                               .tags = {{"k", "v"}}};
    const auto back = Kind<ParameterGroup>::decode(Kind<ParameterGroup>::encode(group));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, group);
}

}  // namespace
}  // namespace landfall::rds
