// Ova: a virtual appliance read in place: a tar is indexed, never extracted; its OVF says what machine it is.
//
// Invariants
//   1. Members are found by plain name. Absolute names, "..", directories' tricks, links, devices and
//      duplicates are refused; so are two .ovf files.
//   2. The OVF is XML without a DOCTYPE, ≤ 2 MiB, and nothing in it makes anything outside the archive be
//      read.
//   3. With a manifest, the .ovf is verified before it is parsed, every referenced disk must be listed, and
//      disks are verified while they are imported (digests_of). A certificate is tolerated and not checked.
//   4. A file that no disk needs may be missing (an installation ISO): it becomes a warning.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/images/byte_source.hpp"
#include "engines/images/digest.hpp"
#include "engines/images/disk_image.hpp"

namespace landfall::images {

struct OvaMember {
    std::string name;
    ByteOffset at;  ///< of its bytes in the archive
    Bytes size;
};

enum class Firmware : std::uint8_t { unstated, bios, efi };

/// A virtual disk in the order in which the machine would see it (controller, then address); unattached ones
/// last.
struct OvfDisk {
    std::string id;                  ///< diskId
    std::string file;                ///< member name; empty: a blank disk of that capacity
    std::optional<Bytes> file_size;  ///< as the references say
    Bytes capacity;                  ///< as the descriptor says; the image's own size rules
    std::optional<Format> format;    ///< of a disk that has a file
    std::string controller;          ///< "ide", "scsi", "sata", "nvme" or empty
};

struct OvfMachine {
    std::string name;
    std::string os_type;      ///< vmw:osType, VirtualBox's or the section's description; "" if unstated
    std::uint32_t os_id = 0;  ///< CIM operating system number, 0 if unstated
    std::uint32_t cpus = 0;   ///< 0 if unstated
    Bytes memory;             ///< 0 if unstated
    Firmware firmware = Firmware::unstated;
    std::uint32_t nics = 0;
    std::vector<OvfDisk> disks;
};

/// Parses an OVF descriptor alone (versions 0.9, 1 and 2). `name` is for messages. Pure.
[[nodiscard]] Result<OvfMachine> parse_ovf(std::string_view name, std::string_view xml);

/// Any thread may call const methods. The archive must outlive it.
class Ova final : public SiblingFiles {
    struct State;

public:
    explicit Ova(std::unique_ptr<State> state);  ///< by open() only
    static Result<std::unique_ptr<Ova>> open(const ByteSource& archive, const Limits& limits);
    ~Ova() override;

    [[nodiscard]] const std::vector<OvaMember>& members() const;
    [[nodiscard]] const OvfMachine& machine() const;
    [[nodiscard]] const std::vector<std::string>& warnings() const;
    [[nodiscard]] bool has_manifest() const;
    [[nodiscard]] const ByteSource* find(std::string_view name) const override;

    /// The image of machine().disks[index]. Errc::precondition for a blank disk.
    [[nodiscard]] Result<std::unique_ptr<DiskImage>> open_disk(std::size_t index) const;
    /// What to check while importing an image of this archive: give it to ImportOptions::digests. Empty
    /// without a manifest. Errc::invalid if the manifest does not cover one of the image's files.
    [[nodiscard]] Result<std::vector<ExpectedDigest>> digests_of(const DiskImage& image) const;
    /// Manifest lines of files that are not among `done` (NVRAM, ISO); reads them whole.
    [[nodiscard]] Status verify_other_files(std::span<const ExpectedDigest> done) const;

private:
    Status read_descriptor();
    Status check_files();
    std::unique_ptr<State> state_;
};

}  // namespace landfall::images
