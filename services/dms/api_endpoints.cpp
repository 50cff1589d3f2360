// Endpoints: create, describe, modify, delete; which engines there are and what their settings are.
#include <array>

#include "services/dms/api_replication.hpp"

namespace landfall::dms {
namespace {

/// Where a database is and who signs in: given beside the settings, or within them.
struct Access {
    std::optional<std::string_view> host, database, user, password, secret_id, secret_role;
    std::optional<std::int32_t> port;
};

/// Of two ways to say one thing: either, or both alike.
template <class T>
Verdict take(std::optional<T>& to, std::optional<T> from, std::string_view parameter) {
    if (!from) return {};
    if (to && *to != *from)
        return Fault{FaultCode::invalid_combination, std::string{parameter} + " is given twice, differently"};
    to = from;
    return {};
}

template <class In>
Verdict take_access(Access& access, In in) {
    TRY(take(access.host, in.server_name(), "ServerName"));
    TRY(take(access.port, in.port(), "Port"));
    TRY(take(access.database, in.database_name(), "DatabaseName"));
    TRY(take(access.user, in.username(), "Username"));
    TRY(take(access.password, in.password(), "Password"));
    if constexpr (requires { in.secrets_manager_secret_id(); }) {
        access.secret_id = in.secrets_manager_secret_id();
        access.secret_role = in.secrets_manager_access_role_arn();
    }
    return {};
}

/// The settings that are not about access, by the API's names.
class SettingsReader {
public:
    explicit SettingsReader(std::string_view kind) : settings{.kind = std::string{kind}} {}
    void operator()(std::string_view name, std::optional<std::string_view> given) {
        if (given) settings.texts[std::string{name}] = *given;
    }
    void operator()(std::string_view name, std::optional<std::int32_t> given) {
        if (given) settings.numbers[std::string{name}] = *given;
    }
    void operator()(std::string_view name, std::optional<bool> given) {
        if (given) settings.flags[std::string{name}] = *given;
    }
    ProviderSettings settings;
};

ProviderSettings read_settings(api::in::PostgreSQLSettings in) {
    SettingsReader read{"PostgreSQLSettings"};
    read("AfterConnectScript", in.after_connect_script());
    read("CaptureDdls", in.capture_ddls());
    read("MaxFileSize", in.max_file_size());
    read("DdlArtifactsSchema", in.ddl_artifacts_schema());
    read("ExecuteTimeout", in.execute_timeout());
    read("FailTasksOnLobTruncation", in.fail_tasks_on_lob_truncation());
    read("HeartbeatEnable", in.heartbeat_enable());
    read("HeartbeatSchema", in.heartbeat_schema());
    read("HeartbeatFrequency", in.heartbeat_frequency());
    read("SlotName", in.slot_name());
    read("PluginName", in.plugin_name());
    read("TrimSpaceInChar", in.trim_space_in_char());
    read("MapBooleanAsBoolean", in.map_boolean_as_boolean());
    read("MapJsonbAsClob", in.map_jsonb_as_clob());
    read("MapLongVarcharAs", in.map_long_varchar_as());
    read("DatabaseMode", in.database_mode());
    read("BabelfishDatabaseName", in.babelfish_database_name());
    read("DisableUnicodeSourceFilter", in.disable_unicode_source_filter());
    read("ServiceAccessRoleArn", in.service_access_role_arn());
    read("AuthenticationMethod", in.authentication_method());
    return std::move(read.settings);
}

ProviderSettings read_settings(api::in::MySQLSettings in) {
    SettingsReader read{"MySQLSettings"};
    read("AfterConnectScript", in.after_connect_script());
    read("CleanSourceMetadataOnMismatch", in.clean_source_metadata_on_mismatch());
    read("EventsPollInterval", in.events_poll_interval());
    read("TargetDbType", in.target_db_type());
    read("MaxFileSize", in.max_file_size());
    read("ParallelLoadThreads", in.parallel_load_threads());
    read("ServerTimezone", in.server_timezone());
    read("ExecuteTimeout", in.execute_timeout());
    read("ServiceAccessRoleArn", in.service_access_role_arn());
    read("AuthenticationMethod", in.authentication_method());
    return std::move(read.settings);
}

template <class Out>
class SettingsWriter {
public:
    SettingsWriter(Out out, const ProviderSettings& settings) : out_{out}, settings_{settings} {}
    void operator()(std::string_view name, void (Out::*set)(std::string_view)) {
        if (const auto at = settings_.texts.find(name); at != settings_.texts.end()) (out_.*set)(at->second);
    }
    void operator()(std::string_view name, void (Out::*set)(std::int32_t)) {
        if (const auto at = settings_.numbers.find(name); at != settings_.numbers.end())
            (out_.*set)(static_cast<std::int32_t>(at->second));
    }
    void operator()(std::string_view name, void (Out::*set)(bool)) {
        if (const auto at = settings_.flags.find(name); at != settings_.flags.end()) (out_.*set)(at->second);
    }

private:
    Out out_;
    const ProviderSettings& settings_;
};

void write_settings(api::out::PostgreSQLSettings out, const ProviderSettings& settings) {
    using Out = api::out::PostgreSQLSettings;
    SettingsWriter<Out> write{out, settings};
    write("AfterConnectScript", &Out::set_after_connect_script);
    write("CaptureDdls", &Out::set_capture_ddls);
    write("MaxFileSize", &Out::set_max_file_size);
    write("DdlArtifactsSchema", &Out::set_ddl_artifacts_schema);
    write("ExecuteTimeout", &Out::set_execute_timeout);
    write("FailTasksOnLobTruncation", &Out::set_fail_tasks_on_lob_truncation);
    write("HeartbeatEnable", &Out::set_heartbeat_enable);
    write("HeartbeatSchema", &Out::set_heartbeat_schema);
    write("HeartbeatFrequency", &Out::set_heartbeat_frequency);
    write("SlotName", &Out::set_slot_name);
    write("PluginName", &Out::set_plugin_name);
    write("TrimSpaceInChar", &Out::set_trim_space_in_char);
    write("MapBooleanAsBoolean", &Out::set_map_boolean_as_boolean);
    write("MapJsonbAsClob", &Out::set_map_jsonb_as_clob);
    write("MapLongVarcharAs", &Out::set_map_long_varchar_as);
    write("DatabaseMode", &Out::set_database_mode);
    write("BabelfishDatabaseName", &Out::set_babelfish_database_name);
    write("DisableUnicodeSourceFilter", &Out::set_disable_unicode_source_filter);
    write("ServiceAccessRoleArn", &Out::set_service_access_role_arn);
    write("AuthenticationMethod", &Out::set_authentication_method);
}

void write_settings(api::out::MySQLSettings out, const ProviderSettings& settings) {
    using Out = api::out::MySQLSettings;
    SettingsWriter<Out> write{out, settings};
    write("AfterConnectScript", &Out::set_after_connect_script);
    write("CleanSourceMetadataOnMismatch", &Out::set_clean_source_metadata_on_mismatch);
    write("EventsPollInterval", &Out::set_events_poll_interval);
    write("TargetDbType", &Out::set_target_db_type);
    write("MaxFileSize", &Out::set_max_file_size);
    write("ParallelLoadThreads", &Out::set_parallel_load_threads);
    write("ServerTimezone", &Out::set_server_timezone);
    write("ExecuteTimeout", &Out::set_execute_timeout);
    write("ServiceAccessRoleArn", &Out::set_service_access_role_arn);
    write("AuthenticationMethod", &Out::set_authentication_method);
}

/// The endpoint's own members again, where clients look for them as well.
template <class Out>
void write_access(Out out, const Endpoint& endpoint) {
    if (!endpoint.secret_id.empty()) {
        out.set_secrets_manager_secret_id(endpoint.secret_id);
        if (!endpoint.secret_role.empty()) out.set_secrets_manager_access_role_arn(endpoint.secret_role);
    }
    out.set_server_name(endpoint.host);
    if (endpoint.port != 0) out.set_port(static_cast<std::int32_t>(endpoint.port));
    if (!endpoint.database.empty()) out.set_database_name(endpoint.database);
    if (!endpoint.user.empty()) out.set_username(endpoint.user);
}

void put_endpoint(api::out::Endpoint out, const Endpoint& endpoint) {
    const auto put = [&](auto setter, const std::string& value) {
        if (!value.empty()) (out.*setter)(value);
    };
    using Out = api::out::Endpoint;
    out.set_endpoint_identifier(endpoint.name);
    out.set_endpoint_arn(arn_of(endpoint.self, Endpoint::kThing));
    out.set_endpoint_type(endpoint.type == "source" ? "SOURCE" : "TARGET");
    out.set_engine_name(endpoint.engine);
    const EndpointEngine* const engine = find_engine(endpoint.engine);
    CHECK(engine != nullptr);
    out.set_engine_display_name(engine->shown);
    out.set_status(endpoint.status);
    out.set_ssl_mode(endpoint.ssl_mode);
    put(&Out::set_username, endpoint.user);
    put(&Out::set_server_name, endpoint.host);
    if (endpoint.port != 0) out.set_port(static_cast<std::int32_t>(endpoint.port));
    put(&Out::set_database_name, endpoint.database);
    put(&Out::set_extra_connection_attributes, endpoint.attributes);
    put(&Out::set_kms_key_id, endpoint.kms_key);
    put(&Out::set_certificate_arn, endpoint.certificate);
    put(&Out::set_service_access_role_arn, endpoint.service_role);
    const auto settings = [&](auto of) {
        write_access(of, endpoint);
        write_settings(of, endpoint.settings);
    };
    if (engine->settings == "PostgreSQLSettings")
        settings(out.set_postgre_sql_settings());
    else
        settings(out.set_my_sql_settings());
}

/// Settings of the two families that endpoints are of; of no other.
template <class In>
Judged<ProviderSettings> settings_in(In in, Access& access) {
    if (in.oracle_settings() || in.s3_settings() || in.kafka_settings() || in.kinesis_settings() ||
        in.mongo_db_settings() || in.redshift_settings() || in.microsoft_sql_server_settings() ||
        in.sybase_settings() || in.ibm_db2_settings() || in.doc_db_settings() || in.redis_settings() ||
        in.dynamo_db_settings() || in.elasticsearch_settings() || in.neptune_settings() ||
        in.timestream_settings() || in.gcp_my_sql_settings() || in.dms_transfer_settings())
        return invalid_value("only PostgreSQLSettings and MySQLSettings are of engines that endpoints have");
    if (in.postgre_sql_settings() && in.my_sql_settings())
        return invalid_value("PostgreSQLSettings and MySQLSettings exclude each other");
    TRY(take_access(access, in));
    if (in.postgre_sql_settings()) {
        TRY(take_access(access, in.postgre_sql_settings()));
        return read_settings(in.postgre_sql_settings());
    }
    if (in.my_sql_settings()) {
        TRY(take_access(access, in.my_sql_settings()));
        return read_settings(in.my_sql_settings());
    }
    return ProviderSettings{};
}

/// What both the creation and a change may give.
template <class In>
Verdict take_members(Dms& dms, In in, const Access& access, Endpoint& endpoint) {
    const auto set = [](std::optional<std::string_view> given, std::string& to) {
        if (given) to = *given;
    };
    set(access.host, endpoint.host);
    set(access.database, endpoint.database);
    set(access.user, endpoint.user);
    set(access.secret_id, endpoint.secret_id);
    set(access.secret_role, endpoint.secret_role);
    if (access.port) endpoint.port = *access.port;
    set(in.ssl_mode(), endpoint.ssl_mode);
    set(in.certificate_arn(), endpoint.certificate);
    set(in.extra_connection_attributes(), endpoint.attributes);
    set(in.service_access_role_arn(), endpoint.service_role);
    if (access.password && access.password->empty()) endpoint.sealed_password.clear();
    if (access.password && !access.password->empty())
        endpoint.sealed_password =
            TRY(dms.places().seal(endpoint.self, SecretString{std::string{*access.password}}));
    return {};
}

Verdict create(Dms& dms, const CallContext& call, api::CreateEndpoint::In in, api::CreateEndpoint::Out out) {
    Endpoint endpoint{.self = {scope_of(call), dms.catalogue().new_id()},
                      .name = lowered(in.endpoint_identifier()),
                      .type = lowered(in.endpoint_type()),
                      .engine = std::string{in.engine_name()},
                      .ssl_mode = "none",
                      .kms_key = std::string{in.kms_key_id().value_or("")}};
    if (in.resource_identifier()) {
        TRY(check_resource_identifier(*in.resource_identifier()));
        endpoint.self.id = *in.resource_identifier();
    }
    Access access;
    endpoint.settings = TRY(settings_in(in, access));
    TRY(take_members(dms, in, access, endpoint));
    endpoint.tags = TRY(tags_in(in.tags()));
    put_endpoint(out.set_endpoint(),
                 TRY(dms.catalogue().create(cause_of(call, "CreateEndpoint"), std::move(endpoint))));
    return {};
}

Verdict describe(Dms& dms, const CallContext& call, api::DescribeEndpoints::In in,
                 api::DescribeEndpoints::Out out) {
    const Filters filters =
        TRY(filters_in(in.filters(), {"endpoint-arn", "endpoint-id", "endpoint-type", "engine-name"}));
    const PageAsked page = TRY(page_in(dms, call, "endpoints", filters, in.max_records(), in.marker()));
    auto endpoints = TRY(dms.catalogue().list<Endpoint>(scope_of(call)));
    std::erase_if(endpoints, [&](const Endpoint& each) {
        return !passes(filters, "endpoint-arn", {}, arn_of(each.self, Endpoint::kThing)) ||
               !passes_lowered(filters, "endpoint-id", each.name) ||
               !passes_lowered(filters, "endpoint-type", each.type) ||
               !passes(filters, "engine-name", each.engine, {});
    });
    if (endpoints.empty() && !filters.empty())
        return Fault{FaultCode::not_found, "No endpoints found matching the filters"};
    out.start_endpoints();
    put_page(
        dms, page, endpoints, [](const Endpoint& each) -> const std::string& { return each.name; },
        [&](const Endpoint& each) { put_endpoint(out.add_endpoints(), each); }, out);
    return {};
}

Verdict change_endpoint(Dms& dms, api::ModifyEndpoint::In in, Endpoint& endpoint) {
    if (endpoint.status == status::kDeleting)
        return invalid_state("Endpoint " + endpoint.name + " is being deleted");
    Access access;
    const ProviderSettings given = TRY(settings_in(in, access));
    if (in.endpoint_identifier()) endpoint.name = lowered(*in.endpoint_identifier());
    if (in.endpoint_type()) endpoint.type = lowered(*in.endpoint_type());
    if (in.engine_name()) endpoint.engine = *in.engine_name();
    // A secret takes the place of user and password, and they take its place.
    if (access.secret_id) {
        endpoint.user.clear();
        endpoint.sealed_password.clear();
    } else if (access.user) {
        endpoint.secret_id.clear();
        endpoint.secret_role.clear();
    }
    TRY(take_members(dms, in, access, endpoint));
    // Another engine's settings have nothing to be merged into.
    if (in.exact_settings().value_or(false) || (!given.kind.empty() && given.kind != endpoint.settings.kind))
        endpoint.settings = given;
    else
        endpoint.settings.merge(given);
    return {};
}

Verdict modify(Dms& dms, const CallContext& call, api::ModifyEndpoint::In in, api::ModifyEndpoint::Out out) {
    const auto change = [&](Endpoint& endpoint) { return change_endpoint(dms, in, endpoint); };
    put_endpoint(out.set_endpoint(),
                 TRY(dms.catalogue().modify<Endpoint>(cause_of(call, "ModifyEndpoint"), scope_of(call),
                                                      in.endpoint_arn(), change)));
    return {};
}

Verdict remove(Dms& dms, const CallContext& call, api::DeleteEndpoint::In in, api::DeleteEndpoint::Out out) {
    const auto with = [&](state::Tx& tx, const Endpoint& ended) -> Verdict {
        dms.chores().add(tx, ended);
        return {};
    };
    put_endpoint(out.set_endpoint(),
                 TRY(dms.catalogue().retire<Endpoint>(cause_of(call, "DeleteEndpoint"), scope_of(call),
                                                      in.endpoint_arn(), with)));
    return {};
}

struct TypeRow {
    std::string position;
    const EndpointEngine* engine;
    std::string_view type;
};

Verdict describe_types(Dms& dms, const CallContext& call, api::DescribeEndpointTypes::In in,
                       api::DescribeEndpointTypes::Out out) {
    const Filters filters = TRY(filters_in(in.filters(), {"engine-name", "endpoint-type"}));
    const PageAsked page = TRY(page_in(dms, call, "types", filters, in.max_records(), in.marker()));
    std::vector<TypeRow> rows;
    for (const EndpointEngine& engine : endpoint_engines())
        for (const std::string_view type : {"source", "target"})
            if (passes(filters, "engine-name", engine.name, {}) &&
                passes_lowered(filters, "endpoint-type", type))
                rows.push_back({std::string{engine.name} + "/" + std::string{type}, &engine, type});
    out.start_supported_endpoint_types();
    put_page(
        dms, page, rows, [](const TypeRow& row) -> const std::string& { return row.position; },
        [&](const TypeRow& row) {
            auto one = out.add_supported_endpoint_types();
            one.set_engine_name(row.engine->name);
            one.set_engine_display_name(row.engine->shown);
            one.set_endpoint_type(row.type == "source" ? "SOURCE" : "TARGET");
            one.set_supports_cdc(true);
        },
        out);
    return {};
}

struct SettingRow {
    std::string_view name;
    std::string_view type;
    bool secret = false;
};
constexpr std::array kPostgresSettings{SettingRow{"CaptureDdls", "boolean"},
                                       SettingRow{"DatabaseName", "string"},
                                       SettingRow{"Password", "string", true},
                                       SettingRow{"Port", "integer"},
                                       SettingRow{"SecretsManagerSecretId", "string"},
                                       SettingRow{"ServerName", "string"},
                                       SettingRow{"SlotName", "string"},
                                       SettingRow{"Username", "string"}};
constexpr std::array kMysqlSettings{
    SettingRow{"DatabaseName", "string"}, SettingRow{"Password", "string", true},
    SettingRow{"Port", "integer"},        SettingRow{"SecretsManagerSecretId", "string"},
    SettingRow{"ServerName", "string"},   SettingRow{"ServerTimezone", "string"},
    SettingRow{"Username", "string"}};

Verdict describe_settings(Dms& dms, const CallContext& call, api::DescribeEndpointSettings::In in,
                          api::DescribeEndpointSettings::Out out) {
    const EndpointEngine* const engine = find_engine(in.engine_name());
    if (engine == nullptr)
        return invalid_value("EngineName " + std::string{in.engine_name()} + " is unknown");
    const PageAsked page =
        TRY(page_in(dms, call, "settings/" + std::string{engine->name}, {}, in.max_records(), in.marker()));
    const bool postgres = engine->settings == "PostgreSQLSettings";
    const std::span<const SettingRow> all = postgres ? std::span<const SettingRow>{kPostgresSettings}
                                                     : std::span<const SettingRow>{kMysqlSettings};
    const std::vector<SettingRow> rows{all.begin(), all.end()};
    out.start_endpoint_settings();
    put_page(
        dms, page, rows, [](const SettingRow& row) { return std::string{row.name}; },
        [&](const SettingRow& row) {
            auto one = out.add_endpoint_settings();
            one.set_name(row.name);
            one.set_type(row.type);
            one.set_sensitive(row.secret);
        },
        out);
    return {};
}

}  // namespace

void register_endpoints(Operations& operations, Dms& dms) {
    on<api::CreateEndpoint>(operations, dms, create);
    on<api::DescribeEndpoints>(operations, dms, describe);
    on<api::ModifyEndpoint>(operations, dms, modify);
    on<api::DeleteEndpoint>(operations, dms, remove);
    on<api::DescribeEndpointTypes>(operations, dms, describe_types);
    on<api::DescribeEndpointSettings>(operations, dms, describe_settings);
}

}  // namespace landfall::dms
