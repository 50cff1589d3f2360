#include "front/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <climits>

namespace landfall::front {

namespace {

struct FreeContext {
    void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }
};
struct FreeSsl {
    void operator()(SSL* s) const { SSL_free(s); }
};

std::string openssl_reason() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "no reason given";
}

int choose_http_1_1(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
    static constexpr unsigned char kOurs[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_length, kOurs, sizeof kOurs, offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;  // the client may still speak HTTP/1.1 without saying so
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

std::string fingerprint_of(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int length = 0;
    if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &length) != 1)
        return {};
    static constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string text;
    for (unsigned int i = 0; i < length; ++i) {
        if (i != 0) text.push_back(':');
        text.push_back(kHex[digest[i] >> 4]);
        text.push_back(kHex[digest[i] & 15]);
    }
    return text;
}

}  // namespace

struct TlsContext::Context {
    std::unique_ptr<SSL_CTX, FreeContext> ctx;
};

TlsContext::TlsContext(std::unique_ptr<Context> context) : context_{std::move(context)} {
    fingerprint_ = fingerprint_of(SSL_CTX_get0_certificate(context_->ctx.get()));
}
TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::load(const std::string& certificate_file,
                                                     const std::string& key_file) {
    auto context = std::make_unique<Context>();
    context->ctx.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* ctx = context->ctx.get();
    if (ctx == nullptr) return Error{Errc::exhausted, "making a TLS context: " + openssl_reason()};
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(ctx, choose_http_1_1, nullptr);
    if (SSL_CTX_use_certificate_chain_file(ctx, certificate_file.c_str()) != 1) {
        return Error{Errc::invalid, "reading the certificate " + certificate_file + ": " + openssl_reason()};
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        return Error{Errc::invalid, "reading the key " + key_file + ": " + openssl_reason()};
    }
    if (SSL_CTX_check_private_key(ctx) != 1) {
        return Error{Errc::invalid, key_file + " is not the key of " + certificate_file};
    }
    return std::make_unique<TlsContext>(std::move(context));
}

struct TlsSession::Session {
    std::unique_ptr<SSL, FreeSsl> ssl;
    BIO* in = nullptr;   // owned by ssl
    BIO* out = nullptr;  // owned by ssl
    std::size_t out_used = 0;
};

TlsSession::TlsSession(const TlsContext& context) : session_{std::make_unique<Session>()} {
    session_->ssl.reset(SSL_new(context.context_->ctx.get()));
    session_->in = BIO_new(BIO_s_mem());
    session_->out = BIO_new(BIO_s_mem());
    CHECK(session_->ssl && session_->in && session_->out);
    BIO_set_mem_eof_return(session_->in, -1);  // an empty input means "later", not "closed"
    SSL_set_bio(session_->ssl.get(), session_->in, session_->out);
    SSL_set_accept_state(session_->ssl.get());
}
TlsSession::~TlsSession() = default;

void TlsSession::feed(ByteSpan ciphertext) {
    CHECK(ciphertext.size() <= INT_MAX);
    const int n = BIO_write(session_->in, ciphertext.data(), static_cast<int>(ciphertext.size()));
    CHECK(n == static_cast<int>(ciphertext.size()));
}

TlsSession::Read TlsSession::read(MutableByteSpan into) {
    std::size_t total = 0;
    while (total < into.size()) {
        std::size_t n = 0;
        ERR_clear_error();
        const int ok = SSL_read_ex(session_->ssl.get(), into.data() + total, into.size() - total, &n);
        if (ok == 1) {
            total += n;
            continue;
        }
        if (total > 0) break;
        switch (SSL_get_error(session_->ssl.get(), ok)) {
            case SSL_ERROR_WANT_READ:
            case SSL_ERROR_WANT_WRITE: return {0, State::wants_input};
            case SSL_ERROR_ZERO_RETURN: return {0, State::ended};
            default: ERR_clear_error(); return {0, State::failed};
        }
    }
    return {total, State::open};
}

bool TlsSession::write(ByteSpan plaintext) {
    while (!plaintext.empty()) {
        std::size_t n = 0;
        ERR_clear_error();
        if (SSL_write_ex(session_->ssl.get(), plaintext.data(), plaintext.size(), &n) != 1) return false;
        plaintext = plaintext.subspan(n);
    }
    return true;
}

void TlsSession::end() {
    ERR_clear_error();
    (void)SSL_shutdown(session_->ssl.get());
    ERR_clear_error();
}

ByteSpan TlsSession::pending_output() const {
    char* bytes = nullptr;
    const long length = BIO_get_mem_data(session_->out, &bytes);
    const ByteSpan all{reinterpret_cast<const std::byte*>(bytes),
                       length > 0 ? static_cast<std::size_t>(length) : 0};
    return all.subspan(session_->out_used);
}

void TlsSession::output_sent(std::size_t bytes) {
    session_->out_used += bytes;
    if (!pending_output().empty()) return;
    session_->out_used = 0;
    (void)BIO_reset(session_->out);
}

}  // namespace landfall::front
