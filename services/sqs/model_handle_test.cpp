#include "services/sqs/model_handle.hpp"

#include <gtest/gtest.h>

namespace landfall::sqs {
namespace {

const messages::Receipt kReceipt{.queue = {7}, .sequence = {1'234'567}, .lease = 0x0123456789abcdefULL};

TEST(ReceiptHandle, reads_back) {
    EXPECT_EQ(parse_handle(handle_of(kReceipt)), kReceipt);
    EXPECT_EQ(handle_of(kReceipt).size(), 40U);
}

TEST(ReceiptHandle, of_version_one_keeps_its_form_for_ever) {
    EXPECT_EQ(handle_of({.queue = {1}, .sequence = {2}, .lease = 3}),
              "AQABAAAAAAAAAAIAAAAAAAAAAwAAAAAAAAALnzKw");
}

TEST(ReceiptHandle, one_wrong_character_is_no_handle) {
    const std::string good = handle_of(kReceipt);
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(parse_handle(bad), std::nullopt) << i;
    }
    for (const std::string& bad : {std::string{}, std::string{"garbage"}, good + "A", good.substr(1)})
        EXPECT_EQ(parse_handle(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace landfall::sqs
