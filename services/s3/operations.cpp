#include "services/s3/operations.hpp"

#include "services/s3/api.hpp"

namespace landfall::s3 {

void register_operations(Service& service, wire::Registry& registry) {
    Table table{service, registry};
    register_objects(table);
    register_lists(table);
    register_multipart(table);
    register_buckets(table);
    register_bucket_settings(table);
}

}  // namespace landfall::s3
