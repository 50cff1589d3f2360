// Products: the database servers that this machine has installed, and what they say of themselves.
//
// Pure values, but for find_installed, which runs the programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace landfall::databases {

enum class Product : std::uint8_t { postgres, mariadb };
inline constexpr Product kProducts[] = {Product::postgres, Product::mariadb};
[[nodiscard]] std::string_view name_of(Product product);
[[nodiscard]] std::optional<Product> product_named(std::string_view name);

struct Installed {
    Product product = Product::postgres;
    std::string version;  ///< "15.18", "10.11.19"
    std::string major;    ///< "15", "10.11"
    std::string server;   ///< path of the server's program
    std::string maker;    ///< path of the program that makes a data directory
};

/// The version in what the server answers to --version; empty where there is none.
[[nodiscard]] std::string version_in(std::string_view answer, Product product);
/// What a program of a product prints, at most 1 MiB, run without rights. unavailable, timeout.
[[nodiscard]] Result<std::string> answer_of(std::vector<std::string> argv);
/// Debian's packages: the newest major version of each product. Those that are not there are left out.
[[nodiscard]] std::vector<Installed> find_installed();

}  // namespace landfall::databases
