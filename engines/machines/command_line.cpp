#include "engines/machines/command_line.hpp"

namespace landfall::machines {

namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }

/// Grows argv option by option, and hands every descriptor over as a set that a file name can refer to.
class Line {
public:
    explicit Line(const std::string& program) : argv_{program} {}

    void option(std::string name) { argv_.push_back(std::move(name)); }
    void option(std::string name, std::string value) {
        argv_.push_back(std::move(name));
        argv_.push_back(std::move(value));
    }
    /// The path under which QEMU opens that descriptor.
    std::string path_of(int fd) {
        option("-add-fd", "fd=" + number(static_cast<std::uint64_t>(fd)) + ",set=" + number(++sets_));
        return "/dev/fdset/" + number(sets_);
    }
    void block(const std::string& node, int fd, DiskAccess access, DiskCache cache) {
        const std::string read_only = access == DiskAccess::read_only ? "on" : "off";
        const std::string flush = cache == DiskCache::unsafe ? ",cache.no-flush=on" : "";
        const std::string file_flush = cache == DiskCache::unsafe ? ",file.cache.no-flush=on" : "";
        option("-blockdev", "driver=raw,node-name=" + node + ",read-only=" + read_only + ",discard=unmap" +
                                flush + ",file.driver=file,file.filename=" + path_of(fd) +
                                ",file.read-only=" + read_only + ",file.discard=unmap" + file_flush);
    }
    std::vector<std::string> take() && { return std::move(argv_); }

private:
    std::vector<std::string> argv_;
    std::uint64_t sets_ = 0;
};

/// -blockdev options must stand before what refers to them, so path_of() is called first: see block().
void add_disks(Line& line, const MachineSpec& spec, const Inherited& fds) {
    bool has_sata = false;
    std::uint64_t on_sata = 0;
    std::uint64_t on_ide = 0;
    for (const DiskSpec& disk : spec.disks) has_sata = has_sata || disk.bus == Bus::sata;
    if (has_sata) line.option("-device", "ich9-ahci,id=sata");
    for (std::size_t i = 0; i < spec.disks.size(); ++i) {
        const DiskSpec& disk = spec.disks[i];
        const std::string node = "disk" + number(i);
        line.block(node, fds.disks[i], disk.access, disk.cache);
        std::string device;
        switch (disk.bus) {
            case Bus::virtio: device = "virtio-blk-pci"; break;
            case Bus::sata: device = "ide-hd,bus=sata." + number(on_sata++); break;
            case Bus::ide:
                device = "ide-hd,bus=ide." + number(on_ide / 2) + ",unit=" + number(on_ide % 2);
                ++on_ide;
                break;
        }
        device += ",drive=" + node + ",bootindex=" + number(i + 1);
        if (!disk.serial.empty()) device += ",serial=" + disk.serial;
        line.option("-device", device);
    }
    if (fds.seed) {
        line.block("seed", *fds.seed, DiskAccess::read_only, DiskCache::durable);
        line.option("-device", "virtio-blk-pci,drive=seed,serial=seed");
    }
}

void add_network(Line& line, const MachineSpec& spec, std::uint16_t ssh_port) {
    const NetworkSpec& network = spec.network;
    if (network.reach == NetworkSpec::Reach::none) return;
    std::string back = "user,id=net0,ipv6=off,restrict=";
    back += network.reach == NetworkSpec::Reach::isolated ? "on" : "off";
    if (ssh_port != 0) back += ",hostfwd=tcp:127.0.0.1:" + number(ssh_port) + "-:22";
    line.option("-netdev", back);
    const std::string card = network.card == CardModel::virtio ? "virtio-net-pci" : "e1000";
    // No boot ROM: a machine starts from its disks, and the ROM costs half a second.
    line.option("-device", card + ",netdev=net0,mac=" + network.mac.text() + ",romfile=");
}

void add_firmware(Line& line, const MachineSpec& spec, const Inherited& fds) {
    std::string machine = "pc,usb=off,vmport=off";
    if (spec.firmware == Firmware::uefi && fds.code && fds.variables) {
        line.block("code", *fds.code, DiskAccess::read_only, DiskCache::durable);
        line.block("variables", *fds.variables, DiskAccess::read_write, DiskCache::durable);
        machine += ",pflash0=code,pflash1=variables";
    }
    line.option("-machine", machine);
}

std::string smbios(const SmbiosSpec& spec, const std::string& uuid) {
    std::string text = "type=1,manufacturer=" + spec.manufacturer + ",product=" + spec.product;
    if (!spec.version.empty()) text += ",version=" + spec.version;
    if (!spec.serial.empty()) text += ",serial=" + spec.serial;
    return text + ",uuid=" + uuid;
}

}  // namespace

std::vector<std::string> command_line(const MachineSpec& spec, const Launch& launch) {
    Line line{launch.qemu};
    const Inherited& fds = launch.fds;
    line.option("-name", "guest=" + spec.id.text() + ",debug-threads=on");
    line.option("-uuid", launch.uuid);
    line.option("-nodefaults");
    line.option("-no-user-config");
    line.option("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    if (launch.by == Acceleration::kvm) {
        line.option("-accel", "kvm");
        line.option("-cpu", "host");
    } else {
        line.option("-accel", "tcg,thread=multi,tb-size=" + number(launch.translation_cache.count >> 20));
        line.option("-cpu", "max,la57=off");
    }
    add_firmware(line, spec, fds);
    line.option("-smp", "cpus=" + number(spec.vcpus));
    line.option("-m", "size=" + number(spec.memory.count >> 20) + "M");
    line.option("-rtc", "base=utc");
    line.option("-smbios", smbios(spec.smbios, launch.uuid));
    // A guest that panics stays, so that its console and its state tell the truth; a reboot is a reset.
    line.option("-action", "panic=none,reboot=reset,shutdown=poweroff");
    line.option("-display", "none");
    line.option("-device", "VGA,vgamem_mb=4");
    line.option("-device", "pvpanic");
    line.option("-object", "rng-builtin,id=rng0");
    line.option("-device", "virtio-rng-pci,rng=rng0");
    const std::string log = line.path_of(fds.console_log);
    line.option("-chardev", "socket,id=serial0,fd=" + number(static_cast<std::uint64_t>(fds.serial)) +
                                ",server=on,wait=off,logfile=" + log + ",logappend=on");
    line.option("-serial", "chardev:serial0");
    line.option("-chardev",
                "socket,id=qmp0,fd=" + number(static_cast<std::uint64_t>(fds.qmp)) + ",server=on,wait=off");
    line.option("-mon", "chardev=qmp0,mode=control");
    add_disks(line, spec, fds);
    add_network(line, spec, launch.ssh_port);
    return std::move(line).take();
}

}  // namespace landfall::machines
