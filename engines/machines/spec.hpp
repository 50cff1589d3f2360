// What a machine is made of: the values that a caller hands to a MachineHost. Pure data, no disk, any
// thread.
//
// Invariants
//   1. validate() accepts a spec exactly when a command line can be built from it; nothing in a spec can
//      become an option of QEMU of its own (names, serials and paths with a comma or a control character
//      are refused).
//   2. Disks are raw, always, and are said to be raw: a guest that writes another format's header into its
//      disk changes nothing.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace landfall::machines {

/// A machine's name, and its folder's: 1 to 64 of [a-z0-9-], starting with a letter.
class MachineId {
public:
    static Result<MachineId> parse(std::string_view text);
    [[nodiscard]] const std::string& text() const { return text_; }
    auto operator<=>(const MachineId&) const = default;

private:
    explicit MachineId(std::string text) : text_{std::move(text)} {}
    std::string text_;
};

enum class Firmware : std::uint8_t { bios, uefi };

/// How a disk is attached. virtio is the default; sata and ide boot guests whose initramfs has no virtio.
enum class Bus : std::uint8_t { virtio, sata, ide };

enum class DiskAccess : std::uint8_t { read_write, read_only };

/// unsafe ignores the guest's flushes: for drills and tests that throw the disk away.
enum class DiskCache : std::uint8_t { durable, unsafe };

struct DiskSpec {
    std::string file;  ///< an absolute path of a raw file or block device; opened by the host, never by QEMU
    Bus bus = Bus::virtio;
    DiskAccess access = DiskAccess::read_write;
    DiskCache cache = DiskCache::durable;
    std::string serial;  ///< what the guest sees; up to 20 of [A-Za-z0-9-]
};

struct MacAddress {
    std::array<std::uint8_t, 6> bytes{0x02, 0, 0, 0, 0, 1};
    auto operator<=>(const MacAddress&) const = default;
    [[nodiscard]] std::string text() const;
    static Result<MacAddress> parse(std::string_view text);
};

enum class CardModel : std::uint8_t { virtio, e1000 };

/// User networking: the guest is behind a NAT in QEMU (10.0.2.15, gateway 10.0.2.2, name server 10.0.2.3),
/// reaches out, and is reached only through the one forwarded port. `isolated` reaches nothing at all.
struct NetworkSpec {
    enum class Reach : std::uint8_t { none, isolated, outside };
    Reach reach = Reach::outside;
    MacAddress mac;
    CardModel card = CardModel::virtio;
    /// Port 22 of the guest appears on a free port of this host's loopback address (MachineView::ssh_port).
    enum class Ssh : std::uint8_t { hidden, forwarded };
    Ssh ssh = Ssh::forwarded;
};

/// What the guest's SMBIOS tells it about its maker; guests' agents choose their source of user data by it.
struct SmbiosSpec {
    std::string manufacturer = "Landfall";
    std::string product = "machine";
    std::string version;
    std::string serial;
};

/// The files of a NoCloud seed disk (label CIDATA), made at define() and attached read-only as the last
/// disk. Contents may be secret: they go to the seed file (mode 0600) and nowhere else.
struct SeedSpec {
    std::string meta_data;
    std::string user_data;
    std::string network_config;  ///< left out when empty
};

struct MachineSpec {
    MachineId id;
    std::string uuid;         ///< canonical lower-case text; made at random when empty
    std::uint32_t vcpus = 1;  ///< 1 … 64
    Bytes memory = 512_MiB;   ///< a multiple of 1 MiB, 64 MiB … 1 TiB
    Firmware firmware = Firmware::bios;
    std::vector<DiskSpec> disks;  ///< 1 … 16, in the order in which the firmware tries them
    NetworkSpec network;
    SmbiosSpec smbios;
    std::optional<SeedSpec> seed;
};

/// invalid, with the member and the bound that it breaks. Does not look at files.
[[nodiscard]] Status validate(const MachineSpec& spec);

}  // namespace landfall::machines
