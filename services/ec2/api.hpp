// What the files of EC2's API share: registration with DryRun, ids, filters, tags, errors. Only
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
void register_network(Operations& operations, Ec2& ec2);
void register_routes(Operations& operations);
void register_interfaces(Operations& operations, Ec2& ec2);
void register_key_pairs(Operations& operations, Ec2& ec2);
void register_volumes(Operations& operations, Ec2& ec2);
void register_attributes(Operations& operations, Ec2& ec2);
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

/// A KMS key, or encryption with one, in a call that could make a volume or snapshot: refused, by name.
[[nodiscard]] std::optional<ApiError> wrong_encryption(std::optional<bool> encrypted,
                                                       std::optional<std::string_view> kms_key_id);

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
struct IdWords<Volume> {
    static constexpr std::string_view kPrefix = "vol-";
    static constexpr wire::ErrorCode kMalformed = errors::kInvalidVolumeIDMalformed;
    static constexpr wire::ErrorCode kNotFound = errors::kInvalidVolumeNotFound;
    static std::string missing(std::string_view id) {
        return "The volume '" + std::string{id} + "' does not exist.";
    }
};
template <>
struct IdWords<Interface> {
    static constexpr std::string_view kPrefix = "eni-";
    static constexpr wire::ErrorCode kMalformed = errors::kInvalidNetworkInterfaceIDMalformed;
    static constexpr wire::ErrorCode kNotFound = errors::kInvalidNetworkInterfaceIDNotFound;
    static std::string missing(std::string_view id) {
        return "The networkInterface ID '" + std::string{id} + "' does not exist";
    }
};
template <>
struct IdWords<KeyPair> {
    static constexpr std::string_view kPrefix = "key-";
    static constexpr wire::ErrorCode kMalformed = errors::kInvalidKeyPairNotFound;
    static constexpr wire::ErrorCode kNotFound = errors::kInvalidKeyPairNotFound;
    static std::string missing(std::string_view id) {
        return "The key pair '" + std::string{id} + "' does not exist";
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

/// A token given before with the same parameters has its answer; with others it is refused.
struct Once {
    state::OnceKey key;
    std::optional<std::string> answer;  ///< the id that the first call made
};
[[nodiscard]] Found<Once> once_of(const Ec2& ec2, const CallContext& call, std::string_view operation,
                                  std::optional<std::string_view> token, std::string_view params);

}  // namespace landfall::ec2
