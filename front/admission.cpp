#include "front/admission.hpp"

#include <mutex>

namespace landfall::front {

Admission::Gate& Admission::gate_of(std::string_view service) {
    {
        const std::shared_lock lock{mutex_};
        if (const auto it = gates_.find(service); it != gates_.end()) return it->second;
    }
    const std::unique_lock lock{mutex_};
    Gate& gate = gates_[std::string{service}];
    const auto own = limits_.of.find(service);
    gate.limit = own != limits_.of.end() ? own->second : limits_.each;
    return gate;
}

Admission::Pass Admission::enter(std::string_view service) {
    Gate& gate = gate_of(service);
    if (gate.in_hand.fetch_add(1, std::memory_order_relaxed) < gate.limit) return Pass{&gate.in_hand};
    gate.in_hand.fetch_sub(1, std::memory_order_relaxed);
    return Pass{};
}

}  // namespace landfall::front
