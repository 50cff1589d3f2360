#include "core/access/keys.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/disk.hpp"
#include "core/access/sealing.hpp"
#include "core/state/resource.hpp"

namespace landfall::access {
namespace {

constexpr std::string_view kIdLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kSecretLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kIdRandom = 16;
constexpr std::size_t kSecretLength = 40;

std::string letters(Random& random, std::string_view alphabet, std::size_t count) {
    std::string out;
    out.reserve(count);
    while (out.size() < count) out += alphabet[random.below(alphabet.size())];
    return out;
}

Principal root_of(std::string_view account) {
    return {.kind = Principal::Kind::root,
            .account = std::string{account},
            .arn = "arn:aws:iam::" + std::string{account} + ":root",
            .user_id = std::string{account}};
}

/// What a sealed Secret is bound to: moved to another key or account it does not open.
std::string binding(const AccessKey& key) { return "access.key\n" + key.principal.account + "\n" + key.id; }

bool is_account_id(std::string_view text) {
    return text.size() == 12 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Error no_key(std::string_view key_id) {
    return Error{Errc::not_found, "there is no access key " + std::string{key_id}};
}

}  // namespace

Result<std::unique_ptr<AccessKeys>> AccessKeys::open(Parts parts) {
    auto keys = std::make_unique<AccessKeys>(Private{}, parts);
    TRY(keys->load());
    const auto accounts = TRY(parts.store.accounts());
    const bool has_first = std::any_of(accounts.begin(), accounts.end(),
                                       [](const Account& account) { return account.id == kFirstAccount; });
    if (has_first) return keys;
    const state::Cause cause{.actor = "landfall", .service = "access", .operation = "FirstStart"};
    const NewKey first = TRY(keys->add_account(kFirstAccount, "first", cause));
    return keys;
}

Status AccessKeys::load() {
    for (StoredKey& stored : TRY(parts_.store.keys())) {
        const std::string bound = binding(stored.key);
        auto secret = open_secret(parts_.sealing, stored.sealed_secret, bound);
        if (!secret.ok())
            return std::move(secret).error().in("unsealing the Secret of access key " + stored.key.id);
        NewKey key{.key = std::move(stored.key), .secret = *std::move(secret)};
        show(key);
    }
    return {};
}

void AccessKeys::show(const NewKey& key) {
    const std::unique_lock lock{mutex_};
    rows_.insert_or_assign(key.key.id, Row{.key = key.key, .secret = key.secret});
}

NewKey AccessKeys::make_key(std::string_view account) const {
    NewKey made;
    made.key.id = "AKIA" + letters(parts_.random, kIdLetters, kIdRandom);
    made.key.principal = root_of(account);
    made.key.created = parts_.clock.now();
    made.secret = SecretString{letters(parts_.random, kSecretLetters, kSecretLength)};
    return made;
}

Result<StoredKey> AccessKeys::sealed(const NewKey& key) const {
    const std::string bound = binding(key.key);
    auto secret = TRY(seal_secret(parts_.sealing, parts_.random, key.secret, bound));
    return StoredKey{.key = key.key, .sealed_secret = std::move(secret)};
}

namespace {
Error last_key() { return Error{Errc::precondition, "it is the first account's last active key"}; }
}  // namespace

std::optional<AccessKeys::Found> AccessKeys::find(std::string_view key_id) const {
    const std::shared_lock lock{mutex_};
    const auto at = rows_.find(key_id);
    if (at == rows_.end()) return std::nullopt;
    return Found{
        .principal = at->second.key.principal, .status = at->second.key.status, .secret = at->second.secret};
}

std::vector<AccessKey> AccessKeys::keys(std::string_view account) const {
    const std::shared_lock lock{mutex_};
    std::vector<AccessKey> out;
    for (const auto& [id, row] : rows_)
        if (account.empty() || row.key.principal.account == account) out.push_back(row.key);
    return out;
}

Result<std::vector<Account>> AccessKeys::accounts() const { return parts_.store.accounts(); }

Result<NewKey> AccessKeys::add_account(std::string_view account, std::string_view name,
                                       const state::Cause& cause) {
    if (!is_account_id(account))
        return Error{Errc::invalid,
                     "an account is 12 digits, not \"" + std::string{account.substr(0, 32)} + "\""};
    NewKey made = make_key(account);
    const Account row{.id = std::string{account}, .name = std::string{name}, .created = made.key.created};
    TRY(parts_.store.add_account(row, TRY(sealed(made)), cause));
    show(made);
    return made;
}

Result<NewKey> AccessKeys::add_key(std::string_view account, const state::Cause& cause) {
    NewKey made = make_key(account);
    TRY(parts_.store.add_key(TRY(sealed(made)), cause));
    show(made);
    return made;
}

bool AccessKeys::is_last_active(std::string_view key_id) const {
    const std::shared_lock lock{mutex_};
    const auto own = rows_.find(key_id);
    if (own == rows_.end() || own->second.key.status != KeyStatus::active) return false;
    // Other accounts get a new key of the first one; the first has nobody to turn to.
    if (own->second.key.principal.account != kFirstAccount) return false;
    return std::none_of(rows_.begin(), rows_.end(), [&](const auto& entry) {
        const AccessKey& key = entry.second.key;
        return key.id != key_id && key.status == KeyStatus::active &&
               key.principal.account == own->second.key.principal.account;
    });
}

Status AccessKeys::set_status(std::string_view key_id, KeyStatus status, const state::Cause& cause) {
    const std::lock_guard one_change{changes_};
    if (!find(key_id)) return no_key(key_id);
    if (status == KeyStatus::inactive && is_last_active(key_id)) return last_key();
    TRY(parts_.store.set_status(key_id, status, cause));
    const std::unique_lock lock{mutex_};
    const auto at = rows_.find(key_id);
    if (at != rows_.end()) at->second.key.status = status;
    return {};
}

Status AccessKeys::remove(std::string_view key_id, const state::Cause& cause) {
    const std::lock_guard one_change{changes_};
    if (!find(key_id)) return no_key(key_id);
    if (is_last_active(key_id)) return last_key();
    TRY(parts_.store.remove_key(key_id, cause));
    const std::unique_lock lock{mutex_};
    const auto at = rows_.find(key_id);
    if (at != rows_.end()) rows_.erase(at);
    return {};
}

Status AccessKeys::write_credentials(Disk& disk, const std::string& path, std::string_view region) const {
    const auto there = disk.stat(path);
    if (there.ok()) return {};
    if (!there.is(Errc::not_found)) return there.error();
    std::optional<AccessKey> oldest;
    for (const AccessKey& key : keys(kFirstAccount))
        if (key.status == KeyStatus::active && (!oldest || key.created < oldest->created)) oldest = key;
    if (!oldest) return Error{Errc::not_found, "the first account has no active key"};
    const auto found = find(oldest->id);
    if (!found) return no_key(oldest->id);
    std::string text = "# Root's access key of this server, for the aws CLI and every SDK:\n";
    text.append("#   AWS_SHARED_CREDENTIALS_FILE=").append(path).append(" aws --profile landfall …\n");
    for (const std::string_view profile : {"default", "landfall"}) {
        text.append("\n[").append(profile).append("]\n");
        text.append("aws_access_key_id = ").append(oldest->id).append("\n");
        text.append("aws_secret_access_key = ").append(found->secret.reveal()).append("\n");
        text.append("region = ").append(region).append("\n");
    }
    const Status written = disk.replace(path, bytes_of(text));
    wipe(std::as_writable_bytes(std::span{text}));
    return written;
}

}  // namespace landfall::access
