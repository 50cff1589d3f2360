// The low-level functions of OpenSSL are deprecated but kept in every 3.x; hash.cpp says why they are used.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/hash_pair.hpp"

#include <openssl/sha.h>

#include <algorithm>

#include "base/secret.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace landfall {
namespace {

constexpr std::size_t kChunk = SHA256_CBLOCK;
using State = std::array<std::uint32_t, 8>;

const unsigned char* raw(ByteSpan bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

SHA256_CTX context_of(const State& state, std::uint64_t bytes_done) {
    SHA256_CTX context;
    CHECK(SHA256_Init(&context) == 1);
    std::copy(state.begin(), state.end(), context.h);
    context.Nl = static_cast<SHA_LONG>(bytes_done << 3U);
    context.Nh = static_cast<SHA_LONG>(bytes_done >> 29U);
    return context;
}

Sha256 finished(const State& state, std::uint64_t bytes_done, ByteSpan rest) {
    SHA256_CTX context = context_of(state, bytes_done);
    Sha256 digest;
    CHECK(SHA256_Update(&context, rest.data(), rest.size()) == 1);
    CHECK(SHA256_Final(reinterpret_cast<unsigned char*>(digest.bytes.data()), &context) == 1);
    wipe(std::as_writable_bytes(std::span{&context, 1}));
    return digest;
}

State absorbed(ByteSpan chunk) {
    SHA256_CTX context;
    CHECK(SHA256_Init(&context) == 1);
    SHA256_Transform(&context, raw(chunk));
    State state{};
    std::copy(std::begin(context.h), std::end(context.h), state.begin());
    wipe(std::as_writable_bytes(std::span{&context, 1}));
    return state;
}

#if defined(__x86_64__)

// FIPS 180-4, 4.2.2.
alignas(16) constexpr std::array<std::uint32_t, 64> kRound{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// What uses the instructions must be compiled for them, and inlined whole: state then lives in registers.
/// One message's working state, in the order in which the instructions want it.
struct Lane {
    __m128i abef;
    __m128i cdgh;
    __m128i words[4];
};

[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline __m128i load(const void* from) {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void load_words(Lane& lane, const std::byte* chunk) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    lane.words[0] = _mm_shuffle_epi8(load(chunk), big_endian);
    lane.words[1] = _mm_shuffle_epi8(load(chunk + 16), big_endian);
    lane.words[2] = _mm_shuffle_epi8(load(chunk + 32), big_endian);
    lane.words[3] = _mm_shuffle_epi8(load(chunk + 48), big_endian);
}

/// Four of the 64 rounds; and the four words of the schedule that replace those just used.
template <unsigned Group>
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void four_rounds(Lane& lane) {
    constexpr unsigned kNow = Group % 4;
    const __m128i sum = _mm_add_epi32(lane.words[kNow], load(&kRound[Group * 4U]));
    lane.cdgh = _mm_sha256rnds2_epu32(lane.cdgh, lane.abef, sum);
    lane.abef = _mm_sha256rnds2_epu32(lane.abef, lane.cdgh, _mm_shuffle_epi32(sum, 0x0e));
    if constexpr (Group < 12) {
        const __m128i last = lane.words[(Group + 3) % 4];
        __m128i next = _mm_sha256msg1_epu32(lane.words[kNow], lane.words[(Group + 1) % 4]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(last, lane.words[(Group + 2) % 4], 4));
        lane.words[kNow] = _mm_sha256msg2_epu32(next, last);
    }
}

template <unsigned Group>
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void rounds_from(Lane& a, Lane& b) {
    four_rounds<Group>(a);
    four_rounds<Group>(b);
    if constexpr (Group < 15) rounds_from<Group + 1>(a, b);
}

[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline Lane lane_of(const State& state) {
    const __m128i badc = _mm_shuffle_epi32(load(state.data()), 0xb1);
    const __m128i efgh = _mm_shuffle_epi32(load(state.data() + 4), 0x1b);
    return Lane{
        .abef = _mm_alignr_epi8(badc, efgh, 8), .cdgh = _mm_blend_epi16(efgh, badc, 0xf0), .words = {}};
}

[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void store(const Lane& lane, State& state) {
    const __m128i feba = _mm_shuffle_epi32(lane.abef, 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(lane.cdgh, 0xb1);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(state.data()), _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(state.data() + 4), _mm_alignr_epi8(dchg, feba, 8));
}

[[gnu::target("sha,sse4.1")]] void absorb_two(State& first, const std::byte* one, State& second,
                                              const std::byte* two, std::size_t chunks) {
    Lane a = lane_of(first);
    Lane b = lane_of(second);
    for (std::size_t i = 0; i < chunks; ++i) {
        const __m128i abef[2] = {a.abef, b.abef};
        const __m128i cdgh[2] = {a.cdgh, b.cdgh};
        load_words(a, one + i * kChunk);
        load_words(b, two + i * kChunk);
        rounds_from<0>(a, b);
        a.abef = _mm_add_epi32(a.abef, abef[0]);
        b.abef = _mm_add_epi32(b.abef, abef[1]);
        a.cdgh = _mm_add_epi32(a.cdgh, cdgh[0]);
        b.cdgh = _mm_add_epi32(b.cdgh, cdgh[1]);
    }
    store(a, first);
    store(b, second);
}

ShaUnit found_unit() {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    constexpr unsigned kShaBit = 1U << 29U;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & kShaBit) != 0 ? ShaUnit::present
                                                                              : ShaUnit::absent;
}

#else

void absorb_two(State&, const std::byte*, State&, const std::byte*, std::size_t) {
    check_failed("two lanes without SHA instructions", __FILE__, __LINE__);
}
ShaUnit found_unit() { return ShaUnit::absent; }

#endif

}  // namespace

ShaUnit sha_unit() {
    static const ShaUnit kUnit = found_unit();
    return kUnit;
}

PairedHmacSha256::PairedHmacSha256(ByteSpan key, ShaUnit unit) : unit_{unit} {
    std::array<std::byte, kChunk> pad{};
    if (key.size() > kChunk) {
        const Sha256 hashed = sha256(key);
        std::copy(hashed.bytes.begin(), hashed.bytes.end(), pad.begin());
    } else {
        std::copy(key.begin(), key.end(), pad.begin());
    }
    for (std::byte& b : pad) b ^= std::byte{0x36};
    inner_ = absorbed(pad);
    for (std::byte& b : pad) b ^= std::byte{0x36} ^ std::byte{0x5c};
    outer_ = absorbed(pad);
    wipe(pad);
}

PairedHmacSha256::~PairedHmacSha256() {
    wipe(std::as_writable_bytes(std::span{inner_}));
    wipe(std::as_writable_bytes(std::span{outer_}));
}

Sha256 PairedHmacSha256::of(ByteSpan message) const {
    return finished(outer_, kChunk, finished(inner_, kChunk, message).span());
}

PairedHmacSha256::Two PairedHmacSha256::of_two(ByteSpan first, ByteSpan second) const {
    const std::size_t chunks = std::min(first.size(), second.size()) / kChunk;
    if (unit_ == ShaUnit::absent || chunks == 0) return {of(first), of(second)};
    State a = inner_;
    State b = inner_;
    absorb_two(a, first.data(), b, second.data(), chunks);
    const std::size_t done = chunks * kChunk;
    const Sha256 inner_a = finished(a, kChunk + done, first.subspan(done));
    const Sha256 inner_b = finished(b, kChunk + done, second.subspan(done));
    wipe(std::as_writable_bytes(std::span{a}));
    wipe(std::as_writable_bytes(std::span{b}));
    return {finished(outer_, kChunk, inner_a.span()), finished(outer_, kChunk, inner_b.span())};
}

}  // namespace landfall
