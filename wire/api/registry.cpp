#include "wire/api/registry.hpp"

namespace landfall::wire {

const Registry::Entry* Registry::find(std::string_view service, std::string_view operation) const {
    const auto found = entries_.find({service, operation});
    return found == entries_.end() ? nullptr : &found->second;
}

void Registry::add(std::string_view service, std::string_view operation, Runs runs,
                   std::function<void(Deferred)> run) {
    const bool fresh = entries_.emplace(std::pair{service, operation}, Entry{runs, std::move(run)}).second;
    CHECK(fresh);
}

void Registry::inspect(std::string_view service, Inspect inspect) {
    const bool fresh = inspectors_.emplace(service, std::move(inspect)).second;
    CHECK(fresh);
}

const Inspect* Registry::inspector(std::string_view service) const {
    const auto found = inspectors_.find(service);
    return found == inspectors_.end() ? nullptr : &found->second;
}

void Registry::serve_unsigned(std::string_view service, std::string_view operation) {
    const auto at = entries_.find({service, operation});
    CHECK(at != entries_.end());
    at->second.unsigned_requests = Unsigned::served;
}

}  // namespace landfall::wire
