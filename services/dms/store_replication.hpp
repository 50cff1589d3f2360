// DMS's records of replication: instances, subnet groups, endpoints, certificates, connections, schemas.
//
// Formats: docs/formats/dms.md. Threads: any.
#pragma once

#include "services/dms/model_endpoint.hpp"
#include "services/dms/store.hpp"

namespace landfall::dms {

template <>
struct Kind<ReplicationInstance> {
    static constexpr std::string_view kName = "dms.replication-instance";
    static state::Resource encode(const ReplicationInstance& instance);
    static Result<ReplicationInstance> decode(const state::Resource& resource);
};
template <>
struct Kind<SubnetGroup> {
    static constexpr std::string_view kName = "dms.subnet-group";
    static state::Resource encode(const SubnetGroup& group);
    static Result<SubnetGroup> decode(const state::Resource& resource);
};
template <>
struct Kind<Endpoint> {
    static constexpr std::string_view kName = "dms.endpoint";
    static state::Resource encode(const Endpoint& endpoint);
    static Result<Endpoint> decode(const state::Resource& resource);
};
template <>
struct Kind<Certificate> {
    static constexpr std::string_view kName = "dms.certificate";
    static state::Resource encode(const Certificate& certificate);
    static Result<Certificate> decode(const state::Resource& resource);
};
template <>
struct Kind<Connection> {
    static constexpr std::string_view kName = "dms.connection";
    static state::Resource encode(const Connection& connection);
    static Result<Connection> decode(const state::Resource& resource);
};
template <>
struct Kind<SchemaList> {
    static constexpr std::string_view kName = "dms.schemas";
    static state::Resource encode(const SchemaList& schemas);
    static Result<SchemaList> decode(const state::Resource& resource);
};

}  // namespace landfall::dms
