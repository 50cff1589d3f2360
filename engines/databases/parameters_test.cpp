#include "engines/databases/parameters.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace landfall::databases {
namespace {

constexpr std::string_view kLines =
    "work_mem\tuser\tResource Usage / Memory\tINTEGER\t4096\t64\t2147483647\tSets the maximum "
    "memory.\tMore.\n"
    "max_connections\tpostmaster\tConnections\tINTEGER\t100\t1\t262143\tSets the number.\t\n"
    "enable_seqscan\tuser\tQuery Tuning\tBOOLEAN\tTRUE\t\t\tEnables plans.\t\n"
    "archive_command\tsighup\tArchiving\tSTRING\t\t\t\tRuns a program.\t\n"
    "block_size\tinternal\tPreset\tINTEGER\t8192\t8192\t8192\tShows it.\t\n"
    "shared_preload_libraries\tpostmaster\tLibraries\tSTRING\t\t\t\tLists libraries.\t\n"
    "broken line\n";

TEST(Parameters, the_list_of_postgres_is_read) {
    const auto parameters = described_parameters(kLines);
    ASSERT_EQ(parameters.size(), 4U);
    EXPECT_EQ(parameters[0].name, "enable_seqscan");
    EXPECT_EQ(parameters[0].initial, "1");
    EXPECT_EQ(allowed_values(parameters[0]), "0,1");
    EXPECT_EQ(parameters[1].takes, Parameter::Takes::restart);
    EXPECT_EQ(allowed_values(parameters[3]), "64-2147483647");
}

TEST(Parameters, values_are_judged_by_kind_and_range) {
    const auto parameters = described_parameters(kLines);
    const Parameter& seqscan = parameters[0];
    const Parameter& libraries = parameters[2];
    const Parameter& work_mem = parameters[3];
    EXPECT_TRUE(is_allowed(seqscan, "0"));
    EXPECT_FALSE(is_allowed(seqscan, "maybe"));
    EXPECT_TRUE(is_allowed(work_mem, "64"));
    for (const char* bad : {"63", "2147483648", "64MB", "", "6.5", "nan"})
        EXPECT_FALSE(is_allowed(work_mem, bad)) << bad;
    EXPECT_TRUE(is_allowed(libraries, "pg_stat_statements,auto_explain"));
    EXPECT_FALSE(is_allowed(libraries, "/tmp/evil.so"));
    EXPECT_FALSE(is_allowed(libraries, "a\nport = 1"));
}

TEST(Parameters, of_an_installed_product_are_many_and_sorted) {
    for (const Installed& each : find_installed()) {
        const auto parameters = parameters_of(each);
        ASSERT_TRUE(parameters.ok());
        EXPECT_GT(parameters->size(), 40U);
        EXPECT_TRUE(std::ranges::is_sorted(*parameters, {}, &Parameter::name));
        for (const Parameter& parameter : *parameters) EXPECT_NE(parameter.name, "archive_command");
    }
}

}  // namespace
}  // namespace landfall::databases
