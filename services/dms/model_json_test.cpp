#include "services/dms/model_json.hpp"

#include <gtest/gtest.h>

namespace landfall::dms {
namespace {

TEST(JsonTree, a_text_that_was_read_is_written_back) {
    const std::string text =
        R"({"a":[1,-2.5,1e3,true,null,"x\"\\\u0001"],"b":{"c":{}},"long":12345678901234567890,"é":"ü"})";
    const auto json = parse_json(text);
    ASSERT_TRUE(json.ok());
    const auto again = parse_json(dump(*json));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*json, *again);
    EXPECT_EQ(json->find("long")->text, "12345678901234567890");
    EXPECT_EQ(json->find("b")->find("nothing"), nullptr);
}

TEST(JsonTree, of_two_members_of_a_name_the_last_counts) {
    const auto json = parse_json(R"({"a":1,"a":2})");
    ASSERT_TRUE(json.ok());
    EXPECT_EQ(json->text_of("a"), "2");
    EXPECT_EQ(dump(*json), R"({"a":2})");
}

TEST(JsonTree, bad_and_deep_texts_are_refused) {
    for (const std::string& bad :
         {std::string{}, std::string{"{"}, std::string{"{'a':1}"}, std::string{"\xff"},
          std::string(kJsonDepthMax + 1, '[') + std::string(kJsonDepthMax + 1, ']')})
        EXPECT_FALSE(parse_json(bad).ok()) << bad;
}

}  // namespace
}  // namespace landfall::dms
