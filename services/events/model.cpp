#include "services/events/model.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/hash.hpp"
#include "core/access/pattern.hpp"

namespace landfall::events {
namespace {

constexpr std::string_view kJob = "job";
constexpr std::string_view kInstance = "ec2.instance";
constexpr std::string_view kSubscription = "sns.subscription";
constexpr std::string_view kRule = "events.rule";

bool may_stand_in_a_pattern(char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || std::string_view{".-_:*?"}.find(c) != std::string_view::npos;
}

/// The length of the UTF-8 character at the front, or 0 where there is none.
std::size_t character_at(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
    if ((byte(0) >= 0x80 && byte(0) < 0xC2) || byte(0) > 0xF4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
    // Overlong forms and surrogates are no characters.
    if (byte(0) == 0xE0 && byte(1) < 0xA0) return 0;
    if (byte(0) == 0xED && byte(1) > 0x9F) return 0;
    if (byte(0) == 0xF0 && byte(1) < 0x90) return 0;
    if (byte(0) == 0xF4 && byte(1) > 0x8F) return 0;
    return length;
}

/// JSON text. Ids are any bytes: what is no character of UTF-8 becomes U+FFFD.
void put_text(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const std::size_t length = character_at(text);
        const char c = text.front();
        if (length == 0) {
            out += "\\ufffd";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (length == 1 && static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 7> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
            out += escaped.data();
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    out += '"';
}

void put_name(std::string& out, std::string_view name) {
    if (!out.ends_with('{')) out += ',';
    put_text(out, name);
    out += ':';
}
/// A member that is left out where it is empty.
void put_member(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    put_name(out, name);
    put_text(out, value);
}
void put_number(std::string& out, std::string_view name, std::uint64_t value) {
    put_name(out, name);
    out += std::to_string(value);
}

/// A NUL stands between the parts of some ids.
std::string shown(std::string id) {
    std::replace(id.begin(), id.end(), '\0', '/');
    return id;
}

std::string uuid_of(ByteSpan identity, state::EventSeq seq) {
    std::string seed{text_of(identity)};
    seed += '/' + std::to_string(seq.value);
    const std::string hex = md5(seed).hex();
    return hex.substr(0, 8) + '-' + hex.substr(8, 4) + "-4" + hex.substr(13, 3) + "-8" + hex.substr(17, 3) +
           '-' + hex.substr(20, 12);
}

std::string arn_of(const state::Event& event, const Surroundings& about) {
    if (!about.arn.empty()) return about.arn;
    if (event.key.kind == "s3.bucket" || event.key.kind == "s3.object")
        return "arn:aws:s3:::" + shown(event.key.id);
    const std::size_t dot = event.key.kind.find('.');
    const std::string service = dot == std::string::npos ? "landfall" : event.key.kind.substr(0, dot);
    const std::string thing = dot == std::string::npos ? event.key.kind : event.key.kind.substr(dot + 1);
    return "arn:aws:" + service + ":" + about.region + ":" + about.account + ":" + thing + "/" +
           shown(event.key.id);
}

bool is_state_change_of_instance(const state::Event& event) {
    return event.key.kind == kInstance && event.change != state::Change::noted &&
           event.from_state != event.to_state && !event.to_state.empty();
}

std::string source_of(const state::Event& event) {
    if (is_state_change_of_instance(event)) return "aws.ec2";
    if (event.key.kind == kJob) return "landfall.jobs";
    return "landfall." + event.key.kind.substr(0, event.key.kind.find('.'));
}

std::string_view type_of(const state::Event& event) {
    if (is_state_change_of_instance(event)) return "EC2 Instance State-change Notification";
    if (event.change == state::Change::noted) return "Landfall Resource Note";
    if (event.key.kind == kJob) return "Landfall Job State Change";
    return "Landfall Resource Change";
}

void put_job(std::string& out, const state::Event& event, const jobs::Job& job) {
    put_name(out, "job");
    out += '{';
    put_member(out, "job-id", job.id.text);
    put_member(out, "kind", job.kind);
    put_member(out, "step", job.step);
    // Later than the event, the job may have come further: then its reason is another event's.
    if (event.to_state == name_of(job.state)) put_member(out, "reason", job.reason);
    if (job.resource) {
        put_member(out, "resource-kind", job.resource->kind);
        put_member(out, "resource-id", shown(job.resource->id));
    }
    out += '}';
}

void put_detail(std::string& out, const state::Event& event, const Surroundings& about) {
    out += '{';
    if (is_state_change_of_instance(event)) put_member(out, "instance-id", event.key.id);
    put_number(out, "sequence", event.seq.value);
    put_member(out, "kind", event.key.kind);
    put_member(out, "id", shown(event.key.id));
    put_member(out, "change", name_of(event.change));
    put_number(out, "version", event.version.value);
    put_member(out, "from-state", event.from_state);
    put_member(out, "state", event.to_state);
    put_member(out, "message", event.error);
    put_member(out, "actor", event.cause.actor);
    put_member(out, "service", event.cause.service);
    put_member(out, "operation", event.cause.operation);
    put_member(out, "request-id", event.cause.request_id);
    put_member(out, "source-ip-address", event.cause.source_ip);
    if (about.job) put_job(out, event, *about.job);
    out += '}';
}

}  // namespace

Status check_patterns(const std::vector<std::string>& patterns) {
    if (patterns.empty()) return Error{Errc::invalid, "a rule names at least one event"};
    if (patterns.size() > kPatternsMax)
        return Error{Errc::invalid, "a rule names at most " + std::to_string(kPatternsMax) + " events"};
    for (const std::string& pattern : patterns) {
        if (pattern.empty() || pattern.size() > kPatternLengthMax)
            return Error{Errc::invalid,
                         "an event has 1 to " + std::to_string(kPatternLengthMax) + " characters"};
        const bool plain = std::ranges::all_of(pattern, may_stand_in_a_pattern);
        if (!plain || std::ranges::count(pattern, ':') > 2 || pattern.front() == ':' || pattern.back() == ':')
            return Error{Errc::invalid,
                         "the event \"" + pattern +
                             "\" is not KIND[:CHANGE[:STATE]] of letters, digits, . - _ * and ?"};
    }
    return {};
}

bool matches(const Rule& rule, const state::Event& event) {
    const std::string& kind = event.key.kind;
    const std::string change = kind + ":" + std::string{name_of(event.change)};
    const std::string full = change + ":" + event.to_state;
    return std::ranges::any_of(rule.patterns, [&](const std::string& pattern) {
        switch (std::ranges::count(pattern, ':')) {
            case 0: return access::matches(pattern, kind);
            case 1: return access::matches(pattern, change);
            default: return access::matches(pattern, full);
        }
    });
}

bool is_of_delivery(const std::vector<Rule>& rules, const state::Event& event) {
    if (event.change != state::Change::noted) return false;
    if (event.key.kind == kRule) return true;
    if (event.key.kind != kSubscription) return false;
    const std::string topic = "arn:aws:sns:" + event.key.region + ":" + event.key.account + ":" +
                              event.key.id.substr(0, event.key.id.find(':'));
    return std::ranges::any_of(rules, [&](const Rule& rule) { return rule.topic_arn == topic; });
}

std::string message(const state::Event& event, const Surroundings& about) {
    std::string out = "{";
    put_member(out, "version", "0");
    put_member(out, "id", uuid_of(about.identity, event.seq));
    put_member(out, "detail-type", type_of(event));
    put_member(out, "source", source_of(event));
    put_member(out, "account", about.account);
    put_member(out, "time", iso8601(event.at));
    put_member(out, "region", about.region);
    out += ",\"resources\":[";
    put_text(out, arn_of(event, about));
    out += "],\"detail\":";
    put_detail(out, event, about);
    return out + '}';
}

}  // namespace landfall::events
