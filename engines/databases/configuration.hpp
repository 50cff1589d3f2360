// The configuration of a database server, as files: pure text from what the server is to be.
//
// Invariants
//   1. A value is quoted as the product's files quote: no value becomes a second setting.
//   2. What confines a server (folders, address, sign-in) stands behind everything else, so that no setting
//      overrides it.
//   3. Nobody signs in without a password but the administrator, over the folder's own socket, by the user
//      of the operating system.
// Pure functions; any thread; no disk.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "engines/databases/product.hpp"

namespace landfall::databases {

using Settings = std::map<std::string, std::string, std::less<>>;

/// How a server runs; written anew at every start.
struct RunSpec {
    std::uint16_t port = 0;
    std::string bind_address = "127.0.0.1";
    Bytes memory;       ///< what the server may count on
    Settings settings;  ///< asked for, beyond what follows from `memory`
};

/// What follows from memory, as README.md's table says. In the product's own names and units.
[[nodiscard]] Settings settings_for(Product product, Bytes memory);

/// Where the program sees its folder, and as whom the administrator signs in.
struct Surroundings {
    std::string folder;
    std::string administrator;
};

/// Names in the folder's etc/, with contents.
using Files = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] Files configuration_files(Product product, const RunSpec& spec, const Surroundings& around);
/// Of the server, after its configuration is written.
[[nodiscard]] std::vector<std::string> server_arguments(const Installed& installed,
                                                        const Surroundings& around);
/// Of the program that makes a data directory.
[[nodiscard]] std::vector<std::string> maker_arguments(const Installed& installed,
                                                       const Surroundings& around);

/// The administrator's socket, below the folder.
[[nodiscard]] std::string socket_name(Product product, std::uint16_t port);

}  // namespace landfall::databases
