#include "front/stored_keys.hpp"

namespace landfall::front {

std::optional<KnownKey> StoredKeys::find(std::string_view key_id, std::string_view token) const {
    auto found = keys_.find(key_id);
    if (!found) return std::nullopt;
    if (!token.empty()) return KnownKey{KnownKey::State::bad_token, {}, {}};
    const bool active = found->status == access::KeyStatus::active;
    return KnownKey{active ? KnownKey::State::active : KnownKey::State::inactive, std::move(found->principal),
                    std::move(found->secret)};
}

}  // namespace landfall::front
