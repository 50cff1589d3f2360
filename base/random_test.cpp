#include "base/random.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/secret.hpp"

namespace landfall {
namespace {

TEST(Random, a_seed_repeats_its_run) {
    SeededRandom a{7};
    SeededRandom b{7};
    SeededRandom c{8};
    EXPECT_EQ(a.hex(40), b.hex(40));
    EXPECT_NE(a.u64(), c.u64());
}

TEST(Random, below_stays_below_and_reaches_every_value) {
    SeededRandom random{1};
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 200; ++i) seen.insert(random.below(5));
    EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4}));
}

TEST(Random, a_uuid_has_its_version_and_variant) {
    OsRandom random;
    const std::string id = random.uuid();
    ASSERT_EQ(id.size(), 36U);
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string_view{"89ab"}.find(id[19]), std::string_view::npos);
}

TEST(Secret, equality_and_wiping) {
    SecretString a{std::string{"key"}};
    SecretString b = std::move(a);
    EXPECT_TRUE(a.empty());
    EXPECT_EQ(b, SecretString{std::string{"key"}});
    EXPECT_FALSE(b == SecretString{std::string{"kez"}});
}

TEST(BlockRandom, gives_its_sources_bytes_in_order_and_none_twice) {
    SeededRandom source{5};
    BlockRandom blocks{source};
    std::vector<std::byte> expected(4096 * 3);
    SeededRandom same{5};
    for (std::size_t at = 0; at < expected.size(); at += 4096)
        same.fill(std::span{expected}.subspan(at, 4096));
    std::vector<std::byte> drawn(expected.size());
    std::size_t at = 0;
    for (std::size_t n = 1; at < drawn.size(); at += n, n = std::min(n * 2, drawn.size() - at))
        blocks.fill(std::span{drawn}.subspan(at, n));
    EXPECT_EQ(drawn, expected);
}

}  // namespace
}  // namespace landfall
