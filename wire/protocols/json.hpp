// JSON ⇄ slots. One pass each way, no document in between.
//
// Invariants
//   1. Depth is at most kDepthMax; memory grows in proportion to the body; strings without escapes are views
//      of it.
//   2. Unknown members are skipped (but must be valid JSON), null members are absent, the last duplicate
//      wins.
//   3. Integers are exact over the whole int64 range. NaN and infinities are strings, both ways.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/model/model.hpp"
#include "wire/model/slot.hpp"

namespace landfall::wire {

inline constexpr int kDepthMax = 64;

/// How names and times are written. The wire's: names resolved for the protocol, epoch seconds. `kPlainJson`
/// is the model's own member names and ISO 8601, whatever the protocol: what tests and the audit log use.
enum class JsonNames : std::uint8_t { wire, model };
/// hidden: members that the model calls sensitive are "***", and text is cut after kShownMax bytes.
enum class JsonSecrets : std::uint8_t { shown, hidden };
inline constexpr std::size_t kShownMax = 256;
struct JsonStyle {
    JsonNames names = JsonNames::wire;
    TimeFormat time = TimeFormat::epoch;
    JsonSecrets secrets = JsonSecrets::shown;
};
inline constexpr JsonStyle kPlainJson{.names = JsonNames::model, .time = TimeFormat::iso8601};
inline constexpr JsonStyle kAuditJson{
    .names = JsonNames::model, .time = TimeFormat::iso8601, .secrets = JsonSecrets::hidden};

/// The structure in `body` (blank = no member) into `record`, members of the body only when names are the
/// wire's. invalid: the text is not JSON or a value has the wrong type; the message names the member.
[[nodiscard]] Status read_json(std::string_view body, const Model& model, const Structure& structure,
                               Record& record, Arena& arena, JsonStyle style = {});
void write_json(std::string& out, const Model& model, const Structure& structure, const Record& record,
                JsonStyle style = {});
void append_json_text(std::string& out, std::string_view text);

}  // namespace landfall::wire
