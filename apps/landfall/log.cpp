#include "apps/landfall/log.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>

#include "base/json_text.hpp"

namespace landfall::app {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warning", "error"};
/// A request's line, grown once.
constexpr std::size_t kLineUsual = 512;
constexpr std::size_t kDaySecondsText = std::string_view{"2026-11-23T05:20:00"}.size();

/// Values with blanks or quotes are quoted, so that a line of text splits into fields again.
void append_plain_text(std::string& out, std::string_view text) {
    const bool plain = !text.empty() && text.find_first_of(" \"\t\n\r=") == std::string_view::npos;
    if (plain)
        out += text;
    else
        append_json_text(out, text);
}

/// As "%.6g" prints it, or a whole number.
template <class... Format>
void append_number(std::string& out, Format... format) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), format...);
    out.append(digits.data(), end.ptr);
}

void append_value(std::string& out, const LogField& field, bool json) {
    if (const auto* text = std::get_if<std::string_view>(&field.value))
        json ? append_json_text(out, *text) : append_plain_text(out, *text);
    else if (const auto* integer = std::get_if<std::int64_t>(&field.value))
        append_number(out, *integer);
    else
        append_number(out, std::get<double>(field.value), std::chars_format::general, 6);
}

/// Only what a signal handler may call.
void write_whole(int descriptor, const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t n = ::write(descriptor, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        bytes += n;
        size -= static_cast<std::size_t>(n);
    }
}

}  // namespace

Log::Log(LogFormat format, LogLevel least, int descriptor)
    : least_{least},
      json_{format == LogFormat::json || (format == LogFormat::automatic && isatty(descriptor) == 0)},
      descriptor_{descriptor},
      made_of_{std::numeric_limits<std::int64_t>::min()},
      waiting_{std::make_unique_for_overwrite<char[]>(kWaitingMax)} {
    line_.reserve(kLineUsual);
}

Log::~Log() { flush(); }

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    write(level, event, fields.begin(), fields.size());
}

void Log::write(LogLevel level, std::string_view event, const LogField* fields, std::size_t count) {
    if (level < least_) return;
    {
        const std::lock_guard lock{mutex_};
        line_.clear();
        json_ ? write_json(level, event, fields, count) : write_text(level, event, fields, count);
        line_ += '\n';
        const std::size_t waits = waiting_size_.load(std::memory_order_relaxed);
        if (waits + line_.size() > kWaitingMax) flush();
        if (line_.size() > kWaitingMax) {
            write_whole(descriptor_, line_.data(), line_.size());
            std::string{}.swap(line_);
            return;
        }
        const std::size_t at = waiting_size_.load(std::memory_order_relaxed);
        std::memcpy(waiting_.get() + at, line_.data(), line_.size());
        waiting_size_.store(at + line_.size(), std::memory_order_release);
        if (level >= LogLevel::warning) return flush();
    }
    Burst::wake(*this);
}

void Log::wake_up() {
    const std::lock_guard lock{mutex_};
    flush();
}

/// Under the lock, which keeps lines in order.
void Log::flush() {
    const std::size_t size = waiting_size_.load(std::memory_order_relaxed);
    write_whole(descriptor_, waiting_.get(), size);
    waiting_size_.store(0, std::memory_order_release);
}

void Log::write_at_once_in_handler() const {
    write_whole(descriptor_, waiting_.get(), waiting_size_.load(std::memory_order_acquire));
}

void Log::stamp(std::string& line) {
    const Instant now = SystemClock{}.now();
    if (const std::int64_t second = now.seconds(); second != made_of_) {
        second_ = iso8601(now, Fraction::none).substr(0, kDaySecondsText);
        made_of_ = second;
    }
    const auto millis =
        static_cast<unsigned>((now.ns % 1'000'000'000 + 1'000'000'000) % 1'000'000'000 / 1'000'000);
    const std::array<char, 5> rest{'.', static_cast<char>('0' + millis / 100),
                                   static_cast<char>('0' + millis / 10 % 10),
                                   static_cast<char>('0' + millis % 10), 'Z'};
    line.append(second_).append(rest.data(), rest.size());
}

void Log::write_json(LogLevel level, std::string_view event, const LogField* fields, std::size_t count) {
    line_ += "{\"ts\":\"";
    stamp(line_);
    line_ += "\",\"level\":\"";
    line_ += kLevelNames[static_cast<std::size_t>(level)];
    line_ += "\",\"event\":";
    append_json_text(line_, event);
    for (std::size_t i = 0; i < count; ++i) {
        line_.append(",\"").append(fields[i].name).append("\":");
        append_value(line_, fields[i], true);
    }
    line_ += '}';
}

void Log::write_text(LogLevel level, std::string_view event, const LogField* fields, std::size_t count) {
    stamp(line_);
    line_ += ' ';
    line_ += kLevelNames[static_cast<std::size_t>(level)];
    line_ += ' ';
    line_ += event;
    for (std::size_t i = 0; i < count; ++i) {
        line_.append(1, ' ').append(fields[i].name).append(1, '=');
        append_value(line_, fields[i], false);
    }
}

}  // namespace landfall::app
