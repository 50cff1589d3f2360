#include "engines/machines/record.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace landfall::machines {
namespace {

Record full_record() {
    MachineSpec spec{.id = *MachineId::parse("i-0123"), .uuid = "01234567-89ab-cdef-0123-456789abcdef"};
    spec.vcpus = 3;
    spec.memory = 768_MiB;
    spec.firmware = Firmware::uefi;
    spec.disks = {
        {.file = "/a \"quoted\"\\ path", .serial = "vol-1"},
        {.file = "/b", .bus = Bus::sata, .access = DiskAccess::read_only, .cache = DiskCache::unsafe}};
    spec.network = {NetworkSpec::Reach::isolated, *MacAddress::parse("02:00:00:00:00:07"), CardModel::e1000,
                    NetworkSpec::Ssh::hidden};
    spec.smbios = {"maker", "product", "1.0", "serial"};
    spec.seed.emplace();
    Record record{.spec = spec, .slot = 12, .intent = Record::Intent::stop, .stop_by = Instant{123'456'789}};
    record.process = RunningProcess{.name = {4711, 99, "boot"},
                                    .by = Acceleration::kvm,
                                    .ssh_port = 2222,
                                    .started = Instant{-5},
                                    .isolation = {{"user", true, "720897"}}};
    return record;
}

TEST(Record, what_is_written_is_read_back) {
    const Record record = full_record();
    const auto back = decode_record(encode(record));
    ASSERT_TRUE(back.ok()) << back.error().message();
    EXPECT_EQ(encode(*back), encode(record));
    EXPECT_EQ(back->spec.disks[0].file, record.spec.disks[0].file);
    EXPECT_EQ(back->spec.disks[1].access, DiskAccess::read_only);
    EXPECT_EQ(back->spec.network.mac, record.spec.network.mac);
    EXPECT_EQ(back->process->name, record.process->name);
    EXPECT_EQ(back->stop_by, record.stop_by);
    EXPECT_TRUE(back->spec.seed.has_value());
}

TEST(Record, a_seed_is_mentioned_and_never_copied_into_the_record) {
    Record record = full_record();
    record.spec.seed = SeedSpec{"meta", "password-of-the-user", ""};
    EXPECT_EQ(encode(record).find("password-of-the-user"), std::string::npos);
}

TEST(Record, a_record_that_lacks_or_breaks_a_member_is_corrupt_and_named) {
    const std::string good = encode(full_record());
    for (const char* name :
         {"format", "spec", "slot", "intent", "vcpus", "memory", "bus", "mac", "pid", "boot"}) {
        std::string bad = good;
        const auto at = bad.find("\"" + std::string{name} + "\"");
        ASSERT_NE(at, std::string::npos) << name;
        bad[at + 1] = '?';
        const auto read = decode_record(bad);
        ASSERT_TRUE(read.is(Errc::corrupt)) << name;
        EXPECT_NE(read.error().message().find(name), std::string::npos) << read.error().message();
    }
    EXPECT_TRUE(decode_record("").is(Errc::corrupt));
    EXPECT_TRUE(decode_record("[1]").is(Errc::corrupt));
}

TEST(Record, no_damage_to_a_record_crashes_the_reader) {
    SeededRandom random{7};
    const std::string good = encode(full_record());
    for (int run = 0; run < 20000; ++run) {
        std::string bad = good;
        for (std::uint64_t i = 0; i <= random.below(4); ++i)
            bad[random.below(bad.size())] = static_cast<char>(random.below(256));
        bad.resize(bad.size() - random.below(20));
        (void)decode_record(bad);
    }
}

}  // namespace
}  // namespace landfall::machines
