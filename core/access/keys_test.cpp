#include "core/access/keys.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/disk.hpp"
#include "core/access/key_store_testing.hpp"
#include "core/state/resource.hpp"
#include "core/state/store_testing.hpp"

namespace landfall::access {
namespace {

const state::Cause kCause{.actor = "test"};

struct Keys : testing::Test {
    fakes::MemoryKeyStore store;
    fakes::TurnedOver sealing;
    ManualClock clock;
    OsRandom random;

    std::unique_ptr<AccessKeys> open() {
        auto keys = AccessKeys::open({.store = store, .sealing = sealing, .clock = clock, .random = random});
        EXPECT_TRUE(keys.ok());
        return keys.ok() ? std::move(*keys) : nullptr;
    }
};

TEST_F(Keys, the_first_start_makes_root_and_the_second_finds_it) {
    const auto first = open();
    ASSERT_EQ(first->keys().size(), 1u);
    const AccessKey key = first->keys().front();
    EXPECT_EQ(key.id.size(), 20u);
    EXPECT_TRUE(key.id.starts_with("AKIA"));
    EXPECT_EQ(key.principal.arn, "arn:aws:iam::000000000000:root");
    const auto second = open();
    ASSERT_EQ(second->keys().size(), 1u);
    const auto found = second->find(key.id);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->secret, first->find(key.id)->secret);
    EXPECT_EQ(found->secret.reveal().size(), 40u);
    EXPECT_EQ(found->principal.account, kFirstAccount);
}

TEST_F(Keys, no_secret_is_stored_in_clear) {
    const auto keys = open();
    const auto found = keys->find(keys->keys().front().id);
    EXPECT_EQ(store.rows.front().sealed_secret.find(found->secret.reveal()), std::string::npos);
}

TEST_F(Keys, sealed_bytes_moved_to_another_key_do_not_open) {
    {
        const auto keys = open();
        ASSERT_TRUE(keys->add_key(kFirstAccount, kCause).ok());
    }
    std::swap(store.rows[0].sealed_secret, store.rows[1].sealed_secret);
    const auto keys =
        AccessKeys::open({.store = store, .sealing = sealing, .clock = clock, .random = random});
    EXPECT_TRUE(keys.is(Errc::corrupt));
}

TEST_F(Keys, another_master_key_opens_nothing_and_the_server_says_so) {
    const state::TestDirectory directory;
    RealDisk disk;
    const auto master = [&](const char* name) {
        return blocks::MasterKeyFile::open(disk, directory.path() / name, random).value();
    };
    const auto open_with = [&](blocks::KeySource& source) {
        return AccessKeys::open({.store = store, .sealing = source, .clock = clock, .random = random});
    };
    ASSERT_TRUE(open_with(*master("a")).ok());
    const auto again = open_with(*master("a"));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ((*again)->find((*again)->keys().front().id)->secret.reveal().size(), 40u);
    const auto other = open_with(*master("b"));
    ASSERT_FALSE(other.ok());
    EXPECT_NE(other.error().message().find(store.rows.front().key.id), std::string::npos);
    EXPECT_EQ(store.rows.size(), 1u) << "and makes no second root";
}

TEST_F(Keys, an_account_comes_with_a_key_of_its_own_root) {
    const auto keys = open();
    const auto made = keys->add_account("111111111111", "second", kCause);
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(keys->find(made->key.id)->principal.arn, "arn:aws:iam::111111111111:root");
    EXPECT_EQ(keys->keys("111111111111").size(), 1u);
    EXPECT_EQ(keys->keys().size(), 2u);
    EXPECT_TRUE(keys->add_account("111111111111", "", kCause).is(Errc::already_exists));
    for (const std::string_view bad : {"", "1", "11111111111a", "1111111111111"})
        EXPECT_TRUE(keys->add_account(bad, "", kCause).is(Errc::invalid)) << bad;
    EXPECT_TRUE(keys->add_key("222222222222", kCause).is(Errc::not_found));
}

TEST_F(Keys, a_status_is_seen_when_its_call_returns_and_after_a_restart) {
    const auto keys = open();
    const auto made = keys->add_key(kFirstAccount, kCause);
    ASSERT_TRUE(made.ok());
    ASSERT_TRUE(keys->set_status(made->key.id, KeyStatus::inactive, kCause).ok());
    EXPECT_EQ(keys->find(made->key.id)->status, KeyStatus::inactive);
    EXPECT_EQ(open()->find(made->key.id)->status, KeyStatus::inactive);
    ASSERT_TRUE(keys->remove(made->key.id, kCause).ok());
    EXPECT_FALSE(keys->find(made->key.id).has_value());
    EXPECT_FALSE(open()->find(made->key.id).has_value());
    EXPECT_TRUE(keys->remove(made->key.id, kCause).is(Errc::not_found));
    EXPECT_TRUE(keys->set_status(made->key.id, KeyStatus::active, kCause).is(Errc::not_found));
}

TEST_F(Keys, the_last_active_key_of_the_first_account_stays_and_of_others_goes) {
    const auto keys = open();
    const std::string root = keys->keys().front().id;
    const auto other = keys->add_account("111111111111", "", kCause);
    ASSERT_TRUE(other.ok());
    EXPECT_TRUE(keys->remove(other->key.id, kCause).ok());
    EXPECT_TRUE(keys->keys("111111111111").empty());
    EXPECT_TRUE(keys->add_key("111111111111", kCause).ok());
    EXPECT_TRUE(keys->remove(root, kCause).is(Errc::precondition));
    EXPECT_TRUE(keys->set_status(root, KeyStatus::inactive, kCause).is(Errc::precondition));
    ASSERT_TRUE(keys->add_key(kFirstAccount, kCause).ok());
    EXPECT_TRUE(keys->remove(root, kCause).ok());
}

TEST_F(Keys, what_was_not_stored_is_not_seen) {
    const auto keys = open();
    const std::string root = keys->keys().front().id;
    const auto other = keys->add_key(kFirstAccount, kCause);
    ASSERT_TRUE(other.ok());
    store.broken = Errc::io;
    EXPECT_TRUE(keys->add_key(kFirstAccount, kCause).is(Errc::io));
    EXPECT_TRUE(keys->set_status(root, KeyStatus::inactive, kCause).is(Errc::io));
    EXPECT_TRUE(keys->remove(root, kCause).is(Errc::io));
    EXPECT_EQ(keys->keys().size(), 2u);
    EXPECT_EQ(keys->find(root)->status, KeyStatus::active);
    const auto again =
        AccessKeys::open({.store = store, .sealing = sealing, .clock = clock, .random = random});
    EXPECT_TRUE(again.is(Errc::io));
}

TEST_F(Keys, the_credentials_file_is_the_owners_alone_and_never_overwritten) {
    const state::TestDirectory directory;
    const std::string file = directory.path() / "credentials";
    const auto keys = open();
    const std::string root = keys->keys().front().id;
    clock.advance(std::chrono::seconds{1});
    ASSERT_TRUE(keys->add_key(kFirstAccount, kCause).ok());
    RealDisk disk;
    ASSERT_TRUE(keys->write_credentials(disk, file, "us-east-1").ok());
    struct stat found {};
    ASSERT_EQ(::stat(file.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777u, 0600u);
    const auto bytes = disk.read_all(file, 4_KiB);
    ASSERT_TRUE(bytes.ok());
    const std::string text{text_of(*bytes)};
    const std::string secret = keys->find(root)->secret.reveal();
    for (const std::string profile : {"default", "landfall"})
        EXPECT_NE(text.find("\n[" + profile + "]\naws_access_key_id = " + root +
                            "\naws_secret_access_key = " + secret + "\nregion = us-east-1\n"),
                  std::string::npos);
    ASSERT_TRUE(disk.replace(file, bytes_of("mine")).ok());
    ASSERT_TRUE(keys->write_credentials(disk, file, "us-east-1").ok());
    EXPECT_EQ(text_of(disk.read_all(file, 4_KiB).value()), "mine");
}

}  // namespace
}  // namespace landfall::access
