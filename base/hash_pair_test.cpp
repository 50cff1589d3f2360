#include "base/hash_pair.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.hpp"

namespace landfall {
namespace {

std::vector<std::byte> some_bytes(std::uint64_t seed, std::size_t size) {
    std::vector<std::byte> bytes(size);
    SeededRandom{seed}.fill(bytes);
    return bytes;
}

// RFC 4231, test cases 1 and 2, side by side.
TEST(HmacPair, the_standards_examples_hold) {
    const PairedHmacSha256 key{bytes_of("Jefe")};
    const auto mac = key.of_two(bytes_of("what do ya want for nothing?"), ByteSpan{});
    EXPECT_EQ(mac.first.hex(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(mac.second, hmac_sha256(bytes_of("Jefe"), ByteSpan{}));
}

TEST(HmacPair, two_messages_of_any_lengths_get_the_digests_of_one) {
    const std::vector<std::size_t> lengths{0, 1, 55, 56, 63, 64, 65, 119, 127, 128, 1000, 65536, 70001};
    for (const ShaUnit unit : {sha_unit(), ShaUnit::absent}) {
        for (const std::size_t key_length : {0U, 1U, 32U, 64U, 65U, 200U}) {
            const auto key = some_bytes(key_length + 1, key_length);
            const PairedHmacSha256 pair{key, unit};
            const HmacSha256 one{key};
            for (const std::size_t a : lengths) {
                for (const std::size_t b : lengths) {
                    const auto first = some_bytes(a + 7, a);
                    const auto second = some_bytes(b + 9, b);
                    const auto mac = pair.of_two(first, second);
                    ASSERT_EQ(mac.first, one.of(first)) << a << ' ' << b;
                    ASSERT_EQ(mac.second, one.of(second)) << a << ' ' << b;
                }
            }
            EXPECT_EQ(pair.of(some_bytes(1, 777)), one.of(some_bytes(1, 777)));
        }
    }
}

TEST(HmacPair, messages_at_any_alignment_get_the_same_digests) {
    const auto bytes = some_bytes(3, 4096 + 64);
    const PairedHmacSha256 pair{bytes_of("k")};
    const HmacSha256 one{bytes_of("k")};
    for (std::size_t i = 0; i < 64; i += 3) {
        const ByteSpan first = ByteSpan{bytes}.subspan(i, 4000);
        const ByteSpan second = ByteSpan{bytes}.subspan(63 - i, 4000);
        const auto mac = pair.of_two(first, second);
        EXPECT_EQ(mac.first, one.of(first));
        EXPECT_EQ(mac.second, one.of(second));
    }
}

}  // namespace
}  // namespace landfall
