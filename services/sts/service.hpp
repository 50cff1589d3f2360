// STS: who a caller is. README.md tells what it promises.
// Threads: any. Does not touch disk; holds nothing.
#pragma once

namespace landfall::wire {
class Registry;
}

namespace landfall::sts {

/// The table of every operation that works. The registry is complete before the first request.
void register_operations(wire::Registry& registry);

}  // namespace landfall::sts
