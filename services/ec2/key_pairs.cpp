#include "services/ec2/key_pairs.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.hpp"
#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "base/owned.hpp"

namespace landfall::ec2 {
namespace {

constexpr std::size_t kMaterialMax = 16 * 1024;
constexpr std::size_t kEd25519Bytes = 32;
constexpr std::string_view kSshRsa = "ssh-rsa";
constexpr std::string_view kSshEd25519 = "ssh-ed25519";

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Number = Owned<BIGNUM, BN_free>;
using Memory = Owned<BIO, BIO_vfree>;
using Pkcs8 = Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;

Error openssl_failed(std::string_view what) {
    return Error{Errc::io, "OpenSSL failed at " + std::string{what}};
}

Error malformed(std::string_view why) {
    return Error{Errc::invalid, "Key is not in valid OpenSSH public key format: " + std::string{why}};
}

// ---- RFC 4251: strings and numbers of the SSH wire format ----

void put_u32(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

void put_string(std::string& out, std::string_view value) {
    put_u32(out, static_cast<std::uint32_t>(value.size()));
    out += value;
}

/// `big_endian` without leading zeros; a sign byte where the first bit is set.
void put_mpint(std::string& out, std::string_view big_endian) {
    const bool needs_sign = !big_endian.empty() && (big_endian.front() & '\x80') != 0;
    put_string(out, (needs_sign ? std::string(1, '\0') : std::string{}) + std::string{big_endian});
}

Result<std::string_view> take_string(std::string_view& from) {
    if (from.size() < 4) return malformed("the key ends too early");
    std::uint32_t length = 0;
    for (const char c : from.substr(0, 4)) length = length << 8 | static_cast<unsigned char>(c);
    from.remove_prefix(4);
    if (length > from.size()) return malformed("the key ends too early");
    const std::string_view value = from.substr(0, length);
    from.remove_prefix(length);
    return value;
}

/// A positive number in its one canonical form, without the sign byte.
Result<std::string_view> take_mpint(std::string_view& from) {
    std::string_view value = TRY(take_string(from));
    if (value.empty() || (value.front() & '\x80') != 0) return malformed("a number that is not positive");
    if (value.front() != '\0') return value;
    value.remove_prefix(1);
    if (value.empty() || (value.front() & '\x80') == 0) return malformed("a number with needless zeros");
    return value;
}

std::string rsa_blob(std::string_view modulus, std::string_view exponent) {
    std::string blob;
    put_string(blob, kSshRsa);
    put_mpint(blob, exponent);
    put_mpint(blob, modulus);
    return blob;
}

std::string ed25519_blob(std::string_view key) {
    std::string blob;
    put_string(blob, kSshEd25519);
    put_string(blob, key);
    return blob;
}

std::string line_of(std::string_view name, std::string_view blob) {
    return std::string{name} + ' ' + base64_encode(bytes_of(blob));
}

// ---- fingerprints ----

std::string with_colons(const std::string& hex) {
    std::string text;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        if (i != 0) text += ':';
        text += hex.substr(i, 2);
    }
    return text;
}

std::string fingerprint_of_blob(std::string_view blob) { return base64_encode(sha256(blob).span()); }

// ---- DER (X.690), as much as SubjectPublicKeyInfo needs ----

std::string der(unsigned char tag, std::string_view content) {
    std::string out(1, static_cast<char>(tag));
    if (content.size() < 0x80) {
        out += static_cast<char>(content.size());
    } else {
        CHECK(content.size() <= 0xffff);
        const bool two = content.size() > 0xff;
        out += two ? '\x82' : '\x81';
        if (two) out += static_cast<char>(content.size() >> 8);
        out += static_cast<char>(content.size() & 0xff);
    }
    return out += content;
}

std::string der_integer(std::string_view big_endian) {
    const bool needs_sign = (big_endian.front() & '\x80') != 0;
    return der(0x02, (needs_sign ? std::string(1, '\0') : std::string{}) + std::string{big_endian});
}

/// RFC 3279 §2.3.1: rsaEncryption with NULL parameters, then modulus and exponent.
std::string rsa_public_der(std::string_view modulus, std::string_view exponent) {
    constexpr std::string_view kRsaEncryption{"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 13};
    const std::string numbers = der(0x30, der_integer(modulus) + der_integer(exponent));
    return der(0x30, der(0x30, kRsaEncryption) + der(0x03, std::string(1, '\0') + numbers));
}

// ---- reading ----

std::size_t bits_of(std::string_view big_endian) {
    std::size_t bits = big_endian.size() * 8;
    for (unsigned char mask = 0x80; mask != 0 && (static_cast<unsigned char>(big_endian.front()) & mask) == 0;
         mask = static_cast<unsigned char>(mask >> 1))
        --bits;
    return bits;
}

Result<PublicKey> rsa_key(std::string_view modulus, std::string_view exponent) {
    const std::size_t bits = bits_of(modulus);
    if (bits != 1024 && bits != 2048 && bits != 4096)
        return malformed("an RSA key has 1024, 2048 or 4096 bits, this one has " + std::to_string(bits));
    const bool odd = (modulus.back() & 1) != 0 && (exponent.back() & 1) != 0;
    if (!odd || bits_of(exponent) < 2 || exponent.size() > 8)
        return malformed("an RSA key with an impossible modulus or exponent");
    return PublicKey{.type = KeyType::rsa,
                     .text = line_of(kSshRsa, rsa_blob(modulus, exponent)),
                     .fingerprint = with_colons(md5(rsa_public_der(modulus, exponent)).hex())};
}

Result<PublicKey> ed25519_key(std::string_view key) {
    if (key.size() != kEd25519Bytes) return malformed("an ed25519 key has 32 bytes");
    const std::string blob = ed25519_blob(key);
    return PublicKey{.type = KeyType::ed25519,
                     .text = line_of(kSshEd25519, blob),
                     .fingerprint = fingerprint_of_blob(blob)};
}

Result<PublicKey> read_blob(std::string_view blob) {
    const std::string_view name = TRY(take_string(blob));
    if (name == kSshEd25519) {
        const std::string_view key = TRY(take_string(blob));
        if (!blob.empty()) return malformed("bytes behind the key");
        return ed25519_key(key);
    }
    if (name != kSshRsa) return malformed("neither an RSA nor an ed25519 key");
    const std::string_view exponent = TRY(take_mpint(blob));
    const std::string_view modulus = TRY(take_mpint(blob));
    if (!blob.empty()) return malformed("bytes behind the key");
    return rsa_key(modulus, exponent);
}

std::string number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return {};
    const Number number{raw};
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
    BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
    return bytes;
}

std::string ed25519_public(const EVP_PKEY* key) {
    std::string bytes(kEd25519Bytes, '\0');
    std::size_t size = bytes.size();
    if (EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(bytes.data()), &size) != 1 ||
        size != kEd25519Bytes)
        return {};
    return bytes;
}

/// SubjectPublicKeyInfo. What OpenSSL takes as one is a key; which, and of what size, is ours to judge.
Result<PublicKey> read_der(ByteSpan bytes) {
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    const unsigned char* const end = at + bytes.size();
    const Key key{d2i_PUBKEY(nullptr, &at, static_cast<long>(bytes.size()))};
    if (key == nullptr || at != end) return malformed("it is no DER of a public key either");
    if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519) return ed25519_key(ed25519_public(key.get()));
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
        return malformed("neither an RSA nor an ed25519 key");
    const std::string modulus = number_of(key.get(), OSSL_PKEY_PARAM_RSA_N);
    const std::string exponent = number_of(key.get(), OSSL_PKEY_PARAM_RSA_E);
    if (modulus.empty() || exponent.empty()) return malformed("an RSA key without its numbers");
    return rsa_key(modulus, exponent);
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// The base64 between a block's marks: RFC 4716's headers ("Comment: …", continued by a backslash) left out.
Result<std::string> body_of_block(std::string_view text, std::string_view end_mark) {
    std::string body;
    bool continued = false;
    bool first = true;
    while (!text.empty()) {
        const std::size_t newline = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(text.substr(0, newline));
        text.remove_prefix(std::min(newline + 1, text.size()));
        if (line.starts_with(end_mark)) return body;
        const bool header = continued || line.find(':') != std::string_view::npos;
        continued = header && line.ends_with('\\');
        if (!first && !header) body += line;
        first = false;
    }
    return malformed("the block has no end");
}

Result<std::vector<std::byte>> decoded(std::string_view base64) {
    auto bytes = base64_decode(base64);
    if (!bytes.ok()) return malformed("its base64 is broken");
    return bytes;
}

// ---- making ----

Result<std::string> rsa_pem(EVP_PKEY* key) {
    // Memory that OpenSSL wipes when it frees it.
    const Memory memory{BIO_new(BIO_s_secmem())};
    if (memory == nullptr ||
        PEM_write_bio_PrivateKey_traditional(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return openssl_failed("writing a private key");
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return std::string{text, static_cast<std::size_t>(size)};
}

Result<std::string> fingerprint_of_private(const EVP_PKEY* key) {
    const Pkcs8 pkcs8{EVP_PKEY2PKCS8(key)};
    if (pkcs8 == nullptr) return openssl_failed("PKCS #8");
    const int size = i2d_PKCS8_PRIV_KEY_INFO(pkcs8.get(), nullptr);
    if (size <= 0) return openssl_failed("PKCS #8");
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    auto* at = reinterpret_cast<unsigned char*>(bytes.data());
    i2d_PKCS8_PRIV_KEY_INFO(pkcs8.get(), &at);
    const SecretBytes kept{std::move(bytes)};
    return with_colons(sha1(ByteSpan{kept.reveal()}).hex());
}

Result<NewKeyPair> make_rsa() {
    const Key key{EVP_RSA_gen(2048)};
    if (key == nullptr) return openssl_failed("making an RSA key");
    NewKeyPair made;
    made.key = TRY(
        rsa_key(number_of(key.get(), OSSL_PKEY_PARAM_RSA_N), number_of(key.get(), OSSL_PKEY_PARAM_RSA_E)));
    made.key.fingerprint = TRY(fingerprint_of_private(key.get()));
    made.material = SecretString{TRY(rsa_pem(key.get()))};
    return made;
}

/// OpenSSH's PROTOCOL.key, without a passphrase: the public key, then twice the same check number, the pair
/// and padding 1, 2, 3 … up to the block of eight.
SecretString openssh_block(std::string_view seed, std::string_view public_key, std::uint32_t check) {
    std::string pair;
    pair.reserve(256);  // grows nowhere else: no copy of the secret is left behind
    put_u32(pair, check);
    put_u32(pair, check);
    put_string(pair, kSshEd25519);
    put_string(pair, public_key);
    put_u32(pair, 2 * kEd25519Bytes);
    pair += seed;
    pair += public_key;
    put_string(pair, "");
    for (char pad = 1; pair.size() % 8 != 0; ++pad) pair += pad;

    std::string whole;
    whole.reserve(512);
    whole += std::string_view{"openssh-key-v1\0", 15};
    put_string(whole, "none");
    put_string(whole, "none");
    put_string(whole, "");
    put_u32(whole, 1);
    put_string(whole, ed25519_blob(public_key));
    put_string(whole, pair);

    std::string base64 = base64_encode(bytes_of(whole));
    std::string text;
    text.reserve(1024);
    text += "-----BEGIN OPENSSH PRIVATE KEY-----\n";
    constexpr std::size_t kColumns = 70;
    for (std::size_t i = 0; i < base64.size(); i += kColumns)
        text.append(base64, i, kColumns).push_back('\n');
    text += "-----END OPENSSH PRIVATE KEY-----\n";
    for (std::string* secret : {&pair, &whole, &base64})
        wipe(std::as_writable_bytes(std::span{secret->data(), secret->size()}));
    return SecretString{std::move(text)};
}

Result<NewKeyPair> make_ed25519(Random& random) {
    std::string seed(kEd25519Bytes, '\0');
    random.fill(std::as_writable_bytes(std::span{seed.data(), seed.size()}));
    const SecretString kept{std::move(seed)};
    const auto* raw = reinterpret_cast<const unsigned char*>(kept.reveal().data());
    const Key key{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw, kEd25519Bytes)};
    if (key == nullptr) return openssl_failed("making an ed25519 key");
    const std::string public_key = ed25519_public(key.get());
    NewKeyPair made;
    made.key = TRY(ed25519_key(public_key));
    made.material =
        openssh_block(kept.reveal(), public_key, static_cast<std::uint32_t>(random.u64() & 0xffff'ffff));
    return made;
}

}  // namespace

std::string_view name_of(KeyType type) { return type == KeyType::rsa ? "rsa" : "ed25519"; }

std::optional<KeyType> key_type_named(std::string_view name) {
    if (name == "rsa") return KeyType::rsa;
    if (name == "ed25519") return KeyType::ed25519;
    return std::nullopt;
}

Result<NewKeyPair> make_key_pair(KeyType type, Random& random) {
    return type == KeyType::rsa ? make_rsa() : make_ed25519(random);
}

Result<PublicKey> read_public_key(std::string_view material) {
    if (material.size() > kMaterialMax) return malformed("it is longer than 16 KiB");
    const std::string_view text = trimmed(material);
    if (text.starts_with("---- BEGIN SSH2 PUBLIC KEY ----")) {
        const auto bytes = TRY(decoded(TRY(body_of_block(text, "---- END SSH2 PUBLIC KEY"))));
        return read_blob(text_of(bytes));
    }
    if (text.starts_with("-----BEGIN PUBLIC KEY-----"))
        return read_der(TRY(decoded(TRY(body_of_block(text, "-----END PUBLIC KEY")))));
    const std::size_t space = text.find_first_of(" \t");
    if (space == std::string_view::npos) return read_der(TRY(decoded(text)));
    const std::string_view rest = trimmed(text.substr(space));
    const auto bytes = TRY(decoded(rest.substr(0, rest.find_first_of(" \t\r\n"))));
    PublicKey key = TRY(read_blob(text_of(bytes)));
    if (!key.text.starts_with(std::string{text.substr(0, space)} + ' '))
        return malformed("its first word does not name the key's type");
    return key;
}

bool key_name_is_valid(std::string_view name) {
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    return !name.empty() && name.size() <= 255 && name.front() != ' ' && name.back() != ' ' &&
           std::all_of(name.begin(), name.end(), printable);
}

}  // namespace landfall::ec2
