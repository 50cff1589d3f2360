#include "services/sts/api.hpp"
#include "services/sts/service.hpp"
#include "wire/api/registry.hpp"

namespace landfall::sts {

void register_operations(wire::Registry& registry) {
    registry.on<wire::sts::GetCallerIdentity>(wire::Runs::inline_, get_caller_identity);
}

}  // namespace landfall::sts
