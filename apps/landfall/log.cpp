#include "apps/landfall/log.hpp"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/clock.hpp"
#include "base/plain_text.hpp"

namespace landfall::app {
namespace {

void append_json_text(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    const std::size_t plain = plain_length(text);
    out += text.substr(0, plain);
    for (const char c : text.substr(plain)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += kHex[byte >> 4];
            out += kHex[byte & 15U];
        } else {
            out += c;
        }
    }
    out += '"';
}

/// Values with blanks or quotes are quoted, so that a line of text splits into fields again.
void append_plain_text(std::string& out, std::string_view text) {
    const bool plain = !text.empty() && text.find_first_of(" \"\t\n\r=") == std::string_view::npos;
    if (plain)
        out += text;
    else
        append_json_text(out, text);
}

void append_value(std::string& out, const LogField& field, bool json) {
    if (const auto* text = std::get_if<std::string_view>(&field.value))
        json ? append_json_text(out, *text) : append_plain_text(out, *text);
    else if (const auto* integer = std::get_if<std::int64_t>(&field.value))
        out += std::to_string(*integer);
    else
        out += fmt::format("{:.6g}", std::get<double>(field.value));
}

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warning", "error"};

/// A request's line, grown once.
constexpr std::size_t kLineUsual = 512;

std::string json_line(LogLevel level, std::string_view event, const LogField* fields, std::size_t count) {
    std::string line;
    line.reserve(kLineUsual);
    line.append("{\"ts\":\"")
        .append(iso8601(SystemClock{}.now(), Fraction::millis))
        .append("\",\"level\":\"");
    line += kLevelNames[static_cast<std::size_t>(level)];
    line += "\",\"event\":";
    append_json_text(line, event);
    for (std::size_t i = 0; i < count; ++i) {
        line += ',';
        append_json_text(line, fields[i].name);
        line += ':';
        append_value(line, fields[i], true);
    }
    line += '}';
    return line;
}

std::string text_line(LogLevel level, std::string_view event, const LogField* fields, std::size_t count) {
    std::string line = iso8601(SystemClock{}.now(), Fraction::millis) + " ";
    line += kLevelNames[static_cast<std::size_t>(level)];
    line += ' ';
    line += event;
    for (std::size_t i = 0; i < count; ++i) {
        line += ' ';
        line += fields[i].name;
        line += '=';
        append_value(line, fields[i], false);
    }
    return line;
}

}  // namespace

struct Log::Sink {
    spdlog::logger logger{"landfall", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>()};
};

Log::Log(LogFormat format, LogLevel least)
    : sink_{std::make_unique<Sink>()},
      least_{least},
      json_{format == LogFormat::json || (format == LogFormat::automatic && isatty(STDERR_FILENO) == 0)} {
    sink_->logger.set_pattern("%v");
    sink_->logger.set_level(spdlog::level::trace);
    sink_->logger.flush_on(spdlog::level::trace);
}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    write(level, event, fields.begin(), fields.size());
}

void Log::write(LogLevel level, std::string_view event, const LogField* fields, std::size_t count) {
    if (level < least_) return;
    const std::string line =
        json_ ? json_line(level, event, fields, count) : text_line(level, event, fields, count);
    sink_->logger.log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace landfall::app
