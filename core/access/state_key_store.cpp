#include <utility>

#include "core/access/key_store.hpp"
#include "core/state/record.hpp"
#include "core/state/store.hpp"

namespace landfall::access {
namespace {

constexpr std::string_view kAccountKind = "access.account";
constexpr std::string_view kKeyKind = "access.key";
constexpr std::string_view kActive = "Active";
constexpr std::string_view kInactive = "Inactive";

state::Key account_key(std::string_view id) {
    return {
        .kind = std::string{kAccountKind}, .account = std::string{id}, .region = {}, .id = std::string{id}};
}

state::Resource resource_of(const Account& account) {
    state::Resource out{.key = account_key(account.id), .state = std::string{kActive}};
    out.doc = state::Record{}.set("name", account.name).set("created", account.created).encode();
    return out;
}

state::Resource resource_of(const StoredKey& stored) {
    const AccessKey& key = stored.key;
    state::Resource out{
        .key = {.kind = std::string{kKeyKind}, .account = key.principal.account, .region = {}, .id = key.id},
        .parent = key.principal.account,
        .state = std::string{key.status == KeyStatus::active ? kActive : kInactive}};
    out.doc = state::Record{}
                  .set("arn", key.principal.arn)
                  .set("user_id", key.principal.user_id)
                  .set("created", key.created)
                  .set_bytes("sealed_secret", bytes_of(stored.sealed_secret))
                  .encode();
    return out;
}

Result<StoredKey> key_of(const state::Resource& resource) {
    const auto doc = TRY(state::Record::decode(resource.doc));
    StoredKey out;
    out.key.id = resource.key.id;
    out.key.principal = {.kind = Principal::Kind::root, .account = resource.key.account};
    out.key.principal.arn = TRY(doc.need_text("arn"));
    out.key.principal.user_id = TRY(doc.need_text("user_id"));
    // Only the word that means it makes a key active: what is not understood gives no access.
    out.key.status = resource.state == kActive ? KeyStatus::active : KeyStatus::inactive;
    out.key.created = Instant{TRY(doc.need_number("created"))};
    out.sealed_secret = TRY(doc.need_text("sealed_secret"));
    return out;
}

class StateKeyStore final : public KeyStore {
public:
    explicit StateKeyStore(state::StateStore& store) : store_{store} {}

    Result<std::vector<Account>> accounts() override {
        std::vector<Account> out;
        for (const state::Resource& resource : TRY(all(kAccountKind))) {
            const auto doc = TRY(state::Record::decode(resource.doc));
            out.push_back(
                {.id = resource.key.id, .name = doc.text("name"), .created = doc.instant("created")});
        }
        return out;
    }

    Result<std::vector<StoredKey>> keys() override {
        std::vector<StoredKey> out;
        for (const state::Resource& resource : TRY(all(kKeyKind))) out.push_back(TRY(key_of(resource)));
        return out;
    }

    Status add_account(const Account& account, const StoredKey& first_key,
                       const state::Cause& cause) override {
        return commit(
            std::move(state::Tx{cause}.create(resource_of(account)).create(resource_of(first_key))));
    }

    Status add_key(const StoredKey& key, const state::Cause& cause) override {
        return commit(std::move(
            state::Tx{cause}.require(account_key(key.key.principal.account)).create(resource_of(key))));
    }

    Status set_status(std::string_view key_id, KeyStatus status, const state::Cause& cause) override {
        auto resource = TRY(need(key_id));
        resource.state = status == KeyStatus::active ? kActive : kInactive;
        return commit(std::move(state::Tx{cause}.update(std::move(resource))));
    }

    Status remove_key(std::string_view key_id, const state::Cause& cause) override {
        return commit(std::move(state::Tx{cause}.erase(TRY(need(key_id)).key, state::kAnyVersion)));
    }

private:
    Status commit(state::Tx tx) {
        const auto committed = store_.commit(std::move(tx));
        if (!committed.ok()) return committed.error();
        return {};
    }

    Result<state::Resource> need(std::string_view key_id) {
        auto found = TRY(store_.find_by_id(kKeyKind, key_id));
        if (!found) return Error{Errc::not_found, "there is no access key " + std::string{key_id}};
        return *std::move(found);
    }

    Result<std::vector<state::Resource>> all(std::string_view kind) {
        std::vector<state::Resource> out;
        state::Query query{.kind = std::string{kind}};
        do {
            auto page = TRY(store_.list(query));
            query.after = page.next;
            for (state::Resource& resource : page.items) out.push_back(std::move(resource));
        } while (!query.after.empty());
        return out;
    }

    state::StateStore& store_;
};

}  // namespace

std::unique_ptr<KeyStore> key_store_in(state::StateStore& store) {
    return std::make_unique<StateKeyStore>(store);
}

}  // namespace landfall::access
