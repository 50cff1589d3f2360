// The small languages inside an OVF: numbers, programmatic units, format URLs. Pure. Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engines/images/disk_image.hpp"

namespace landfall::images {

[[nodiscard]] std::string_view ovf_trimmed(std::string_view text);
/// A decimal number and nothing else.
[[nodiscard]] std::optional<std::uint64_t> ovf_number(std::string_view text);
/// `quantity` in `units` as bytes. Units: "byte * 2^20", "byte*10^6", "MegaBytes", "GB", "GiB" …; empty means
/// `default_unit` bytes. nullopt: not understood, or beyond 2^62.
[[nodiscard]] std::optional<std::uint64_t> ovf_amount(std::string_view quantity, std::string_view units,
                                                      std::uint64_t default_unit);
/// By the format's URL, and where that says nothing by the file's extension.
[[nodiscard]] std::optional<Format> ovf_disk_format(std::string_view url, std::string_view file);

}  // namespace landfall::images
