// Data providers: create, describe, modify, delete.
#include "services/dms/api.hpp"

namespace landfall::dms {
namespace {

/// The members that were given of any engine's settings: each engine has some of these.
template <class In>
ProviderSettings read_settings(In in, std::string_view kind) {
    ProviderSettings settings{.kind = std::string{kind}};
    const auto text = [&](std::string_view name, std::optional<std::string_view> given) {
        if (given) settings.texts[std::string{name}] = *given;
    };
    const auto number = [&](std::string_view name, std::optional<std::int32_t> given) {
        if (given) settings.numbers[std::string{name}] = *given;
    };
    text("ServerName", in.server_name());
    number("Port", in.port());
    if constexpr (requires { in.database_name(); }) text("DatabaseName", in.database_name());
    if constexpr (requires { in.ssl_mode(); }) text("SslMode", in.ssl_mode());
    if constexpr (requires { in.certificate_arn(); }) text("CertificateArn", in.certificate_arn());
    if constexpr (requires { in.s3_path(); }) text("S3Path", in.s3_path());
    if constexpr (requires { in.s3_access_role_arn(); }) text("S3AccessRoleArn", in.s3_access_role_arn());
    if constexpr (requires { in.asm_server(); }) {
        text("AsmServer", in.asm_server());
        text("SecretsManagerOracleAsmSecretId", in.secrets_manager_oracle_asm_secret_id());
        text("SecretsManagerOracleAsmAccessRoleArn", in.secrets_manager_oracle_asm_access_role_arn());
        text("SecretsManagerSecurityDbEncryptionSecretId",
             in.secrets_manager_security_db_encryption_secret_id());
        text("SecretsManagerSecurityDbEncryptionAccessRoleArn",
             in.secrets_manager_security_db_encryption_access_role_arn());
    }
    if constexpr (requires { in.auth_type(); }) {
        text("AuthType", in.auth_type());
        text("AuthSource", in.auth_source());
        text("AuthMechanism", in.auth_mechanism());
    }
    if constexpr (requires { in.encryption_algorithm(); }) {
        number("EncryptionAlgorithm", in.encryption_algorithm());
        number("SecurityMechanism", in.security_mechanism());
    }
    if constexpr (requires { in.encrypt_password(); })
        if (in.encrypt_password()) settings.flags["EncryptPassword"] = *in.encrypt_password();
    return settings;
}

template <class Out>
void write_settings(Out out, const ProviderSettings& settings) {
    const auto text = [&](std::string_view name, auto setter) {
        const auto found = settings.texts.find(name);
        if (found != settings.texts.end()) (out.*setter)(found->second);
    };
    const auto number = [&](std::string_view name, auto setter) {
        const auto found = settings.numbers.find(name);
        if (found != settings.numbers.end()) (out.*setter)(static_cast<std::int32_t>(found->second));
    };
    text("ServerName", &Out::set_server_name);
    number("Port", &Out::set_port);
    if constexpr (requires { &Out::set_database_name; }) text("DatabaseName", &Out::set_database_name);
    if constexpr (requires { &Out::set_ssl_mode; }) text("SslMode", &Out::set_ssl_mode);
    if constexpr (requires { &Out::set_certificate_arn; }) text("CertificateArn", &Out::set_certificate_arn);
    if constexpr (requires { &Out::set_s3_path; }) text("S3Path", &Out::set_s3_path);
    if constexpr (requires { &Out::set_s3_access_role_arn; })
        text("S3AccessRoleArn", &Out::set_s3_access_role_arn);
    if constexpr (requires { &Out::set_asm_server; }) {
        text("AsmServer", &Out::set_asm_server);
        text("SecretsManagerOracleAsmSecretId", &Out::set_secrets_manager_oracle_asm_secret_id);
        text("SecretsManagerOracleAsmAccessRoleArn", &Out::set_secrets_manager_oracle_asm_access_role_arn);
        text("SecretsManagerSecurityDbEncryptionSecretId",
             &Out::set_secrets_manager_security_db_encryption_secret_id);
        text("SecretsManagerSecurityDbEncryptionAccessRoleArn",
             &Out::set_secrets_manager_security_db_encryption_access_role_arn);
    }
    if constexpr (requires { &Out::set_auth_type; }) {
        text("AuthType", &Out::set_auth_type);
        text("AuthSource", &Out::set_auth_source);
        text("AuthMechanism", &Out::set_auth_mechanism);
    }
    if constexpr (requires { &Out::set_encryption_algorithm; }) {
        number("EncryptionAlgorithm", &Out::set_encryption_algorithm);
        number("SecurityMechanism", &Out::set_security_mechanism);
    }
    if constexpr (requires { &Out::set_encrypt_password; })
        if (const auto found = settings.flags.find("EncryptPassword"); found != settings.flags.end())
            out.set_encrypt_password(found->second);
}

/// Exactly one engine's settings, or none where the whole is absent.
Judged<ProviderSettings> settings_in(api::in::DataProviderSettings in) {
    std::vector<ProviderSettings> given;
    const auto read = [&](auto view, std::string_view kind) {
        if (view) given.push_back(read_settings(view, kind));
    };
    if (in) {
        read(in.redshift_settings(), "RedshiftSettings");
        read(in.postgre_sql_settings(), "PostgreSqlSettings");
        read(in.my_sql_settings(), "MySqlSettings");
        read(in.oracle_settings(), "OracleSettings");
        read(in.sybase_ase_settings(), "SybaseAseSettings");
        read(in.microsoft_sql_server_settings(), "MicrosoftSqlServerSettings");
        read(in.doc_db_settings(), "DocDbSettings");
        read(in.maria_db_settings(), "MariaDbSettings");
        read(in.ibm_db2_luw_settings(), "IbmDb2LuwSettings");
        read(in.ibm_db2z_os_settings(), "IbmDb2zOsSettings");
        read(in.mongo_db_settings(), "MongoDbSettings");
        if (given.size() != 1) return invalid_value("Settings must hold the settings of one engine");
    }
    return given.empty() ? ProviderSettings{} : std::move(given.front());
}

void put_settings(api::out::DataProviderSettings out, const ProviderSettings& settings) {
    const std::string_view kind = settings.kind;
    if (kind == "RedshiftSettings") write_settings(out.set_redshift_settings(), settings);
    if (kind == "PostgreSqlSettings") write_settings(out.set_postgre_sql_settings(), settings);
    if (kind == "MySqlSettings") write_settings(out.set_my_sql_settings(), settings);
    if (kind == "OracleSettings") write_settings(out.set_oracle_settings(), settings);
    if (kind == "SybaseAseSettings") write_settings(out.set_sybase_ase_settings(), settings);
    if (kind == "MicrosoftSqlServerSettings")
        write_settings(out.set_microsoft_sql_server_settings(), settings);
    if (kind == "DocDbSettings") write_settings(out.set_doc_db_settings(), settings);
    if (kind == "MariaDbSettings") write_settings(out.set_maria_db_settings(), settings);
    if (kind == "IbmDb2LuwSettings") write_settings(out.set_ibm_db2_luw_settings(), settings);
    if (kind == "IbmDb2zOsSettings") write_settings(out.set_ibm_db2z_os_settings(), settings);
    if (kind == "MongoDbSettings") write_settings(out.set_mongo_db_settings(), settings);
}

void put_provider(api::out::DataProvider out, const DataProvider& provider) {
    out.set_data_provider_name(provider.name);
    out.set_data_provider_arn(arn_of(provider.self, DataProvider::kThing));
    out.set_data_provider_creation_time(provider.created);
    if (!provider.description.empty()) out.set_description(provider.description);
    out.set_engine(provider.engine);
    out.set_virtual(provider.is_virtual);
    put_settings(out.set_settings(), provider.settings);
}

Verdict create(Dms& dms, const CallContext& call, api::CreateDataProvider::In in,
               api::CreateDataProvider::Out out) {
    DataProvider provider{.self = {scope_of(call), {}},
                          .name = std::string{in.data_provider_name().value_or("")},
                          .description = std::string{in.description().value_or("")},
                          .engine = std::string{in.engine()},
                          .is_virtual = in.virtual_().value_or(false)};
    provider.settings = TRY(settings_in(in.settings()));
    provider.tags = TRY(tags_in(in.tags()));
    put_provider(out.set_data_provider(),
                 TRY(dms.catalogue().create(cause_of(call, "CreateDataProvider"), std::move(provider))));
    return {};
}

Verdict describe(Dms& dms, const CallContext& call, api::DescribeDataProviders::In in,
                 api::DescribeDataProviders::Out out) {
    const Filters filters = TRY(filters_in(in.filters(), {"data-provider-identifier"}));
    const PageAsked page = TRY(page_in(dms, call, "providers", filters, in.max_records(), in.marker()));
    std::vector<DataProvider> providers = TRY(dms.catalogue().list<DataProvider>(scope_of(call)));
    std::erase_if(providers, [&](const DataProvider& provider) {
        return !passes(filters, "data-provider-identifier", provider.name,
                       arn_of(provider.self, DataProvider::kThing));
    });
    if (providers.empty() && !filters.empty())
        return Fault{FaultCode::not_found, "No data provider was found that matches the filters"};
    out.start_data_providers();
    put_page(
        dms, page, providers,
        [](const DataProvider& provider) -> const std::string& { return provider.name; },
        [&](const DataProvider& provider) { put_provider(out.add_data_providers(), provider); }, out);
    return {};
}

Verdict change_provider(api::ModifyDataProvider::In in, DataProvider& provider) {
    if (in.data_provider_name()) provider.name = *in.data_provider_name();
    if (in.description()) provider.description = *in.description();
    if (in.engine()) provider.engine = *in.engine();
    if (in.virtual_()) provider.is_virtual = *in.virtual_();
    const ProviderSettings given = TRY(settings_in(in.settings()));
    if (given.kind.empty()) return {};
    // Another engine's settings have nothing to be merged into.
    if (in.exact_settings().value_or(false) || given.kind != provider.settings.kind)
        provider.settings = given;
    else
        provider.settings.merge(given);
    return {};
}

}  // namespace

void register_providers(Operations& operations, Dms& dms) {
    operations.on<api::CreateDataProvider>(
        [&dms](const CallContext& call, api::CreateDataProvider::In in, api::CreateDataProvider::Out out) {
            return create(dms, call, in, out);
        });
    operations.on<api::DescribeDataProviders>(
        [&dms](const CallContext& call, api::DescribeDataProviders::In in,
               api::DescribeDataProviders::Out out) { return describe(dms, call, in, out); });
    operations.on<api::ModifyDataProvider>([&dms](const CallContext& call, api::ModifyDataProvider::In in,
                                                  api::ModifyDataProvider::Out out) -> Verdict {
        const auto change = [&](DataProvider& provider) { return change_provider(in, provider); };
        put_provider(out.set_data_provider(), TRY(dms.catalogue().modify<DataProvider>(
                                                  cause_of(call, "ModifyDataProvider"), scope_of(call),
                                                  in.data_provider_identifier(), change)));
        return {};
    });
    operations.on<api::DeleteDataProvider>([&dms](const CallContext& call, api::DeleteDataProvider::In in,
                                                  api::DeleteDataProvider::Out out) -> Verdict {
        put_provider(out.set_data_provider(), TRY(dms.catalogue().remove<DataProvider>(
                                                  cause_of(call, "DeleteDataProvider"), scope_of(call),
                                                  in.data_provider_identifier())));
        return {};
    });
}

}  // namespace landfall::dms
