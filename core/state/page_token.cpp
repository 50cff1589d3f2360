// A token: base64url of version byte 0x01, 12 bytes of nonce, the sealed position, 16 bytes of tag.
#include "core/state/page_token.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/encoding.hpp"
#include "core/state/store.hpp"

namespace landfall::state {
namespace {

constexpr char kFormat = 1;
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::size_t kKey = 32;
constexpr std::size_t kPositionMax = 16 << 10;

struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string encrypt(ByteSpan key, std::string_view nonce, std::string_view plain, std::string_view bound) {
    const Cipher cipher{EVP_CIPHER_CTX_new()};
    std::string out(plain.size() + kTag, '\0');
    int size = 0;
    CHECK(cipher != nullptr);
    CHECK(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(text_of(key)), raw(nonce)) == 1);
    CHECK(EVP_EncryptUpdate(cipher.get(), nullptr, &size, raw(bound), static_cast<int>(bound.size())) == 1);
    CHECK(EVP_EncryptUpdate(cipher.get(), raw(out), &size, raw(plain), static_cast<int>(plain.size())) == 1);
    CHECK(EVP_EncryptFinal_ex(cipher.get(), raw(out) + size, &size) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, raw(out) + plain.size()) == 1);
    return out;
}

std::optional<std::string> decrypt(ByteSpan key, std::string_view nonce, std::string_view sealed,
                                   std::string_view bound) {
    const Cipher cipher{EVP_CIPHER_CTX_new()};
    std::string tag{sealed.substr(sealed.size() - kTag)};
    sealed.remove_suffix(kTag);
    std::string out(sealed.size(), '\0');
    int size = 0;
    CHECK(cipher != nullptr);
    CHECK(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(text_of(key)), raw(nonce)) == 1);
    CHECK(EVP_DecryptUpdate(cipher.get(), nullptr, &size, raw(bound), static_cast<int>(bound.size())) == 1);
    CHECK(EVP_DecryptUpdate(cipher.get(), raw(out), &size, raw(sealed), static_cast<int>(sealed.size())) ==
          1);
    CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, raw(tag)) == 1);
    if (EVP_DecryptFinal_ex(cipher.get(), raw(out) + size, &size) != 1) return std::nullopt;
    return out;
}

/// RFC 4648 §5 without padding: fit for URLs, forms and XML as it is.
std::string to_url_form(std::string text) {
    while (!text.empty() && text.back() == '=') text.pop_back();
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

Result<std::vector<std::byte>> from_url_form(std::string_view token) {
    std::string text{token};
    if (text.find_first_of("+/=") != std::string::npos) return Error{Errc::invalid, "not base64url"};
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    return base64_decode(text);
}

}  // namespace

Result<PageTokens> PageTokens::open(StateStore& store, Random& random) {
    return PageTokens{TRY(store.token_key("page")), random};
}

PageTokens::PageTokens(SecretBytes key, Random& random) : key_{std::move(key)}, random_{&random} {
    CHECK(key_.reveal().size() == kKey);
}

std::string PageTokens::seal(std::string_view after, std::string_view filter) const {
    CHECK(after.size() <= kPositionMax);
    std::string token(1 + kNonce, kFormat);
    random_->fill(std::as_writable_bytes(std::span{token}.subspan(1)));
    token += encrypt(key_.reveal(), std::string_view{token}.substr(1, kNonce), after, filter);
    return to_url_form(base64_encode(bytes_of(token)));
}

Result<std::string> PageTokens::open(std::string_view token, std::string_view filter) const {
    const Error refused{Errc::invalid, "the page token is not one of this list"};
    if (token.size() > 2 * kPositionMax) return refused;
    const Result<std::vector<std::byte>> decoded = from_url_form(token);
    if (!decoded.ok()) return refused;
    const std::string_view bytes = text_of(*decoded);
    if (bytes.size() < 1 + kNonce + kTag || bytes.front() != kFormat) return refused;
    auto opened = decrypt(key_.reveal(), bytes.substr(1, kNonce), bytes.substr(1 + kNonce), filter);
    if (!opened) return refused;
    return std::move(*opened);
}

}  // namespace landfall::state
