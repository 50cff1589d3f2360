// CrashReport: a server that a signal kills says so, and where, as the last of its log. Without it a crash
// looks like a kill -9, and neither leaves a line.
//
// Invariants
//   1. The process still ends by the signal: its exit status, and a core dump where those are on, stay.
//   2. Handlers of others (sanitizers) stay.
#pragma once

namespace landfall::app {

/// For SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT: one JSON line and the addresses of the calls, to stderr.
/// Once, before threads.
void report_crashes();

}  // namespace landfall::app
