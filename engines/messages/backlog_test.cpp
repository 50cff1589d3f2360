#include "engines/messages/backlog.hpp"

#include <gtest/gtest.h>

namespace landfall::messages {
namespace {

/// An index file in memory that counts how often it is read.
class CountingIndex final : public EntrySource {
public:
    Result<Entry> entry(const SegmentName&, std::uint64_t, std::size_t index) override {
        ++reads;
        return Entry{.sequence = {index + 1}, .stored = Millis{100 + static_cast<std::int64_t>(index)}};
    }
    int reads = 0;
};

class BacklogOldest : public ::testing::Test {
protected:
    BacklogOldest() { backlog_.restore(run_in(segment_)); }

    static messages::Run run_in(Segment& segment) {
        return {.segment = &segment, .first = {1}, .last = {4}, .count = 4, .live = 4, .newest = Millis{103}};
    }
    std::optional<std::uint64_t> oldest() {
        const auto found = backlog_.oldest();
        return found ? std::optional{found->sequence.value} : std::nullopt;
    }

    CountingIndex index_;
    Segment segment_{.name = std::make_shared<SegmentName>(), .sealed = true};
    Backlog backlog_{index_};
};

TEST_F(BacklogOldest, is_read_once_while_it_lives) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(oldest(), 1U);
    EXPECT_EQ(index_.reads, 1);
    ASSERT_TRUE(backlog_.kill({3}));
    EXPECT_EQ(oldest(), 1U);
    EXPECT_EQ(index_.reads, 1) << "another one's end does not matter";
    ASSERT_TRUE(backlog_.kill({1}));
    EXPECT_EQ(oldest(), 2U);
    EXPECT_EQ(backlog_.oldest()->stored, Millis{101});
    EXPECT_EQ(index_.reads, 2);
}

TEST_F(BacklogOldest, follows_what_goes_as_a_whole) {
    EXPECT_EQ(oldest(), 1U);
    messages::Run fewer = run_in(segment_);
    fewer.live = 3;
    fewer.dead.set(0);
    backlog_.replace(*backlog_.runs().front(), fewer);
    EXPECT_EQ(oldest(), 2U);
    EXPECT_EQ(backlog_.drop_expired_run(Millis{103}, {4}), 3U);
    EXPECT_EQ(oldest(), std::nullopt);
    Segment open{.name = std::make_shared<SegmentName>()};
    backlog_.append(open, {.sequence = {9}});
    EXPECT_EQ(oldest(), 9U);
    backlog_.clear();
    EXPECT_EQ(oldest(), std::nullopt);
}

}  // namespace
}  // namespace landfall::messages
