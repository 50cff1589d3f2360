#include "base/checksum.hpp"

#include <type_traits>

#include "base/encoding.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace landfall {
namespace {

/// Arithmetic of polynomials over GF(2) modulo a Shape's polynomial, bit-reversed: the top bit is x^0.
template <class Shape>
struct Field {
    using Word = typename Shape::Word;
    static constexpr unsigned kBits = sizeof(Word) * 8;
    static constexpr Word kOne = Word{1} << (kBits - 1);

    static constexpr Word times_x(Word v) {
        return static_cast<Word>((v >> 1) ^ ((v & 1) != 0 ? Shape::kPolynomial : Word{0}));
    }
    static constexpr Word times(Word a, Word b) {
        Word product = 0;
        for (; a != 0; a = static_cast<Word>(a << 1)) {
            if ((a & kOne) != 0) product ^= b;
            b = times_x(b);
        }
        return product;
    }
    /// x to the power `exponent`.
    static constexpr Word x_to(std::uint64_t exponent) {
        Word result = kOne;
        for (Word square = times_x(kOne); exponent != 0; exponent >>= 1, square = times(square, square))
            if ((exponent & 1) != 0) result = times(result, square);
        return result;
    }
};

constexpr std::size_t kSlices = 8;

/// table[k][b]: the register after byte b and k zero bytes.
template <class Shape>
constexpr auto kTable = [] {
    using Word = typename Shape::Word;
    std::array<std::array<Word, 256>, kSlices> table{};
    for (unsigned b = 0; b < 256; ++b) {
        Word v = b;
        for (int bit = 0; bit < 8; ++bit) v = Field<Shape>::times_x(v);
        table[0][b] = v;
    }
    for (std::size_t k = 1; k < kSlices; ++k)
        for (unsigned b = 0; b < 256; ++b) {
            const Word v = table[k - 1][b];
            table[k][b] = static_cast<Word>(v >> 8) ^ table[0][v & 255];
        }
    return table;
}();

template <class Shape>
typename Shape::Word update_by_table(typename Shape::Word state, ByteSpan bytes) {
    using Word = typename Shape::Word;
    const auto& table = kTable<Shape>;
    while (bytes.size() >= 8) {
        const std::uint64_t v = load_le<std::uint64_t>(bytes) ^ state;
        Word next = 0;
        for (std::size_t i = 0; i < 8; ++i) next ^= table[7 - i][v >> (8 * i) & 255];
        state = next;
        bytes = bytes.subspan(8);
    }
    for (const std::byte b : bytes)
        state = static_cast<Word>(state >> 8) ^ table[0][(state ^ std::to_integer<Word>(b)) & 255];
    return state;
}

#if defined(__x86_64__)
constexpr std::size_t kFoldMin = 128;  // shorter inputs do not pay for the set-up

/// The two factors that move a 128-bit register `Bits` to the left: of its first and of its last eight bytes.
/// A carry-less product of reversed operands comes out one bit short, hence the -1 (Intel, "Fast CRC
/// Computation for Generic Polynomials Using PCLMULQDQ", 2009).
template <class Shape, unsigned Bits>
struct Fold {
    static constexpr std::uint64_t widened(typename Shape::Word v) {
        return std::uint64_t{v} << (64 - Field<Shape>::kBits);
    }
    static constexpr std::uint64_t kFirst = widened(Field<Shape>::x_to(64 + Bits - 1));
    static constexpr std::uint64_t kLast = widened(Field<Shape>::x_to(Bits - 1));
};

__attribute__((target("pclmul,sse4.1"))) inline __m128i folded(__m128i v, __m128i factors, __m128i next) {
    const __m128i first = _mm_clmulepi64_si128(v, factors, 0x00);
    const __m128i last = _mm_clmulepi64_si128(v, factors, 0x11);
    return _mm_xor_si128(_mm_xor_si128(first, last), next);
}

__attribute__((target("pclmul,sse4.1"))) inline __m128i loaded(const std::byte* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

/// Folds four registers of 16 bytes over the input, then into one. Those last 16 bytes leave the same
/// remainder as all that they stand for, so the table finishes them: no reduction of its own is needed.
template <class Shape>
__attribute__((target("pclmul,sse4.1"))) typename Shape::Word update_by_folding(typename Shape::Word state,
                                                                                ByteSpan bytes) {
    const auto by = [](std::uint64_t first, std::uint64_t last) __attribute__((target("sse4.1"))) {
        return _mm_set_epi64x(static_cast<long long>(last), static_cast<long long>(first));
    };
    const __m128i by_64 = by(Fold<Shape, 512>::kFirst, Fold<Shape, 512>::kLast);
    const __m128i by_16 = by(Fold<Shape, 128>::kFirst, Fold<Shape, 128>::kLast);
    const std::byte* p = bytes.data();
    const std::byte* const end = p + bytes.size();
    __m128i a = _mm_xor_si128(loaded(p), by(state, 0));
    __m128i b = loaded(p + 16);
    __m128i c = loaded(p + 32);
    __m128i d = loaded(p + 48);
    for (p += 64; end - p >= 64; p += 64) {
        a = folded(a, by_64, loaded(p));
        b = folded(b, by_64, loaded(p + 16));
        c = folded(c, by_64, loaded(p + 32));
        d = folded(d, by_64, loaded(p + 48));
    }
    a = folded(folded(folded(a, by_16, b), by_16, c), by_16, d);
    for (; end - p >= 16; p += 16) a = folded(a, by_16, loaded(p));
    std::array<std::byte, 16> rest;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(rest.data()), a);
    const auto folded_state = update_by_table<Shape>(0, rest);
    return update_by_table<Shape>(folded_state, ByteSpan{p, end});
}
#endif

#if defined(__x86_64__)
/// The processor knows this one polynomial. Short inputs (heads of records) are several times faster by it
/// than by tables, which also push 8 KiB of others' data out of the nearest cache.
__attribute__((target("sse4.2"))) std::uint32_t update_by_instruction(std::uint32_t state, ByteSpan bytes) {
    std::uint64_t wide = state;
    for (; bytes.size() >= 8; bytes = bytes.subspan(8))
        wide = _mm_crc32_u64(wide, load_le<std::uint64_t>(bytes));
    state = static_cast<std::uint32_t>(wide);
    for (const std::byte b : bytes) state = _mm_crc32_u8(state, std::to_integer<std::uint8_t>(b));
    return state;
}
#endif

template <class Shape>
typename Shape::Word updated(typename Shape::Word state, ByteSpan bytes) {
#if defined(__x86_64__)
    if (bytes.size() >= kFoldMin && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"))
        return update_by_folding<Shape>(state, bytes);
    if constexpr (std::is_same_v<Shape, Crc32cShape>)
        if (__builtin_cpu_supports("sse4.2")) return update_by_instruction(state, bytes);
#endif
    return update_by_table<Shape>(state, bytes);
}

struct AlgorithmRow {
    ChecksumAlgorithm algorithm;
    std::string_view name;
    std::size_t size;
};
constexpr std::array<AlgorithmRow, 7> kAlgorithms{{
    {ChecksumAlgorithm::crc32, "CRC32", 4},
    {ChecksumAlgorithm::crc32c, "CRC32C", 4},
    {ChecksumAlgorithm::crc64nvme, "CRC64NVME", 8},
    {ChecksumAlgorithm::sha1, "SHA1", 20},
    {ChecksumAlgorithm::sha256, "SHA256", 32},
    {ChecksumAlgorithm::sha512, "SHA512", 64},
    {ChecksumAlgorithm::md5, "MD5", 16},
}};

const AlgorithmRow& row_of(ChecksumAlgorithm algorithm) {
    const auto at = static_cast<std::size_t>(algorithm);
    CHECK(at < kAlgorithms.size() && kAlgorithms[at].algorithm == algorithm);
    return kAlgorithms[at];
}

bool equal_but_for_case(std::string_view a, std::string_view upper) {
    if (a.size() != upper.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const char c = a[i] >= 'a' && a[i] <= 'z' ? static_cast<char>(a[i] - 'a' + 'A') : a[i];
        if (c != upper[i]) return false;
    }
    return true;
}

template <class Word>
Checksum checksum_of_word(ChecksumAlgorithm algorithm, Word value) {
    std::array<std::byte, sizeof(Word)> bytes;
    store_be<Word>(bytes, 0, value);
    return Checksum{algorithm, bytes};
}

template <class Shape>
Checksum combined(const Checksum& a, const Checksum& b, Bytes length_of_b) {
    using Word = typename Shape::Word;
    return checksum_of_word<Word>(
        a.algorithm(), Crc<Shape>::combine(load_be<Word>(a.bytes()), load_be<Word>(b.bytes()), length_of_b));
}

}  // namespace

template <class Shape>
void Crc<Shape>::update(ByteSpan bytes) {
    value_ = static_cast<Word>(~updated<Shape>(static_cast<Word>(~value_), bytes));
}

template <class Shape>
typename Crc<Shape>::Word Crc<Shape>::of(ByteSpan bytes) {
    Crc crc;
    crc.update(bytes);
    return crc.value();
}

template <class Shape>
typename Crc<Shape>::Word Crc<Shape>::combine(Word first, Word second, Bytes length_of_second) {
    // x has an order that divides 2^bits - 1 or less, so a length whose bits overflow 64 would need
    // splitting: no object is that long.
    CHECK(length_of_second.count < std::uint64_t{1} << 60);
    return Field<Shape>::times(first, Field<Shape>::x_to(length_of_second.count * 8)) ^ second;
}

template class Crc<Crc32Shape>;
template class Crc<Crc32cShape>;
template class Crc<Crc64NvmeShape>;

std::string_view name_of(ChecksumAlgorithm algorithm) { return row_of(algorithm).name; }

std::optional<ChecksumAlgorithm> checksum_algorithm_named(std::string_view name) {
    for (const AlgorithmRow& row : kAlgorithms)
        if (equal_but_for_case(name, row.name)) return row.algorithm;
    return std::nullopt;
}

bool is_crc(ChecksumAlgorithm algorithm) { return algorithm <= ChecksumAlgorithm::crc64nvme; }

std::size_t Checksum::size_of(ChecksumAlgorithm algorithm) { return row_of(algorithm).size; }

Checksum::Checksum(ChecksumAlgorithm algorithm, ByteSpan bytes) : algorithm_{algorithm} {
    CHECK(bytes.size() == size_of(algorithm));
    std::memcpy(bytes_.data(), bytes.data(), bytes.size());
}

std::optional<Checksum> Checksum::from_base64(ChecksumAlgorithm algorithm, std::string_view text) {
    if (text.size() > 88) return std::nullopt;
    const auto bytes = base64_decode(text);
    if (!bytes.ok() || bytes->size() != size_of(algorithm)) return std::nullopt;
    return Checksum{algorithm, *bytes};
}

std::string Checksum::base64() const { return base64_encode(bytes()); }

Checksum combine(const Checksum& first, const Checksum& second, Bytes length_of_second) {
    CHECK(first.algorithm() == second.algorithm() && is_crc(first.algorithm()));
    switch (first.algorithm()) {
        case ChecksumAlgorithm::crc32: return combined<Crc32Shape>(first, second, length_of_second);
        case ChecksumAlgorithm::crc32c: return combined<Crc32cShape>(first, second, length_of_second);
        default: return combined<Crc64NvmeShape>(first, second, length_of_second);
    }
}

Checksummer::Checksummer(ChecksumAlgorithm algorithm) : algorithm_{algorithm} {
    switch (algorithm) {
        case ChecksumAlgorithm::crc32: state_.emplace<Crc32>(); break;
        case ChecksumAlgorithm::crc32c: state_.emplace<Crc32c>(); break;
        case ChecksumAlgorithm::crc64nvme: state_.emplace<Crc64Nvme>(); break;
        case ChecksumAlgorithm::sha1: state_.emplace<Sha1Hasher>(); break;
        case ChecksumAlgorithm::sha256: state_.emplace<Sha256Hasher>(); break;
        case ChecksumAlgorithm::sha512: state_.emplace<Sha512Hasher>(); break;
        case ChecksumAlgorithm::md5: state_.emplace<Md5Hasher>(); break;
    }
}

void Checksummer::update(ByteSpan bytes) {
    std::visit([bytes](auto& state) { state.update(bytes); }, state_);
}

Checksum Checksummer::finish() {
    return std::visit(
        [this](auto& state) {
            if constexpr (requires { state.value(); }) {
                const auto value = state.value();
                state = std::remove_cvref_t<decltype(state)>{};
                return checksum_of_word(algorithm_, value);
            } else {
                return Checksum{algorithm_, state.finish().span()};
            }
        },
        state_);
}

}  // namespace landfall
