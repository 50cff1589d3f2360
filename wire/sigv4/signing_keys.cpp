#include "wire/sigv4/signing_keys.hpp"

#include <algorithm>
#include <functional>

#include "base/stack_text.hpp"

namespace landfall::sigv4 {
namespace {

using Name = StackText<512>;

/// '\n' cannot be part of a header's value, so two scopes never share a name.
void put_name(Name& name, const KeyScope& scope) {
    for (const std::string_view part : {scope.key_id, scope.day, scope.region, scope.service})
        name.text().append(part).append(1, '\n');
}

}  // namespace

HmacSha256 derive_signing_key(const SecretString& secret, const KeyScope& scope) {
    std::string first = "AWS4" + secret.reveal();
    HmacSha256 key{bytes_of(first)};
    wipe(std::as_writable_bytes(std::span{first}));
    for (const std::string_view part :
         {scope.day, scope.region, scope.service, std::string_view{"aws4_request"}}) {
        Sha256 next = key.of(part);
        key = HmacSha256{next.span()};
        wipe(next.bytes);
    }
    return key;
}

SigningKeys::Shard& SigningKeys::shard_of(std::string_view name) {
    return shards_[std::hash<std::string_view>{}(name) % kShards];
}

std::optional<HmacSha256> SigningKeys::find(const KeyScope& scope, const SecretString& secret) {
    Name name;
    put_name(name, scope);
    Shard& shard = shard_of(name.view());
    const std::lock_guard lock{shard.mutex};
    const auto at = shard.entries.find(name.view());
    if (at == shard.entries.end() || !(at->second.secret == secret)) return std::nullopt;
    return at->second.key;
}

void SigningKeys::keep(const KeyScope& scope, const SecretString& secret, const HmacSha256& key) {
    Name name;
    put_name(name, scope);
    Shard& shard = shard_of(name.view());
    const std::lock_guard lock{shard.mutex};
    const std::uint64_t born = ++shard.births;
    shard.entries.insert_or_assign(std::string{name.view()},
                                   Entry{.secret = secret, .key = key, .born = born});
    if (shard.entries.size() <= kPerShard) return;
    shard.entries.erase(
        std::min_element(shard.entries.begin(), shard.entries.end(),
                         [](const auto& a, const auto& b) { return a.second.born < b.second.born; }));
}

std::size_t SigningKeys::size() {
    std::size_t count = 0;
    for (Shard& shard : shards_) {
        const std::lock_guard lock{shard.mutex};
        count += shard.entries.size();
    }
    return count;
}

}  // namespace landfall::sigv4
