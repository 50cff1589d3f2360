#include "base/checksum.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.hpp"

namespace landfall {
namespace {

// The check values of the CRC catalogue: the CRC of "123456789".
TEST(Crc, the_catalogues_check_values_hold) {
    EXPECT_EQ(Crc32::of("123456789"), 0xcbf43926u);
    EXPECT_EQ(Crc32c::of("123456789"), 0xe3069283u);
    EXPECT_EQ(Crc64Nvme::of("123456789"), 0xae8b14860a799888u);
    EXPECT_EQ(Crc32::of(""), 0u);
    EXPECT_EQ(Crc64Nvme::of(""), 0u);
}

// RFC 3720 §B.4: 32 bytes of zeroes, of ones, and counting up.
TEST(Crc, the_iscsi_examples_hold) {
    EXPECT_EQ(Crc32c::of(std::string(32, '\0')), 0x8a9136aau);
    EXPECT_EQ(Crc32c::of(std::string(32, '\xff')), 0x62a8ab43u);
    std::string up;
    for (char c = 0; c < 32; ++c) up += c;
    EXPECT_EQ(Crc32c::of(up), 0x46dd794eu);
}

/// One bit at a time, as the definition says: the oracle.
template <class Shape>
typename Shape::Word slow_crc(ByteSpan bytes) {
    auto state = static_cast<typename Shape::Word>(~typename Shape::Word{0});
    for (const std::byte b : bytes) {
        state ^= std::to_integer<typename Shape::Word>(b);
        for (int i = 0; i < 8; ++i) {
            const bool one = (state & 1) != 0;
            state = static_cast<typename Shape::Word>(state >> 1);
            if (one) state ^= Shape::kPolynomial;
        }
    }
    return static_cast<typename Shape::Word>(~state);
}

template <class Shape>
class CrcShapes : public testing::Test {};
using Shapes = testing::Types<Crc32Shape, Crc32cShape, Crc64NvmeShape>;
TYPED_TEST_SUITE(CrcShapes, Shapes);

TYPED_TEST(CrcShapes, every_length_and_alignment_agrees_with_the_definition) {
    SeededRandom random{42};
    std::vector<std::byte> bytes(1100);
    random.fill(bytes);
    for (std::size_t length = 0; length <= 600; ++length) {
        const ByteSpan part = ByteSpan{bytes}.subspan(length % 17, length);
        ASSERT_EQ(Crc<TypeParam>::of(part), slow_crc<TypeParam>(part)) << length;
    }
}

TYPED_TEST(CrcShapes, a_computation_goes_on_from_any_cut_and_halves_combine) {
    SeededRandom random{43};
    std::vector<std::byte> bytes(3000);
    random.fill(bytes);
    const ByteSpan all{bytes};
    const auto whole = Crc<TypeParam>::of(all);
    for (std::size_t cut = 0; cut <= all.size(); cut += 37) {
        const auto first = Crc<TypeParam>::of(all.first(cut));
        Crc<TypeParam> rest{first};
        rest.update(all.subspan(cut));
        ASSERT_EQ(rest.value(), whole) << cut;
        const auto second = Crc<TypeParam>::of(all.subspan(cut));
        ASSERT_EQ(Crc<TypeParam>::combine(first, second, Bytes{all.size() - cut}), whole) << cut;
    }
}

TEST(Checksum, every_algorithm_is_found_by_name_and_computes_its_own) {
    const std::pair<std::string_view, std::string_view> rows[] = {{"crc32", "y/Q5Jg=="},
                                                                  {"CRC32C", "4waSgw=="},
                                                                  {"crc64nvme", "rosUhgp5mIg="},
                                                                  {"SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE="},
                                                                  {"md5", "JfnnlDI7RTiF9RgfG2JNCw=="}};
    for (const auto& [name, expected] : rows) {
        const auto algorithm = checksum_algorithm_named(name);
        ASSERT_TRUE(algorithm.has_value()) << name;
        Checksummer summer{*algorithm};
        summer.update(bytes_of("12345"));
        summer.update(bytes_of("6789"));
        const Checksum sum = summer.finish();
        EXPECT_EQ(sum.base64(), expected);
        EXPECT_EQ(Checksum::from_base64(*algorithm, sum.base64()), sum);
        summer.update(bytes_of("123456789"));
        EXPECT_EQ(summer.finish(), sum) << "a finished one starts anew";
    }
    EXPECT_FALSE(checksum_algorithm_named("CRC").has_value());
    EXPECT_FALSE(checksum_algorithm_named("").has_value());
}

TEST(Checksum, text_of_another_size_or_alphabet_is_no_checksum) {
    EXPECT_FALSE(Checksum::from_base64(ChecksumAlgorithm::crc32, "rosUhgp5mIg=").has_value());
    EXPECT_FALSE(Checksum::from_base64(ChecksumAlgorithm::crc32, "y_Q5Jg==").has_value());
    EXPECT_FALSE(Checksum::from_base64(ChecksumAlgorithm::sha512, std::string(2000, 'A')).has_value());
}

TEST(Checksum, parts_of_a_crc_combine) {
    for (const auto algorithm :
         {ChecksumAlgorithm::crc32, ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc64nvme}) {
        Checksummer summer{algorithm};
        summer.update(bytes_of("hello "));
        const Checksum first = summer.finish();
        summer.update(bytes_of("world"));
        const Checksum second = summer.finish();
        summer.update(bytes_of("hello world"));
        EXPECT_EQ(combine(first, second, 5_B), summer.finish());
        EXPECT_TRUE(is_crc(algorithm));
    }
    EXPECT_FALSE(is_crc(ChecksumAlgorithm::sha1));
}

}  // namespace
}  // namespace landfall
