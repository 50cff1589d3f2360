// Places: from an endpoint to a database that can be signed in to, and back: what seals passwords.
//
// Invariants
//   1. A password leaves this class only within a DatabasePlace, and enters it only as a SecretString.
//   2. What is sealed for one endpoint cannot be opened as another's.
// Threads: any. Calls read disk.
#pragma once

#include "base/random.hpp"
#include "services/dms/ports.hpp"
#include "services/dms/ports_replication.hpp"
#include "services/dms/store_replication.hpp"

namespace landfall::blocks {
class KeySource;
}

namespace landfall::dms {

class Places {
public:
    /// All outlive it.
    struct Parts {
        state::StateStore& store;
        blocks::KeySource& sealing;
        Secrets& secrets;
        Random& random;
    };
    explicit Places(const Parts& parts) : parts_{parts}, records_{parts.store} {}

    [[nodiscard]] Result<std::string> seal(const Identity& endpoint, const SecretString& password) const;
    /// not_found: its secret or certificate is gone.
    [[nodiscard]] Result<DatabasePlace> place_of(const Endpoint& endpoint) const;

private:
    Parts parts_;
    Records records_;
};

}  // namespace landfall::dms
