#include "services/dms/model_endpoint.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/owned.hpp"

namespace landfall::dms {
namespace {

constexpr std::size_t kPemMax = 64 * 1024;
constexpr std::size_t kTextMax = 4096;

constexpr std::array kEngines{
    EndpointEngine{"aurora", "Amazon Aurora MySQL", "MySQLSettings", 3306},
    EndpointEngine{"aurora-postgresql", "Amazon Aurora PostgreSQL", "PostgreSQLSettings", 5432},
    EndpointEngine{"mariadb", "MariaDB", "MySQLSettings", 3306},
    EndpointEngine{"mysql", "MySQL", "MySQLSettings", 3306},
    EndpointEngine{"postgres", "PostgreSQL", "PostgreSQLSettings", 5432},
};

using Bio = Owned<BIO, BIO_free_all>;
using X509Ptr = Owned<X509, X509_free>;

Fault invalid_certificate(std::string what) { return {FaultCode::invalid_certificate, std::move(what)}; }

Instant instant_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return Instant{static_cast<std::int64_t>(timegm(&parts)) * 1'000'000'000};
}

std::string name_of(const X509_NAME* name) {
    const Bio text{BIO_new(BIO_s_mem())};
    if (!text || X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

/// libpq takes a path for a socket of this machine, and commas for several servers.
bool is_host(std::string_view host) {
    return !host.empty() && std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == '_' || c == ':';
    });
}

Fault missing(std::string_view parameter) {
    return {FaultCode::invalid_combination, std::string{parameter} + " must be given"};
}

}  // namespace

std::span<const EndpointEngine> endpoint_engines() { return kEngines; }

const EndpointEngine* find_engine(std::string_view name) {
    const auto* const found = std::ranges::find(kEngines, name, &EndpointEngine::name);
    return found == kEngines.end() ? nullptr : found;
}

Verdict check(const Endpoint& endpoint) {
    TRY(check_name(endpoint.name, "EndpointIdentifier"));
    if (endpoint.type != "source" && endpoint.type != "target")
        return invalid_value("EndpointType must be source or target");
    const EndpointEngine* const engine = find_engine(endpoint.engine);
    if (engine == nullptr)
        return invalid_value("EngineName " + endpoint.engine +
                             ": endpoints are of aurora, aurora-postgresql, mariadb, mysql or postgres");
    if (!endpoint.settings.kind.empty() && endpoint.settings.kind != engine->settings)
        return invalid_value("Settings of engine " + endpoint.engine + " must be " +
                             std::string{engine->settings});
    if (endpoint.host.empty()) return missing("ServerName");
    if (!is_host(endpoint.host)) return invalid_value("ServerName is no name of a host");
    if (endpoint.port < 0 || endpoint.port > 65'535) return invalid_value("Port must be 1 to 65535");
    if (engine->settings == "PostgreSQLSettings" && endpoint.database.empty()) return missing("DatabaseName");
    if (endpoint.user.empty() && endpoint.secret_id.empty()) return missing("Username");
    if (!endpoint.secret_id.empty() && (!endpoint.user.empty() || !endpoint.sealed_password.empty()))
        return Fault{FaultCode::invalid_combination,
                     "SecretsManagerSecretId takes the place of Username and Password"};
    for (const std::string* const text : {&endpoint.database, &endpoint.user, &endpoint.attributes})
        if (text->size() > kTextMax || text->find('\0') != std::string::npos)
            return invalid_value("a text of the endpoint is longer than 4096 bytes, or has a byte of zero");
    constexpr std::array<std::string_view, 4> kModes{"none", "require", "verify-ca", "verify-full"};
    if (std::ranges::find(kModes, endpoint.ssl_mode) == kModes.end())
        return invalid_value("SslMode must be none, require, verify-ca or verify-full");
    return {};
}

Verdict check(const Certificate& certificate) {
    return check_name(certificate.name, "CertificateIdentifier");
}

Judged<Certificate> read_certificate(std::string_view pem) {
    if (pem.size() > kPemMax) return invalid_certificate("CertificatePem is larger than 64 KiB");
    if (pem.find("PRIVATE KEY") != std::string_view::npos)
        return invalid_certificate("CertificatePem holds a private key");
    const Bio text{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    const X509Ptr read{text ? PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr) : nullptr};
    if (!read) return invalid_certificate("CertificatePem is no certificate");
    Certificate certificate{.pem = std::string{pem},
                            .owner = name_of(X509_get_subject_name(read.get())),
                            .valid_from = instant_of(X509_get0_notBefore(read.get())),
                            .valid_to = instant_of(X509_get0_notAfter(read.get()))};
    if (const char* const algorithm = OBJ_nid2sn(X509_get_signature_nid(read.get())))
        certificate.algorithm = algorithm;
    if (const EVP_PKEY* const key = X509_get0_pubkey(read.get()))
        certificate.key_bits = EVP_PKEY_get_bits(key);
    return certificate;
}

Identity connection_id(const Scope& scope, std::string_view instance, std::string_view endpoint) {
    return {scope, std::string{instance} + "." + std::string{endpoint}};
}

}  // namespace landfall::dms
