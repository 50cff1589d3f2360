// QEMU's machine protocol (QMP, docs/interop/qmp-spec in QEMU's source): one JSON object a line, in both
// directions. Pure; the bytes come from a process that a guest may have taken over, so nothing in them is
// trusted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "engines/machines/step.hpp"

namespace landfall::machines {

struct QmpGreeting {};
struct QmpReturn {
    std::uint64_t id = 0;
    std::string status;  ///< the member of that name, or empty
    std::string uuid;    ///< "UUID", or empty
};
struct QmpError {
    std::uint64_t id = 0;
    std::string text;
};
struct QmpEvent {
    std::string name;
    std::string reason;
    std::string device;
    enum class Flag : std::uint8_t { absent, no, yes };
    Flag guest = Flag::absent;
    Flag no_space = Flag::absent;
};
using QmpMessage = std::variant<QmpGreeting, QmpReturn, QmpError, QmpEvent>;

/// One line. invalid for anything that is not one of the four.
[[nodiscard]] Result<QmpMessage> parse_qmp(std::string_view line);

/// Cuts a stream into lines. invalid once a line exceeds 256 KiB; the stream is then of no more use.
class QmpLines {
public:
    [[nodiscard]] Status add(std::string_view bytes);
    /// Complete lines, without their ends; empty ones are left out.
    [[nodiscard]] std::vector<std::string> take();

private:
    std::string pending_;
    std::vector<std::string> ready_;
};

struct QmpArgument {
    std::string name;
    std::variant<std::string, std::uint64_t> value;
};
/// The line to send, its end included.
[[nodiscard]] std::string qmp_command(std::string_view name, std::uint64_t id,
                                      const std::vector<QmpArgument>& arguments = {});

/// A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_quoted(std::string_view text);

[[nodiscard]] RunStatus run_status_of(std::string_view status);
/// What an event means for a machine's life; nothing for the many that mean nothing to it.
[[nodiscard]] std::vector<Event> meaning_of(const QmpEvent& event);

}  // namespace landfall::machines
