// CrashReport: a server that a signal kills says so, and where, as the last of its log. Without it a crash
// looks like a kill -9, and neither leaves a line.
//
// Invariants
//   1. The process still ends by the signal: its exit status, and a core dump where those are on, stay.
//   2. Handlers of others (sanitizers) stay.
//   3. Lines of the log that wait for the end of a burst come before it.
#pragma once

namespace landfall::app {

class Log;

/// For SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT: one JSON line and the addresses of the calls, to stderr.
/// One a process, before threads, gone after them and before the log.
class CrashReports {
public:
    explicit CrashReports(const Log& log);
    ~CrashReports();
    CrashReports(const CrashReports&) = delete;
    CrashReports& operator=(const CrashReports&) = delete;
};

}  // namespace landfall::app
