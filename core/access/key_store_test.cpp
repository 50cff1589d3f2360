// One suite for every KeyStore: the one in core/state and the fake.
#include "core/access/key_store.hpp"

#include <gtest/gtest.h>

#include "core/access/key_store_testing.hpp"
#include "core/access/keys.hpp"
#include "core/state/store_testing.hpp"

namespace landfall::access {
namespace {

const state::Cause kCause{.actor = "test", .service = "access", .operation = "Test"};

struct InMemory {
    fakes::MemoryKeyStore store;
    KeyStore& get() { return store; }
    void restart() {}
};

struct InState {
    state::TestStore state;
    std::unique_ptr<KeyStore> store = key_store_in(*state);
    KeyStore& get() { return *store; }
    void restart() {
        store.reset();
        state.reopen();
        store = key_store_in(*state);
    }
};

StoredKey key_of(const std::string& account, const std::string& id) {
    return {.key = {.id = id,
                    .principal = {.kind = Principal::Kind::root,
                                  .account = account,
                                  .arn = "arn:aws:iam::" + account + ":root",
                                  .user_id = account},
                    .status = KeyStatus::active,
                    .created = Instant::from_seconds(1'700'000'000)},
            .sealed_secret = std::string{"\0sealed\xff", 8}};
}

template <class Where>
struct KeyStores : testing::Test {
    Where where;
    KeyStore& store() { return where.get(); }
    std::vector<std::string> ids() {
        std::vector<std::string> out;
        const auto keys = store().keys().value();
        for (const StoredKey& stored : keys) out.push_back(stored.key.id);
        std::sort(out.begin(), out.end());
        return out;
    }
};
using Places = testing::Types<InMemory, InState>;
TYPED_TEST_SUITE(KeyStores, Places);

TYPED_TEST(KeyStores, what_was_stored_comes_back_whole_after_a_restart) {
    const Account account{
        .id = "000000000000", .name = "first", .created = Instant::from_seconds(1'700'000'000)};
    const StoredKey key = key_of(account.id, "AKIA1");
    ASSERT_TRUE(this->store().add_account(account, key, kCause).ok());
    this->where.restart();
    const auto accounts = this->store().accounts();
    ASSERT_TRUE(accounts.ok());
    ASSERT_EQ(accounts->size(), 1u);
    EXPECT_EQ(accounts->front().name, "first");
    EXPECT_EQ(accounts->front().created, account.created);
    const auto keys = this->store().keys();
    ASSERT_TRUE(keys.ok());
    ASSERT_EQ(keys->size(), 1u);
    EXPECT_EQ(keys->front().key.id, "AKIA1");
    EXPECT_EQ(keys->front().key.principal.arn, key.key.principal.arn);
    EXPECT_EQ(keys->front().key.principal.account, account.id);
    EXPECT_EQ(keys->front().key.created, key.key.created);
    EXPECT_EQ(keys->front().key.status, KeyStatus::active);
    EXPECT_EQ(keys->front().sealed_secret, key.sealed_secret);
}

TYPED_TEST(KeyStores, ids_are_unique_and_a_key_needs_its_account) {
    const Account account{.id = "000000000000"};
    ASSERT_TRUE(this->store().add_account(account, key_of(account.id, "AKIA1"), kCause).ok());
    EXPECT_TRUE(
        this->store().add_account(account, key_of(account.id, "AKIA2"), kCause).is(Errc::already_exists));
    EXPECT_TRUE(this->store().add_key(key_of(account.id, "AKIA1"), kCause).is(Errc::already_exists));
    EXPECT_TRUE(this->store().add_key(key_of("111111111111", "AKIA3"), kCause).is(Errc::not_found));
    EXPECT_EQ(this->ids(), (std::vector<std::string>{"AKIA1"}));
}

TYPED_TEST(KeyStores, a_key_changes_its_status_and_goes) {
    const Account account{.id = "000000000000"};
    ASSERT_TRUE(this->store().add_account(account, key_of(account.id, "AKIA1"), kCause).ok());
    ASSERT_TRUE(this->store().add_key(key_of(account.id, "AKIA2"), kCause).ok());
    ASSERT_TRUE(this->store().set_status("AKIA1", KeyStatus::inactive, kCause).ok());
    this->where.restart();
    const auto keys = this->store().keys().value();
    for (const StoredKey& stored : keys)
        EXPECT_EQ(stored.key.status == KeyStatus::inactive, stored.key.id == "AKIA1");
    ASSERT_TRUE(this->store().set_status("AKIA1", KeyStatus::active, kCause).ok());
    ASSERT_TRUE(this->store().remove_key("AKIA2", kCause).ok());
    this->where.restart();
    EXPECT_EQ(this->ids(), (std::vector<std::string>{"AKIA1"}));
    EXPECT_TRUE(this->store().remove_key("AKIA2", kCause).is(Errc::not_found));
    EXPECT_TRUE(this->store().set_status("AKIA2", KeyStatus::active, kCause).is(Errc::not_found));
}

}  // namespace
}  // namespace landfall::access
