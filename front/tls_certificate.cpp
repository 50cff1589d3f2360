// The self-signed certificate of a first start.
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/owned.hpp"
#include "front/tls_session.hpp"

namespace landfall::front {

namespace {

constexpr long kValidSeconds = 10L * 365 * 24 * 3600;

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Owned<X509, X509_free>;
using Memory = Owned<BIO, BIO_free_all>;

Error openssl_failed(std::string_view doing) {
    ERR_clear_error();
    return Error{Errc::io, std::string{doing} + " failed in OpenSSL"};
}

std::string text_of_bio(BIO* bio) {
    char* bytes = nullptr;
    const long length = BIO_get_mem_data(bio, &bytes);
    return {bytes, static_cast<std::size_t>(length)};
}

bool is_dns_name(const std::string& name) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    return !name.empty() && name.size() < 254 && name.find_first_not_of(kAllowed) == std::string::npos;
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    if (extension == nullptr) return false;
    const bool added = X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

Result<Certificate> make_certificate(EVP_PKEY* key, const std::string& host_name, std::int64_t now_seconds) {
    Certificate certificate{X509_new()};
    X509* c = certificate.get();
    if (c == nullptr) return openssl_failed("making a certificate");
    unsigned char serial[16];
    if (RAND_bytes(serial, sizeof serial) != 1) return openssl_failed("making a serial number");
    serial[0] &= 0x7f;  // a positive integer, RFC 5280 §4.1.2.2
    BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
    const bool numbered =
        number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(c)) != nullptr;
    BN_free(number);
    // A day early, so that clients whose clocks are a little behind accept it.
    const auto from = static_cast<time_t>(now_seconds) - 24 * 3600;
    X509_NAME* name = X509_get_subject_name(c);
    const auto* common = reinterpret_cast<const unsigned char*>("Landfall");
    std::string names = "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1";
    if (is_dns_name(host_name)) names += ",DNS:" + host_name;
    const bool built = numbered && X509_set_version(c, 2) == 1 &&
                       ASN1_TIME_set(X509_getm_notBefore(c), from) != nullptr &&
                       ASN1_TIME_set(X509_getm_notAfter(c), from + kValidSeconds) != nullptr &&
                       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0) == 1 &&
                       X509_set_issuer_name(c, name) == 1 && X509_set_pubkey(c, key) == 1 &&
                       add_extension(c, NID_basic_constraints, "critical,CA:TRUE") &&
                       add_extension(c, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
                       add_extension(c, NID_ext_key_usage, "serverAuth") &&
                       add_extension(c, NID_subject_alt_name, names) && X509_sign(c, key, EVP_sha256()) > 0;
    if (!built) return openssl_failed("making a certificate");
    return certificate;
}

/// Whole or not at all: a crash leaves at most `path`.new, which the next start overwrites.
Status write_whole(const std::string& path, std::string_view text, mode_t mode) {
    const std::string fresh = path + ".new";
    ::unlink(fresh.c_str());
    const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) return error_from_errno(errno, "creating " + fresh);
    const ssize_t n = ::write(fd, text.data(), text.size());
    const bool written = n == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
    const int why = n >= 0 && n != static_cast<ssize_t>(text.size()) ? ENOSPC : errno;
    ::close(fd);
    if (!written) return error_from_errno(why, "writing " + fresh);
    if (::rename(fresh.c_str(), path.c_str()) != 0) return error_from_errno(errno, "renaming " + fresh);
    const auto slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const int dir = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) return error_from_errno(errno, "opening " + folder);
    const bool synced = ::fsync(dir) == 0;
    const int sync_why = errno;
    ::close(dir);
    if (!synced) return error_from_errno(sync_why, "syncing " + folder);
    return {};
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace

Status ensure_self_signed(const std::string& certificate_file, const std::string& key_file,
                          const std::string& host_name, std::int64_t now_seconds) {
    if (exists(certificate_file) && exists(key_file)) return {};
    const Key key{EVP_EC_gen("P-256")};
    if (!key) return openssl_failed("making a key");
    const Certificate certificate = TRY(make_certificate(key.get(), host_name, now_seconds));
    const Memory key_text{BIO_new(BIO_s_secmem())};
    const Memory certificate_text{BIO_new(BIO_s_mem())};
    if (!key_text || !certificate_text ||
        PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
        PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1) {
        return openssl_failed("writing the certificate as text");
    }
    char* key_bytes = nullptr;
    const long key_length = BIO_get_mem_data(key_text.get(), &key_bytes);
    TRY(write_whole(key_file, {key_bytes, static_cast<std::size_t>(key_length)}, 0600));
    return write_whole(certificate_file, text_of_bio(certificate_text.get()), 0644);
}

}  // namespace landfall::front
