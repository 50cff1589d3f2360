// OVF descriptors: what machine an appliance is. Sources: DMTF DSP0243 (1.x, 2.x), and what VMware,
// VirtualBox and others write; elements and attributes are told by their local names, because prefixes and
// namespaces differ between them.
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <vector>

#include "engines/images/ova.hpp"
#include "engines/images/ovf_parts.hpp"

namespace landfall::images {
namespace {

std::string_view local(std::string_view name) { return name.substr(name.rfind(':') + 1); }
bool is(const pugi::xml_node& node, std::string_view name) { return local(node.name()) == name; }

/// "" where there is none.
std::string_view attribute(const pugi::xml_node& node, std::string_view name) {
    for (const pugi::xml_attribute& a : node.attributes()) {
        if (local(a.name()) == name) return a.value();
    }
    return {};
}

std::string_view child_text(const pugi::xml_node& node, std::string_view name) {
    for (const pugi::xml_node& child : node.children()) {
        if (is(child, name)) return ovf_trimmed(child.text().get());
    }
    return {};
}

/// The section's kind: its element's name, or in OVF 0.9 its xsi:type ("ovf:DiskSection_Type").
std::string_view kind_of(const pugi::xml_node& node) {
    const std::string_view name = local(node.name());
    if (name != "Section" && name != "Content") return name;
    std::string_view type = local(attribute(node, "type"));
    if (type.ends_with("_Type")) type.remove_suffix(5);
    return type;
}

struct File {
    std::string href;
    std::optional<std::uint64_t> size;
};

/// A resource of the machine: a controller or a drive.
struct Item {
    std::uint64_t type = 0;
    std::string id, parent, host, subtype;
    std::uint64_t address = 0;
};

class Descriptor {
public:
    Descriptor(std::string_view name, OvfMachine& out) : name_{name}, out_{out} {}

    Status envelope(const pugi::xml_node& root) {
        if (!is(root, "Envelope")) return refused("the root element is not an OVF Envelope");
        for (const pugi::xml_node& node : root.children()) TRY(section(node));
        if (machines_ == 0) return refused("there is no VirtualSystem");
        place_disks();
        return {};
    }

    [[nodiscard]] Error refused(std::string_view why) const {
        return Error{Errc::invalid, std::string{name_} + ": " + std::string{why}};
    }

private:
    Status section(const pugi::xml_node& node) {
        const std::string_view kind = kind_of(node);
        if (kind == "References") {
            for (const pugi::xml_node& file : node.children()) {
                if (is(file, "File")) TRY(reference(file));
            }
            return {};
        }
        if (kind == "DiskSection") {
            for (const pugi::xml_node& disk : node.children()) {
                if (is(disk, "Disk")) TRY(virtual_disk(disk));
            }
            return {};
        }
        if (kind == "VirtualSystem") return machine(node);
        if (kind != "VirtualSystemCollection") return {};
        for (const pugi::xml_node& inner : node.children()) {
            if (kind_of(inner) == "VirtualSystemCollection") return refused("nested collections are refused");
            TRY(section(inner));
        }
        return {};
    }

    Status reference(const pugi::xml_node& node) {
        const std::string id{attribute(node, "id")};
        std::string href{attribute(node, "href")};
        while (href.starts_with("./")) href.erase(0, 2);
        if (href.empty() || href == ".." || href.find_first_of("/\\:") != std::string::npos) {
            return refused("the file reference \"" + href.substr(0, 200) + "\" is not a plain file name");
        }
        const std::string_view compression = attribute(node, "compression");
        if (!compression.empty() && compression != "identity") {
            return refused("the file " + href + " is compressed (" + std::string{compression.substr(0, 32)} +
                           "): refused");
        }
        if (!attribute(node, "chunkSize").empty())
            return refused("the file " + href + " is in chunks: refused");
        if (!files_.emplace(id, File{.href = href, .size = ovf_number(attribute(node, "size"))}).second) {
            return refused("two files have the id " + id);
        }
        return {};
    }

    Status virtual_disk(const pugi::xml_node& node) {
        OvfDisk disk{.id = std::string{attribute(node, "diskId")}};
        if (!attribute(node, "parentRef").empty()) {
            return refused("the disk " + disk.id + " is a delta of another (parentRef): refused");
        }
        if (std::ranges::find(out_.disks, disk.id, &OvfDisk::id) != out_.disks.end()) {
            return refused("two disks have the id " + disk.id);
        }
        const auto capacity =
            ovf_amount(attribute(node, "capacity"), attribute(node, "capacityAllocationUnits"), 1);
        disk.capacity = Bytes{capacity.value_or(0)};
        std::string_view file = attribute(node, "fileRef");
        if (file.starts_with("ovf:/file/")) file.remove_prefix(10);
        if (file.empty()) {
            if (!capacity) return refused("the blank disk " + disk.id + " has no capacity that can be read");
        } else {
            const auto found = files_.find(file);
            if (found == files_.end()) {
                return refused("the disk " + disk.id + " needs the file id " + std::string{file} +
                               ", which no reference has");
            }
            disk.file = found->second.href;
            disk.file_size =
                found->second.size.has_value() ? std::optional{Bytes{*found->second.size}} : std::nullopt;
            disk.format = ovf_disk_format(attribute(node, "format"), disk.file);
            if (!disk.format) {
                return refused("the format of the disk " + disk.id + " (" + disk.file + ") is not known");
            }
        }
        if (out_.disks.size() == kDisksMax) return refused("more than 256 disks are refused");
        out_.disks.push_back(std::move(disk));
        return {};
    }

    Status machine(const pugi::xml_node& node) {
        if (++machines_ > 1) return refused("several virtual machines in one appliance are refused");
        out_.name = child_text(node, "Name");
        if (out_.name.empty()) out_.name = attribute(node, "id");
        for (const pugi::xml_node& part : node.children()) {
            const std::string_view kind = kind_of(part);
            if (kind == "OperatingSystemSection") operating_system(part);
            if (kind == "VirtualHardwareSection") TRY(hardware(part));
            if (kind == "Machine") virtualbox(part);
        }
        return {};
    }

    void operating_system(const pugi::xml_node& node) {
        out_.os_id = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(ovf_number(attribute(node, "id")).value_or(0), UINT32_MAX));
        out_.os_type = attribute(node, "osType");
        if (out_.os_type.empty()) out_.os_type = child_text(node, "OSType");
        if (out_.os_type.empty()) out_.os_type = child_text(node, "Description");
    }

    Status hardware(const pugi::xml_node& node) {
        for (const pugi::xml_node& child : node.children()) {
            const std::string_view name = local(child.name());
            if (name == "Item" || name == "StorageItem" || name == "EthernetPortItem") TRY(item(child));
            const bool config = name == "Config" || name == "ExtraConfig";
            if (config && attribute(child, "key") == "firmware") firmware(attribute(child, "value"));
        }
        return {};
    }

    Status item(const pugi::xml_node& node) {
        const std::uint64_t type = ovf_number(child_text(node, "ResourceType")).value_or(0);
        const std::string_view quantity = child_text(node, "VirtualQuantity");
        if (type == 3) {
            const auto cpus = ovf_number(quantity);
            if (!cpus || *cpus == 0 || *cpus > 4096) return refused("the number of CPUs cannot be read");
            out_.cpus = static_cast<std::uint32_t>(*cpus);
        }
        if (type == 4) {
            const auto memory =
                ovf_amount(quantity, child_text(node, "AllocationUnits"), std::uint64_t{1} << 20);
            if (!memory) return refused("the amount of memory cannot be read");
            out_.memory = Bytes{*memory};
        }
        if (type == 10) ++out_.nics;
        std::string_view id = child_text(node, "InstanceID");
        if (id.empty()) id = child_text(node, "InstanceId");
        items_.push_back({.type = type,
                          .id = std::string{id},
                          .parent = std::string{child_text(node, "Parent")},
                          .host = std::string{child_text(node, "HostResource")},
                          .subtype = std::string{child_text(node, "ResourceSubType")},
                          .address = ovf_number(child_text(node, "AddressOnParent")).value_or(0)});
        return {};
    }

    void firmware(std::string_view value) {
        const bool efi = value.starts_with("efi") || value.starts_with("EFI") || value == "uefi";
        out_.firmware = efi ? Firmware::efi : Firmware::bios;
    }

    /// VirtualBox's own section: <vbox:Machine><Hardware><Firmware type="EFI"/>.
    void virtualbox(const pugi::xml_node& node) {
        for (const pugi::xml_node& hardware : node.children()) {
            if (!is(hardware, "Hardware")) continue;
            for (const pugi::xml_node& child : hardware.children()) {
                if (is(child, "Firmware")) firmware(attribute(child, "type"));
            }
        }
    }

    [[nodiscard]] std::size_t controller_of(const Item& drive) const {
        return static_cast<std::size_t>(std::ranges::find(items_, drive.parent, &Item::id) - items_.begin());
    }

    /// Disks in the order in which the machine sees them: by controller, then by address; the unattached
    /// behind.
    void place_disks() {
        struct Place {
            std::size_t controller;
            std::uint64_t address;
            std::size_t disk;
        };
        std::vector<Place> places;
        std::vector<bool> placed(out_.disks.size(), false);
        for (const Item& drive : items_) {
            const std::size_t at = drive.host.find("disk/");
            if (drive.type != 17 || at == std::string::npos) continue;
            const auto disk = std::ranges::find(out_.disks, drive.host.substr(at + 5), &OvfDisk::id);
            if (disk == out_.disks.end()) continue;
            const std::size_t index = static_cast<std::size_t>(disk - out_.disks.begin());
            if (placed[index]) continue;
            placed[index] = true;
            const std::size_t controller = controller_of(drive);
            if (controller < items_.size()) disk->controller = controller_name(items_[controller]);
            places.push_back({controller, drive.address, index});
        }
        std::ranges::stable_sort(places, [](const Place& a, const Place& b) {
            return std::pair{a.controller, a.address} < std::pair{b.controller, b.address};
        });
        for (std::size_t i = 0; i < placed.size(); ++i) {
            if (!placed[i]) places.push_back({items_.size(), 0, i});
        }
        std::vector<OvfDisk> ordered;
        for (const Place& place : places) ordered.push_back(std::move(out_.disks[place.disk]));
        out_.disks = std::move(ordered);
    }

    static std::string controller_name(const Item& controller) {
        if (controller.type == 5) return "ide";
        if (controller.type == 6) return "scsi";
        if (controller.type != 20) return {};
        const bool nvme = controller.subtype.find("nvme") != std::string::npos ||
                          controller.subtype.find("NVMe") != std::string::npos;
        return nvme ? "nvme" : "sata";
    }

    static constexpr std::size_t kDisksMax = 256;

    std::string_view name_;
    OvfMachine& out_;
    std::map<std::string, File, std::less<>> files_;
    std::vector<Item> items_;
    std::size_t machines_ = 0;
};

}  // namespace

Result<OvfMachine> parse_ovf(std::string_view name, std::string_view xml) {
    pugi::xml_document document;
    const pugi::xml_parse_result parsed =
        document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_doctype);
    OvfMachine machine;
    Descriptor descriptor{name, machine};
    if (!parsed) {
        return descriptor.refused("not well-formed XML at offset " + std::to_string(parsed.offset) + ": " +
                                  parsed.description());
    }
    for (const pugi::xml_node& node : document.children()) {
        if (node.type() == pugi::node_doctype) return descriptor.refused("a DOCTYPE is refused");
    }
    TRY(descriptor.envelope(document.document_element()));
    return machine;
}

}  // namespace landfall::images
