// For tests: a KeyStore in memory, which can be told to fail, and a KeySource that notices moved bytes.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/access/key_store.hpp"
#include "core/blocks/keys.hpp"

namespace landfall::access::fakes {

class MemoryKeyStore final : public KeyStore {
public:
    Result<std::vector<Account>> accounts() override {
        TRY(healthy());
        return accounts_;
    }
    Result<std::vector<StoredKey>> keys() override {
        TRY(healthy());
        return rows;
    }
    Status add_account(const Account& account, const StoredKey& first_key, const state::Cause&) override {
        TRY(healthy());
        for (const Account& one : accounts_)
            if (one.id == account.id) return Error{Errc::already_exists, "the account is there"};
        accounts_.push_back(account);
        rows.push_back(first_key);
        return {};
    }
    Status add_key(const StoredKey& key, const state::Cause&) override {
        TRY(healthy());
        if (std::none_of(accounts_.begin(), accounts_.end(),
                         [&](const Account& one) { return one.id == key.key.principal.account; }))
            return Error{Errc::not_found, "no such account"};
        if (find(key.key.id) != rows.end()) return Error{Errc::already_exists, "the key is there"};
        rows.push_back(key);
        return {};
    }
    Status set_status(std::string_view key_id, KeyStatus status, const state::Cause&) override {
        TRY(healthy());
        const auto at = find(key_id);
        if (at == rows.end()) return Error{Errc::not_found, "no such key"};
        at->key.status = status;
        return {};
    }
    Status remove_key(std::string_view key_id, const state::Cause&) override {
        TRY(healthy());
        const auto at = find(key_id);
        if (at == rows.end()) return Error{Errc::not_found, "no such key"};
        rows.erase(at);
        return {};
    }

    std::vector<StoredKey> rows;
    std::optional<Errc> broken;  ///< every call answers this

private:
    Status healthy() const {
        if (broken) return Error{*broken, "told to fail"};
        return {};
    }
    std::vector<StoredKey>::iterator find(std::string_view key_id) {
        return std::find_if(rows.begin(), rows.end(),
                            [&](const StoredKey& stored) { return stored.key.id == key_id; });
    }
    std::vector<Account> accounts_;
};

/// Not encryption: bytes turned over, with their context in front, so that a test sees what is stored in
/// clear.
class TurnedOver final : public blocks::KeySource {
public:
    Result<std::vector<std::byte>> wrap(const SecretBytes& key, ByteSpan context) override {
        CHECK(key.reveal().size() == 32);  // what the real one takes, and nothing else
        std::vector<std::byte> out{context.begin(), context.end()};
        for (const std::byte b : key.reveal()) out.push_back(~b);
        return out;
    }
    Result<SecretBytes> unwrap(ByteSpan wrapped, ByteSpan context) override {
        if (wrapped.size() < context.size() || !std::equal(context.begin(), context.end(), wrapped.begin()))
            return Error{Errc::corrupt, "sealed for something else"};
        std::vector<std::byte> out;
        for (const std::byte b : wrapped.subspan(context.size())) out.push_back(~b);
        return SecretBytes{std::move(out)};
    }
};

}  // namespace landfall::access::fakes
