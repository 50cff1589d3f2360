#include "services/sqs/model_attributes.hpp"

#include <algorithm>
#include <charconv>

#include "services/sqs/model_redrive.hpp"

namespace landfall::sqs {
namespace {

Fault unknown(std::string_view name) {
    return {Code::invalid_attribute_name, "Unknown Attribute " + std::string{name} + "."};
}
Fault bad(std::string_view name, std::string_view reason = {}) {
    std::string text{"Invalid value for the parameter "};
    text.append(name).append(".");
    if (!reason.empty()) text.append(" Reason: ").append(reason);
    return {Code::invalid_attribute_value, std::move(text)};
}

// --- Numbers ---

struct NumberRow {
    std::string_view name;
    std::uint32_t Attributes::*member;
    std::uint32_t least, most;
};
constexpr NumberRow kNumbers[] = {
    {"VisibilityTimeout", &Attributes::visibility, 0, 43'200},
    {"DelaySeconds", &Attributes::delay, 0, 900},
    {"MessageRetentionPeriod", &Attributes::retention, 60, 1'209'600},
    {"ReceiveMessageWaitTimeSeconds", &Attributes::wait, 0, 20},
    {"MaximumMessageSize", &Attributes::message_max, 1'024, 1'048'576},
    {"KmsDataKeyReusePeriodSeconds", &Attributes::kms_reuse, 60, 86'400},
};

const NumberRow* number_row(std::string_view name) {
    const auto at = std::find_if(std::begin(kNumbers), std::end(kNumbers),
                                 [&](const NumberRow& row) { return row.name == name; });
    return at == std::end(kNumbers) ? nullptr : at;
}

Verdict set_number(Attributes& into, const NumberRow& row, std::string_view value) {
    std::uint32_t number = 0;
    const auto end = std::from_chars(value.data(), value.data() + value.size(), number);
    if (value.empty() || end.ec != std::errc{} || end.ptr != value.data() + value.size())
        return bad(row.name);
    if (number < row.least || number > row.most) return bad(row.name);
    into.*row.member = number;
    return {};
}

// --- Words ---

std::optional<bool> flag_of(std::string_view value) {
    if (value == "true" || value == "True" || value == "TRUE") return true;
    if (value == "false" || value == "False" || value == "FALSE") return false;
    return std::nullopt;
}

Verdict set_word(Attributes& into, std::string_view name, std::string_view value) {
    if (name == "DeduplicationScope") {
        if (value != "queue" && value != "messageGroup") return bad(name);
        into.dedup_scope = value == "queue" ? DedupScope::queue : DedupScope::group;
        return {};
    }
    if (name == "FifoThroughputLimit") {
        if (value != "perQueue" && value != "perMessageGroupId") return bad(name);
        into.throughput = value == "perQueue" ? Throughput::per_queue : Throughput::per_group;
        return {};
    }
    const auto flag = flag_of(value);
    if (!flag) return bad(name);
    if (name == "ContentBasedDeduplication")
        into.content_dedup = *flag ? ContentDedup::on : ContentDedup::off;
    if (name == "SqsManagedSseEnabled") into.managed_sse = *flag ? ManagedSse::on : ManagedSse::off;
    return {};
}

// --- Texts and documents ---

Verdict set_document(Attributes& into, std::string_view name, const std::string& value) {
    if (name == "Policy") {
        TRY(check_policy(value));
        into.policy = value;
    } else if (name == "RedrivePolicy") {
        into.redrive.reset();
        if (!value.empty()) into.redrive = TRY(parse_redrive(value));
        into.redrive_text = value;
    } else {
        into.allowed.reset();
        if (!value.empty()) into.allowed = TRY(parse_redrive_allow(value));
        into.redrive_allow_text = value;
    }
    return {};
}

constexpr std::string_view kDocuments[] = {"Policy", "RedrivePolicy", "RedriveAllowPolicy"};
constexpr std::string_view kFifoWords[] = {"ContentBasedDeduplication", "DeduplicationScope",
                                           "FifoThroughputLimit"};
constexpr std::string_view kReadOnly[] = {"ApproximateNumberOfMessages",
                                          "ApproximateNumberOfMessagesDelayed",
                                          "ApproximateNumberOfMessagesNotVisible",
                                          "CreatedTimestamp",
                                          "LastModifiedTimestamp",
                                          "QueueArn"};

template <std::size_t N>
bool among(const std::string_view (&names)[N], std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// Whether the attribute may be given at all.
Verdict check_given(const Attributes& base, std::string_view name, std::string_view value) {
    if (name == "FifoQueue") {
        if (base.kind == Kind::standard) return unknown(name);
        if (flag_of(value) != true) return bad(name, "Modifying queue type is not supported.");
        return {};
    }
    if (among(kFifoWords, name)) {
        if (base.kind == Kind::fifo) return {};
        if (name == "ContentBasedDeduplication") return unknown(name);
        return Fault{Code::invalid_attribute_name,
                     "You can specify the " + std::string{name} + " only when FifoQueue is set to true."};
    }
    const bool known = number_row(name) != nullptr || among(kDocuments, name) || name == "KmsMasterKeyId" ||
                       name == "SqsManagedSseEnabled";
    if (!known) return unknown(name);
    return {};
}

Verdict set_one(Attributes& into, std::string_view name, const std::string& value) {
    if (const NumberRow* row = number_row(name)) return set_number(into, *row, value);
    if (among(kDocuments, name)) return set_document(into, name, value);
    if (name == "KmsMasterKeyId") {
        if (value.size() > 2048) return bad(name);
        into.kms_key = value;
        return {};
    }
    if (name == "FifoQueue") return {};
    return set_word(into, name, value);
}

/// One kind of encryption at a time: naming one ends the other, naming both is refused.
Verdict settle_encryption(Attributes& into, std::span<const NameValue> given) {
    const auto value_in = [&](std::string_view name) -> const std::string* {
        for (const auto& [key, value] : given)
            if (key == name) return &value;
        return nullptr;
    };
    const std::string* key = value_in("KmsMasterKeyId");
    const std::string* managed = value_in("SqsManagedSseEnabled");
    const bool wants_key = key != nullptr && !key->empty();
    const bool wants_managed = managed != nullptr && flag_of(*managed) == true;
    if (wants_key && wants_managed)
        return Fault{
            Code::invalid_attribute_name,
            "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE "
            "or SQS SSE."};
    if (wants_key) into.managed_sse = ManagedSse::off;
    if (wants_managed) into.kms_key.clear();
    return {};
}

std::string_view word(bool flag) { return flag ? "true" : "false"; }

/// nullopt: not set, so it is not shown.
std::optional<std::string> value_of(const Attributes& a, std::string_view name) {
    const auto unless_empty = [](const std::string& text) {
        return text.empty() ? std::nullopt : std::optional<std::string>{text};
    };
    if (name == "KmsDataKeyReusePeriodSeconds" && a.kms_key.empty()) return std::nullopt;
    if (const NumberRow* row = number_row(name)) return std::to_string(a.*row->member);
    if (name == "Policy") return unless_empty(a.policy);
    if (name == "RedrivePolicy") return unless_empty(a.redrive_text);
    if (name == "RedriveAllowPolicy") return unless_empty(a.redrive_allow_text);
    if (name == "KmsMasterKeyId") return unless_empty(a.kms_key);
    if (name == "SqsManagedSseEnabled") return std::string{word(a.managed_sse == ManagedSse::on)};
    if (a.kind == Kind::standard) return std::nullopt;
    if (name == "FifoQueue") return "true";
    if (name == "ContentBasedDeduplication") return std::string{word(a.content_dedup == ContentDedup::on)};
    if (name == "DeduplicationScope") return a.dedup_scope == DedupScope::queue ? "queue" : "messageGroup";
    if (name == "FifoThroughputLimit")
        return a.throughput == Throughput::per_queue ? "perQueue" : "perMessageGroupId";
    return std::nullopt;
}

/// JSON without the blanks between its tokens, so that two spellings of one document compare equal.
std::string without_blanks(std::string_view json) {
    std::string out;
    bool inside = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (inside && c == '\\' && i + 1 < json.size()) {
            out.append(json.substr(i++, 2));
            continue;
        }
        if (c == '"') inside = !inside;
        if (inside || (c != ' ' && c != '\t' && c != '\n' && c != '\r')) out.push_back(c);
    }
    return out;
}

bool same(const Attributes& a, const Attributes& b, std::string_view name) {
    if (name == "RedrivePolicy") return a.redrive == b.redrive;
    if (name == "RedriveAllowPolicy") return a.allowed == b.allowed;
    if (name == "KmsDataKeyReusePeriodSeconds") return a.kms_reuse == b.kms_reuse;
    if (name == "Policy") return without_blanks(a.policy) == without_blanks(b.policy);
    return value_of(a, name) == value_of(b, name);
}

constexpr std::string_view kStored[] = {"Policy",
                                        "VisibilityTimeout",
                                        "MaximumMessageSize",
                                        "MessageRetentionPeriod",
                                        "DelaySeconds",
                                        "ReceiveMessageWaitTimeSeconds",
                                        "RedrivePolicy",
                                        "FifoQueue",
                                        "ContentBasedDeduplication",
                                        "KmsMasterKeyId",
                                        "KmsDataKeyReusePeriodSeconds",
                                        "DeduplicationScope",
                                        "FifoThroughputLimit",
                                        "RedriveAllowPolicy",
                                        "SqsManagedSseEnabled"};

std::string live_value(const Live& live, std::string_view name) {
    if (name == "ApproximateNumberOfMessages") return std::to_string(live.visible);
    if (name == "ApproximateNumberOfMessagesNotVisible") return std::to_string(live.in_flight);
    if (name == "ApproximateNumberOfMessagesDelayed") return std::to_string(live.delayed);
    if (name == "CreatedTimestamp") return std::to_string(live.created.seconds());
    if (name == "LastModifiedTimestamp") return std::to_string(live.modified.seconds());
    return live.arn;
}

}  // namespace

Judged<Attributes> apply(const Attributes& base, std::span<const NameValue> given, Purpose purpose) {
    Attributes wanted = base;
    for (const auto& [name, value] : given) TRY(check_given(base, name, value));
    if (purpose == Purpose::set && given.empty()) return missing("Attribute.Name");
    for (const auto& [name, value] : given) TRY(set_one(wanted, name, value));
    TRY(settle_encryption(wanted, given));
    if (wanted.throughput == Throughput::per_group && wanted.dedup_scope != DedupScope::group)
        return Fault{Code::invalid_attribute_value,
                     "The perMessageGroupId value is allowed only when the value for DeduplicationScope is "
                     "messageGroup."};
    return wanted;
}

std::optional<std::string> first_difference(const Attributes& present, const Attributes& wanted,
                                            std::span<const NameValue> given) {
    for (const auto& [name, value] : given)
        if (!same(present, wanted, name)) return name;
    return std::nullopt;
}

Verdict check_redrive(const QueueName& source, const Attributes& wanted, const Attributes* target) {
    if (!wanted.redrive) return {};
    const auto refused = [&](std::string_view reason) {
        return bad_value(wanted.redrive_text, "RedrivePolicy", reason);
    };
    if (wanted.redrive->target.scope != source.scope)
        return refused("Dead-letter queue must be in the same account and region as the source.");
    if (target == nullptr) return refused("Dead letter target does not exist.");
    if (wanted.redrive->target == source)
        return refused("Dead letter queue cannot be the source queue itself.");
    if (target->kind != wanted.kind)
        return refused("Dead-letter queue must be same type of queue as the source.");
    if (!target->allowed || target->allowed->permission == RedriveAllow::Permission::allow_all) return {};
    const auto& sources = target->allowed->sources;
    if (target->allowed->permission == RedriveAllow::Permission::by_queue &&
        std::find(sources.begin(), sources.end(), arn_of(source)) != sources.end())
        return {};
    return refused("Redrive permission to the dead-letter queue denied.");
}

bool is_attribute_name(std::string_view name) {
    return name == "All" || among(kStored, name) || among(kReadOnly, name);
}

Judged<std::vector<NameValue>> show(const Attributes& attributes, const Live& live,
                                    std::span<const std::string_view> names) {
    for (const std::string_view name : names)
        if (!is_attribute_name(name)) return unknown(name);
    const bool all = std::find(names.begin(), names.end(), "All") != names.end();
    const auto asked = [&](std::string_view name) {
        return all || std::find(names.begin(), names.end(), name) != names.end();
    };
    std::vector<NameValue> shown;
    for (const std::string_view name : kReadOnly)
        if (asked(name)) shown.emplace_back(name, live_value(live, name));
    for (const std::string_view name : kStored) {
        if (!asked(name)) continue;
        if (auto value = value_of(attributes, name)) shown.emplace_back(name, *std::move(value));
    }
    return shown;
}

}  // namespace landfall::sqs
