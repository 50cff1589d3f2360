#include "services/sqs/model_redrive.hpp"

#include <simdjson.h>

#include <charconv>

#include "base/bytes.hpp"
#include "base/encoding.hpp"

namespace landfall::sqs {
namespace {

namespace dom = simdjson::dom;

constexpr std::int64_t kReceivesMax = 1'000;
constexpr std::size_t kSourcesMax = 10;
/// "Quotas related to policies" of the developer guide.
constexpr access::PolicyLimits kPolicyLimits{
    .bytes = 8_KiB, .statements = 20, .principals = 50, .conditions = 10};

/// An object that lives as long as its parser.
struct Document {
    dom::parser parser;
    dom::object object;

    [[nodiscard]] bool read(std::string_view json) {
        return parser.parse(json.data(), json.size()).get(object) == simdjson::SUCCESS;
    }
    [[nodiscard]] std::optional<std::string> text(std::string_view name) const {
        std::string_view value;
        if (object[name].get(value) != simdjson::SUCCESS) return std::nullopt;
        return std::string{value};
    }
    /// A number, or a text that holds one.
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const {
        std::int64_t value = 0;
        if (object[name].get(value) == simdjson::SUCCESS) return value;
        const auto digits = text(name);
        if (!digits || digits->empty()) return std::nullopt;
        const auto end = std::from_chars(digits->data(), digits->data() + digits->size(), value);
        if (end.ec != std::errc{} || end.ptr != digits->data() + digits->size()) return std::nullopt;
        return value;
    }
    [[nodiscard]] bool has(std::string_view name) const {
        dom::element ignored;
        return object[name].get(ignored) == simdjson::SUCCESS;
    }
};

}  // namespace

Judged<Redrive> parse_redrive(std::string_view json) {
    const auto refused = [&](std::string_view reason) { return bad_value(json, "RedrivePolicy", reason); };
    Document document;
    if (!document.read(json)) return refused("Redrive policy is not a valid JSON map.");
    const auto arn = document.text("deadLetterTargetArn");
    if (!document.has("deadLetterTargetArn"))
        return refused("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
    if (!document.has("maxReceiveCount"))
        return refused("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
    for (const auto field : document.object)
        if (field.key != "deadLetterTargetArn" && field.key != "maxReceiveCount")
            return refused(
                "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].");
    const auto target = parse_arn(arn.value_or(""));
    if (!target) return refused("Invalid value for deadLetterTargetArn.");
    const auto count = document.number("maxReceiveCount");
    if (!count || *count < 1 || *count > kReceivesMax)
        return refused("Invalid value for maxReceiveCount: " +
                       (count ? std::to_string(*count) : document.text("maxReceiveCount").value_or("null")) +
                       ", valid values are from 1 to 1000 both inclusive.");
    return Redrive{.target = *target, .max_receives = static_cast<std::uint32_t>(*count)};
}

Judged<RedriveAllow> parse_redrive_allow(std::string_view json) {
    const auto refused = [&](std::string_view reason) {
        return bad_value(json, "RedriveAllowPolicy", reason);
    };
    using Permission = RedriveAllow::Permission;
    Document document;
    if (!document.read(json)) return refused("Redrive allow policy is not a valid JSON map.");
    const auto permission = document.text("redrivePermission");
    RedriveAllow allow;
    if (permission == "allowAll")
        allow.permission = Permission::allow_all;
    else if (permission == "denyAll")
        allow.permission = Permission::deny_all;
    else if (permission == "byQueue")
        allow.permission = Permission::by_queue;
    else
        return refused("redrivePermission must be one of allowAll, denyAll and byQueue.");
    dom::array sources;
    if (document.object["sourceQueueArns"].get(sources) == simdjson::SUCCESS) {
        for (const dom::element source : sources) {
            std::string_view arn;
            if (source.get(arn) != simdjson::SUCCESS || !parse_arn(arn))
                return refused("sourceQueueArns must be ARNs of queues.");
            allow.sources.emplace_back(arn);
        }
    } else if (document.has("sourceQueueArns")) {
        return refused("sourceQueueArns must be a list of ARNs of queues.");
    }
    const bool by_queue = allow.permission == Permission::by_queue;
    if (by_queue == allow.sources.empty())
        return refused(by_queue ? "sourceQueueArns must be specified with the byQueue permission."
                                : "sourceQueueArns can only be specified with the byQueue permission.");
    if (allow.sources.size() > kSourcesMax) return refused("At most 10 sourceQueueArns can be specified.");
    return allow;
}

Verdict check_policy(std::string_view json) {
    if (json.empty()) return {};
    const auto policy = access::Policy::parse(json, kPolicyLimits);
    if (policy.ok()) return {};
    return Fault{Code::invalid_attribute_value,
                 "Invalid value for the parameter Policy. Reason: " + policy.error().message()};
}

Result<std::optional<access::Policy>> policy_of(const Attributes& attributes) {
    if (attributes.policy.empty()) return std::optional<access::Policy>{};
    auto policy = access::Policy::parse(attributes.policy, kPolicyLimits);
    if (!policy.ok()) return Error{Errc::corrupt, policy.error().message()};
    return std::optional<access::Policy>{*std::move(policy)};
}

std::string handle_text(const MoveHandle& handle) {
    const std::string json =
        R"({"taskId":")" + handle.task + R"(","sourceArn":")" + handle.source_arn + R"("})";
    return base64_encode(bytes_of(json));
}

std::optional<MoveHandle> parse_move_handle(std::string_view text) {
    const auto bytes = base64_decode(text);
    if (!bytes.ok()) return std::nullopt;
    Document document;
    if (!document.read(landfall::text_of(*bytes))) return std::nullopt;
    auto task = document.text("taskId");
    auto source = document.text("sourceArn");
    if (!task || !source) return std::nullopt;
    return MoveHandle{*std::move(task), *std::move(source)};
}

}  // namespace landfall::sqs
