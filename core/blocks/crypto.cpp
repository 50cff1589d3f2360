#include "core/blocks/crypto.hpp"

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <algorithm>
#include <memory>

namespace landfall::blocks {
namespace {

struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* p) const { EVP_CIPHER_CTX_free(p); }
};
struct FreeMethod {
    void operator()(EVP_CIPHER* p) const { EVP_CIPHER_free(p); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

const unsigned char* raw(ByteSpan bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw(MutableByteSpan bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

/// OpenSSL's fetches are slow, so a thread keeps its contexts; a key is set anew for each call (about 0.2
/// µs).
EVP_CIPHER_CTX* cipher_context() {
    thread_local const std::unique_ptr<EVP_CIPHER, FreeMethod> method{
        EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
    thread_local const Cipher context{EVP_CIPHER_CTX_new()};
    thread_local bool ready = false;
    CHECK(method != nullptr && context != nullptr);
    if (!ready) {
        CHECK(EVP_CipherInit_ex2(context.get(), method.get(), nullptr, nullptr, 1, nullptr) == 1);
        ready = true;
    }
    return context.get();
}

int length_of(ByteSpan bytes) {
    CHECK(bytes.size() < (std::size_t{1} << 30U));
    return static_cast<int>(bytes.size());
}

}  // namespace

SecretBytes random_key(Random& random) {
    std::vector<std::byte> key(kKeySize);
    random.fill(key);
    return SecretBytes{std::move(key)};
}

SecretBytes derive_key(const SecretBytes& from, std::string_view purpose, std::size_t length) {
    EVP_KDF* const method = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
    EVP_KDF_CTX* const context = EVP_KDF_CTX_new(method);
    CHECK(context != nullptr);
    std::vector<std::byte> key = from.reveal();
    std::string hash = "SHA256";
    std::string info{purpose};
    const std::array<OSSL_PARAM, 4> parameters{
        OSSL_PARAM{"digest", OSSL_PARAM_UTF8_STRING, hash.data(), hash.size(), 0},
        OSSL_PARAM{"key", OSSL_PARAM_OCTET_STRING, key.data(), key.size(), 0},
        OSSL_PARAM{"info", OSSL_PARAM_OCTET_STRING, info.data(), info.size(), 0},
        OSSL_PARAM{nullptr, 0, nullptr, 0, 0}};
    std::vector<std::byte> out(length);
    CHECK(EVP_KDF_derive(context, raw(MutableByteSpan{out}), length, parameters.data()) == 1);
    wipe(key);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(method);
    return SecretBytes{std::move(out)};
}

Aead::Aead(SecretBytes key) : key_{std::move(key)} { CHECK(key_.reveal().size() == kKeySize); }

void Aead::seal(const Nonce& nonce, ByteSpan associated, ByteSpan plain, MutableByteSpan out) const {
    CHECK(out.size() == plain.size() + kTagSize);
    EVP_CIPHER_CTX* const context = cipher_context();
    int n = 0;
    CHECK(EVP_CipherInit_ex2(context, nullptr, raw(ByteSpan{key_.reveal()}), raw(ByteSpan{nonce}), 1,
                             nullptr) == 1);
    CHECK(EVP_CipherUpdate(context, nullptr, &n, raw(associated), length_of(associated)) == 1);
    if (!plain.empty()) CHECK(EVP_CipherUpdate(context, raw(out), &n, raw(plain), length_of(plain)) == 1);
    CHECK(EVP_CipherFinal_ex(context, raw(out) + plain.size(), &n) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagSize, out.data() + plain.size()) == 1);
}

bool Aead::open(const Nonce& nonce, ByteSpan associated, ByteSpan sealed, MutableByteSpan out) const {
    CHECK(sealed.size() >= kTagSize && out.size() == sealed.size() - kTagSize);
    EVP_CIPHER_CTX* const context = cipher_context();
    int n = 0;
    CHECK(EVP_CipherInit_ex2(context, nullptr, raw(ByteSpan{key_.reveal()}), raw(ByteSpan{nonce}), 0,
                             nullptr) == 1);
    CHECK(EVP_CipherUpdate(context, nullptr, &n, raw(associated), length_of(associated)) == 1);
    const ByteSpan text = sealed.first(out.size());
    if (!text.empty()) CHECK(EVP_CipherUpdate(context, raw(out), &n, raw(text), length_of(text)) == 1);
    std::array<std::byte, kTagSize> tag{};
    std::copy_n(sealed.end() - kTagSize, kTagSize, tag.begin());
    CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1);
    std::array<unsigned char, kTagSize> rest{};
    if (EVP_CipherFinal_ex(context, rest.data(), &n) == 1) return true;
    wipe(out);
    return false;
}

std::vector<std::byte> wrap_key(const Aead& aead, Random& random, const SecretBytes& key, ByteSpan context) {
    CHECK(key.reveal().size() == kKeySize);
    std::vector<std::byte> wrapped(kWrappedKeySize);
    Nonce nonce{};
    random.fill(nonce);
    std::copy(nonce.begin(), nonce.end(), wrapped.begin());
    aead.seal(nonce, context, key.reveal(), MutableByteSpan{wrapped}.subspan(kNonceSize));
    return wrapped;
}

Result<SecretBytes> unwrap_key(const Aead& aead, ByteSpan wrapped, ByteSpan context) {
    if (wrapped.size() != kWrappedKeySize) return Error{Errc::corrupt, "a wrapped key of the wrong length"};
    Nonce nonce{};
    std::copy_n(wrapped.begin(), kNonceSize, nonce.begin());
    std::vector<std::byte> key(kKeySize);
    const bool opened = aead.open(nonce, context, wrapped.subspan(kNonceSize), key);
    SecretBytes secret{std::move(key)};
    if (!opened) return Error{Errc::corrupt, "a wrapped key that this key does not open"};
    return secret;
}

DomainKeys::DomainKeys(const SecretBytes& domain_key)
    : content_ids{derive_key(domain_key, "landfall blocks: ids of content", kKeySize).reveal()},
      node_ids{derive_key(domain_key, "landfall blocks: ids of nodes", kKeySize).reveal()},
      pack_wrap{derive_key(domain_key, "landfall blocks: wrapping of pack keys", kKeySize)} {
    const SecretBytes table = derive_key(domain_key, "landfall blocks: gear table", gear.size() * 8);
    for (std::size_t i = 0; i < gear.size(); ++i) gear[i] = load_le<std::uint64_t>(table.reveal(), i * 8);
}

}  // namespace landfall::blocks
