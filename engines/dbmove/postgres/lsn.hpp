// Lsn: a place in PostgreSQL's write-ahead log.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace landfall::dbmove::postgres {

struct Lsn {
    std::uint64_t value = 0;
    auto operator<=>(const Lsn&) const = default;
};

/// As the server writes it: "16/B374D848".
[[nodiscard]] std::string text_of(Lsn lsn);
[[nodiscard]] std::optional<Lsn> parse_lsn(std::string_view text);

}  // namespace landfall::dbmove::postgres
