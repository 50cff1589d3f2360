// What a guest is told at boot: cloud-init's NoCloud meta-data. Pure.
#pragma once

#include <string>
#include <string_view>

#include "services/ec2/model.hpp"

namespace landfall::ec2 {

/// YAML: the instance's id, its host name in its region, and the public key that it was launched with. Names
/// and keys are quoted: nothing in them can add a line of its own.
[[nodiscard]] std::string meta_data(const Instance& instance, std::string_view region);

}  // namespace landfall::ec2
