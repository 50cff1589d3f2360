// What the files of EC2's API share: registration with DryRun, ids, filters, pages, tags, errors. Only
// api*.cpp and their tests include this; it sees both the wire views and the model.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/random.hpp"
#include "services/ec2/attributes.hpp"
#include "services/ec2/filters.hpp"
#include "services/ec2/service.hpp"
#include "wire/api/registry.hpp"
#include "wire/views/ec2.hpp"

namespace landfall::ec2 {

namespace api = wire::ec2;
namespace errors = wire::ec2::errors;
using wire::Answer;
using wire::ApiError;
using wire::CallContext;
using wire::ListView;

/// Registers operations; each answers DryRunOperation before it does anything, where that was asked.
class Operations {
public:
    explicit Operations(wire::Registry& registry) : registry_{registry} {}

    /// F: Answer(const CallContext&, Op::In, Op::Out), on a worker: everything here reads the state from
    /// disk.
    template <wire::OperationTag Op, class F>
    void on(F run) {
        registry_.on<Op>(wire::Runs::worker,
                         [run = std::move(run)](const CallContext& call, typename Op::In in,
                                                typename Op::Out out) -> Answer {
                             if constexpr (requires { in.dry_run(); })
                                 if (in.dry_run().value_or(false)) return dry_run();
                             return run(call, in, out);
                         });
    }

private:
    static ApiError dry_run();
    wire::Registry& registry_;
};

void register_places(Operations& operations);
void register_network(Operations& operations);
void register_tags(Operations& operations, Ec2& ec2);
void register_images(Operations& operations, Ec2& ec2);
void register_snapshots(Operations& operations, Ec2& ec2);
void register_imports(Operations& operations, Ec2& ec2);
void register_instances(Operations& operations, Ec2& ec2);
void register_launch(Operations& operations, Ec2& ec2);

[[nodiscard]] Scope scope_of(const CallContext& call);
[[nodiscard]] state::Cause cause_of(const CallContext& call, std::string_view operation);
/// Invalid input as InvalidParameterValue (or the code given), everything else as wire::api_error_of says.
[[nodiscard]] ApiError told(const Error& error, wire::ErrorCode invalid = errors::kInvalidParameterValue);
[[nodiscard]] Tags tags_in(const ListView<api::in::TagSpecification>& specifications, std::string_view type);
[[nodiscard]] std::vector<Filter> filters_in(const ListView<api::in::Filter>& filters);

/// Describe's Owners: "self" or an account; none asked for is any.
[[nodiscard]] bool owner_matches(const ListView<std::string_view>& owners, std::string_view account);

template <class Out>
void put_tags(Out out, const Tags& tags) {
    for (const Tag& tag : tags) {
        auto put = out.add_tags();
        put.set_key(tag.key);
        put.set_value(tag.value);
    }
}

/// How EC2 speaks of a kind's ids.
template <class T>
struct IdWords;
template <>
struct IdWords<Image> {
    static constexpr std::string_view kPrefix = "ami-";
    static constexpr wire::ErrorCode kMalformed = errors::kInvalidAMIIDMalformed;
    static constexpr wire::ErrorCode kNotFound = errors::kInvalidAMIIDNotFound;
    static std::string missing(std::string_view id) {
        return "The image id '[" + std::string{id} + "]' does not exist";
    }
};
template <>
struct IdWords<Snapshot> {
    static constexpr std::string_view kPrefix = "snap-";
    static constexpr wire::ErrorCode kMalformed = errors::kInvalidSnapshotIDMalformed;
    static constexpr wire::ErrorCode kNotFound = errors::kInvalidSnapshotNotFound;
    static std::string missing(std::string_view id) {
        return "The snapshot '" + std::string{id} + "' does not exist.";
    }
};
template <>
struct IdWords<Instance> {
    static constexpr std::string_view kPrefix = "i-";
    static constexpr wire::ErrorCode kMalformed = errors::kInvalidInstanceIDMalformed;
    static constexpr wire::ErrorCode kNotFound = errors::kInvalidInstanceIDNotFound;
    static std::string missing(std::string_view id) {
        return "The instance ID '" + std::string{id} + "' does not exist";
    }
};
template <>
struct IdWords<ImportTask> {
    static constexpr std::string_view kPrefix = "import-";
    static constexpr wire::ErrorCode kMalformed = errors::kInvalidConversionTaskIdMalformed;
    static constexpr wire::ErrorCode kNotFound = errors::kInvalidConversionTaskId;
    static std::string missing(std::string_view id) {
        return "The import task '" + std::string{id} + "' does not exist.";
    }
};

/// The prefix, then 8 or 17 lower-case hexadecimal digits (import tasks: behind "ami-" or "snap-").
[[nodiscard]] bool id_is_wellformed(std::string_view id, std::string_view prefix);

template <class T>
using Found = std::variant<T, ApiError>;

/// One resource by its id, or EC2's error for it.
template <class T>
[[nodiscard]] Found<Stored<T>> find_one(const Ec2& ec2, const CallContext& call, std::string_view id) {
    if (!id_is_wellformed(id, IdWords<T>::kPrefix))
        return ApiError{IdWords<T>::kMalformed, "Invalid id: \"" + std::string{id} + "\""};
    auto stored = ec2.records().get<T>(scope_of(call), id);
    if (stored.ok()) return *std::move(stored);
    if (stored.is(Errc::not_found)) return ApiError{IdWords<T>::kNotFound, IdWords<T>::missing(id)};
    return told(stored.error());
}

struct Paging {
    std::string question;  ///< operation and filters: a token answers only the question that it was made for
    std::size_t limit = 1000;
    std::string after;  ///< the last id of the page before
};
/// Errors: InvalidMaxResults / InvalidNextToken. `least` is the smallest MaxResults that EC2 takes there.
[[nodiscard]] Found<Paging> paging_of(const Ec2& ec2, std::string question,
                                      std::optional<std::int32_t> max_results,
                                      std::optional<std::string_view> token, std::int32_t least = 5);

template <class T>
struct Listing {
    std::vector<Stored<T>> items;
    std::string next_token;  ///< empty at the end
};

/// Keeps what is behind `after`, at most `limit`; sets the token where more follows. Items are in order of
/// id.
template <class T>
void cut_page(const Ec2& ec2, const Paging& paging, Listing<T>& listing) {
    auto& items = listing.items;
    std::erase_if(items, [&](const Stored<T>& item) { return item.value.id <= paging.after; });
    if (items.size() <= paging.limit) return;
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(paging.limit), items.end());
    listing.next_token = ec2.parts().tokens.seal(items.back().value.id, paging.question);
}

/// The common body of the Describe calls: ids given must all exist; filters first, then pages.
template <class T, class In, class Ids, class FilterList>
[[nodiscard]] Found<Listing<T>> describe(const Ec2& ec2, const CallContext& call, In in, const Ids& ids,
                                         const FilterList& filters, std::string_view operation) {
    auto selection = Selection::of(filters_in(filters), known_filters<T>());
    if (!selection.ok()) return told(selection.error());
    auto paging = paging_of(ec2,
                            std::string{operation} + "\x1d" + scope_of(call).account + scope_of(call).region +
                                selection->fingerprint(),
                            in.max_results(), in.next_token());
    if (auto* error = std::get_if<ApiError>(&paging)) return std::move(*error);
    Listing<T> listing;
    if (ids.empty()) {
        auto all = ec2.records().all<T>(scope_of(call));
        if (!all.ok()) return told(all.error());
        listing.items = *std::move(all);
    }
    for (const std::string_view id : ids) {
        auto found = find_one<T>(ec2, call, id);
        if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
        listing.items.push_back(std::get<Stored<T>>(std::move(found)));
    }
    std::erase_if(listing.items, [&](const Stored<T>& item) {
        return !selection->accepts(item.value.tags, [&](std::string_view name) {
            return attribute_of(item.value, name, item.scope);
        });
    });
    cut_page(ec2, std::get<Paging>(paging), listing);
    return listing;
}

/// A token given before with the same parameters has its answer; with others it is refused.
struct Once {
    state::OnceKey key;
    std::optional<std::string> answer;  ///< the id that the first call made
};
[[nodiscard]] Found<Once> once_of(const Ec2& ec2, const CallContext& call, std::string_view operation,
                                  std::optional<std::string_view> token, std::string_view params);

}  // namespace landfall::ec2
