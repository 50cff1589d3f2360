#include "services/s3/model_range.hpp"

#include <gtest/gtest.h>

namespace landfall::s3 {
namespace {

struct Row {
    std::string_view header;
    std::uint64_t from;
    std::uint64_t length;
};

TEST(Range, a_satisfiable_range_is_cut_to_the_object) {
    for (const Row& row : {Row{"bytes=0-0", 0, 1}, Row{"bytes=0-99", 0, 100}, Row{"bytes=0-100", 0, 100},
                           Row{"bytes=99-", 99, 1}, Row{"bytes=-1", 99, 1}, Row{"bytes=-1000", 0, 100},
                           Row{" bytes = 5 - 9 ", 5, 5}, Row{"bytes=5-99999999999999999999999", 5, 95}}) {
        const auto extent = resolve_range(row.header, 100_B);
        ASSERT_TRUE(extent.ok()) << row.header;
        ASSERT_TRUE(extent->has_value()) << row.header;
        EXPECT_EQ(**extent, (Extent{ByteOffset{row.from}, Bytes{row.length}})) << row.header;
    }
}

TEST(Range, a_range_outside_the_object_is_unsatisfiable) {
    for (const std::string_view header :
         {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"})
        EXPECT_TRUE(resolve_range(header, 100_B).is(Code::invalid_range)) << header;
    EXPECT_TRUE(resolve_range("bytes=0-", 0_B).is(Code::invalid_range));
    EXPECT_TRUE(resolve_range("bytes=-5", 0_B).is(Code::invalid_range));
}

TEST(Range, what_is_not_one_byte_range_is_ignored) {
    for (const std::string_view header : {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,3-4",
                                          "lines=0-1", "bytes=a-b", "bytes=0x1-2", "bytes=+1-2", "0-1"}) {
        const auto extent = resolve_range(header, 100_B);
        ASSERT_TRUE(extent.ok()) << header;
        EXPECT_FALSE(extent->has_value()) << header;
    }
}

TEST(Range, a_copy_range_must_be_whole_and_inside) {
    EXPECT_EQ(resolve_copy_range("bytes=10-19", 100_B).value(), (Extent{ByteOffset{10}, 10_B}));
    for (const std::string_view header :
         {"bytes=10-", "bytes=-10", "10-19", "bytes=19-10", "bytes=0-100", ""})
        EXPECT_TRUE(resolve_copy_range(header, 100_B).is(Code::invalid_argument)) << header;
}

TEST(Range, content_range_names_first_last_and_size) {
    EXPECT_EQ(content_range(Extent{ByteOffset{5}, 5_B}, 100_B), "bytes 5-9/100");
}

}  // namespace
}  // namespace landfall::s3
