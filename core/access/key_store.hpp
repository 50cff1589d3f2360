// KeyStore: where accounts and access keys persist. What is secret is sealed before it comes here.
//
// Invariants
//   1. A call that returns success is durable; one that fails has changed nothing.
//   2. An account's id and a key's id are unique; add_… of one that is there is already_exists.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "core/access/decide.hpp"

namespace landfall::state {
class StateStore;
struct Cause;
}  // namespace landfall::state

namespace landfall::access {

struct Account {
    std::string id;    ///< 12 digits
    std::string name;  ///< for people; may be empty
    Instant created;
};

enum class KeyStatus : std::uint8_t { active, inactive };

/// Never holds the Secret.
struct AccessKey {
    std::string id;  ///< "AKIA" and 16 upper-case letters or digits
    Principal principal;
    KeyStatus status = KeyStatus::active;
    Instant created;
};

struct StoredKey {
    AccessKey key;
    std::string sealed_secret;  ///< bytes; see docs/formats/access.md
};

/// Any thread may call. Every call may block on disk.
class KeyStore {
public:
    virtual ~KeyStore() = default;
    virtual Result<std::vector<Account>> accounts() = 0;
    virtual Result<std::vector<StoredKey>> keys() = 0;
    /// One transaction: both, or neither.
    virtual Status add_account(const Account& account, const StoredKey& first_key,
                               const state::Cause& cause) = 0;
    /// not_found where the key's account is not there.
    virtual Status add_key(const StoredKey& key, const state::Cause& cause) = 0;
    /// not_found where the key is gone.
    virtual Status set_status(std::string_view key_id, KeyStatus status, const state::Cause& cause) = 0;
    virtual Status remove_key(std::string_view key_id, const state::Cause& cause) = 0;
};

/// In core/state: resources "access.account" and "access.key". `store` outlives it.
[[nodiscard]] std::unique_ptr<KeyStore> key_store_in(state::StateStore& store);

}  // namespace landfall::access
