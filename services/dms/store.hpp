// DMS's records: instance profiles, data providers, migration projects, as core/state keeps them.
//
// Invariants
//   1. A value read back equals the value written; tags live in the resource's tags, names in its index.
//   2. `replace` compares the version that was read: of two writers one gets precondition.
// Formats: docs/formats/dms.md. Threads: any. Every call reads or writes disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/state/record.hpp"
#include "core/state/store.hpp"
#include "services/dms/model.hpp"

namespace landfall::dms {

template <class T>
struct Stored {
    T value;
    state::Version version;
};

/// What core/state needs to know of a type: specialised below and in store_requests.hpp.
template <class T>
struct Kind;
template <>
struct Kind<InstanceProfile> {
    static constexpr std::string_view kName = "dms.instance-profile";
    static state::Resource encode(const InstanceProfile& profile);
    static Result<InstanceProfile> decode(const state::Resource& resource);
};
template <>
struct Kind<DataProvider> {
    static constexpr std::string_view kName = "dms.data-provider";
    static state::Resource encode(const DataProvider& provider);
    static Result<DataProvider> decode(const state::Resource& resource);
};
template <>
struct Kind<MigrationProject> {
    static constexpr std::string_view kName = "dms.migration-project";
    static state::Resource encode(const MigrationProject& project);
    static Result<MigrationProject> decode(const state::Resource& resource);
};

[[nodiscard]] state::Key key_of(std::string_view kind, const Identity& identity);
template <class T>
[[nodiscard]] state::Key key_of(const T& value) {
    return key_of(Kind<T>::kName, value.self);
}

// What the encoders of all records share.
[[nodiscard]] state::Resource resource_of(std::string_view kind, std::string_view thing, const Identity& self,
                                          const Tags& tags, const state::Record& record);
[[nodiscard]] Identity identity_of(const state::Resource& resource);
[[nodiscard]] Tags tags_of(const state::Resource& resource);
[[nodiscard]] state::Record record_of(const ProviderSettings& settings);
[[nodiscard]] ProviderSettings settings_of(const state::Record& record);

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
    /// All of an account in a region.
    template <class T>
    [[nodiscard]] Result<std::vector<Stored<T>>> all(const Scope& scope) const {
        state::Query query{
            .kind = std::string{Kind<T>::kName}, .account = scope.account, .region = scope.region};
        std::vector<Stored<T>> values;
        do {
            state::Page page = TRY(store_.list(query));
            for (const state::Resource& resource : page.items) {
                T value = TRY(Kind<T>::decode(resource));
                values.push_back({std::move(value), resource.version});
            }
            query.after = std::move(page.next);
        } while (!query.after.empty());
        return values;
    }
    template <class T>
    Status create(const state::Cause& cause, const T& value) const {
        state::Tx tx{cause};
        tx.create(Kind<T>::encode(value));
        TRY(store_.commit(std::move(tx)));
        return {};
    }
    template <class T>
    Status replace(const state::Cause& cause, const Stored<T>& stored) const {
        state::Resource next = Kind<T>::encode(stored.value);
        next.version = stored.version;
        state::Tx tx{cause};
        tx.update(std::move(next));
        TRY(store_.commit(std::move(tx)));
        return {};
    }

    [[nodiscard]] state::StateStore& store() const { return store_; }

private:
    state::StateStore& store_;
};

}  // namespace landfall::dms
