// The table of every operation, by the file that has it.
#include "services/rds/api.hpp"

namespace landfall::rds {

void Rds::register_operations(wire::Registry& registry) {
    Operations operations{registry, *this};
    register_instances(operations);
    register_changes(operations);
    register_modify(operations);
    register_tags(operations);
    register_logs(operations);
    register_engines(operations);
    register_parameters(operations);
}

}  // namespace landfall::rds
