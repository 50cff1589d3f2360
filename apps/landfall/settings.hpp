// Settings: what an operator may choose, from four places: built-in default < TOML file < environment < flag.
//
// Invariants
//   1. Every setting has an owner, a default, bounds and a row in docs/LIMITS.md; anything else is a
//   constexpr.
//   2. An unknown key or a value out of bounds is an error that names the key and the file; nothing is
//   guessed.
//   3. A setting is never a secret: keys live in the data directory, and a password in a file that a setting
//      names.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "services/sns/delivery_settings.hpp"

namespace landfall::app {

enum class LogFormat { automatic, text, json };
enum class LogLevel { debug, info, warning, error };
enum class OtherRegions { refused, served };
enum class Acceleration { automatic, kvm, tcg };

struct Settings {
    std::filesystem::path data_directory;
    std::string listen_host = "127.0.0.1";
    std::uint16_t listen_port = 4566;
    std::string region = "us-east-1";  ///< the default one
    std::vector<std::string> regions;  ///< that are answered for; `region` is among them
    OtherRegions other_regions = OtherRegions::refused;
    std::string public_url;  ///< of links that no request brings; empty: that of the listening address
    std::string tls_certificate;  ///< PEM file; empty: a self-signed one is made
    std::string tls_key;
    std::uint32_t loop_threads = 2;
    std::uint32_t worker_threads = 64;
    std::uint32_t import_threads = 0;  ///< 0: one a core
    std::uint32_t connections_max = 20'000;
    sns::DeliverySettings deliveries;           ///< to endpoints outside of this server
    std::uint32_t queue_recreate_seconds = 60;  ///< a deleted queue's name rests; 0: not at all
    std::uint32_t queue_purge_seconds = 60;     ///< between two purges of a queue; 0: none
    std::uint32_t queue_in_flight = 120'000;    ///< messages received and not deleted, a queue
    Acceleration acceleration = Acceleration::automatic;
    std::string database_address = "127.0.0.1";  ///< of managed databases
    std::uint32_t scrub_mib_per_second = 8;  ///< 0: no scheduled scrub
    std::uint32_t scrub_interval_hours = 168;
    std::uint32_t collect_interval_minutes = 60;  ///< 0: no scheduled collection
    LogFormat log_format = LogFormat::automatic;
    LogLevel log_level = LogLevel::info;
};

/// `key=value` pairs as flags or the environment gave them; keys as in the TOML file, dotted
/// ("server.listen").
using Overrides = std::map<std::string, std::string>;

/// Reads the file (if not empty), then the environment (LANDFALL_SERVER_LISTEN …), then the flags.
/// Errors: not_found (file), invalid (syntax, unknown key, out of bounds), each naming the place.
Result<Settings> load_settings(const std::filesystem::path& file, const Overrides& environment,
                               const Overrides& flags);

/// The environment's LANDFALL_* variables as overrides; LANDFALL_DATA means server.data.
Overrides overrides_from_environment(char** environment);

/// One row a setting: key, default, bounds, meaning. For `landfall server --help-settings` and
/// docs/LIMITS.md.
struct SettingRow {
    std::string_view key;
    std::string_view meaning;
    std::string default_value;
    std::string bounds;
};
std::vector<SettingRow> describe_settings();

}  // namespace landfall::app
