#include "services/s3/model_notification.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "base/encoding.hpp"
#include "base/json_text.hpp"
#include "services/s3/store_fields.hpp"

namespace landfall::s3 {
namespace {

constexpr std::array<std::string_view, kHappenings> kNames = {
    "ObjectCreated:Put",    "ObjectCreated:Post",
    "ObjectCreated:Copy",   "ObjectCreated:CompleteMultipartUpload",
    "ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated",
    "ObjectTagging:Put",    "ObjectTagging:Delete",
};

/// What S3 knows and this server never does. A family stands for its events.
constexpr std::array<std::string_view, 7> kForeign = {
    "s3:ReducedRedundancyLostObject", "s3:ObjectRestore:",       "s3:Replication:", "s3:LifecycleTransition",
    "s3:IntelligentTiering",          "s3:LifecycleExpiration:", "s3:ObjectAcl:",
};

constexpr std::size_t kIdMax = 255;
constexpr std::size_t kFilterMax = 1024;

Fault invalid(std::string message, std::string_view name, std::string_view value) {
    return Fault{Code::invalid_argument, std::move(message)}
        .with("ArgumentName", std::string{name})
        .with("ArgumentValue", std::string{value});
}

bool covers(std::string_view event, Happening happening) {
    const std::string name = "s3:" + std::string{name_of(happening)};
    if (event.ends_with('*')) return name.starts_with(event.substr(0, event.size() - 1));
    return name == event;
}

bool covers(const NotificationRule& rule, Happening happening) {
    return std::ranges::any_of(rule.events,
                               [&](const std::string& event) { return covers(event, happening); });
}

bool is_family(std::string_view event) {
    return event == "s3:ObjectCreated:*" || event == "s3:ObjectRemoved:*" || event == "s3:ObjectTagging:*";
}

Verdict check_event(std::string_view event) {
    if (is_family(event)) return {};
    if (event.starts_with("s3:") && std::ranges::find(kNames, event.substr(3)) != kNames.end()) return {};
    if (std::ranges::any_of(kForeign, [&](std::string_view family) { return event.starts_with(family); }))
        return Fault{Code::not_implemented, "The event '" + std::string{event} +
                                                "' never happens on this server: only ObjectCreated, "
                                                "ObjectRemoved and ObjectTagging events are sent."};
    return invalid("The event '" + std::string{event} + "' is not supported for notifications", "Event",
                   event);
}

/// Part `index` of "arn:aws:sqs:region:account:name".
std::string_view part_of(std::string_view arn, std::size_t index) {
    for (; index > 0; --index) {
        const std::size_t colon = arn.find(':');
        if (colon == std::string_view::npos) return {};
        arn.remove_prefix(colon + 1);
    }
    return arn.substr(0, arn.find(':'));
}

Verdict check_target(const NoticeTarget& target, std::string_view region) {
    const bool queue = target.kind == TargetKind::queue;
    const std::string_view arn = target.arn;
    const bool shaped = part_of(arn, 0) == "arn" && part_of(arn, 2) == (queue ? "sqs" : "sns") &&
                        part_of(arn, 4).size() == 12 && !part_of(arn, 5).empty();
    if (!shaped) return invalid("The ARN could not be parsed", queue ? "QueueArn" : "TopicArn", arn);
    if (part_of(arn, 3) != region)
        return invalid(
            "The notification destination service region is not valid for the bucket location constraint",
            queue ? "QueueArn" : "TopicArn", arn);
    return {};
}

bool overlap(const NotificationRule& a, const NotificationRule& b) {
    const std::string a_begin = a.prefix.value_or("");
    const std::string b_begin = b.prefix.value_or("");
    const std::string a_end = a.suffix.value_or("");
    const std::string b_end = b.suffix.value_or("");
    return (a_begin.starts_with(b_begin) || b_begin.starts_with(a_begin)) &&
           (a_end.ends_with(b_end) || b_end.ends_with(a_end));
}

bool share_an_event(const NotificationRule& a, const NotificationRule& b) {
    for (std::size_t i = 0; i < kHappenings; ++i) {
        const auto happening = static_cast<Happening>(i);
        if (covers(a, happening) && covers(b, happening)) return true;
    }
    return false;
}

Verdict check_overlaps(const std::vector<NotificationRule>& rules) {
    for (std::size_t i = 0; i < rules.size(); ++i)
        for (std::size_t j = i + 1; j < rules.size(); ++j)
            if (overlap(rules[i], rules[j]) && share_an_event(rules[i], rules[j]))
                return Fault{Code::invalid_argument,
                             "Configuration is ambiguously defined. Cannot have overlapping suffixes in two "
                             "rules if the prefixes are overlapping for the same event type."};
    return {};
}

/// `,"name":"value"`; the comma where something stands before.
void put_member(std::string& out, std::string_view name, std::string_view value) {
    if (!out.ends_with('{')) out += ',';
    append_json_text(out, name);
    out += ':';
    append_json_text(out, value);
}

/// As a form writes it, but for the slash, which stays: "a b/c" is "a+b/c".
std::string form_encoded(std::string_view key) {
    std::string out = uri_encode(key, Slash::kept);
    for (std::size_t at = 0; (at = out.find("%20", at)) != std::string::npos;) out.replace(at, 3, "+");
    return out;
}

enum NoticeTag : std::uint8_t {
    kTargetKind = 1,
    kTargetArn,
    kRule,
    kHappening,
    kBucket,
    kKey,
    kAccount,
    kRegion,
    kPrincipal,
    kSourceIp,
    kRequestId,
    kSize,
    kEtag,
};

bool creates(Happening happening) { return happening <= Happening::created_by_upload; }

}  // namespace

std::string_view name_of(Happening happening) { return kNames[static_cast<std::size_t>(happening)]; }

Verdict add_filter(NotificationRule& rule, std::string_view name, std::string_view value) {
    std::string lower{name};
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (lower != "prefix" && lower != "suffix")
        return invalid("filter rule name must be either prefix or suffix", "FilterRule.Name", name);
    if (value.size() > kFilterMax)
        return invalid("Size of filter rule value cannot exceed 1024 bytes in UTF-8", "FilterRule.Value",
                       value);
    auto& slot = lower == "prefix" ? rule.prefix : rule.suffix;
    if (slot)
        return invalid("Cannot specify more than one " + lower + " rule in a filter.", "FilterRule.Name",
                       name);
    slot = std::string{value};
    return {};
}

Verdict check_rules(const std::vector<NotificationRule>& rules, std::string_view region) {
    if (rules.size() > kRulesMax)
        return Fault{Code::invalid_argument, "A bucket has at most 100 notification configurations"};
    std::set<std::string_view> ids;
    for (const NotificationRule& rule : rules) {
        if (rule.events.empty()) return Fault{Code::malformed_xml};
        if (rule.id.size() > kIdMax)
            return invalid("The length of an ID cannot exceed 255 characters.", "Id", rule.id);
        if (!ids.insert(rule.id).second)
            return Fault{Code::invalid_argument,
                         "Same ID used for multiple configurations. IDs must be unique"};
        for (const std::string& event : rule.events) TRY(check_event(event));
        TRY(check_target(rule.target, region));
    }
    return check_overlaps(rules);
}

const NotificationRule* rule_for(const std::vector<NotificationRule>& rules, Happening happening,
                                 std::string_view key) {
    for (const NotificationRule& rule : rules) {
        const bool named =
            key.starts_with(rule.prefix.value_or("")) && key.ends_with(rule.suffix.value_or(""));
        if (named && covers(rule, happening)) return &rule;
    }
    return nullptr;
}

Fault bad_target(const NoticeTarget& target, const Error& cause) {
    const std::string what = target.kind == TargetKind::queue ? "queue" : "topic";
    std::string why = cause.message();
    if (cause.code() == Errc::not_found) why = "The destination " + what + " does not exist";
    if (cause.code() == Errc::denied)
        why = "Permissions on the destination " + what +
              " do not allow S3 to publish notifications from this bucket";
    return invalid("Unable to validate the following destination configurations", target.arn, why);
}

std::string encode(const Notice& notice) {
    FieldWriter to;
    to.number(kTargetKind, static_cast<std::uint64_t>(notice.target.kind));
    to.text(kTargetArn, notice.target.arn);
    to.text(kRule, notice.rule);
    to.number(kHappening, static_cast<std::uint64_t>(notice.happening));
    to.text(kBucket, notice.bucket);
    to.text(kKey, notice.key);
    to.text(kAccount, notice.account);
    to.text(kRegion, notice.region);
    to.text(kPrincipal, notice.principal);
    to.text(kSourceIp, notice.source_ip);
    to.text(kRequestId, notice.request_id);
    to.number(kSize, notice.size.count);
    to.text(kEtag, notice.etag);
    return to.take();
}

Result<Notice> decode_notice(std::string_view bytes) {
    Notice notice;
    TRY(each_field(bytes_of(bytes), [&](const Field& field) -> Status {
        switch (field.tag) {
            case kTargetKind: notice.target.kind = TRY(field.one_of<TargetKind>(TargetKind::topic)); break;
            case kTargetArn: notice.target.arn = field.text(); break;
            case kRule: notice.rule = field.text(); break;
            case kHappening: notice.happening = TRY(field.one_of<Happening>(Happening::tags_deleted)); break;
            case kBucket: notice.bucket = field.text(); break;
            case kKey: notice.key = field.text(); break;
            case kAccount: notice.account = field.text(); break;
            case kRegion: notice.region = field.text(); break;
            case kPrincipal: notice.principal = field.text(); break;
            case kSourceIp: notice.source_ip = field.text(); break;
            case kRequestId: notice.request_id = field.text(); break;
            case kSize: notice.size.count = TRY(field.number()); break;
            case kEtag: notice.etag = field.text(); break;
            default: break;
        }
        return {};
    }));
    return notice;
}

std::string event_message(const Notice& notice, Instant at, std::uint64_t number) {
    std::string out = "{\"Records\":[{";
    put_member(out, "eventVersion", "2.1");
    put_member(out, "eventSource", "aws:s3");
    put_member(out, "awsRegion", notice.region);
    put_member(out, "eventTime", iso8601(at, Fraction::millis));
    put_member(out, "eventName", name_of(notice.happening));
    out += ",\"userIdentity\":{";
    put_member(out, "principalId", notice.principal);
    out += "},\"requestParameters\":{";
    put_member(out, "sourceIPAddress", notice.source_ip);
    out += "},\"responseElements\":{";
    put_member(out, "x-amz-request-id", notice.request_id);
    put_member(out, "x-amz-id-2", notice.request_id);
    out += "},\"s3\":{";
    put_member(out, "s3SchemaVersion", "1.0");
    put_member(out, "configurationId", notice.rule);
    out += ",\"bucket\":{";
    put_member(out, "name", notice.bucket);
    out += ",\"ownerIdentity\":{";
    put_member(out, "principalId", notice.account);
    out += '}';
    put_member(out, "arn", "arn:aws:s3:::" + notice.bucket);
    out += "},\"object\":{";
    put_member(out, "key", form_encoded(notice.key));
    if (creates(notice.happening)) out += ",\"size\":" + std::to_string(notice.size.count);
    if (!notice.etag.empty()) put_member(out, "eTag", notice.etag);
    std::array<char, 19> sequencer{};
    std::snprintf(sequencer.data(), sequencer.size(), "%018llX", static_cast<unsigned long long>(number));
    put_member(out, "sequencer", sequencer.data());
    return out + "}}}]}";
}

std::string test_message(const TestMessage& test) {
    std::string out = "{";
    put_member(out, "Service", "Amazon S3");
    put_member(out, "Event", "s3:TestEvent");
    put_member(out, "Time", iso8601(test.at, Fraction::millis));
    put_member(out, "Bucket", test.bucket);
    put_member(out, "RequestId", test.request_id);
    put_member(out, "HostId", test.request_id);
    return out + '}';
}

}  // namespace landfall::s3
