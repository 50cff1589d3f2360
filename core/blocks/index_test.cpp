// The conformance suite of Index: RocksDB and the fake keep the same promises.
#include "core/blocks/index.hpp"

#include <gtest/gtest.h>

#include "core/blocks/store_testing.hpp"

namespace landfall::blocks {
namespace {

class RocksPlace {
public:
    IndexSource& source() { return source_; }
    std::string directory() { return place_.path() + "/index"; }

private:
    TemporaryDirectory place_;
    RocksIndexSource source_;
};

class MemoryPlace {
public:
    IndexSource& source() { return source_; }
    std::string directory() { return "index"; }

private:
    MemoryIndexSource source_;
};

template <class Place>
class IndexConformance : public ::testing::Test {
protected:
    void SetUp() override { open(); }
    void open() {
        index_ = nullptr;
        auto opened = place_.source().open(place_.directory(), 8_MiB);
        ASSERT_TRUE(opened.ok()) << opened.error().message();
        index_ = std::move(*opened);
    }
    std::string text(Family family, std::string_view from) {
        std::string out;
        const auto at = index_->scan(family, from);
        for (; at->valid(); at->next()) out += std::string{at->key()} + "=" + std::string{at->value()} + " ";
        EXPECT_TRUE(at->status().ok());
        return out;
    }
    Place place_;
    std::unique_ptr<Index> index_;
};
using Places = ::testing::Types<RocksPlace, MemoryPlace>;
TYPED_TEST_SUITE(IndexConformance, Places);

TYPED_TEST(IndexConformance, a_batch_puts_and_erases_in_all_families_together) {
    Index& index = *this->index_;
    ASSERT_TRUE(index
                    .write({{Family::block, "b", "1"}, {Family::block, "a", "2"}, {Family::ref, "b", "3"}},
                           Durability::lazy)
                    .ok());
    ASSERT_TRUE(
        index.write({{Family::block, "b", std::nullopt}, {Family::block, "c", ""}}, Durability::synced).ok());
    EXPECT_EQ(this->text(Family::block, ""), "a=2 c= ");
    EXPECT_EQ(this->text(Family::ref, ""), "b=3 ");
    EXPECT_EQ(this->text(Family::pack, ""), "");
    EXPECT_EQ(index.get(Family::block, "b").value(), std::nullopt);
    EXPECT_EQ(index.get(Family::block, "c").value(), "");
}

TYPED_TEST(IndexConformance, the_last_change_of_a_key_in_a_batch_wins) {
    ASSERT_TRUE(
        this->index_->write({{Family::meta, "a", "1"}, {Family::meta, "a", "2"}}, Durability::lazy).ok());
    EXPECT_EQ(this->index_->get(Family::meta, "a").value(), "2");
}

TYPED_TEST(IndexConformance, many_keys_are_answered_in_their_order) {
    ASSERT_TRUE(
        this->index_->write({{Family::block, "a", "1"}, {Family::block, "b", "2"}}, Durability::lazy).ok());
    const std::vector<std::string_view> keys{"b", "x", "a", "b"};
    const auto found = this->index_->get_many(Family::block, keys).value();
    EXPECT_EQ(found, (std::vector<std::optional<std::string>>{"2", std::nullopt, "1", "2"}));
}

TYPED_TEST(IndexConformance, a_cursor_walks_in_byte_order_and_sees_the_past) {
    const std::string high{"\xff"};
    ASSERT_TRUE(this->index_
                    ->write({{Family::ref, high, "3"},
                             {Family::ref, std::string("\0", 1), "0"},
                             {Family::ref, "a", "1"},
                             {Family::ref, "ab", "2"}},
                            Durability::lazy)
                    .ok());
    const auto at = this->index_->scan(Family::ref, "a");
    ASSERT_TRUE(this->index_->write({{Family::ref, "aa", "new"}}, Durability::lazy).ok());
    std::string seen;
    for (; at->valid(); at->next()) seen += at->value();
    EXPECT_EQ(seen, "123");
}

TYPED_TEST(IndexConformance, what_was_written_is_there_after_closing_and_destroying_empties_it) {
    ASSERT_TRUE(this->index_->write({{Family::block, "a", "1"}}, Durability::lazy).ok());
    this->open();
    EXPECT_EQ(this->index_->get(Family::block, "a").value(), "1");
    this->index_ = nullptr;
    ASSERT_TRUE(this->place_.source().destroy(this->place_.directory()).ok());
    this->open();
    EXPECT_EQ(this->index_->get(Family::block, "a").value(), std::nullopt);
}

TEST(MemoryIndex, a_power_cut_keeps_a_prefix_that_holds_what_was_synced) {
    SeededRandom random{1};
    std::set<std::size_t> kept;
    for (int round = 0; round < 50; ++round) {
        MemoryIndexSource source;
        const auto index = source.open("i", 1_MiB).value();
        ASSERT_TRUE(index->write({{Family::meta, "0", ""}}, Durability::synced).ok());
        for (const char* key : {"1", "2", "3"})
            ASSERT_TRUE(index->write({{Family::meta, key, ""}}, Durability::lazy).ok());
        source.power_cut(random);
        const auto tables = source.tables("i");
        std::size_t expected = 0;
        for (const auto& [key, value] : tables) EXPECT_EQ(key.second, std::to_string(expected++));
        kept.insert(tables.size());
    }
    EXPECT_EQ(kept, (std::set<std::size_t>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace landfall::blocks
