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

TEST_F(HomeDirectory, blocks_without_their_master_key_are_refused) {
    const auto home = Home::open(root_);
    ASSERT_TRUE(home.ok());
    EXPECT_TRUE(check_master_key(*home).ok());
    std::filesystem::create_directories(root_ / "blocks");
    EXPECT_TRUE(check_master_key(*home).is(Errc::corrupt));
    std::filesystem::create_directories(root_ / "keys");
    std::ofstream{root_ / "keys" / "master"} << "key";
    EXPECT_TRUE(check_master_key(*home).ok());
}

TEST_F(HomeDirectory, somebody_elses_directory_is_refused) {
    std::ofstream{root_ / "thesis.txt"} << "mine";
    EXPECT_TRUE(Home::open(root_).is(Errc::precondition));
    EXPECT_FALSE(std::filesystem::exists(root_ / "LOCK"));
}

}  // namespace
}  // namespace landfall::app
