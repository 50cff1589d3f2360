#include "engines/machines/spec.hpp"

#include <gtest/gtest.h>

namespace landfall::machines {
namespace {

MachineSpec good() {
    MachineSpec spec{.id = *MachineId::parse("m")};
    spec.disks.push_back({.file = "/disk"});
    return spec;
}

TEST(Spec, names_are_names_and_not_paths) {
    for (const char* bad : {"", "-a", "1a", "A", "a/b", "..", "a.b", "a_b", "a b"})
        EXPECT_TRUE(MachineId::parse(bad).is(Errc::invalid)) << bad;
    EXPECT_TRUE(MachineId::parse(std::string(65, 'a')).is(Errc::invalid));
    EXPECT_TRUE(MachineId::parse("i-0123456789abcdef0").ok());
}

TEST(Spec, a_mac_address_is_read_as_it_is_written) {
    EXPECT_EQ(MacAddress::parse("0A:1b:2C:3d:4E:5f")->text(), "0a:1b:2c:3d:4e:5f");
    for (const char* bad :
         {"", "0a:1b:2c:3d:4e", "0a-1b-2c-3d-4e-5f", "01:00:00:00:00:00", "0g:00:00:00:00:00"})
        EXPECT_TRUE(MacAddress::parse(bad).is(Errc::invalid)) << bad;
}

TEST(Spec, nothing_in_a_spec_can_become_an_option_of_qemu) {
    EXPECT_TRUE(validate(good()).ok());
    MachineSpec spec = good();
    spec.disks[0].serial = "x,file=/etc/shadow";
    EXPECT_TRUE(validate(spec).is(Errc::invalid));
    spec = good();
    spec.smbios.product = "x,type=17";
    EXPECT_TRUE(validate(spec).is(Errc::invalid));
    spec = good();
    spec.smbios.serial = "a\nb";
    EXPECT_TRUE(validate(spec).is(Errc::invalid));
    spec = good();
    spec.uuid = "01234567-89AB-cdef-0123-456789abcdef";
    EXPECT_TRUE(validate(spec).is(Errc::invalid));
}

TEST(Spec, bounds_are_bounds) {
    const auto refused = [](auto change) {
        MachineSpec spec = good();
        change(spec);
        return validate(spec).is(Errc::invalid);
    };
    EXPECT_TRUE(refused([](MachineSpec& s) { s.vcpus = 0; }));
    EXPECT_TRUE(refused([](MachineSpec& s) { s.vcpus = 65; }));
    EXPECT_TRUE(refused([](MachineSpec& s) { s.memory = 63_MiB; }));
    EXPECT_TRUE(refused([](MachineSpec& s) { s.memory = 64_MiB + 1_B; }));
    EXPECT_TRUE(refused([](MachineSpec& s) { s.disks.clear(); }));
    EXPECT_TRUE(refused([](MachineSpec& s) { s.disks.assign(17, s.disks[0]); }));
    EXPECT_TRUE(refused([](MachineSpec& s) { s.disks[0].file = "relative"; }));
    EXPECT_TRUE(refused([](MachineSpec& s) { s.disks.assign(5, {.file = "/d", .bus = Bus::ide}); }));
    EXPECT_TRUE(refused([](MachineSpec& s) { s.seed = SeedSpec{"", std::string(300'000, 'x'), ""}; }));
}

}  // namespace
}  // namespace landfall::machines
