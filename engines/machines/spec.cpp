#include "engines/machines/spec.hpp"

#include <algorithm>
#include <cstdio>

namespace landfall::machines {

namespace {

constexpr std::uint32_t kVcpusMax = 64;
constexpr Bytes kMemoryMin = 64_MiB;
constexpr Bytes kMemoryMax = 1024_GiB;
constexpr std::size_t kDisksMax = 16;
constexpr std::size_t kSeedMax = 256 * 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alnum(char c) { return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z'); }

/// QEMU splits its options at commas; a control character has no place in a name.
bool is_plain(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return c == ',' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex = is_digit(text[i]) || (text[i] >= 'a' && text[i] <= 'f');
        if (dash ? text[i] != '-' : !hex) return false;
    }
    return true;
}

Status wrong(std::string message) { return Error{Errc::invalid, std::move(message)}; }

Status validate_disk(const DiskSpec& disk, std::size_t index) {
    const std::string name = "disk " + std::to_string(index);
    if (disk.file.empty() || disk.file.front() != '/')
        return wrong(name + ": the file's path is not absolute");
    if (disk.file.find('\0') != std::string::npos) return wrong(name + ": the file's path holds a NUL");
    const bool serial_ok =
        disk.serial.size() <= 20 &&
        std::all_of(disk.serial.begin(), disk.serial.end(), [](char c) { return is_alnum(c) || c == '-'; });
    if (!serial_ok) return wrong(name + ": a serial is up to 20 letters, digits and dashes");
    if (disk.bus == Bus::ide && disk.access == DiskAccess::read_only)
        return wrong(name + ": an IDE disk cannot be read-only");
    return {};
}

Status validate_disks(const MachineSpec& spec) {
    if (spec.disks.empty() || spec.disks.size() > kDisksMax) return wrong("a machine has 1 to 16 disks");
    for (std::size_t i = 0; i < spec.disks.size(); ++i) TRY(validate_disk(spec.disks[i], i));
    const auto on = [&](Bus bus) {
        return std::count_if(spec.disks.begin(), spec.disks.end(),
                             [&](const DiskSpec& d) { return d.bus == bus; });
    };
    if (on(Bus::ide) > 4) return wrong("at most 4 disks are on IDE");
    if (on(Bus::sata) > 6) return wrong("at most 6 disks are on SATA");
    return {};
}

Status validate_seed(const SeedSpec& seed) {
    for (const std::string* text : {&seed.meta_data, &seed.user_data, &seed.network_config})
        if (text->size() > kSeedMax) return wrong("a file of the seed is longer than 256 KiB");
    return {};
}

}  // namespace

Result<MachineId> MachineId::parse(std::string_view text) {
    const bool ok =
        !text.empty() && text.size() <= 64 && is_lower(text.front()) &&
        std::all_of(text.begin(), text.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
    if (!ok) return Error{Errc::invalid, "a machine's name is 1 to 64 of [a-z0-9-] and starts with a letter"};
    return MachineId{std::string{text}};
}

std::string MacAddress::text() const {
    std::array<char, 18> out{};
    std::snprintf(out.data(), out.size(), "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2],
                  bytes[3], bytes[4], bytes[5]);
    return out.data();
}

Result<MacAddress> MacAddress::parse(std::string_view text) {
    const Error bad{Errc::invalid, "a MAC address is six pairs of hexadecimal digits with colons between"};
    if (text.size() != 17) return bad;
    const auto digit = [](char c) -> int {
        if (is_digit(c)) return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    MacAddress mac;
    for (std::size_t i = 0; i < 6; ++i) {
        const int high = digit(text[i * 3]);
        const int low = digit(text[i * 3 + 1]);
        if (high < 0 || low < 0 || (i < 5 && text[i * 3 + 2] != ':')) return bad;
        mac.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    if ((mac.bytes[0] & 1) != 0)
        return Error{Errc::invalid, "a card's MAC address is not a multicast address"};
    return mac;
}

Status validate(const MachineSpec& spec) {
    if (!spec.uuid.empty() && !is_uuid(spec.uuid))
        return wrong("the uuid is not in canonical lower-case form");
    if (spec.vcpus < 1 || spec.vcpus > kVcpusMax) return wrong("a machine has 1 to 64 virtual CPUs");
    if (spec.memory < kMemoryMin || spec.memory > kMemoryMax || spec.memory.count % (1_MiB).count != 0)
        return wrong("memory is a multiple of 1 MiB from 64 MiB to 1 TiB");
    if ((spec.network.mac.bytes[0] & 1) != 0) return wrong("a card's MAC address is not a multicast address");
    for (const std::string* text :
         {&spec.smbios.manufacturer, &spec.smbios.product, &spec.smbios.version, &spec.smbios.serial})
        if (text->size() > 64 || !is_plain(*text))
            return wrong("an SMBIOS text is at most 64 bytes without commas and control characters");
    TRY(validate_disks(spec));
    if (spec.seed) TRY(validate_seed(*spec.seed));
    return {};
}

}  // namespace landfall::machines
