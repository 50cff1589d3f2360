// StoredKeys: core/access's table of keys, as the gateway asks it.
#pragma once

#include "core/access/keys.hpp"
#include "front/gateway.hpp"

namespace landfall::front {

/// Any thread. `keys` outlives it.
class StoredKeys final : public KeyTable {
public:
    explicit StoredKeys(const access::AccessKeys& keys) : keys_{keys} {}
    /// Session tokens are not given out yet, so a request that has one shows a token that this server did
    /// not make.
    [[nodiscard]] std::optional<KnownKey> find(std::string_view key_id,
                                               std::string_view token) const override;

private:
    const access::AccessKeys& keys_;
};

}  // namespace landfall::front
