#include "services/rds/model_instance.hpp"

#include <algorithm>

namespace landfall::rds {
namespace {

constexpr int kGib = 1024;
constexpr InstanceClass kClasses[] = {
    {"db.m5.2xlarge", 8, 32 * kGib}, {"db.m5.4xlarge", 16, 64 * kGib}, {"db.m5.large", 2, 8 * kGib},
    {"db.m5.xlarge", 4, 16 * kGib},  {"db.m6i.large", 2, 8 * kGib},    {"db.m6i.xlarge", 4, 16 * kGib},
    {"db.r5.large", 2, 16 * kGib},   {"db.r5.xlarge", 4, 32 * kGib},   {"db.t3.2xlarge", 8, 32 * kGib},
    {"db.t3.large", 2, 8 * kGib},    {"db.t3.medium", 2, 4 * kGib},    {"db.t3.micro", 2, 1 * kGib},
    {"db.t3.small", 2, 2 * kGib},    {"db.t3.xlarge", 4, 16 * kGib},   {"db.t4g.large", 2, 8 * kGib},
    {"db.t4g.medium", 2, 4 * kGib},  {"db.t4g.micro", 2, 1 * kGib},    {"db.t4g.small", 2, 2 * kGib},
};

}  // namespace

std::span<const InstanceClass> instance_classes() { return kClasses; }

const InstanceClass* find_class(std::string_view name) {
    const auto found = std::ranges::find(kClasses, name, &InstanceClass::name);
    return found == std::end(kClasses) ? nullptr : found;
}

bool DbInstance::at_rest() const {
    return status == status::kAvailable || status == status::kStopped || status == status::kFailed ||
           status == status::kBadParameters;
}

bool DbInstance::should_run() const { return status == status::kAvailable; }

Verdict need_status(const DbInstance& instance, std::initializer_list<std::string_view> allowed,
                    std::string_view refusal) {
    if (std::find(allowed.begin(), allowed.end(), instance.status) != allowed.end()) return {};
    return Fault{FaultCode::instance_state, "Instance " + instance.self.name + " " + std::string{refusal}};
}

}  // namespace landfall::rds
