#include "apps/landfall/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace landfall::app {

namespace {
/// 128 packs, 64 tables of the index, the message log's segments, three a machine, one a delivery.
constexpr std::uint64_t kSetAsideMax = 4'096;
}  // namespace

std::uint64_t raise_descriptor_limit() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    rlimit raised = files;
    raised.rlim_cur = raised.rlim_max;
    return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : files.rlim_cur;
}

std::size_t connections_within(std::uint64_t limit, std::size_t wanted) {
    const std::uint64_t left = limit - std::min(kSetAsideMax, limit / 2);
    return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, left));
}

}  // namespace landfall::app
