// Lease: "I am at work; what I wrote and what I pinned must not be collected."
//
// Invariants
//   1. While a lease lives, garbage collection takes no root that it holds (made by its writers or pinned by
//   it)
//      and no pack that its writers wrote to or deduplicated against.
//   2. A lease that showed no sign of life for Options::lease_life may be fenced by a collection. A fenced
//   lease
//      protects nothing any more: its writers, readers and commits fail with `precondition`, and never half.
//   3. Leases are in memory: a restart ends them all, and what they had not committed is garbage.
// The life of a lease is measured on the monotonic clock and renewed by every call made under it.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "core/blocks/ids.hpp"

namespace landfall::blocks {

class LeaseTable;

/// Movable; released by its destructor. Any thread may use a lease, several at a time.
/// Must not outlive the Store.
class Lease {
public:
    Lease() = default;
    Lease(LeaseTable& table, std::uint64_t token) : table_{&table}, token_{token} {}
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease();

    /// Ends it now. What only it held is garbage from here on.
    void release();
    /// Says "still alive"; precondition when the lease was fenced or released.
    [[nodiscard]] Status renew() const;
    /// True when the root was made or pinned under this lease.
    [[nodiscard]] bool holds(const TreeRoot& root) const;
    [[nodiscard]] std::uint64_t token() const { return token_; }

private:
    LeaseTable* table_ = nullptr;
    std::uint64_t token_ = 0;
};

}  // namespace landfall::blocks
