#include "engines/databases/host_files.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engines/databases/administration.hpp"

namespace landfall::databases {
namespace {

namespace fs = std::filesystem;

class Folder : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "landfall-databases-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        path_ = name;
    }
    void TearDown() override { fs::remove_all(path_); }
    void write(const std::string& name, std::string_view text) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream{path_ / name} << text;
    }
    fs::path path_;
};

TEST_F(Folder, a_record_read_back_is_the_record_written) {
    const FolderRecord record{Product::mariadb, 7, true, ProcessName{42, 4711, "boot"}};
    ASSERT_TRUE(write_record(path_ / "record", record).ok());
    const auto back = read_record(path_ / "record");
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, record);
    const FolderRecord still{Product::postgres, 0, false, std::nullopt};
    EXPECT_EQ(*decode_record(encode(still)), still);
}

TEST_F(Folder, a_record_that_is_none_is_corrupt_and_named) {
    write("record", "nonsense");
    const auto back = read_record(path_ / "record");
    EXPECT_TRUE(back.is(Errc::corrupt));
    EXPECT_NE(back.error().message().find("record"), std::string::npos);
}

TEST_F(Folder, links_are_no_logs) {
    write("log/error/a.log", "one\n");
    write("secret", "two\n");
    fs::create_symlink(path_ / "secret", path_ / "log/error/b.log");
    const auto logs = list_logs(path_ / "log");
    ASSERT_TRUE(logs.ok());
    ASSERT_EQ(logs->size(), 1U);
    EXPECT_EQ(logs->front().name, "error/a.log");
    EXPECT_FALSE(read_piece(path_ / "log/error/b.log", ByteOffset{0}, Bytes{10}).ok());
    EXPECT_EQ(*read_piece(path_ / "log/error/a.log", ByteOffset{1}, Bytes{2}), "ne");
}

TEST_F(Folder, logs_of_four_days_before_the_newest_go) {
    write("log/error/old.log", "one\n");
    write("log/error/new.log", "two\n");
    const auto now = fs::last_write_time(path_ / "log/error/new.log");
    fs::last_write_time(path_ / "log/error/old.log", now - std::chrono::hours{96});
    expire_old_logs(path_ / "log");
    EXPECT_FALSE(fs::exists(path_ / "log/error/old.log"));
    EXPECT_TRUE(fs::exists(path_ / "log/error/new.log"));
}

TEST_F(Folder, a_server_that_ended_is_quoted) {
    write("start.log", "noise\nFATAL:  could not map memory\nnoise\n");
    EXPECT_EQ(last_complaint(path_), "FATAL:  could not map memory");
    write("start.log", "2026 0 [ERROR] unknown variable 'x=1'\n2026 0 [ERROR] Aborting\n");
    EXPECT_EQ(last_complaint(path_), "[ERROR] unknown variable 'x=1'");
}

TEST(Verifier, is_what_mariadb_keeps) {
    EXPECT_EQ(native_verifier(SecretString{"password"}), "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
}

TEST(Process, start_ticks_are_found_behind_any_name) {
    std::string line = "42 (a) b) S";
    for (int field = 4; field < 22; ++field) line += " 0";
    EXPECT_EQ(start_ticks_of(line + " 4711 0"), 4711U);
    EXPECT_EQ(start_ticks_of("42 (a"), std::nullopt);
}

}  // namespace
}  // namespace landfall::databases
