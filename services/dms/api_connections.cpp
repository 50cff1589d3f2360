// Connections: tests of endpoints from instances, and the schemas of their databases.
#include "services/dms/api_replication.hpp"

namespace landfall::dms {
namespace {

/// Both ends of a connection as they are now.
struct Ends {
    ReplicationInstance instance;
    Endpoint endpoint;
};

Judged<Ends> ends_of(const Dms& dms, const CallContext& call, std::string_view instance_arn,
                     std::string_view endpoint_arn) {
    auto instance = TRY(dms.catalogue().find<ReplicationInstance>(scope_of(call), instance_arn));
    auto endpoint = TRY(dms.catalogue().find<Endpoint>(scope_of(call), endpoint_arn));
    return Ends{std::move(instance.value), std::move(endpoint.value)};
}

Judged<Ends> usable_ends(const Dms& dms, const CallContext& call, std::string_view instance_arn,
                         std::string_view endpoint_arn) {
    Ends ends = TRY(ends_of(dms, call, instance_arn, endpoint_arn));
    if (ends.instance.status != status::kAvailable)
        return invalid_state("Replication instance " + ends.instance.name + " is not available: it is " +
                             ends.instance.status);
    if (ends.endpoint.status != status::kActive)
        return invalid_state("Endpoint " + ends.endpoint.name + " is " + ends.endpoint.status);
    return ends;
}

void put_connection(api::out::Connection out, const Ends& ends, const Connection& connection) {
    out.set_replication_instance_arn(arn_of(ends.instance.self, ReplicationInstance::kThing));
    out.set_replication_instance_identifier(ends.instance.name);
    out.set_endpoint_arn(arn_of(ends.endpoint.self, Endpoint::kThing));
    out.set_endpoint_identifier(ends.endpoint.name);
    out.set_status(connection.status);
    if (!connection.failure.empty()) out.set_last_failure_message(connection.failure);
}

Verdict test(Dms& dms, const CallContext& call, api::TestConnection::In in, api::TestConnection::Out out) {
    const Ends ends = TRY(usable_ends(dms, call, in.replication_instance_arn(), in.endpoint_arn()));
    put_connection(out.set_connection(), ends,
                   TRY(dms.chores().test(cause_of(call, "TestConnection"), ends.instance, ends.endpoint)));
    return {};
}

Verdict describe(Dms& dms, const CallContext& call, api::DescribeConnections::In in,
                 api::DescribeConnections::Out out) {
    const Filters filters = TRY(filters_in(in.filters(), {"endpoint-arn", "replication-instance-arn"}));
    const PageAsked page = TRY(page_in(dms, call, "connections", filters, in.max_records(), in.marker()));
    struct Row {
        Ends ends;
        Connection connection;
    };
    std::vector<Row> rows;
    for (auto& each : TRY(dms.catalogue().records().all<Connection>(scope_of(call)))) {
        const Scope& scope = each.value.self.scope;
        auto instance = dms.catalogue().records().get<ReplicationInstance>({scope, each.value.instance});
        auto endpoint = dms.catalogue().records().get<Endpoint>({scope, each.value.endpoint});
        if (!instance.ok() || !endpoint.ok()) continue;  // its chore takes it along
        Row row{{std::move(instance->value), std::move(endpoint->value)}, std::move(each.value)};
        if (passes(filters, "endpoint-arn", {}, arn_of(row.ends.endpoint.self, Endpoint::kThing)) &&
            passes(filters, "replication-instance-arn", {},
                   arn_of(row.ends.instance.self, ReplicationInstance::kThing)))
            rows.push_back(std::move(row));
    }
    if (rows.empty() && !filters.empty())
        return Fault{FaultCode::not_found, "No connections found matching the filters"};
    std::ranges::sort(rows, {}, [](const Row& row) { return row.connection.self.id; });
    out.start_connections();
    put_page(
        dms, page, rows, [](const Row& row) -> const std::string& { return row.connection.self.id; },
        [&](const Row& row) { put_connection(out.add_connections(), row.ends, row.connection); }, out);
    return {};
}

Verdict remove(Dms& dms, const CallContext& call, api::DeleteConnection::In in,
               api::DeleteConnection::Out out) {
    const Ends ends = TRY(ends_of(dms, call, in.replication_instance_arn(), in.endpoint_arn()));
    const Records& records = dms.catalogue().records();
    auto stored =
        records.get<Connection>(connection_id(scope_of(call), ends.instance.self.id, ends.endpoint.self.id));
    if (stored.is(Errc::not_found))
        return Fault{FaultCode::not_found,
                     "There is no connection of " + ends.instance.name + " and " + ends.endpoint.name};
    TRY(stored);
    if (stored->value.status == status::kTesting) return invalid_state("The connection is being tested");
    state::Tx tx{cause_of(call, "DeleteConnection")};
    tx.erase(key_of(stored->value), stored->version);
    const auto erased = records.store().commit(std::move(tx));
    if (erased.is(Errc::precondition)) return invalid_state("The connection is being tested");
    TRY(erased);
    stored->value.status = status::kDeleting;
    put_connection(out.set_connection(), ends, stored->value);
    return {};
}

void put_schemas_status(api::out::RefreshSchemasStatus out, const Endpoint& endpoint,
                        const SchemaList& schemas) {
    out.set_endpoint_arn(arn_of(endpoint.self, Endpoint::kThing));
    out.set_replication_instance_arn(
        arn_of({endpoint.self.scope, schemas.instance}, ReplicationInstance::kThing));
    out.set_status(schemas.status);
    if (schemas.refreshed != Instant{}) out.set_last_refresh_date(schemas.refreshed);
    if (!schemas.failure.empty()) out.set_last_failure_message(schemas.failure);
}

Verdict refresh(Dms& dms, const CallContext& call, api::RefreshSchemas::In in, api::RefreshSchemas::Out out) {
    const Ends ends = TRY(usable_ends(dms, call, in.replication_instance_arn(), in.endpoint_arn()));
    put_schemas_status(
        out.set_refresh_schemas_status(), ends.endpoint,
        TRY(dms.chores().refresh(cause_of(call, "RefreshSchemas"), ends.instance, ends.endpoint)));
    return {};
}

/// ResourceNotFound: the endpoint, or a look into its database that was asked for.
Judged<std::pair<Endpoint, SchemaList>> looked_up(const Dms& dms, const CallContext& call,
                                                  std::string_view endpoint_arn) {
    auto endpoint = TRY(dms.catalogue().find<Endpoint>(scope_of(call), endpoint_arn));
    auto schemas = dms.catalogue().records().get<SchemaList>(endpoint.value.self);
    if (schemas.is(Errc::not_found))
        return Fault{FaultCode::not_found,
                     "The schemas of endpoint " + endpoint.value.name + " were never refreshed"};
    TRY(schemas);
    return std::pair{std::move(endpoint.value), std::move(schemas->value)};
}

Verdict describe_status(Dms& dms, const CallContext& call, api::DescribeRefreshSchemasStatus::In in,
                        api::DescribeRefreshSchemasStatus::Out out) {
    const auto [endpoint, schemas] = TRY(looked_up(dms, call, in.endpoint_arn()));
    put_schemas_status(out.set_refresh_schemas_status(), endpoint, schemas);
    return {};
}

Verdict describe_schemas(Dms& dms, const CallContext& call, api::DescribeSchemas::In in,
                         api::DescribeSchemas::Out out) {
    const auto [endpoint, schemas] = TRY(looked_up(dms, call, in.endpoint_arn()));
    const PageAsked page =
        TRY(page_in(dms, call, "schemas/" + endpoint.self.id, {}, in.max_records(), in.marker()));
    out.start_schemas();
    put_page(
        dms, page, schemas.schemas, [](const std::string& schema) -> const std::string& { return schema; },
        [&](const std::string& schema) { out.add_schemas(schema); }, out);
    return {};
}

}  // namespace

void register_connections(Operations& operations, Dms& dms) {
    on<api::TestConnection>(operations, dms, test);
    on<api::DescribeConnections>(operations, dms, describe);
    on<api::DeleteConnection>(operations, dms, remove);
    on<api::RefreshSchemas>(operations, dms, refresh);
    on<api::DescribeRefreshSchemasStatus>(operations, dms, describe_status);
    on<api::DescribeSchemas>(operations, dms, describe_schemas);
}

}  // namespace landfall::dms
