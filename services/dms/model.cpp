#include "services/dms/model.hpp"

#include <algorithm>
#include <array>

#include "services/dms/model_rules.hpp"

namespace landfall::dms {
namespace {

constexpr std::size_t kDescriptionMax = 1000;
constexpr std::int64_t kPortMax = 65'535;

struct EngineSettings {
    std::string_view engine;
    std::string_view kind;
};
constexpr std::array kEngines{
    EngineSettings{"aurora", "MySqlSettings"},      EngineSettings{"aurora-postgresql", "PostgreSqlSettings"},
    EngineSettings{"db2", "IbmDb2LuwSettings"},     EngineSettings{"db2-zos", "IbmDb2zOsSettings"},
    EngineSettings{"docdb", "DocDbSettings"},       EngineSettings{"mariadb", "MariaDbSettings"},
    EngineSettings{"mongodb", "MongoDbSettings"},   EngineSettings{"mysql", "MySqlSettings"},
    EngineSettings{"oracle", "OracleSettings"},     EngineSettings{"postgres", "PostgreSqlSettings"},
    EngineSettings{"redshift", "RedshiftSettings"}, EngineSettings{"sqlserver", "MicrosoftSqlServerSettings"},
    EngineSettings{"sybase", "SybaseAseSettings"},
};

Verdict check_description(std::string_view description) {
    if (description.size() <= kDescriptionMax) return {};
    return invalid_value("Description has at most 1000 characters");
}

Verdict check_settings(const ProviderSettings& settings) {
    if (const auto port = settings.numbers.find("Port"); port != settings.numbers.end())
        if (port->second < 1 || port->second > kPortMax) return invalid_value("Port must be 1 to 65535");
    const std::string_view mode = settings.text("SslMode");
    constexpr std::array<std::string_view, 5> kModes{"", "none", "require", "verify-ca", "verify-full"};
    if (std::ranges::find(kModes, mode) == kModes.end())
        return invalid_value("SslMode must be none, require, verify-ca or verify-full");
    if (const std::string_view path = settings.text("S3Path"); !path.empty())
        TRY(parse_bucket_path(path, "S3Path"));
    return {};
}

Verdict check_descriptors(const std::vector<Descriptor>& descriptors, std::string_view parameter) {
    if (descriptors.size() == 1) return {};
    return invalid_value(std::string{parameter} + " must name one data provider");
}

}  // namespace

Verdict check(const InstanceProfile& profile) {
    TRY(check_name(profile.name, "InstanceProfileName"));
    TRY(check_description(profile.description));
    constexpr std::array<std::string_view, 4> kNetworks{"", "IPV4", "DUAL", "IPV6"};
    if (std::ranges::find(kNetworks, profile.network_type) == kNetworks.end())
        return invalid_value("NetworkType must be IPV4, DUAL or IPV6");
    return {};
}

std::string_view ProviderSettings::text(std::string_view name) const {
    const auto found = texts.find(name);
    return found == texts.end() ? std::string_view{} : std::string_view{found->second};
}

void ProviderSettings::merge(const ProviderSettings& given) {
    if (!given.kind.empty()) kind = given.kind;
    for (const auto& [name, value] : given.texts) texts[name] = value;
    for (const auto& [name, value] : given.numbers) numbers[name] = value;
    for (const auto& [name, value] : given.flags) flags[name] = value;
}

std::string_view DataProvider::server_name() const {
    const std::string_view server = settings.text("ServerName");
    return server.empty() ? std::string_view{name} : server;
}

std::string_view settings_kind_of(std::string_view engine) {
    const auto* const found = std::ranges::find(kEngines, engine, &EngineSettings::engine);
    return found == kEngines.end() ? std::string_view{} : found->kind;
}

Verdict check(const DataProvider& provider) {
    TRY(check_name(provider.name, "DataProviderName"));
    TRY(check_description(provider.description));
    const std::string_view kind = settings_kind_of(provider.engine);
    if (kind.empty()) return invalid_value("Engine " + provider.engine + " is none of DMS's");
    if (provider.settings.kind != kind)
        return invalid_value("Settings of engine " + provider.engine + " must be " + std::string{kind});
    return check_settings(provider.settings);
}

bool MigrationProject::uses_provider(std::string_view id) const {
    const auto is = [&](const Descriptor& descriptor) { return descriptor.provider == id; };
    return std::ranges::any_of(sources, is) || std::ranges::any_of(targets, is);
}

Verdict check(const MigrationProject& project) {
    TRY(check_name(project.name, "MigrationProjectName"));
    TRY(check_description(project.description));
    TRY(check_descriptors(project.sources, "SourceDataProviderDescriptors"));
    TRY(check_descriptors(project.targets, "TargetDataProviderDescriptors"));
    if (!project.bucket_path.empty()) TRY(parse_bucket_path(project.bucket_path, "S3BucketPath"));
    if (!project.transformation_rules.empty()) TRY(parse_transformations(project.transformation_rules));
    return {};
}

}  // namespace landfall::dms
