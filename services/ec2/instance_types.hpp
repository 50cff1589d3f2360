// Instance types: the names that people know, as amounts of virtual hardware on this host. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace landfall::ec2 {

struct InstanceType {
    std::string_view name;
    std::uint32_t vcpus;
    std::uint32_t memory_mib;

    [[nodiscard]] std::string_view family() const { return name.substr(0, name.find('.')); }
    [[nodiscard]] bool burstable() const { return name.starts_with('t'); }
    [[nodiscard]] bool current_generation() const {
        return !name.starts_with("t1") && !name.starts_with("m4");
    }
    /// EC2 counts two threads a core on everything here but t2 and the single-vCPU sizes.
    [[nodiscard]] std::uint32_t threads_per_core() const;
};

/// Sorted by name. The figures are AWS's published ones.
[[nodiscard]] std::span<const InstanceType> instance_types();
/// nullptr for a name that is not served.
[[nodiscard]] const InstanceType* find_instance_type(std::string_view name);

inline constexpr std::string_view kDefaultInstanceType = "t3.micro";

}  // namespace landfall::ec2
