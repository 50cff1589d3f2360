#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace landfall {
namespace {

TEST(Clock, iso8601_goes_there_and_back) {
    for (const std::int64_t s : {0LL, 951782400LL, 1709164800LL, 1763825327LL, 4102444799LL, -1LL}) {
        const Instant at = Instant::from_seconds(s);
        EXPECT_EQ(parse_iso8601(iso8601(at)), at) << s;
        EXPECT_EQ(parse_basic_iso8601(basic_iso8601(at)), at) << s;
        EXPECT_EQ(parse_http_date(http_date(at)), at) << s;
    }
}

TEST(Clock, known_texts) {
    const Instant at{1'763'825'327'123'000'000};
    EXPECT_EQ(iso8601(at), "2025-11-22T15:28:47Z");
    EXPECT_EQ(iso8601(at, Fraction::millis), "2025-11-22T15:28:47.123Z");
    EXPECT_EQ(http_date(at), "Sat, 22 Nov 2025 15:28:47 GMT");
}

TEST(Clock, zones_and_fractions_are_read) {
    EXPECT_EQ(parse_iso8601("2025-11-22T16:28:47.5+01:00"), (Instant{1'763'825'327'500'000'000}));
    EXPECT_EQ(parse_iso8601("2025-11-22"), parse_iso8601("2025-11-22T00:00:00Z"));
}

TEST(Clock, what_is_no_date_is_refused) {
    for (const char* text : {"", "2025", "2025-13-01", "2025-02-29", "2025-11-22T25:00:00Z",
                             "2025-11-22T10:00:00", "2025-11-22T10:00:00Zx", "2025-11-22T10:00:00.Z"})
        EXPECT_FALSE(parse_iso8601(text)) << text;
    EXPECT_FALSE(parse_basic_iso8601("20251122T10000Z"));
    EXPECT_FALSE(parse_http_date("Sat, 22 Nov 2025 15:28:47"));
}

TEST(Clock, a_manual_clock_moves_only_when_told_and_wall_jumps_leave_moments_alone) {
    ManualClock clock;
    const Moment before = clock.moment();
    clock.jump_wall(std::chrono::hours{48});
    EXPECT_EQ(clock.moment(), before);
    clock.advance(std::chrono::seconds{2});
    EXPECT_EQ(clock.moment() - before, std::chrono::seconds{2});
}

}  // namespace
}  // namespace landfall
