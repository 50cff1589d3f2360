// Log: one line per state change: a fixed event name and typed fields. Never a secret, never a body.
//
// Text on a terminal, JSON lines elsewhere. `error` means that a person must act.
//
// Invariants
//   1. A line is written whole, and lines in their order.
//   2. A line is with the kernel when write() returns, or, in a burst (base/burst.hpp: a turn of an event
//      loop), when the burst ends: the lines of a turn cost one write(2). A line of level warning or error
//      never waits.
//   3. Lines that wait when a signal kills the server are written by its crash report.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "apps/landfall/settings.hpp"
#include "base/burst.hpp"
#include "base/clock.hpp"

namespace landfall::app {

struct LogField {
    std::string_view name;  ///< plain: no quotes, no control characters
    std::variant<std::string_view, std::int64_t, double> value;
};

/// Any thread may call.
class Log final : Sleeper {
public:
    /// To a descriptor that outlives it; errors of writing are passed over: there is nobody to tell.
    Log(LogFormat format, LogLevel least, int descriptor);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});
    void write(LogLevel level, std::string_view event, const LogField* fields, std::size_t count);

    /// In the handler of a signal that kills: writes what waits, without a lock. Lines that another thread is
    /// writing at that moment may come twice.
    void write_at_once_in_handler() const;

private:
    static constexpr std::size_t kWaitingMax = 64 * 1024;

    void wake_up() override;
    void flush();
    void stamp(std::string& line);
    void write_json(LogLevel level, std::string_view event, const LogField* fields, std::size_t count);
    void write_text(LogLevel level, std::string_view event, const LogField* fields, std::size_t count);

    const LogLevel least_;
    const bool json_;
    const int descriptor_;

    std::mutex mutex_;
    std::string line_;      ///< the one being made; keeps its memory
    std::string second_;    ///< "2026-11-23T05:20:00", made once a second
    std::int64_t made_of_;  ///< that second
    const std::unique_ptr<char[]> waiting_;
    std::atomic<std::size_t> waiting_size_ = 0;
};

}  // namespace landfall::app
