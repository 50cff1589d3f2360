#include "services/s3/operations.hpp"

#include "services/s3/api.hpp"
#include "services/s3/model_arrival.hpp"

namespace landfall::s3 {
namespace {

std::optional<wire::ApiError> inspected(const wire::Arrival& arrival) {
    std::vector<Stray> strays;
    for (const wire::ExtraParameter& extra : arrival.extras)
        strays.push_back({extra.key, extra.value, extra.names_another});
    Verdict verdict = check_strays(arrival.method, strays);
    if (verdict.ok()) verdict = check_payload_declared(arrival.header);
    if (verdict.ok()) verdict = check_trailer(arrival.header, arrival.streams ? Body::streamed : Body::whole);
    if (verdict.ok() && !arrival.streams) verdict = check_body_md5(arrival.header, arrival.body);
    // What ends an upload tells the object's checksum where others tell their body's.
    if (verdict.ok() && !arrival.streams && arrival.operation != "CompleteMultipartUpload")
        verdict = check_body_sum(arrival.header, arrival.body);
    if (verdict.ok()) return std::nullopt;
    return answer_of(verdict).error();
}

}  // namespace

void register_operations(Service& service, wire::Registry& registry) {
    Table table{service, registry};
    registry.inspect("s3", inspected);
    register_objects(table);
    register_lists(table);
    register_multipart(table);
    register_buckets(table);
    register_bucket_settings(table);
    register_notifications(table);
}

}  // namespace landfall::s3
