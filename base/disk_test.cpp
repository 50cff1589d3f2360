// One conformance suite for Disk, run by the real one and by the fake; then what only the fake promises.
#include "base/disk.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/disk_fake.hpp"

namespace landfall {
namespace {

class RealPlace {
public:
    RealPlace() {
        std::string pattern = ::testing::TempDir() + "disk-XXXXXX";
        CHECK(mkdtemp(pattern.data()) != nullptr);
        root_ = pattern;
    }
    ~RealPlace() { std::filesystem::remove_all(root_); }
    Disk& disk() { return disk_; }
    const std::string& root() const { return root_; }

private:
    RealDisk disk_;
    std::string root_;
};

class FakePlace {
public:
    FakePlace() {
        EXPECT_TRUE(disk_.make_directory(root_).ok());
        EXPECT_TRUE(disk_.sync_directory(".").ok());
    }
    FakeDisk& disk() { return disk_; }
    const std::string& root() const { return root_; }

private:
    FakeDisk disk_;
    std::string root_ = "d";
};

template <class Place>
class DiskConformance : public ::testing::Test {
protected:
    std::string path(const std::string& name) { return place_.root() + "/" + name; }
    Place place_;
};
using Places = ::testing::Types<RealPlace, FakePlace>;
TYPED_TEST_SUITE(DiskConformance, Places);

std::string read_text(Disk& disk, const std::string& path) {
    auto content = disk.read_all(path, 1_MiB);
    return content.ok() ? std::string{text_of(*content)} : "error: " + content.error().message();
}

TYPED_TEST(DiskConformance, what_is_written_is_read_and_holes_are_zero) {
    Disk& disk = this->place_.disk();
    auto file = disk.open(this->path("a"), OpenMode::create_new);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->write_at(ByteOffset{3}, bytes_of("xyz")).ok());
    ASSERT_TRUE((*file)->sync().ok());
    EXPECT_EQ(read_text(disk, this->path("a")), std::string("\0\0\0xyz", 6));
    EXPECT_EQ((*file)->size()->count, 6U);
    std::array<std::byte, 10> buffer{};
    EXPECT_EQ((*file)->read_at(ByteOffset{4}, buffer)->count, 2U);
    EXPECT_EQ((*file)->read_at(ByteOffset{100}, buffer)->count, 0U);
    ASSERT_TRUE((*file)->truncate(4_B).ok());
    ASSERT_TRUE((*file)->allocate(8_B).ok());
    EXPECT_EQ(read_text(disk, this->path("a")), std::string("\0\0\0x\0\0\0\0", 8));
}

TYPED_TEST(DiskConformance, what_was_written_lies_before_the_end_of_the_data) {
    Disk& disk = this->place_.disk();
    auto file = disk.open(this->path("a"), OpenMode::create_new);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->allocate(4_MiB).ok());
    EXPECT_LE((*file)->data_end().value(), 4_MiB);
    ASSERT_TRUE((*file)->write_at(ByteOffset{1'000'001}, bytes_of("x")).ok());
    EXPECT_GE((*file)->data_end().value(), Bytes{1'000'002});
    ASSERT_TRUE((*file)->write_at(ByteOffset{3'000'001}, bytes_of("x")).ok());
    ASSERT_TRUE((*file)->sync().ok());
    EXPECT_GE((*file)->data_end().value(), Bytes{3'000'002});
    EXPECT_LE((*file)->data_end().value(), 4_MiB);
}

TYPED_TEST(DiskConformance, open_modes_mean_what_they_say) {
    Disk& disk = this->place_.disk();
    EXPECT_TRUE(disk.open(this->path("a"), OpenMode::read).is(Errc::not_found));
    EXPECT_TRUE(disk.open(this->path("a"), OpenMode::read_write).is(Errc::not_found));
    EXPECT_TRUE(disk.open(this->path("a"), OpenMode::create).ok());
    EXPECT_TRUE(disk.open(this->path("a"), OpenMode::create_new).is(Errc::already_exists));
    EXPECT_TRUE(disk.open(this->path("no/a"), OpenMode::create).is(Errc::not_found));
}

TYPED_TEST(DiskConformance, names_are_renamed_linked_removed_and_listed_in_order) {
    Disk& disk = this->place_.disk();
    ASSERT_TRUE(disk.replace(this->path("b"), bytes_of("one")).ok());
    ASSERT_TRUE(disk.replace(this->path("a"), bytes_of("two")).ok());
    ASSERT_TRUE(disk.link(this->path("a"), this->path("c")).ok());
    EXPECT_TRUE(disk.link(this->path("a"), this->path("b")).is(Errc::already_exists));
    EXPECT_EQ(disk.list(this->place_.root()).value(), (std::vector<std::string>{"a", "b", "c"}));
    ASSERT_TRUE(disk.rename(this->path("a"), this->path("b")).ok());
    EXPECT_EQ(read_text(disk, this->path("b")), "two");
    ASSERT_TRUE(disk.unlink(this->path("b")).ok());
    EXPECT_TRUE(disk.unlink(this->path("b")).is(Errc::not_found));
    EXPECT_EQ(read_text(disk, this->path("c")), "two");
    ASSERT_TRUE(disk.make_directory(this->path("sub")).ok());
    ASSERT_TRUE(disk.make_directory(this->path("sub")).ok());
    EXPECT_TRUE(disk.make_directory(this->path("c")).is(Errc::already_exists));
    EXPECT_EQ(disk.stat(this->path("sub"))->kind, FileKind::directory);
    ASSERT_TRUE(disk.remove_directory(this->path("sub")).ok());
    EXPECT_EQ(disk.list(this->place_.root()).value(), (std::vector<std::string>{"c"}));
    EXPECT_TRUE(disk.read_all(this->path("c"), 2_B).is(Errc::invalid));
}

TYPED_TEST(DiskConformance, a_lock_is_held_once_and_goes_with_its_object) {
    Disk& disk = this->place_.disk();
    auto first = disk.lock(this->path("lock"));
    ASSERT_TRUE(first.ok());
    EXPECT_TRUE(disk.lock(this->path("lock")).is(Errc::unavailable));
    first->reset();
    EXPECT_TRUE(disk.lock(this->path("lock")).ok());
}

TEST(RealDisk, a_direct_file_reads_what_it_wrote) {
    RealPlace place;
    auto file = place.disk().open(place.root() + "/direct", OpenMode::create, Caching::direct);
    ASSERT_TRUE(file.ok());
    alignas(4096) std::array<std::byte, 8192> out{};
    out[5000] = std::byte{7};
    ASSERT_TRUE((*file)->write_at(ByteOffset{4096}, out).ok());
    ASSERT_TRUE((*file)->sync().ok());
    alignas(4096) std::array<std::byte, 8192> in{};
    ASSERT_EQ((*file)->read_at(ByteOffset{4096}, in)->count, 8192U);
    EXPECT_EQ(in, out);
}

TEST(FakeDisk, what_was_synced_survives_every_cut) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        FakeDisk disk{seed};
        ASSERT_TRUE(disk.replace("a", bytes_of("old")).ok());
        auto file = disk.open("a", OpenMode::read_write).value();
        ASSERT_TRUE(file->write_at(ByteOffset{3}, bytes_of("-unsynced")).ok());
        disk.power_cut(FakeDisk::Cut::arbitrary);
        EXPECT_EQ(read_text(disk, "a").substr(0, 3), "old");
    }
}

TEST(FakeDisk, unsynced_writes_are_kept_dropped_and_torn) {
    std::set<std::string> seen;
    const std::string two_sectors = std::string(512, 'a') + std::string(512, 'b');
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        FakeDisk disk{seed};
        ASSERT_TRUE(disk.replace("a", bytes_of(std::string(1024, '.'))).ok());
        auto file = disk.open("a", OpenMode::read_write).value();
        ASSERT_TRUE(file->write_at(ByteOffset{0}, bytes_of(two_sectors)).ok());
        disk.power_cut(FakeDisk::Cut::arbitrary);
        const std::string found = read_text(disk, "a");
        seen.insert({found[0], found[512]});
    }
    EXPECT_EQ(seen, (std::set<std::string>{"..", "a.", ".b", "ab"}));
}

TEST(FakeDisk, a_name_that_was_not_synced_may_vanish_although_the_content_was) {
    FakeDisk disk;
    auto file = disk.open("a", OpenMode::create_new).value();
    ASSERT_TRUE(file->write_at(ByteOffset{0}, bytes_of("x")).ok());
    ASSERT_TRUE(file->sync().ok());
    disk.power_cut(FakeDisk::Cut::lose_all);
    EXPECT_TRUE(disk.open("a", OpenMode::read).is(Errc::not_found));
}

TEST(FakeDisk, a_failed_sync_poisons_the_file) {
    FakeDisk disk;
    auto file = disk.open("a", OpenMode::create_new).value();
    ASSERT_TRUE(file->write_at(ByteOffset{0}, bytes_of("x")).ok());
    disk.fail_at(1);
    EXPECT_TRUE(file->sync().is(Errc::io));
    EXPECT_TRUE(file->sync().is(Errc::io));
    EXPECT_TRUE(file->write_at(ByteOffset{0}, bytes_of("y")).is(Errc::io));
}

TEST(FakeDisk, a_crash_stops_everything_until_the_power_is_back) {
    FakeDisk disk;
    ASSERT_TRUE(disk.replace("a", bytes_of("old")).ok());
    disk.crash_at(2);
    EXPECT_FALSE(disk.replace("a", bytes_of("new")).ok());
    EXPECT_TRUE(disk.crashed());
    EXPECT_FALSE(disk.open("a", OpenMode::read).ok());
    disk.power_cut(FakeDisk::Cut::lose_all);
    EXPECT_EQ(read_text(disk, "a"), "old");
}

TEST(FakeDisk, replace_is_old_or_new_after_a_crash_at_any_call) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        for (std::uint64_t call = 1; call <= 7; ++call) {
            FakeDisk disk{seed};
            ASSERT_TRUE(disk.replace("a", bytes_of("old")).ok());
            disk.crash_at(call);
            const bool done = disk.replace("a", bytes_of("new!")).ok();
            disk.power_cut(FakeDisk::Cut::arbitrary);
            const std::string found = read_text(disk, "a");
            EXPECT_TRUE(done ? found == "new!" : found == "old" || found == "new!") << found;
        }
    }
}

TEST(FakeDisk, a_full_disk_refuses_growth_and_allows_the_rest) {
    FakeDisk disk;
    disk.limit_space(10_B);
    auto file = disk.open("a", OpenMode::create_new).value();
    ASSERT_TRUE(file->write_at(ByteOffset{0}, bytes_of("0123456789")).ok());
    EXPECT_TRUE(file->write_at(ByteOffset{10}, bytes_of("x")).is(Errc::exhausted));
    ASSERT_TRUE(file->write_at(ByteOffset{0}, bytes_of("98")).ok());
    ASSERT_TRUE(file->truncate(2_B).ok());
    ASSERT_TRUE(file->write_at(ByteOffset{2}, bytes_of("x")).ok());
}

}  // namespace
}  // namespace landfall
