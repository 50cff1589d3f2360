// OpenSSL's EVP layer allocates a provider context for every digest and for every copy of one, which costs
// more than hashing a short message. Its low-level functions, deprecated but kept in every 3.x, work on plain
// structures and use the same assembler (SHA-NI where the processor has it).
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/hash.hpp"

#include <openssl/md5.h>
#include <openssl/sha.h>

#include <new>
#include <type_traits>

#include "base/encoding.hpp"
#include "base/secret.hpp"

namespace landfall {
namespace {

template <std::size_t N>
struct Algorithm;
template <>
struct Algorithm<16> {
    using Context = MD5_CTX;
    static constexpr auto kInit = MD5_Init;
    static constexpr auto kUpdate = MD5_Update;
    static constexpr auto kFinal = MD5_Final;
};
template <>
struct Algorithm<20> {
    using Context = SHA_CTX;
    static constexpr auto kInit = SHA1_Init;
    static constexpr auto kUpdate = SHA1_Update;
    static constexpr auto kFinal = SHA1_Final;
};
template <>
struct Algorithm<32> {
    using Context = SHA256_CTX;
    static constexpr auto kInit = SHA256_Init;
    static constexpr auto kUpdate = SHA256_Update;
    static constexpr auto kFinal = SHA256_Final;
};
template <>
struct Algorithm<64> {
    using Context = SHA512_CTX;
    static constexpr auto kInit = SHA512_Init;
    static constexpr auto kUpdate = SHA512_Update;
    static constexpr auto kFinal = SHA512_Final;
};

template <std::size_t N, std::size_t Room>
typename Algorithm<N>::Context* context_in(std::array<std::byte, Room>& state) {
    using Context = typename Algorithm<N>::Context;
    static_assert(sizeof(Context) <= Room && alignof(Context) <= 8);
    static_assert(std::is_trivially_copyable_v<Context>);
    return std::launder(reinterpret_cast<Context*>(state.data()));
}

template <std::size_t N>
Digest<N> digest_of(ByteSpan bytes) {
    Hasher<N> hasher;
    hasher.update(bytes);
    return hasher.finish();
}

constexpr std::size_t kHmacBlock = 64;  // of every digest here but SHA-512, which has no Hmac

}  // namespace

template <std::size_t N>
std::string Digest<N>::hex() const {
    return hex_encode(bytes);
}

template <std::size_t N>
std::array<char, 2 * N> Digest<N>::hex_text() const {
    std::array<char, 2 * N> text;
    hex_encode_into(bytes, text);
    return text;
}

template <std::size_t N>
Hasher<N>::Hasher() {
    ::new (static_cast<void*>(state_.data())) typename Algorithm<N>::Context;
    CHECK(Algorithm<N>::kInit(context_in<N>(state_)) == 1);
}

template <std::size_t N>
void Hasher<N>::update(ByteSpan bytes) {
    CHECK(Algorithm<N>::kUpdate(context_in<N>(state_), bytes.data(), bytes.size()) == 1);
}

template <std::size_t N>
Digest<N> Hasher<N>::finish() {
    Digest<N> out;
    CHECK(Algorithm<N>::kFinal(reinterpret_cast<unsigned char*>(out.bytes.data()), context_in<N>(state_)) ==
          1);
    CHECK(Algorithm<N>::kInit(context_in<N>(state_)) == 1);
    return out;
}

template struct Digest<16>;
template struct Digest<20>;
template struct Digest<32>;
template struct Digest<64>;
template class Hasher<16>;
template class Hasher<20>;
template class Hasher<32>;
template class Hasher<64>;

Md5 md5(ByteSpan bytes) { return digest_of<16>(bytes); }
Sha1 sha1(ByteSpan bytes) { return digest_of<20>(bytes); }
Sha256 sha256(ByteSpan bytes) { return digest_of<32>(bytes); }
Sha512 sha512(ByteSpan bytes) { return digest_of<64>(bytes); }

template <std::size_t N>
Hmac<N>::Hmac(ByteSpan key) {
    std::array<std::byte, kHmacBlock> pad{};
    if (key.size() > kHmacBlock) {
        const Digest<N> hashed = digest_of<N>(key);
        std::memcpy(pad.data(), hashed.bytes.data(), hashed.bytes.size());
    } else if (!key.empty()) {
        std::memcpy(pad.data(), key.data(), key.size());
    }
    for (std::byte& b : pad) b ^= std::byte{0x36};
    inner_.update(pad);
    for (std::byte& b : pad) b ^= std::byte{0x36} ^ std::byte{0x5c};
    outer_.update(pad);
    wipe(pad);
}

template <std::size_t N>
Hmac<N>::~Hmac() {
    static_assert(std::is_trivially_copyable_v<Hasher<N>>);
    wipe(std::as_writable_bytes(std::span{&inner_, 1}));
    wipe(std::as_writable_bytes(std::span{&outer_, 1}));
}

template <std::size_t N>
Digest<N> Hmac<N>::of(ByteSpan message) const {
    Hasher<N> inner = inner_;
    inner.update(message);
    return finish(inner);
}

template <std::size_t N>
Digest<N> Hmac<N>::of(std::span<const std::string_view> parts) const {
    Hasher<N> inner = inner_;
    for (const std::string_view part : parts) inner.update(part);
    return finish(inner);
}

template <std::size_t N>
Digest<N> Hmac<N>::finish(Hasher<N>& inner) const {
    const Digest<N> first = inner.finish();
    Hasher<N> outer = outer_;
    outer.update(first.span());
    return outer.finish();
}

template class Hmac<20>;
template class Hmac<32>;

Sha256 hmac_sha256(ByteSpan key, ByteSpan message) { return HmacSha256{key}.of(message); }

}  // namespace landfall
