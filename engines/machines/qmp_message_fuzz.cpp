#include <cstddef>
#include <cstdint>

#include "engines/machines/qmp_message.hpp"

// Any bytes, torn at a place that the first byte names: no crash, and what parses has a meaning that can be
// asked for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace landfall::machines;
    if (size == 0) return 0;
    const std::string_view text{reinterpret_cast<const char*>(bytes) + 1, size - 1};
    const std::size_t cut = text.empty() ? 0 : bytes[0] % text.size();
    QmpLines lines;
    if (!lines.add(text.substr(0, cut)).ok() || !lines.add(text.substr(cut)).ok()) return 0;
    for (const std::string& line : lines.take()) {
        const auto message = parse_qmp(line);
        if (!message.ok()) continue;
        if (const auto* event = std::get_if<QmpEvent>(&*message)) (void)meaning_of(*event);
    }
    // A command is JSON, whatever its argument: only its kind is not one of an answer.
    const std::string command = qmp_command("x", 1, {{"a", std::string{text}}});
    if (command.size() < 64 * 1024 &&
        parse_qmp(command).error().message().find("neither") == std::string::npos)
        __builtin_trap();
    return 0;
}
