#include "engines/machines/command_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace landfall::machines {
namespace {

MachineSpec plain_spec() {
    MachineSpec spec{.id = *MachineId::parse("golden"), .uuid = "01234567-89ab-cdef-0123-456789abcdef"};
    spec.vcpus = 2;
    spec.disks.push_back({.file = "/disks/secret-path.raw", .serial = "vol-1"});
    spec.network.mac = *MacAddress::parse("02:00:00:aa:bb:cc");
    return spec;
}

Launch plain_launch(const MachineSpec& spec) {
    Launch launch{.qemu = "/usr/bin/qemu-system-x86_64", .uuid = spec.uuid, .ssh_port = 2222};
    launch.translation_cache = 256_MiB;
    launch.fds = {.disks = {3}, .console_log = 4, .serial = 5, .qmp = 6};
    return launch;
}

bool has(const std::vector<std::string>& line, const std::string& word) {
    return std::find(line.begin(), line.end(), word) != line.end();
}
bool mentions(const std::vector<std::string>& line, const std::string& part) {
    return std::any_of(line.begin(), line.end(),
                       [&](const auto& w) { return w.find(part) != std::string::npos; });
}

TEST(CommandLine, the_usual_machine_is_exactly_this) {
    const MachineSpec spec = plain_spec();
    const std::vector<std::string> golden{
        "/usr/bin/qemu-system-x86_64",
        "-name",
        "guest=golden,debug-threads=on",
        "-uuid",
        "01234567-89ab-cdef-0123-456789abcdef",
        "-nodefaults",
        "-no-user-config",
        "-sandbox",
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        "-accel",
        "tcg,thread=multi,tb-size=256",
        "-cpu",
        "max,la57=off",
        "-machine",
        "pc,usb=off,vmport=off",
        "-smp",
        "cpus=2",
        "-m",
        "size=512M",
        "-rtc",
        "base=utc",
        "-smbios",
        "type=1,manufacturer=Landfall,product=machine,uuid=01234567-89ab-cdef-0123-456789abcdef",
        "-action",
        "panic=none,reboot=reset,shutdown=poweroff",
        "-display",
        "none",
        "-device",
        "VGA,vgamem_mb=4",
        "-device",
        "pvpanic",
        "-object",
        "rng-builtin,id=rng0",
        "-device",
        "virtio-rng-pci,rng=rng0",
        "-add-fd",
        "fd=4,set=1",
        "-chardev",
        "socket,id=serial0,fd=5,server=on,wait=off,logfile=/dev/fdset/1,logappend=on",
        "-serial",
        "chardev:serial0",
        "-chardev",
        "socket,id=qmp0,fd=6,server=on,wait=off",
        "-mon",
        "chardev=qmp0,mode=control",
        "-add-fd",
        "fd=3,set=2",
        "-blockdev",
        "driver=raw,node-name=disk0,read-only=off,discard=unmap,file.driver=file,"
        "file.filename=/dev/fdset/2,file.read-only=off,file.discard=unmap",
        "-device",
        "virtio-blk-pci,drive=disk0,bootindex=1,serial=vol-1",
        "-netdev",
        "user,id=net0,ipv6=off,restrict=off,hostfwd=tcp:127.0.0.1:2222-:22",
        "-device",
        "virtio-net-pci,netdev=net0,mac=02:00:00:aa:bb:cc,romfile="};
    EXPECT_EQ(command_line(spec, plain_launch(spec)), golden);
}

TEST(CommandLine, it_never_names_a_file_of_the_host) {
    const MachineSpec spec = plain_spec();
    EXPECT_FALSE(mentions(command_line(spec, plain_launch(spec)), "secret-path"));
}

TEST(CommandLine, each_bus_gets_the_controller_that_it_needs) {
    MachineSpec spec = plain_spec();
    spec.disks = {{.file = "/a", .bus = Bus::ide},
                  {.file = "/b", .bus = Bus::ide},
                  {.file = "/c", .bus = Bus::ide},
                  {.file = "/d", .bus = Bus::sata}};
    Launch launch = plain_launch(spec);
    launch.fds.disks = {3, 7, 8, 9};
    const auto line = command_line(spec, launch);
    EXPECT_TRUE(has(line, "ide-hd,bus=ide.0,unit=1,drive=disk1,bootindex=2"));
    EXPECT_TRUE(has(line, "ide-hd,bus=ide.1,unit=0,drive=disk2,bootindex=3"));
    EXPECT_TRUE(has(line, "ich9-ahci,id=sata"));
    EXPECT_TRUE(has(line, "ide-hd,bus=sata.0,drive=disk3,bootindex=4"));
}

TEST(CommandLine, uefi_code_is_read_only_and_its_variables_are_not) {
    MachineSpec spec = plain_spec();
    spec.firmware = Firmware::uefi;
    Launch launch = plain_launch(spec);
    launch.fds.code = 10;
    launch.fds.variables = 11;
    const auto line = command_line(spec, launch);
    EXPECT_TRUE(has(line, "pc,usb=off,vmport=off,pflash0=code,pflash1=variables"));
    EXPECT_TRUE(mentions(line, "node-name=code,read-only=on"));
    EXPECT_TRUE(mentions(line, "node-name=variables,read-only=off"));
}

TEST(CommandLine, an_isolated_machine_reaches_nothing_and_one_without_a_network_has_no_card) {
    MachineSpec spec = plain_spec();
    spec.network.reach = NetworkSpec::Reach::isolated;
    EXPECT_TRUE(mentions(command_line(spec, plain_launch(spec)), "restrict=on"));
    spec.network.reach = NetworkSpec::Reach::none;
    EXPECT_FALSE(has(command_line(spec, plain_launch(spec)), "-netdev"));
}

TEST(CommandLine, only_a_disk_that_may_lose_data_ignores_flushes) {
    MachineSpec spec = plain_spec();
    EXPECT_FALSE(mentions(command_line(spec, plain_launch(spec)), "no-flush"));
    spec.disks[0].cache = DiskCache::unsafe;
    EXPECT_TRUE(mentions(command_line(spec, plain_launch(spec)), "cache.no-flush=on"));
}

}  // namespace
}  // namespace landfall::machines
