// EC2's records: how its values are kept in core/state. One kind a type, the document is a state::Record.
//
// Invariants
//   1. A value read back equals the value written; tags live in the resource's tags and nowhere else.
//   2. `update` compares the version that was read: of two writers one gets precondition and reads again.
//   3. A terminated instance is found by `ended`; whoever ends one gives back its volumes and its interface
//      in the same transaction (`release`).
//   4. A private address belongs to at most one interface of its subnet at a time, a key's name to one key.
// Threads: any. Every call reads or writes disk.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
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

/// What core/state needs to know of a type of EC2. `place`, where there is one, says what else finds it.
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
    static void place(const Image& i, state::Resource& resource);  ///< by the snapshots that it uses
};
template <>
struct Kind<Instance> {
    static constexpr std::string_view kName = "ec2.instance";
    static constexpr std::string_view kArnType = "instance";
    static constexpr std::string_view kTagType = "instance";
    static std::string state_of(const Instance& i) { return std::string{name_of(i.state)}; }
    static state::Record encode(const Instance& i);
    static Instance decode(const state::Record& r);
    static void place(const Instance& i, state::Resource& resource);  ///< by reservation; by being terminated
};
template <>
struct Kind<Volume> {
    static constexpr std::string_view kName = "ec2.volume";
    static constexpr std::string_view kArnType = "volume";
    static constexpr std::string_view kTagType = "volume";
    static std::string state_of(const Volume&) { return "in-use"; }
    static state::Record encode(const Volume& v);
    static Volume decode(const state::Record& r);
    static void place(const Volume& v, state::Resource& resource) { resource.parent = v.instance_id; }
};
template <>
struct Kind<Interface> {
    static constexpr std::string_view kName = "ec2.network-interface";
    static constexpr std::string_view kArnType = "network-interface";
    static constexpr std::string_view kTagType = "network-interface";
    static std::string state_of(const Interface&) { return "in-use"; }
    static state::Record encode(const Interface& i);
    static Interface decode(const state::Record& r);
    static void place(const Interface& i, state::Resource& resource) { resource.parent = i.subnet_id; }
};
template <>
struct Kind<KeyPair> {
    static constexpr std::string_view kName = "ec2.key-pair";
    static constexpr std::string_view kArnType = "key-pair";
    static constexpr std::string_view kTagType = "key-pair";
    static std::string state_of(const KeyPair&) { return "available"; }
    static state::Record encode(const KeyPair& k);
    static KeyPair decode(const state::Record& r);
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

// The spaces of names that core/state keeps unique.
[[nodiscard]] std::string image_names(const Scope& scope);
[[nodiscard]] std::string key_names(const Scope& scope);
[[nodiscard]] std::string addresses(const Scope& scope, std::string_view subnet_id);

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
    /// The next live ones of the scope in order of their ids: those that begin with `prefix` and are not less
    /// than `from`, at most `limit`.
    template <class T>
    [[nodiscard]] Result<std::vector<Stored<T>>> some(const Scope& scope, std::string prefix,
                                                      std::string from, std::size_t limit) const {
        return every<T>(TRY(load_some(Kind<T>::kName, scope, {std::move(prefix), std::move(from)}, limit)));
    }
    /// Live ones of the scope in order of creation: those that belong to `parent`, or that have this index
    /// key. At most kFew: for what is few by its nature.
    template <class T>
    [[nodiscard]] Result<std::vector<Stored<T>>> children(const Scope& scope, std::string parent) const {
        return every<T>(TRY(load_few(Kind<T>::kName, scope, state::ByParent{std::move(parent)})));
    }
    template <class T>
    [[nodiscard]] Result<std::vector<Stored<T>>> by_index(const Scope& scope, state::ByIndex index) const {
        return every<T>(TRY(load_few(Kind<T>::kName, scope, std::move(index))));
    }
    static constexpr std::size_t kFew = 5000;
    /// All live ones of every account and region, each given to `visit` once: Status(Stored<T>). Bounded
    /// memory.
    template <class T, class F>
    [[nodiscard]] Status everywhere(F visit) const {
        return visit_all({.kind = std::string{Kind<T>::kName}, .limit = 256},
                         [&](const state::Resource& r) -> Status { return visit(TRY(stored_of<T>(r))); });
    }
    /// Instances of every account and region that ended at or before `until`.
    [[nodiscard]] Result<std::vector<Stored<Instance>>> ended(Instant until) const;
    /// Gives back what an instance that ends holds: its volumes and its interface with its address.
    [[nodiscard]] Status release(const Stored<Instance>& instance, state::Tx& tx) const;
    /// Who holds the name in one of the spaces above; empty: nobody.
    [[nodiscard]] Result<std::string> holder(const std::string& space, std::string_view name) const;

    /// The resources to put into a transaction: a new one, or the next version of one that was read.
    template <class T>
    [[nodiscard]] static state::Resource resource(const Scope& scope, const T& value) {
        state::Resource made{.key = key<T>(scope, value.id),
                             .arn = arn_of(scope, Kind<T>::kArnType, value.id),
                             .state = Kind<T>::state_of(value),
                             .doc = Kind<T>::encode(value).encode()};
        if constexpr (requires { Kind<T>::place(value, made); }) Kind<T>::place(value, made);
        return with_tags(std::move(made), value.tags);
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

    /// Reads, lets `change` alter the value, writes; again when somebody else was faster. `change` takes the
    /// value, or the stored value and the transaction to add to, and returns a Status; its error ends the
    /// attempt and is returned. Returns the value as written.
    template <class T, class F>
    [[nodiscard]] Result<Stored<T>> update(const state::Cause& cause, const Scope& scope, std::string_view id,
                                           F&& change) const {
        while (true) {
            Stored<T> stored = TRY(get<T>(scope, id));
            state::Tx tx{cause};
            if constexpr (std::invocable<F, Stored<T>&, state::Tx&>)
                TRY(change(stored, tx));
            else
                TRY(change(stored.value));
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
    using Resources = std::vector<state::Resource>;
    [[nodiscard]] Result<Resources> load_some(std::string_view kind, const Scope& scope, state::ById by,
                                              std::size_t limit) const;
    [[nodiscard]] Result<Resources> load_few(
        std::string_view kind, const Scope& scope,
        std::variant<state::ById, state::ByParent, state::ByTag, state::ByIndex> by) const;
    [[nodiscard]] Status visit_all(state::Query query,
                                   const std::function<Status(const state::Resource&)>& visit) const;
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
