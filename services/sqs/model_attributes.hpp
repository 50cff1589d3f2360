// The attributes of a queue: what each may hold, how it is written, compared and shown.
//
// Invariants
//   1. Attributes hold only values that were judged: numbers in their ranges, policies that parse.
//   2. apply() changes nothing when it refuses; it judges names before values, in the order given.
//   3. Shown values are text as the service writes it; what was not set is absent where AWS leaves it out.
// Sources: "CreateQueue" and "SetQueueAttributes" of the API reference; answers recorded from the service.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "services/sqs/model_fault.hpp"
#include "services/sqs/model_names.hpp"

namespace landfall::sqs {

enum class ContentDedup : std::uint8_t { off, on };
enum class DedupScope : std::uint8_t { queue, group };
enum class Throughput : std::uint8_t { per_queue, per_group };
enum class ManagedSse : std::uint8_t { off, on };

/// {"deadLetterTargetArn": …, "maxReceiveCount": …}
struct Redrive {
    QueueName target;
    std::uint32_t max_receives = 1;
    bool operator==(const Redrive&) const = default;
};
/// Which queues may name this one as their dead-letter queue.
struct RedriveAllow {
    enum class Permission : std::uint8_t { allow_all, deny_all, by_queue };
    Permission permission = Permission::allow_all;
    std::vector<std::string> sources;  ///< ARNs, of by_queue
    bool operator==(const RedriveAllow&) const = default;
};

struct Attributes {
    Kind kind = Kind::standard;
    std::uint32_t visibility = 30;
    std::uint32_t delay = 0;
    std::uint32_t retention = 345'600;
    std::uint32_t wait = 0;
    std::uint32_t message_max = 1'048'576;
    std::uint32_t kms_reuse = 300;
    ContentDedup content_dedup = ContentDedup::off;
    DedupScope dedup_scope = DedupScope::queue;
    Throughput throughput = Throughput::per_queue;
    ManagedSse managed_sse = ManagedSse::on;
    std::string kms_key;                  ///< empty: none
    std::string policy;                   ///< as given; empty: none
    std::string redrive_text;             ///< as given; empty: none
    std::string redrive_allow_text;       ///< as given; empty: none
    std::optional<Redrive> redrive;       ///< of redrive_text
    std::optional<RedriveAllow> allowed;  ///< of redrive_allow_text
    bool operator==(const Attributes&) const = default;
};

using NameValue = std::pair<std::string, std::string>;

enum class Purpose : std::uint8_t { create, set };
/// `base` with the given attributes. Faults: invalid_attribute_name, invalid_attribute_value,
/// invalid_parameter_value. References to other queues are judged by check_redrive.
[[nodiscard]] Judged<Attributes> apply(const Attributes& base, std::span<const NameValue> given,
                                       Purpose purpose);

/// The first given attribute whose value differs from that of `present`; nullopt: none does. `given` was
/// applied to defaults as `wanted`.
[[nodiscard]] std::optional<std::string> first_difference(const Attributes& present, const Attributes& wanted,
                                                          std::span<const NameValue> given);

/// Whether `source` may have `target` (nullptr: there is no such queue) as its dead-letter queue.
[[nodiscard]] Verdict check_redrive(const QueueName& source, const Attributes& wanted,
                                    const Attributes* target);

/// What only the running server knows of a queue.
struct Live {
    std::string arn;
    Instant created;
    Instant modified;
    std::uint64_t visible = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t delayed = 0;
};
/// The values of the names asked for ("All" is everything); those that are not set are left out.
/// Fault: invalid_attribute_name.
[[nodiscard]] Judged<std::vector<NameValue>> show(const Attributes& attributes, const Live& live,
                                                  std::span<const std::string_view> names);

/// The name of any queue attribute, or "All".
[[nodiscard]] bool is_attribute_name(std::string_view name);

}  // namespace landfall::sqs
