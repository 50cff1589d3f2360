#include "core/blocks/lease.hpp"

#include <utility>

#include "core/blocks/lease_table.hpp"

namespace landfall::blocks {

Lease::Lease(Lease&& other) noexcept
    : table_{std::exchange(other.table_, nullptr)}, token_{std::exchange(other.token_, 0)} {}

Lease& Lease::operator=(Lease&& other) noexcept {
    if (this == &other) return *this;
    release();
    table_ = std::exchange(other.table_, nullptr);
    token_ = std::exchange(other.token_, 0);
    return *this;
}

Lease::~Lease() { release(); }

void Lease::release() {
    if (table_ != nullptr) table_->release(token_);
    table_ = nullptr;
}

Status Lease::renew() const {
    if (table_ == nullptr) return Error{Errc::precondition, "the lease was released"};
    return table_->renew(token_);
}

bool Lease::holds(const TreeRoot& root) const { return table_ != nullptr && table_->holds(token_, root); }

std::uint64_t LeaseTable::create() {
    const std::lock_guard lock{mutex_};
    const std::uint64_t token = next_token_++;
    leases_[token].renewed = clock_.moment();
    return token;
}

void LeaseTable::release(std::uint64_t token) {
    const std::lock_guard lock{mutex_};
    leases_.erase(token);
}

Status LeaseTable::renew(std::uint64_t token) {
    const std::lock_guard lock{mutex_};
    const auto it = leases_.find(token);
    if (it == leases_.end())
        return Error{Errc::precondition, "the lease was fenced: it showed no sign of life for too long"};
    it->second.renewed = clock_.moment();
    if (it->second.failed) return *it->second.failed;
    return {};
}

void LeaseTable::add_pinned(std::uint64_t token, const TreeRoot& root) {
    const std::lock_guard lock{mutex_};
    if (noting_pins_) noted_pins_.insert(root);
    if (const auto it = leases_.find(token); it != leases_.end()) it->second.pinned.insert(root);
}

void LeaseTable::add_made(std::uint64_t token, const TreeRoot& root) {
    const std::lock_guard lock{mutex_};
    if (const auto it = leases_.find(token); it != leases_.end()) it->second.made.insert(root);
}

bool LeaseTable::holds(std::uint64_t token, const TreeRoot& root) const {
    const std::lock_guard lock{mutex_};
    const auto it = leases_.find(token);
    return it != leases_.end() && (it->second.pinned.contains(root) || it->second.made.contains(root));
}

bool LeaseTable::claim(std::uint64_t token, PackNumber pack) {
    const std::lock_guard lock{mutex_};
    if (condemned_.contains(pack)) return false;
    if (collecting_) touched_.insert(pack);
    if (const auto it = leases_.find(token); it != leases_.end()) it->second.claims.insert(pack);
    return true;
}

void LeaseTable::fail_pack(PackNumber pack, const Error& why) {
    const std::lock_guard lock{mutex_};
    condemned_.insert(pack);
    for (auto& [token, record] : leases_)
        if (record.claims.contains(pack) && !record.failed) record.failed = why;
}

std::uint64_t LeaseTable::begin_collection() {
    const std::lock_guard lock{mutex_};
    const Moment now = clock_.moment();
    const std::uint64_t fenced =
        std::erase_if(leases_, [&](const auto& entry) { return now - entry.second.renewed > life_; });
    collecting_ = noting_pins_ = true;
    touched_.clear();
    noted_pins_.clear();
    for (const auto& [token, record] : leases_) {
        touched_.insert(record.claims.begin(), record.claims.end());
        noted_pins_.insert(record.pinned.begin(), record.pinned.end());
    }
    return fenced;
}

std::vector<TreeRoot> LeaseTable::pins() {
    const std::lock_guard lock{mutex_};
    noting_pins_ = false;
    std::vector<TreeRoot> pins{noted_pins_.begin(), noted_pins_.end()};
    noted_pins_.clear();
    return pins;
}

std::vector<PackNumber> LeaseTable::condemn(const std::vector<PackNumber>& candidates) {
    const std::lock_guard lock{mutex_};
    CHECK(collecting_);
    std::vector<PackNumber> taken;
    for (const PackNumber pack : candidates) {
        if (touched_.contains(pack)) continue;
        condemned_.insert(pack);
        taken.push_back(pack);
    }
    return taken;
}

std::vector<PackNumber> LeaseTable::condemned() const {
    const std::lock_guard lock{mutex_};
    return {condemned_.begin(), condemned_.end()};
}

void LeaseTable::end_collection() {
    const std::lock_guard lock{mutex_};
    collecting_ = noting_pins_ = false;
    noted_pins_.clear();
    touched_.clear();
}

}  // namespace landfall::blocks
