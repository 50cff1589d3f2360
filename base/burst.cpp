#include "base/burst.hpp"

#include <algorithm>

namespace landfall {
namespace {

/// The thread's outermost burst. A thread's own, because what is done in a burst does not know of it.
thread_local Burst* t_burst = nullptr;

}  // namespace

Burst::Burst() {
    if (t_burst == nullptr) t_burst = this;
}

Burst::~Burst() {
    if (t_burst != this) return;
    t_burst = nullptr;
    for (std::size_t i = 0; i < count_; ++i) held_[i]->wake_up();
}

void Burst::wake(Sleeper& sleeper) {
    Burst* const burst = t_burst;
    if (burst == nullptr) return sleeper.wake_up();
    const auto end = burst->held_.begin() + static_cast<std::ptrdiff_t>(burst->count_);
    if (std::find(burst->held_.begin(), end, &sleeper) != end) return;
    if (burst->count_ == kHeldMax) return sleeper.wake_up();
    burst->held_[burst->count_++] = &sleeper;
}

}  // namespace landfall
