#include "engines/convert/load_order.hpp"

#include <gmock/gmock.h>

namespace landfall::convert {
namespace {

using What = LoadName::What;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(LoadOrder, stages_come_in_their_order_and_items_of_one_as_given) {
    const std::vector<LoadItem> items{
        {.stage = LoadStage::views}, {.stage = LoadStage::tables}, {.stage = LoadStage::views}};
    EXPECT_THAT(load_order(items).items, ElementsAre(1, 0, 2));
}

TEST(LoadOrder, what_is_needed_comes_first_even_from_a_later_stage) {
    const std::vector<LoadItem> items{
        {.stage = LoadStage::tables, .needs = {{.what = What::routine, .name = "f"}}},
        {.stage = LoadStage::routines,
         .makes = {{.what = What::routine, .name = "f"}},
         .needs = {{.name = "v"}}},
        {.stage = LoadStage::views, .makes = {{.name = "v"}}}};
    EXPECT_THAT(load_order(items).items, ElementsAre(2, 1, 0));
}

TEST(LoadOrder, a_name_without_a_schema_is_one_of_the_item_s_own_schema) {
    const std::vector<LoadItem> items{
        {.stage = LoadStage::views, .schema = "hr", .needs = {{.what = What::relation, .name = "v"}}},
        {.stage = LoadStage::views, .makes = {{.schema = "sales", .name = "v"}}},
        {.stage = LoadStage::views, .makes = {{.schema = "hr", .name = "v"}}}};
    EXPECT_THAT(load_order(items).items, ElementsAre(2, 0, 1));
}

TEST(LoadOrder, a_table_and_a_routine_of_one_name_are_two_things) {
    const std::vector<LoadItem> items{
        {.stage = LoadStage::views, .needs = {{.what = What::routine, .name = "n"}}},
        {.stage = LoadStage::views, .makes = {{.what = What::relation, .name = "n"}}}};
    EXPECT_THAT(load_order(items).items, ElementsAre(0, 1));
}

TEST(LoadOrder, a_circle_is_broken_and_told_and_nothing_is_lost) {
    const std::vector<LoadItem> items{
        {.stage = LoadStage::views, .makes = {{.name = "a"}}, .needs = {{.name = "b"}}},
        {.stage = LoadStage::views, .makes = {{.name = "b"}}, .needs = {{.name = "a"}}}};
    const LoadOrder order = load_order(items);
    EXPECT_THAT(order.items, ElementsAre(1, 0));
    EXPECT_THAT(order.broken, ElementsAre(Pair(1, 0)));
}

TEST(LoadOrder, a_chain_of_a_hundred_thousand_needs_no_stack) {
    std::vector<std::string> names(100'000);
    std::vector<LoadItem> items(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = "v" + std::to_string(i);
    for (std::size_t i = 0; i < names.size(); ++i) {
        items[i] = {.stage = LoadStage::views, .makes = {{.name = names[i]}}};
        if (i + 1 < names.size()) items[i].needs = {{.name = names[i + 1]}};
    }
    const LoadOrder order = load_order(items);
    ASSERT_EQ(order.items.size(), names.size());
    EXPECT_EQ(order.items.front(), names.size() - 1);
    EXPECT_THAT(order.broken, IsEmpty());
}

}  // namespace
}  // namespace landfall::convert
