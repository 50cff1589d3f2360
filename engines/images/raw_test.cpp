#include <gtest/gtest.h>

#include "engines/images/sample_disks_testing.hpp"

namespace landfall::images {
namespace {

TEST(Raw, bytes_that_look_like_qcow2_are_imported_verbatim) {
    ByteVector raw = patterned_disk(1 << 20, 3);
    constexpr std::string_view kQcow2{"QFI\xfb\0\0\0\3", 8};
    std::ranges::copy(bytes_of(kQcow2), raw.begin());
    const auto ours = decoded(Format::raw, MemorySource{"upload", raw});
    ASSERT_TRUE(ours.ok());
    EXPECT_TRUE(same_bytes(*ours, raw));
}

TEST(Raw, an_empty_upload_is_refused) {
    EXPECT_EQ(refusal(Format::raw, {}), "upload: offset 0: the disk has no bytes");
}

TEST(Raw, a_disk_beyond_the_limit_is_refused_before_it_is_read) {
    const MemorySource source{"upload", ByteVector(1 << 20)};
    const auto image = open_image(Format::raw, source, {.limits = {.virtual_size_max = 1023_KiB}});
    ASSERT_TRUE(image.is(Errc::exhausted));
}

}  // namespace
}  // namespace landfall::images
