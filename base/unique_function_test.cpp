#include "base/unique_function.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

namespace landfall {
namespace {

TEST(UniqueFunction, owns_what_it_captures_and_lets_go_of_it_once) {
    auto owned = std::make_shared<int>(7);
    std::weak_ptr<int> watch = owned;
    {
        UniqueFunction<int(int)> add =
            [p = std::make_unique<std::shared_ptr<int>>(std::move(owned))](int more) { return **p + more; };
        UniqueFunction<int(int)> moved = std::move(add);
        EXPECT_FALSE(add);
        EXPECT_EQ(moved(3), 10);
        EXPECT_FALSE(watch.expired());
    }
    EXPECT_TRUE(watch.expired());
}

TEST(UniqueFunction, a_large_target_lives_outside_and_moves) {
    std::array<std::size_t, 64> large{};
    large[63] = 5;
    UniqueFunction<std::size_t()> last = [large] { return large[63]; };
    UniqueFunction<std::size_t()> moved;
    moved = std::move(last);
    EXPECT_EQ(moved(), 5u);
}

TEST(UniqueFunction, passes_arguments_that_can_only_be_moved) {
    UniqueFunction<std::string(std::unique_ptr<std::string>)> take = [](std::unique_ptr<std::string> text) {
        return *text;
    };
    EXPECT_EQ(take(std::make_unique<std::string>("x")), "x");
}

TEST(UniqueFunction, calling_an_empty_one_is_a_bug) {
    UniqueFunction<void()> empty;
    EXPECT_DEATH(empty(), "ops_");
}

}  // namespace
}  // namespace landfall
