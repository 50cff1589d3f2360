// EC2's resources as plain values, and the rules that move them from state to state. Pure: no clock, disk or
// wire.
//
// Invariants
//   1. An instance's state only changes by `next_state`; terminated is final.
//   2. An import task ends as completed or deleted; `deleted` carries the reason ("ClientError: …").
//   3. A snapshot is completed only when its tree is durable in the block store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "services/ec2/filters.hpp"

namespace landfall::ec2 {

/// Whose resources are meant.
struct Scope {
    std::string account;
    std::string region;
    friend bool operator==(const Scope&, const Scope&) = default;
};

/// The numbers are EC2's instance state codes.
enum class InstanceState : std::uint8_t {
    pending = 0,
    running = 16,
    shutting_down = 32,
    terminated = 48,
    stopping = 64,
    stopped = 80,
};
[[nodiscard]] std::string_view name_of(InstanceState state);
[[nodiscard]] std::optional<InstanceState> instance_state_named(std::string_view name);

/// What may happen to an instance: a caller's wish, or news of its machine.
enum class InstanceEvent : std::uint8_t { start, stop, terminate, booted, powered_off, launch_failed, gone };

/// The state after the event. Errors: precondition, in EC2's words, where the event is not allowed there.
/// A wish that is already fulfilled (stop of a stopped instance) keeps the state, as EC2 does.
[[nodiscard]] Result<InstanceState> next_state(InstanceState now, InstanceEvent event, std::string_view id);

enum class BootMode : std::uint8_t { legacy_bios, uefi, uefi_preferred };
[[nodiscard]] std::string_view name_of(BootMode mode);
[[nodiscard]] std::optional<BootMode> boot_mode_named(std::string_view name);

struct Snapshot {
    std::string id;  ///< snap- and 17 hexadecimal digits
    std::string description;
    std::string state = "pending";  ///< pending completed error
    std::string volume_id =
        "vol-ffffffff";  ///< what EC2 shows for a snapshot that no volume was the source of
    Bytes size;          ///< of the disk; a volume of it has whole GiB
    Bytes stored;        ///< bytes of its blocks that are not zero
    std::string root;    ///< its name among the block store's roots
    Instant started;
    Instant completed;
    Tags tags;
};
[[nodiscard]] std::uint32_t gib_of(Bytes size);

struct BlockDevice {
    std::string device_name;  ///< /dev/sda1
    std::string snapshot_id;
    std::string volume_id;  ///< of an instance only
    std::uint32_t size_gib = 0;
    std::string volume_type = "gp3";
    bool delete_on_termination = true;
    Instant attached;
};

/// A disk of an instance. Volumes live and die with their instance: they are made and attached by its launch.
struct Volume {
    std::string id;  ///< vol- and 17 hexadecimal digits
    std::string instance_id;
    std::string device_name;
    std::string snapshot_id;
    std::uint32_t size_gib = 0;
    std::string type = "gp3";
    std::string zone;
    bool delete_on_termination = true;
    Instant created;
    Tags tags;
};
/// What EC2 shows for a type of volume; 0: nothing.
[[nodiscard]] std::uint32_t iops_of(const Volume& volume);
[[nodiscard]] std::uint32_t throughput_of(const Volume& volume);
[[nodiscard]] bool volume_type_is_known(std::string_view type);

/// An instance's network interface. It holds the private address, which nobody else gets while it is there.
struct Interface {
    std::string id;  ///< eni- and 17 hexadecimal digits
    std::string instance_id;
    std::string subnet_id;
    std::string address;
    std::string mac_address;
    std::vector<std::string> group_ids;
    std::string description;
    Instant created;
    Tags tags;
};

/// The public half of a key pair: the private one is nowhere here.
struct KeyPair {
    std::string id;  ///< key- and 17 hexadecimal digits
    std::string name;
    std::string type;         ///< rsa ed25519
    std::string public_text;  ///< OpenSSH's line without a comment
    std::string fingerprint;
    Instant created;
    Tags tags;
};

struct Image {
    std::string id;  ///< ami- and 17 hexadecimal digits
    std::string name;
    std::string description;
    std::string state = "available";
    std::string architecture = "x86_64";
    std::string platform;  ///< "windows" or empty
    BootMode boot_mode = BootMode::legacy_bios;
    std::string root_device_name = "/dev/sda1";
    std::vector<BlockDevice> devices;
    bool ena = true;
    Instant created;
    Tags tags;
};

struct Instance {
    std::string id;  ///< i- and 17 hexadecimal digits
    std::string reservation_id;
    std::string image_id;
    std::string type;
    InstanceState state = InstanceState::pending;
    std::string reason_code;  ///< Client.UserInitiatedShutdown
    std::string reason;
    std::string transition;  ///< "User initiated (2026-11-22 15:42:07 GMT)"
    std::uint32_t launch_index = 0;
    std::string key_name;
    std::string public_key;  ///< of that name when the instance was launched: what its guest was given
    std::string client_token;
    std::string user_data;  ///< decoded; served to the guest, never described
    std::string private_address;
    std::string mac_address;
    std::string interface_id;
    std::string subnet_id;
    std::vector<std::string> group_ids;
    std::string shutdown_behavior = "stop";
    bool termination_protected = false;
    bool stop_protected = false;
    std::string cpu_credits;  ///< standard unlimited; empty: the type's default
    std::string architecture = "x86_64";
    BootMode boot_mode = BootMode::legacy_bios;
    std::string root_device_name;
    std::vector<BlockDevice> devices;
    std::uint16_t ssh_port = 0;  ///< on this host; 0: none. Shown as the tag landfall:ssh-port
    Instant launched;
    Instant ended;  ///< when it became terminated; zero before
    Tags tags;
};
/// How long a terminated instance is still described, as EC2 does.
inline constexpr Duration kEndedIsShown = std::chrono::hours{1};

enum class ImportKind : std::uint8_t { image, snapshot };

/// Where disks come from, as the caller said: an archive of several, an image, or a snapshot that exists.
struct DiskContainer {
    std::string description;
    std::string format;  ///< OVA VMDK VHD VHDX QCOW2 VDI RAW; empty with a snapshot
    std::string bucket;
    std::string key;
    std::string url;  ///< as given, where bucket and key came from one
    std::string device_name;
    std::string snapshot_id;
};

/// One disk of an import, as it was found.
struct ImportedDisk {
    std::uint32_t container = 0;  ///< index into ImportTask::containers
    std::string format;
    std::string device_name;
    std::string snapshot_id;
    Bytes size;                     ///< of the disk as the guest sees it
    Bytes stored;                   ///< of its blocks that are not zero
    std::string status = "active";  ///< active completed
    std::string progress;           ///< "0".."100" while its job runs; never stored
};

struct ImportTask {
    std::string id;  ///< import-ami- or import-snap- and 17 hexadecimal digits
    ImportKind kind = ImportKind::image;
    std::string description;
    std::string status = "active";  ///< active completed deleting deleted
    std::string status_message = "pending";
    std::string progress;  ///< "0".."100"; empty when done
    std::string image_id;
    std::string architecture = "x86_64";
    std::string platform = "Linux";
    std::string license_type = "BYOL";
    std::string detected;  ///< operating system, file systems: for people
    BootMode boot_mode = BootMode::legacy_bios;
    bool boot_mode_given = false;
    std::vector<DiskContainer> containers;
    std::vector<ImportedDisk> disks;  ///< empty until the containers were read
    std::string job_id;
    Instant created;
    Tags tags;
};

// What a task's StatusMessage says, in AWS's words, in this order; "pending" comes first, and nothing is left
// of it at the end. AWS's "updating" and "booting" are not among them: nothing in a guest is changed, and it
// is not booted.
inline constexpr std::string_view kValidating = "validating";
inline constexpr std::string_view kValidated = "validated";
inline constexpr std::string_view kConverting = "converting";
inline constexpr std::string_view kPreparingImage = "preparing ami";
inline constexpr std::string_view kPreparingSnapshot = "preparing snapshot";

/// What CancelImportTask may still stop.
[[nodiscard]] bool is_over(const ImportTask& task);

/// "s3://bucket/key" and "https://host/bucket/key" as ImportImage's Url takes them.
struct ObjectName {
    std::string bucket;
    std::string key;
};
[[nodiscard]] Result<ObjectName> parse_object_url(std::string_view url);

/// Progress of a whole task in per cent: never goes back, 99 until the last step is durable.
[[nodiscard]] std::uint32_t import_percent(Bytes done, Bytes total);

/// The last 64 KiB of a console, from the first whole line where it was cut. EC2 keeps as much.
[[nodiscard]] std::string_view console_tail(std::string_view log);

/// A name that EC2 takes: letters, digits and ( ) [ ] space . / - ' @ _, 3 to 128 of them.
[[nodiscard]] bool image_name_is_valid(std::string_view name);

/// Errors: invalid, in EC2's words: keys 1..127 characters and not aws:…, values up to 255, at most 50.
[[nodiscard]] Status check_tags(const Tags& tags);

}  // namespace landfall::ec2
