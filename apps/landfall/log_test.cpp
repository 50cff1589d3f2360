#include "apps/landfall/log.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/burst.hpp"
#include "base/result.hpp"

namespace landfall::app {
namespace {

/// What was written to a descriptor so far.
class Written {
public:
    Written() : fd{::memfd_create("log", MFD_CLOEXEC)} { CHECK(fd >= 0); }
    Written(const Written&) = delete;
    Written& operator=(const Written&) = delete;
    ~Written() { ::close(fd); }
    [[nodiscard]] std::string text() const {
        std::string all(1 << 20, '\0');
        const ssize_t n = ::pread(fd, all.data(), all.size(), 0);
        CHECK(n >= 0);
        all.resize(static_cast<std::size_t>(n));
        return all;
    }
    const int fd;
};

std::size_t lines_in(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Log, a_line_of_json_has_its_fields_escaped_and_in_order) {
    const Written written;
    Log log{LogFormat::json, LogLevel::info, written.fd};
    log.write(LogLevel::info, "request",
              {{"path", std::string_view{"/a\"b\\c\n"}},
               {"status", std::int64_t{-7}},
               {"seconds", 0.5},
               {"rate", 1234567.0}});
    const std::string line = written.text();
    EXPECT_TRUE(line.starts_with("{\"ts\":\"20")) << line;
    EXPECT_EQ(line.substr(line.find("Z\",")),
              "Z\",\"level\":\"info\",\"event\":\"request\",\"path\":\"/a\\\"b\\\\c\\u000a\",\"status\":-7,"
              "\"seconds\":0.5,\"rate\":1.23457e+06}\n");
}

TEST(Log, text_quotes_values_that_would_not_split_again) {
    const Written written;
    Log log{LogFormat::text, LogLevel::info, written.fd};
    log.write(LogLevel::warning, "odd", {{"a", std::string_view{"x y"}}, {"b", std::string_view{"z"}}});
    const std::string line = written.text();
    EXPECT_EQ(line.substr(line.find("Z ")), "Z warning odd a=\"x y\" b=z\n");
}

TEST(Log, lines_below_the_least_level_are_not_written) {
    const Written written;
    Log log{LogFormat::json, LogLevel::warning, written.fd};
    log.write(LogLevel::info, "quiet");
    EXPECT_EQ(written.text(), "");
}

TEST(Log, a_line_is_written_at_once_and_in_a_burst_at_its_end) {
    const Written written;
    Log log{LogFormat::json, LogLevel::info, written.fd};
    log.write(LogLevel::info, "first");
    EXPECT_EQ(lines_in(written.text()), 1u);
    {
        const Burst burst;
        log.write(LogLevel::info, "second");
        log.write(LogLevel::info, "third");
        EXPECT_EQ(lines_in(written.text()), 1u);
    }
    const std::string all = written.text();
    EXPECT_EQ(lines_in(all), 3u);
    EXPECT_LT(all.find("second"), all.find("third"));
}

TEST(Log, a_warning_does_not_wait_nor_does_what_came_before_it) {
    const Written written;
    Log log{LogFormat::json, LogLevel::info, written.fd};
    const Burst burst;
    log.write(LogLevel::info, "before");
    log.write(LogLevel::warning, "look");
    EXPECT_EQ(lines_in(written.text()), 2u);
}

TEST(Log, more_lines_than_it_holds_are_all_written_in_order) {
    const Written written;
    {
        Log log{LogFormat::json, LogLevel::info, written.fd};
        const Burst burst;
        const std::string large(70'000, 'x');
        for (int i = 0; i < 1000; ++i) log.write(LogLevel::info, "n", {{"i", std::int64_t{i}}});
        log.write(LogLevel::info, "large", {{"text", std::string_view{large}}});
        log.write(LogLevel::info, "last");
    }
    const std::string all = written.text();
    EXPECT_EQ(lines_in(all), 1002u);
    EXPECT_LT(all.find("\"i\":998}"), all.find("\"i\":999}"));
    EXPECT_LT(all.find("\"i\":999}"), all.find("\"large\""));
    EXPECT_LT(all.find("\"large\""), all.find("\"last\""));
}

TEST(Log, what_waits_when_a_signal_kills_is_written_by_its_handler) {
    const Written written;
    Log log{LogFormat::json, LogLevel::info, written.fd};
    const Burst burst;
    log.write(LogLevel::info, "waits");
    EXPECT_EQ(lines_in(written.text()), 0u);
    log.write_at_once_in_handler();
    EXPECT_EQ(lines_in(written.text()), 1u);
}

}  // namespace
}  // namespace landfall::app
