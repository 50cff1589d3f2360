// Event notifications of a bucket: which changes go to which queue or topic, and what is told of each.
//
// Invariants
//   1. Of the rules that check_rules() accepts, at most one covers a given change of a given key.
//   2. A Notice holds everything that its message says, so that nothing of what it tells can change after the
//      change itself; encode and decode are inverse (docs/formats/s3-records.md).
//   3. Of two messages about one key, the later change has the greater sequencer, as text too.
// Sources: "Event message structure" and "Configuring event notifications using object key name filtering" of
// the Amazon S3 User Guide; texts of refusals as the service sends them. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "services/s3/model_fault.hpp"

namespace landfall::s3 {

/// Changes that are told. Values are stored.
enum class Happening : std::uint8_t {
    created_by_put = 0,
    created_by_post = 1,
    created_by_copy = 2,
    created_by_upload = 3,
    removed = 4,
    marked_removed = 5,  ///< a delete marker; there are none without versions
    tags_put = 6,
    tags_deleted = 7,
};
inline constexpr std::size_t kHappenings = 8;
/// "ObjectCreated:Put"
[[nodiscard]] std::string_view name_of(Happening happening);

enum class TargetKind : std::uint8_t { queue = 0, topic = 1 };

/// Where notices go.
struct NoticeTarget {
    TargetKind kind = TargetKind::queue;
    std::string arn;
    auto operator<=>(const NoticeTarget&) const = default;
};

struct NotificationRule {
    std::string id;
    NoticeTarget target;
    std::vector<std::string> events;  ///< as given: "s3:ObjectCreated:*"
    std::optional<std::string> prefix;
    std::optional<std::string> suffix;
    bool operator==(const NotificationRule&) const = default;
};
inline constexpr std::size_t kRulesMax = 100;

/// One FilterRule of a request, added to the rule. Faults: invalid_argument.
Verdict add_filter(NotificationRule& rule, std::string_view name, std::string_view value);
/// All rules of a bucket in `region`: ARNs, events, ids, overlaps. Faults: invalid_argument, malformed_xml;
/// not_implemented for events that never happen here.
Verdict check_rules(const std::vector<NotificationRule>& rules, std::string_view region);
/// The one rule that covers it, or null.
[[nodiscard]] const NotificationRule* rule_for(const std::vector<NotificationRule>& rules,
                                               Happening happening, std::string_view key);
/// What a request is told when `cause` speaks against a target: not_found, denied, invalid.
[[nodiscard]] Fault bad_target(const NoticeTarget& target, const Error& cause);

/// One change that a rule covers.
struct Notice {
    NoticeTarget target;
    std::string rule;
    Happening happening = Happening::created_by_put;
    std::string bucket;
    std::string key;
    std::string account;  ///< that owns the bucket
    std::string region;
    std::string principal;  ///< "AWS:…"
    std::string source_ip;
    std::string request_id;
    Bytes size;
    std::string etag;  ///< without quotes
    bool operator==(const Notice&) const = default;
};
[[nodiscard]] std::string encode(const Notice& notice);
/// corrupt: not what encode writes.
[[nodiscard]] Result<Notice> decode_notice(std::string_view bytes);

/// The message, with one record. `number` grows with every change of the server.
[[nodiscard]] std::string event_message(const Notice& notice, Instant at, std::uint64_t number);

/// What a target gets when it is configured.
struct TestMessage {
    std::string_view bucket;
    std::string_view request_id;
    Instant at;
};
[[nodiscard]] std::string test_message(const TestMessage& test);
inline constexpr std::string_view kNoticeSubject = "Amazon S3 Notification";

}  // namespace landfall::s3
