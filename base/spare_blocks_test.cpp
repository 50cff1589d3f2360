#include "base/spare_blocks.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace landfall {
namespace {

TEST(SpareBlocks, a_block_that_was_given_back_is_taken_again) {
    void* const block = SpareBlocks<1501>::take();
    SpareBlocks<1501>::give_back(block);
    void* const again = SpareBlocks<1501>::take();
    EXPECT_TRUE(!kKeepsSpareBlocks || again == block);
    SpareBlocks<1501>::give_back(again);
}

TEST(SpareBlocks, no_two_objects_share_a_block) {
    std::set<void*> taken;
    for (int round = 0; round < 3; ++round) {
        taken.clear();
        for (int i = 0; i < 600; ++i) EXPECT_TRUE(taken.insert(SpareBlocks<1502>::take()).second);
        for (void* const block : taken) SpareBlocks<1502>::give_back(block);
    }
}

TEST(SpareBlocks, a_block_may_end_on_another_thread) {
    std::vector<void*> blocks;
    for (int i = 0; i < 10; ++i) blocks.push_back(SpareBlocks<1503>::take());
    std::thread{[&] {
        for (void* const block : blocks) SpareBlocks<1503>::give_back(block);
    }}.join();
}

TEST(SpareBlocks, hold_a_shared_object_with_its_count) {
    struct Large {
        std::vector<int> numbers = std::vector<int>(3, 7);
        std::byte rest[2000];
    };
    for (int i = 0; i < 3; ++i) {
        const auto one = std::allocate_shared<Large>(SpareBlockAllocator<Large>{});
        const auto other = std::allocate_shared<Large>(SpareBlockAllocator<Large>{});
        EXPECT_NE(one, other);
        EXPECT_EQ(one->numbers, (std::vector<int>{7, 7, 7}));
    }
}

}  // namespace
}  // namespace landfall
