// The table of every operation, by the file that has it.
#include "services/dms/api.hpp"

namespace landfall::dms {

void Dms::register_operations(wire::Registry& registry) {
    Operations operations{registry};
    register_profiles(operations, *this);
    register_providers(operations, *this);
    register_projects(operations, *this);
    register_tags(operations, *this);
    register_models(operations, *this);
    register_requests(operations, *this);
    register_instances(operations, *this);
    register_subnet_groups(operations, *this);
    register_endpoints(operations, *this);
    register_certificates(operations, *this);
    register_connections(operations, *this);
    register_tasks(operations, *this);
    register_statistics(operations, *this);
    register_events(operations, *this);
    register_account(operations, *this);
}

}  // namespace landfall::dms
