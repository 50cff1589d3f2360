// What the store refuses to open, what it says then, and that it leaves it as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "core/state/crash_testing.hpp"
#include "core/state/store_testing.hpp"

namespace landfall::state {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string content_of(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

class Refusal : public ::testing::Test {
protected:
    Result<std::unique_ptr<StateStore>> open() { return StateStore::open(directory(), clock_, random_); }
    Error refused() {
        auto opened = open();
        EXPECT_FALSE(opened.ok());
        return opened.ok() ? Error{Errc::invalid, "not refused"} : std::move(opened).error();
    }
    [[nodiscard]] std::filesystem::path directory() const { return directory_.path() / "state"; }
    [[nodiscard]] std::filesystem::path database() const { return directory() / "state.db"; }

    /// A store that holds one resource, stopped.
    void make_store() {
        const auto store = open().value();
        store->start(threads_);
        Tx tx{{.actor = "test"}};
        ASSERT_TRUE(store->commit(std::move(tx.create({.key = {.kind = "k", .id = "1"}}))).ok());
    }
    void run(const char* sql) {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open(database().c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
        (void)sqlite3_close(db);
    }
    void write(std::string_view content) {
        std::filesystem::create_directories(directory());
        std::ofstream{database(), std::ios::binary} << content;
    }

    TestDirectory directory_;
    SystemClock clock_;
    OsRandom random_;
    SystemThreads threads_;
};

TEST_F(Refusal, a_store_of_a_newer_format_is_refused_and_not_touched) {
    make_store();
    run("UPDATE schema_version SET version = 1000");
    const std::string before = content_of(database());
    const Error error = refused();
    EXPECT_EQ(error.code(), Errc::precondition);
    EXPECT_THAT(error.message(), AllOf(HasSubstr(database().string()), HasSubstr("format 1000"),
                                       HasSubstr("use a newer program")));
    EXPECT_EQ(content_of(database()), before);
    run("UPDATE schema_version SET version = 1");
    EXPECT_TRUE(open().value()->get({.kind = "k", .id = "1"}).ok());
}

TEST_F(Refusal, the_database_of_another_program_is_refused_and_not_touched) {
    std::filesystem::create_directories(directory());
    run("CREATE TABLE bookmarks(url TEXT); INSERT INTO bookmarks VALUES('about:blank')");
    const std::string before = content_of(database());
    const Error error = refused();
    EXPECT_EQ(error.code(), Errc::corrupt);
    EXPECT_THAT(error.message(), AllOf(HasSubstr(database().string()), HasSubstr("not a state store")));
    EXPECT_EQ(content_of(database()), before);
}

TEST_F(Refusal, a_store_whose_version_is_lost_is_refused) {
    make_store();
    run("DELETE FROM schema_version");
    EXPECT_EQ(refused().code(), Errc::corrupt);
    run("INSERT INTO schema_version VALUES(-7)");
    EXPECT_EQ(refused().code(), Errc::corrupt);
    run("DROP TABLE schema_version");
    EXPECT_EQ(refused().code(), Errc::corrupt);
}

TEST_F(Refusal, a_directory_in_use_is_refused_by_name) {
    make_store();
    const auto first = open().value();
    const Error error = refused();
    EXPECT_EQ(error.code(), Errc::unavailable);
    EXPECT_THAT(error.message(), HasSubstr(directory().string()));
}

TEST_F(Refusal, a_file_that_is_no_database_is_refused_and_not_touched) {
    const std::string text = "These are 4096 bytes of somebody's letter. " + std::string(4096, '.');
    write(text);
    const Error error = refused();
    EXPECT_EQ(error.code(), Errc::corrupt);
    EXPECT_THAT(error.message(), HasSubstr(database().string()));
    EXPECT_EQ(content_of(database()), text);
}

TEST_F(Refusal, a_directory_in_the_place_of_the_database_is_refused) {
    std::filesystem::create_directories(database());
    EXPECT_THAT(refused().message(), HasSubstr(database().string()));
}

TEST_F(Refusal, a_file_in_the_place_of_the_directory_is_refused) {
    std::ofstream{directory()} << "a file";
    EXPECT_THAT(refused().message(), HasSubstr(directory().string()));
}

TEST_F(Refusal, a_truncated_database_is_refused_or_found_by_verify_or_whole) {
    make_store();
    const std::string whole = content_of(database());
    ASSERT_GT(whole.size(), 8192u);
    for (std::size_t size = 1; size < whole.size(); size += 1021) {
        SCOPED_TRACE(size);
        write(std::string_view{whole}.substr(0, size));
        std::filesystem::remove(directory() / "state.db-wal");
        std::filesystem::remove(directory() / "state.db-shm");
        const auto opened = open();
        if (!opened.ok()) {
            EXPECT_EQ(opened.error().code(), Errc::corrupt) << opened.error().message();
        } else if ((*opened)->verify().ok()) {
            // Only zeros were cut off.
            EXPECT_TRUE((*opened)->get({.kind = "k", .id = "1"}).ok());
        }
    }
}

TEST_F(Refusal, a_damaged_page_is_refused_or_found_by_verify_or_harmless_but_never_a_crash) {
    make_store();
    const std::string whole = content_of(database());
    SeededRandom chance{7};
    for (int i = 0; i < 200; ++i) {
        std::string damaged = whole;
        damaged[chance.below(damaged.size())] ^= static_cast<char>(1 + chance.below(255));
        write(damaged);
        const auto opened = open();
        if (!opened.ok()) continue;
        const auto got = (*opened)->get({.kind = "k", .id = "1"});
        const Status verified = (*opened)->verify();
        // What verify calls good answers.
        EXPECT_TRUE(got.ok() || !verified.ok() || got.is(Errc::not_found)) << got.error().message();
    }
}

TEST(RefusalLife, DISABLED_opens_as_nobody) {
    // The root user may read everything.
    if (::getuid() == 0 && ::setuid(65534) != 0) return acknowledge("not permitted");
    SystemClock clock;
    OsRandom random;
    const auto opened = StateStore::open(given("REFUSAL_DIR"), clock, random);
    acknowledge(opened.ok() ? "opened"
                            : std::string{name_of(opened.error().code())} + " " + opened.error().message());
}

TEST_F(Refusal, a_database_that_may_not_be_read_is_denied_by_name) {
    make_store();
    namespace fs = std::filesystem;
    fs::permissions(directory_.path(), fs::perms::all);
    fs::permissions(directory(), fs::perms::all);
    fs::permissions(directory() / "LOCK", fs::perms::all);
    fs::permissions(database(), fs::perms::none);
    Life life{"RefusalLife.DISABLED_opens_as_nobody", {{"REFUSAL_DIR", directory().string()}}};
    const std::string line = life.next_line(20'000);
    EXPECT_EQ(life.wait(), 0);
    if (line == "not permitted") GTEST_SKIP() << "this machine lets nobody become nobody";
    EXPECT_THAT(line, AllOf(::testing::StartsWith("denied"), HasSubstr(database().string())));
}

}  // namespace
}  // namespace landfall::state
