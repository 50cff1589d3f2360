// RDS's records: DB instances and parameter groups, as core/state keeps them.
//
// Invariants
//   1. A value read back equals the value written; tags live in the resource's tags.
//   2. A change compares the version that was read: of two writers one gets precondition.
// Format: docs/formats/rds.md. Threads: any. Every call reads or writes disk.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/state/record.hpp"
#include "core/state/store.hpp"
#include "services/rds/model_instance.hpp"
#include "services/rds/model_parameters.hpp"

namespace landfall::rds {

template <class T>
struct Stored {
    T value;
    state::Version version;
};

/// What core/state needs to know of a type.
template <class T>
struct Kind;
template <>
struct Kind<DbInstance> {
    static constexpr std::string_view kName = "rds.instance";
    static state::Resource encode(const DbInstance& instance);
    static Result<DbInstance> decode(const state::Resource& resource);
};
template <>
struct Kind<ParameterGroup> {
    static constexpr std::string_view kName = "rds.parameter-group";
    static state::Resource encode(const ParameterGroup& group);
    static Result<ParameterGroup> decode(const state::Resource& resource);
};

[[nodiscard]] state::Key key_of(std::string_view kind, const Identity& identity);
template <class T>
[[nodiscard]] state::Key key_of(const T& value) {
    return key_of(Kind<T>::kName, value.self);
}

class Records {
public:
    explicit Records(state::StateStore& store) : store_{store} {}

    /// not_found.
    template <class T>
    [[nodiscard]] Result<Stored<T>> get(const Identity& identity) const {
        const state::Resource resource = TRY(store_.get(key_of(Kind<T>::kName, identity)));
        if (resource.retired) return Error{Errc::not_found, "gone"};
        T value = TRY(Kind<T>::decode(resource));
        return Stored<T>{std::move(value), resource.version};
    }
    /// In the order of their names. No scope: of all accounts and regions.
    template <class T>
    [[nodiscard]] Result<std::vector<Stored<T>>> all(const std::optional<Scope>& scope) const {
        state::Query query{.kind = std::string{Kind<T>::kName}};
        if (scope) query.account = scope->account, query.region = scope->region;
        std::vector<Stored<T>> values;
        do {
            state::Page page = TRY(store_.list(query));
            for (const state::Resource& resource : page.items) {
                T value = TRY(Kind<T>::decode(resource));
                values.push_back({std::move(value), resource.version});
            }
            query.after = std::move(page.next);
        } while (!query.after.empty());
        std::sort(values.begin(), values.end(),
                  [](const auto& a, const auto& b) { return a.value.self < b.value.self; });
        return values;
    }
    template <class T>
    static void put(state::Tx& tx, const Stored<T>& stored) {
        state::Resource next = Kind<T>::encode(stored.value);
        next.version = stored.version;
        tx.update(std::move(next));
    }

    [[nodiscard]] state::StateStore& store() const { return store_; }

private:
    state::StateStore& store_;
};

}  // namespace landfall::rds
