#include "base/hash.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/encoding.hpp"

namespace landfall {
namespace {

// FIPS 180-4 and RFC 1321 examples.
TEST(Hash, the_standards_examples_hold) {
    EXPECT_EQ(md5("").hex(), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(md5("message digest").hex(), "f96b697d7cb7938d525a2f31aaf161d0");
    EXPECT_EQ(sha1("abc").hex(), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha512("abc").hex(),
              "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
              "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

template <std::size_t N>
void expect_any_split_to_agree() {
    std::string text;
    for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
    Hasher<N> whole;
    whole.update(text);
    const Digest<N> expected = whole.finish();
    for (std::size_t cut = 0; cut <= text.size(); cut += 13) {
        Hasher<N> parts;
        parts.update(std::string_view{text}.substr(0, cut));
        Hasher<N> fork = parts;
        fork.update(std::string_view{text}.substr(cut));
        EXPECT_EQ(fork.finish(), expected) << cut;
        parts.update(std::string_view{text}.substr(cut));
        EXPECT_EQ(parts.finish(), expected) << cut;
        parts.update(text);
        EXPECT_EQ(parts.finish(), expected) << "a finished hasher starts anew";
    }
}

TEST(Hash, any_split_and_any_fork_give_the_same_digest) {
    expect_any_split_to_agree<16>();
    expect_any_split_to_agree<20>();
    expect_any_split_to_agree<32>();
    expect_any_split_to_agree<64>();
}

// RFC 4231, test cases 1, 2, 3 and 6.
TEST(Hmac, the_standards_examples_hold) {
    const auto mac = [](std::string_view key, std::string_view text) {
        return hmac_sha256(bytes_of(key), bytes_of(text)).hex();
    };
    EXPECT_EQ(mac(std::string(20, '\x0b'), "Hi There"),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(mac("Jefe", "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(mac(std::string(20, '\xaa'), std::string(50, '\xdd')),
              "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    EXPECT_EQ(mac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// RFC 2202, test cases 2 and 6.
TEST(Hmac, the_older_standards_examples_hold) {
    EXPECT_EQ(HmacSha1{bytes_of("Jefe")}.of("what do ya want for nothing?").hex(),
              "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    EXPECT_EQ(HmacSha1{bytes_of(std::string(80, '\xaa'))}
                  .of("Test Using Larger Than Block-Size Key - Hash Key First")
                  .hex(),
              "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(Hmac, parts_sign_as_their_whole_and_a_key_signs_many_messages) {
    const HmacSha256 key{bytes_of("k")};
    const std::vector<std::string_view> parts{"ab", "", "c"};
    EXPECT_EQ(key.of(parts), key.of("abc"));
    EXPECT_EQ(key.of("abc"), hmac_sha256(bytes_of("k"), bytes_of("abc")));
    EXPECT_NE(key.of("abd"), key.of("abc"));
    EXPECT_EQ(HmacSha256{ByteSpan{}}.of(""), hmac_sha256(ByteSpan{}, ByteSpan{}));
}

}  // namespace
}  // namespace landfall
