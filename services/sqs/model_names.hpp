// Names of queues, and the two forms in which clients give them back: URLs and ARNs.
//
// Invariants
//   1. A name is 1 to 80 of [A-Za-z0-9_-]; a fifo queue's ends in ".fifo", which counts.
//   2. Of a queue URL only the last two segments of the path count: account and name. Clients reach one
//      server under many hosts.
// Pure; any thread.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "services/sqs/model_fault.hpp"

namespace landfall::sqs {

/// Whose resources, and where.
struct Scope {
    std::string account;
    std::string region;
    auto operator<=>(const Scope&) const = default;
};

struct QueueName {
    Scope scope;
    std::string name;
    auto operator<=>(const QueueName&) const = default;
};

enum class Kind : std::uint8_t { standard, fifo };

/// Whether a queue of that kind may have the name. Fault: invalid_parameter_value.
[[nodiscard]] Verdict check_name(std::string_view name, Kind kind);

/// "arn:aws:sqs:us-east-1:000000000000:jobs".
[[nodiscard]] std::string arn_of(const QueueName& queue);
/// nullopt: not the ARN of a queue; a queue of that name need not be there.
[[nodiscard]] std::optional<QueueName> parse_arn(std::string_view arn);

/// `base` is "http://host:port".
[[nodiscard]] std::string url_of(std::string_view base, const QueueName& queue);
/// Account and name out of "http://host/000000000000/jobs" or "/000000000000/jobs"; the region is the
/// request's. Fault: invalid_address.
[[nodiscard]] Judged<QueueName> parse_url(std::string_view url, std::string_view region);

[[nodiscard]] bool is_account(std::string_view text);  ///< 12 digits

}  // namespace landfall::sqs
