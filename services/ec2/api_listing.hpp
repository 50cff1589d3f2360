// The common body of the Describe calls: ids must exist, filters select, and what is left comes in pages.
//
// Invariants
//   1. A page never holds more than its limit of records, and one step of at most kStepMax that are being
//      looked at: memory does not grow with the number of records.
//   2. Pages are in order of id; filters come before pages. The union of the pages is the list without pages.
//   3. A token answers only the question that it was made for.
#pragma once

#include <functional>

#include "services/ec2/api.hpp"

namespace landfall::ec2 {

struct Paging {
    std::string question;  ///< operation and filters
    std::size_t limit = 1000;
    std::string after;  ///< the last id of the page before
};
/// Errors: InvalidParameterValue / InvalidNextToken. `least` is the smallest MaxResults that EC2 takes there.
[[nodiscard]] Found<Paging> paging_of(const Ec2& ec2, std::string question,
                                      std::optional<std::int32_t> max_results,
                                      std::optional<std::string_view> token, std::int32_t least = 5);

template <class T>
struct Listing {
    std::vector<Stored<T>> items;
    std::string next_token;  ///< empty at the end
};

/// What one Describe call is about, besides ids and filters.
template <class T>
struct About {
    std::string_view operation;
    std::string_view prefix = IdWords<T>::kPrefix;  ///< the ids of which it tells
    /// A condition of the call's other members, and its words for the page token.
    std::function<bool(const Stored<T>&)> also = {};
    std::string also_words = {};
};

inline constexpr std::size_t kStepMax = 256;

/// The first `limit` of the scope behind `after` that `accepts` takes, and whether there are more.
template <class T, class F>
[[nodiscard]] Result<Listing<T>> take_page(const Ec2& ec2, const Scope& scope, std::string_view prefix,
                                           const Paging& paging, F accepts) {
    Listing<T> listing;
    const std::size_t step = std::min(paging.limit + 1, kStepMax);
    // Behind the last id: nothing is between an id and that id with a NUL.
    std::string from = paging.after.empty() ? std::string{} : paging.after + '\0';
    while (true) {
        std::vector<Stored<T>> some = TRY(ec2.records().some<T>(scope, std::string{prefix}, from, step));
        const bool last = some.size() < step;
        if (!some.empty()) from = some.back().value.id + '\0';
        for (Stored<T>& item : some) {
            if (!accepts(item)) continue;
            if (listing.items.size() == paging.limit) {
                listing.next_token = ec2.parts().tokens.seal(listing.items.back().value.id, paging.question);
                return listing;
            }
            listing.items.push_back(std::move(item));
        }
        if (last) return listing;
    }
}

/// The records of the ids asked for, each once, in order of id, cut to the page.
template <class T, class Ids, class F>
[[nodiscard]] Found<Listing<T>> take_named(const Ec2& ec2, const CallContext& call, const Ids& ids,
                                           const Paging& paging, F accepts) {
    Listing<T> listing;
    for (const std::string_view id : ids) {
        auto found = find_one<T>(ec2, call, id);
        if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
        auto& item = std::get<Stored<T>>(found);
        if (item.value.id > paging.after && accepts(item)) listing.items.push_back(std::move(item));
    }
    auto& items = listing.items;
    const auto id_of = [](const Stored<T>& item) -> const std::string& { return item.value.id; };
    std::ranges::sort(items, {}, id_of);
    const auto same = std::ranges::unique(items, {}, id_of);
    items.erase(same.begin(), same.end());
    if (items.size() <= paging.limit) return listing;
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(paging.limit), items.end());
    listing.next_token = ec2.parts().tokens.seal(items.back().value.id, paging.question);
    return listing;
}

template <class T, class In, class Ids>
[[nodiscard]] Found<Listing<T>> describe(const Ec2& ec2, const CallContext& call, In in, const Ids& ids,
                                         const About<T>& about) {
    auto selection = Selection::of(filters_in(in.filters()), known_filters<T>());
    if (!selection.ok()) return told(selection.error());
    const Scope scope = scope_of(call);
    auto paging = paging_of(ec2,
                            std::string{about.operation} + '\x1d' + scope.account + scope.region +
                                about.also_words + '\x1d' + selection->fingerprint(),
                            in.max_results(), in.next_token());
    if (auto* error = std::get_if<ApiError>(&paging)) return std::move(*error);
    const auto accepts = [&](const Stored<T>& item) {
        if (about.also && !about.also(item)) return false;
        return selection->accepts(item.value.tags, [&](std::string_view name) {
            return attribute_of(item.value, name, item.scope);
        });
    };
    if (!ids.empty()) return take_named<T>(ec2, call, ids, std::get<Paging>(paging), accepts);
    auto page = take_page<T>(ec2, scope, about.prefix, std::get<Paging>(paging), accepts);
    if (!page.ok()) return told(page.error());
    return *std::move(page);
}

}  // namespace landfall::ec2
