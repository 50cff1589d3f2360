#include "core/access/sealing.hpp"

#include <gtest/gtest.h>

#include "core/access/key_store_testing.hpp"

namespace landfall::access {
namespace {

TEST(Sealing, a_secret_of_any_length_comes_back) {
    fakes::TurnedOver source;
    OsRandom random;
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{40}, std::size_t{5000}}) {
        const SecretString secret{std::string(length, 's')};
        const auto sealed = seal_secret(source, random, secret, "here");
        ASSERT_TRUE(sealed.ok());
        const auto opened = open_secret(source, *sealed, "here");
        ASSERT_TRUE(opened.ok());
        EXPECT_EQ(*opened, secret);
    }
}

TEST(Sealing, changed_cut_or_moved_bytes_are_corrupt) {
    fakes::TurnedOver source;
    OsRandom random;
    const std::string sealed = seal_secret(source, random, SecretString{"secret"}, "here").value();
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_TRUE(open_secret(source, changed, "here").is(Errc::corrupt)) << i;
        EXPECT_TRUE(open_secret(source, sealed.substr(0, i), "here").is(Errc::corrupt)) << i;
    }
    EXPECT_TRUE(open_secret(source, sealed, "there").is(Errc::corrupt));
}

}  // namespace
}  // namespace landfall::access
