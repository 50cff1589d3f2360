// Catalogue: makes, changes and ends what has a name: profiles, providers, projects, instances, endpoints.
//
// Invariants
//   1. Names are unique among the live things of one kind, account and region; a name or an ARN finds a
//      thing.
//   2. What a project or a task uses is there: it cannot be deleted before them.
//   3. Changes take turns (one process owns the state), so what a change was judged on still holds when it is
//      made.
// Threads: any. Every call reads or writes disk.
#pragma once

#include <algorithm>
#include <concepts>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "services/dms/store.hpp"
#include "services/dms/store_events.hpp"
#include "services/dms/store_replication.hpp"
#include "services/dms/store_tasks.hpp"
#include "services/dms/work_requests.hpp"

namespace landfall::dms {

/// How many of each an account has at most in a region.
inline constexpr std::size_t kThingsMax = 1000;

class Catalogue {
public:
    /// All outlive it.
    struct Parts {
        state::StateStore& store;
        Requests& requests;
        Clock& clock;
        Random& random;
    };
    explicit Catalogue(const Parts& parts) : parts_{parts}, records_{parts.store} {}

    /// What a change is alone with.
    struct Alone {
        template <class T>
        Verdict operator()(state::Tx&, const T&) const {
            return {};
        }
    };

    /// Gives the value an id, unless it has one, its time, and a name where it has none. `with` (Tx&, const
    /// T& -> Verdict) adds to the transaction. ResourceAlreadyExists, quota.
    template <class T, class With = Alone>
    Judged<T> create(const state::Cause& cause, T value, With with = {}) {
        const std::scoped_lock lock{changing_};
        if (value.self.id.empty()) value.self.id = new_id();
        value.created = parts_.clock.now();
        if (value.name.empty()) value.name = default_name(value.self);
        TRY(check(value));
        TRY(check_tags(value.tags));
        TRY(check_free(value));
        TRY(check_references(value));
        state::Tx tx{cause};
        tx.create(Kind<T>::encode(value));
        TRY(with(tx, value));
        TRY(records_.store().commit(std::move(tx)));
        return value;
    }

    /// By name or ARN. ResourceNotFound.
    template <class T>
    Judged<Stored<T>> find(const Scope& scope, std::string_view identifier) const {
        const auto missing = [&] {
            return Fault{FaultCode::not_found,
                         std::string{T::kWords} + " " + std::string{identifier} + " was not found"};
        };
        if (const auto identity = parse_arn(identifier, T::kThing)) {
            if (identity->scope != scope) return missing();
            auto stored = records_.get<T>(*identity);
            if (stored.is(Errc::not_found)) return missing();
            if (!stored.ok()) return stored.error();
            return std::move(*stored);
        }
        for (Stored<T>& each : TRY(records_.all<T>(scope)))
            if (each.value.name == identifier) return std::move(each);
        return missing();
    }

    /// In the order of their names.
    template <class T>
    Judged<std::vector<T>> list(const Scope& scope) const {
        std::vector<T> values;
        for (Stored<T>& each : TRY(records_.all<T>(scope))) values.push_back(std::move(each.value));
        std::sort(values.begin(), values.end(), [](const T& a, const T& b) { return a.name < b.name; });
        return values;
    }

    /// `change` (T& -> Verdict) alters the value, which is judged as a new one is; `with` as of create().
    template <class T, std::invocable<T&> F, class With = Alone>
    Judged<T> modify(const state::Cause& cause, const Scope& scope, std::string_view identifier, F change,
                     With with = {}) {
        const std::scoped_lock lock{changing_};
        for (int tries = 0; tries < kTriesMax; ++tries) {
            Stored<T> stored = TRY(find<T>(scope, identifier));
            TRY(change(stored.value));
            TRY(check(stored.value));
            TRY(check_free(stored.value));
            TRY(check_references(stored.value));
            const auto replaced = commit(cause, stored, with);
            if (replaced.ok()) return std::move(stored.value);
            // Tags and jobs change without a turn.
            if (!replaced.is(Errc::precondition)) return replaced.error();
        }
        return Error{Errc::unavailable, "too many writers of one record"};
    }

    /// The begin of an end: what is in use stays as it is (InvalidResourceState); what is not has the status
    /// "deleting" from here on, until what `with` adds (a job) ends it.
    template <class T, class With>
    Judged<T> retire(const state::Cause& cause, const Scope& scope, std::string_view identifier, With with) {
        const std::scoped_lock lock{changing_};
        for (int tries = 0; tries < kTriesMax; ++tries) {
            Stored<T> stored = TRY(find<T>(scope, identifier));
            state::Tx unused{cause};
            TRY(check_unused(stored.value, unused));
            stored.value.status = status::kDeleting;
            const auto replaced = commit(cause, stored, with);
            if (replaced.ok()) return std::move(stored.value);
            if (!replaced.is(Errc::precondition)) return replaced.error();
        }
        return Error{Errc::unavailable, "too many writers of one record"};
    }

    /// The value that was. InvalidResourceState where it is in use.
    template <class T>
    Judged<T> remove(const state::Cause& cause, const Scope& scope, std::string_view identifier) {
        const std::scoped_lock lock{changing_};
        Stored<T> stored = TRY(find<T>(scope, identifier));
        state::Tx tx{cause};
        TRY(check_unused(stored.value, tx));
        tx.erase(key_of(stored.value), stored.version);
        const auto erased = records_.store().commit(std::move(tx));
        if (erased.is(Errc::precondition)) return invalid_state("It was changed meanwhile");
        TRY(erased);
        TRY(forget(cause, stored.value));
        return std::move(stored.value);
    }

    [[nodiscard]] const Records& records() const { return records_; }
    /// kIdLetters letters and digits that nothing has.
    [[nodiscard]] std::string new_id();

private:
    static constexpr int kTriesMax = 100;
    [[nodiscard]] static std::string default_name(const Identity& self);

    template <class T, class With>
    Status commit(const state::Cause& cause, const Stored<T>& stored, With& with) {
        state::Resource next = Kind<T>::encode(stored.value);
        next.version = stored.version;
        state::Tx tx{cause};
        tx.update(std::move(next));
        const Verdict added = with(tx, stored.value);
        if (!added.ok()) return Error{Errc::io, added.error().message()};
        TRY(records_.store().commit(std::move(tx)));
        return {};
    }

    template <class T>
    Verdict check_free(const T& value) const {
        std::size_t there = 0;
        for (const Stored<T>& each : TRY(records_.all<T>(value.self.scope))) {
            ++there;
            const bool same = each.value.self == value.self;
            // A value that begins now may have brought an id that is taken.
            if ((each.value.name == value.name && !same) || (same && each.value.created != value.created))
                return Fault{FaultCode::already_exists,
                             std::string{T::kWords} + " " + value.name + " already exists"};
        }
        if (there >= kThingsMax)
            return Fault{FaultCode::quota_exceeded, "There are 1000 of them in this region already"};
        return {};
    }
    template <class T>
    Verdict check_references(const T&) const {
        return {};
    }
    Verdict check_references(const MigrationProject& project) const;
    Verdict check_references(const ReplicationInstance& instance) const;
    Verdict check_references(const Endpoint& endpoint) const;
    Verdict check_references(const Task& task) const;
    /// What is removed with it is added to the transaction.
    Verdict check_unused(const InstanceProfile& profile, state::Tx& tx) const;
    Verdict check_unused(const DataProvider& provider, state::Tx& tx) const;
    Verdict check_unused(const MigrationProject& project, state::Tx& tx) const;
    Verdict check_unused(const ReplicationInstance& instance, state::Tx& tx) const;
    Verdict check_unused(const SubnetGroup& group, state::Tx& tx) const;
    Verdict check_unused(const Endpoint& endpoint, state::Tx& tx) const;
    Verdict check_unused(const Certificate& certificate, state::Tx& tx) const;
    Verdict check_unused(const Task& task, state::Tx& tx) const;
    static Verdict check_unused(const EventSubscription&, state::Tx&) { return {}; }
    template <class T>
    Status forget(const state::Cause&, const T&) const {
        return {};
    }
    Status forget(const state::Cause& cause, const MigrationProject& project) const {
        return parts_.requests.forget(cause, project.self);
    }

    Parts parts_;
    Records records_;
    std::mutex changing_;
};

}  // namespace landfall::dms
