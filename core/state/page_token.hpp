// PageTokens: what a client gets as NextToken / Marker / ContinuationToken.
//
// Invariants
//   1. A token is base64url text (URL- and XML-safe, no '='), sealed with AES-256-GCM under a key of the
//      store: it survives a restart, tells the client nothing, and cannot be made up or changed.
//   2. It opens only together with the filter it was sealed with: another filter, account, operation or store
//      is `invalid`, as garbage is.
#pragma once

#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace landfall::state {

class StateStore;

/// Any thread may call. Does not touch disk after open.
class PageTokens {
public:
    /// Blocks for one commit at a store's first use.
    static Result<PageTokens> open(StateStore& store, Random& random);
    /// `key` has 32 bytes.
    PageTokens(SecretBytes key, Random& random);

    /// `after` is any position: Page::next, a sort key. `filter` names the question: operation, account,
    /// region and every filter in one text.
    [[nodiscard]] std::string seal(std::string_view after, std::string_view filter) const;
    /// invalid: garbage, another filter, another store's token.
    [[nodiscard]] Result<std::string> open(std::string_view token, std::string_view filter) const;

private:
    SecretBytes key_;
    Random* random_;
};

}  // namespace landfall::state
