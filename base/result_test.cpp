#include "base/result.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace landfall {
namespace {

Result<int> half(int n) {
    if (n % 2 != 0) return Error{Errc::invalid, "odd"};
    return n / 2;
}

Result<int> quarter(int n) { return TRY(half(TRY(half(n)))); }

TEST(Result, try_returns_the_first_error_and_yields_values) {
    EXPECT_EQ(quarter(8).value(), 2);
    EXPECT_TRUE(quarter(6).is(Errc::invalid));
}

TEST(Result, move_only_values_pass_through) {
    const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
    const auto pass = [&]() -> Result<int> { return *TRY(make()); };
    EXPECT_EQ(pass().value(), 7);
}

TEST(Result, context_is_added_in_front) {
    EXPECT_EQ((Error{Errc::io, "short read"}.in("pack 7").message()), "pack 7: short read");
}

TEST(Result, a_full_disk_is_exhausted_not_io) {
    EXPECT_EQ(error_from_errno(ENOSPC, "write").code(), Errc::exhausted);
    EXPECT_EQ(error_from_errno(EIO, "write").code(), Errc::io);
}

TEST(Result, a_want_of_descriptors_passes_and_is_no_full_disk) {
    EXPECT_EQ(error_from_errno(EMFILE, "open").code(), Errc::unavailable);
    EXPECT_EQ(error_from_errno(ENFILE, "open").code(), Errc::unavailable);
}

TEST(ResultDeathTest, the_value_of_an_error_aborts) {
    EXPECT_DEATH((void)Result<int>(Error{Errc::io, "gone"}).value(), "gone");
}

}  // namespace
}  // namespace landfall
