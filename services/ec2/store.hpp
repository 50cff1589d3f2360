// EC2's records: how its values are kept in core/state. One kind a type, the document is a state::Record.
//
// Invariants
//   1. A value read back equals the value written; tags live in the resource's tags and nowhere else.
//   2. `update` compares the version that was read: of two writers one gets precondition and reads again.
//   3. Terminated instances, deleted snapshots and deregistered images are retired: hidden from lists, and
//      erased by `forget_older_than` after EC2's hour.
// Threads: any. Every call reads or writes disk.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/state/record.hpp"
#include "core/state/store.hpp"
#include "services/ec2/model.hpp"

namespace landfall::ec2 {

template <class T>
struct Stored {
    T value;
    Scope scope;
    state::Version version;
};

/// What core/state needs to know of a type of EC2: specialised for Snapshot, Image, Instance and ImportTask.
template <class T>
struct Kind;
template <>
struct Kind<Snapshot> {
    static constexpr std::string_view kName = "ec2.snapshot";
    static constexpr std::string_view kArnType = "snapshot";
    static constexpr std::string_view kTagType = "snapshot";
    static std::string state_of(const Snapshot& s) { return s.state; }
    static state::Record encode(const Snapshot& s);
    static Snapshot decode(const state::Record& r);
};
template <>
struct Kind<Image> {
    static constexpr std::string_view kName = "ec2.image";
    static constexpr std::string_view kArnType = "image";
    static constexpr std::string_view kTagType = "image";
    static std::string state_of(const Image& i) { return i.state; }
    static state::Record encode(const Image& i);
    static Image decode(const state::Record& r);
};
template <>
struct Kind<Instance> {
    static constexpr std::string_view kName = "ec2.instance";
    static constexpr std::string_view kArnType = "instance";
    static constexpr std::string_view kTagType = "instance";
    static std::string state_of(const Instance& i) { return std::string{name_of(i.state)}; }
    static state::Record encode(const Instance& i);
    static Instance decode(const state::Record& r);
};
template <>
struct Kind<ImportTask> {
    static constexpr std::string_view kName = "ec2.import-task";
    static constexpr std::string_view kArnType = "import-task";
    static constexpr std::string_view kTagType = "import-image-task";
    static std::string state_of(const ImportTask& t) { return t.status; }
    static state::Record encode(const ImportTask& t);
    static ImportTask decode(const state::Record& r);
};

[[nodiscard]] std::string arn_of(const Scope& scope, std::string_view type, std::string_view id);

class Records {
public:
    explicit Records(state::StateStore& store) : store_{store} {}

    /// not_found where there is none, or it is retired.
    template <class T>
    [[nodiscard]] Result<Stored<T>> get(const Scope& scope, std::string_view id) const {
        return stored_of<T>(TRY(load(key<T>(scope, id))));
    }
    /// By id alone: ids are unique over accounts and regions. For the server's own work.
    template <class T>
    [[nodiscard]] Result<Stored<T>> find(std::string_view id) const {
        return stored_of<T>(TRY(load_by_id(Kind<T>::kName, id)));
    }
    /// All live ones of the scope in order of their ids.
    template <class T>
    [[nodiscard]] Result<std::vector<Stored<T>>> all(const Scope& scope) const {
        return every<T>(TRY(load_all(Kind<T>::kName, &scope)));
    }
    /// All live ones of every account and region.
    template <class T>
    [[nodiscard]] Result<std::vector<Stored<T>>> everywhere() const {
        return every<T>(TRY(load_all(Kind<T>::kName, nullptr)));
    }

    /// The resources to put into a transaction: a new one, or the next version of one that was read.
    template <class T>
    [[nodiscard]] static state::Resource resource(const Scope& scope, const T& value) {
        return with_tags({.key = key<T>(scope, value.id),
                          .arn = arn_of(scope, Kind<T>::kArnType, value.id),
                          .state = Kind<T>::state_of(value),
                          .doc = Kind<T>::encode(value).encode()},
                         value.tags);
    }
    template <class T>
    [[nodiscard]] static state::Resource resource(const Stored<T>& stored) {
        state::Resource made = resource(stored.scope, stored.value);
        made.version = stored.version;
        return made;
    }
    template <class T>
    [[nodiscard]] static state::Key key(const Scope& scope, std::string_view id) {
        return {std::string{Kind<T>::kName}, scope.account, scope.region, std::string{id}};
    }

    /// Reads, lets `change` alter the value, writes; again when somebody else was faster. `change` returns a
    /// Status; its error ends the attempt and is returned. Returns the value as written.
    template <class T, std::invocable<T&> F>
    [[nodiscard]] Result<Stored<T>> update(const state::Cause& cause, const Scope& scope, std::string_view id,
                                           F&& change) const {
        while (true) {
            Stored<T> stored = TRY(get<T>(scope, id));
            TRY(change(stored.value));
            state::Tx tx{cause};
            tx.update(resource(stored));
            const auto done = store_.commit(std::move(tx));
            if (done.ok()) return stored;
            if (!done.is(Errc::precondition)) return done.error();
        }
    }

    [[nodiscard]] state::StateStore& store() const { return store_; }

private:
    [[nodiscard]] Result<state::Resource> load(const state::Key& key) const;
    [[nodiscard]] Result<state::Resource> load_by_id(std::string_view kind, std::string_view id) const;
    [[nodiscard]] Result<std::vector<state::Resource>> load_all(std::string_view kind,
                                                                const Scope* scope) const;
    static state::Resource with_tags(state::Resource resource, const Tags& tags);
    static Tags tags_of(const state::Resource& resource);

    template <class T>
    static Result<Stored<T>> stored_of(const state::Resource& resource) {
        const auto record = state::Record::decode(resource.doc);
        if (!record.ok()) return Error{record.error()}.in("record of " + resource.key.id);
        Stored<T> stored{
            Kind<T>::decode(*record), {resource.key.account, resource.key.region}, resource.version};
        stored.value.id = resource.key.id;
        stored.value.tags = tags_of(resource);
        return stored;
    }
    template <class T>
    static Result<std::vector<Stored<T>>> every(const std::vector<state::Resource>& resources) {
        std::vector<Stored<T>> found;
        for (const state::Resource& resource : resources) found.push_back(TRY(stored_of<T>(resource)));
        return found;
    }

    state::StateStore& store_;
};

}  // namespace landfall::ec2
