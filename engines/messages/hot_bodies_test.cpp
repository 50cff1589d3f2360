#include "engines/messages/hot_bodies.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace landfall::messages {
namespace {

constexpr SegmentName kSegment{1, 0};

std::vector<std::byte> bytes_like(std::uint64_t at, std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((at + i) * 7 % 251);
    return bytes;
}

bool is_there(const HotBodies& hot, std::uint64_t at, std::size_t size) {
    const auto found = hot.find(kSegment, at, size);
    const auto wanted = bytes_like(at, size);
    EXPECT_TRUE(!found || std::equal(found->begin(), found->end(), wanted.begin(), wanted.end())) << at;
    return found.has_value();
}

TEST(HotBodies, a_part_of_a_commit_is_found_by_its_place) {
    HotBodies hot{100_B};
    hot.add(kSegment, 1000, bytes_like(1000, 40));
    EXPECT_TRUE(is_there(hot, 1000, 40));
    EXPECT_TRUE(is_there(hot, 1010, 30));
    EXPECT_FALSE(is_there(hot, 1010, 31));
    EXPECT_FALSE(is_there(hot, 999, 1));
    EXPECT_FALSE(hot.find({2, 0}, 1000, 1));
}

TEST(HotBodies, what_is_larger_than_allowed_is_not_kept_and_pushes_nothing_out) {
    HotBodies hot{100_B};
    hot.add(kSegment, 0, bytes_like(0, 100));
    hot.add(kSegment, 100, bytes_like(100, 101));
    EXPECT_TRUE(is_there(hot, 0, 100));
    EXPECT_FALSE(is_there(hot, 100, 1));
    HotBodies none{0_B};
    none.add(kSegment, 0, bytes_like(0, 1));
    EXPECT_FALSE(is_there(none, 0, 1));
}

// Commits of every size up to the ring's: what is found is right, the newest is always there, and what has
// left is the oldest.
TEST(HotBodies, the_oldest_commits_leave_first) {
    constexpr std::size_t kRing = 97;
    HotBodies hot{Bytes{kRing}};
    std::vector<std::pair<std::uint64_t, std::size_t>> added;
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < 2000; ++i) {
        const std::size_t size = i * i * 31 % (i % 5 == 0 ? kRing : 20) + 1;
        hot.add(kSegment, at, bytes_like(at, size));
        added.emplace_back(at, size);
        at += size;
        std::size_t held = 0;
        bool older_there = false;
        for (const auto& [from, length] : added) {
            const bool there = is_there(hot, from, length);
            EXPECT_TRUE(there || !older_there) << "a commit left before an older one";
            older_there = older_there || there;
            if (there) held += length;
        }
        EXPECT_TRUE(is_there(hot, added.back().first, size));
        EXPECT_EQ(hot.held(), Bytes{held});
        EXPECT_LE(held, kRing);
        if (added.size() > 120) added.erase(added.begin());
    }
}

}  // namespace
}  // namespace landfall::messages
