// Threads: every thread of `landfall server` is started here; the table says which there are and why.
//
// Invariants
//   1. A thread whose name is not in the table is a bug.
//   2. Whoever starts a thread joins it (base/thread_starter.hpp).
#pragma once

#include <span>
#include <string_view>

#include "base/thread_starter.hpp"

namespace landfall::app {

struct ThreadRow {
    std::string_view name;   ///< as the kernel shows it; a trailing '*' stands for any rest
    std::string_view count;  ///< a number, or the setting that it comes from
    std::string_view purpose;
};

[[nodiscard]] std::span<const ThreadRow> thread_table();

/// Any thread may call.
class Threads final : public ThreadStarter {
public:
    [[nodiscard]] std::thread start(std::string_view name, UniqueFunction<void()> body) override;

private:
    SystemThreads system_;
};

}  // namespace landfall::app
