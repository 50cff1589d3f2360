// Rules that send events of the server to topics, and the messages that say what happened.
//
// Invariants
//   1. A pattern is KIND[:CHANGE[:STATE]] with * and ? as in policies: "job", "job:*:failed", "ec2.*",
//      "s3.bucket:created", "*". One that names fewer parts matches whatever the others are.
//   2. The same event always gives a message with the same id, so that a consumer can tell repeats.
//   3. An event that only says that a delivery to a rule's topic failed matches no rule: nothing feeds
//      itself.
// The shape of the message is that of Amazon EventBridge ("AWS service event metadata" of its user guide);
// changes of an instance's state are the message of EC2. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "core/jobs/job.hpp"
#include "core/state/resource.hpp"

namespace landfall::events {

struct Rule {
    std::string id;
    std::string account;
    std::string topic_arn;
    std::vector<std::string> patterns;
    state::EventSeq since;  ///< events after this one are its
    Instant created;
    bool operator==(const Rule&) const = default;
};
inline constexpr std::size_t kRulesMax = 100;
inline constexpr std::size_t kPatternsMax = 50;
inline constexpr std::size_t kPatternLengthMax = 256;

/// invalid, with the sentence that the caller is told.
[[nodiscard]] Status check_patterns(const std::vector<std::string>& patterns);
/// Whether the rule is about such an event; whose event it is, is not asked.
[[nodiscard]] bool matches(const Rule& rule, const state::Event& event);
/// Invariant 3.
[[nodiscard]] bool is_of_delivery(const std::vector<Rule>& rules, const state::Event& event);

/// What is known of an event beside the event.
struct Surroundings {
    std::string account;           ///< whose it is
    std::string region;            ///< the resource's, or the server's
    std::string arn;               ///< of the resource; empty: it has none
    std::optional<jobs::Job> job;  ///< of a job's event
    ByteSpan identity;             ///< of this server: what message ids are made from
};
[[nodiscard]] std::string message(const state::Event& event, const Surroundings& about);

}  // namespace landfall::events
