// The conformance suite of Backend: every implementation passes it, on the real disk and on the fake one.
#include "core/blocks/backend.hpp"

#include <gtest/gtest.h>

#include "core/blocks/store_testing.hpp"

namespace landfall::blocks {
namespace {

class RealPlace {
public:
    Disk& disk() { return disk_; }
    std::string path(const std::string& name) { return place_.path() + "/" + name; }

private:
    TemporaryDirectory place_;
    RealDisk disk_;
};

class FakePlace {
public:
    FakeDisk& disk() { return disk_; }
    std::string path(const std::string& name) { return name; }

private:
    FakeDisk disk_;
};

template <class Place>
class BackendConformance : public ::testing::Test {
protected:
    void SetUp() override { backend_ = LocalDirectory::open(place_.disk(), place_.path("b")).value(); }
    std::string text(const std::string& key, std::uint64_t from, std::size_t length) {
        Content bytes(length);
        const auto got = backend_->get(key, ByteOffset{from}, bytes);
        return got.ok() ? std::string{text_of(ByteSpan{bytes}.first(got->count))} : "error";
    }
    Place place_;
    std::unique_ptr<Backend> backend_;
};
using Places = ::testing::Types<RealPlace, FakePlace>;
TYPED_TEST_SUITE(BackendConformance, Places);

TYPED_TEST(BackendConformance, an_object_is_put_read_in_ranges_and_removed) {
    ASSERT_TRUE(this->backend_->put("a.pack", bytes_of("0123456789")).ok());
    EXPECT_EQ(this->text("a.pack", 2, 3), "234");
    EXPECT_EQ(this->text("a.pack", 8, 5), "89");
    EXPECT_EQ(this->text("a.pack", 50, 5), "");
    EXPECT_EQ(this->backend_->stat("a.pack")->count, 10U);
    ASSERT_TRUE(this->backend_->remove("a.pack").ok());
    ASSERT_TRUE(this->backend_->remove("a.pack").ok());
    EXPECT_EQ(this->text("a.pack", 0, 3), "error");
    EXPECT_TRUE(this->backend_->stat("a.pack").is(Errc::not_found));
}

TYPED_TEST(BackendConformance, an_object_is_never_replaced) {
    ASSERT_TRUE(this->backend_->put("a", bytes_of("one")).ok());
    EXPECT_TRUE(this->backend_->put("a", bytes_of("two")).is(Errc::already_exists));
    EXPECT_EQ(this->text("a", 0, 9), "one");
}

TYPED_TEST(BackendConformance, a_local_file_is_taken_over) {
    ASSERT_TRUE(this->place_.disk().replace(this->place_.path("f"), bytes_of("content")).ok());
    ASSERT_TRUE(this->backend_->adopt("a", this->place_.path("f")).ok());
    EXPECT_EQ(this->text("a", 0, 9), "content");
    EXPECT_TRUE(this->place_.disk().stat(this->place_.path("f")).is(Errc::not_found));
}

TYPED_TEST(BackendConformance, keys_are_listed_in_order_in_pages) {
    for (const char* key : {"c", "a", "b"}) ASSERT_TRUE(this->backend_->put(key, bytes_of(key)).ok());
    EXPECT_EQ(this->backend_->list("", 10).value(), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(this->backend_->list("a", 1).value(), (std::vector<std::string>{"b"}));
    EXPECT_EQ(this->backend_->list("c", 1).value(), (std::vector<std::string>{}));
}

TYPED_TEST(BackendConformance, keys_that_could_leave_the_place_are_refused) {
    for (const char* key : {"", "../a", "a/b", ".hidden", "A", "x.new"})
        EXPECT_TRUE(this->backend_->put(key, bytes_of("x")).is(Errc::invalid)) << key;
}

TEST(LocalDirectory, an_object_is_whole_or_absent_after_a_crash_at_any_call) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        for (std::uint64_t call = 1; call <= 9; ++call) {
            FakeDisk disk{seed * 100 + call};
            bool stored = false;
            {
                const auto backend = LocalDirectory::open(disk, "b").value();
                disk.crash_at(call);
                stored = backend->put("a", bytes_of("content")).ok();
            }
            disk.power_cut(FakeDisk::Cut::arbitrary);
            const auto backend = LocalDirectory::open(disk, "b").value();
            Content bytes(20);
            const auto got = backend->get("a", ByteOffset{0}, bytes);
            EXPECT_TRUE(got.ok() ? text_of(ByteSpan{bytes}.first(got->count)) == "content" : !stored);
        }
    }
}

}  // namespace
}  // namespace landfall::blocks
