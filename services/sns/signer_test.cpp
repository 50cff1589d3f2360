#include "services/sns/signer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "core/access/key_store_testing.hpp"
#include "core/state/store_testing.hpp"

namespace landfall::sns {
namespace {

struct Signer : testing::Test {
    state::TestStore store;
    access::fakes::TurnedOver sealing;

    std::unique_ptr<MessageSigner> open() {
        return MessageSigner::open(*store, sealing, store.random(), store.clock()).value();
    }
};

TEST_F(Signer, opening_makes_no_key_and_the_first_need_does) {
    const auto signer = open();
    EXPECT_FALSE(store->setting("sns.signing-key").value().has_value());
    EXPECT_FALSE(signer->certificate_at("/SimpleNotificationService-0.pem").has_value());
    ASSERT_TRUE(signer->ready().ok());
    EXPECT_TRUE(store->setting("sns.signing-key").value().has_value());
    EXPECT_TRUE(signer->certificate_path().starts_with(kCertificatePrefix));
    EXPECT_TRUE(signer->certificate_at(signer->certificate_path())->starts_with("-----BEGIN CERTIFICATE"));
    EXPECT_FALSE(signer->certificate_at("/SimpleNotificationService-0.pem").has_value());
}

TEST_F(Signer, the_key_outlives_a_restart) {
    std::string path;
    std::string signature;
    {
        const auto signer = open();
        ASSERT_TRUE(signer->ready().ok());
        path = signer->certificate_path();
        signature = signer->sign("text", SignatureVersion::sha256);
    }
    store.reopen();
    const auto signer = open();
    EXPECT_TRUE(signer->certificate_at(path).has_value());
    ASSERT_TRUE(signer->ready().ok());
    EXPECT_EQ(signer->certificate_path(), path);
    EXPECT_EQ(signer->sign("text", SignatureVersion::sha256), signature);
}

TEST_F(Signer, one_key_is_made_however_many_need_it_at_once) {
    const auto signer = open();
    std::array<std::string, 4> paths;
    std::vector<std::thread> threads;
    for (std::string& path : paths)
        threads.emplace_back([&] {
            ASSERT_TRUE(signer->ready().ok());
            path = signer->certificate_path();
        });
    for (std::thread& thread : threads) thread.join();
    for (const std::string& path : paths) EXPECT_EQ(path, paths[0]);
    store.reopen();
    EXPECT_TRUE(open()->certificate_at(paths[0]).has_value());
}

TEST_F(Signer, a_key_that_cannot_be_stored_is_not_used_and_is_made_later) {
    const auto signer = open();
    store->stop();
    EXPECT_TRUE(signer->ready().is(Errc::cancelled));
    EXPECT_FALSE(signer->certificate_at("/SimpleNotificationService-0.pem").has_value());
    EXPECT_TRUE(signer->ready().is(Errc::cancelled));
}

}  // namespace
}  // namespace landfall::sns
