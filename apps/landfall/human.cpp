#include "apps/landfall/human.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace landfall::app {

std::string human(Bytes bytes) {
    constexpr std::array<std::string_view, 6> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    auto value = static_cast<double>(bytes.count);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < kUnits.size()) value /= 1024, ++unit;
    std::array<char, 32> text{};
    const int n = std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value,
                                kUnits[unit].data());
    return {text.data(), static_cast<std::size_t>(n)};
}

}  // namespace landfall::app
