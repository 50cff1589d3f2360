#include "front/request_ids.hpp"

#include <gtest/gtest.h>

#include <set>

namespace landfall::front {
namespace {

TEST(RequestIds, are_unique_and_well_formed) {
    SeededRandom random{7};
    RequestIds ids{random};
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) {
        const std::string id = ids.uuid();
        ASSERT_EQ(id.size(), 36u);
        ASSERT_EQ(id[14], '4');
        ASSERT_NE(std::string_view{"89ab"}.find(id[19]), std::string_view::npos);
        ASSERT_TRUE(seen.insert(id).second);
        ASSERT_TRUE(seen.insert(ids.s3()).second);
    }
}

TEST(RequestIds, two_runs_share_none) {
    SeededRandom random{7};
    RequestIds one{random};
    RequestIds two{random};
    EXPECT_NE(one.uuid(), two.uuid());
    EXPECT_NE(one.host_id(), two.host_id());
}

}  // namespace
}  // namespace landfall::front
