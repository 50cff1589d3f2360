// SNS's records: topics, subscriptions and the mobile applications, as core/state keeps them.
//
// Invariants
//   1. A value read back equals the value written; a topic's tags live in the resource's tags.
//   2. `update` compares the version that was read: of two writers one gets precondition and reads again.
//   3. Ids of internal queues have the highest bit set and come from a counter: none is used twice, also by
//      a server that died between counting and creating.
// Formats: docs/formats/sns.md. Threads: any. Every call reads or writes disk.
#pragma once

#include <concepts>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/state/record.hpp"
#include "core/state/store.hpp"
#include "services/sns/model.hpp"
#include "services/sns/model_mobile.hpp"

namespace landfall::sns {

template <class T>
struct Stored {
    T value;
    state::Version version;
};

/// What core/state needs to know of a type: specialised below.
template <class T>
struct Kind;
template <>
struct Kind<Topic> {
    static constexpr std::string_view kName = "sns.topic";
    static state::Resource encode(const Topic& topic);
    static Result<Topic> decode(const state::Resource& resource);
};
template <>
struct Kind<Subscription> {
    static constexpr std::string_view kName = "sns.subscription";
    static state::Resource encode(const Subscription& subscription);
    static Result<Subscription> decode(const state::Resource& resource);
};
template <>
struct Kind<MobileRecord> {
    static constexpr std::string_view kName = "sns.mobile";
    static state::Resource encode(const MobileRecord& record);
    static Result<MobileRecord> decode(const state::Resource& resource);
};

[[nodiscard]] state::Key key_of(const TopicName& name);
[[nodiscard]] state::Key key_of(const SubscriptionName& name);
[[nodiscard]] state::Key mobile_key(std::string_view account, std::string_view region, std::string_view id);

class Records {
public:
    explicit Records(state::StateStore& store) : store_{store} {}

    template <class T>
    [[nodiscard]] Result<Stored<T>> get(const state::Key& key) const {
        const state::Resource resource = TRY(store_.get(key));
        if (resource.retired) return Error{Errc::not_found, "gone"};
        return Stored<T>{TRY(Kind<T>::decode(resource)), resource.version};
    }
    /// Every live one of all accounts and regions, page by page.
    template <class T, std::invocable<Stored<T>> F>
    Status each(F take) const {
        state::Query query{.kind = std::string{Kind<T>::kName}};
        do {
            state::Page page = TRY(store_.list(query));
            for (const state::Resource& resource : page.items)
                take(Stored<T>{TRY(Kind<T>::decode(resource)), resource.version});
            query.after = std::move(page.next);
        } while (!query.after.empty());
        return {};
    }
    template <class T>
    Status create(const state::Cause& cause, const T& value) const {
        state::Tx tx{cause};
        tx.create(Kind<T>::encode(value));
        TRY(store_.commit(std::move(tx)));
        return {};
    }
    /// Reads, lets `change` (T& -> Verdict) alter the value, writes; again when somebody else was faster.
    template <class T, std::invocable<T&> F>
    [[nodiscard]] Judged<T> update(const state::Cause& cause, const state::Key& key, F change) const {
        constexpr int kTriesMax = 100;
        for (int i = 0; i < kTriesMax; ++i) {
            Stored<T> stored = TRY(get<T>(key));
            TRY(change(stored.value));
            state::Resource next = Kind<T>::encode(stored.value);
            next.version = stored.version;
            state::Tx tx{cause};
            tx.update(std::move(next));
            const auto committed = store_.commit(std::move(tx));
            if (committed.ok()) return std::move(stored.value);
            if (!committed.is(Errc::precondition)) return committed.error();
        }
        return Error{Errc::unavailable, "too many writers of one record"};
    }
    /// Fine where it is gone already.
    Status erase(const state::Cause& cause, const std::vector<state::Key>& keys) const;

    /// A new id for an internal queue; blocks for a commit every kIdsAtOnce calls.
    Result<messages::QueueId> new_queue();

    [[nodiscard]] state::StateStore& store() const { return store_; }

private:
    static constexpr std::uint64_t kIdsAtOnce = 64;
    state::StateStore& store_;
    std::mutex mutex_;
    std::uint64_t next_ = 0;
    std::uint64_t end_ = 0;
};

}  // namespace landfall::sns
