// AccessKeys: the table of access keys that every request's signature is checked against.
//
// Invariants
//   1. The table in memory is the stored one: a change is durable before it is seen, and seen when its call
//      returns.
//   2. A Secret is in clear only in memory, inside Secret<>; stored it is sealed by the master key, bound
//      to its key's id and account, so that sealed bytes moved to another row do not open.
//   3. There is always an account 000000000000 with a root key: open() makes them when the store is empty.
// Threads: any. find() takes a reader lock for one look-up, touches no disk and waits only while a change
// swaps a row in; the others block on the store.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "core/access/decide.hpp"
#include "core/access/key_store.hpp"

namespace landfall::blocks {
class KeySource;
}
namespace landfall {
class Disk;
}

namespace landfall::access {

inline constexpr std::string_view kFirstAccount = "000000000000";

/// A new key: the only time that its Secret is handed out.
struct NewKey {
    AccessKey key;
    SecretString secret;
};

class AccessKeys {
public:
    /// What the parts are that it stands on; all outlive it.
    struct Parts {
        KeyStore& store;
        blocks::KeySource& sealing;
        Clock& clock;
        Random& random;
    };
    /// Loads every key, or makes the first account and its root key. corrupt: a Secret does not unseal (the
    /// master key is not the one it was sealed by); io and the like from the store.
    static Result<std::unique_ptr<AccessKeys>> open(Parts parts);

    struct Found {
        Principal principal;
        KeyStatus status = KeyStatus::active;
        SecretString secret;
    };
    [[nodiscard]] std::optional<Found> find(std::string_view key_id) const;

    /// In order of id; keys of one account, or of all when it is empty.
    [[nodiscard]] std::vector<AccessKey> keys(std::string_view account = {}) const;
    [[nodiscard]] Result<std::vector<Account>> accounts() const;

    /// A new account with its root key. invalid: no 12 digits; already_exists.
    Result<NewKey> add_account(std::string_view account, std::string_view name, const state::Cause& cause);
    /// A further key for the root of an account. not_found: no such account.
    Result<NewKey> add_key(std::string_view account, const state::Cause& cause);
    Status set_status(std::string_view key_id, KeyStatus status, const state::Cause& cause);
    /// precondition: it is the last active key of the first account, without which nobody could come in
    /// again.
    Status remove(std::string_view key_id, const state::Cause& cause);

    /// Writes the first account's oldest active root key to `path` (mode 0600) as an AWS shared-credentials
    /// file with the profiles `default` and `landfall`, atomically. A file that is there is left alone.
    Status write_credentials(Disk& disk, const std::string& path, std::string_view region) const;

    /// For open() alone.
    class Private {
        friend class AccessKeys;
        Private() = default;
    };
    AccessKeys(Private, Parts parts) : parts_{parts} {}

private:
    struct Row {
        AccessKey key;
        SecretString secret;
    };

    Status load();
    [[nodiscard]] NewKey make_key(std::string_view account) const;
    Result<StoredKey> sealed(const NewKey& key) const;
    void show(const NewKey& key);
    [[nodiscard]] bool is_last_active(std::string_view key_id) const;

    Parts parts_;
    std::mutex
        changes_;  ///< one change of a status at a time: "last active" must stay true until it is stored
    mutable std::shared_mutex mutex_;
    std::map<std::string, Row, std::less<>> rows_;
};

}  // namespace landfall::access
