// Log: one line per state change: a fixed event name and typed fields. Never a secret, never a body.
//
// Text on a terminal, JSON lines elsewhere. `error` means that a person must act.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <variant>

#include "apps/landfall/settings.hpp"

namespace landfall::app {

struct LogField {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double> value;
};

/// Any thread may call; a line is written whole.
class Log {
public:
    Log(LogFormat format, LogLevel least);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});
    void write(LogLevel level, std::string_view event, const LogField* fields, std::size_t count);

private:
    struct Sink;
    std::unique_ptr<Sink> sink_;
    LogLevel least_;
    bool json_;
};

}  // namespace landfall::app
