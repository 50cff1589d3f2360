// Receipt handles: the engine's receipts as opaque text.
//
// Layout before base64, version 1 (30 bytes, little-endian): version u8 = 1, reserved u8 = 0, queue u64,
// sequence u64, lease u64, the low 32 bits of the SHA-256 of what stands before. Handles stay valid across
// restarts, so the layout is a contract with clients' databases: a new one gets a new version, and old ones
// are still read. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engines/messages/message.hpp"

namespace landfall::sqs {

[[nodiscard]] std::string handle_of(const messages::Receipt& receipt);
/// nullopt: no handle of ours.
[[nodiscard]] std::optional<messages::Receipt> parse_handle(std::string_view handle);

}  // namespace landfall::sqs
