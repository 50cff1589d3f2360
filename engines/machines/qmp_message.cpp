#include "engines/machines/qmp_message.hpp"

#include <simdjson.h>

namespace landfall::machines {

namespace {

constexpr std::size_t kLineMax = 256 * 1024;

std::string text_at(const simdjson::dom::element& parent, const char* name) {
    std::string_view text;
    if (parent[name].get(text) != simdjson::SUCCESS) return {};
    return std::string{text};
}

QmpEvent::Flag flag_at(const simdjson::dom::element& parent, const char* name) {
    bool set = false;
    if (parent[name].get(set) != simdjson::SUCCESS) return QmpEvent::Flag::absent;
    return set ? QmpEvent::Flag::yes : QmpEvent::Flag::no;
}

std::uint64_t id_of(const simdjson::dom::element& root) {
    std::uint64_t id = 0;
    if (root["id"].get(id) != simdjson::SUCCESS) return 0;
    return id;
}

QmpEvent event_of(std::string_view name, const simdjson::dom::element& root) {
    QmpEvent event;
    event.name = std::string{name};
    simdjson::dom::element body;
    if (root["data"].get(body) != simdjson::SUCCESS) return event;
    event.reason = text_at(body, "reason");
    event.device = text_at(body, "node-name");
    if (event.device.empty()) event.device = text_at(body, "device");
    event.guest = flag_at(body, "guest");
    event.no_space = flag_at(body, "nospace");
    return event;
}

}  // namespace

Result<QmpMessage> parse_qmp(std::string_view line) {
    simdjson::dom::parser parser{kLineMax * 2};
    simdjson::dom::element root;
    const simdjson::padded_string padded{line};
    if (const auto code = parser.parse(padded).get(root); code != simdjson::SUCCESS)
        return Error{Errc::invalid, std::string{"QMP: "} + simdjson::error_message(code)};
    simdjson::dom::object object;
    if (root.get(object) != simdjson::SUCCESS)
        return Error{Errc::invalid, "QMP: a line that is not an object"};
    simdjson::dom::element member;
    if (object["QMP"].get(member) == simdjson::SUCCESS) return QmpMessage{QmpGreeting{}};
    std::string_view name;
    if (object["event"].get(name) == simdjson::SUCCESS) return QmpMessage{event_of(name, root)};
    if (object["error"].get(member) == simdjson::SUCCESS)
        return QmpMessage{QmpError{id_of(root), text_at(member, "desc")}};
    if (object["return"].get(member) == simdjson::SUCCESS)
        return QmpMessage{QmpReturn{id_of(root), text_at(member, "status"), text_at(member, "UUID")}};
    return Error{Errc::invalid, "QMP: neither greeting, return, error nor event"};
}

Status QmpLines::add(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        const std::string_view part = bytes.substr(0, end);
        if (pending_.size() + part.size() > kLineMax) return Error{Errc::invalid, "QMP: a line over 256 KiB"};
        pending_ += part;
        if (end == std::string_view::npos) return {};
        bytes.remove_prefix(end + 1);
        if (!pending_.empty() && pending_.back() == '\r') pending_.pop_back();
        if (!pending_.empty()) ready_.push_back(std::exchange(pending_, {}));
    }
    return {};
}

std::vector<std::string> QmpLines::take() { return std::exchange(ready_, {}); }

std::string json_quoted(std::string_view text) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += text[i++];
        } else if (c < 0x20 || c == 0x7f) {
            out += "\\u00";
            out += kHex[c >> 4];
            out += kHex[c & 15];
            ++i;
        } else if (c < 0x80) {
            out += text[i++];
        } else {
            const std::size_t length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
            const std::string_view sequence = text.substr(i, length);
            const bool whole = c >= 0xc2 && sequence.size() == length &&
                               simdjson::validate_utf8(sequence.data(), sequence.size());
            if (whole)
                out += sequence;
            else
                out += "\\ufffd";
            i += whole ? length : 1;
        }
    }
    return out + '"';
}

std::string qmp_command(std::string_view name, std::uint64_t id, const std::vector<QmpArgument>& arguments) {
    std::string line = "{\"execute\":" + json_quoted(name) + ",\"id\":" + std::to_string(id);
    if (!arguments.empty()) {
        line += ",\"arguments\":{";
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            if (i > 0) line += ',';
            line += json_quoted(arguments[i].name) + ':';
            if (const auto* text = std::get_if<std::string>(&arguments[i].value))
                line += json_quoted(*text);
            else
                line += std::to_string(std::get<std::uint64_t>(arguments[i].value));
        }
        line += '}';
    }
    return line + "}\r\n";
}

RunStatus run_status_of(std::string_view status) {
    if (status == "running") return RunStatus::running;
    if (status == "paused") return RunStatus::paused;
    if (status == "io-error") return RunStatus::io_error;
    if (status == "internal-error") return RunStatus::internal_error;
    if (status == "guest-panicked") return RunStatus::panicked;
    return RunStatus::other;
}

std::vector<Event> meaning_of(const QmpEvent& event) {
    const bool by_guest = event.guest == QmpEvent::Flag::yes;
    if (event.name == "GUEST_PANICKED") return {GuestPanicked{}};
    if (event.name == "RESUME") return {StatusSeen{RunStatus::running}};
    if (event.name == "RESET") return {GuestReset{}};
    if (event.name == "SHUTDOWN") {
        // A reset that QEMU carries out is announced by RESET alone.
        if (event.reason == "guest-reset" || event.reason == "host-qmp-system-reset") return {};
        return {GuestOff{by_guest}};
    }
    if (event.name == "BLOCK_IO_ERROR") {
        const bool full = event.no_space == QmpEvent::Flag::yes;
        return {DiskFault{full ? DiskFault::Kind::full : DiskFault::Kind::error, event.device}};
    }
    return {};
}

}  // namespace landfall::machines
