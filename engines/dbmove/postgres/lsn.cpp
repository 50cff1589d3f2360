#include "engines/dbmove/postgres/lsn.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace landfall::dbmove::postgres {

std::string text_of(Lsn lsn) {
    std::array<char, 24> text{};
    const int length =
        std::snprintf(text.data(), text.size(), "%X/%X", static_cast<unsigned>(lsn.value >> 32U),
                      static_cast<unsigned>(lsn.value & 0xFFFFFFFFU));
    return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<Lsn> parse_lsn(std::string_view text) {
    const auto hex = [](std::string_view part) -> std::optional<std::uint32_t> {
        std::uint32_t value = 0;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value, 16);
        if (part.empty() || error != std::errc{} || end != part.data() + part.size()) return std::nullopt;
        return value;
    };
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto high = hex(text.substr(0, slash)), low = hex(text.substr(slash + 1));
    if (!high || !low) return std::nullopt;
    return Lsn{std::uint64_t{*high} << 32U | *low};
}

}  // namespace landfall::dbmove::postgres
