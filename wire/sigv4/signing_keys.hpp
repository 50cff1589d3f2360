// The cache of signing keys: four HMACs saved on every request after a key's first of the day.
//
// Invariants
//   1. At most kShards × kPerShard keys are held, whatever clients send; the one kept longest makes room.
//   2. A key is found only under the secret that it was derived from, so a changed secret is never outlived.
//   3. Only keys that verified a request are kept: guesses do not displace them.
// Threads: any; each shard has a mutex held for a look-up only. Does not touch disk.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.hpp"
#include "base/secret.hpp"

namespace landfall::sigv4 {

/// "AWS4" + secret, day, region, service, "aws4_request", each an HMAC under the one before.
struct KeyScope {
    std::string_view key_id;
    std::string_view day;
    std::string_view region;
    std::string_view service;
};
[[nodiscard]] HmacSha256 derive_signing_key(const SecretString& secret, const KeyScope& scope);

class SigningKeys {
public:
    static constexpr std::size_t kShards = 16;
    static constexpr std::size_t kPerShard = 64;

    [[nodiscard]] std::optional<HmacSha256> find(const KeyScope& scope, const SecretString& secret);
    void keep(const KeyScope& scope, const SecretString& secret, const HmacSha256& key);
    [[nodiscard]] std::size_t size();

private:
    struct Entry {
        SecretString secret;
        HmacSha256 key;
        std::uint64_t born = 0;
    };
    /// Found by a view of its name.
    struct ByText {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };
    struct Shard {
        std::mutex mutex;
        std::unordered_map<std::string, Entry, ByText, std::equal_to<>> entries;
        std::uint64_t births = 0;
    };
    [[nodiscard]] Shard& shard_of(std::string_view name);
    std::array<Shard, kShards> shards_;
};

}  // namespace landfall::sigv4
