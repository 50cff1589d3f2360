// What filters see of EC2's resources: the attribute behind each documented filter name. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/ec2/model.hpp"
#include "services/ec2/network.hpp"

namespace landfall::ec2 {

using Values = std::optional<std::vector<std::string>>;

/// Filter names that Describe<T> takes, besides the tag filters.
template <class T>
[[nodiscard]] const std::vector<std::string_view>& known_filters();

/// `scope` is the resource's.
[[nodiscard]] Values attribute_of(const Snapshot& snapshot, std::string_view name, const Scope& scope);
[[nodiscard]] Values attribute_of(const Image& image, std::string_view name, const Scope& scope);
[[nodiscard]] Values attribute_of(const Instance& instance, std::string_view name, const Scope& scope);
[[nodiscard]] Values attribute_of(const Volume& volume, std::string_view name, const Scope& scope);
[[nodiscard]] Values attribute_of(const Interface& interface, std::string_view name, const Scope& scope);
[[nodiscard]] Values attribute_of(const KeyPair& pair, std::string_view name, const Scope& scope);
[[nodiscard]] Values attribute_of(const ImportTask& task, std::string_view name, const Scope& scope);

}  // namespace landfall::ec2
