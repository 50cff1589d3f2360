#include "apps/landfall/home.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

namespace landfall::app {
namespace {

class HomeDirectory : public ::testing::Test {
protected:
    HomeDirectory() {
        std::string pattern = ::testing::TempDir() + "landfall-data-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
    }
    ~HomeDirectory() override { std::filesystem::remove_all(root_); }
    std::filesystem::path root_;
};

TEST_F(HomeDirectory, a_new_one_is_private_and_opens_again) {
    { ASSERT_TRUE(Home::open(root_ / "d").ok()); }
    struct stat st {};
    ASSERT_EQ(::stat((root_ / "d").c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0700U);
    EXPECT_TRUE(Home::open(root_ / "d").ok());
}

TEST_F(HomeDirectory, one_in_use_is_refused) {
    const auto held = Home::open(root_);
    ASSERT_TRUE(held.ok());
    const auto second = Home::open(root_);
    ASSERT_TRUE(second.is(Errc::unavailable));
    EXPECT_NE(second.error().message().find("in use"), std::string::npos);
}

TEST_F(HomeDirectory, a_newer_format_is_refused_and_left_alone) {
    { ASSERT_TRUE(Home::open(root_).ok()); }
    std::ofstream{root_ / "FORMAT"} << 99 << '\n';
    const auto opened = Home::open(root_);
    ASSERT_TRUE(opened.is(Errc::precondition));
    EXPECT_NE(opened.error().message().find("format 99"), std::string::npos);
}

TEST_F(HomeDirectory, blocks_without_their_master_key_or_their_records_are_refused) {
    const auto home = Home::open(root_);
    ASSERT_TRUE(home.ok());
    EXPECT_TRUE(check_parts(*home).ok());
    std::filesystem::create_directories(root_ / "blocks");
    const auto no_key = check_parts(*home);
    EXPECT_TRUE(no_key.is(Errc::corrupt));
    EXPECT_NE(no_key.error().message().find("keys/master"), std::string::npos);
    std::filesystem::create_directories(root_ / "keys");
    std::ofstream{root_ / "keys" / "master"} << "key";
    const auto no_records = check_parts(*home);
    EXPECT_TRUE(no_records.is(Errc::corrupt));
    EXPECT_NE(no_records.error().message().find("state/state.db"), std::string::npos);
    std::filesystem::create_directories(root_ / "state");
    std::ofstream{root_ / "state" / "state.db"} << "records";
    EXPECT_TRUE(check_parts(*home).ok());
}

TEST_F(HomeDirectory, somebody_elses_directory_is_refused) {
    std::ofstream{root_ / "thesis.txt"} << "mine";
    EXPECT_TRUE(Home::open(root_).is(Errc::precondition));
    EXPECT_FALSE(std::filesystem::exists(root_ / "LOCK"));
}

}  // namespace
}  // namespace landfall::app
